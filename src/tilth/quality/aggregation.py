"""From several votes on an item to one label, and what that says of the labelers.

The majority is the default: it has no parameters to get wrong, and its ties are shown, not
broken. Dawid and Skene's model learns what each labeler takes for what, which pays where each
cast many votes. Where many labelers cast few, that is more than the votes can tell, so each
labeler's confusion is shrunk towards the one of all, as strongly as votes that were held out
say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.quality.latent import Coins, Confusions, Latent, Model
from tilth.quality.resample import Floats, Seed
from tilth.quality.tally import Tally
from tilth.quality.votes import Codes, Votes
from tilth.record import field, record


@record
class Majority:
    """The class that most labelers chose, for each item.

    Attributes:
        label: Its position in `classes`, or -1 where there is a tie or no vote, shape (n_items,).
        share: Which share of the item's votes each leading class has; 0 without a vote.
        n_leading: How many classes lead: 1 for a majority, more for a tie, 0 without a vote.
        leading: Whether a class leads, sparse, shape (n_items, n_classes).
        classes: What the positions stand for.
    """

    label: Codes
    share: Floats
    n_leading: Codes
    leading: Any
    classes: tuple[Any, ...]

    @property
    def tied(self) -> NDArray[np.bool_]:
        """Whether several classes lead, shape (n_items,)."""
        return self.n_leading > 1

    def leaders(self, item: int) -> tuple[Any, ...]:
        """The classes that lead on an item, given by its position."""
        return tuple(self.classes[k] for k in self.leading[[item]].tocoo().col)


def majority(votes: Votes) -> Majority:
    """The class with most votes on each item; ties stay open.

    Args:
        votes: A labeler's repeated votes, where they were kept, all count.
    """
    tally = Tally.of(votes)
    most = np.asarray(tally.table.max(axis=1).todense(), float).ravel()
    table = tally.table.tocsr()
    row = np.repeat(np.arange(most.size), np.diff(table.indptr))
    leading = table.copy()
    leading.data = (table.data == most[row]).astype(float)
    leading.eliminate_zeros()
    n_leading = np.diff(leading.indptr).astype(np.int64)
    label = np.full(most.size, -1)
    label[n_leading == 1] = leading.indices[leading.indptr[:-1][n_leading == 1]]
    share = most / np.maximum(tally.size, 1)
    return Majority(
        label=label[tally.look],
        share=share[tally.look],
        n_leading=n_leading[tally.look],
        leading=leading[tally.look],
        classes=votes.classes,
    )


@record
class Consensus:
    """What a model of the labelers makes of their votes.

    Attributes:
        posterior: How probable each class is for each item, shape (n_items, n_classes); for an
            item without a vote, the prior.
        label: The most probable class, or -1 where several are or there is no vote, (n_items,).
        prior: How frequent the classes are, shape (n_classes,).
        reliability: How probable it is that a labeler is right on an item drawn at random,
            shape (n_labelers,).
        log_likelihood: Of all votes, in nats.
        strength: By how many votes for each true class a labeler is shrunk towards all.
        held_out: Strength -> mean log-likelihood of a vote that was held out; empty where the
            strength was given.
        n_rounds: Of the algorithm.
        converged: Whether it came to rest before it ran out of rounds.
        classes: What the positions of classes stand for.
        labelers: What those of labelers stand for.
    """

    posterior: Floats
    label: Codes
    prior: Floats
    reliability: Floats
    log_likelihood: float
    strength: float
    held_out: Mapping[float, float]
    n_rounds: int
    converged: bool
    classes: tuple[Any, ...]
    labelers: tuple[Any, ...]
    _model: Model = field(repr=False, compare=False)
    _state: Latent = field(repr=False, compare=False)

    def confusion(self, labeler: Any) -> Floats:
        """How probably a labeler says what, given the truth.

        Args:
            labeler: One of `labelers`.

        Returns:
            Shape (n_classes, n_classes): true class in rows, his vote in columns; rows sum to
            one. A row of a class that he never met is that of all labelers, or, without any
            shrinkage, or where nobody met it, NaN.

        Raises:
            ValueError: There is no such labeler.
        """
        if labeler not in self.labelers:
            raise ValueError(f"there is no labeler {labeler!r}")
        return self._model.confusion(self._state, self.labelers.index(labeler))


STRENGTHS = (0.0, 1.0, 5.0, 20.0, 50.0, 200.0, float("inf"))
"""From each labeler by himself to all labelers alike."""


def dawid_skene(
    votes: Votes,
    *,
    strength: float | None = None,
    strengths: Sequence[float] = STRENGTHS,
    max_rounds: int = 200,
    tolerance: float = 1e-6,
    seed: Seed = 0,
) -> Consensus:
    """The true classes and each labeler's confusion, by expectation and maximisation.

    It starts from the shares of votes. With `strength` 0 it is the model of 1979; a labeler with
    few votes is then believed whatever he says. Otherwise his confusion is a mean of his own
    votes and of as many pseudo-votes as `strength` says, cast the way all labelers do.

    Args:
        votes: Who labelled what how; repeated votes of a labeler on an item may be kept.
        strength: At least 0, may be infinite; None to choose it by held-out likelihood.
        strengths: What to choose from.
        max_rounds: When to stop at last.
        tolerance: When to stop: where no probability of an item moved by more on average.
        seed: Of the votes that are held out.

    Raises:
        ValueError: A strength is negative, or items times classes are more than memory holds.

    References:
        A. P. Dawid and A. M. Skene, "Maximum likelihood estimation of observer error-rates using
        the EM algorithm", Applied Statistics 28, 1979, equations 2.3 to 2.5. The shrinkage is
        that of a Dirichlet prior around the pooled confusion, whose own estimate is renewed in
        each round: S. Paun et al., "Comparing Bayesian models of annotation", Transactions of
        the ACL 6, 2018, compare such hierarchical models.
    """
    tried = [strength] if strength is not None else list(strengths)
    if not tried or any(not each >= 0 for each in tried):
        raise ValueError(f"a strength is at least 0, and among {tried} one is not")
    held_out = {}
    if strength is None:
        held_out = _held_out(votes, tried, seed)
        strength = max(held_out, key=lambda each: (held_out[each], each))
    model = Confusions.of(votes, strength)
    return _consensus(votes, model, max_rounds, tolerance, held_out)


def one_coin(votes: Votes, *, max_rounds: int = 200, tolerance: float = 1e-6) -> Consensus:
    """The true classes, where each labeler is right with one probability for all classes.

    One number for each labeler instead of a table: right where there are few votes for each and
    no class is harder than another. Errors fall on all other classes alike.

    Args:
        votes: Who labelled what how.
        max_rounds: When to stop at last.
        tolerance: As for `dawid_skene`.

    Raises:
        ValueError: As for `dawid_skene`.

    References:
        A. P. Dawid and A. M. Skene 1979, with tied parameters; Y. Zhang et al., "Spectral
        methods meet EM", Journal of Machine Learning Research 17, 2016, name it so.
    """
    return _consensus(votes, Coins.of(votes), max_rounds, tolerance, {})


def _consensus(
    votes: Votes,
    model: Model,
    max_rounds: int,
    tolerance: float,
    held_out: Mapping[float, float],
) -> Consensus:
    state, n_rounds, converged = model.fitted(max_rounds, tolerance)
    cast = votes.per_item > 0
    best = state.posterior.max(axis=1, keepdims=True)
    # What differs by rounding alone is a tie.
    leading = state.posterior >= best - 1e-9
    label = np.where(cast & (leading.sum(axis=1) == 1), leading.argmax(axis=1), -1)
    return Consensus(
        posterior=state.posterior,
        label=label,
        prior=state.prior,
        reliability=model.reliability(state),
        log_likelihood=state.log_likelihood,
        strength=model.strength,
        held_out=dict(held_out),
        n_rounds=n_rounds,
        converged=converged,
        classes=votes.classes,
        labelers=votes.labelers,
        _model=model,
        _state=state,
    )


_ENOUGH_HELD_OUT = 2000
"""So many held-out votes tell strengths apart; of fewer items, each gives one in its turn."""

_HELD_OUT_ROUNDS = 50
_HELD_OUT_TOLERANCE = 1e-4


def _held_out(votes: Votes, strengths: Sequence[float], seed: Seed) -> dict[float, float]:
    """Mean log-likelihood of votes that are foretold by the others.

    Most items keep all their votes: of items with two votes each, the model cannot be learned.
    """
    folds = _folds(votes, np.random.default_rng(seed))
    if not folds:  # each item has one vote: nothing can be learned of anybody
        return {max(strengths): float("nan")}
    totals = dict.fromkeys(sorted(strengths, reverse=True), 0.0)
    for out in folds:
        kept, left = votes.where(~out), votes.where(out)
        posterior = None
        for strength in totals:
            model = Confusions.of(kept, strength)
            state, _, _ = model.fitted(_HELD_OUT_ROUNDS, _HELD_OUT_TOLERANCE, start=posterior)
            posterior = state.posterior  # the next one starts where this one came to rest
            totals[strength] += float(model.log_probability(state, left).sum())
    n_left = sum(int(out.sum()) for out in folds)
    return {strength: total / n_left for strength, total in totals.items()}


def _folds(votes: Votes, generator: np.random.Generator) -> list[NDArray[np.bool_]]:
    """Which votes are held out, at most one of an item, from a fifth of the items at a time."""
    per_item = votes.per_item
    starts = np.cumsum(per_item) - per_item
    several = np.flatnonzero(per_item > 1)
    chosen = starts[several] + generator.integers(per_item[several])
    generator.shuffle(chosen)
    folds = [each for each in np.array_split(chosen, 5) if each.size]
    if folds and folds[0].size >= _ENOUGH_HELD_OUT:
        folds = folds[:1]
    found = []
    for fold in folds:
        out = np.zeros(votes.item.size, bool)
        out[fold] = True
        found.append(out)
    return found
