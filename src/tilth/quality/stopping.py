"""When to stop reviewing a ranked queue: what the rows not yet seen are likely to hold.

Two witnesses, neither of which supposes a curve that would have to be carried on beyond what
was seen (a logistic one was tried: early in a queue its intervals missed half of the time).

*The last reviews.* A queue gets no better further down. So the share of errors in the last
window bounds what the next reviews find. That is what says stop.

*Audits.* Some reviews are of rows drawn at random from the whole queue. Those of them that lie
beyond the point that has been reached are a random sample of what is left, whatever the ranking
is worth: from them follows how many errors are left (M. W. Callaghan, F. Müller-Hansen,
"Statistical stopping criteria for automated screening in systematic reviews", Systematic
Reviews 9, 2020). Without audits, the last window serves instead, and the number is a bound.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln

from tilth.quality.intervals import Estimate, Interval, wilson
from tilth.record import record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@record
class Outlook:
    """Where a review stands.

    Attributes:
        reviewed: Rows that were decided.
        found: How many of them were wrong.
        audits: Decided rows beyond the point that has been reached.
        remaining: Errors in the rows not decided. Without audits its value is what there would
            be if the queue got no cleaner, and its interval starts at zero.
        next_rate: Of the next window of reviews, the share that would find an error, if the
            queue got no cleaner.
        stop: Whether to stop.
    """

    reviewed: int
    found: int
    audits: int
    remaining: Estimate
    next_rate: Estimate
    stop: bool

    def __str__(self) -> str:
        low, high = self.remaining.interval.low, self.remaining.interval.high
        left = f"about {self.remaining.value:.0f} ({low:.0f} to {high:.0f})"
        if not self.audits:
            left = f"at most {high:.0f}"
        return (
            f"{self.found} wrong in {self.reviewed} reviews; {left} left in the queue: "
            f"{'stop here' if self.stop else 'go on'}"
        )


def review_order(n: int, *, audit_every: int = 5, seed: int = 0) -> Integers:
    """The order in which to review a queue of `n` rows, shape (n,): positions in the queue.

    Every `audit_every`-th review is of a row drawn at random from those not reviewed; the
    others go down the queue. With 5, a queue takes a quarter more reviews to get equally far.

    Raises:
        ValueError: `n` is negative, or `audit_every` below two.
    """
    if n < 0 or audit_every < 2:
        raise ValueError(f"a queue of {n} rows with an audit every {audit_every} is out of range")
    drawn = iter(np.random.default_rng(seed).permutation(n).tolist())
    ranked = iter(range(n))
    done = np.zeros(n, dtype=np.bool_)
    order = np.empty(n, dtype=np.int64)
    for turn in range(n):
        source = drawn if turn % audit_every == audit_every - 1 else ranked
        position = next(each for each in source if not done[each])
        done[position] = True
        order[turn] = position
    return order


def outlook(
    hits: Mapping[int, bool],
    n: int,
    *,
    worthwhile: float = 0.1,
    window: int = 30,
    level: float = 0.9,
) -> Outlook:
    """Say how many errors are left in the queue and whether to go on.

    It says stop where the last window's share of errors is surely below `worthwhile`. Errors
    outside of the queue are not spoken of: `tilth.quality.noise` estimates them all.

    Args:
        hits: Position in the queue -> whether its label was wrong, of the rows that were decided
            in the order of `review_order`, or plainly from the top.
        n: Rows in the queue.
        worthwhile: Share of reviews that must find an error: the price of a review over the
            worth of a label set right.
        window: Reviews that are looked at together.
        level: Of confidence in the bounds, both sides.

    Raises:
        ValueError: An empty queue, a position out of it, or a number out of range.

    References:
        The number left, given a sample: beta-binomial prediction from Jeffreys' prior, S.
        Geisser, Predictive Inference, 1993, section 3.2; L. D. Brown, T. T. Cai, A. DasGupta,
        "Interval estimation for a binomial proportion", Statistical Science 16, 2001, section
        4.3, for its coverage.
    """
    _check(hits, n, worthwhile, window)
    reached = next((position for position in range(n) if position not in hits), n)
    recent = [hits[position] for position in range(max(0, reached - window), reached)]
    audits = [hit for position, hit in hits.items() if position > reached]
    rest = n - len(hits)
    rate = wilson(float(sum(recent)), float(len(recent)), level=level)
    next_rate = Estimate(sum(recent) / len(recent) if recent else 1.0, rate)
    if audits:
        remaining = _predicted(sum(audits), len(audits), rest, level)
    else:
        bound = _predicted(sum(recent), len(recent), rest, level)
        remaining = Estimate(
            rest * next_rate.value,
            Interval(0.0, max(bound.interval.high, rest * next_rate.value), level),
        )
    return Outlook(
        reviewed=len(hits),
        found=sum(hits.values()),
        audits=len(audits),
        remaining=remaining,
        next_rate=next_rate,
        stop=rest == 0 or (len(recent) == window and rate.high < worthwhile),
    )


def _check(hits: Mapping[int, bool], n: int, worthwhile: float, window: int) -> None:
    if n < 1:
        raise ValueError("a queue needs at least one row")
    strange = [position for position in hits if not 0 <= position < n]
    if strange:
        raise ValueError(f"position {strange[0]} is not in a queue of {n} rows")
    if not 0 < worthwhile < 1 or window < 1:
        raise ValueError(f"a share of {worthwhile} or a window of {window} is out of range")


def _predicted(wrong: int, sampled: int, rest: int, level: float) -> Estimate:
    """How many of the rest are wrong, when so many of a random sample are."""
    a, b = wrong + 0.5, sampled - wrong + 0.5
    number = np.arange(rest + 1, dtype=np.float64)
    chance = np.cumsum(np.exp(_log_beta_binomial(number, rest, a, b)))
    low, high = np.searchsorted(chance, [(1 - level) / 2, (1 + level) / 2])
    value = rest * wrong / sampled if sampled else rest / 2
    low, high = min(float(low), value), max(min(float(high), float(rest)), value)
    return Estimate(value, Interval(low, high, level))


def _log_beta_binomial(number: Floats, n: int, a: float, b: float) -> Floats:
    ways = gammaln(n + 1) - gammaln(number + 1) - gammaln(n - number + 1)
    return np.asarray(ways + betaln(number + a, n - number + b) - betaln(a, b))
