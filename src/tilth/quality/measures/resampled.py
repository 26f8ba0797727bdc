"""Measures of models, and of how much better one is than another, over many resamples of rows.

All models are measured on the same resamples, so that what rows have in common cancels in their
differences: the paired bootstrap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.quality.intervals import Estimate, Method, interval_of_draws
from tilth.quality.measures.counts import Draws
from tilth.quality.measures.measure import Measure
from tilth.quality.measures.outcome import Outcome
from tilth.quality.measures.statistic import Asked, Statistics
from tilth.quality.panel import few_threads
from tilth.record import field, record

Floats = NDArray[np.float64]

_AT_ONCE = 800_000
"""Counts that one thread holds at once: 3 MB. Fewer would have the columns of all rows read anew
for each resample; more do not stay in the cache."""

_LEFT_OUT = 200
"""Parts of the rows that are left out in turn, for the skewness; more tell nothing more."""

_ENOUGH = 10
"""Where so many parts of the rows move a number, its resamples know how far it may move."""


@record
class Resamples:
    """One number, on the rows themselves and on all resamples of them.

    Attributes:
        value: On the rows themselves; NaN where it is not defined.
        draws: On each resample where it is defined, shape (n_draws,).
        left_out: Without a part of the rows, each part in turn, shape (n_parts,).
        n_bounding: Rows of which each moves the number by about 1 / n at most; 0 where one row may
            move it by any amount.
        method: Of intervals.
    """

    value: float
    draws: Floats = field(repr=False, compare=False)
    left_out: Floats = field(repr=False, compare=False)
    n_bounding: int
    method: Method

    def estimate(self, *, level: float = 0.95) -> Estimate:
        """The value, with an interval at a level of confidence."""
        interval = interval_of_draws(
            self.draws, self.value, self._acceleration(), level=level, method=self.method
        )
        return Estimate(self.value, interval)

    def p_at_most(self, bound: float) -> float:
        """How likely rows as these are at the least, if the true number were `bound` or less.

        It is the largest of three, so that it errs on the side of caution: the share of resamples
        at or below `bound`; the share that is as far above the value as the value is above
        `bound`, which is the same for resamples that are symmetric, and not for others; and,
        where only a few rows tell anything, the chance that none was drawn of those that would
        have to make the difference. Where two models say the same of 20 rows, all resamples
        agree, and know nothing of the 21st.

        References:
            B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, 1993, chapters 15 and 16;
            P. Hall, S. R. Wilson, "Two guidelines for bootstrap hypothesis testing", Biometrics
            47, 1991.
        """
        return p_at_most(self.draws, self.value, bound, self._unseen(self.value - bound))

    def p_at_least(self, bound: float) -> float:
        """How likely rows as these are at the least, if the true number were `bound` or more."""
        return p_at_most(-self.draws, -self.value, -bound, self._unseen(bound - self.value))

    def _acceleration(self) -> float:
        """Efron and Tibshirani, equation 14.15."""
        if self.method != "bca":
            return 0.0
        squares, cubes = ((self._influences() ** power).sum() for power in (2, 3))
        return float(cubes / (6 * squares**1.5)) if squares > 0 else 0.0

    def _unseen(self, away: float) -> float:
        """The chance that the rows have none of those that a difference of `away` would take."""
        if not self.n_bounding or self._telling() >= _ENOUGH or not np.isfinite(away):
            return 0.0
        return float((1 - min(max(away, 0.0), 1.0)) ** self.n_bounding)

    def _telling(self) -> float:
        """How many parts of the rows move the number: all, if all do so by the same amount."""
        squares, fourths = ((self._influences() ** power).sum() for power in (2, 4))
        return float(squares**2 / fourths) if fourths > 0 else 0.0

    def _influences(self) -> Floats:
        found = self.left_out.mean() - self.left_out if self.left_out.size else self.left_out
        return found if np.isfinite(found).all() else np.zeros(0)


@record
class Gain:
    """By how much one model is better than another by a measure; below zero it is worse.

    Attributes:
        measure: Which.
        before: The value of the model that it is compared with.
        after: Of the model that it is about.
        resamples: The gain, whichever way the measure goes.
    """

    measure: Measure
    before: float
    after: float
    resamples: Resamples


@record
class Resampled:
    """Measures of models on the same resamples of the same rows.

    Attributes:
        asked: What was measured of whom.
        values: On the rows themselves, shape (n_asked,).
        draws: On each resample, shape (n_draws, n_asked); NaN where it is not defined.
        left_out: Without a part of the rows, each part in turn, shape (n_parts, n_asked).
        n_rows: How many rows, or groups of rows, were drawn from.
        n_fewest: Rows of the rarest class, at most as many.
        method: Of intervals.
    """

    asked: tuple[Asked, ...]
    values: Floats = field(repr=False)
    draws: Floats = field(repr=False, compare=False)
    left_out: Floats = field(repr=False, compare=False)
    n_rows: int
    n_fewest: int
    method: Method

    def of(self, measure: Measure, who: str) -> Resamples:
        """How good a model is."""
        at = self._place(measure, who)
        return self._resamples(measure, self.values[at], self.draws[:, at], self.left_out[:, at])

    def estimate(self, measure: Measure, who: str, *, level: float = 0.95) -> Estimate:
        """The same, with an interval at a level of confidence."""
        return self.of(measure, who).estimate(level=level)

    def gain(self, measure: Measure, before: str, after: str) -> Gain:
        """By how much one model is better than another."""
        first, second = self._place(measure, before), self._place(measure, after)
        sign = 1.0 if measure.higher_is_better else -1.0
        value, draws, left_out = (
            sign * (each[..., second] - each[..., first])
            for each in (self.values, self.draws, self.left_out)
        )
        return Gain(
            measure=measure,
            before=float(self.values[first]),
            after=float(self.values[second]),
            resamples=self._resamples(measure, value, draws, left_out),
        )

    def _resamples(
        self, measure: Measure, value: Any, draws: Floats, left_out: Floats
    ) -> Resamples:
        bounding = self.n_fewest if measure.by_class else self.n_rows
        return Resamples(
            value=float(value),
            draws=draws[np.isfinite(draws)],
            left_out=left_out,
            n_bounding=bounding if measure.bounded else 0,
            method=self.method,
        )

    def _place(self, measure: Measure, who: str) -> int:
        return self.asked.index(Asked(measure, who))


def resampled(
    outcome: Outcome,
    measures: Sequence[Measure],
    models: Sequence[str] = (),
    *,
    groups: ArrayLike | None = None,
    n_draws: int = 2000,
    method: Method = "bca",
    seed: int = 0,
    workers: int = 2,
) -> Resampled:
    """Measure models on many resamples of the same rows.

    Args:
        outcome: The rows, and what each model said of them.
        measures: Which.
        models: Of whom; all if none is named.
        groups: What belongs together, such as a patient, one for each row, shape (n_rows,):
            groups are drawn instead of rows.
        n_draws: How many resamples.
        method: Of intervals: `bca`, or `percentile`.
        seed: Of the draws; the result is the same with any number of workers.
        workers: Threads.

    Raises:
        DataError: A measure is of another kind of target, or needs chances that a model does not
            tell.
        ValueError: There are no rows, or `groups` has another shape.

    References:
        B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, 1993, sections 8.3 and 14.3.
    """
    asked = tuple(Asked(each, who) for each in measures for who in (models or outcome.said))
    statistic = Statistics(outcome, asked)
    codes = _codes(groups, len(outcome))
    n_items = len(outcome) if codes is None else int(codes.max()) + 1
    draws_of = Draws(n_items)

    def measured(counts: NDArray[Any]) -> Floats:
        return statistic(counts if codes is None else np.take(counts, codes, axis=1))

    with few_threads(0):  # ours are enough, and more of the library's wait for one another
        values = measured(np.ones((1, n_items)))[0]
        per_part = max(1, _AT_ONCE // len(outcome))
        parts = list(draws_of.parts(n_draws, per_part, seed))

        def one(part: tuple[int, np.random.Generator]) -> Floats:
            return measured(draws_of.take(*part))

        if workers > 1 and len(parts) > 1:
            with ThreadPoolExecutor(workers) as pool:
                draws = np.concatenate(list(pool.map(one, parts)))
        else:
            draws = np.concatenate([one(each) for each in parts])
        left_out = _without_parts(measured, n_items, per_part, seed)
    return Resampled(
        asked=asked, values=values, draws=draws, left_out=left_out,
        n_rows=n_items, n_fewest=min(n_items, _fewest(outcome)), method=method,
    )  # fmt: skip


def _without_parts(
    measured: Callable[[NDArray[Any]], Floats], n_items: int, at_once: int, seed: int
) -> Floats:
    """The values without a part of the rows, each part in turn; single rows where they are few."""
    order = np.random.default_rng(seed).permutation(n_items)
    parts = np.array_split(order, min(n_items, _LEFT_OUT))
    found = []
    for start in range(0, len(parts), at_once):
        some = parts[start : start + at_once]
        counts = np.ones((len(some), n_items), np.int32)
        for count, part in zip(counts, some, strict=True):
            count[part] = 0
        found.append(measured(counts))
    return np.concatenate(found)


def _fewest(outcome: Outcome) -> int:
    """Rows of the rarest class that there is; of a quantity, all."""
    if not outcome.classes:
        return len(outcome)
    counts = np.bincount(outcome.truth)
    return int(counts[counts > 0].min())


def _codes(groups: ArrayLike | None, n_rows: int) -> NDArray[np.int64] | None:
    if groups is None:
        return None
    given = np.asarray(groups)
    if given.shape != (n_rows,):
        raise ValueError(f"`groups` has shape {given.shape}, and there are {n_rows} rows")
    return np.unique(given, return_inverse=True)[1]


def p_at_most(draws: Floats, value: float, bound: float, unseen: float = 0.0) -> float:
    """How likely rows as these are at the least, if the true number were `bound` or less.

    Args:
        draws: The number on each resample where it is defined, shape (n_draws,).
        value: On the rows themselves.
        bound: What the true number is held against.
        unseen: A chance that it is not below; see `Resamples.p_at_most`.
    """
    if not np.isfinite(value) or not draws.size:
        return 1.0
    n = draws.size + 1
    below = (1 + int((draws <= bound).sum())) / n
    centred = (1 + int((draws - value >= value - bound).sum())) / n
    return float(min(1.0, max(below, centred, unseen)))
