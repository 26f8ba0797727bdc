"""Ranges of versions, as pip writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.config.version_range import allows, mistake


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (">=1.5", ("1.5", "1.5.0", "1.10", "2.0rc1", "2!1.6"), ("1.4.9", "1.5rc1")),
        (">=1.5, <2", ("1.5", "1.99.1"), ("2.0", "1.4", "2.0.0")),
        ("<2", ("1.9", "2.0rc1"), ("2", "2.0.1")),
        ("==1.7.*", ("1.7", "1.7.9", "1.7.0rc1"), ("1.8", "1.70")),
        ("==1.7", ("1.7", "1.7.0", "1.7.0.post1"), ("1.7.1", "1.7rc1")),
        ("~=2.1", ("2.1", "2.9"), ("3.0", "2.0")),
        ("~=2.1.3", ("2.1.3", "2.1.9"), ("2.2", "2.1.2")),
        ("!=1.7.*, >1", ("1.6", "1.8"), ("1.7.3", "1.0")),
        ("3.11", ("3.11", "3.11.7"), ("3.1", "3.12.0", "3.110")),
        ("2.4", ("2.4.0+cu118",), ("2.5.0+cu118",)),
        ("any", ("0", "9.9.dev1"), ()),
        (">=0", (), ("unknown",)),
    ],
)
def test_a_range_allows_what_pip_would_take(text, inside, outside):
    assert mistake(text) is None
    assert [each for each in inside if not allows(text, each)] == []
    assert [each for each in outside if allows(text, each)] == []


@pytest.mark.parametrize("text", ["", "soon", ">=", "=>1.5", "1.5 2", ">=1.*", ">=1.5,", "latest"])
def test_what_is_no_range_is_told(text):
    assert mistake(text)


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=4),
    st.lists(st.integers(0, 30), min_size=1, max_size=4),
)
def test_of_two_versions_one_comes_first_or_both_are_the_same(one, other):
    first, second = (".".join(map(str, each)) for each in (one, other))

    assert allows(f">={first}", second) != allows(f"<{first}", second)
    assert allows(f"=={first}", second) == allows(f"=={second}", first)
