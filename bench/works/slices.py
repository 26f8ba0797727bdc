"""The worst slices of a table with the shape of UCI's Adult: 32,561 rows, 14 columns.

Adult itself is not ours to hand on; levels, their shares and two weak slices are drawn. Whoever
enters gets the same columns, numbers already in ten bins, and must find the planted slice first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from measure import Usage, command
from work import OURS, Entrant, Readings, Row, Tools

TOP = "the 4 worst slices of 32,561 × 14, exactly, three conditions"
PEAK = "the 4 worst slices, peak memory"
WEAK = "weak slices of the same table: numbers as ranges, told once, beyond chance"
WEAK_PEAK = "weak slices of the same table, peak memory"

ROWS = [
    Row(name=TOP, unit="s CPU", at_most=1.5),
    Row(name=PEAK, unit="MB", at_most=300),
    Row(name=WEAK, unit="s CPU"),
    Row(name=WEAK_PEAK, unit="MB"),
]

SUPPORT = 326
PLANTED = 0.9426
"""The score of the worst slice."""

TABLE = """
import numpy as np

# Age, workclass, weight, education, its years, marital status, occupation, relationship, race,
# sex, capital gain and loss, hours, country.
LEVELS = [10, 9, 10, 16, 10, 7, 15, 6, 5, 2, 3, 3, 10, 42]
NUMBERS = [0, 2, 4, 12]

random = np.random.default_rng(0)
columns = []
for levels in LEVELS:
    even = np.full(levels, 1 / levels)
    shares = even if levels == 10 else np.sort(random.dirichlet(np.full(levels, 0.8)))[::-1]
    columns.append(random.choice(levels, 32561, p=shares))
codes = np.stack(columns, axis=1)
chance = np.full(len(codes), 0.14)
chance[(codes[:, 1] == 1) & (codes[:, 7] == 0)] = 0.5
chance[codes[:, 3] == 2] = 0.3
np.save("codes.npy", codes + 1)
np.save("numbers.npy", codes[:, NUMBERS] + random.random((len(codes), len(NUMBERS))))
np.save("error.npy", (random.random(len(codes)) < chance).astype(float))
"""

WORST = """
import json, sys, time
import numpy as np
import polars as pl
from tilth.quality.slices import attributes_of, top_slices

codes, error = np.load("codes.npy"), np.load("error.npy")
frame = pl.DataFrame({f"c{i}": column.astype(str) for i, column in enumerate(codes.T)})
started = time.process_time()
found = top_slices(attributes_of(frame, support=int(sys.argv[1])), error, k=4)
seconds = time.process_time() - started
print(json.dumps({"seconds": seconds, "scores": [each.score for each in found]}))
"""

FINDINGS = """
import json, time
import numpy as np
import polars as pl
from tilth.quality.slices import weak_slices

codes, numbers, error = np.load("codes.npy"), np.load("numbers.npy"), np.load("error.npy")
frame = pl.DataFrame({f"c{i}": column.astype(str) for i, column in enumerate(codes.T)})
frame = frame.with_columns(
    pl.Series(f"c{i}", column) for i, column in zip((0, 2, 4, 12), numbers.T)
)
started = time.process_time()
found = weak_slices(frame, error)
seconds = time.process_time() - started
texts = {each.slice.text for each in found.slices}
assert texts == {"c1 = 2 and c7 = 1", "c3 = 3"}, texts
print(json.dumps({"seconds": seconds}))
"""


def entrants(tools: Tools) -> list[Entrant]:
    """Ours, and the package that implements the same paper."""
    ours = Entrant(who=OURS, round=partial(find, tools))
    if tools.quality_peers is None:
        return [ours]
    script = tools.peer("sliceline") / "slices.py"
    peer = partial(worst, tools, [tools.quality_peers / "python", script])
    return [ours, Entrant(who="sliceline", round=peer, rounds=1)]


def find(tools: Tools, folder: Path) -> Readings:
    """The raw list, and what is worth telling of it."""
    readings = worst(tools, [tools.python, "-c", WORST], folder)
    usage = command([tools.python, "-c", FINDINGS], folder=folder)
    return {**readings, WEAK: _seconds(usage), WEAK_PEAK: usage}


def worst(tools: Tools, program: Sequence[str | Path], folder: Path) -> Readings:
    """The raw list; making the table and starting Python do not count."""
    command([tools.python, "-c", TABLE], folder=folder)
    usage = command([*program, str(SUPPORT)], folder=folder)
    found = json.loads(usage.output.splitlines()[-1])["scores"][0]
    assert abs(found - PLANTED) < 0.001, found
    return {TOP: _seconds(usage), PEAK: usage}


def _seconds(usage: Usage) -> float:
    return float(json.loads(usage.output.splitlines()[-1])["seconds"])
