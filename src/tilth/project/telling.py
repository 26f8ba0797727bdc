"""Telling: mistakes are gathered, so that all of a project's are told at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from tilth.config.config import Places
from tilth.config.mistake import Mistake, ordered
from tilth.config.place import Place
from tilth.errors import ConfigError, TilthError

_LONGEST = 400


class Telling:
    """Gathers mistakes, each with its place in the project's files."""

    def __init__(self, places: Places, warnings: tuple[Mistake, ...] = ()) -> None:
        self._places = places
        self._found = list(warnings)
        self.n_errors = 0

    def say(
        self,
        message: str,
        place: Place | None,
        *,
        expected: str | None = None,
        hint: str | None = None,
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        """Note a mistake; its message may hold a user's text, which may have any length."""
        self.n_errors += severity == "error"
        self._found.append(
            self._places.mistake(
                _one_line(message),
                place,
                expected=_one_line(expected) if expected else None,
                hint=_one_line(hint) if hint else None,
                severity=severity,
            )
        )

    def error(self, error: TilthError, place: Place | None) -> None:
        """Note an error that something raised."""
        self.say(str(error), place, hint=error.hint)

    @contextmanager
    def catching(self, place: Place | None) -> Iterator[None]:
        """Note what is raised inside, and go on after it."""
        try:
            yield
        except ConfigError:
            raise
        except TilthError as error:
            self.error(error, place)

    def warnings(self) -> list[Mistake]:
        """What should be told, though the project can be opened."""
        return ordered(each for each in self._found if each.severity == "warning")

    def refuse(self) -> None:
        """Raise what was gathered.

        Raises:
            ConfigError: There is at least one mistake that is no warning.
        """
        errors = ordered(each for each in self._found if each.severity == "error")
        if errors:
            raise ConfigError([each.text() for each in errors])


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 4]} ..."
