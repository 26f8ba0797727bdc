"""Two samples of numbers, against SciPy and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import PermutationMethod, anderson_ksamp, ks_2samp, wasserstein_distance

from tilth.quality.drift.numbers import Sample, compare_numbers
from tilth.quality.sketch import Moments, Ranks


def sample(values, size=160, pinned=None) -> Sample:
    ordered = np.sort(np.asarray(values))
    ranks = Ranks.of_sorted(ordered, pinned).pruned(size, pinned)
    return Sample(ranks=ranks, moments=Moments.of(ordered))


def compared(reference, current, **more):
    known = sample(reference, **more)
    return compare_numbers(known, sample(current, pinned=known.ranks.values, **more))


def test_its_p_value_is_that_of_shuffling():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=80), rng.normal(0.25, size=70)
    shuffles = PermutationMethod(n_resamples=999, rng=2)

    outcome = compared(first, second)

    theirs = anderson_ksamp([first, second], variant="midrank", method=shuffles)
    assert 0.05 < theirs.pvalue < 0.5
    assert outcome.p == pytest.approx(theirs.pvalue, abs=0.04)


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.5, 3.0])
def test_effects_are_those_of_all_rows(shift):
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=20_000), rng.normal(shift, 1.2, size=30_000)

    effect = compared(first, second).effect

    deviation = first.std(ddof=1)
    assert effect.share == pytest.approx(ks_2samp(first, second).statistic, abs=0.005)
    assert effect.shift == pytest.approx(wasserstein_distance(first, second) / deviation, abs=0.01)
    assert effect.mean_shift == pytest.approx((second.mean() - first.mean()) / deviation)


@pytest.mark.parametrize("draw", ["poisson", "codes"])
def test_effects_of_tied_values_are_exact(draw):
    rng = np.random.default_rng(3)
    first, second = (
        (rng.poisson(2, 5000), rng.poisson(2.3, 5000))
        if draw == "poisson"
        else (rng.integers(0, 4, 5000), rng.choice([0, 3, 7], 5000))
    )

    effect = compared(first, second).effect

    assert effect.share == pytest.approx(ks_2samp(first, second).statistic)
    assert effect.shift * first.std(ddof=1) == pytest.approx(wasserstein_distance(first, second))


def test_a_few_enormous_values_shift_much_and_move_few():
    values = np.random.default_rng(4).normal(size=100_000)
    current = values.copy()
    current[:300] *= 1e6

    effect = compared(values, current).effect

    assert effect.share < 0.01
    assert effect.shift > 100


def test_what_is_uncertain_does_not_count():
    rng = np.random.default_rng(5)
    first, second = rng.normal(size=400_000), rng.normal(size=400_000)
    apart = compare_numbers(sample(first, 40), sample(second, 40))

    assert apart.p > 0.5, "gaps of 1 in 80 are larger than any chance"
    assert compare_numbers(sample(first, 40), sample(second + 0.2, 40)).p < 1e-9
    assert compared(first, second, size=40).p > 0.0001


def test_whole_numbers_beyond_2_to_the_53_are_compared():
    base = 2**60
    rng = np.random.default_rng(6)
    first, second = (base + rng.integers(0, high, 2000) for high in (1000, 1500))

    outcome = compared(first, second)

    assert outcome.p < 1e-9
    assert outcome.effect.share == pytest.approx(ks_2samp(first, second).statistic, abs=0.01)


@pytest.mark.parametrize(
    ("first", "second"),
    [([], [1.0] * 9), ([1.0] * 9, []), ([1, 2, 3, 4], range(9)), ([3.0] * 9, [3.0] * 7)],
)
def test_too_few_values_or_one_alone_are_not_tested(first, second):
    assert compared(np.array(first, float), np.array(second, float)) is None


def test_a_constant_that_becomes_another_has_drifted_and_has_no_scale():
    outcome = compared(np.full(50, 3.0), np.full(60, 4.0))

    assert outcome.effect.share == 1
    assert outcome.effect.shift is None
    assert outcome.p < 1e-9


def test_few_values_cannot_be_more_extreme_than_their_order():
    # Of 10 values in any order, 2 of 252 part them as well as these.
    assert compared(np.arange(5.0), np.arange(10.0, 15.0)).p >= 2 / 252


CASES = {
    "normal": (1000, 1000, lambda rng, n: rng.normal(size=n)),
    "counts": (1000, 1000, lambda rng, n: rng.poisson(1, n)),
    "few against many": (12, 1000, lambda rng, n: rng.normal(size=n)),
    "many against few": (1000, 12, lambda rng, n: rng.exponential(size=n)),
    "rare": (800, 1000, lambda rng, n: (rng.random(n) < 0.01) * rng.integers(1, 3, n)),
}


@pytest.mark.parametrize("case", CASES)
def test_the_level_is_kept_and_nearly_used(case):
    n, m, draw = CASES[case]
    rng = np.random.default_rng(7)

    p = np.array([compared(draw(rng, n), draw(rng, m)).p for _ in range(800)])

    assert 0.029 < np.mean(p <= 0.05) < 0.073
    assert np.mean(p <= 0.01) < 0.022
    assert np.mean(p <= 0.5) == pytest.approx(0.5, abs=0.07)
