"""Questions to a history of 10,000 runs with 100 node runs each."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache, partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools
from works.chain import SOURCE

RUNS, NODES = 10_000, 100

QUESTIONS = {
    "`runs ls`": ["runs", "ls"],
    "`runs show`": ["runs", "show", "5000"],
    "`why`": ["why", "add_50"],
    "`data versions`": ["data", "versions", "x50"],
}
LINEAGE = "lineage both ways"


def row(question: str) -> str:
    """The name of a question's row."""
    return f"{question} in a history of 10,000 × 100 node runs, beyond start-up"


ROWS = [Row(name=row(each), unit="s", at_most=0.2) for each in (*QUESTIONS, LINEAGE)]

# One real run gives fingerprints and recipes; the rest is its past, told again: in each run
# half of the nodes ran anew, because a source had changed, and half were reused.
FILL = """
import sys, time
from dataclasses import replace
from tilth import Project

runs = int(sys.argv[1])
with Project("chain.py") as project:
    project.run()
    history = project.history
    run = history.run(1)
    recorded = history.node_runs(1)
    for i in range(2, runs + 1):
        number = history.begin(replace(run, id=0, state="running", finished_at=None), {})
        half = len(recorded) // 2
        history.record_reused(number, [(each.node, each) for each in recorded[:half]])
        for each in recorded[half:]:
            outputs = tuple(
                replace(made, fingerprint=f"bytes:{i:020x}{each.id:020x}", data=b"%d" % i)
                for made in each.outputs
            )
            history.record(replace(each, id=0, run=number, outputs=outputs,
                                   fingerprint=f"node:{i:020x}{each.id:020x}", reason="forced"))
        history.finish(number, state="done")
    print(len(history.node_runs(runs)))
"""

# From the bytes in the middle of the chain to who made them and who read them, up and down.
ASK_LINEAGE = """
import time
from tilth import Project

with Project("chain.py") as project:
    history = project.history
    start = time.perf_counter()
    (node_run,) = [each for each in history.node_runs(5_000) if each.node == "add_50"]
    made = node_run.outputs[0].fingerprint
    assert history.made_by(made) and history.used_by(node_run.inputs["x50"], 100)
    print(time.perf_counter() - start)
"""


def entrants(tools: Tools) -> list[Entrant]:
    """Tilth alone: no peer keeps a history in the same process."""
    return [Entrant(who=OURS, round=partial(ask, tools))]


@cache
def filled(tools: Tools) -> Path:
    """The folder with the history, made once for all rounds."""
    folder = Path(tempfile.mkdtemp(prefix="bench-history-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "chain.py").write_text(SOURCE.format(n=NODES - 1))
    command([tools.python, "-c", FILL, str(RUNS)], folder=folder)
    return folder


def ask(tools: Tools, _: Path) -> Readings:
    """Ask each question in a process of its own, less what a command costs that asks nothing."""
    folder = filled(tools)
    nothing = command([tools.tilth, "list", "formats"], folder=folder).wall
    readings = {}
    for question, arguments in QUESTIONS.items():
        usage = command([tools.tilth, "-C", "chain.py", *arguments], folder=folder)
        readings[row(question)] = max(usage.wall - nothing, 0.0)
    asked = command([tools.python, "-c", ASK_LINEAGE], folder=folder)
    return {**readings, row(LINEAGE): float(asked.output)}
