"""Planning large pipelines: what would run, and why, with nothing run."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools
from works.chain import SOURCE

SIZES = (1_000, 10_000, 100_000)


def seconds(n: int) -> str:
    """The name of the row of a size."""
    return f"plan of {n:,} nodes"


PEAK = "plan of 100,000 nodes, peak memory"
LINEAR = "plan: cost of a node at 100,000 / at 1,000"

ROWS = [
    *(Row(name=seconds(n), unit="s CPU", at_most=10 if n == SIZES[-1] else None) for n in SIZES),
    Row(name=PEAK, unit="MB", at_most=1000),
    Row(name=LINEAR, unit="×", at_most=1.5),
]

PLANNED = """
import sys, time
from tilth import Project

started = time.process_time()
with Project("chain.py") as project:
    planned = project.plan()
    assert len(planned.runs) == int(sys.argv[1]) + 1, len(planned.runs)
print(time.process_time() - started)
"""


def entrants(tools: Tools) -> list[Entrant]:
    """Tilth alone: no peer plans without running."""
    return [Entrant(who=OURS, round=partial(plan, tools))]


def plan(tools: Tools, folder: Path) -> Readings:
    """Plan each size in a process of its own, from the source to the plan."""
    readings = {}
    inside = {}
    for n in SIZES:
        place = folder / str(n)
        place.mkdir()
        (place / "chain.py").write_text(SOURCE.format(n=n))
        usage = command([tools.python, "-c", PLANNED, str(n)], folder=place)
        readings[seconds(n)] = usage
        inside[n] = float(usage.output.split()[-1]) / n
    return {**readings, PEAK: usage, LINEAR: inside[SIZES[-1]] / inside[SIZES[0]]}
