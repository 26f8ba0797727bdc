from __future__ import annotations

import sqlite3
import sys
import threading
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from sklearn.tree import DecisionTreeClassifier

from tilth.data.catalog import find_format
from tilth.data.choose import best_format
from tilth.data.metrics import Metrics
from tilth.errors import DataError
from tilth.testing.formats import read, written
from tilth.testing.values import same


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "json"),
        ({"a": [1, 2.5, "x", True]}, "json"),
        ("text", "text"),
        ("\ud800", "json"),
        (b"bytes", "bytes"),
        (bytearray(b"a"), "pickle"),
        ((1, 2), "pickle"),
        ({1: 2}, "pickle"),
        ([float("nan")], "pickle"),
        ({"a": {1}}, "pickle"),
        (BytesIO(b"a"), "pickle"),
        (pl.DataFrame({"a": [1]}), "arrow"),
        (pl.LazyFrame({"a": [1]}), "arrow"),
        (pa.table({"a": [1]}), "arrow"),
        (pd.DataFrame({"a": ["x", None]}), "arrow"),
        (pl.DataFrame({"a": [1]}, schema={"a": pl.Int128}), "pickle"),
        (pl.DataFrame({"a": [object()]}, schema={"a": pl.Object}), "pickle"),
        (pd.DataFrame({"a": pd.Series([1, "x"], dtype=object)}), "pickle"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "pickle"),
        (pd.DataFrame([[1]], columns=[7]), "pickle"),
        (pd.DataFrame({"a": pd.array(["x"], dtype="string[python]")}), "pickle"),
        (pd.DataFrame({"a": [1]}, index=pd.date_range("2013", periods=1)), "pickle"),
        (np.zeros(3), "numpy"),
        (np.array([object()]), "pickle"),
        (np.float64(1), "pickle"),
        (DecisionTreeClassifier(), "pickle"),
        (Figure(), "pickle"),
        (threading.Lock(), None),
        (threading, None),
        (sqlite3.connect(":memory:"), None),
        ((each for each in "a"), None),
    ],
)
def test_the_format_fits_the_value(value, name):
    assert best_format(value) == name


def test_an_open_file_outlives_no_process():
    with Path(sys.executable).open("rb") as stream:
        assert best_format(stream) is None


def test_a_path_is_refused_since_its_file_is_on_no_record():
    with pytest.raises(DataError, match=r"`model\.bin`") as caught:
        best_format(Path("out/model.bin"))
    assert "declare it in the catalog" in caught.value.hint


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=9)
TREES = st.recursive(
    LEAVES | st.tuples(st.integers(), st.text()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=12,
)


@settings(deadline=None)
@given(TREES)
def test_what_is_chosen_gives_the_value_back_as_it_was(value):
    kind = find_format(best_format(value))()

    assert kind.exact
    assert same(read(kind, written(kind, value)), value)


def test_metrics_need_no_entry_in_the_catalog():
    found = Metrics({"auc": {"value": 0.9, "low": 0.8, "high": 1.0}}, n=np.int64(3))

    assert best_format(found) == "metrics"
    assert best_format(dict(found)) == "json"
    assert found["n"] == 3
    assert type(found["n"]) is int


def test_what_is_no_metric_is_refused_where_it_is_returned():
    with pytest.raises(DataError, match=r"\['model'\] is .*, which is no metric"):
        Metrics(model=object())
