"""The tail of a weighted sum of chi-squares."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from tilth.quality.drift.quadratic import upper_tail

ANDERSON_DARLING = 1 / (np.arange(1.0, 400) * np.arange(2.0, 401))


@pytest.mark.parametrize(
    ("x", "p"),
    # M. A. Stephens in D'Agostino and Stephens, "Goodness-of-fit techniques", 1986, table 4.2,
    # case 0, and G. Marsaglia, J. Marsaglia, Journal of Statistical Software 9(2), 2004.
    [(1.248, 0.25), (1.933, 0.10), (2.492, 0.05), (3.070, 0.025), (3.878, 0.01), (6.0, 0.00103)],
)
def test_critical_values_of_anderson_and_darling_are_met(x, p):
    assert upper_tail(x, ANDERSON_DARLING) == pytest.approx(p, rel=0.05)


@pytest.mark.parametrize("df", [1, 2, 7])
@pytest.mark.parametrize("x", [0.01, 1.0, 7.0, 400.0])
def test_equal_weights_are_a_chi_square(df, x):
    assert upper_tail(3 * x, np.full(df, 3.0)) == pytest.approx(chi2.sf(x, df), rel=1e-12)


def test_two_different_weights_agree_with_the_integral():
    # P(a X + b Y > x) by conditioning on Y, on a fine grid.
    a, b = 1.0, 0.3
    y = chi2.ppf((np.arange(200_000) + 0.5) / 200_000, 1)

    for x in (0.5, 1.3, 2.0, 5.0, 9.0):
        exact = np.mean(chi2.sf(np.maximum(x - b * y, 0) / a, 1))
        assert upper_tail(x, np.array([a, b])) == pytest.approx(exact, rel=0.06)


def test_it_falls_without_a_jump_where_the_formula_has_none():
    mean = ANDERSON_DARLING.sum()
    p = [upper_tail(x, ANDERSON_DARLING) for x in np.linspace(0.9 * mean, 1.1 * mean, 201)]

    steps = np.diff(p)
    assert (steps < 0).all()
    assert steps.min() > 1.5 * steps.max()


def test_far_out_it_is_small_and_not_noise():
    p = [upper_tail(x, ANDERSON_DARLING) for x in (50.0, 100.0, 300.0, 1e6)]

    assert 0 < p[2] < p[1] < p[0] < 1e-20
    assert p[3] == 0
    assert upper_tail(0.0, ANDERSON_DARLING) == 1
