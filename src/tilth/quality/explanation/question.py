"""What a split of a tree asks, in words of the table: encoders are undone by what they do.

A split compares a number. Which values of the column lead to which side is seen from the rows at
hand, so that it does not matter how the number came about: as one of many ones and noughts, a
rank, a scaled value, or in a way that nobody has thought of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.quality.explanation.explanation import told
from tilth.record import record

Bools = NDArray[np.bool_]

_MOST_NAMES = 6


@record
class Question:
    """What a node asks.

    Attributes:
        text: Such as `town is Oslo or Ulm`, or `price ≤ 3.2`.
        column: The column; empty where a number comes from several.
        yes_left: Whether who answers yes goes to the left.
        missing: `yes` or `no` for rows in which the value is not known; empty where none is.
    """

    text: str
    column: str
    yes_left: bool
    missing: str = ""


def question(
    column: str, values: Sequence[Any], left: Bools, *, threshold: float, numbers: Any
) -> Question:
    """Put a split into words.

    Args:
        column: What it asks about.
        values: That column of the rows at hand.
        left: Which of these rows it sends to its left.
        threshold: What the number is compared with.
        numbers: That number, for each row; the column itself where nothing encodes it.
    """
    known = [i for i, each in enumerate(values) if each is not None]
    lost = [i for i, each in enumerate(values) if each is None]
    missing_left = bool(left[lost[0]]) if lost else None
    own = [values[i] for i in known]
    if own and all(isinstance(each, int | float) and not isinstance(each, bool) for each in own):
        text, yes_left = _of_numbers(
            column, np.array(own, float), left[known], threshold, np.asarray(numbers)[known]
        )
    else:
        text, yes_left = _of_names(column, [told(each) for each in own], left[known])
    missing = "" if missing_left is None else "yes" if missing_left == yes_left else "no"
    return Question(text=text, column=column, yes_left=yes_left, missing=missing)


def _of_numbers(
    column: str, own: NDArray[np.float64], left: Bools, threshold: float, numbers: Any
) -> tuple[str, bool]:
    if left.all() or not left.any():
        return f"{column} is known", bool(left.all())
    if np.array_equal(own, numbers):
        return f"{column} ≤ {_short(threshold)}", True
    low, high = own[left], own[~left]
    for small, large, yes_left in ((low, high, True), (high, low, False)):
        if small.max() < large.min():  # scaled, ranked, binned: any value between parts them
            return f"{column} ≤ {_short((small.max() + large.min()) / 2)}", yes_left
    for inner, outer, yes_left in ((low, high, True), (high, low, False)):
        if not ((outer >= inner.min()) & (outer <= inner.max())).any():
            ends = f"{_short(inner.min())} and {_short(inner.max())}"
            return f"{column} is between {ends}", yes_left
    return f"a number made of {column} ≤ {_short(threshold)}", True


def _of_names(column: str, own: Sequence[str], left: Bools) -> tuple[str, bool]:
    lefts = sorted({name for name, goes in zip(own, left, strict=True) if goes})
    rights = sorted({name for name, goes in zip(own, left, strict=True) if not goes})
    if not lefts or not rights:
        return f"{column} is known", bool(lefts)
    # The shorter list is asked for; of two that are as short, the one that goes right, as ones do.
    yes, yes_left = (lefts, True) if len(lefts) < len(rights) else (rights, False)
    more = f" or {len(yes) - _MOST_NAMES} others" if len(yes) > _MOST_NAMES else ""
    shown = yes[:_MOST_NAMES]
    if more or len(shown) == 1:
        return f"{column} is {', '.join(shown)}{more}", yes_left
    return f"{column} is {', '.join(shown[:-1])} or {shown[-1]}", yes_left


def _short(value: float) -> str:
    if float(value).is_integer() and abs(value) < 1e12:
        return f"{value:,.0f}"
    return f"{value:.4g}"
