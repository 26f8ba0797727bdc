from __future__ import annotations

import polars as pl
import pytest

from tilth.data.formats.parquet import Parquet
from tilth.data.shape import TABLES
from tilth.data.source import FileSource
from tilth.errors import DataError, DefinitionError
from tilth.testing.formats import read, written
from tilth.testing.tables import TableFormatTests, as_polars


class TestParquet(TableFormatTests):
    @pytest.fixture
    def format(self):
        return Parquet()

    @pytest.fixture
    def others(self, polars_types, pandas_types):
        return [polars_types, pandas_types, polars_types.to_arrow(), pandas_types.iloc[:0]]


@pytest.mark.parametrize("shape", TABLES)
def test_only_the_columns_that_are_asked_for_are_read(shape):
    data = written(Parquet(), pl.DataFrame({"a": [1], "b": [2], "c": [3]}))

    found = read(Parquet(read={"columns": ["c", "a"]}), data, shape)

    assert as_polars(found).to_dict(as_series=False) == {"c": [3], "a": [1]}


def test_a_column_that_is_not_there_is_told_with_the_nearest():
    data = written(Parquet(), pl.DataFrame({"carrier": [1]}))

    with pytest.raises(DataError, match="no column `carier`") as caught:
        read(Parquet(read={"columns": "carier"}), data)
    assert caught.value.hint == "did you mean `carrier`?"


@pytest.mark.parametrize("compression", ["zstd", "snappy", "gzip", "none"])
def test_it_is_compressed_as_the_catalog_says(compression):
    packing = Parquet(write={"compression": compression, "row_group": 2})
    table = pl.DataFrame({"a": [1, 2, 3]})

    assert read(Parquet(), written(packing, table)).equals(table)


def test_an_unknown_compression_is_refused_when_the_format_is_made():
    with pytest.raises(DefinitionError, match="`compression` must be one of `zstd`"):
        Parquet(write={"compression": "zip"})


def test_a_scan_reads_nothing_before_it_is_collected(tmp_path):
    file = tmp_path / "flights of *.parquet"
    file.write_bytes(written(Parquet(), pl.DataFrame({"a": [1, 2, 3]})))

    scan = Parquet().read(FileSource(file), "polars.LazyFrame")

    assert "Parquet SCAN" in scan.explain()
    assert scan.select(pl.col("a").sum()).collect().item() == 6
