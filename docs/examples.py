"""Reads a page of the documentation as what it asks a reader to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MARK = "<!-- the examples of this page are run by tests/docs/test_examples.py -->"
NOT_RUN = "<!-- not run -->"

_FENCE = re.compile(r"^```(\w+)?(.*)$")
_TITLE = re.compile(r'title="([^"]+)"')
_REPLACES = re.compile(r'replaces="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block.

    Attributes:
        language: What stands behind the fence, such as `console`.
        title: The file that it shows, or nothing.
        replaces: The text in that file that it stands in for; None for all of it.
        shows: Whether it shows a part of a file that must be there already.
        fails: Whether its last command ends with an error.
        line: Where it begins in the page.
    """

    language: str
    text: str
    line: int
    title: str = ""
    replaces: str | None = None
    shows: bool = False
    fails: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One line that begins with `$`, and what the page shows below it."""

    typed: str
    shown: tuple[str, ...]
    line: int


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page that are run, in order."""
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), 1))
    skipped = False
    for number, line in lines:
        if line.strip() == NOT_RUN:
            skipped = True
        match = _FENCE.match(line)
        if not match:
            continue
        body = []
        for _, inner in lines:
            if inner.strip() == "```":
                break
            body.append(inner)
        if not skipped:
            yield block(match, "\n".join(body), number)
        skipped = False


def block(match: re.Match[str], text: str, line: int) -> Block:
    """A block, by the words behind its fence."""
    words = match[2] or ""
    title, replaces = _TITLE.search(words), _REPLACES.search(words)
    rest = _REPLACES.sub("", _TITLE.sub("", words)).split()
    return Block(
        language=match[1] or "",
        text=text,
        line=line,
        title=title[1] if title else "",
        replaces=replaces[1] if replaces else None,
        shows="shows" in rest,
        fails="fails" in rest,
    )


def commands(block: Block) -> list[Command]:
    """The commands of a console block."""
    found: list[Command] = []
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        if line.startswith("$ "):
            typed = line[2:].partition("  #")[0].rstrip()
            found.append(Command(typed=typed, shown=(), line=number))
        else:
            last = found[-1]
            found[-1] = Command(typed=last.typed, shown=(*last.shown, line), line=last.line)
    return found


def agrees(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed, where `...` stands for anything.

    A line of nothing but `...` may stand for no line at all, so it takes its line end along.
    """
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else in_line(line) + r"\n"
        for line in shown.splitlines()
    )
    return re.fullmatch(pattern, printed) is not None


def in_line(line: str) -> str:
    """A line in which `...` stands for any text."""
    return ".*".join(re.escape(part) for part in line.rstrip().split("..."))
