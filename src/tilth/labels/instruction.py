"""The labelling instruction: a Markdown file that people read, and what Tilth reads of it.

.. code-block:: text

    # Tone of a review

    Say what the writer feels about the product, not about the shop.

    ## Classes

    - `good`: would buy it again
    - `bad`: would not

    ## Rules

    1. Irony counts as what is meant, not as what is said.
    2. Where `good` and `bad` are in balance, the last sentence decides.

    ## Examples

    - "Never been happier" is `good`.

    ## Counter-examples

    - "Fast delivery" alone is not `good`: see the first line.

Everything but the first line may be left out, and further sections may be added. The rules are
numbered, so that one can say which of them to revise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from blake3 import blake3

from tilth.labels.entry import InstructionSeen, Label
from tilth.record import record

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_POINT = re.compile(r"(?:[-*+]|(\d+)[.)])\s+(.*)$")
_QUOTED = re.compile(r"`([^`]+)`")


@record
class Passage:
    """One point of a list, or a paragraph.

    Attributes:
        number: As it is written; 0 where it has none.
        text: On one line.
        line: Where it begins in the file, from 1.
    """

    number: int = 0
    text: str
    line: int

    @property
    def named(self) -> frozenset[str]:
        """What stands in backquotes, such as the names of classes."""
        return frozenset(_QUOTED.findall(self.text))


@record
class Section:
    """What stands below a heading.

    Attributes:
        title: The heading; empty for what stands before the first.
        passages: In order.
    """

    title: str
    passages: tuple[Passage, ...]


@record
class Instruction:
    """A labelling instruction as it stands in its file.

    Attributes:
        version: A short digest of its text; trailing blanks and kinds of line ends do not count.
        title: Its first heading.
        sections: In order.
    """

    version: str
    title: str
    sections: tuple[Section, ...]

    @property
    def rules(self) -> tuple[Passage, ...]:
        """The numbered passages of all sections."""
        return tuple(p for s in self.sections for p in s.passages if p.number)

    def on(self, *classes: Label) -> tuple[Passage, ...]:
        """The passages that name every one of these classes, in backquotes."""
        names = {str(each) for each in classes}
        return tuple(p for s in self.sections for p in s.passages if names <= p.named)


def parse(text: str) -> Instruction:
    """Read an instruction; any text is one."""
    lines = [line.rstrip() for line in text.removeprefix("\ufeff").splitlines()]
    digest = blake3("\n".join(lines).strip("\n").encode("utf-8", "surrogatepass"))
    title, sections = "", [_Open("")]
    for number, line in enumerate(lines, 1):
        heading = _HEADING.match(line)
        if heading and len(heading[1]) == 1 and not title:
            title = heading[2]
        elif heading:
            sections.append(_Open(heading[2]))
        else:
            sections[-1].take(number, line)
    found = tuple(each.closed() for each in sections)
    return Instruction(
        version=digest.hexdigest(4),
        title=title,
        sections=tuple(each for each in found if each.title or each.passages),
    )


class _Open:
    """A section that is being read."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._passages: list[Passage] = []
        self._words: list[str] = []
        self._number, self._line = 0, 0

    def take(self, line_number: int, line: str) -> None:
        """A point begins with its mark; a paragraph ends with an empty line."""
        point = _POINT.match(line)  # an indented mark goes on with the point above it
        if point or not line.strip():
            self._end()
        if point:
            self._number, self._line = int(point[1] or 0), line_number
        self._line = self._line or line_number
        words = point[2] if point else line
        if words.strip():
            self._words.append(words.strip())

    def closed(self) -> Section:
        """What was read."""
        self._end()
        return Section(title=self._title, passages=tuple(self._passages))

    def _end(self) -> None:
        if self._words:
            text = " ".join(self._words)
            self._passages.append(Passage(number=self._number, text=text, line=self._line))
        self._words, self._number, self._line = [], 0, 0


def versions(entries: Iterable[object]) -> dict[str, InstructionSeen]:
    """The versions that a log has seen, in the order they were seen first."""
    found: dict[str, InstructionSeen] = {}
    for each in entries:
        if isinstance(each, InstructionSeen):
            found.setdefault(each.version, each)
    return found


def noticed(entries: Sequence[object], version: str, time: str) -> list[InstructionSeen]:
    """The line to add to a log where it has not seen a version: one, or none."""
    known = versions(entries)
    if not version or version in known:
        return []
    number = max((each.number for each in known.values()), default=0) + 1
    return [InstructionSeen(version=version, number=number, time=time)]
