from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tilth.data.catalog import find_format
from tilth.data.choose import best_format
from tilth.data.normal import normal
from tilth.data.shape import TABLES, shape_of
from tilth.data.table import concatenated, convert
from tilth.errors import DataError
from tilth.testing.formats import read, written
from tilth.testing.values import drained, same

ZONES = st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu"])
MOMENTS = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1))
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
COLUMNS = {
    "integer": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(),
    "text": st.text(st.characters(codec="utf-8")),
    "flag": st.booleans(),
    "moment": MOMENTS,
}


@st.composite
def frames(draw):
    """Polars frames with nulls, odd names, categories, zones, slices and several chunks."""
    names = draw(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0")), max_size=4, unique=True
        )
    )
    n_rows = draw(st.integers(0, 6))
    columns = {}
    for name in names:
        kind = draw(st.sampled_from([*COLUMNS, "zone", "category", "list"]))
        base = {"zone": "moment", "category": "text", "list": "integer"}.get(kind, kind)
        values = draw(st.lists(st.none() | COLUMNS[base], min_size=n_rows, max_size=n_rows))
        series = pl.Series(name, values, dtype=_TYPES[base])
        if kind == "zone":
            series = series.dt.replace_time_zone("UTC").dt.convert_time_zone(draw(ZONES))
        if kind == "category":
            series = series.cast(pl.Categorical)
        if kind == "list":
            series = pl.Series(
                name,
                [None if each is None else [each, None] for each in values],
                dtype=pl.List(pl.Int64),
            )
        columns[name] = series
    frame = pl.DataFrame(list(columns.values()))
    start = draw(st.integers(0, n_rows))
    if draw(st.booleans()):
        frame = pl.concat([frame, frame], rechunk=False)
    return frame.slice(start)


_TYPES = {
    "integer": pl.Int64,
    "float": pl.Float64,
    "text": pl.String,
    "flag": pl.Boolean,
    "moment": pl.Datetime("us"),
}

slow = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@slow
@given(frames(), st.sampled_from(["arrow", "parquet"]))
def test_a_polars_frame_comes_back_as_it_was(frame, name):
    kind = find_format(name)()

    assert same(read(kind, written(kind, frame), "polars.DataFrame"), frame)


@slow
@given(frames(), st.sampled_from(["arrow", "parquet"]))
def test_equal_frames_are_equal_bytes_however_they_came_about(frame, name):
    kind = find_format(name)()
    fresh = pl.DataFrame(frame.to_dict(as_series=False), schema=frame.schema)

    assert written(kind, frame) == written(kind, fresh)


@slow
@given(frames(), st.sampled_from(["arrow", "parquet"]), st.sampled_from(sorted(TABLES)))
def test_a_frame_read_as_another_shape_has_the_same_rows(frame, name, shape):
    assume(frame.width or shape != "duckdb.DuckDBPyRelation")
    kind = find_format(name)()

    found = read(kind, written(kind, frame), shape)

    assert shape_of(found) == shape
    expected = convert(drained(convert(frame, shape, "it")), "pyarrow.Table", "it")
    assert same(convert(drained(found), "pyarrow.Table", "it").to_pylist(), expected.to_pylist())


@slow
@given(frames(), st.sampled_from(["arrow", "parquet"]))
def test_a_pandas_frame_comes_back_as_it_was(frame, name):
    kind = find_format(name)()
    value = frame.to_pandas()
    if best_format(value) == "arrow":
        assert same(read(kind, written(kind, value), "pandas.DataFrame"), value)


@slow
@given(frames())
def test_the_normal_form_has_the_same_values(frame):
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())

    assert same(normal(table).to_pylist(), table.to_pylist())
    normal(table).validate(full=True)


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
        st.lists(st.integers(-(2**31), 2**31) | st.none(), min_size=3, max_size=3),
        min_size=1,
        max_size=4,
    )
)
@slow
def test_csv_keeps_numbers_and_names(columns):
    names = {name: values for name, values in columns.items() if not set(name) & set('\r\n"')}
    frame = pl.DataFrame(names, schema=dict.fromkeys(names, pl.Int64))
    kind = find_format("csv")(read={"types": dict.fromkeys(names, "int")})
    # A row of one empty field is an empty line, which no reader takes for a row.
    if frame.width > 1:
        assert same(read(kind, written(kind, frame), "polars.DataFrame"), frame)


