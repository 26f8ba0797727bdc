"""Why this row and not that one."""

from __future__ import annotations

from typing import Any

from tilth.errors import DataError
from tilth.quality.explanation.explain import explain
from tilth.quality.explanation.explanation import Explanation


def contrast(model: Any, row: Any, other: Any, **asked: Any) -> Explanation:
    """Share the difference between what a model says of two rows among the columns that differ.

    The other row is the background itself. To subtract two explanations that share a background
    would give shares to columns in which the rows do not differ, wherever columns interact.

    Args:
        model: As for `explain`.
        row: A table of one row.
        other: Likewise; `base` of what is returned is what the model says of it.
        asked: Anything else that `explain` takes.

    Raises:
        DataError: There is more than one row, and what `explain` raises.
    """
    if len(row) != 1 or len(other) != 1:
        raise DataError(f"a contrast is between two rows, not between {len(row)} and {len(other)}")
    return explain(model, row, other, **asked)
