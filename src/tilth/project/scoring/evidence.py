"""What there is to show for a test: points, their proofs, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tilth.record import changed, record

if TYPE_CHECKING:
    from tilth.project.scoring.facts import Facts

HALF, FULL = 0.5, 1.0


@record
class Proof:
    """One thing on record that a point rests on, or that a point is lost by.

    Attributes:
        kind: `run`, `dataset`, `contract`, `file`, `decision` or `setting`.
        place: Where to look: `run 12`, `late_model@3f2a91c04d7e`, `catalog.yml:4`, `late@2`.
        text: What is to be seen there.
    """

    kind: str
    place: str
    text: str

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {"kind": self.kind, "place": self.place, "text": self.text}


@record
class Evidence:
    """What there is to show for a test.

    Attributes:
        points: 0; 0.5 for what was done by hand and is written down, or is done for a part; 1 for
            what happens by itself and is on record.
        proofs: What the points rest on.
        lacks: What is missing for the rest, or is not as it should be.
        earn: Commands, or lines of a file, that would change that.
        breach: Whether something was found that must not be, so that no word of a person helps.
    """

    points: float = 0.0
    proofs: tuple[Proof, ...] = ()
    lacks: tuple[str, ...] = ()
    earn: tuple[str, ...] = ()
    breach: bool = False


def nothing(lacks: str, *earn: str) -> Evidence:
    """No point: what is missing, and what would earn it."""
    return Evidence(lacks=(lacks,), earn=earn)


def found_wrong(lacks: str, *earn: str, proofs: Iterable[Proof] = ()) -> Evidence:
    """No point, as something is there that must not be."""
    return Evidence(lacks=(lacks,), earn=earn, proofs=tuple(proofs), breach=True)


def together(parts: Iterable[Evidence]) -> Evidence:
    """What all of several models have to show: as much as the one with the least."""
    listed = list(parts)
    return Evidence(
        points=min((each.points for each in listed), default=0.0),
        proofs=_once(each.proofs for each in listed),
        lacks=_once(each.lacks for each in listed),
        earn=_once(each.earn for each in listed),
        breach=any(each.breach for each in listed),
    )


def _once(parts: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    """All of them in order, each once."""
    found: list[Any] = []
    for each in parts:
        found += [one for one in each if one not in found]
    return tuple(found)


@record
class RubricTest:
    """One of the 28 tests.

    Attributes:
        id: `data_1` to `monitor_7`.
        title: As the paper has it.
        asks: What is looked for here, in a sentence.
        look: What a project has to show for it.
        earn: What would earn the point, where `look` does not know better.
        reachable: How many points this release can give from evidence; 0 where it covers nothing
            of it.
        not_covered: What this release leaves out of it; empty where that is nothing.
    """

    id: str
    title: str
    asks: str
    look: Callable[[Facts], Evidence]
    earn: tuple[str, ...] = ()
    reachable: float = FULL
    not_covered: str = ""

    @property
    def name(self) -> str:
        """As people say it: `Data 1`."""
        section, _, number = self.id.partition("_")
        return f"{section.capitalize()} {number}"

    def told(self, found: Evidence) -> Evidence:
        """The same evidence with what would earn the rest."""
        if found.points >= self.reachable or found.earn:
            return found
        return changed(found, earn=self.earn)


def listed(names: Iterable[str], most: int = 4) -> str:
    """Names for people, not too many of them."""
    every = [f"`{each}`" for each in names]
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
