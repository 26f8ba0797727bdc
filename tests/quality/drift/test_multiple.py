"""P-values of many tests, adjusted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from tilth.quality.drift import Control, adjusted

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=25)


@settings(max_examples=50)
@given(P_VALUES)
@pytest.mark.parametrize(
    ("control", "name"), [(Control.HOLM, "holm"), (Control.BENJAMINI_HOCHBERG, "fdr_bh")]
)
def test_they_are_those_of_statsmodels(control, name, p_values):
    theirs = multipletests(p_values, method=name)[1]

    assert adjusted(p_values, control) == pytest.approx(theirs.tolist())


def test_no_test_needs_no_adjustment():
    assert adjusted([]) == []
    assert adjusted([0.03]) == [0.03]
