"""Explanations as sentences for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tilth.quality.explanation.explanation import Explanation, told, values_by_column
from tilth.record import record

_NOTHING = 1e-9

_HIGH = 0.8
"""From this share of the background below it on, a number is called high."""


@record
class Reason:
    """What one column adds to one answer.

    Attributes:
        column: The column.
        value: The row's own, as text.
        place: Where that stands among the rows compared with, such as `high: above 90 %`.
        share: What it adds.
        error: Standard error of that, NaN where it is exact.
    """

    column: str
    value: str
    place: str
    share: float
    error: float

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "column": self.column,
            "value": self.value,
            "place": self.place,
            "contribution": self.share,
            "error": None if np.isnan(self.error) else self.error,
        }


def reasons(found: Explanation, row: int = 0, output: int = 0) -> list[Reason]:
    """What each column adds to an answer, the most first."""
    own = found.shown(row)
    others = values_by_column(found.table.background)
    listed = [
        Reason(
            column=name,
            value=told(own[i]),
            place=place(own[i], others[i]),
            share=float(found.values[row, i, output]),
            error=float("nan") if found.errors is None else float(found.errors[row, i, output]),
        )
        for i, name in enumerate(found.columns)
    ]
    return sorted(listed, key=lambda each: -abs(each.share))


def place(value: Any, others: Sequence[Any]) -> str:
    """Where a value stands among others; empty where there is nothing to say."""
    if len(others) == 1:
        return "" if told(others[0]) == told(value) else f"not {told(others[0])}"
    if value is None:
        return f"unknown, as in {_part([each is None for each in others])}"
    if _is_number(value) and all(each is None or _is_number(each) for each in others):
        return _height(value, [each for each in others if each is not None])
    same = [told(each) == told(value) for each in others]
    return f"as {_part(same)}"


def _height(value: float, others: Sequence[float]) -> str:
    below, above = ([each < value for each in others], [each > value for each in others])
    if others and np.mean(below) >= _HIGH:
        return f"high: above {_part(below)}"
    if others and np.mean(above) >= _HIGH:
        return f"low: below {_part(above)}"
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def subject(found: Explanation, output: int = 0) -> str:
    """What is explained, as the end of `raises ...`."""
    name = found.outputs[output]
    if found.scale == "value":
        return name
    if not found.target or found.scale == "lead":
        return f"the {found.scale} of {name}"
    return f"the {found.scale} that {found.target} is {name}"


def number(value: float, scale: str) -> str:
    """An answer, or a part of one: chances to three digits after the point."""
    return f"{value:.3f}" if scale in ("chance", "lead") else f"{value:.4g}"


def sentences(found: Explanation, row: int = 0, output: int = 0, most: int = 5) -> list[str]:
    """The strongest reasons as sentences, and what all others come to."""
    listed = reasons(found, row, output)
    about, scale = subject(found, output), found.scale
    now, said = float(found.base[output]), []
    for i, each in enumerate(listed[:most]):
        if abs(each.share) <= _NOTHING:
            break
        verb = "raises" if each.share > 0 else "lowers"
        what = f"{about} from {number(now, scale)}" if i == 0 else "it"
        where = f" ({each.place})" if each.place else ""
        amount = number(abs(each.share), scale)
        said.append(f"{each.column} = {each.value}{where} {verb} {what} by {amount}.")
        now += each.share
    rest = sum(each.share for each in listed[len(said) :])
    if abs(rest) > _NOTHING:
        sign = "+" if rest > 0 else "-"
        said.append(f"All other columns together: {sign}{number(abs(rest), scale)}.")
    if not said:
        said.append("No column makes a difference.")
    end = number(float(found.predictions[row, output]), scale)
    return [*said, f"So it is {end} for this row."]


def _part(which: Sequence[bool]) -> str:
    if all(which) or not any(which):
        return "all rows" if any(which) else "no other row"
    return f"{100 * float(np.mean(which)):.0f} % of rows"
