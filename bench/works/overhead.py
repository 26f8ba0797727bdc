"""What one more node costs inside a run: the slope from a thousand nodes to ten thousand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools
from works.chain import SOURCE

PER_NODE = "overhead per node inside a run, kept and recorded"
FEW, MANY = 1_000, 10_000

ROWS = [Row(name=PER_NODE, unit="µs CPU", at_most=100)]

# Opening the project, which reads sources and makes the pipeline, is not the run.
RUN = """
import time
from tilth import Project

with Project("chain.py") as project:
    start = time.process_time()
    result = project.run()
    print(time.process_time() - start)
    assert result.ok and result.counts == {"done": len(project.everything)}, result
"""

TIMED = """
import runpy, time
start = time.process_time()
runpy.run_path("chain.py")
print(time.process_time() - start)
"""


def entrants(tools: Tools) -> list[Entrant]:
    """Tilth, plain calls, and joblib.Memory, which keeps a file for each call."""
    found = [
        Entrant(who=OURS, round=partial(slope, partial(run_tilth, tools))),
        Entrant(
            who="plain calls, nothing kept",
            round=partial(slope, partial(run_script, tools.ours, tools.peer("plain"))),
        ),
    ]
    if tools.peers is not None:
        script = tools.peer("joblib") / "chain"
        found.append(
            Entrant(
                who="joblib.Memory",
                round=partial(slope, partial(run_script, tools.peers, script)),
            )
        )
    return found


def slope(run: Callable[[Path, int], float], folder: Path) -> Readings:
    """CPU time from few nodes to many, by node; what is paid once falls out."""
    seconds = {}
    for n in (FEW, MANY):
        place = folder / str(n)
        place.mkdir()
        seconds[n] = run(place, n)
    return {PER_NODE: max(seconds[MANY] - seconds[FEW], 0.0) / (MANY - FEW) * 1e6}


def run_tilth(tools: Tools, folder: Path, n: int) -> float:
    """Seconds of a run, in its own process."""
    (folder / "chain.py").write_text(SOURCE.format(n=n))
    return float(command([tools.python, "-c", RUN], folder=folder).output)


def run_script(programs: Path, script: Path, folder: Path, n: int) -> float:
    """Seconds of a script that calls the functions."""
    shutil.copy(script / "chain.py", folder / "chain.py")
    usage = command(
        [programs / "python", "-c", TIMED], folder=folder, environment={"CHAIN": str(n)}
    )
    return float(usage.output)
