"""What it costs to start: the import, and the help of the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

IMPORT = "`import tilth`"
GRAPH = "`from tilth import node, pipeline`"
HELP = "`tilth --help`"

ROWS = [
    Row(name=IMPORT, unit="s CPU", at_most=0.05),
    Row(name=GRAPH, unit="s CPU"),
    Row(name=HELP, unit="s CPU", at_most=0.12),
]

# What a user of each would write first, and its own help.
PEERS: Mapping[str, tuple[str, str, Sequence[str]]] = {
    "Kedro": ("import kedro", "from kedro.pipeline import node, pipeline", ["kedro", "--help"]),
    "Metaflow": ("import metaflow", "from metaflow import FlowSpec, step", ["metaflow", "--help"]),
    "luigi": ("import luigi", "import luigi", ["luigi", "--help"]),
    "Hamilton": ("import hamilton", "from hamilton import driver", []),
    "doit": ("import doit", "import doit", ["doit", "help"]),
}


def entrants(tools: Tools) -> list[Entrant]:
    """Tilth, Python alone, and the peers."""
    found = [
        Entrant(
            who=OURS,
            round=partial(
                start,
                tools.ours,
                "import tilth",
                "from tilth import node, pipeline",
                ["tilth", "--help"],
            ),
        ),
        Entrant(who="Python alone", round=partial(start, tools.ours, "pass", "pass", [])),
    ]
    if tools.peers is not None:
        found += [
            Entrant(who=who, round=partial(start, tools.peers, *lines))
            for who, lines in PEERS.items()
        ]
    return found


def start(
    programs: Path, bare: str, graph: str, help_command: Sequence[str], folder: Path
) -> Readings:
    """Start each of the three once, after one start that writes the byte code."""
    python = programs / "python"
    command([python, "-c", graph], folder=folder)
    readings = {
        IMPORT: command([python, "-c", bare], folder=folder),
        GRAPH: command([python, "-c", graph], folder=folder),
    }
    if help_command:
        arguments = [programs / help_command[0], *help_command[1:]]
        readings[HELP] = command(arguments, folder=folder)
    return readings
