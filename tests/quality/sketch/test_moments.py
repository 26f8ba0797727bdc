"""Mean and spread of parts give those of the whole."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.quality.sketch import Moments

PART = st.lists(st.floats(-1e6, 1e6), max_size=30).map(np.array)


@given(PART, PART)
def test_merged_moments_are_those_of_all_values(first, second):
    merged = Moments.of(first).merge(Moments.of(second))
    both = np.concatenate((first, second))

    assert merged.n == len(both)
    if len(both) > 1:
        assert merged.mean == pytest.approx(both.mean(), abs=1e-6)
        assert merged.variance == pytest.approx(both.var(ddof=1), rel=1e-9, abs=1e-6)


@given(PART, PART)
def test_the_order_of_merging_does_not_matter(first, second):
    assert Moments.of(first).merge(Moments.of(second)) == Moments.of(second).merge(
        Moments.of(first)
    )


def test_a_small_spread_far_from_zero_is_not_lost():
    values = 1e9 + np.random.default_rng(1).normal(size=100_000)
    merged = Moments()
    for part in np.split(values, 100):
        merged = merged.merge(Moments.of(part))

    assert merged.variance == pytest.approx(values.var(ddof=1), rel=1e-6)


def test_the_largest_numbers_have_a_mean_and_an_infinite_spread():
    moments = Moments.of(np.array([1.7e308, 1.7e308, -1.7e308, 1.7e308]))

    assert moments.mean == pytest.approx(0.85e308)
    assert moments.variance == math.inf
    assert Moments.from_dict(json.loads(json.dumps(moments.as_dict(), allow_nan=False))) == moments
    assert moments.merge(moments).variance == math.inf


def test_one_value_has_no_spread():
    assert math.isnan(Moments.of(np.array([1.0])).variance)
    assert Moments.of(np.array([])) == Moments() == Moments().merge(Moments())
