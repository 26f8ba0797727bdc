"""Measures that go by the order in which a model places rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.quality.measures.outcome import Outcome, Said
from tilth.record import field, record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


_AT_ONCE = 200_000
"""Weights that are put in order at once: running sums are made where they stay in the cache."""


class Ranking:
    """The rows in the order in which a model places them, sorted once for all resamples.

    Of several classes, each is placed against all others, and measures are means over classes.
    """

    def __init__(self, outcome: Outcome, said: Said) -> None:
        assert said.probabilities is not None  # the measure was found to fit
        codes = [outcome.positive] if outcome.positive is not None else range(len(outcome.classes))
        self._of_each = [
            _Order.of(said.probabilities[:, code], outcome.truth == code) for code in codes
        ]

    def __call__(self, weights: NDArray[Any], names: Sequence[str]) -> Floats:
        """Measures by name, shape (n_names, n_draws)."""
        found = np.zeros((len(names), len(weights)))
        defined = np.zeros(len(weights))
        step = max(1, _AT_ONCE // weights.shape[1])
        blocks = [weights[at : at + step] for at in range(0, len(weights), step)]
        for order in self._of_each:
            values = np.concatenate([order.values(each, names) for each in blocks], axis=1)
            known = np.isfinite(values).all(axis=0)
            found += np.where(known, values, 0.0)
            defined += known
        return found / defined


@record(kw_only=False)
class _Placed:
    """Positive rows, highest first, under weights.

    Attributes:
        weights: Of the positive rows, shape (n_draws, n_positive).
        found: The weight of positive rows placed as high as each, or higher; likewise.
        above: Of negative rows placed higher than each; likewise.
        beside: The same with those that are placed as high; `above` itself without ties.
        positive: The weight of all positive rows, shape (n_draws,).
        negative: Of all negative rows, likewise.
    """

    weights: Floats = field(repr=False)
    found: Floats = field(repr=False)
    above: Floats = field(repr=False)
    beside: Floats = field(repr=False)
    positive: Floats = field(repr=False)
    negative: Floats = field(repr=False)


@record(kw_only=False)
class _Order:
    """Where rows stand, highest score first.

    Attributes:
        positives: The positive rows, shape (n_positive,).
        negatives: The negative rows, shape (n_negative,).
        last: For each positive row, how many of them are placed as high or higher, less one.
        above: For each positive row, how many negative ones are placed higher.
        beside: The same with those that are placed as high.
        is_tied: Whether any two rows are placed alike.
    """

    positives: Integers = field(repr=False)
    negatives: Integers = field(repr=False)
    last: Integers = field(repr=False)
    above: Integers = field(repr=False)
    beside: Integers = field(repr=False)
    is_tied: bool

    @classmethod
    def of(cls, scores: Floats, is_positive: NDArray[np.bool_]) -> _Order:
        falling = np.argsort(-scores, kind="stable")
        positives, negatives = falling[is_positive[falling]], falling[~is_positive[falling]]
        own, others = -scores[positives], -scores[negatives]
        above = np.searchsorted(others, own, side="left")
        beside = np.searchsorted(others, own, side="right")
        last = np.searchsorted(own, own, side="right") - 1
        tied = bool((above != beside).any() or (last != np.arange(len(own))).any())
        return cls(positives, negatives, last, above, beside, tied)

    def values(self, weights: NDArray[Any], names: Sequence[str]) -> Floats:
        """Measures by name, shape (n_names, n_draws)."""
        placed = self.placed(weights)
        return np.array([RANKED[name](placed) for name in names])

    def placed(self, weights: NDArray[Any]) -> _Placed:
        """Where the positive rows stand; sums of counts are whole numbers, which add up faster."""
        kind = np.int32 if weights.dtype == np.int32 else np.float64
        own = np.take(weights, self.positives, axis=1)
        running = np.zeros((len(weights), len(self.negatives) + 1), kind)
        np.cumsum(np.take(weights, self.negatives, axis=1), axis=1, dtype=kind, out=running[:, 1:])
        found = np.cumsum(own, axis=1, dtype=kind)
        positive = found[:, -1] if len(self.positives) else np.zeros(len(weights))
        above = beside = np.take(running, self.above, axis=1).astype(float)
        if self.is_tied:
            beside = np.take(running, self.beside, axis=1).astype(float)
            found = np.take(found, self.last, axis=1)
        return _Placed(
            own.astype(float), found.astype(float), above, beside,
            positive.astype(float), running[:, -1].astype(float),
        )  # fmt: skip


def _roc_auc(placed: _Placed) -> Floats:
    """The share of pairs that are placed rightly; of those placed alike, half.

    J. A. Hanley, B. J. McNeil, "The meaning and use of the area under a receiver operating
    characteristic (ROC) curve", Radiology 143, 1982.
    """
    wrong = np.einsum("ij,ij->i", placed.weights, placed.above)
    if placed.beside is not placed.above:
        wrong = (wrong + np.einsum("ij,ij->i", placed.weights, placed.beside)) / 2
    return np.asarray(1 - wrong / (placed.positive * placed.negative))


def _average_precision(placed: _Placed) -> Floats:
    """The sum of precisions, each with the recall that it adds, as scikit-learn has it."""
    precision = placed.found / (placed.found + placed.beside)
    # Rows at the top that were not drawn have no precision, and add no recall.
    np.copyto(precision, 0.0, where=placed.found == 0)
    return np.asarray(np.einsum("ij,ij->i", placed.weights, precision) / placed.positive)


RANKED: Mapping[str, Callable[[_Placed], Floats]] = {
    "roc_auc": _roc_auc,
    "average_precision": _average_precision,
}
"""Name of a measure -> how it is made of where rows stand."""
