from __future__ import annotations

import pytest

from tilth.quality.search_space import at_border, at_last_choice


def test_a_value_within_its_range_is_at_no_border():
    assert at_border("depth", 5, 1, 9) is None
    assert at_border("rate", 0.1, 0.01, 1.0, log=True) is None


def test_the_outer_twentieth_is_the_border_and_half_a_range_more_is_offered():
    found = at_border("rate", 0.98, 0.0, 1.0)

    assert (found.end, found.wider) == ("high", 1.5)
    assert at_border("rate", 0.94, 0.0, 1.0) is None


def test_with_log_factors_count():
    """0.0105 is a sixth of a percent into the range, and half of one in factors of ten."""
    low, high = (
        at_border("rate", 0.0105, 0.01, 10.0, log=True),
        at_border("rate", 9.9, 0.01, 10.0, log=True),
    )

    assert (low.end, low.wider) == ("low", pytest.approx(0.01 / 1000**0.5, rel=0.05))
    assert (high.end, high.wider) == ("high", pytest.approx(10 * 1000**0.5, rel=0.05))
    assert at_border("rate", 0.5, 0.01, 10.0, log=True) is None


def test_a_range_that_ends_where_sense_ends_has_no_border_there():
    assert at_border("share", 1.0, 0.3, 1.0, lowest=0.0, highest=1.0) is None
    assert at_border("share", 0.3, 0.3, 1.0, lowest=0.0, highest=1.0).end == "low"


def test_it_is_widened_no_further_than_makes_sense():
    found = at_border("leaf", 2, 2, 100, lowest=1)

    assert found.wider == 1
    assert isinstance(found.wider, int)
    assert at_border("share", 0.3, 0.3, 1.0, lowest=0.0).wider == 0.15
    assert at_border("trees", 500, 30, 500, log=True).wider == 2000


@pytest.mark.parametrize(("value", "end"), [(1, "low"), (100, "high"), (10, None)])
def test_of_numbers_to_choose_from_the_ends_are_borders(value, end):
    found = at_last_choice("depth", value, [10, 1, 100])

    assert (None if found is None else found.end) == end


@pytest.mark.parametrize("values", [["a", "b", "c"], [1, 2], [True, False, True], [1, 2, None]])
def test_of_others_there_is_no_order(values):
    assert at_last_choice("kind", values[0], values) is None
