"""Sixty-four nodes that sleep 50 ms each, eight at a time: ideally 0.4 s."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

THREADS = "64 nodes that sleep 50 ms, 8 threads"
PROCESSES = "64 nodes that sleep 50 ms, 8 processes"
IDEAL = 0.4

ROWS = [
    Row(name=THREADS, unit="× the ideal 0.4 s", at_most=1.15),
    Row(name=PROCESSES, unit="× the ideal 0.4 s", at_most=1.25),
]

SOURCE = """\
import os
import time
from functools import partial
from pathlib import Path

from tilth import node, pipeline


def nap(i: int) -> int:
    start = time.time()
    time.sleep(0.05)
    Path(os.environ["BENCH_NAPS"], str(i)).write_text(f"{start} {time.time()}")
    return i


pipeline = pipeline(
    [node(partial(nap, i), inputs=[], outputs=f"nap_{i}", name=f"nap_{i}") for i in range(64)]
)
"""

RUN = """
import sys
from tilth import Project

with Project("naps.py") as project:
    result = project.run(executor=sys.argv[1], workers=8)
    assert result.ok, result.failures
"""


def entrants(tools: Tools) -> list[Entrant]:
    """Tilth's executors, and Kedro's runners of the same kinds."""
    found = [Entrant(who=OURS, round=partial(both, partial(run_tilth, tools)))]
    if tools.peers is not None:
        found.append(Entrant(who="Kedro", round=partial(both, partial(run_kedro, tools))))
    return found


def both(run, folder: Path) -> Readings:
    """With threads, then with processes: from the first nap's start to the last one's end.

    Starting the pool is left out that way, and so is what comes after the last nap.
    """
    return {
        THREADS: run(folder / "threads", "threads") / IDEAL,
        PROCESSES: run(folder / "processes", "processes") / IDEAL,
    }


def run_tilth(tools: Tools, folder: Path, executor: str) -> float:
    """Seconds of all naps with Tilth."""
    folder.mkdir()
    (folder / "naps.py").write_text(SOURCE)
    return spanned([tools.python, "-c", RUN, executor], folder)


def run_kedro(tools: Tools, folder: Path, executor: str) -> float:
    """Seconds of all naps with Kedro's ThreadRunner or ParallelRunner."""
    assert tools.peers is not None
    shutil.copytree(tools.peer("kedro") / "naps", folder)
    return spanned([tools.peers / "python", "naps.py", executor], folder)


def spanned(arguments: list, folder: Path) -> float:
    """Run, and read from what the nodes wrote how long they took together."""
    naps = folder / "naps"
    naps.mkdir()
    command(arguments, folder=folder, environment={"BENCH_NAPS": str(naps)})
    times = [tuple(map(float, path.read_text().split())) for path in naps.iterdir()]
    assert len(times) == 64, len(times)
    return max(end for _, end in times) - min(start for start, _ in times)
