"""Are wrong labels slips, a convention, or hard rows? What out-of-fold probabilities tell.

Where a model is surest, a contradicted label is not the row's fault. Slips contradict it there as
often for every class and towards every other; a convention does so for some classes, towards one
other; what is merely hard does not contradict it there at all.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.quality.planted_noise import Kind
from tilth.record import record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Set on the tuning cells of the experiment in `bench/experiments/clean_or_collect.py`.
_CLEAR_SHARE = 0.5
_AMBIGUOUS_BELOW, _CLEAR_ABOVE = 0.1, 0.4
_EVEN_BELOW, _CONVENTION_ABOVE = 0.05, 0.35
_BY_CHANCE_BELOW = 0.05
_N_DRAWS = 200


@record
class Contradictions:
    """What the contradicted labels look like.

    Attributes:
        clear: Share of labels that the model contradicts in the clearer half of each class.
        unclear: The same in the other half, where errors of the model count too.
        concentration: How much more the clear contradictions gather on a few pairs of classes
            than slips would; 0 as much as slips, 1 on as few pairs as can be.
        by_chance: Share of draws of slips that gather as much.
        weights: Kind -> how much it looks like it; they sum to 1.
        partner: The class that each class is most taken for, shape (n_classes,), itself where
            that is not seen.
    """

    clear: float
    unclear: float
    concentration: float
    by_chance: float
    weights: Mapping[Kind, float]
    partner: tuple[int, ...]


def contradictions_of(
    probabilities: ArrayLike, labels: ArrayLike, *, seed: int | np.random.Generator = 0
) -> Contradictions:
    """Look at which labels a model contradicts that has not seen them.

    Args:
        probabilities: Out of fold, shape (n_rows, n_classes).
        labels: Given codes, shape (n_rows,).
        seed: Of the draws of slips to compare with.

    Raises:
        ValueError: As `checked_probabilities`.
    """
    chances, given = checked_probabilities(probabilities, labels)
    predicted = chances.argmax(axis=1)
    clear = clear_rows(chances, predicted)
    wrong = predicted != given
    counts = _contradictions(predicted[clear], given[clear], chances.shape[1])
    rows = np.bincount(predicted[clear], minlength=chances.shape[1])
    concentration, by_chance = _concentration(counts, rows, np.random.default_rng(seed))
    at_clear, at_unclear = _share(wrong[clear]), _share(wrong[~clear])
    return Contradictions(
        clear=at_clear,
        unclear=at_unclear,
        concentration=concentration,
        by_chance=by_chance,
        weights=_weights(at_clear, at_unclear, concentration, by_chance),
        partner=_partners(chances, given, predicted),
    )


def checked_probabilities(probabilities: ArrayLike, labels: ArrayLike) -> tuple[Floats, Integers]:
    """Both as arrays.

    Raises:
        ValueError: No rows, shapes that differ, fewer than two classes, labels that are no codes,
            or probabilities that are not finite or not between 0 and 1.
    """
    chances, given = np.asarray(probabilities, dtype=float), np.asarray(labels)
    if chances.ndim != 2 or given.shape != chances.shape[:1] or given.size == 0:
        raise ValueError(
            f"probabilities of shape {chances.shape} do not fit labels of shape {given.shape}"
        )
    n_classes = chances.shape[1]
    if n_classes < 2:
        raise ValueError("labels of one class cannot contradict one another")
    if not np.issubdtype(given.dtype, np.integer) or given.min() < 0 or given.max() >= n_classes:
        raise ValueError(f"labels are codes from 0 to {n_classes - 1}")
    if not (np.isfinite(chances).all() and chances.min() >= 0 and chances.max() <= 1 + 1e-6):
        raise ValueError("probabilities are finite and lie between 0 and 1")
    return chances, given.astype(np.int64)


def clear_rows(chances: Floats, predicted: Integers) -> NDArray[np.bool_]:
    """The clearer half of the rows that are predicted as each class, by the margin."""
    margin = top_margin(chances)
    clear = np.zeros(predicted.size, bool)
    for each in np.unique(predicted):
        rows = np.flatnonzero(predicted == each)
        kept = int(np.ceil(rows.size * _CLEAR_SHARE))
        clear[rows[np.argsort(-margin[rows], kind="stable")[:kept]]] = True
    return clear


def top_margin(chances: Floats) -> Floats:
    """The largest probability of each row less the next, shape (n_rows,)."""
    best = np.partition(chances, -2, axis=1)
    return best[:, -1] - best[:, -2]


def _contradictions(predicted: Integers, given: Integers, n_classes: int) -> Floats:
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (predicted, given), 1.0)
    np.fill_diagonal(counts, 0.0)
    return counts


def _concentration(counts: Floats, rows: Integers, rng: np.random.Generator) -> tuple[float, float]:
    """How far counts exceed what slips give on average, scaled, and how often slips do so."""
    n_classes, total = rows.size, int(counts.sum())
    chance = np.repeat(rows[:, None] / max(rows.sum(), 1), n_classes, axis=1)
    np.fill_diagonal(chance, 0.0)
    if total == 0 or chance.sum() == 0:
        return 0.0, 1.0
    chance /= chance.sum()
    drawn = rng.multinomial(total, chance.ravel(), size=_N_DRAWS).reshape(-1, *chance.shape)
    excess = float(np.maximum(counts - chance * total, 0).sum()) / total
    by_slips = np.maximum(drawn - chance * total, 0).sum(axis=(1, 2)) / total
    usual = float(by_slips.mean())
    scaled = max(0.0, (excess - usual) / (1 - usual)) if usual < 1 else 0.0
    return scaled, float(np.mean(by_slips >= excess))


def _weights(
    clear: float, unclear: float, concentration: float, by_chance: float
) -> dict[Kind, float]:
    ratio = clear / max(unclear, 0.02)
    not_hard = _between(ratio, _AMBIGUOUS_BELOW, _CLEAR_ABOVE)
    one_way = _between(concentration, _EVEN_BELOW, _CONVENTION_ABOVE)
    if by_chance >= _BY_CHANCE_BELOW:
        one_way = 0.0
    return {
        "random": not_hard * (1 - one_way),
        "systematic": not_hard * one_way,
        "ambiguous": 1 - not_hard,
    }


def _between(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))


def _partners(chances: Floats, given: Integers, predicted: Integers) -> tuple[int, ...]:
    """For each class the one that its rows are given more often than the other way round."""
    n_classes = chances.shape[1]
    surer = chances.max(axis=1) - chances[np.arange(given.size), given]
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (predicted, given), surer)
    net = counts - counts.T
    best = net.argmax(axis=1)
    found = np.where(net[np.arange(n_classes), best] > 0, best, np.arange(n_classes))
    return tuple(int(each) for each in found)


def _share(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if flags.size else 0.0
