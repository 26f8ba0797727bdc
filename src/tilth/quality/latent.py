"""Models of labelers whose votes depend on a class that nobody sees, and how they are fitted.

Votes are one sparse table, so that a round of the algorithm is two products of it with a dense
one. What a labeler never said takes no place: 747 labelers of ten classes need some 7,000 rows.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from scipy.sparse import csr_array

from tilth.quality.resample import Floats
from tilth.quality.tally import ratio
from tilth.quality.votes import Codes, Votes
from tilth.record import record

_MOST_CELLS = 200_000_000
"""Items times classes: 1.6 GB of probabilities."""

_LEAST = 1e-300
"""What is impossible counts as hardly possible, so that logarithms stay finite."""


@record
class Latent:
    """Where the algorithm stands.

    Attributes:
        posterior: Shape (n_items, n_classes).
        prior: Shape (n_classes,).
        skill: What the model knows of its labelers.
        log_likelihood: Of the votes under `prior` and `skill`, in nats.
    """

    posterior: Floats
    prior: Floats
    skill: Any
    log_likelihood: float


class Model(Protocol):
    """What a model of labelers owes."""

    @property
    def strength(self) -> float:
        """By how many votes labelers are shrunk towards all."""

    def fitted(
        self, max_rounds: int, tolerance: float, start: Floats | None = None
    ) -> tuple[Latent, int, bool]:
        """The state at rest, after how many rounds, and whether it is at rest."""

    def reliability(self, state: Latent) -> Floats:
        """How probably each labeler is right, shape (n_labelers,)."""

    def confusion(self, state: Latent, labeler: int) -> Floats:
        """True class -> vote, shape (n_classes, n_classes)."""


class _Expectation:
    """Expectation and maximisation, whatever the labelers' parameters are."""

    n_items: int
    cast: Floats

    def skill(self, posterior: Floats) -> Any:
        """The likeliest parameters of the labelers, given the classes."""
        raise NotImplementedError

    def evidence(self, skill: Any) -> Floats:
        """Log-probability of each item's votes, given its class, shape (n_items, n_classes)."""
        raise NotImplementedError

    def first(self) -> Floats:
        """The shares of votes, shape (n_items, n_classes)."""
        raise NotImplementedError

    def fitted(
        self, max_rounds: int, tolerance: float, start: Floats | None = None
    ) -> tuple[Latent, int, bool]:
        """Round after round until the posterior rests."""
        posterior = self.first() if start is None else start
        state = self._after(posterior)
        for number in range(1, max_rounds + 1):
            moved = np.abs(state.posterior - posterior).mean()
            if moved <= tolerance:
                return state, number, True
            posterior = state.posterior
            state = self._after(posterior)
        return state, max_rounds, False

    def _after(self, posterior: Floats) -> Latent:
        """One round: parameters from the posterior, and the next posterior from them."""
        skill = self.skill(posterior)
        prior = ratio(self.cast @ posterior, self.cast.sum(), otherwise=1 / posterior.shape[1])
        joint = self.evidence(skill) + np.log(np.maximum(prior, _LEAST))
        top = joint.max(axis=1, keepdims=True)
        scaled = np.exp(joint - top)
        total = scaled.sum(axis=1, keepdims=True)
        likelihood = float(self.cast @ (np.log(total) + top)[:, 0])
        scaled /= total
        return Latent(posterior=scaled, prior=prior, skill=skill, log_likelihood=likelihood)


@record
class _Skill:
    """What is known of labelers with confusions.

    Attributes:
        said: Weight of each thing that a labeler said, given the truth, shape (n_said,
            n_classes): a labeler and a vote that occur together have one row.
        met: How often each labeler met each true class, shape (n_labelers, n_classes).
        pooled: The confusion of all, true class in rows, shape (n_classes, n_classes).
    """

    said: Floats
    met: Floats
    pooled: Floats


