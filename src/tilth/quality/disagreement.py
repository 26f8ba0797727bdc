"""Where labelers disagree: on which classes, and which of them they do not tell apart.

Lists come with the surest trouble first: what is bad even at the better end of its interval.
So a class with three votes does not lead the list because two of them differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tilth.quality.intervals import Estimate, estimate_each
from tilth.quality.resample import Floats, Statistic
from tilth.quality.tally import Tally, ratio
from tilth.quality.votes import Codes, Votes
from tilth.record import record


@record
class ClassAgreement:
    """How far labelers agree on one class.

    Attributes:
        label: The class.
        n_votes: How many votes it got on items that can be compared.
        agreement: Where one labeler chose the class, how often another one of the same item
            did too: positive (specific) agreement.
        kappa: That of this class against all others, beyond chance.
        share: In which share of all disagreements the class is one of the two.
    """

    label: Any
    n_votes: int
    agreement: Estimate
    kappa: Estimate
    share: float


def by_class(
    votes: Votes, *, level: float = 0.95, n_draws: int = 2000, seed: int = 0
) -> list[ClassAgreement]:
    """Agreement on each class that has a vote, the one most surely disagreed upon first.

    Args:
        votes: Who labelled what how.
        level: Of the intervals.
        n_draws: How many resamples of the items; 0 for no intervals.
        seed: Of the draws.

    References:
        J. L. Fleiss, "Measuring nominal scale agreement among many raters", Psychological
        Bulletin 76, 1971, for kappa; J. L. Fleiss, "Measuring agreement
        between two judges on the presence or absence of a trait", Biometrics 31, 1975, and
        D. V. Cicchetti and A. R. Feinstein, Journal of Clinical Epidemiology 43, 1990, for
        positive agreement.
    """
    tally = Tally.of(votes)
    n_votes = tally.total(tally.scaled(tally.compared))
    together = _together(tally)
    involved = tally.total(_unlike(tally) * _meets(tally)[:, None])
    found = []
    for some in _blocks(np.flatnonzero(n_votes)):
        figures = _class_figures(tally, some)
        estimates = estimate_each(figures, tally.counts, level=level, n_draws=n_draws, seed=seed)
        for place, k in enumerate(some):
            found.append(
                ClassAgreement(
                    label=votes.classes[k],
                    n_votes=int(n_votes[k]),
                    agreement=estimates[place],
                    kappa=estimates[some.size + place],
                    share=float(ratio(2 * involved[k], tally.counts @ together)),
                )
            )
    return sorted(found, key=lambda each: each.agreement.at_best)


@record
class Confusion:
    """Two classes that labelers do not tell apart.

    Attributes:
        first: One class.
        second: The other, later in the order of the classes.
        n_items: On how many items both were chosen.
        share: Which share of all disagreements is between the two.
        rate: Of the votes for either, which share another labeler's vote puts with the other.
    """

    first: Any
    second: Any
    n_items: int
    share: Estimate
    rate: Estimate


def confusions(
    votes: Votes, *, n: int = 20, level: float = 0.95, n_draws: int = 2000, seed: int = 0
) -> list[Confusion]:
    """The pairs of classes between which most of the disagreement lies, the greatest first.

    Args:
        votes: Who labelled what how.
        n: How many pairs at most.
        level: Of the intervals.
        n_draws: How many resamples of the items; 0 for no intervals.
        seed: Of the draws.

    Returns:
        Pairs that were confused at least once; none where labelers always agree.
    """
    tally = Tally.of(votes)
    meets = _meets(tally)
    met = (tally.scaled(meets * tally.counts).T @ tally.table).tocoo()
    above = np.flatnonzero(met.row < met.col)
    top = above[np.argsort(-met.data[above], kind="stable")[:n]]
    if not top.size:
        return []
    first, second = met.row[top], met.col[top]
    columns = tally.table.tocsc()
    both = (columns[:, first] * columns[:, second]).tocsr()
    paired = tally.scaled(tally.compared).tocsc()
    either = (paired[:, first] + paired[:, second]).tocsr()
    weighted, together = 2 * both * meets[:, None], _together(tally)

    def figures(weights: Floats) -> Floats:
        apart = weights @ weighted
        share = ratio(apart, (weights @ together)[:, None])
        return np.concatenate([share, ratio(apart, weights @ either)], axis=1)

    estimates = estimate_each(figures, tally.counts, level=level, n_draws=n_draws, seed=seed)
    n_items = tally.total(both > 0)
    return [
        Confusion(
            first=votes.classes[first[i]],
            second=votes.classes[second[i]],
            n_items=int(n_items[i]),
            share=estimates[i],
            rate=estimates[top.size + i],
        )
        for i in range(top.size)
    ]


def _meets(tally: Tally) -> Floats:
    """What a pair of votes of an item weighs, so that each vote weighs one."""
    return tally.compared / np.maximum(tally.size - 1, 1)


def _together(tally: Tally) -> Floats:
    """The disagreement within an item, each ordered pair weighed so; shape (n_looks,)."""
    return _meets(tally) * (tally.size**2 - tally.squares)


def _unlike(tally: Tally) -> Any:
    """For each vote the number of votes of the item for other classes; summed by class."""
    return tally.table * tally.size[:, None] - tally.table * tally.table


_BLOCK = 4000
"""How many classes are looked at at once: each costs two columns of draws."""


def _blocks(classes: Codes) -> Iterator[Codes]:
    for start in range(0, classes.size, _BLOCK):
        yield classes[start : start + _BLOCK]


def _class_figures(tally: Tally, classes: Codes) -> Statistic:
    """Positive agreement of the classes, then their kappas."""
    table = tally.table.tocsc()[:, classes].tocsr()
    sizes, meets = tally.size[:, None], _meets(tally)[:, None]
    cast = (table * tally.compared[:, None]).tocsr()
    alike = ((table * table - table) * meets).tocsr()
    unlike = ((table * sizes - table * table) * (meets / np.maximum(sizes, 1))).tocsr()
    shares = tally.shares.tocsc()[:, classes].tocsr()

    def figures(weights: Floats) -> Floats:
        positive = ratio(weights @ alike, weights @ cast)
        apart = ratio(weights @ unlike, (weights @ tally.compared)[:, None])
        marginal = ratio(weights @ shares, (weights @ (tally.size > 0))[:, None])
        kappa = 1 - ratio(apart, marginal * (1 - marginal))
        return np.concatenate([positive, kappa], axis=1)

    return figures
