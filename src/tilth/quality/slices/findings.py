"""Where a model fails, as plain data that any program can read."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from tilth.quality.judgement import Judgement
from tilth.quality.slices.weak import weak_slices

MOST_ROWS = 50_000
"""Rows among which slices are looked for; of more, so many are drawn."""


def slice_findings(
    frame: pl.DataFrame,
    judgement: Judgement,
    *,
    k: int = 10,
    conditions: int = 3,
    most_rows: int = MOST_ROWS,
    seed: int = 0,
) -> dict[str, Any]:
    """The weak slices of a judged table.

    Args:
        frame: What describes each row; only these columns can occur in a slice.
        judgement: How wrong the model was on each.
        k: Findings at most.
        conditions: In a slice, at most.
        most_rows: Of more rows so many are drawn.
        seed: Of that draw.

    Returns:
        `task`, `loss`, `rows`, `rows_looked_at`, `overall` (the mean loss), `findings` (see
        `MeasuredSlice.as_dict`), `candidates`, `support`, `level`, and `left_out`: columns that
        give no condition -> why. Of classes also `classes` and `confusion` (counts, true class
        by predicted).

    Raises:
        ValueError: No rows, or an argument out of its range.
    """
    chosen = drawn_rows(frame.height, most_rows, seed)
    found = weak_slices(frame[chosen], judgement.loss[chosen], k=k, conditions=conditions)
    return {
        "task": judgement.task,
        "loss": judgement.loss_name,
        "rows": frame.height,
        "rows_looked_at": int(chosen.size),
        "overall": found.overall,
        "candidates": list(found.candidates),
        "support": found.support,
        "level": found.level,
        "left_out": dict(found.left_out),
        "classes": [str(each) for each in judgement.classes],
        "confusion": judgement.confusion.tolist(),
        "findings": [each.as_dict() for each in found.slices],
    }


def drawn_rows(n_rows: int, most: int, seed: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Rows to look at: all of them, or `most` drawn without replacement; in their order."""
    if n_rows <= most:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(seed).choice(n_rows, most, replace=False))
