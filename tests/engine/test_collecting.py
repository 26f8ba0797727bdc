from __future__ import annotations

import gc

import pytest

from tilth.engine.collecting import collecting_seldom


@pytest.fixture(autouse=True)
def as_before():
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.mark.parametrize(
    ("before", "during"),
    [
        ((700, 10, 10), 50_000),
        ((60_000, 5, 7), 60_000),
        ((0, 10, 10), 0),
    ],
)
def test_rings_are_looked_for_less_often_while_a_run_goes_on(before, during):
    gc.set_threshold(*before)
    expected = tuple(gc.get_threshold())
    with collecting_seldom():
        assert gc.get_threshold()[0] == during
    assert gc.get_threshold() == expected


def test_what_was_set_comes_back_after_an_error():
    before = gc.get_threshold()
    with pytest.raises(ZeroDivisionError), collecting_seldom():
        raise ZeroDivisionError
    assert gc.get_threshold() == before
