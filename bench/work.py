"""What a work is: rows of the table, and entrants that are measured side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from measure import Usage

OURS = "Tilth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    Attributes:
        name: What is done.
        unit: `s CPU`, `s` (wall) or `MB` (peak) pick that part of a usage; any other unit
            belongs to a plain number.
        at_most: The goal, where less is better.
        at_least: The goal, where more is better.
        of: For a ratio: the name of the row whose medians are divided.
        by: For a ratio: the entrant by whose median the others' are divided.
        inverse: For a ratio: divide that entrant's median by the others' instead.
        factor: What a ratio is multiplied with, such as 100 for `%`.
    """

    name: str
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    of: str = ""
    by: str = ""
    inverse: bool = False
    factor: float = 1.0

    @property
    def goal(self) -> str:
        """The goal in words, or nothing."""
        if self.at_most is not None:
            return f"≤ {self.at_most:g} {self.unit}"
        if self.at_least is not None:
            return f"≥ {self.at_least:g} {self.unit}"
        return ""

    def reached(self, value: float) -> bool | None:
        """Whether a value is within the goal; None where there is no goal."""
        if self.at_most is not None:
            return value <= self.at_most
        if self.at_least is not None:
            return value >= self.at_least
        return None


Readings = Mapping[str, Usage | float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """One who does the work.

    Attributes:
        who: Its name in the table.
        round: Does the work once in an empty folder; row name -> what it cost.
        rounds: At most so many rounds, for one that is slow; None for as many as asked.
    """

    who: str
    round: Callable[[Path], Readings]
    rounds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Where the programs are that a work starts.

    Attributes:
        root: The repository.
        ours: The folder of Tilth's python and scripts.
        groups: Group of peers -> the folder of its python and scripts, where it is installed.
    """

    root: Path
    ours: Path
    groups: Mapping[str, Path] = field(hash=False)

    @property
    def python(self) -> Path:
        """The interpreter that has Tilth."""
        return self.ours / "python"

    @property
    def tilth(self) -> Path:
        """The command line of Tilth."""
        return self.ours / "tilth"

    @property
    def peers(self) -> Path | None:
        """Where the frameworks for pipelines are, if they are installed."""
        return self.groups.get("pipelines")

    @property
    def quality_peers(self) -> Path | None:
        """Where the libraries for the quality of data are, if they are installed."""
        return self.groups.get("quality")

    def peer(self, name: str) -> Path:
        """The folder of a peer's files."""
        return self.root / "bench" / "peers" / name


class Work(Protocol):
    """A module of `works/`: it says which rows it fills, and who enters.

    Every entrant does the same thing; where one does less (keeps nothing, looks at no value), its
    name says so. Rounds of the entrants alternate, so that a busy machine is busy for all.
    """

    ROWS: Sequence[Row]

    @staticmethod
    def entrants(tools: Tools) -> list[Entrant]: ...
