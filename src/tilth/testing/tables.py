"""The suite that every format for tables passes."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pandas
import polars
import pyarrow
import pytest

from tilth.data.format import Format
from tilth.data.shape import PANDAS, POLARS, TABLES, shape_of
from tilth.data.table import ROWS_AT_ONCE, convert
from tilth.errors import DataError
from tilth.testing.formats import FormatTests, read, written
from tilth.testing.values import drained, same


class TableFormatTests(FormatTests):
    """What a format for tables owes beside what every format owes."""

    @pytest.fixture
    def value(self) -> Any:
        """A table with nulls, an umlaut in a column's name, and a name with a space."""
        return polars.DataFrame(
            {
                "n": [1, None, 3],
                "ü": [1.5, -0.25, None],
                "a text": ["one", None, 'a "quoted", long\nvalue of more than twelve bytes'],
                "yes": [True, None, False],
            }
        )

    @pytest.fixture
    def empty(self, value: Any) -> Any:
        """The same columns without rows."""
        return value.clear()

    @pytest.fixture
    def chunks(self, value: Any) -> list[Any] | None:
        """The rows in pieces of several libraries, one of them without rows."""
        return [value.head(1), value.clear(), value.slice(1, 1).lazy(), value.tail(1)]

    @pytest.mark.parametrize("shape", TABLES)
    def test_each_shape_that_is_read_has_the_same_rows(
        self, format: Format, value: Any, shape: str
    ) -> None:
        found = read(format, written(format, value), shape)
        assert shape_of(found) == shape
        # A pandas column with nulls has no integers and no truth values: these change their
        # type in pandas itself.
        assert same(as_polars(found), as_polars(convert(value, shape, "the value")))

    @pytest.mark.parametrize("shape", TABLES)
    def test_each_shape_that_is_written_gives_the_same_rows(
        self, format: Format, value: Any, shape: str
    ) -> None:
        data = written(format, convert(value, shape, "the value"))
        expected = as_polars(convert(value, shape, "the value"))
        assert same(read(format, data, POLARS), expected) or not format.exact
        assert read(format, data, POLARS).shape == value.shape

    def test_slices_and_pieces_of_a_table_are_written_like_a_table_of_their_own(
        self, format: Format, value: Any
    ) -> None:
        own = polars.DataFrame(value.tail(2).to_dict(as_series=False), schema=value.schema)
        pieces = polars.concat([value, value], rechunk=False).slice(1, 2)
        assert written(format, value.tail(2)) == written(format, own)
        assert written(format, pieces) == written(format, pieces.rechunk())

    def test_what_lies_under_a_null_is_not_written(self, format: Format) -> None:
        plain = polars.DataFrame({"n": [1, None, 3], "t": ["a", None, "c"]})
        hidden = polars.DataFrame({"n": [1, 77, 3], "t": ["a", "secret", "c"]}).select(
            polars.when(polars.col(name) != gone).then(polars.col(name)).alias(name)
            for name, gone in (("n", 77), ("t", "secret"))
        )
        assert hidden.equals(plain)
        assert written(format, hidden) == written(format, plain)

    def test_two_columns_of_one_name_are_refused(self, format: Format) -> None:
        twice = pandas.DataFrame([[1, 2]], columns=["a", "a"])
        with pytest.raises(DataError, match="two columns are named `a`"):
            written(format, twice)
        with pytest.raises(DataError, match="two columns are named `b`"):
            written(format, pyarrow.table([[1], [2]], names=["b", "b"]))

    def test_a_column_of_mixed_objects_is_refused(self, format: Format) -> None:
        with pytest.raises(DataError, match="has no Arrow form"):
            written(format, pandas.DataFrame({"mixed": pandas.Series([1, "x"], dtype=object)}))

    def test_a_chunk_with_other_columns_is_refused(self, format: Format) -> None:
        chunks = [polars.DataFrame({"a": [1], "b": [2]}), polars.DataFrame({"a": [1], "c": [2]})]
        with pytest.raises(DataError, match="a chunk has the columns `a`, `c`"):
            format.write_chunks(BytesIO(), chunks)

    def test_a_chunk_with_other_types_is_refused(self, format: Format) -> None:
        chunks = [polars.DataFrame({"a": [1]}), polars.DataFrame({"a": [1.5]})]
        with pytest.raises(DataError, match="column `a` is double, in the first one it was int64"):
            format.write_chunks(BytesIO(), chunks)

    def test_chunks_need_to_tell_the_columns(self, format: Format) -> None:
        with pytest.raises(DataError, match="yielded nothing"):
            format.write_chunks(BytesIO(), [])

    def test_how_rows_are_cut_into_chunks_does_not_matter(self, format: Format) -> None:
        rows = polars.DataFrame({"n": range(ROWS_AT_ONCE + 10)})
        one, many = BytesIO(), BytesIO()
        format.write_chunks(one, [rows])
        format.write_chunks(many, rows.iter_slices(50_001))
        assert one.getvalue() == many.getvalue()
        assert same(read(format, one.getvalue(), POLARS), rows)

    def test_an_index_without_a_name_is_for_pandas_alone(self, format: Format) -> None:
        frame = pandas.DataFrame({"a": [1, 2]}, index=[7, 9])
        data = written(format, frame)
        for shape in set(TABLES) - {PANDAS}:
            assert as_polars(read(format, data, shape)).columns == ["a"]

    def test_an_index_with_a_name_is_a_column(self, format: Format) -> None:
        frame = pandas.DataFrame({"a": [1, 2]}, index=pandas.Index([7, 9], name="key"))
        assert read(format, written(format, frame), POLARS)["key"].to_list() == [7, 9]


def as_polars(value: Any) -> Any:
    """A table of any library as a Polars frame."""
    return convert(drained(value), POLARS, "the value")
