"""One mistake in a project, as a person should read it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from tilth.config.item import Item
from tilth.config.place import Place
from tilth.errors import ConfigError, nearest
from tilth.record import record

_MOST_LINES = 12
_WIDEST = 96
_LINE_BREAK = "\r\n|[\n\r\x85\u2028\u2029]"


@record
class Mistake:
    """What is wrong, where, what was expected, and what to do.

    Nothing in it was read from the environment: a value behind `${env:NAME}` appears as
    that text.

    Attributes:
        message: What is wrong, with the offending text, on one line.
        file: Relative to the project's folder; None where it is in no file.
        line: Counted from 1.
        column: Counted from 1.
        expected: What would have been right.
        hint: What to do; the nearest valid name where there is one.
        excerpt: The line of the file, with a caret under the culprit.
        severity: A warning does not keep the project from being opened.
    """

    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    expected: str | None = None
    hint: str | None = None
    excerpt: str | None = None
    severity: Literal["error", "warning"] = "error"

    def text(self) -> str:
        """All of it, in at most twelve lines."""
        parts = [f"{self._where()}{self.message}", self.excerpt or ""]
        parts += [f"expected: {self.expected}"] if self.expected else []
        parts += [f"hint: {self.hint}"] if self.hint else []
        lines = [line for part in parts if part for line in part.split("\n")]
        return "\n".join(lines[:_MOST_LINES])

    def _where(self) -> str:
        known = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        warning = "warning: " if self.severity == "warning" else ""
        return f"{':'.join(known)}: {warning}" if known else warning


class Sources:
    """The text of the files, for the line that a mistake quotes."""

    def __init__(self, texts: Mapping[str, str] | None = None) -> None:
        self._texts = dict(texts or {})
        self._lines: dict[str, list[str]] = {}

    def add(self, file: str, text: str) -> None:
        """Remember the text of one more file."""
        self._texts[file] = text

    def hold(self, text: str) -> bool:
        """Whether any of the files holds this text."""
        return any(text in each for each in self._texts.values())

    def rest(self, place: Place) -> str:
        """What stands at a place and behind it, to the end of the line."""
        lines = self._split(place.file)
        return lines[place.line - 1][place.column - 1 :] if place.line <= len(lines) else ""

    def excerpt(self, place: Place, width: int = 1) -> str | None:
        """The line at a place with a caret under it, or None where the file has no such line."""
        lines = self._split(place.file)
        if not 1 <= place.line <= len(lines) or not lines[place.line - 1].strip():
            return None
        line = lines[place.line - 1].replace("\t", " ")
        start = max(0, place.column - 1 - _WIDEST // 2) if len(line) > _WIDEST else 0
        shown = "".join(each if each.isprintable() else " " for each in line[start:])[:_WIDEST]
        offset = place.column - 1 - start
        carets = "^" * max(1, min(width, len(shown.rstrip()) - offset))
        number = str(place.line)
        return f"  {number} | {shown.rstrip()}\n  {' ' * len(number)} | {' ' * offset}{carets}"

    def _split(self, file: str) -> list[str]:
        if file not in self._lines:
            self._lines[file] = re.split(_LINE_BREAK, self._texts.get(file, ""))
        return self._lines[file]


class Mistakes:
    """Gathers the mistakes of all files, so that they can be told at once."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.found: list[Mistake] = []

    def add(
        self,
        message: str,
        place: Place | None = None,
        *,
        expected: str | None = None,
        hint: str | None = None,
        width: int = 1,
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        """Note a mistake, with the line that it is on."""
        mistake = Mistake(message=message, expected=expected, hint=hint, severity=severity)
        self.found.append(located(mistake, place, self.sources, width=width))

    def errors(self) -> list[Mistake]:
        """What keeps the project from being opened, in the order of files and lines."""
        return ordered(each for each in self.found if each.severity == "error")

    def warnings(self) -> list[Mistake]:
        """What should be told, though the project can be opened."""
        return ordered(each for each in self.found if each.severity == "warning")


def located(mistake: Mistake, place: Place | None, sources: Sources, *, width: int = 1) -> Mistake:
    """The same mistake with its place and the line that stands there, where it is in a file."""
    if place is None or not place.file:
        return mistake
    return Mistake(
        message=mistake.message,
        expected=mistake.expected,
        hint=mistake.hint,
        severity=mistake.severity,
        file=place.file,
        line=place.line,
        column=place.column,
        excerpt=sources.excerpt(place, width),
    )


def ordered(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """By file and line; the same thing is said once."""
    unique = {(each.file, each.line, each.column, each.message): each for each in mistakes}
    return sorted(
        unique.values(), key=lambda each: (each.file or "", each.line or 0, each.column or 0)
    )


def refuse(mistakes: Sequence[Mistake]) -> None:
    """Raise the error that tells all of them, if there is any.

    Raises:
        ConfigError: There is at least one.
    """
    if mistakes:
        raise ConfigError([each.text() for each in mistakes])


def quoted(text: str, limit: int = 60) -> str:
    """Text as messages show it: one line, cut, between back quotes."""
    line = "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
    return f"`{line if len(line) <= limit else line[: limit - 4] + ' ...'}`"


def shown(item: Item) -> str:
    """A value as messages show it; never what came from the environment."""
    value = item.value
    if item.written is not None:
        return quoted(item.written)
    if isinstance(value, str):
        return quoted(value) if value else "an empty text"
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return quoted(str(value).lower() if isinstance(value, bool) else str(value))


def width(item: Item) -> int:
    """How many carets a value gets."""
    return len(shown(item)) - 2 if not isinstance(item.value, dict | list) else 1


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A hint with the nearest valid name, or None where none is alike."""
    near = nearest(name, known)
    return f"did you mean `{near}`?" if near else None
