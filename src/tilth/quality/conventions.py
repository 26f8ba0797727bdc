"""Exchanges of two classes that go one way, or are one labeler's: tests on counts of suspects.

See `tilth.quality.noise_kinds` for what they are for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from tilth.quality.classes import Coded
from tilth.quality.label_errors import LabelErrors
from tilth.record import record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_CHANCE = 0.05
"""Of naming any convention where there is none."""

_LEAST = 2 / 3
"""The part of a cell that must be in excess to be called a convention."""


@record
class Cells:
    """Where suspects may lie: labeler × given label × suggested label, those that occur.

    Attributes:
        labeler: Shape (n_cells,): as code; zero throughout where labelers are not known.
        given: Shape (n_cells,): as code.
        suggested: Shape (n_cells,): as code.
        place: Shape (n_suspects,): the cell of each suspect.
        n_true: Shape (n_labelers, n_classes): rows whose most probable class is this.
        known: Whether labelers are known, and more than one.
    """

    labeler: Integers
    given: Integers
    suggested: Integers
    place: Integers
    n_true: Integers
    known: bool

    @classmethod
    def of(cls, errors: LabelErrors, who: Coded | None) -> Cells:
        """The cells of the suspects."""
        k = len(errors.classes)
        everyone = who.codes if who is not None else np.zeros(errors.n_rows, dtype=np.int64)
        n_labelers = len(who.classes) if who is not None else 1
        keys = (everyone[errors.rows] * k + errors.given) * k + errors.suggested
        distinct, place = np.unique(keys, return_inverse=True)
        labeled = everyone * k + errors.reading.predicted
        return cls(
            labeler=distinct // (k * k),
            given=distinct // k % k,
            suggested=distinct % k,
            place=place,
            n_true=np.bincount(labeled, minlength=n_labelers * k).reshape(n_labelers, k),
            known=n_labelers > 1,
        )


@record
class OneTest:
    """A cell that has more than slips explain.

    Attributes:
        given: As code.
        suggested: As code.
        labeler: As code; None for all of them together.
        n: Suspects in it.
        expected: How many slips explain.
        p_value: One-sided.
    """

    given: int
    suggested: int
    labeler: int | None
    n: float
    expected: float
    p_value: float


@record
class Systematic:
    """What the tests found.

    Attributes:
        excess: Shape (n_cells,): the part of each cell's suspects that slips do not explain.
        named: The cells that passed.
    """

    excess: Floats
    named: tuple[OneTest, ...]


def systematic_shares(cells: Cells, counts: Floats) -> Systematic:
    """Test each pair of classes, and each labeler in each pair.

    Args:
        cells: Where the suspects lie.
        counts: Shape (n_cells,): suspects in each that are not ambiguous; may be weights.
    """
    pairs, back, of_pair = _pairs(cells)
    n_pair: Floats = np.bincount(back, weights=counts, minlength=len(pairs)).astype(np.float64)
    tests = [_one_way(cells, pairs, of_pair, n_pair)]
    if cells.known:
        tests.append(_one_labeler(cells, counts, n_pair[back]))
    n, expected, p_values = (np.concatenate(each) for each in zip(*tests, strict=True))
    passed = holm(p_values, _CHANCE) & (n - expected >= _LEAST * n)
    excess = np.where(passed, 1 - expected / np.maximum(n, 1e-12), 0.0)
    by_cell = excess[: len(pairs)][back]
    if cells.known:
        by_cell = np.maximum(by_cell, excess[len(pairs) :])
    named = []
    for index in np.flatnonzero(passed):
        alone = index >= len(pairs)
        cell = index - len(pairs) if alone else of_pair[index]
        named.append(
            OneTest(
                given=int(cells.given[cell]),
                suggested=int(cells.suggested[cell]),
                labeler=int(cells.labeler[cell]) if alone else None,
                n=float(n[index]),
                expected=float(expected[index]),
                p_value=float(p_values[index]),
            )
        )
    return Systematic(excess=by_cell, named=tuple(named))


def holm(p_values: Floats, chance: float) -> NDArray[np.bool_]:
    """Which of several tests pass, so that any passes wrongly with at most this chance."""
    order = np.argsort(p_values, kind="stable")
    bars = chance / np.arange(len(p_values), 0, -1)
    failed = np.flatnonzero(p_values[order] > bars)
    passed = np.zeros(len(p_values), dtype=np.bool_)
    passed[order[: failed[0] if len(failed) else len(order)]] = True
    return passed


def _pairs(cells: Cells) -> tuple[Integers, Integers, Integers]:
    """Distinct given × suggested; of each cell, its pair; of each pair, its first cell."""
    k = cells.n_true.shape[1]
    pairs, first, back = np.unique(
        cells.given * k + cells.suggested, return_index=True, return_inverse=True
    )
    return pairs, back, first


def _one_way(
    cells: Cells, pairs: Integers, of_pair: Integers, n: Floats
) -> tuple[Floats, Floats, Floats]:
    """From j to i against from i to j, at equal rates of their classes."""
    k = cells.n_true.shape[1]
    given, suggested = pairs // k, pairs % k
    opposite = np.searchsorted(pairs, suggested * k + given)
    opposite = np.minimum(opposite, len(pairs) - 1)
    there = pairs[opposite] == suggested * k + given if len(pairs) else np.zeros(0, np.bool_)
    n_back = np.where(there, n[opposite], 0.0)
    sizes = cells.n_true.sum(axis=0).astype(np.float64)
    ours, theirs = np.maximum(sizes[suggested], 1.0), np.maximum(sizes[given], 1.0)
    p_values = _upper_tail(n, n + n_back, ours / (ours + theirs))
    return n, n_back * ours / theirs, p_values


def _one_labeler(cells: Cells, counts: Floats, n_pair: Floats) -> tuple[Floats, Floats, Floats]:
    """One labeler against all others, at equal rates of the class that each had to label."""
    ours = cells.n_true[cells.labeler, cells.suggested].astype(np.float64)
    everyone = cells.n_true.sum(axis=0)[cells.suggested].astype(np.float64)
    others = np.maximum(everyone - ours, 1.0)
    p_values = _upper_tail(counts, n_pair, ours / np.maximum(everyone, 1.0))
    return counts, (n_pair - counts) * ours / others, p_values


def _upper_tail(n: Floats, of: Floats, share: Floats) -> Floats:
    """P(at least n of so many), where each falls there with this share.

    As the incomplete beta function, which also takes weights that are not whole.
    """
    tail = betainc(np.maximum(n, 1.0), np.maximum(of - n, 0.0) + 1.0, np.clip(share, 0.0, 1.0))
    return np.where(n >= 1, tail, 1.0)
