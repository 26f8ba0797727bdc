"""Drift of a million rows of twenty columns: twelve of numbers, four of counts, four of levels."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

KEPT = "sketch of 1,000,000 × 20"
SIZE = "that sketch, largest column"
DRIFT = "drift, 1,000,000 × 20 against a kept sketch"

ROWS = [
    Row(name=KEPT, unit="s CPU"),
    Row(name=SIZE, unit="kB", at_most=10),
    Row(name=DRIFT, unit="s CPU", at_most=1.0),
]

DATA = """
import sys
from pathlib import Path
import numpy as np
import polars as pl
folder = Path(sys.argv[1])
random = np.random.default_rng(0)
for name in ("reference", "current"):
    columns = {f"number{i}": random.normal(size=1_000_000) for i in range(12)}
    columns |= {f"count{i}": random.poisson(20, 1_000_000) for i in range(4)}
    columns |= {f"level{i}": random.choice(list("abcdefgh"), 1_000_000) for i in range(4)}
    pl.DataFrame(columns).write_parquet(folder / f"{name}.parquet")
"""

TILTH = """
import json, os, sys
from pathlib import Path
import polars as pl
from tilth.quality.drift import drift_between
from tilth.quality.sketch import TableSketch, sketch_of

def cpu():
    return sum(os.times()[:4])

folder = Path(sys.argv[1])
reference, current = (pl.read_parquet(folder / f"{n}.parquet") for n in ("reference", "current"))
before = cpu()
kept = sketch_of(reference).to_json()
after = cpu()
columns = json.loads(kept)["columns"].values()
texts = (json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in columns)
largest = max(len(text.encode()) for text in texts)
begin = cpu()
drift = drift_between(TableSketch.from_json(kept), current)
assert not drift.drifted, drift.drifted
print(after - before, largest / 1000, cpu() - begin)
"""


def entrants(tools: Tools) -> list[Entrant]:
    """Both have the tables in memory; Evidently needs the reference's rows, Tilth its sketch."""
    found = [Entrant(who=OURS, round=partial(ours, tools))]
    if tools.quality_peers is not None:
        found.append(Entrant(who="Evidently", round=partial(evidently, tools), rounds=1))
    return found


def ours(tools: Tools, folder: Path) -> Readings:
    """Keep a sketch of the reference, and compare the table with it."""
    command([tools.python, "-c", DATA, folder], folder=folder)
    told = command([tools.python, "-c", TILTH, folder], folder=folder).output.split()
    kept, size, drift = map(float, told[-3:])
    return {KEPT: kept, SIZE: size, DRIFT: drift}


def evidently(tools: Tools, folder: Path) -> Readings:
    """Its preset for drift, on the rows of both."""
    assert tools.quality_peers is not None
    command([tools.python, "-c", DATA, folder], folder=folder)
    script = tools.peer("evidently") / "drift.py"
    told = command([tools.quality_peers / "python", script, folder], folder=folder).output.split()
    return {DRIFT: float(told[-1])}
