from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from tilth.config.contracts import contract_from
from tilth.contract.edges import edges_of, with_edges
from tilth.contract.part import for_part, holds_for_parts


def planted(settings, table, **options):
    """Column -> the odd values that were put in."""
    contract = contract_from(settings)
    made, edges = with_edges(table, contract, random=np.random.default_rng(0), **options)
    found: dict[str, list] = {}
    for each in edges:
        stands = made[each.column][each.row]
        bare = stands.replace(tzinfo=None) if isinstance(stands, datetime) else stands
        assert bare == each.value
        found.setdefault(each.column, []).append(stands)
    assert contract.check(made).ok
    return found


NUMBERS = pl.DataFrame({"n": list(range(10, 40)), "x": [0.5] * 30})


def test_the_ends_of_a_range_are_put_in():
    settings = {"columns": {"n": {"not_null": True, "between": [0, 100]}}, "others": "allow"}

    assert planted(settings, NUMBERS) == {"n": [0, 100]}


def test_what_the_table_has_already_is_not_put_in():
    settings = {"columns": {"n": {"not_null": True, "between": [10, 39]}}, "others": "allow"}

    assert planted(settings, NUMBERS) == {}


def test_a_missing_value_is_put_in_where_it_is_allowed():
    settings = {"columns": {"n": {"type": "int"}, "x": {"not_null": True}}}

    assert planted(settings, NUMBERS) == {"n": [None]}


def test_a_share_of_missing_values_that_leaves_no_room_allows_none():
    settings = {"columns": {"n": {"not_null": "1%"}, "x": {"not_null": "10%"}}}

    contract = contract_from(settings)
    assert {each.column for each in edges_of(contract, NUMBERS)} == {"n", "x"}
    made, edges = with_edges(NUMBERS, contract, random=np.random.default_rng(0))
    assert {each.column for each in edges} == {"x"}
    assert contract.check(made).ok


def test_each_allowed_level_is_put_in():
    table = pl.DataFrame({"colour": ["red"] * 20})
    settings = {"columns": {"colour": {"not_null": True, "levels": ["red", "green", "blue"]}}}

    assert planted(settings, table) == {"colour": ["green", "blue"]}


def test_texts_of_the_allowed_lengths_are_put_in():
    table = pl.DataFrame({"name": ["abc"] * 20, "note": ["x"] * 20})
    settings = {
        "columns": {
            "name": {"not_null": True, "length": [2, 5]},
            "note": {"not_null": True, "type": "text"},
        }
    }

    assert planted(settings, table) == {"name": ["xx", "xxxxx"], "note": [""]}


def test_dates_and_times_are_put_in_as_the_column_has_them():
    table = pl.DataFrame(
        {
            "day": [date(2024, 5, 5)] * 20,
            "at": pl.Series(
                [datetime(2024, 5, 5, tzinfo=UTC)] * 20, dtype=pl.Datetime("ms", "UTC")
            ),
        }
    )
    settings = {
        "columns": {
            "day": {"not_null": True, "between": ["2024-01-01", "2024-12-31"]},
            "at": {"not_null": True, "between": {"low": "2024-01-01"}},
        }
    }

    assert planted(settings, table) == {
        "day": [date(2024, 1, 1), date(2024, 12, 31)],
        "at": [datetime(2024, 1, 1, tzinfo=UTC)],
    }


def test_a_value_that_would_break_another_promise_stays_out():
    table = pl.DataFrame({"low": [5] * 20, "high": [6] * 20})
    settings = {
        "columns": {"low": {"not_null": True, "between": [0, 9]}, "high": {"not_null": True}},
        "checks": [{"relation": "low < high"}],
    }

    assert planted(settings, table) == {}


def test_values_of_another_table_are_not_made_up():
    table = pl.DataFrame({"carrier": ["AA", "UA"] * 10})
    contract = contract_from(
        {"columns": {"carrier": {"not_null": True, "references": "lines.carrier"}}}
    )

    assert edges_of(contract, table) == []


def test_columns_that_others_refer_to_are_left_alone():
    settings = {"columns": {"n": {"between": [0, 100]}}, "others": "allow"}

    assert planted(settings, NUMBERS, untouched={"n"}) == {}


def test_a_promise_that_contradicts_itself_allows_nothing():
    table = pl.DataFrame({"n": [5] * 10})
    settings = {"columns": {"n": {"not_null": True, "between": [0, 9], "levels": [5]}}}

    assert planted(settings, table) == {}


def test_more_odd_values_than_rows_are_not_put_in():
    table = pl.DataFrame({"n": [5]})
    settings = {"columns": {"n": {"type": "int", "between": [0, 9]}}}

    assert planted(settings, table) == {"n": [0]}


@pytest.mark.parametrize(
    ("settings", "holds"),
    [
        ({"columns": {"n": {"type": "int"}}}, True),
        ({"columns": {"n": {"between": [0, 9]}}}, True),
        ({"columns": {"n": {"not_null": True}}}, True),
        ({"columns": {"n": {"unique": True}}}, True),
        ({"checks": [{"key": ["n"]}]}, True),
        ({"columns": {"n": {"not_null": "2%"}}}, False),
        ({"columns": {"n": {"between": {"low": 0, "at_most": "1%"}}}}, False),
        ({"checks": [{"row_count": [10, None]}]}, False),
        ({"columns": {"n": {"freshness": "2d"}}}, False),
    ],
)
def test_what_each_row_keeps_holds_for_parts_and_amounts_do_not(settings, holds):
    (promise,) = contract_from(settings).promises

    assert holds_for_parts(promise) is holds


def test_amounts_only_warn_of_a_part():
    contract = contract_from(
        {"columns": {"n": {"between": [0, 9]}}, "checks": [{"row_count": [1000, None]}]}
    )

    report = for_part(contract).check(pl.DataFrame({"n": [1, 20]}))

    assert {each.check: each.severity for each in report.findings} == {
        "between": "stop",
        "row_count": "warn",
    }
