"""A registry with 10,000 versions of one model: list, promote, roll back, beyond start-up."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

N = 10_000
LIST, PROMOTE, ROLLBACK = (f"registry of 10,000 versions: {each}" for each in
                           ("list", "promote", "roll back"))  # fmt: skip

ROWS = [Row(name=each, unit="s beyond start-up", at_most=0.2) for each in (LIST, PROMOTE, ROLLBACK)]

FILES = {
    "tilth.yml": "pipelines: {main: {nodes: [{call: work.rule, inputs: [], outputs: rule}]}}\n",
    "src/work.py": 'def rule() -> dict:\n    """A rule."""\n    return {"depth": 1}\n',
}

FILLED = """
import sys
from tilth import Project
from tilth.history.record import ModelEvent
from tilth.project.bundling import bundled
from tilth.project.models import register

n = int(sys.argv[1])
with Project(".") as project:
    assert project.run().ok
    register(project, "rule", "late")
    bundled(project, "late@1")
    first = project.history.model_events()[0]
    events = []
    for version in range(2, n + 1):
        made = {"model": "late", "version": version, "happened_at": float(version)}
        registered = {"dataset": "rule", "fingerprint": f"bytes:{version:040x}", "run": 1}
        events.append(ModelEvent(kind="registered", **made, **registered))
        events.append(ModelEvent(kind="approved", why="better", **made))
        if version % 10 == 0:
            events.append(ModelEvent(kind="aliased", alias="production", **made))
    approved = ModelEvent(model="late", version=1, kind="approved", happened_at=0.0, why="good")
    project.history.add_model_events("late", lambda before: [*events, approved])
"""


def entrants(tools: Tools) -> list[Entrant]:
    """Tilth alone; the project is made once, and each round has a copy of it."""
    return [Entrant(who=OURS, round=partial(registry, tools))]


def registry(tools: Tools, folder: Path) -> Readings:
    """Fill a registry, then ask it three things as a person does.

    Start-up is what `tilth models ls` takes in a project with one version. What is promoted is
    tested first, in a process of its own, which the figure has in it; it is plain data, so that
    no library is loaded for it.
    """
    made = folder / "filled"
    for name, text in FILES.items():
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    small = folder / "small"
    shutil.copytree(made, small)
    for where, n in ((small, 1), (made, N)):
        command([tools.python, "-c", FILLED, str(n)], folder=where)
    usual = _seconds(tools, small, "ls")
    return {
        LIST: _seconds(tools, made, "ls") - usual,
        PROMOTE: _seconds(tools, made, "promote", "late@1") - usual,
        ROLLBACK: _seconds(tools, made, "rollback", "late") - usual,
    }


def _seconds(tools: Tools, folder: Path, *words: str) -> float:
    return command([tools.tilth, "models", *words], folder=folder).wall
