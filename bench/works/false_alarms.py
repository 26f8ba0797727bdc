"""Alarms on 20 columns of 1,000 normal values: without drift, and with one column shifted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

SHIFTS = (0.1, 0.2, 0.3, 0.4, 0.5)

ALARM = "false alarms, 20 × 1,000 without drift, nominal 5 %"
LEVEL = "the same, before small differences are left out: 3 to 6 %"
FOUND = {shift: f"one of 20 columns shifted by {shift} sd, found in 1,000 rows" for shift in SHIFTS}

ROWS = [
    Row(name=LEVEL, unit="% of data sets", at_most=6),
    Row(name=ALARM, unit="% of data sets", at_most=6),
    *(Row(name=name, unit="%") for name in FOUND.values()),
]

DRAWS = f"""
import numpy as np

N_COLUMNS, N_ROWS, SHIFTS = 20, 1000, {SHIFTS}


def n_repeats(shift):
    return 200 if shift else 1000


def pairs(shift):
    random = np.random.default_rng([7, round(10 * shift)])
    for _ in range(n_repeats(shift)):
        reference, current = random.normal(size=(2, N_COLUMNS, N_ROWS))
        current[0] += shift
        yield reference, current
"""

TILTH = """
import json
import polars as pl
from draws import SHIFTS, n_repeats, pairs
from tilth.quality.drift import drift_between


def frame(values):
    return pl.DataFrame({f"x{i}": column for i, column in enumerate(values)})


told = {}
for shift in (0.0, *SHIFTS):
    drifts = (drift_between(frame(a), frame(b)) for a, b in pairs(shift))
    if shift:
        told[shift] = 100 * sum("x0" in each.drifted for each in drifts) / n_repeats(shift)
        continue
    alarms = [(each.significant, bool(each.drifted)) for each in drifts]
    told["significant"], told[shift] = (100 * sum(a) / len(alarms) for a in zip(*alarms))
print(json.dumps(told))
"""


def entrants(tools: Tools) -> list[Entrant]:
    """One round of each, as the draws are the same in every round.

    Evidently names each column with a p-value below 5 % as drifted, and calls a data set drifted
    where half of its columns are; both rules are shown.
    """
    found = [Entrant(who=OURS, round=partial(ours, tools), rounds=1)]
    if tools.quality_peers is not None:
        found += [
            Entrant(who=who, round=partial(evidently, tools, rule), rounds=1)
            for rule, who in (("any", "Evidently, a column"), ("half", "Evidently, half of them"))
        ]
    return found


def ours(tools: Tools, folder: Path) -> Readings:
    """How often any column is said to have drifted, or the one that did."""
    (folder / "draws.py").write_text(DRAWS)
    (folder / "go.py").write_text(TILTH)
    told = json.loads(command([tools.python, "go.py"], folder=folder).output)
    return {LEVEL: told["significant"], **readings(told)}


def evidently(tools: Tools, rule: str, folder: Path) -> Readings:
    """By one of its two rules."""
    assert tools.quality_peers is not None
    (folder / "draws.py").write_text(DRAWS)
    script = (tools.peer("evidently") / "false_alarms.py").read_text()
    (folder / "go.py").write_text(script)
    told = command([tools.quality_peers / "python", "go.py"], folder=folder).output
    return readings(json.loads(told.splitlines()[-1])[rule])


def readings(told: Mapping[str, float]) -> dict[str, float]:
    """Row -> percent."""
    return {ALARM: told["0.0"], **{name: told[str(shift)] for shift, name in FOUND.items()}}
