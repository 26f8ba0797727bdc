"""Sizes of differences, against SciPy and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from tilth.quality.drift.effect import jensen_shannon, stability_index, total_variation

COUNTS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=12
).filter(lambda pairs: min(map(sum, zip(*pairs, strict=True))) > 0)


@settings(max_examples=50)
@given(COUNTS)
def test_jensen_shannon_is_that_of_scipy(pairs):
    first, second = np.array(pairs, float).T
    p, q = first / first.sum(), second / second.sum()

    # Equal distributions: SciPy's root of a sum that rounds below zero is not a number.
    theirs = np.nan_to_num(jensenshannon(p, q, base=2)) if not np.allclose(p, q) else 0.0
    assert jensen_shannon(p, q) == pytest.approx(theirs, abs=1e-7)
    assert jensen_shannon(p, q) == pytest.approx(jensen_shannon(q, p), abs=1e-7)


def test_disjoint_distributions_are_as_far_apart_as_can_be():
    p, q = np.array([1.0, 0.0]), np.array([0.0, 1.0])

    assert jensen_shannon(p, q) == total_variation(p, q) == 1


def test_the_stability_index_is_the_textbook_s():
    # Half a row hardly counts among millions: the sum of (q - p) ln(q / p).
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.3, 0.3, 0.4])
    expected = 0.1 * math.log(1.5) + 0.1 * math.log(1.25)

    found = stability_index((p * 10**9).astype(np.int64), (q * 10**9).astype(np.int64))

    assert found == pytest.approx(expected, rel=1e-6)
    assert math.isfinite(stability_index(np.array([5, 0]), np.array([0, 5])))
