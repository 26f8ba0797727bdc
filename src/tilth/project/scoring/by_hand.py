"""What people did by hand and wrote down: `score.yml` in the project's folder.

The paper gives half a point for a test that was done by hand, with its results written down and
shared. Whether that is so, no history can know; so it is said here, with the file in which it can
be read, and it is shown as what a person said.
"""

from __future__ import annotations

from pathlib import Path

from tilth.config.check import check
from tilth.config.item import Item, plain
from tilth.config.mistake import Mistakes, Sources, refuse, shown
from tilth.config.parse import decode, parse
from tilth.config.score_layout import FILE, SCORE
from tilth.project.scoring.evidence import Proof
from tilth.record import record


@record
class ByHand:
    """A test that people did.

    Attributes:
        what: What they did and found.
        see: The file in which that is written down, relative to the project.
        by: Who did it.
        at: When, as a date.
        place: Where it is said: `score.yml:3`.
    """

    what: str
    see: str
    by: str
    at: str
    place: str

    @property
    def proof(self) -> Proof:
        """As what it is: the word of a person."""
        text = f"done by hand, says {self.by} ({self.at}): {self.what}; see {self.see}"
        return Proof(kind="file", place=self.place, text=text)


def read_by_hand(folder: Path) -> dict[str, ByHand]:
    """Test -> what was done by hand; nothing where there is no such file.

    Raises:
        ConfigError: The file holds mistakes; all of them are in it, each with its place.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    mistakes = Mistakes(Sources())
    text = decode(path.read_bytes(), FILE, mistakes)
    item = parse(text, FILE, mistakes) if text is not None else None
    if item is not None and item.value is not None:
        check(SCORE, item, FILE, mistakes)
        if not mistakes.errors():
            _check_files(item, folder, mistakes)
    refuse(mistakes.errors())
    return {} if item is None else {name: _read(item.child(name)) for name in item.child_keys()}


def _check_files(item: Item, folder: Path, mistakes: Mistakes) -> None:
    """What is written down nowhere earns nothing."""
    for name in item.child_keys():
        each = item.child(name)
        see = each.child("see") if each is not None else None
        if see is not None and not (folder / str(see.value)).is_file():
            mistakes.add(
                f"`see` of `{name}` is {shown(see)}, and there is no such file",
                see.place,
                expected="the file in which the results are written down",
            )


def _read(item: Item | None) -> ByHand:
    assert item is not None  # it is one of the keys
    return ByHand(**plain(item), place=f"{item.key.file}:{item.key.line}")
