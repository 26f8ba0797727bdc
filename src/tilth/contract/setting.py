"""A setting of a check, described as data, so that files and editors know what may stand there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from tilth.errors import DefinitionError
from tilth.record import record

SettingKind = Literal[
    "columns", "duration", "flag", "regex", "scalar", "scalars", "share", "source", "text", "whole"
]


@record
class Setting:
    """What one setting of a check takes.

    Attributes:
        expected: In words, for messages and for the reference.
        kind: `columns`: a column or a list of them. `duration`: seconds. `flag`: true or false.
            `regex`: a regular expression. `scalar`: a number, a text, a date; `scalars`: a list
            of them. `share`: a number between 0 and 1, also written as `2%`. `source`:
            a dataset, `dataset.column` or `dataset@version`. `whole`: a whole number from 0 on.
        required: Whether the check means nothing without it.
    """

    expected: str
    kind: SettingKind
    required: bool = False


class SettingError(DefinitionError):
    """A check's settings do not make sense together, or one is not what it should be.

    Attributes:
        setting: The one that is wrong; empty where they are wrong together.
    """

    def __init__(self, setting: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.setting = setting


def expanded(value: object, short: str | tuple[str, ...]) -> dict[str, Any]:
    """The settings by name, however short they were written.

    Args:
        value: A mapping is taken as it is. `true` means: as usual. A list stands for several
            settings in order, anything else for the one setting that matters most.
        short: That setting, or those settings.

    Example:
        >>> expanded([0, 100], ("low", "high"))
        {'low': 0, 'high': 100}
        >>> expanded("[A-Z]{2}", "regex")
        {'regex': '[A-Z]{2}'}
    """
    if isinstance(value, Mapping):
        return dict(value)
    if value is True:
        return {}
    if isinstance(short, tuple):
        parts = value if isinstance(value, list | tuple) else (value,)
        return {name: part for name, part in zip(short, parts, strict=False) if part is not None}
    return {short: value}


def text_of(value: object) -> str:
    """A value as it is shown: text as it is, everything else as people write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def listed(values: list[str] | tuple[str, ...], most: int = 8) -> str:
    """Names as messages show them; a long list is cut."""
    shown = ", ".join(f"`{each}`" for each in values[:most])
    return f"{shown} ... ({len(values):,} in all)" if len(values) > most else shown
