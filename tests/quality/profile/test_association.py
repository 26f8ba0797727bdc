from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import contingency, pearsonr, spearmanr
from statsmodels.stats.oneway import anova_oneway

from tilth.quality.profile.association import associations, correlation_ratio, cramers_v


def one(first, second):
    return associations(pl.DataFrame({"a": first, "b": second}))[0]


@pytest.fixture
def random():
    return np.random.default_rng(0)


def test_correlations_are_scipy_s(random):
    x = random.normal(size=500)
    y = np.exp(x) + random.normal(size=500)

    found = one(x, y)

    assert found.value == pytest.approx(pearsonr(x, y)[0])
    assert found.ranks == pytest.approx(spearmanr(x, y)[0])


def test_pairs_with_gaps_are_compared_where_both_are_there(random):
    x, y = random.normal(size=(2, 400))
    y += x
    x[::7] = np.nan
    y[::5] = np.inf
    both = np.isfinite(x) & np.isfinite(y)

    found = one(x, y)

    assert found.n == both.sum()
    assert found.value == pytest.approx(pearsonr(x[both], y[both])[0])


def test_large_offsets_cost_no_digits(random):
    x, y = random.normal(size=(2, 400))

    assert one(x + 1e9, x + y + 1e9).value == pytest.approx(pearsonr(x, x + y)[0], abs=1e-6)


def test_cramer_s_v_is_bergsma_s(random):
    a = random.integers(4, size=300)
    b = (a + random.integers(3, size=300)) % 5
    table = contingency.crosstab(a, b)[1]
    plain = contingency.association(table, method="cramer")
    n, r, c = 300, *table.shape

    phi2 = max(0, plain**2 * min(r - 1, c - 1) - (r - 1) * (c - 1) / (n - 1))
    rows, columns = r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)
    assert cramers_v(a, b) == pytest.approx(np.sqrt(phi2 / (min(rows, columns) - 1)))


def test_unrelated_levels_are_near_nothing_however_many_they_are(random):
    values = [
        cramers_v(random.integers(40, size=500), random.integers(40, size=500)) for _ in range(50)
    ]

    assert np.mean(values) < 0.05
    plain = contingency.association(
        contingency.crosstab(random.integers(40, size=500), random.integers(40, size=500))[1]
    )
    assert plain > 0.2  # which is what the correction is for


def test_the_correlation_ratio_is_kelley_s(random):
    codes = random.integers(5, size=300)
    values = codes + random.normal(size=300)
    f = anova_oneway([values[codes == i] for i in range(5)], use_var="equal").statistic

    eta2 = 4 * f / (4 * f + 295)
    assert correlation_ratio(values, codes) == pytest.approx(np.sqrt(1 - (1 - eta2) * 299 / 295))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([1.0] * 40, list(range(40))),
        (["x"] * 40, ["a", "b"] * 20),
        ([None] * 40, list(range(40))),
        ([float(i) for i in range(5)] + [None] * 35, list(range(40))),
        ([f"name {i}" for i in range(200)], list(range(200))),
    ],
)
def test_what_does_not_vary_or_is_different_throughout_goes_with_nothing(first, second):
    frame = pl.DataFrame({"a": first, "b": second}, strict=False)

    assert associations(frame) == []


def test_the_strongest_come_first_with_all_kinds_on_one_scale(random):
    x = random.normal(size=600)
    frame = pl.DataFrame({"x": x, "minus": -x, "sign": np.where(x > 0, "up", "down"),
                          "noise": random.normal(size=600)})  # fmt: skip

    found = associations(frame)

    assert (found[0].first, found[0].second) == ("x", "minus")
    assert found[0].value == pytest.approx(-1)
    assert {each.measure for each in found[1:3]} == {"correlation_ratio"}
    assert [each.strength for each in found] == sorted((e.strength for e in found), reverse=True)
