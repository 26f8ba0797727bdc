"""A thousand metrics in each of a hundred runs, beside MLflow's own store."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

RUNS, METRICS = 100, 1_000
FEW = 3
"""Runs of the entrant that is slow; its time is multiplied."""

RECORD = "tracking, 1,000 metrics × 100 runs"
RATIO = "the same, MLflow's batches to it"
BATCH = "MLflow, log_metrics (one batch to a run)"

ROWS = [
    Row(name=RECORD, unit="s"),
    Row(name=RATIO, unit="×", at_least=10, of=RECORD, by=BATCH, inverse=True),
]

SCRIPT = """
import tilth
from tilth import node, pipeline

N = [0]


def measure():
    N[0] += 1
    for number in range({metrics}):
        tilth.log({{f"metric_{{number}}": N[0] + number / {metrics}}})
    return N[0]


pipeline = pipeline([node(measure, outputs="made")])
"""

# Opening the project counts for neither, nor do MLflow's import and its tables.
TILTH = """
import sys
from time import perf_counter
from tilth import Project

runs, metrics = int(sys.argv[1]), int(sys.argv[2])
with Project("work.py") as project:
    assert project.run(force=["measure"]).ok
    start = perf_counter()
    for _ in range(runs):
        assert project.run(force=["measure"]).counts == {"done": 1}
    print(perf_counter() - start)
with Project("work.py") as project:
    found = {each.name: each.value for each in project.history.metrics(runs + 1)["measure"]}
    assert len(found) == metrics and found["metric_1"] == runs + 1 + 1 / metrics, found
"""


def entrants(tools: Tools) -> list[Entrant]:
    """All record the same numbers, each run by itself, into a database on the same disk.

    Tilth's runs do more: code is looked at, a result is kept and its lineage recorded.
    """
    found = [Entrant(who=OURS, round=partial(ours, tools))]
    programs = tools.groups.get("tracking")
    if programs is not None:
        theirs = [programs / "python", tools.peer("mlflow") / "tracking.py"]
        found += [
            Entrant(who=BATCH, round=partial(record, theirs, RUNS, "many"), rounds=1),
            Entrant(
                who=f"MLflow, log_metric ({FEW} runs, times {RUNS / FEW:.0f})",
                round=partial(record, theirs, FEW, "one"),
                rounds=1,
            ),
        ]
    return found


def ours(tools: Tools, folder: Path) -> Readings:
    """Seconds of a hundred runs of one node that logs."""
    (folder / "work.py").write_text(SCRIPT.format(metrics=METRICS))
    program = [tools.python, "-c", TILTH, str(RUNS), str(METRICS)]
    return {RECORD: float(command(program, folder=folder).output)}


def record(program: Sequence[str | Path], runs: int, how: str, folder: Path) -> Readings:
    """Seconds of MLflow for a hundred runs."""
    told = command([*program, str(runs), str(METRICS), how], folder=folder).output
    return {RECORD: float(told.split()[-1]) * RUNS / runs}