class Confusions(_Expectation):
    """A confusion for each labeler, shrunk towards that of all.

    Attributes:
        strength: Pseudo-votes for each true class.
        pair: Labeler and vote of each row of `table`, as one number, sorted.
        table: How often a labeler said something of an item, sparse, shape (n_said, n_items).
    """

    def __init__(self, strength: float, pair: Codes, table: Any, n: tuple[int, int]) -> None:
        self.strength = strength
        self.pair = pair
        self.table = table
        self.items = table.T.tocsr()
        self.n_labelers, self.n_classes = n
        self.labeler, self.vote = np.divmod(pair, self.n_classes)
        self.n_items = table.shape[1]
        self.cast = (np.diff(self.items.indptr) > 0).astype(float)
        shape = (self.n_labelers, pair.size)
        rows = np.arange(pair.size)
        self.by_labeler = csr_array((np.ones(pair.size), (self.labeler, rows)), shape=shape)
        shape = (self.n_classes, pair.size)
        self.by_vote = csr_array((np.ones(pair.size), (self.vote, rows)), shape=shape)

    @classmethod
    def of(cls, votes: Votes, strength: float) -> Confusions:
        """A model of some votes, not yet fitted.

        Raises:
            ValueError: Items times classes are too many.
        """
        n_labelers, n_classes = _sizes(votes)
        pair, row = np.unique(votes.labeler * n_classes + votes.label, return_inverse=True)
        table = csr_array(
            (np.ones(row.size), (row, votes.item)), shape=(pair.size, len(votes.items))
        )
        return cls(strength, pair, table, (n_labelers, n_classes))

    def first(self) -> Floats:
        """The shares of votes."""
        return _shares((self.items @ self.by_vote.T).toarray())

    def skill(self, posterior: Floats) -> _Skill:
        """Equation 2.3 of Dawid and Skene, with pseudo-votes."""
        said = np.asarray(self.table @ posterior)
        met = np.asarray(self.by_labeler @ said)
        pooled = np.asarray(self.by_vote @ said).T
        pooled = ratio(pooled, pooled.sum(axis=1, keepdims=True), otherwise=0.0)
        return _Skill(said=said, met=met, pooled=pooled)

    def evidence(self, skill: _Skill) -> Floats:
        """Sum of log-confusions over the votes of an item."""
        return np.asarray(self.items @ np.log(np.maximum(self._chances(skill), _LEAST)))

    def _chances(self, skill: _Skill) -> Floats:
        """How probably a labeler says what he said, given the truth; as `skill.said`."""
        return self._shrunk(
            skill.said, skill.met[self.labeler], skill.pooled.T[self.vote], otherwise=0.0
        )

    def _shrunk(self, said: Any, met: Any, pooled: Any, *, otherwise: float) -> Floats:
        if np.isinf(self.strength):
            return np.array(np.broadcast_to(pooled, np.shape(said)), float)
        return ratio(said + self.strength * pooled, met + self.strength, otherwise=otherwise)

    def log_probability(self, state: Latent, votes: Votes) -> Floats:
        """Of further votes on the same items by the same labelers, shape (n_votes,).

        A share of a thousandth goes to any vote at all, so that a single one that nobody
        expected does not decide between models.
        """
        wanted = votes.labeler * self.n_classes + votes.label
        place = np.minimum(np.searchsorted(self.pair, wanted), self.pair.size - 1)
        known = (self.pair[place] == wanted)[:, None]
        said = np.where(known, state.skill.said[place], 0.0)
        met, pooled = state.skill.met[votes.labeler], state.skill.pooled.T[votes.label]
        chances = self._shrunk(said, met, pooled, otherwise=1 / self.n_classes)
        chance = (state.posterior[votes.item] * chances).sum(axis=1)
        return np.asarray(np.log(0.999 * chance + 0.001 / self.n_classes))

    def reliability(self, state: Latent) -> Floats:
        """Diagonals, weighed by how frequent the classes are among those that he met."""
        skill = state.skill
        right = np.zeros((self.n_labelers, self.n_classes))
        own = self.vote
        right[self.labeler, own] = skill.said[np.arange(own.size), own]
        diagonal = self._shrunk(right, skill.met, np.diag(skill.pooled), otherwise=np.nan)
        weight = np.where(np.isnan(diagonal), 0.0, state.prior)
        return ratio(np.nansum(diagonal * weight, axis=1), weight.sum(axis=1))

    def confusion(self, state: Latent, labeler: int) -> Floats:
        """One labeler's own table."""
        his = np.flatnonzero(self.labeler == labeler)
        said = np.zeros((self.n_classes, self.n_classes))
        said[:, self.vote[his]] = state.skill.said[his].T
        met = state.skill.met[labeler][:, None]
        table = self._shrunk(said, met, state.skill.pooled, otherwise=np.nan)
        table[table.sum(axis=1) == 0] = np.nan
        return table


