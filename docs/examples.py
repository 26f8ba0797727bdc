"""Reads a page of the documentation as what it asks a reader to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MARK = "<!-- the examples of this page are run by tests/docs/test_examples.py -->"

NOT_RUN, SHOWN, FAILS = "<!-- not run -->", "<!-- shown -->", "<!-- fails -->"
"""Marks on the line before a block: it is left out; it is a part of a file that is there already;
its last command ends with an error."""

FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?$')


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block.

    Attributes:
        language: What stands behind the fence, such as `console`; a `diff` changes a file.
        title: The file that it shows, or nothing.
        line: Where it begins in the page.
        mark: What stands on the line before it.
    """

    language: str
    text: str
    line: int
    title: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One line that begins with `$`, and what the page shows below it."""

    typed: str
    shown: tuple[str, ...]
    line: int


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page that are run, in order.

    Raises:
        ValueError: A fence that the site would not draw as one.
    """
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), 1))
    before = ""
    for number, line in lines:
        if line.startswith("```"):
            match = FENCE.match(line)
            if match is None:
                raise ValueError(f"{page.name}:{number}: no fence that the site knows: {line}")
            body = _body(lines)
            if before != NOT_RUN:
                yield Block(
                    language=match[1], title=match[2] or "", text=body, line=number, mark=before
                )
        before = line.strip()


def _body(lines: Iterator[tuple[int, str]]) -> str:
    body = []
    for _, line in lines:
        if line.strip() == "```":
            break
        body.append(line)
    return "\n".join(body)


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


def changed(text: str, block: Block) -> str:
    """A file's text after a block of language `diff`: what `-` shows becomes what `+` shows.

    Raises:
        ValueError: What is to be replaced is not there exactly once.
    """
    lines = block.text.splitlines()
    old = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
    new = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-")
    if text.count(old) != 1:
        raise ValueError(f"line {block.line}: {block.title} does not hold once:\n{old}")
    return text.replace(old, new)


def agrees(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed, where `...` stands for anything.

    A line of nothing but `...` may stand for no line at all, so it takes its line end along.
    """
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else _in_line(line) + r"\n"
        for line in shown.splitlines()
    )
    return re.fullmatch(pattern, printed) is not None


def _in_line(line: str) -> str:
    """A line in which `...` stands for any text."""
    return ".*".join(re.escape(part) for part in line.rstrip().split("..."))
