"""A chain of nodes, each of which adds one, from the command line; and the same again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    return [ours, plain, *(entrant for peer in PEERS for entrant in peer_entrants(tools, peer))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A peer that walks the chain, in the way that comes naturally to it.

    Attributes:
        who: Its name in the table.
        folder: Where its files are, below `bench/peers`.
        command: The program, beside the peers' python, and its arguments.
        repeats: Whether it finds that nothing changed; else it would do everything again.
        far: Whether it gets to a thousand nodes in reasonable time.
        rounds: As an entrant's.
    """

    who: str
    folder: str
    command: Sequence[str]
    repeats: bool = True
    far: bool = False
    rounds: int | None = None


SCRIPT = ("python", "chain.py")
DAGSTER = ("dagster", "job", "execute", "--python-file", "chain.py", "--job", "chain")

PEERS = [
    Peer(who="doit", folder="doit", command=("doit", "--file", "dodo.py"), far=True),
    Peer(who="joblib.Memory", folder="joblib", command=SCRIPT, far=True),
    Peer(who="luigi", folder="luigi", command=SCRIPT, far=True),
    Peer(who="Hamilton, cached", folder="hamilton", command=SCRIPT, far=True),
    Peer(
        who="Kedro, nothing kept",
        folder="kedro",
        command=("kedro", "run"),
        far=True,
        repeats=False,
    ),
    Peer(who="redun", folder="redun", command=("redun", "run", "chain.py", "main")),
    Peer(who="Snakemake", folder="snakemake", command=("snakemake", "--cores", "1", "--quiet")),
    Peer(who="Dagster, nothing kept", folder="dagster", command=SCRIPT, repeats=False),
    Peer(who="Dagster", folder="dagster", command=DAGSTER, repeats=False, rounds=1),
    Peer(who="DVC", folder="dvc", command=("dvc", "repro", "--quiet"), rounds=1),
]


def peer_entrants(tools: Tools, peer: Peer) -> list[Entrant]:
    """The peer with a hundred nodes, and where it gets there with a thousand."""
    if tools.peers is None:
        return []
    walk = partial(both if peer.repeats else once, partial(run_peer, tools, peer))
    near = Entrant(who=peer.who, round=partial(walk, (100,)), rounds=peer.rounds)
    if not peer.far:
        return [near]
    # A thousand nodes take some of them ten seconds: once is enough to see that.
    return [near, Entrant(who=peer.who, round=partial(walk, (1_000,)), rounds=1)]


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


def run_peer(tools: Tools, peer: Peer, folder: Path, n: int) -> Usage:
    """Run a peer's chain with its own command line, or its script where it has none."""
    assert tools.peers is not None
    environment = {
        "CHAIN": str(n),
        "DAGSTER_HOME": str(folder / "kept"),
        # Where a peer starts processes, they run the same Python as the peer.
        "PATH": f"{tools.peers}{os.pathsep}{os.environ['PATH']}",
    }
    if not any(folder.iterdir()):
        shutil.copytree(tools.peer(peer.folder) / "chain", folder, dirs_exist_ok=True)
        if (folder / "prepare.py").exists():
            command([tools.peers / "python", "prepare.py"], folder=folder, environment=environment)
    program, *arguments = peer.command
    return command([tools.peers / program, *arguments], folder=folder, environment=environment)
