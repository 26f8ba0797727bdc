"""Pairs are counted as by hand, and rows unlike all others are told from those that are not."""

from __future__ import annotations

from datetime import date
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from tilth.errors import UnknownNameError
from tilth.quality.coverage import distances_to, pair_coverage


def test_pairs_are_those_of_the_example_of_the_report():
    # NISTIR 7878, table 1: four binary variables, four tests; 19 of 24 pairs are covered.
    rows = [(0, 0, 0, 0), (0, 1, 1, 0), (1, 0, 0, 1), (0, 1, 1, 1)]
    table = pl.DataFrame(rows, schema=["a", "b", "c", "d"], orient="row")

    found = pair_coverage(table)

    assert (found.seen, found.possible) == (19, 24)
    assert found.share == pytest.approx(19 / 24)
    assert len(found.holes) == 5


def test_a_hole_that_many_rows_are_expected_in_comes_first():
    table = pl.DataFrame(
        {"town": ["Oslo"] * 50 + ["Bonn"] * 40 + ["Ulm"] * 2, "wet": [1] * 50 + [0] * 42}
    )
    holes = pair_coverage(table).holes

    assert [each.text for each in holes] == [
        "town = Oslo and wet = 0",
        "town = Bonn and wet = 1",
        "town = Ulm and wet = 1",
    ]
    assert holes[0].expected == pytest.approx(50 * 42 / 92)


CELLS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.booleans()), min_size=1)


@given(CELLS)
def test_it_counts_as_a_set_of_pairs_does(rows):
    table = pl.DataFrame(rows, schema=["x", "y", "z"], orient="row")
    columns = [set(table[name].to_list()) for name in table.columns]
    if sum(len(each) > 1 for each in columns) < 2:
        with pytest.raises(ValueError, match="two columns"):
            pair_coverage(table)
        return
    told = [name for name, each in zip("xyz", columns, strict=True) if len(each) > 1]
    seen = sum(len(set(table.select(pair).rows())) for pair in combinations(told, 2))
    found = pair_coverage(table)

    assert found.seen == seen
    assert found.seen + len(found.holes) == found.possible


def test_numbers_are_cut_dates_count_by_month_and_what_is_missing_is_a_value():
    n = 400
    table = pl.DataFrame(
        {
            "price": [None, *np.linspace(0, 1000, n - 1)],
            "day": [date(2026, 1 + i % 3, 1 + i % 28) for i in range(n)],
            "id": [f"row {i}" for i in range(n)],
            "note": [[1]] * n,
        }
    )
    found = pair_coverage(table, bins=4)

    assert list(found.columns) == ["price", "day"]
    assert len(found.columns["price"]) == 5
    assert [each.text for each in found.columns["day"]] == [
        "month(day) = 1", "month(day) = 2", "month(day) = 3",
    ]  # fmt: skip
    assert {each.text for each in found.holes} == {
        "price is null and month(day) = 2", "price is null and month(day) = 3",
    }  # fmt: skip


def test_rare_levels_count_together():
    towns = [f"town {i}" for i in range(30)] * 3
    found = pair_coverage(pl.DataFrame({"town": towns, "wet": [0, 1, 0] * 30}))

    assert len(found.columns["town"]) == 21


@pytest.mark.parametrize(
    ("table", "columns", "error", "said"),
    [
        (pl.DataFrame({"a": []}), None, ValueError, "no rows"),
        (pl.DataFrame({"a": [1, 2], "b": [1, 1]}), None, ValueError, "two columns"),
        (pl.DataFrame({"a": [1, 2]}), ["a", "c"], UnknownNameError, "c"),
    ],
)
def test_what_has_no_pairs_is_refused(table, columns, error, said):
    with pytest.raises(error, match=said):
        pair_coverage(table, columns)


def test_distances_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    reference = pl.DataFrame(rng.normal(size=(500, 3)), schema=["a", "b", "c"])
    rows = pl.DataFrame(rng.normal(size=(40, 3)), schema=["a", "b", "c"])
    mean, sd = reference.to_numpy().mean(axis=0), reference.to_numpy().std(axis=0)
    scaled = NearestNeighbors(n_neighbors=1).fit((reference.to_numpy() - mean) / sd)
    expected = scaled.kneighbors((rows.to_numpy() - mean) / sd)[0][:, 0] / np.sqrt(3)

    assert distances_to(rows, reference).distances == pytest.approx(expected, rel=2e-3)


def test_about_one_in_a_hundred_rows_of_the_same_kind_is_far_and_all_of_another_are():
    rng = np.random.default_rng(1)

    def drawn(n, shift=0.0):
        numbers = rng.normal(size=(n, 2)) + shift
        return pl.DataFrame(
            {"a": numbers[:, 0], "b": numbers[:, 1], "town": rng.choice(["x", "y"], n)}
        )

    reference = drawn(3000)
    same = distances_to(drawn(4000), reference)
    other = distances_to(drawn(50, shift=9.0), reference)

    assert 0.003 <= same.share <= 0.02
    assert other.share == 1.0
    assert other.distances[other.far[0]] == other.distances.max()


def test_a_missing_value_and_a_constant_column_are_no_obstacle():
    reference = pl.DataFrame({"a": [1.0, 2.0, None, 4.0] * 5, "same": [1] * 20})
    found = distances_to(pl.DataFrame({"a": [None, 2.0, 90.0], "same": [1, 1, 1]}), reference)

    assert np.isfinite(found.distances).all()
    assert found.far == (2,)


@pytest.mark.parametrize(
    ("rows", "reference"),
    [
        (pl.DataFrame({"a": [1]}), pl.DataFrame({"b": [1, 2]})),
        (pl.DataFrame({"a": []}), pl.DataFrame({"a": [1, 2]})),
        (pl.DataFrame({"a": [1]}), pl.DataFrame({"a": [1]})),
    ],
)
def test_rows_that_cannot_be_compared_are_refused(rows, reference):
    with pytest.raises(ValueError, match="cannot be compared"):
        distances_to(rows, reference)
