"""What an install brings, the base and all of it: distributions and megabytes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

PACKAGES = "base install: distributions"
SIZE = "base install: size"
ALL_PACKAGES = "install of `tilth[all]`: distributions"
ALL_SIZE = "install of `tilth[all]`: size"

ROWS = [
    Row(name=PACKAGES, unit="distributions", at_most=12),
    Row(name=SIZE, unit="MB on disk", at_most=25),
    Row(name=ALL_PACKAGES, unit="distributions", at_most=90),
    Row(name=ALL_SIZE, unit="MB on disk", at_most=900),
]


def entrants(tools: Tools) -> list[Entrant]:
    """One install each: a second one would say the same."""
    pins = tools.root / "constraints.txt"
    found = [Entrant(who=OURS, round=partial(both, tools, pins), rounds=1)]
    if tools.peers is not None:
        pins = tools.root / "bench" / "peers" / "constraints" / "pipelines.txt"
        found += [
            Entrant(who=name.title(), round=partial(install, tools, [name], pins), rounds=1)
            for name in ("kedro", "metaflow")
        ]
    return found


def both(tools: Tools, pins: Path, folder: Path) -> Readings:
    """The base, and everything."""
    base, everything = folder / "base", folder / "all"
    base.mkdir()
    everything.mkdir()
    found = install(tools, [f"{tools.root}[all]"], pins, everything)
    return {
        **install(tools, [str(tools.root)], pins, base),
        ALL_PACKAGES: found[PACKAGES],
        ALL_SIZE: found[SIZE],
    }


def install(tools: Tools, what: Sequence[str], pins: Path, folder: Path) -> Readings:
    """Install into a fresh environment that has nothing else, not even pip."""
    command([tools.python, "-m", "venv", "--without-pip", "fresh"], folder=folder)
    command(
        [
            tools.python,
            *("-m", "pip", "--quiet", "--disable-pip-version-check"),
            *("--python", "fresh/bin/python", "install", "--constraint", pins, *what),
        ],
        folder=folder,
    )
    (packages,) = folder.glob("fresh/lib/python*/site-packages")
    return {
        PACKAGES: float(len(list(packages.glob("*.dist-info")))),
        SIZE: sum(path.stat().st_size for path in packages.rglob("*") if path.is_file()) / 1e6,
    }
