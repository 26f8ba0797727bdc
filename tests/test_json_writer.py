from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.json_writer import json_writer

trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(trees)
def test_the_text_is_that_of_the_standard_library(value):
    expected = json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    assert json_writer()(value) == json_writer(allow_nan=True)(value) == expected


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_in_the_standard_is_refused_where_it_should_be(value):
    assert json.loads(json_writer()([value]))[0] == pytest.approx(value, nan_ok=True)
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_writer(allow_nan=False)([value])
