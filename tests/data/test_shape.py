from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.tree import DecisionTreeClassifier

from tilth.data.shape import describe, is_table, name_of_type, shape_of


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (pl.DataFrame(), "polars.DataFrame"),
        (pl.LazyFrame(), "polars.LazyFrame"),
        (pd.DataFrame(), "pandas.DataFrame"),
        (pa.table({}), "pyarrow.Table"),
        (pa.table({}).to_reader(), "pyarrow.RecordBatchReader"),
        (duckdb.sql("select 1"), "duckdb.DuckDBPyRelation"),
        (np.zeros(1), "numpy.ndarray"),
        (Path("a"), "pathlib.Path"),
        (PurePosixPath("a"), "pathlib.Path"),
        (DecisionTreeClassifier(), "sklearn.tree.DecisionTreeClassifier"),
        ({}, "dict"),
        (None, "NoneType"),
    ],
)
def test_a_shape_is_the_name_that_people_know(value, shape):
    assert shape_of(value) == shape


def test_a_class_without_a_shorter_name_has_its_full_one():
    class Local:
        pass

    assert name_of_type(Local).endswith("Local")
    assert "." in name_of_type(Local)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (pl.DataFrame({"a": range(1234), "b": 0}), "1,234 x 2 polars.DataFrame"),
        (pd.DataFrame({"a": [1]}), "1 x 1 pandas.DataFrame"),
        (pa.table({"a": [1, 2]}), "2 x 1 pyarrow.Table"),
        (pl.LazyFrame({"a": [1]}), "polars.LazyFrame"),
        (pa.table({"a": [1, 2]}).to_reader(), "? x 1 pyarrow.RecordBatchReader"),
        (duckdb.sql("select 1 as a, 2 as b"), "? x 2 duckdb.DuckDBPyRelation"),
        (np.zeros((3, 4), "f4"), "3 x 4 numpy.ndarray of float32"),
        (np.array(1), "one numpy.ndarray of int64"),
        ("a" * 1000, "1,000 characters of str"),
        (b"a", "1 byte of bytes"),
        ({"a": 1}, "dict of 1"),
        (7, "int"),
        (DecisionTreeClassifier(), "sklearn.tree.DecisionTreeClassifier"),
    ],
)
def test_a_value_is_described_in_few_words(value, text):
    assert describe(value).text == text


def test_a_description_counts_rows_columns_and_bytes():
    found = describe(pa.table({"a": [1, 2], "b": [1.5, 2.5]}))

    assert (found.rows, found.columns, found.n_bytes) == (2, 2, 32)


def test_streams_are_tables_too():
    assert is_table("polars.LazyFrame")
    assert not is_table("numpy.ndarray")


def test_telling_shapes_imports_nothing_heavy():
    code = (
        "import sys, tilth.data.shape, tilth.data.table, tilth.data.catalog, tilth.data.choose\n"
        "import tilth.data.mutation, tilth.data.location, tilth.data.metrics\n"
        "tilth.data.shape.describe({}); tilth.data.choose.best_format([1])\n"
        "heavy = {'numpy', 'pandas', 'polars', 'pyarrow', 'duckdb', 'importlib.metadata',\n"
        "         'rich', 'yaml', 'msgspec', 'asyncio', 'multiprocessing', 'zipfile', 'tempfile'}\n"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)

    assert found.stdout.split() == []
