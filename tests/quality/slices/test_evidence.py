"""P-values are those of exact tests, and intervals hold as often as they say."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from tilth.quality.slices import evidence
from tilth.quality.slices.evidence import difference, p_value


def first(n, n_rows):
    return np.arange(n_rows) < n


@pytest.mark.parametrize(
    ("n_inside", "failed_inside", "n_rows", "failed"),
    [(50, 20, 1000, 150), (326, 120, 32561, 5200), (10, 10, 40, 12), (5, 0, 40, 12)],
)
def test_failures_are_judged_by_fishers_exact_test(n_inside, failed_inside, n_rows, failed):
    inside = first(n_inside, n_rows)
    loss = np.zeros(n_rows)
    loss[:failed_inside] = 1
    loss[n_inside : n_inside + failed - failed_inside] = 1

    table = [
        [failed_inside, n_inside - failed_inside],
        [failed - failed_inside, n_rows - n_inside - (failed - failed_inside)],
    ]
    expected = stats.fisher_exact(table, alternative="greater").pvalue
    assert p_value(loss, inside) == pytest.approx(expected, rel=1e-9)
    # What a failure costs does not matter, as long as all cost the same.
    assert p_value(3.7 * loss, inside) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("kind", ["smooth", "whole", "mostly zero"])
def test_losses_are_judged_as_if_all_draws_were_enumerated(kind):
    random = np.random.default_rng(3)
    loss = {
        "smooth": random.exponential(size=24),
        "whole": random.poisson(2.0, 24).astype(float),
        "mostly zero": random.exponential(size=24) * (random.random(24) < 0.5),
    }[kind]
    sums = np.sort([loss[list(rows)].sum() for rows in combinations(range(24), 5)])
    order = np.argsort(loss)

    for start in (19, 17, 15, 13):
        inside = np.isin(np.arange(24), order[start : start + 5])
        exact = (sums >= loss[inside].sum() - 1e-9).mean()
        if exact < 0.4:
            assert p_value(loss, inside) == pytest.approx(exact, rel=0.3)


@pytest.mark.parametrize("failed_inside", [25, 40, 60, 90])
def test_far_in_the_tail_the_p_value_of_losses_still_has_the_right_size(failed_inside):
    n_rows, inside = 2000, first(100, 2000)
    loss = np.zeros(n_rows)
    loss[:failed_inside] = 1
    loss[100 : 100 + 300 - failed_inside] = 1
    loss[-1] = 2.0  # with but two different losses it would be Fisher's case

    # The row that lost 2 is drawn in one of 20 cases; the others are 0 or 1.
    without = stats.hypergeom.sf(failed_inside - 1, 1999, 300, 100)
    with_it = stats.hypergeom.sf(failed_inside - 3, 1999, 300, 99)
    expected = 0.95 * without + 0.05 * with_it
    assert p_value(loss, inside) == pytest.approx(expected, rel=0.1)


def test_the_worst_possible_slice_has_the_chance_of_one_draw():
    loss = np.arange(10.0)

    assert p_value(loss, loss >= 7) == pytest.approx(1 / 120)
    assert p_value(np.array([3.0, 3, 3, 1, 0, 0]), first(2, 6)) == pytest.approx(3 / 15)


def test_a_slice_that_is_no_worse_has_no_small_p_value():
    loss = np.random.default_rng(0).exponential(size=500)

    assert p_value(loss, loss < np.median(loss)) == 1
    assert p_value(np.ones(20), first(5, 20)) == 1
    assert p_value(np.zeros(20), first(5, 20)) == 1
    assert p_value(loss, first(0, 500)) == 1
    assert p_value(loss, first(500, 500)) == 1
    assert p_value(np.zeros(0), first(0, 0)) == 1


def test_losses_of_two_magnitudes_are_judged_to_a_factor_of_three():
    # Nearly Fisher's case, but smooth: the approximation cannot see the steps of the sum.
    random = np.random.default_rng(0)
    for n_huge in (3, 5, 8, 12):
        loss = random.exponential(size=2000)
        loss[:n_huge] += 1e4
        loss[100 : 140 - n_huge] += 1e4

        exact = stats.hypergeom.sf([n_huge - 1, n_huge], 2000, 40, 100)
        assert exact[1] < p_value(loss, first(100, 2000)) < exact[0]
        assert p_value(loss, first(100, 2000)) > exact[0] / 3


def test_one_huge_loss_does_not_make_a_slice_significant():
    loss = np.random.default_rng(0).exponential(size=1000)
    loss[0] = 1e6

    assert p_value(loss, first(40, 1000)) > 0.01


def test_p_values_of_random_slices_are_uniform():
    random = np.random.default_rng(5)
    loss = random.lognormal(0, 1.5, 400)
    found = [p_value(loss, random.permutation(first(40, 400))) for _ in range(2000)]

    for level in (0.01, 0.05, 0.2):
        share = np.mean(np.array(found) <= level)
        assert share == pytest.approx(level, abs=4 * np.sqrt(level / 2000))


@pytest.mark.parametrize("kind", ["failures", "losses", "weights"])
def test_the_interval_of_a_difference_holds_as_often_as_it_says(kind):
    random = np.random.default_rng(11)
    n_rows, n_inside, repeats = 600, 90, 800
    inside = first(n_inside, n_rows)
    held = 0
    for _ in range(repeats):
        if kind == "failures":
            loss = (random.random(n_rows) < np.where(inside, 0.3, 0.1)).astype(float)
            means = 0.3, 0.1
        else:
            loss = random.gamma(2.0, np.where(inside, 0.5, 0.25))
            means = 1.0, 0.5
        weights = random.integers(1, 4, n_rows) * 1.0 if kind == "weights" else np.ones(n_rows)
        rest = weights[~inside].sum() / weights.sum()
        held += (means[0] - means[1]) * rest in difference(loss, weights, inside, error_rate=0.05)

    assert 0.93 <= held / repeats <= 0.985


def test_the_interval_of_failures_joins_exact_ones():
    loss = np.zeros(500)
    loss[:30] = 1
    loss[100:150] = 1
    inside = first(100, 500)

    found = difference(loss, np.ones(500), inside, error_rate=0.05)

    one = stats.binomtest(30, 100).proportion_ci(0.95, method="exact")
    other = stats.binomtest(50, 400).proportion_ci(0.95, method="exact")
    gap = 0.3 - 0.125
    assert found.low == pytest.approx(0.8 * (gap - np.hypot(0.3 - one.low, other.high - 0.125)))
    assert found.high == pytest.approx(0.8 * (gap + np.hypot(one.high - 0.3, 0.125 - other.low)))


def test_the_interval_of_one_mean_is_students():
    loss = np.concatenate([np.random.default_rng(0).gamma(2.0, 1.0, 30), np.zeros(10)])

    found = difference(loss, np.ones(40), first(30, 40), error_rate=0.1)

    low, high = stats.t.interval(0.9, 29, loss[:30].mean(), stats.sem(loss[:30]))
    upper = stats.beta.ppf(0.95, 1, 10)
    mean = loss[:30].mean()
    assert found.low == pytest.approx((mean - np.hypot(mean - low, upper)) / 4)
    assert found.high == pytest.approx(high / 4)


def test_where_a_mean_cannot_be_told_the_interval_says_so():
    loss = np.array([0.5, 0.2, 0.1])

    one = difference(loss, np.ones(3), first(1, 3), error_rate=0.05)
    none = difference(loss, np.ones(3), first(0, 3), error_rate=0.05)
    everything = difference(loss, np.ones(3), first(3, 3), error_rate=0.05)

    assert (one.low, one.high) == (none.low, none.high) == (-np.inf, np.inf)
    assert (everything.low, everything.high) == (0, 0)


@pytest.mark.parametrize(
    ("n_inside", "worse"), [(40, 1.1), (40, 3), (800, 1.02), (800, 1.5), (15_000, 1.2)]
)
def test_many_losses_put_together_by_neighbours_are_judged_as_one_by_one(
    monkeypatch, n_inside, worse
):
    loss = np.random.default_rng(n_inside).exponential(size=60_000) ** 1.5
    total = worse * n_inside * loss.mean()

    together = evidence.Chance(loss).p_value(n_inside, total)
    monkeypatch.setattr(evidence, "_GROUPS", loss.size)
    one_by_one = evidence.Chance(loss).p_value(n_inside, total)

    assert np.log(together) == pytest.approx(np.log(one_by_one), rel=1e-4)


def test_what_is_sorted_once_serves_all_slices_of_the_rows():
    rng = np.random.default_rng(0)
    loss = rng.gamma(2.0, size=500)
    chance = evidence.Chance(loss)

    for inside in rng.random((20, 500)) < rng.random((20, 1)):
        found = chance.p_value(int(inside.sum()), float(loss[inside].sum()))
        assert found == p_value(loss, inside)
