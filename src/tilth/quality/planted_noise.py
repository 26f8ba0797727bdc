"""Wrong labels, planted on purpose: to rehearse what cleaning is worth, and to test it.

Three kinds, because they differ in what helps against them. *Random* slips teach nothing and
average out. A *systematic* convention teaches something else, and more of it teaches that better.
*Ambiguous* rows are hard for the model and for people alike.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Kind = Literal["random", "systematic", "ambiguous"]
KINDS: tuple[Kind, ...] = ("random", "systematic", "ambiguous")


def plant_random(
    labels: Integers, share: float, *, n_classes: int, seed: int | np.random.Generator
) -> Integers:
    """Give rows drawn at random another class, each other class alike.

    Args:
        labels: Codes from 0 to `n_classes` - 1, shape (n_rows,).
        share: Of all rows, 0 to 1; the count is rounded, and met exactly.
        n_classes: At least 2.
        seed: Of the draw.

    Returns:
        A copy, shape (n_rows,).

    Raises:
        ValueError: The share is outside of 0 to 1, or there are fewer than two classes.
    """
    if n_classes < 2:
        raise ValueError(f"a label has no other class to take among {n_classes}")
    rng = np.random.default_rng(seed)
    rows = _drawn(np.arange(labels.size), _count(labels, share), rng)
    planted = labels.copy()
    planted[rows] = (labels[rows] + rng.integers(1, n_classes, rows.size)) % n_classes
    return planted


def plant_systematic(
    labels: Integers, share: float, *, partner: Integers, seed: int | np.random.Generator
) -> Integers:
    """Give rows of some classes always the same other class, as another convention would.

    Args:
        labels: Codes, shape (n_rows,).
        share: Of all rows; where too few rows have a class with a partner, all of them change.
        partner: The class that each class is taken for, shape (n_classes,); a class that is its
            own partner is never mistaken.
        seed: Of the draw.

    Returns:
        A copy, shape (n_rows,).

    Raises:
        ValueError: The share is outside of 0 to 1.
    """
    rng = np.random.default_rng(seed)
    open_to = np.flatnonzero(partner[labels] != labels)
    rows = _drawn(open_to, _count(labels, share), rng)
    planted = labels.copy()
    planted[rows] = partner[labels[rows]]
    return planted


def plant_ambiguous(
    labels: Integers,
    share: float,
    *,
    margin: Floats,
    second: Integers,
    seed: int | np.random.Generator,
) -> Integers:
    """Give rows at the border between two classes the other of the two.

    Half of the rows among the `2 * share` with the smallest margin change: two people who each
    toss a coin there would disagree as often.

    Args:
        labels: Codes, shape (n_rows,).
        share: Of all rows.
        margin: How clear each row is, such as the probability of its class less that of the next
            best; shape (n_rows,).
        second: The class that it would be taken for, shape (n_rows,), other than its label.
        seed: Of the draw.

    Returns:
        A copy, shape (n_rows,).

    Raises:
        ValueError: The share is outside of 0 to 1.
    """
    rng = np.random.default_rng(seed)
    count = _count(labels, share)
    unclear = np.argsort(margin, kind="stable")[: min(labels.size, 2 * count)]
    rows = _drawn(unclear, count, rng)
    planted = labels.copy()
    planted[rows] = second[rows]
    return planted


def next_classes(n_classes: int) -> Integers:
    """Partners for a planted convention: the first half of the classes is taken for the other.

    Shape (n_classes,); classes of the other half, and a last odd one, keep their own.
    """
    partner = np.arange(n_classes)
    half = n_classes // 2
    partner[:half] += half
    return partner


def _count(labels: Integers, share: float) -> int:
    if not 0 <= share <= 1:
        raise ValueError(f"a share lies between 0 and 1, not {share}")
    return round(share * labels.size)


def _drawn(rows: Integers, count: int, rng: np.random.Generator) -> Integers:
    return rng.choice(rows, size=min(count, rows.size), replace=False)
