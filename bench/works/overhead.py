"""What one more node costs inside a run: the slope from a thousand nodes to ten thousand."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from measure import Usage, command
from work import OURS, Entrant, Readings, Row, Tools
from works.chain import run_tilth

PER_NODE = "overhead per node inside a run, kept and recorded"
FEW, MANY = 1_000, 10_000

ROWS = [Row(name=PER_NODE, unit="µs", at_most=100)]


def entrants(tools: Tools) -> list[Entrant]:
    """Tilth, plain calls, and joblib.Memory, which keeps a file for each call."""
    found = [
        Entrant(who=OURS, round=partial(slope, tools, "tilth")),
        Entrant(who="plain calls, nothing kept", round=partial(slope, tools, "plain")),
    ]
    if tools.peers is not None:
        found.append(Entrant(who="joblib.Memory", round=partial(slope, tools, "joblib")))
    return found


def slope(tools: Tools, who: str, folder: Path) -> Readings:
    """Wall time from few nodes to many, by node; what is paid once falls out."""
    costs = {}
    for n in (FEW, MANY):
        place = folder / str(n)
        place.mkdir()
        costs[n] = run(tools, who, place, n)
    seconds = costs[MANY].wall - costs[FEW].wall
    return {PER_NODE: max(seconds, 0.0) / (MANY - FEW) * 1e6}


def run(tools: Tools, who: str, folder: Path, n: int) -> Usage:
    """Run one chain."""
    if who == "tilth":
        return run_tilth(tools, folder, n)
    if who == "plain":
        script, python = tools.peer("plain") / "chain.py", tools.python
    else:
        assert tools.peers is not None
        script, python = folder / "chain.py", tools.peers / "python"
        shutil.copy(tools.peer("joblib") / "chain" / "chain.py", script)
    return command([python, script], folder=folder, environment={"CHAIN": str(n)})
