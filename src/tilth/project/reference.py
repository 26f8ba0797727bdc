"""Which version of a dataset is meant: what stands behind the `@` of `trips@2026-11-01`."""

from __future__ import annotations

import re
from typing import NamedTuple

from tilth.errors import DefinitionError
from tilth.record import record

SHAPES = (
    "a run's number, a date such as `2026-11-01`, the beginning of a digest, "
    "`latest`, or `latest~1` for the one before it"
)

_LATEST = re.compile(r"latest(?:~(\d*))?")
_DIGEST = re.compile(r"(?:blake3-|bytes:)?([0-9a-f]+)")
_FEWEST_DIGITS = 8
"""Of a digest that is written without a letter, so that no number of a run is taken for one."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@record
class Reference:
    """What was asked for; what is not meant is None.

    Up to seven digits alone are a run's number, and more of them begin a digest.

    Attributes:
        text: As it was written.
        back: How many versions before the latest.
        before: A moment in seconds since 1970: what was the latest then.
        run: A run's number.
        digest: The beginning of a digest.
    """

    text: str
    back: int | None = None
    before: float | None = None
    run: int | None = None
    digest: str | None = None


class Named(NamedTuple):
    """A dataset, and the version of it that was named with it, or nothing."""

    dataset: str
    version: str


def split(name: str) -> Named:
    """`trips@3` taken apart; a name alone means no version in particular."""
    dataset, at, version = name.rpartition("@")
    return Named(dataset, version) if at else Named(name, "")


def reference(text: str) -> Reference:
    """Read what names a version.

    Raises:
        DefinitionError: It names none; the hint says what does.
    """
    latest, digest = _LATEST.fullmatch(text), _DIGEST.fullmatch(text.lower())
    if latest:
        return Reference(text=text, back=0 if latest[1] is None else int(latest[1] or 1))
    if _DATE.match(text):
        return Reference(text=text, before=_moment(text))
    if digest:
        if text.isdecimal() and len(text) < _FEWEST_DIGITS:
            return Reference(text=text, run=int(text))
        return Reference(text=text, digest=digest[1])
    raise DefinitionError(f"`{text}` names no version", hint=f"give {SHAPES}")


def _moment(text: str) -> float:
    """The end of a day, or a moment, in the time of this place unless it names a zone."""
    from datetime import datetime, time, timedelta  # 2 ms, and only dates need it

    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise DefinitionError(
            f"`{text}` is no date", hint="write `2026-11-01`, or `2026-11-01T12:30` for a moment"
        ) from error
    if _DATE.fullmatch(text):
        return (datetime.combine(found.date(), time()) + timedelta(days=1)).timestamp()
    return found.timestamp()
