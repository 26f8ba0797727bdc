"""Shares of levels, against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency, fisher_exact

from tilth.quality.drift.counts import compare_counts


def test_the_chi_square_is_that_of_scipy():
    reference, current = np.array([120, 340, 60, 80]), np.array([150, 300, 90, 60])

    outcome = compare_counts(reference, current)

    theirs = chi2_contingency(np.stack((reference, current)), correction=False)
    assert outcome.method == "chi-square"
    assert outcome.statistic == pytest.approx(theirs.statistic)
    assert outcome.p == pytest.approx(theirs.pvalue)
    assert outcome.effect.cramers_v == pytest.approx(np.sqrt(theirs.statistic / 1200))
    assert outcome.effect.share == pytest.approx(0.1)


def test_two_levels_are_tested_exactly_with_half_of_what_was_seen():
    table = np.array([[3, 997], [12, 988]])

    outcome = compare_counts(*table)

    # Mid-p of one tail: the mean of Fisher's p with and without what was seen.
    at_most = fisher_exact(table, alternative="less").pvalue
    fewer = fisher_exact(table + np.array([[-1, 1], [1, -1]]), alternative="less").pvalue
    assert outcome.method == "Fisher, mid-p"
    assert outcome.p == pytest.approx(at_most + fewer)
    assert outcome.p < fisher_exact(table).pvalue


def test_two_levels_of_millions_agree_with_the_chi_square():
    table = np.array([[300_000, 700_000], [301_000, 699_000]])

    assert compare_counts(*table).p == pytest.approx(
        chi2_contingency(table, correction=False).pvalue, rel=1e-3
    )


def test_rare_levels_count_as_one():
    reference = np.array([500, 300, *[1] * 40, *[0] * 40])
    current = np.array([500, 300, *[0] * 40, *[1] * 40])

    outcome = compare_counts(reference, current)

    assert outcome.statistic == 0
    assert outcome.p == 1


def test_what_is_rare_takes_the_next_level_along_if_need_be():
    outcome = compare_counts(np.array([600, 390, 9, 1]), np.array([600, 380, 18, 2]))

    merged = chi2_contingency([[600, 390, 10], [600, 380, 20]], correction=False)
    assert outcome.statistic == pytest.approx(merged.statistic)


@pytest.mark.parametrize(
    ("reference", "current"),
    [([0, 0], [5, 5]), ([5, 5], [0, 0]), ([7, 0], [9, 0]), ([], []), ([4], [4])],
)
def test_one_level_or_no_rows_are_not_tested(reference, current):
    assert compare_counts(np.array(reference, int), np.array(current, int)) is None


@pytest.mark.parametrize("shares", [[0.9, 0.1], [0.995, 0.005], [0.4, 0.3, 0.2, 0.06, 0.04]])
def test_the_level_is_kept_and_nearly_used(shares):
    rng = np.random.default_rng(1)
    pairs = zip(*(rng.multinomial(1000, shares, 1500) for _ in range(2)), strict=True)

    p = np.array([compare_counts(*pair).p for pair in pairs])

    assert 0.035 < np.mean(p <= 0.05) < 0.066
    assert np.mean(p <= 0.01) < 0.018
