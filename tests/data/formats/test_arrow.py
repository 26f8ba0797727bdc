from __future__ import annotations

from io import BytesIO

import polars as pl
import pyarrow as pa
import pytest

from tilth.data.formats.arrow import Arrow
from tilth.data.source import FileSource
from tilth.errors import DataError
from tilth.testing.formats import read, written
from tilth.testing.tables import TableFormatTests


class TestArrow(TableFormatTests):
    @pytest.fixture
    def format(self):
        return Arrow()

    @pytest.fixture
    def others(self, polars_types, pandas_types):
        return [polars_types, pandas_types, polars_types.to_arrow(), pandas_types.iloc[:0]]


def test_a_file_is_mapped_rather_than_read(tmp_path):
    file = tmp_path / "table.arrow"
    file.write_bytes(written(Arrow(), pl.DataFrame({"n": range(1_000_000)})))

    before = pa.total_allocated_bytes()
    table = Arrow().read(FileSource(file), "pyarrow.Table")

    assert table.num_rows == 1_000_000
    assert pa.total_allocated_bytes() - before < 100_000


def test_a_pandas_frame_that_was_read_can_be_changed_and_the_file_stays(tmp_path):
    file = tmp_path / "table.arrow"
    data = written(Arrow(), pl.DataFrame({"n": [1, 2], "f": [1.5, 2.5], "t": ["a", "b"]}))
    file.write_bytes(data)

    frame = Arrow().read(FileSource(file), "pandas.DataFrame")
    frame.loc[0, "n"] = 7
    frame.loc[0, "f"] = 7.5
    frame.loc[0, "t"] = "z"

    assert frame.iloc[0].to_list() == [7, 7.5, "z"]
    assert file.read_bytes() == data


def test_words_that_grow_from_chunk_to_chunk_are_refused_with_a_hint():
    chunks = [
        pl.DataFrame({"w": pl.Series(words, dtype=pl.Categorical)}) for words in (["a"], ["b"])
    ]
    chunks[0] = pl.concat([chunks[0]] * (1 << 17))

    with pytest.raises(DataError, match="does not fit to the first one") as caught:
        Arrow().write_chunks(BytesIO(), chunks)
    assert "cast it to text" in caught.value.hint


def test_a_scan_with_words_is_written_all_the_same(polars_types):
    back = read(Arrow(), written(Arrow(), polars_types.lazy()), "polars.DataFrame")

    assert back.equals(polars_types)
