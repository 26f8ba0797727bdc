from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier

from tilth.data.mutation import snapshot_of


@dataclass
class Settings:
    depth: int


class Remembers:
    @cached_property
    def answer(self):
        return 42


def _set(value, key, to):
    value[key] = to


def _in_pieces():
    half = pl.DataFrame({"a": [1, 2], "c": pl.Series(["x", "y"], dtype=pl.Categorical)})
    return pl.concat([half, half], rechunk=False)


CHANGES = [
    (np.arange(5.0), lambda value: _set(value, 2, 7)),
    (np.arange(6.0).reshape(2, 3).T, lambda value: _set(value, (1, 1), 7)),
    (np.arange(9)[::2], lambda value: _set(value, 1, 7)),
    (np.array(["a", {}], dtype=object), lambda value: value[1].update(b=1)),
    (pd.DataFrame({"a": [1, 2], "b": [1.5, 2]}), lambda frame: _set(frame.loc, (0, "a"), 7)),
    (pd.DataFrame({"t": ["x", "y"]}), lambda frame: _set(frame.loc, (0, "t"), "z")),
    (pd.DataFrame({"a": [1, 2]}), lambda frame: _set(frame, "new", 0)),
    (pd.DataFrame({"a": [1, 2]}), lambda frame: setattr(frame, "columns", ["b"])),
    (pd.DataFrame({"a": [2, 1]}), lambda frame: frame.insert(0, "b", 1)),
    (pd.DataFrame({"a": pd.array([1, None], "Int64")}), lambda f: _set(f.loc, (1, "a"), 2)),
    (pd.DataFrame({"c": pd.Categorical(["x", "y"])}), lambda f: _set(f.loc, (0, "c"), "y")),
    (pd.Series([1, 2]), lambda series: _set(series.iloc, 0, 7)),
    (pl.DataFrame({"a": [1, 2]}), lambda frame: _set(frame, (0, "a"), 7)),
    (pl.DataFrame({"t": ["x", "y"]}), lambda frame: _set(frame, (0, "t"), "z")),
    (pl.DataFrame({"a": [1]}), lambda frame: frame.insert_column(0, pl.Series("b", [1]))),
    (pl.DataFrame({"a": [1]}), lambda frame: setattr(frame, "columns", ["b"])),
    (pl.DataFrame({"a": [1]}), lambda frame: frame.extend(pl.DataFrame({"a": [2]}))),
    (pl.DataFrame({"a": [1], "b": [2]}), lambda frame: frame.drop_in_place("b")),
    (pl.DataFrame({"a": [1, 2]}), lambda f: f.replace_column(0, pl.Series("a", [2, 1]))),
    (pl.DataFrame({"l": [[1], [2]]}), lambda f: f.replace_column(0, pl.Series("l", [[1], [3]]))),
    (pl.DataFrame({"a": [0.0, 1.0]}), lambda frame: _set(frame, (0, "a"), -0.0)),
    (_in_pieces(), lambda frame: _set(frame, (3, "c"), "x")),
    ([1, [2]], lambda value: value[1].append(3)),
    ({"a": {"b": 1}}, lambda value: _set(value["a"], "b", 2)),
    ({1, 2}, lambda value: value.add(3)),
    (bytearray(b"ab"), lambda value: _set(value, 0, 0)),
    ((1, [2]), lambda value: value[1].append(3)),
    ([Settings(1)], lambda value: setattr(value[0], "depth", 2)),
    (DecisionTreeClassifier(), lambda model: model.fit([[0], [1]], [0, 1])),
]


@pytest.mark.parametrize(("value", "change"), CHANGES, ids=lambda each: type(each).__name__)
def test_a_change_in_place_is_found_out(value, change):
    value = copy.deepcopy(value)
    before = snapshot_of(value)

    assert before is not None
    assert snapshot_of(value) == before
    change(value)
    assert snapshot_of(value) != before


def test_looking_at_a_table_does_not_change_it():
    frame = pd.DataFrame({"a": [3, 1], "t": ["x", None]}, index=["p", "q"])
    before = snapshot_of(frame)

    frame.describe(include="all")
    frame.loc["p"]
    assert frame["a"].is_unique
    assert frame.index.is_monotonic_increasing
    frame.sort_values("a").merge(frame, on="a").groupby("a").sum()

    assert snapshot_of(frame) == before


def test_a_table_whose_columns_were_brought_together_in_memory_is_the_same():
    frame = _in_pieces()
    before = snapshot_of(frame)

    frame.rechunk()
    frame.sort("a").group_by("c").agg(pl.col("a").sum())
    frame.to_arrow()
    assert snapshot_of(frame.rechunk()) == before
    assert snapshot_of(frame) == before


def test_what_is_written_into_a_table_leaves_its_snapshot_as_it_was():
    frame = pl.DataFrame({"a": np.arange(1000)})
    before = snapshot_of(frame)

    for i in range(1000):
        frame[i, "a"] = -i - 1
        assert snapshot_of(frame) != before
    for i in range(1000):
        frame[i, "a"] = i

    assert snapshot_of(frame) == before


@pytest.mark.parametrize(
    "value",
    [
        *(None, 1, 1.5, "a", b"a", (1, ("a", None)), frozenset({1}), len, int, np),
        pl.LazyFrame({"a": [1]}),
        pl.DataFrame({"a": [1]}).to_arrow(),
        pl.DataFrame({"o": pl.Series([object()], dtype=pl.Object)}),
        (each for each in "a"),
        [lambda: 1],
        Remembers(),
        [Remembers()],
    ],
)
def test_what_cannot_change_or_tells_nothing_reliable_has_no_snapshot(value):
    assert snapshot_of(value) is None


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.text(), st.floats() | st.lists(st.integers()))))
def test_a_snapshot_stays_as_long_as_the_value_does(value):
    assert snapshot_of(value) == snapshot_of(value)
