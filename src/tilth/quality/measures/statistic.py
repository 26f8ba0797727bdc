"""Measures of predictions under weights of rows, for many resamples at once.

A resample is told by how often each row was drawn. Whatever is a function of sums over rows is
one product of matrices for all resamples and all measures together; whatever goes by rank sorts
the rows once, and needs running sums of the weights after that. No row is ever copied.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.errors import DataError
from tilth.quality.measures.measure import Measure
from tilth.quality.measures.outcome import Outcome, Said
from tilth.quality.measures.ranking import RANKED, Ranking
from tilth.quality.measures.sums import SUMMED, Sums
from tilth.record import record

Floats = NDArray[np.float64]

_WIDE = 64
"""More columns than this are mostly zeros, one for each class, and are kept as such."""


@record(kw_only=False)
class Asked:
    """One value: a measure of what one model said."""

    measure: Measure
    who: str


class Statistics:
    """Several measures of several models, as one statistic of weights.

    Args:
        outcome: The rows.
        asked: What is wanted, in this order.

    Raises:
        DataError: A measure is of another kind of target, or needs chances that a model does not
            tell.
    """

    def __init__(self, outcome: Outcome, asked: Sequence[Asked]) -> None:
        for each in asked:
            check_fits(each.measure, outcome, each.who)
        self._n_values = len(asked)
        self._summed: list[tuple[int, slice, Callable[[Floats, Floats], Floats]]] = []
        self._ranked: list[tuple[Ranking, list[tuple[int, str]]]] = []
        self._sorted: list[tuple[int, Any]] = []
        columns: list[Floats] = []
        rankings: dict[str, tuple[Ranking, list[tuple[int, str]]]] = {}
        at = 0
        for place, each in enumerate(asked):
            name, said = each.measure.name, outcome.said[each.who]
            if name in SUMMED:
                sums: Sums = SUMMED[name](outcome, said)
                columns.append(sums.columns)
                end = at + sums.columns.shape[1]
                self._summed.append((place, slice(at, end), sums.finish))
                at = end
            elif name in RANKED:
                if each.who not in rankings:
                    rankings[each.who] = Ranking(outcome, said), []
                rankings[each.who][1].append((place, name))
            else:
                self._sorted.append((place, _median_of(outcome, said)))
        self._ranked = list(rankings.values())
        self._columns = _packed(columns)

    def __call__(self, weights: NDArray[Any]) -> Floats:
        """The values for each resample.

        Args:
            weights: How often each row counts, shape (n_draws, n_rows): counts as int32, or
                numbers.

        Returns:
            Shape (n_draws, n_values); NaN where a value is not defined for the rows that were
            drawn, such as a recall without a positive row.
        """
        found = np.empty((len(weights), self._n_values))
        total = weights.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            if self._summed:
                sums = np.asarray(weights @ self._columns)
                for place, part, finish in self._summed:
                    found[:, place] = finish(sums[:, part], total)
            for ranking, wanted in self._ranked:
                values = ranking(weights, [name for _, name in wanted])
                for (place, _), value in zip(wanted, values, strict=True):
                    found[:, place] = value
            for place, median in self._sorted:
                found[:, place] = median(weights)
        return found


def check_fits(measure: Measure, outcome: Outcome, who: str) -> None:
    """Refuse a measure that cannot be worked out of what is there.

    Raises:
        DataError: It is of another kind of target, or needs chances that a model does not tell.
    """
    name = measure.name
    if measure.of_classes and not outcome.classes:
        raise DataError(
            f"the target is a quantity, and `{name}` is of classes",
            hint="such as `mae`, `rmse` or `r2`",
        )
    if not measure.of_classes and outcome.classes:
        raise DataError(
            f"the target holds classes, and `{name}` is of a quantity",
            hint="such as `accuracy`, `roc_auc` or `log_loss`",
        )
    if measure.of_two and len(outcome.classes) != 2:
        raise DataError(
            f"`{name}` is of two classes, and the target has {len(outcome.classes)}",
            hint="such as `balanced_accuracy` or `recall`, a mean over classes",
        )
    if measure.needs == "probability" and outcome.said[who].probabilities is None:
        raise DataError(
            f"`{name}` needs chances, and the model `{who}` tells only classes",
            hint="a measure of classes is `accuracy`, `f1` or `balanced_accuracy`",
        )
    if name == "mape" and not np.all(outcome.truth):
        n = int((outcome.truth == 0).sum())
        raise DataError(
            f"`mape` is not defined where the target is 0, as it is in {n:,} rows",
            hint="such as `mae` or `rmse`",
        )


def _packed(columns: Sequence[Floats]) -> Any:
    """All columns side by side, sparse where there are many."""
    if not columns:
        return None
    wide = np.concatenate(columns, axis=1)
    if wide.shape[1] <= _WIDE:
        return wide
    from scipy.sparse import csr_array  # for many classes alone

    return csr_array(wide)


def _median_of(outcome: Outcome, said: Said) -> Callable[[Floats], Floats]:
    """The weighted median of the absolute errors: where half of the weight is reached.

    Of an even number of rows it is the mean of the two in the middle, as usual.
    """
    errors = np.abs(outcome.truth - said.predicted)
    order = np.argsort(errors, kind="stable")
    sorted_errors = errors[order]

    def median(weights: Floats) -> Floats:
        running = np.cumsum(weights[:, order], axis=1)
        half = running[:, -1:] / 2
        last = len(sorted_errors) - 1
        low = (running < half).sum(axis=1).clip(max=last)
        high = (running <= half).sum(axis=1).clip(max=last)
        return np.asarray((sorted_errors[low] + sorted_errors[high]) / 2)

    return median
