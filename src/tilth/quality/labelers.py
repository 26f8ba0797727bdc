"""Who agrees with whom: each labeler against the others, and every two of them.

Lists come with the surest trouble first: who is apart even at the better end of the interval.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from tilth.quality.intervals import Estimate, estimate_each
from tilth.quality.resample import Floats, Statistic
from tilth.quality.tally import Tally, ratio
from tilth.quality.votes import Codes, Column, Votes
from tilth.record import record

Weights = Literal["none", "linear", "quadratic"]


@record
class LabelerAgreement:
    """How far one labeler agrees with the others.

    Attributes:
        labeler: Who.
        n_votes: How many votes he cast.
        n_compared: How many of them are on items that somebody else labelled too.
        agreement: How often another labeler of the item agrees with him.
        kappa: The same beyond chance, which is that his votes and those of the others are dealt
            at random; for two labelers, Cohen's kappa.
    """

    labeler: Any
    n_votes: int
    n_compared: int
    agreement: Estimate
    kappa: Estimate


def by_labeler(
    votes: Votes, *, level: float = 0.95, n_draws: int = 1000, seed: int = 0
) -> list[LabelerAgreement]:
    """Each labeler against the others, who most surely disagrees with them first.

    That says who is apart, not who is right: where the others err together, the best is apart.

    Args:
        votes: Who labelled what how.
        level: Of the intervals.
        n_draws: How many resamples of the items of a labeler; 0 for no intervals.
        seed: Of the draws.
    """
    tally = Tally.of(votes)
    order = np.argsort(votes.labeler, kind="stable")
    n_votes = np.bincount(votes.labeler, minlength=len(votes.labelers))
    found = []
    for who, his in enumerate(np.split(order, np.cumsum(n_votes)[:-1])):
        look, own = tally.look[votes.item[his]], votes.label[his]
        compared = tally.size[look] > 1
        key = look[compared] * len(votes.classes) + own[compared]
        rows, counts = np.unique(key, return_counts=True)
        figures = _against_others(tally, *np.divmod(rows, len(votes.classes)))
        share, kappa = estimate_each(figures, counts, level=level, n_draws=n_draws, seed=seed)
        found.append(
            LabelerAgreement(
                labeler=votes.labelers[who],
                n_votes=his.size,
                n_compared=int(counts.sum()),
                agreement=share,
                kappa=kappa,
            )
        )
    return sorted(found, key=lambda each: each.agreement.at_best)


@record
class PairAgreement:
    """How far two labelers agree.

    Attributes:
        first: One labeler.
        second: The other.
        n_items: How many items both labelled.
        agreement: On which share of them they agree.
        kappa: Cohen's kappa.
    """

    first: Any
    second: Any
    n_items: int
    agreement: Estimate
    kappa: Estimate


def pairwise(
    votes: Votes,
    *,
    weights: Weights = "none",
    least: int = 10,
    level: float = 0.95,
    n_draws: int = 1000,
    seed: int = 0,
) -> list[PairAgreement]:
    """Cohen's kappa of every two labelers, who most surely disagree first.

    Args:
        votes: Who labelled what how.
        weights: As for `cohen_kappa`.
        least: Pairs with fewer items in common are left out: of 700 labelers most pairs share
            next to nothing.
        level: Of the intervals.
        n_draws: How many resamples of the items of a pair; 0 for no intervals.
        seed: Of the draws.
    """
    found = []
    for (first, second), one, other, counts in _cells(votes, least):
        figures = _cohen_figures(one, other, len(votes.classes), weights)
        share, kappa = estimate_each(figures, counts, level=level, n_draws=n_draws, seed=seed)
        found.append(
            PairAgreement(
                first=votes.labelers[first],
                second=votes.labelers[second],
                n_items=int(counts.sum()),
                agreement=share,
                kappa=kappa,
            )
        )
    return sorted(found, key=lambda each: each.agreement.at_best)


def cohen_kappa(
    first: Column,
    second: Column,
    *,
    weights: Weights = "none",
    classes: list[Any] | None = None,
) -> float:
    """Cohen's kappa of two labelers, each with a marginal of his own.

    Args:
        first: Labels of one, shape (n_items,); an item that either lacks is left out.
        second: Those of the other in the same order.
        weights: What a disagreement is worth: `none`, all the same; `linear` or `quadratic`, by
            the distance of the classes in their order.
        classes: All classes in order; otherwise those that occur, sorted.

    Returns:
        1 for full agreement, 0 for that of chance; NaN where both chose one and the same class
        throughout, or no item is shared.

    Raises:
        ValueError: Lengths differ, or there is no vote at all.

    References:
        J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological
        Measurement 20, 1960; "Weighted kappa", Psychological Bulletin 70, 1968.
    """
    sides = [each.to_numpy() if isinstance(each, pl.Series) else each for each in (first, second)]
    n = [len(np.asarray(each)) for each in sides]
    if n[0] != n[1]:
        raise ValueError(f"{n[0]} and {n[1]} labels are not of the same items")
    if all(isinstance(each, np.ndarray) for each in sides):
        both = np.concatenate(sides)
    else:  # as objects: NumPy would make numbers beside text to text
        both = np.concatenate([np.asarray(each, object) for each in sides])
    items = np.tile(np.arange(n[0]), 2)
    votes = Votes.of(items, np.repeat([0, 1], n[0]), both, classes=classes)
    for _, one, other, counts in _cells(votes, 1):
        figures = _cohen_figures(one, other, len(votes.classes), weights)
        return float(figures(counts[None, :].astype(float))[0, 1])
    return float("nan")


def _against_others(tally: Tally, look: Codes, own: Codes) -> Statistic:
    """Agreement and kappa of one labeler, from his distinct pairs of look and own label."""
    n_classes = tally.table.shape[1]
    his = _one_hot(own, n_classes)
    others = (tally.table[look] - his) * (1 / np.maximum(tally.size[look] - 1, 1))[:, None]
    agreed = np.asarray((others * his).sum(axis=1)).ravel()

    def figures(weights: Floats) -> Floats:
        n = weights.sum(axis=1)
        share = ratio(weights @ agreed, n)
        chance = ratio(((weights @ his) * (weights @ others)).sum(axis=1), n**2)
        # Both on one class throughout: exactly 1 but for rounding.
        chance = np.where(chance > 1 - 1e-12, 1.0, chance)
        return np.stack([share, ratio(share - chance, 1 - chance)], axis=1)

    return figures


def _cells(
    votes: Votes, least: int
) -> Iterator[tuple[tuple[int, int], NDArray[Any], NDArray[Any], Codes]]:
    """For every two labelers their distinct pairs of labels, and how often each occurs."""
    n_labelers, n_classes = len(votes.labelers), len(votes.classes)
    keys = []
    for step in range(1, int(votes.per_item.max())):
        here = np.flatnonzero(votes.item[step:] == votes.item[:-step])
        pair = votes.labeler[here] * n_labelers + votes.labeler[here + step]
        keys.append((pair * n_classes + votes.label[here]) * n_classes + votes.label[here + step])
    cells, counts = np.unique(np.concatenate([*keys, np.empty(0, np.int64)]), return_counts=True)
    pairs, starts = np.unique(cells // n_classes**2, return_index=True)
    for pair, some in zip(pairs.tolist(), _ranges(starts, cells.size), strict=True):
        if counts[some].sum() >= least:
            one, other = np.divmod(cells[some] % n_classes**2, n_classes)
            yield divmod(pair, n_labelers), one, other, counts[some]


def _ranges(starts: Codes, end: int) -> list[slice]:
    return [slice(low, high) for low, high in itertools.pairwise([*starts.tolist(), end])]


def _cohen_figures(one: Codes, other: Codes, n_classes: int, weights: Weights) -> Statistic:
    """Agreement and kappa of two labelers, from their distinct pairs of labels."""
    if weights not in ("none", "linear", "quadratic"):
        raise ValueError(f"`weights` is `none`, `linear` or `quadratic`, not `{weights}`")
    away = {"none": one != other, "linear": abs(one - other), "quadratic": (one - other) ** 2}
    cost = away[weights].astype(float)
    sides = _one_hot(one, n_classes), _one_hot(other, n_classes)

    def figures(drawn: Floats) -> Floats:
        n = drawn.sum(axis=1)
        first, second = (ratio(drawn @ side, n[:, None]) for side in sides)
        kappa = 1 - ratio(ratio(drawn @ cost, n), _by_chance(first, second, weights))
        return np.stack([ratio(drawn @ (one == other), n), kappa], axis=1)

    return figures


def _by_chance(first: Floats, second: Floats, weights: Weights) -> Floats:
    """Expected cost where labels are dealt at random, shape (n_draws,)."""
    places = np.arange(first.shape[1])
    if weights == "none":
        cost = 1 - (first * second).sum(axis=1)
    elif weights == "linear":
        below, under = np.cumsum(first, axis=1), np.cumsum(second, axis=1)
        cost = (below * (1 - under) + under * (1 - below)).sum(axis=1)
    else:
        mean, square = first @ places, first @ places**2
        cost = square + second @ places**2 - 2 * mean * (second @ places)
    # Both on one class throughout: exactly 0 but for rounding.
    return np.where(cost < 1e-12, 0.0, cost)


def _one_hot(label: Codes, n_classes: int) -> Any:
    shape = (label.size, n_classes)
    return csr_array((np.ones(label.size), (np.arange(label.size), label)), shape=shape)
