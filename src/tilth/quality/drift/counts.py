"""Two samples of levels: do they have the same shares?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, hypergeom

from tilth.quality.drift.effect import (
    Effect,
    jensen_shannon,
    stability_index,
    total_variation,
)
from tilth.quality.drift.outcome import Outcome

Counts = NDArray[np.int64]

FEWEST = 5.0
"""Rows that a level must be expected to have in the smaller sample, or it joins the rare ones."""


def compare_counts(reference: Counts, current: Counts) -> Outcome | None:
    """Test whether two samples have the same shares of levels.

    Levels too rare for the chi-square distribution are counted as one. Which they are depends
    on both samples together, so the level of the test is kept.

    Args:
        reference: Rows per level, shape (n_levels,).
        current: The same levels of the other sample.

    Returns:
        None where there is nothing to test: a sample without rows, or one level alone.
    """
    n, m = int(reference.sum()), int(current.sum())
    if not n or not m:
        return None
    table = _pooled(np.stack((reference, current)))
    if table.shape[1] < 2:
        return None
    statistic = _chi_square(table)
    effect = _effect_of(table, statistic)
    if table.shape[1] == 2:
        p = _two_shares(int(table[0, 0]), n, int(table[1, 0]), m)
        return Outcome(method="Fisher, mid-p", statistic=statistic, p=p, effect=effect)
    p = float(chi2.sf(statistic, table.shape[1] - 1))
    return Outcome(method="chi-square", statistic=statistic, p=p, effect=effect)


def _pooled(table: Counts) -> Counts:
    """Levels that occur, the rare ones as one, which takes the rarest other if it is rare too."""
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] <= 2:
        return table  # two levels have an exact test
    totals = table.sum(axis=0)
    order = np.argsort(totals, kind="stable")
    table, totals = table[:, order], totals[order]
    smaller_share = table.sum(axis=1).min() / table.sum()
    n_rare = int(np.searchsorted(totals * smaller_share, FEWEST))
    if n_rare == 0:
        return table
    while n_rare < len(totals) - 1 and totals[:n_rare].sum() * smaller_share < FEWEST:
        n_rare += 1
    n_rare = min(n_rare, len(totals) - 1)
    return np.column_stack((table[:, :n_rare].sum(axis=1), table[:, n_rare:]))


def _chi_square(table: Counts) -> float:
    """Pearson's statistic of a table without empty rows and columns."""
    rows, columns = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
    expected = rows * (columns / table.sum())
    return float((np.square(table - expected) / expected).sum())


def _two_shares(a: int, n: int, b: int, m: int) -> float:
    """Two-sided p-value of a rows out of n against b out of m: Fisher's exact test, mid-p.

    What is as likely as what was seen counts half: the chance of a false alarm is then near the
    level, and not far below as with the exact test.

    References:
        H. O. Lancaster, "Significance tests in discrete distributions", JASA 56, 1961;
        A. Agresti, "Categorical data analysis", 3rd edition, Wiley 2013, section 3.5.
    """
    seen = hypergeom(n + m, a + b, n)
    half = 0.5 * float(seen.pmf(a))
    fewer, more = float(seen.cdf(a)) - half, float(seen.sf(a)) + half
    return min(1.0, max(0.0, 2 * min(fewer, more)))


def _effect_of(table: Counts, statistic: float) -> Effect:
    p, q = table / table.sum(axis=1, keepdims=True)
    return Effect(
        share=total_variation(p, q),
        jensen_shannon=jensen_shannon(p, q),
        psi=stability_index(table[0], table[1]),
        cramers_v=min(1.0, math.sqrt(statistic / table.sum())),
    )
