"""What a model takes: bytes of its file, and time for an answer."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl

from tilth.quality.pruning.answers import own_columns
from tilth.quality.pruning.candidate import Cost

_MANY = 1000
_CALLS = 5


def cost_of(model: Any, table: pl.DataFrame, size_of: Callable[[Any], int]) -> Cost:
    """Measure a fitted model.

    Args:
        model: Of scikit-learn's interface.
        table: Rows that it can be asked about; the same ones come again where there are fewer
            than a thousand.
        size_of: A model -> bytes of its file.
    """
    many = own_columns(model, table)[np.arange(_MANY) % table.height]
    return Cost(
        n_bytes=size_of(model),
        one_row=1e6 * _seconds(lambda: model.predict(many[:1])),
        thousand_rows=1e3 * _seconds(lambda: model.predict(many)),
    )


def _seconds(ask: Callable[[], Any]) -> float:
    """The median of several calls, after one that does not count."""
    ask()
    found: list[float] = []
    for _ in range(_CALLS):
        start = perf_counter()
        ask()
        found.append(perf_counter() - start)
    return statistics.median(found)
