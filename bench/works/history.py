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
    "`data versions -n 20`": ["data", "versions", "x50", "-n", "20"],
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
        versions = {}
        for each in recorded[half:]:
            outputs = tuple(
                replace(made, fingerprint=f"bytes:{i:020x}{each.id:020x}", data=b"%d" % i)
                for made in each.outputs
            )
            inputs = {name: versions.get(name, old) for name, old in each.inputs.items()}
            versions |= {made.dataset: made.fingerprint for made in outputs}
            history.record(replace(each, id=0, run=number, inputs=inputs, outputs=outputs,
                                   fingerprint=f"node:{i:020x}{each.id:020x}", reason="forced"))
        history.finish(number, state="done")
    print(len(history.node_runs(runs)))
"""

# From a version in the second half of the chain back to its source, and on to the last node.
ASK_LINEAGE = """
import time
from tilth import Project
from tilth.history.lineage import downstream, upstream

with Project("chain.py") as project:
    history = project.history
    start = time.perf_counter()
    (node_run,) = [each for each in history.node_runs(5_000) if each.node == "add_60"]
    made = node_run.outputs[0].fingerprint
    back, on = upstream(history, made), downstream(history, made)
    print(time.perf_counter() - start)
    assert len(back.steps) == 62 and len(on.steps) == 39, (len(back.steps), len(on.steps))
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
