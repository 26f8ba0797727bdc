"""Measures that are functions of sums over rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from tilth.quality.measures.outcome import Outcome, Said
from tilth.record import field, record

Floats = NDArray[np.float64]

_SMALLEST = 1e-15
"""A chance below this counts as this: one row's log loss is at most 34.5 nats."""

_BINS = 15
"""Of equal width, for the calibration error; Guo et al. take as many."""


@record(kw_only=False)
class Sums:
    """What is summed over rows, and what is made of the sums.

    Attributes:
        columns: Shape (n_rows, n_columns).
        finish: Sums, shape (n_draws, n_columns), and the weight of all rows, shape (n_draws,) ->
            the measure, shape (n_draws,).
    """

    columns: Floats = field(repr=False)
    finish: Callable[[Floats, Floats], Floats] = field(repr=False)


def _mean(values: NDArray[np.generic]) -> Sums:
    return Sums(
        np.asarray(values, float)[:, None], lambda sums, total: np.asarray(sums[:, 0] / total)
    )


# Of classes, by what was said


def _accuracy(outcome: Outcome, said: Said) -> Sums:
    return _mean(outcome.truth == said.predicted)


def _table(outcome: Outcome, said: Said, *codes: int) -> Floats:
    """For each class three columns: found, so, said; side by side in this order."""
    truth, predicted = outcome.truth[:, None], said.predicted[:, None]
    wanted = np.array(codes)[None, :]
    is_so, was_said = truth == wanted, predicted == wanted
    return np.concatenate([is_so & was_said, is_so, was_said], axis=1).astype(float)


def _per_class(
    outcome: Outcome, said: Said, value: Callable[[Floats, Floats, Floats], Floats]
) -> Sums:
    """A measure of the positive class of two, or its mean over several."""
    codes = [outcome.positive] if outcome.positive is not None else range(len(outcome.classes))
    k = len(codes)

    def finish(sums: Floats, total: Floats) -> Floats:
        found = value(sums[:, :k], sums[:, k : 2 * k], sums[:, 2 * k :])
        return _mean_of_defined(found)

    return Sums(_table(outcome, said, *codes), finish)


def _mean_of_defined(values: Floats) -> Floats:
    """Over the classes that the drawn rows have; NaN where there is none of them."""
    defined = np.isfinite(values)
    return np.asarray(np.where(defined, values, 0.0).sum(axis=1) / defined.sum(axis=1))


def _share(part: Floats, whole: Floats, so: Floats) -> Floats:
    """A ratio that is 0 where nothing was said, and undefined where nothing is so either."""
    return np.where(whole > 0, part / whole, np.where(so > 0, 0.0, np.nan))


def _recall(outcome: Outcome, said: Said) -> Sums:
    return _per_class(outcome, said, lambda found, so, told: found / so)


def _precision(outcome: Outcome, said: Said) -> Sums:
    return _per_class(outcome, said, lambda found, so, told: _share(found, told, so))


def _f1(outcome: Outcome, said: Said) -> Sums:
    return _per_class(outcome, said, lambda found, so, told: 2 * found / (so + told))


def _specificity(outcome: Outcome, said: Said) -> Sums:
    assert outcome.positive is not None  # the measure is of two classes
    columns = _table(outcome, said, 1 - outcome.positive)
    return Sums(columns, lambda sums, total: np.asarray(sums[:, 0] / sums[:, 1]))


def _balanced_accuracy(outcome: Outcome, said: Said) -> Sums:
    k = len(outcome.classes)
    return Sums(
        _table(outcome, said, *range(k)),
        lambda sums, total: _mean_of_defined(sums[:, :k] / sums[:, k : 2 * k]),
    )


def _agreement(outcome: Outcome, said: Said, value: Callable[..., Floats]) -> Sums:
    """A measure of how often rows agree, and would by chance."""
    k = len(outcome.classes)

    def finish(sums: Floats, total: Floats) -> Floats:
        right = sums[:, :k].sum(axis=1)
        so, told = sums[:, k : 2 * k], sums[:, 2 * k :]
        return value(right * total - (so * told).sum(axis=1), total, so, told)

    return Sums(_table(outcome, said, *range(k)), finish)


