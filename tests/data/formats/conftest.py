from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest


@pytest.fixture
def polars_types():
    """A Polars frame with a column of each type that Arrow knows."""
    hour = datetime(2013, 3, 10, 2, 30)
    return pl.DataFrame(
        {
            "i8": pl.Series([1, None, -3], dtype=pl.Int8),
            "u64": pl.Series([2**64 - 1, None, 0], dtype=pl.UInt64),
            "f32": pl.Series([1.5, None, float("nan")], dtype=pl.Float32),
            "words": pl.Series(["x", "y", None], dtype=pl.Categorical),
            "levels": pl.Series(["x", "y", None], dtype=pl.Enum(["y", "x"])),
            "day": [date(2013, 1, 1), None, date(1, 1, 1)],
            "clock": [time(23, 59, 59, 999999), None, time(0)],
            "span": [timedelta(days=-1), None, timedelta(microseconds=1)],
            "hour": pl.Series([hour, None, hour], dtype=pl.Datetime("ns")),
            "zone": pl.Series([hour, None, hour], dtype=pl.Datetime("ms", "America/New_York")),
            "money": [Decimal("1.20"), None, Decimal("-0.01")],
            "bytes": [b"\x00", None, b""],
            "yes": [True, None, False],
            "null": [None, None, None],
            "list": [[1, None], None, []],
            "struct": [{"a": 1, "b": "x"}, {"a": None, "b": None}, None],
            "array": pl.Series([[1, 2], None, [3, 4]], dtype=pl.Array(pl.Int16, 2)),
            "ein Name mit ü": ["a", None, "more than twelve bytes, so not inline"],
        }
    )


@pytest.fixture
def pandas_types():
    """A pandas frame with its own kinds of columns, and an index."""
    hours = pd.date_range("2013-03-10", periods=3, freq="h", tz="America/New_York")
    return pd.DataFrame(
        {
            "i": np.array([1, 2, 3], dtype="int16"),
            "f": [1.5, np.nan, -0.0],
            "yes": [True, False, True],
            "text": ["a", None, "ü"],
            "day": pd.to_datetime(["2013-01-01", None, "2262-01-01"]),
            "zone": hours,
            "span": pd.to_timedelta([1, None, 3], unit="s"),
            "nullable": pd.array([1, None, 3], dtype="Int64"),
            "perhaps": pd.array([True, None, False], dtype="boolean"),
            "ordered": pd.Categorical(["x", None, "y"], ["z", "y", "x"], ordered=True),
        },
        index=[5, 6, 9],
    )
