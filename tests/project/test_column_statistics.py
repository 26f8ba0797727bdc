from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tilth.project.column_statistics import column_statistics
from tilth.quality.sketch import sketch_of


def differing(old, new):
    rows = column_statistics(sketch_of(pl.DataFrame(old)), sketch_of(pl.DataFrame(new)))
    return {row["column"]: row["differs"] for row in rows}


def test_the_same_column_differs_in_nothing():
    table = {"x": [1.0, 2.0, None, float("nan")], "t": ["a", "b", "a", None], "n": [None] * 4}

    assert differing(table, table) == {"x": [], "t": [], "n": []}


def test_few_values_are_compared_exactly():
    assert differing({"x": [1, 2, 3]}, {"x": [1, 2, 4]}) == {"x": ["mean", "deviation", "maximum"]}
    assert differing({"x": [1, 2, 3]}, {"x": [1, 3, 3]})["x"] == [
        "n_distinct",
        "median",
        "mean",
        "deviation",
    ]
    assert differing({"t": ["a", "b"]}, {"t": ["a", None]})["t"] == ["n_null", "n_distinct"]


def test_of_many_values_only_that_differs_which_no_estimate_could_show():
    random = np.random.default_rng(0)
    old = random.normal(size=50_000)
    new = np.append(old, 9.0)

    assert differing({"x": old}, {"x": new})["x"] == ["n", "mean", "deviation", "maximum"]
    assert "median" in differing({"x": old}, {"x": old + 0.5})["x"]
    assert "n_distinct" in differing({"x": old}, {"x": np.append(old[:25_000], old[:25_000])})["x"]


def test_columns_of_one_side_are_told_and_not_compared():
    (came, went) = column_statistics(
        sketch_of(pl.DataFrame({"a": [1]})), sketch_of(pl.DataFrame({"b": [1]}))
    )

    assert (came["column"], came["old"], came["new"]["mean"], came["differs"]) == ("b", None, 1, [])
    assert (went["column"], went["old"]["mean"], went["new"]) == ("a", 1, None)


@pytest.mark.parametrize("empty", [{"x": []}, {"x": [None]}])
def test_a_column_without_values_has_no_measures(empty):
    assert "mean" in differing(empty, {"x": [1.0]})["x"]
    assert differing(empty, empty)["x"] == []