def _mcc(outcome: Outcome, said: Said) -> Sums:
    """Of several classes: J. Gorodkin, Computational Biology and Chemistry 28, 2004, eq. 8."""

    def value(beyond: Floats, total: Floats, so: Floats, told: Floats) -> Floats:
        spread = (total**2 - (so**2).sum(axis=1)) * (total**2 - (told**2).sum(axis=1))
        return np.asarray(np.where(spread > 0, beyond / np.sqrt(spread), 0.0))

    return _agreement(outcome, said, value)


def _kappa(outcome: Outcome, said: Said) -> Sums:
    """J. Cohen, Educational and Psychological Measurement 20, 1960."""

    def value(beyond: Floats, total: Floats, so: Floats, told: Floats) -> Floats:
        return np.asarray(beyond / (total**2 - (so * told).sum(axis=1)))

    return _agreement(outcome, said, value)


# Of classes, by chances


def _chances(said: Said) -> Floats:
    assert said.probabilities is not None  # the measure was found to fit
    return said.probabilities


def _log_loss(outcome: Outcome, said: Said) -> Sums:
    own = _chances(said)[np.arange(len(outcome)), outcome.truth]
    return _mean(-np.log(np.clip(own, _SMALLEST, 1.0)))


def _brier(outcome: Outcome, said: Said) -> Sums:
    """Of two classes that of the one; of several the sum over classes.

    G. W. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather
    Review 78, 1950, eq. 2; half of it for two classes, as is usual by now.
    """
    away = _chances(said).copy()
    away[np.arange(len(outcome)), outcome.truth] -= 1
    squared = (away**2).sum(axis=1)
    return _mean(squared / 2 if len(outcome.classes) == 2 else squared)


def _calibration_error(outcome: Outcome, said: Said) -> Sums:
    """Of two classes by the chance of the positive one; of several by that of the likeliest.

    C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks", ICML
    2017, equation 3.
    """
    chances = _chances(said)
    if outcome.positive is not None:
        chance, came = chances[:, outcome.positive], outcome.truth == outcome.positive
    else:
        likeliest = chances.argmax(axis=1)
        chance, came = chances.max(axis=1), outcome.truth == likeliest
    at = np.minimum((chance * _BINS).astype(int), _BINS - 1)
    gaps = np.zeros((len(outcome), _BINS))
    gaps[np.arange(len(outcome)), at] = came - chance
    used = np.unique(at)  # most models leave some bins empty
    return Sums(gaps[:, used], lambda sums, total: np.asarray(np.abs(sums).sum(axis=1) / total))


# Of a quantity


def _away(outcome: Outcome, said: Said) -> Floats:
    return np.asarray(said.predicted - outcome.truth, float)


def _rmse(outcome: Outcome, said: Said) -> Sums:
    squares = _away(outcome, said) ** 2
    return Sums(squares[:, None], lambda sums, total: np.sqrt(sums[:, 0] / total))


def _r2(outcome: Outcome, said: Said) -> Sums:
    centred = outcome.truth - outcome.truth.mean()  # so that squares lose no digits

    def finish(sums: Floats, total: Floats) -> Floats:
        spread = sums[:, 2] - sums[:, 1] ** 2 / total
        return np.asarray(np.where(spread > 0, 1 - sums[:, 0] / spread, np.nan))

    return Sums(np.stack([_away(outcome, said) ** 2, centred, centred**2], axis=1), finish)


SUMMED: Mapping[str, Callable[[Outcome, Said], Sums]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "precision": _precision,
    "recall": _recall,
    "specificity": _specificity,
    "f1": _f1,
    "mcc": _mcc,
    "kappa": _kappa,
    "log_loss": _log_loss,
    "brier": _brier,
    "calibration_error": _calibration_error,
    "mae": lambda outcome, said: _mean(np.abs(_away(outcome, said))),
    "mse": lambda outcome, said: _mean(_away(outcome, said) ** 2),
    "rmse": _rmse,
    "mape": lambda outcome, said: _mean(np.abs(_away(outcome, said) / outcome.truth)),
    "r2": _r2,
}
"""Name of a measure -> what is summed for it."""