class Coins(_Expectation):
    """One probability of being right for each labeler.

    Attributes:
        strength: 0: labelers have nothing in common.
    """

    strength = 0.0

    def __init__(self, votes: Votes) -> None:
        self.n_labelers, self.n_classes = _sizes(votes)
        self.votes = votes
        self.n_items = len(votes.items)
        self.cast = (votes.per_item > 0).astype(float)
        self.n_votes = np.bincount(votes.labeler, minlength=self.n_labelers)

    @classmethod
    def of(cls, votes: Votes) -> Coins:
        """A model of some votes, not yet fitted; errors as for `Confusions.of`."""
        return cls(votes)

    def first(self) -> Floats:
        """The shares of votes."""
        return _shares(self._summed(np.ones(self.votes.item.size)))

    def skill(self, posterior: Floats) -> Floats:
        """How often each labeler is right, shape (n_labelers,)."""
        right = posterior[self.votes.item, self.votes.label]
        return ratio(
            np.bincount(self.votes.labeler, right, minlength=self.n_labelers), self.n_votes
        )

    def evidence(self, skill: Floats) -> Floats:
        """The log-odds of each vote on its class, above what errors alone would give."""
        wrong = (1 - skill) / max(self.n_classes - 1, 1)
        log_right, log_wrong = (np.log(np.maximum(each, _LEAST)) for each in (skill, wrong))
        if self.n_classes == 1:
            log_wrong = np.zeros_like(log_wrong)
        odds = (log_right - log_wrong)[self.votes.labeler]
        base = np.bincount(self.votes.item, log_wrong[self.votes.labeler], minlength=self.n_items)
        return self._summed(odds) + base[:, None]

    def _summed(self, weight: Floats) -> Floats:
        cells = self.votes.item * self.n_classes + self.votes.label
        shape = (self.n_items, self.n_classes)
        summed = np.bincount(cells, weight, minlength=shape[0] * shape[1])
        return np.asarray(summed.reshape(shape), float)

    def reliability(self, state: Latent) -> Floats:
        """The probability itself; NaN of who cast no vote."""
        return np.asarray(state.skill)

    def confusion(self, state: Latent, labeler: int) -> Floats:
        """The probability on the diagonal, and what is left on the other classes alike."""
        right = float(state.skill[labeler])
        table = np.full((self.n_classes,) * 2, (1 - right) / max(self.n_classes - 1, 1))
        np.fill_diagonal(table, right)
        return table


def _sizes(votes: Votes) -> tuple[int, int]:
    n_items, n_classes = len(votes.items), len(votes.classes)
    if n_items * n_classes > _MOST_CELLS:
        raise ValueError(
            f"{n_items} items times {n_classes} classes are too many to keep a probability of "
            "each; take the majority, or fewer classes"
        )
    return len(votes.labelers), n_classes


def _shares(counts: Floats) -> Floats:
    """Rows that sum to one; an item without a vote may be anything."""
    return ratio(counts, counts.sum(axis=1, keepdims=True), otherwise=1 / counts.shape[1])
