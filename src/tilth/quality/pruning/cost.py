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
from tilth.quality.pruning.ground import last_of, prepared
from tilth.record import record

_MANY = 1000
_CALLS = 5


class Scales:
    """Weighs models, and measures how long they take.

    What comes before a model's last step takes most of the time for an answer, and many models
    that are tried share it: it is measured once for those that come one after another.

    Args:
        table: Rows that models can be asked about; the same ones come again where there are fewer
            than a thousand.
        size_of: A model -> bytes of its file.
    """

    def __init__(self, table: pl.DataFrame, size_of: Callable[[Any], int]) -> None:
        self._many = table[np.arange(_MANY) % table.height]
        self._size_of = size_of
        self._before = _Before(steps=[], one=None, many=None, seconds=(0, 0))

    def cost_of(self, model: Any) -> Cost:
        """Measure a fitted model, of scikit-learn's interface."""
        before = self._prepared(model)
        last = last_of(model)
        seconds = (
            _seconds(lambda: last.predict(before.one)),
            _seconds(lambda: last.predict(before.many)),
        )
        one, many = (sum(each) for each in zip(before.seconds, seconds, strict=True))
        return Cost(n_bytes=self._size_of(model), one_row=1e6 * one, thousand_rows=1e3 * many)

    def _prepared(self, model: Any) -> _Before:
        """What the last step is given, and how long that takes."""
        many = own_columns(model, self._many)
        steps = [step for _, step in getattr(model, "steps", ())[:-1]]
        if not steps:
            return _Before(steps=[], one=many[:1], many=many, seconds=(0, 0))
        known = self._before.steps
        if len(known) != len(steps) or any(a is not b for a, b in zip(known, steps, strict=True)):
            self._before = _Before(
                steps=steps,
                one=prepared(model, many[:1]),
                many=prepared(model, many),
                seconds=(
                    _seconds(lambda: prepared(model, many[:1])),
                    _seconds(lambda: prepared(model, many)),
                ),
            )
        return self._before


@record
class _Before:
    """All steps but the last.

    Attributes:
        steps: Fitted.
        one: What they make of one row.
        many: What they make of a thousand.
        seconds: That each of both takes.
    """

    steps: list[Any]
    one: Any
    many: Any
    seconds: tuple[float, float]


def _seconds(ask: Callable[[], Any]) -> float:
    """The median of several calls, after one that does not count."""
    ask()
    found: list[float] = []
    for _ in range(_CALLS):
        start = perf_counter()
        ask()
        found.append(perf_counter() - start)
    return statistics.median(found)