@pytest.mark.parametrize("shape", TABLES)
@pytest.mark.parametrize("other", [*TABLES, "numpy.ndarray"])
def test_each_table_becomes_each_other(shape, other):
    frame = pl.DataFrame({"a": [1, 2], "b": [1.5, 2.5]})

    found = convert(convert(frame, shape, "it"), other, "it")

    assert shape_of(found) == other
    if other == "numpy.ndarray":
        assert found.tolist() == [[1, 1.5], [2, 2.5]]
    else:
        assert convert(drained(found), "polars.DataFrame", "it").equals(frame)


def test_numbers_become_another_shape_without_a_copy():
    frame = pl.DataFrame({"a": np.arange(1_000_000)})

    before = pa.total_allocated_bytes()
    table = convert(frame, "pyarrow.Table", "it")
    back = convert(table, "polars.DataFrame", "it")

    assert pa.total_allocated_bytes() - before < 100_000
    assert back.equals(frame)


@pytest.mark.parametrize(
    ("value", "shape"),
    [({}, "polars.DataFrame"), (pl.DataFrame(), "pathlib.Path"), (pl.DataFrame(), "shop.Table")],
)
def test_what_is_no_table_does_not_become_one(value, shape):
    with pytest.raises(DataError, match=f"the dataset: is a .*, but asked for as {shape}"):
        convert(value, shape, "the dataset")


def test_what_has_the_shape_is_handed_on_as_it_is():
    value = {"a": 1}

    assert convert(value, "dict", "it") is value
    assert convert(value, "object", "it") is value


@pytest.mark.parametrize("shape", TABLES)
def test_parts_of_one_shape_become_one_table(shape):
    parts = [pl.DataFrame({"a": [number], "t": [str(number)]}) for number in range(3)]

    whole = concatenated([convert(part, shape, "it") for part in parts], shape, "it")

    assert shape_of(whole) == shape
    rows = convert(drained(whole), "polars.DataFrame", "it")
    assert rows.to_dict(as_series=False) == {"a": [0, 1, 2], "t": ["0", "1", "2"]}


@pytest.mark.parametrize("shape", TABLES)
def test_parts_with_other_columns_do_not_fit(shape):
    parts = [pl.DataFrame({"a": [1]}), pl.DataFrame({"b": [1], "c": [2]})]

    with pytest.raises(DataError, match="the dataset"):
        drained(concatenated([convert(part, shape, "it") for part in parts], shape, "the dataset"))


@pytest.mark.parametrize("shape", ["polars.DataFrame", "polars.LazyFrame", "pandas.DataFrame"])
def test_a_zero_character_in_a_name_is_refused(shape):
    frame = pd.DataFrame({"a\0b": [1]})
    if shape.startswith("polars"):
        frame = convert(pl.DataFrame({"a\0b": [1]}), shape, "it")

    with pytest.raises(DataError, match="holds a zero character"):
        written(find_format("parquet")(), frame)


def test_duckdb_does_not_tell_columns_apart_by_case():
    data = written(find_format("parquet")(), pl.DataFrame({"a": [1], "A": [2]}))

    with pytest.raises(DataError, match="in DuckDB: two columns are named `a`"):
        read(find_format("parquet")(), data, "duckdb.DuckDBPyRelation")


def test_no_parts_are_no_table():
    with pytest.raises(DataError, match="has no partition"):
        concatenated([], "polars.DataFrame", "the dataset")


def test_the_index_of_pandas_parts_goes_on_counting():
    parts = [pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})]

    assert concatenated(parts, "pandas.DataFrame", "it").index.tolist() == [0, 1]
