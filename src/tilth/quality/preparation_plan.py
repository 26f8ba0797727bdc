"""How columns are to be prepared: what a person may ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tilth.errors import DefinitionError, UnknownNameError
from tilth.record import field, record

TREATMENTS: Mapping[str, str] = {
    "number": "gaps become the median and a column that says so; then it is standardised",
    "truth": "0 and 1; gaps become the more frequent one and a column that says so",
    "levels": "a column for each frequent level, and one for all others",
    "target_mean": "the mean of the target at its level, learned from other rows than its own",
    "date": "its parts as numbers, and as points on a circle what comes round again",
    "words": "weights of its most telling words (TF-IDF)",
    "drop": "it is left out",
}
"""Treatment -> what it makes of a column."""

NEW_COLUMNS = ("refuse", "ignore")
"""What becomes of columns that were not there in training."""


@record
class PreparationPlan:
    """How columns are to be prepared.

    Attributes:
        columns: Column -> treatment, for those that are not to be decided on.
        drop: Columns that are left out.
        max_levels: Levels of a category that get a column of their own.
        rare: Rows that a level needs for a column of its own; None for half a percent of the
            training rows, at least 2 and at most 50.
        words: Words of a text that are looked for, at most.
        scale: Whether numbers are standardised.
        new_columns: One of `NEW_COLUMNS`.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    max_levels: int = 30
    rare: int | None = None
    words: int = 200
    scale: bool = True
    new_columns: str = "refuse"

    @classmethod
    def of(
        cls,
        told: Mapping[str, Any] | None = None,
        *,
        columns: Mapping[str, str] | None = None,
        drop: str | Iterable[str] = (),
    ) -> PreparationPlan:
        """Read and check what a person wrote.

        Args:
            told: `max_levels`, `rare`, `words`, `scale`, `new_columns`.
            columns: Column -> treatment.
            drop: A column or several.

        Raises:
            DefinitionError: A setting or treatment that does not exist, or is no such value.
        """
        told = dict(told or {})
        for name in told:
            if name not in _CHECKS:
                raise UnknownNameError("setting", name, _CHECKS, where="`preparation`")
            _CHECKS[name](name, told[name])
        return cls(columns=_columns(columns), drop=_drop(drop), **told)

    def as_dict(self) -> dict[str, Any]:
        """As plain data; `PreparationPlan(**...)` reads it back."""
        return {
            "columns": dict(self.columns), "drop": list(self.drop),
            "max_levels": self.max_levels, "rare": self.rare, "words": self.words,
            "scale": self.scale, "new_columns": self.new_columns,
        }  # fmt: skip


def _columns(told: Any) -> dict[str, str]:
    if told is None:
        return {}
    if not isinstance(told, Mapping):
        raise DefinitionError(
            f"`columns` is {told!r:.80}, and should say of columns how they are treated",
            hint="write `columns: {town: levels, note: words}`; `features` names columns alone",
        )
    for name, treatment in told.items():
        if treatment not in TREATMENTS:
            raise UnknownNameError(
                "treatment", str(treatment), TREATMENTS, where=f"`columns`, column `{name}`"
            )
    return {str(name): str(treatment) for name, treatment in told.items()}


def _drop(told: Any) -> tuple[str, ...]:
    names = (told,) if isinstance(told, str) else told
    if not isinstance(names, list | tuple) or not all(isinstance(each, str) for each in names):
        raise DefinitionError(f"`drop` is {told!r:.80}, and should be a column or a list of them")
    return tuple(names)


def _positive(name: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise DefinitionError(
            f"`preparation`: `{name}` is {value!r:.80}, and should be a whole number above 0"
        )


def _positive_or_none(name: str, value: Any) -> None:
    if value is not None:
        _positive(name, value)


def _flag(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise DefinitionError(
            f"`preparation`: `{name}` is {value!r:.80}, and should be true or false"
        )


def _one_of(name: str, value: Any) -> None:
    if value not in NEW_COLUMNS:
        raise UnknownNameError(f"value of `{name}`", str(value), NEW_COLUMNS, where="`preparation`")


_CHECKS = {
    "max_levels": _positive,
    "rare": _positive_or_none,
    "words": _positive,
    "scale": _flag,
    "new_columns": _one_of,
}
