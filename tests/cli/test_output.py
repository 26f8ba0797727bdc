from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.cli.output import count, duration, plain, size, table


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0042, "4 ms"),
        (0.25, "0.2 s"),
        (9.94, "9.9 s"),
        (42.4, "42 s"),
        (61, "1 min 1 s"),
        (3725, "1 h 2 min"),
    ],
)
def test_durations_are_told_as_people_say_them(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [(None, ""), (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (35_400_000, "35.4 MB")],
)
def test_sizes_are_told_as_people_say_them(n_bytes, text):
    assert size(n_bytes) == text


def test_numbers_are_told_in_groups_of_three():
    assert count(336776) == "336,776"
    assert count(None) == ""


CELLS = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=9)


@given(
    st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1)
    )
)
def test_columns_of_a_table_begin_at_the_same_place(rows):
    lines = table([[*row, "|"] for row in rows]).split("\n")

    assert len({len(line) for line in lines}) == 1


def test_colours_take_no_width():
    assert table([["\x1b[31mab\x1b[0m", "x"], ["abc", "y"]]).split("\n") == [
        "\x1b[31mab\x1b[0m   x",
        "abc  y",
    ]


def test_numbers_that_json_has_no_words_for_become_null():
    assert plain({"a": [math.nan, 1.5, (math.inf,)]}) == {"a": [None, 1.5, [None]]}
