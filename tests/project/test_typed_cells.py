"""Cells of a sheet as values of the types that a table has."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from tilth.project.typed_cells import typed

LIKE = pl.DataFrame(
    schema={
        "n": pl.Int64,
        "x": pl.Float64,
        "yes": pl.Boolean,
        "day": pl.Date,
        "at": pl.Datetime("us"),
        "text": pl.String,
    }
)
HEADER = ["text", "at", "day", "yes", "x", "n"]
FINE = ["0012", "2026-03-01T09:30:00", "2026-03-01", "True", "1.5e3", "-7"]


def test_cells_become_values_wherever_their_column_stands():
    frame, reasons = typed(HEADER, [FINE], LIKE)

    assert frame.schema == LIKE.schema
    assert frame.row(0) == (
        -7, 1500.0, True, date(2026, 3, 1), datetime(2026, 3, 1, 9, 30), "0012",
    )  # fmt: skip
    assert reasons == [[]]


def test_empty_and_missing_cells_are_null():
    frame, reasons = typed(HEADER, [[""] * 6, ["a"]], LIKE)

    assert frame.null_count().row(0) == (2, 2, 2, 2, 2, 1)
    assert reasons == [[], []]


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("n", "1.5", "`n` is not a whole number: '1.5'"),
        ("n", "many", "`n` is not a whole number"),
        ("x", "1,5", "`x` is not a number"),
        ("x", "nan", "`x` is not a number"),
        ("x", "inf", "`x` is not a number"),
        ("yes", "maybe", "`yes` is not true or false"),
        ("day", "01.03.2026", "`day` is not a date, as 2026-03-01"),
        ("day", "2026-02-30", "`day` is not a date"),
        ("at", "yesterday", "`at` is not a time"),
    ],
)
def test_a_cell_that_does_not_fit_says_why(column, cell, said):
    cells = [cell if name == column else fine for name, fine in zip(HEADER, FINE, strict=True)]
    frame, ((reason,),) = typed(HEADER, [cells], LIKE)

    assert said in reason
    assert frame[column][0] is None


def test_more_cells_than_columns_are_told():
    _, ((reason,),) = typed(HEADER, [[*FINE, "more"]], LIKE)

    assert reason == "it has 7 cells: the sheet has 6 columns"
