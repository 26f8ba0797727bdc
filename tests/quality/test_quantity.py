"""A quantity has fractions, or many different whole numbers."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from tilth.quality.quantity import is_quantity


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.5, 1.0], True),
        ([0.0, 1.0, None], False),
        (list(range(30)), False),
        ([*range(31), None], True),
        ([float(i) for i in range(31)], True),
        ([Decimal("1.0"), Decimal("2.0")], True),
        ([True, False], False),
        ([str(i) for i in range(99)], False),
    ],
)
def test_what_a_target_is_is_found_out(values, expected):
    assert is_quantity(pl.Series(values)) is expected


def test_a_person_s_word_goes_before():
    assert is_quantity(pl.Series([1, 2]), "regression")
    assert not is_quantity(pl.Series([0.5, 0.7]), "classification")
