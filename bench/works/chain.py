"""A chain of nodes, each of which adds one, from the command line; and the same again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from measure import Usage, command
from work import OURS, Entrant, Readings, Row, Tools

SOURCE = """\
from tilth import node, pipeline


def start() -> int:
    return 0


def add_one(x: int) -> int:
    return x + 1


pipeline = pipeline(
    [node(start, outputs="x0")]
    + [
        node(add_one, inputs=f"x{{i}}", outputs=f"x{{i + 1}}", name=f"add_{{i}}")
        for i in range({n})
    ]
)
"""


def first(n: int) -> str:
    """The name of the row of a first run."""
    return f"chain of {n:,} nodes, first run"


def again(n: int) -> str:
    """The name of the row of a second run."""
    return f"chain of {n:,} nodes, nothing changed"


ROWS = [
    Row(name=first(100), unit="s CPU", at_most=0.30),
    Row(name=first(1_000), unit="s CPU", at_most=0.50),
    Row(name=first(10_000), unit="s CPU"),
    Row(name=again(100), unit="s CPU", at_most=0.22),
    Row(name=again(1_000), unit="s CPU", at_most=0.30),
    Row(name=again(10_000), unit="s CPU", at_most=1.2),
]


def entrants(tools: Tools) -> list[Entrant]:
    """Tilth and plain calls at every size; each peer as far as it gets in reasonable time."""
    ours = Entrant(who=OURS, round=partial(both, partial(run_tilth, tools), (100, 1_000, 10_000)))
    plain = Entrant(
        who="plain calls, nothing kept",
        round=partial(once, partial(run_plain, tools), (100, 1_000, 10_000)),
    )
    if tools.peers is None:
        return [ours, plain]
    return [ours, plain, *peers(tools)]


def peers(tools: Tools) -> list[Entrant]:
    """The peers, each with what it keeps by itself."""
    many, few = (100, 1_000), (100,)

    def entrant(who: str, name: str, sizes: Sequence[int], repeats: bool) -> list[Entrant]:
        turns = both if repeats else once
        run = partial(run_peer, tools, name)
        quick = Entrant(who=who, round=partial(turns, run, few))
        if sizes == few:
            return [quick]
        # A thousand nodes take some of them ten seconds: once is enough to see that.
        return [quick, Entrant(who=who, round=partial(turns, run, (1_000,)), rounds=1)]

    return [
        *entrant("doit", "doit", many, True),
        *entrant("joblib.Memory", "joblib", many, True),
        *entrant("luigi", "luigi", many, True),
        *entrant("Hamilton, cached", "hamilton", many, True),
        *entrant("Kedro, nothing kept", "kedro", many, False),
    ]


def both(run: Callable[[Path, int], Usage], sizes: Sequence[int], folder: Path) -> Readings:
    """The first run and the second, for each size."""
    readings: dict[str, Usage] = {}
    for n in sizes:
        place = folder / str(n)
        place.mkdir()
        readings[first(n)] = run(place, n)
        readings[again(n)] = run(place, n)
    return readings


def once(run: Callable[[Path, int], Usage], sizes: Sequence[int], folder: Path) -> Readings:
    """The first run alone, of one that keeps nothing."""
    readings: dict[str, Usage] = {}
    for n in sizes:
        place = folder / str(n)
        place.mkdir()
        readings[first(n)] = run(place, n)
    return readings


def run_tilth(tools: Tools, folder: Path, n: int) -> Usage:
    """Run the one file."""
    source = folder / "chain.py"
    if not source.exists():
        source.write_text(SOURCE.format(n=n))
    return command([tools.tilth, "run", "chain.py"], folder=folder)


def run_plain(tools: Tools, folder: Path, n: int) -> Usage:
    """Call the functions one after the other."""
    script = tools.peer("plain") / "chain.py"
    return command([tools.python, script], folder=folder, environment={"CHAIN": str(n)})


def run_peer(tools: Tools, name: str, folder: Path, n: int) -> Usage:
    """Run a peer's chain with its own command line, or its script where it has none."""
    assert tools.peers is not None
    shutil.copytree(tools.peer(name) / "chain", folder, dirs_exist_ok=True)
    arguments = {
        "doit": ["doit", "--file", "dodo.py"],
        "kedro": ["kedro", "run"],
    }.get(name, ["python", "chain.py"])
    return command(
        [tools.peers / arguments[0], *arguments[1:]],
        folder=folder,
        environment={"CHAIN": str(n)},
    )
