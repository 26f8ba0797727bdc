from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.data.metrics import flatten, from_json, to_json
from tilth.errors import DataError
from tilth.testing.values import same


@dataclass
class Interval:
    value: float
    low: float
    high: float


class Point(NamedTuple):
    x: float
    n: int


def test_scalars_have_dotted_names_in_order():
    found = flatten({"test": {"n": np.int32(3), "auc": np.float32(0.5)}, "good": True, "a": None})

    assert found == [
        ("good", 1.0, None, None, None),
        ("test.auc", 0.5, None, None, None),
        ("test.n", 3.0, None, None, None),
    ]


@pytest.mark.parametrize(
    "interval",
    [{"value": 0.5, "low": 0.25, "high": 0.75}, Interval(0.5, 0.25, 0.75)],
)
def test_an_interval_is_one_metric(interval):
    assert flatten({"auc": interval}) == [("auc", 0.5, 0.25, 0.75, None)]


@pytest.mark.parametrize(
    "curve",
    [
        {"x": [0, 1], "y": [0.5, 1.5]},
        {"y": np.array([0.5, 1.5]), "x": (0, 1)},
        pl.DataFrame({"x": [0, 1], "y": [0.5, 1.5]}),
        pd.DataFrame({"x": [0, 1], "y": [0.5, 1.5]}),
    ],
)
def test_a_curve_or_table_is_one_metric_with_data(curve):
    assert flatten({"roc": curve}) == [("roc", None, None, None, '{"x":[0,1],"y":[0.5,1.5]}')]


def test_a_record_is_a_group():
    assert flatten(Point(1.5, 2)) == [("n", 2.0, None, None, None), ("x", 1.5, None, None, None)]


def test_dates_are_text():
    assert flatten({"day": np.datetime64("2013-01-01")})[0][4] == '"2013-01-01"'
    assert flatten({"day": pd.Timestamp("2013-01-01")})[0][4] == '"2013-01-01T00:00:00"'


@pytest.mark.parametrize("value", [{"a": object()}, {"a": int}, {1: 1, "1": 2}])
def test_what_is_no_metric_is_refused(value):
    with pytest.raises(DataError, match="format `metrics`"):
        flatten(value)


def test_a_ring_is_refused():
    ring = {}
    ring["again"] = ring

    with pytest.raises(DataError, match="part of itself"):
        flatten(ring)


NUMBERS = st.floats() | st.integers() | st.booleans() | st.none() | st.text()
TREES = st.recursive(
    NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None)
@given(TREES)
def test_json_gives_the_same_tree_back(tree):
    assert same(_sorted(from_json(to_json(tree))), _sorted(tree))


def _sorted(tree):
    if isinstance(tree, dict):
        return {key: _sorted(tree[key]) for key in sorted(tree)}
    return [_sorted(each) for each in tree] if isinstance(tree, list) else tree
