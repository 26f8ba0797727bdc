from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date

import polars as pl
import pytest

from tilth.data.formats.csv import Csv
from tilth.data.shape import TABLES
from tilth.errors import DataError, DefinitionError
from tilth.testing.formats import read, written
from tilth.testing.tables import TableFormatTests, as_polars


class TestCsv(TableFormatTests):
    knows_its_end = False
    knows_its_kind = False

    @pytest.fixture
    def format(self):
        return Csv()


def zipped(**files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize("shape", TABLES)
@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped(data=data), lambda data: data])
def test_it_is_read_inside_gzip_and_zip_whatever_the_name(pack, shape):
    found = read(Csv(), pack(b"a,b\n1,x\n2,\n"), shape)

    assert as_polars(found)["b"].to_list() == ["x", None]


@pytest.mark.parametrize("files", [{}, {"a.csv": "a\n1\n", "b.csv": "a\n2\n"}])
def test_a_zip_must_hold_exactly_one_file(files):
    with pytest.raises(DataError, match=f"exactly one file, this one holds {len(files)}"):
        read(Csv(), zipped(**files))


def test_a_damaged_archive_is_refused():
    for packed in (gzip.compress(b"a,b\n1,2\n" * 1000), zipped(data=b"a,b\n1,2\n" * 1000)):
        for damaged in (packed[: len(packed) // 2], packed[:20] + b"\0" * 9 + packed[29:]):
            with pytest.raises(DataError, match="damaged or encrypted archive"):
                read(Csv(), damaged)


@pytest.mark.parametrize("compression", ["gzip", "zip"])
def test_it_is_written_packed_without_the_time_of_day(compression):
    packing, table = Csv(write={"compression": compression}), pl.DataFrame({"a": [1, 2]})
    data = written(packing, table)

    assert data != written(Csv(), table)
    assert data == written(packing, table)
    assert read(Csv(), data).equals(table)


def test_pandas_sees_the_nulls_that_polars_sees():
    data = b"n,t\n1,a\nNA,NA\n3,\n4,nan\n"
    csv = Csv(read={"null_values": "NA"})

    assert read(csv, data, "polars.DataFrame").null_count().row(0) == (1, 2)
    assert read(csv, data, "pandas.DataFrame").isna().sum().to_list() == [1, 2]


def test_options_say_what_the_file_is_like():
    data = "# made by hand\nTag;Wert\n2013-01-01;1,5\n-;'a;b'\n".encode("utf-16")
    csv = Csv(
        read={
            "separator": ";",
            "quote": "'",
            "comment": "#",
            "null_values": ["-"],
            "parse_dates": True,
            "encoding": "utf-16",
        }
    )

    assert read(csv, data).to_dict(as_series=False) == {
        "Tag": [date(2013, 1, 1), None],
        "Wert": ["1,5", "a;b"],
    }


def test_types_columns_and_rows_can_be_said():
    csv = Csv(read={"types": {"flight": "str", "year": "int16"}, "columns": ["flight"], "rows": 1})

    assert read(csv, b"year,flight\n2013,007\n2013,008\n").to_dict(as_series=False) == {
        "flight": ["007"]
    }


def test_a_file_without_a_header_gets_names():
    csv = Csv(read={"has_header": False, "names": ["a", "b"]})

    assert read(csv, b"1,2\n3,4\n").to_dict(as_series=False) == {"a": [1, 3], "b": [2, 4]}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"separator": ";;"}, "`separator` must be one ASCII character, not ';;'"),
        ({"types": {"a": "integer"}}, "column `a` the type `integer`, which there is not"),
        ({"infer_rows": 0}, "`infer_rows` must be a whole number from 1 on, not 0"),
        ({"has_header": 1}, "`has_header` must be true or false, not 1"),
        ({"names": ["a"]}, "`names` goes with `has_header: false`"),
        ({"encoding": "utf-9"}, "`encoding` must be an encoding"),
        ({"columns": [1]}, "`columns` must be text or a list of texts"),
    ],
)
def test_wrong_options_are_refused_when_the_format_is_made(options, told):
    with pytest.raises(DefinitionError, match=told):
        Csv(read=options)


def test_a_typo_in_an_option_is_told_with_the_nearest():
    with pytest.raises(DefinitionError, match="no option `seperator`") as caught:
        Csv(read={"seperator": ";"})
    assert caught.value.hint == "did you mean `separator`?"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n3,4,5\n", "expected CSV"),
        (b"a\n\xff\xfe\n", "expected CSV"),
        (b"a\n1\nx\n", "expected CSV"),
    ],
)
def test_what_is_no_csv_is_refused(data, told):
    csv = Csv(read={"infer_rows": 1})
    with pytest.raises(DataError, match=told):
        read(csv, data)


def test_a_column_that_is_not_there_is_told_with_the_nearest():
    with pytest.raises(DataError, match="no column `yaer`") as caught:
        read(Csv(read={"columns": ["yaer"]}), b"year\n1\n")
    assert caught.value.hint == "did you mean `year`?"


def test_nested_columns_have_no_csv():
    with pytest.raises(DataError, match="cannot write this table"):
        written(Csv(), pl.DataFrame({"a": [[1, 2]]}))


def test_it_is_written_as_the_options_say():
    csv = Csv(write={"separator": "\t", "header": False, "null_value": "NA", "float_precision": 2})

    assert written(csv, pl.DataFrame({"a": [1.0, None], "b": ["x", "y"]})) == b"1.00\tx\nNA\ty\n"
