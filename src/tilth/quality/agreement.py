"""How far people agree on labels, beyond what chance alone would do, and how sure that is.

A coefficient is NaN where it is not defined: where no item has two votes, and, but for plain
agreement, where all votes are for one class, since then nothing shows that the labelers would
have seen another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from tilth.quality.coefficients import COEFFICIENTS, Coefficient, Metric, figure_of
from tilth.quality.intervals import Estimate, estimate_each
from tilth.quality.resample import Floats, Seed
from tilth.quality.tally import Tally
from tilth.quality.votes import Codes, Votes
from tilth.record import record


def percent_agreement(votes: Votes) -> float:
    """How often two labelers of an item agree, between 0 and 1; mean over items.

    Items with a single vote say nothing and are left out.

    Raises:
        ValueError: A labeler voted twice on an item. So it is with all coefficients here.
    """
    return _of_all(votes, "percent")


def fleiss_kappa(votes: Votes) -> float:
    """Fleiss' kappa: 1 for full agreement, 0 for that of chance, where all share one marginal.

    Items may have different numbers of votes: the marginal is the mean over items of the share
    of votes for each class, those with a single vote included.

    References:
        J. L. Fleiss, "Measuring nominal scale agreement among many raters", Psychological
        Bulletin 76, 1971; K. L. Gwet, Handbook of Inter-Rater Reliability, 4th edition, 2014,
        for missing votes.
    """
    return _of_all(votes, "fleiss")


def gwet_ac1(votes: Votes) -> float:
    """Gwet's AC1: as kappa, but chance is what labelers do with the items that are hard.

    It stays sensible where nearly all items are of one class, at which kappa falls towards 0
    however well people agree. It knows of classes without votes by `votes.classes` alone.

    References:
        K. L. Gwet, "Computing inter-rater reliability and its variance in the presence of high
        agreement", British Journal of Mathematical and Statistical Psychology 61, 2008.
    """
    return _of_all(votes, "ac1")


def krippendorff_alpha(votes: Votes, *, metric: Metric = "nominal") -> float:
    """Krippendorff's alpha: 1 less the disagreement seen over that of votes dealt at random.

    Args:
        votes: Items may have any number of votes; those with one are left out.
        metric: What two different classes are worth: `nominal`, all the same; `ordinal`, how
            many votes lie between them, in the order of `votes.classes`; `interval`, the square
            of their difference; `ratio`, that of their difference over their sum.

    Raises:
        ValueError: Classes are not numbers, though the metric needs distances, or are negative,
            though it is `ratio`; or a labeler voted twice on an item.

    References:
        K. Krippendorff, "Computing Krippendorff's alpha-reliability", 2011; Content Analysis,
        4th edition, 2018, chapter 12.
    """
    return _of_all(votes, "alpha", metric)


def coefficients(
    votes: Votes, *, metrics: Sequence[Metric] = ("nominal",)
) -> dict[Coefficient | Metric, float]:
    """All coefficients at once, for the price of little more than one.

    Args:
        votes: Who labelled what how.
        metrics: For alpha.

    Returns:
        `percent`, `fleiss` and `ac1`, and alpha under the name of each metric.

    Raises:
        ValueError: As for `krippendorff_alpha`.
    """
    tally = _tally(votes)
    whole = _whole(tally)
    found: dict[Coefficient | Metric, float] = {}
    for name in ("percent", "fleiss", "ac1"):
        found[name] = float(figure_of(tally, name, votes, "nominal")(whole)[0])
    for metric in metrics:
        found[metric] = float(figure_of(tally, "alpha", votes, metric)(whole)[0])
    return found


@record
class Agreement:
    """How far labelers agree over all items.

    Attributes:
        n_items: How many items have a vote.
        n_compared: How many have at least two, which alone show agreement.
        n_votes: How many votes there are.
        n_labelers: How many labelers cast one.
        percent: How often two labelers of an item agree.
        fleiss: Fleiss' kappa.
        alpha: Krippendorff's alpha.
        ac1: Gwet's AC1.
        metric: That of alpha.
    """

    n_items: int
    n_compared: int
    n_votes: int
    n_labelers: int
    percent: Estimate
    fleiss: Estimate
    alpha: Estimate
    ac1: Estimate
    metric: Metric


def agreement(
    votes: Votes,
    *,
    metric: Metric = "nominal",
    level: float = 0.95,
    n_draws: int = 2000,
    seed: Seed = 0,
) -> Agreement:
    """All coefficients with intervals, which come of drawing items anew.

    Args:
        votes: Who labelled what how.
        metric: For alpha.
        level: Of the intervals.
        n_draws: How many resamples; 0 for no intervals.
        seed: Of the draws.

    Raises:
        ValueError: As for `krippendorff_alpha`.
    """
    tally = _tally(votes)
    figures = [figure_of(tally, name, votes, metric) for name in COEFFICIENTS]

    def together(weights: Floats) -> Floats:
        return np.stack([figure(weights) for figure in figures], axis=1)

    estimates = estimate_each(together, tally.counts, level=level, n_draws=n_draws, seed=seed)
    per_item = votes.per_item
    return Agreement(
        n_items=int((per_item > 0).sum()),
        n_compared=int((per_item > 1).sum()),
        n_votes=votes.item.size,
        n_labelers=int(np.unique(votes.labeler).size),
        metric=metric,
        **dict(zip(COEFFICIENTS, estimates, strict=True)),
    )


def by_slice(
    votes: Votes,
    slices: ArrayLike | Mapping[Any, ArrayLike],
    *,
    metric: Metric = "nominal",
    level: float = 0.95,
    n_draws: int = 2000,
    seed: int = 0,
) -> dict[Any, Agreement]:
    """Agreement within each slice of the items.

    Args:
        votes: Who labelled what how.
        slices: The slice of each item in the order of `votes.items`, shape (n_items,), None
            where it is in none; or the name of each slice -> which items are in it, where
            slices may overlap.
        metric: For alpha.
        level: Of the intervals.
        n_draws: How many resamples.
        seed: Of the draws.

    Returns:
        Slice -> its agreement; slices in which no item has a vote are left out. Figures that a
        slice has too few votes for are NaN.

    Raises:
        ValueError: A slice does not say of each item whether it is in it.
    """
    found = {}
    for name, inside in _masks(slices, len(votes.items)).items():
        some = votes.where(inside[votes.item])
        if some.item.size:
            found[name] = agreement(some, metric=metric, level=level, n_draws=n_draws, seed=seed)
    return found


@record
class Change:
    """How agreement moved from one version of the instruction to the next.

    Attributes:
        coefficient: Which one.
        before: Under the earlier version.
        after: Under the later.
        difference: After less before; surely another where its interval leaves 0 out.
        n_shared: How many items were labelled under both, which narrows the interval.
    """

    coefficient: Coefficient
    before: float
    after: float
    difference: Estimate
    n_shared: int


def compare(
    before: Votes,
    after: Votes,
    *,
    coefficient: Coefficient = "alpha",
    metric: Metric = "nominal",
    level: float = 0.95,
    n_draws: int = 2000,
    seed: Seed = 0,
) -> Change:
    """Say whether labelers agree better under another version of the instruction.

    Items that were labelled under both versions are drawn together with all their votes, the
    others apart, so that the interval is right for the same items, for others, and for a mix.

    Args:
        before: Votes under the earlier version.
        after: Votes under the later; items are the same where they have the same name. Give
            both the same `classes` for AC1, which counts them.
        coefficient: What to compare.
        metric: For alpha.
        level: Of the interval.
        n_draws: How many resamples.
        seed: Of the draws.

    Raises:
        ValueError: As for `krippendorff_alpha`.
    """
    sides = [(_tally(votes), votes) for votes in (before, after)]
    looks = [_look_by_name(tally, votes) for tally, votes in sides]
    rows, counts = _pairs(looks)
    figures = [figure_of(tally, coefficient, votes, metric) for tally, votes in sides]
    folds = [_fold(rows[:, side], sides[side][0].counts.size) for side in (0, 1)]

    def difference(weights: Floats) -> Floats:
        change = figures[1](weights @ folds[1]) - figures[0](weights @ folds[0])
        return np.asarray(change[:, None])

    (estimate,) = estimate_each(
        difference,
        counts,
        # Before alone, after alone, both: each keeps its size in every draw.
        strata=(rows[:, 0] >= 0) + 2 * (rows[:, 1] >= 0),
        level=level,
        n_draws=n_draws,
        seed=seed,
    )
    return Change(
        coefficient=coefficient,
        before=float(figures[0](_whole(sides[0][0]))[0]),
        after=float(figures[1](_whole(sides[1][0]))[0]),
        difference=estimate,
        n_shared=len(looks[0].keys() & looks[1].keys()),
    )


def _of_all(votes: Votes, name: Coefficient, metric: Metric = "nominal") -> float:
    tally = _tally(votes)
    return float(figure_of(tally, name, votes, metric)(_whole(tally))[0])


def _whole(tally: Tally) -> Floats:
    """The draw in which every item occurs once."""
    return tally.counts[None, :].astype(float)


def _tally(votes: Votes) -> Tally:
    if votes.repeated.any():
        raise ValueError(
            "a labeler voted twice on an item, and nobody agrees with himself; "
            "repeats='last' takes the last vote"
        )
    return Tally.of(votes)


def _masks(
    slices: ArrayLike | Mapping[Any, ArrayLike], n_items: int
) -> dict[Any, NDArray[np.bool_]]:
    if isinstance(slices, Mapping):
        found = {name: np.asarray(mask) for name, mask in slices.items()}
        if any(mask.shape != (n_items,) or mask.dtype != bool for mask in found.values()):
            raise ValueError(f"a slice says yes or no to each of {n_items} items")
        return found
    column = np.asarray(slices, object)
    if column.shape != (n_items,):
        raise ValueError(f"the column of slices has shape {column.shape}, not ({n_items},)")
    names = dict.fromkeys(each for each in column.tolist() if each is not None and each == each)  # noqa: PLR0124 - NaN alone differs from itself
    return {name: column == name for name in names}


def _look_by_name(tally: Tally, votes: Votes) -> dict[Any, int]:
    """The look of each item that has a vote."""
    cast = votes.per_item > 0
    return dict(zip(votes.items[cast].tolist(), tally.look[cast].tolist(), strict=True))


def _pairs(looks: list[dict[Any, int]]) -> tuple[Codes, Codes]:
    """Distinct pairs of looks, -1 where an item has no vote there; how many items have each."""
    names = dict.fromkeys([*looks[0], *looks[1]])
    both = np.array([[side.get(name, -1) for side in looks] for name in names], np.int64)
    rows, counts = np.unique(both.reshape(-1, 2), axis=0, return_counts=True)
    return rows, counts


def _fold(look: Codes, n_looks: int) -> Any:
    """From weights of pairs to weights of looks; sparse, shape (n_pairs, n_looks)."""
    row = np.flatnonzero(look >= 0)
    return csr_array((np.ones(row.size), (row, look[row])), shape=(look.size, n_looks))
