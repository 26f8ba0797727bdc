"""What a contract says of data, and how it is told."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from math import inf, nan

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.config.contracts import contract_from
from tilth.contract.finding import finding_of
from tilth.contract.quarantine import REASONS, split
from tilth.contract.report import report_of
from tilth.errors import ConfigError, ContractError

TRIPS = contract_from(
    """
columns:
  flight: {type: int, between: [1, 9999]}
  carrier: {type: text, not_null: true, levels: [AA, EV]}
  delay: {type: float, between: {low: -60, high: 1500, severity: warn}, not_null: 50%}
checks:
  - key: [flight, carrier]
  - relation: flight <> 13
""",
    "trips",
)


def table(**columns):
    return pl.DataFrame({"flight": [1, 2], "carrier": ["AA", "EV"], "delay": [0.0, None]} | columns)


def told(report):
    return [(each.check, each.column, each.severity, each.kind) for each in report.findings]


def test_data_that_keeps_it_gives_no_finding():
    report = TRIPS.check(table())

    assert report.ok
    assert report.findings == ()
    assert report.n_rows == 2
    assert report.checked() is report


def test_a_finding_says_what_where_how_often_and_shows_rows_with_their_key():
    (found,) = TRIPS.check(table(flight=[1, 10_000])).findings

    assert found.check == "between"
    assert found.place.endswith(":3")
    assert (found.count, found.share) == (1, 0.5)
    assert found.message == "`flight` is not between 1 and 9999: 1 of 2 rows"
    assert found.examples[0].text == "row 1: flight = 10000, carrier = 'EV'"


def test_a_breach_that_warns_stops_nothing():
    report = TRIPS.check(table(delay=[9999.0, 1.0]))

    assert told(report) == [("between", "delay", "warn", "rows")]
    assert report.ok
    report.checked()


def test_a_breach_that_stops_is_an_error_that_tells_all_of_it():
    report = TRIPS.check(table(flight=[13, 13], carrier=["AA", "AA"]))

    with pytest.raises(ContractError) as raised:
        report.checked()

    error = pickle.loads(pickle.dumps(raised.value))
    assert error.dataset == "trips"
    assert error.checks == ("key", "relation")
    assert "the contract of `trips` is broken by 2 checks" in str(error)
    assert "row 1: flight = 13, carrier = 'AA'" in str(error)
    assert error.hint


def test_a_column_that_is_gone_stops_and_the_rest_is_judged_all_the_same():
    report = TRIPS.check(table(delay=[9999.0, 1.0]).rename({"carrier": "carier"}))

    assert told(report) == [
        ("columns", "carrier", "stop", "schema"),
        ("columns", "carier", "stop", "schema"),
        ("between", "delay", "warn", "rows"),
    ]
    assert report.findings[0].hint == "did you mean `carier`?"


def test_a_column_of_another_type_stops_and_values_are_not_judged_by_it():
    report = TRIPS.check(table(flight=["1", "x"]))

    assert ("type", "flight", "stop", "schema") in told(report)
    assert "`flight` is text, not int" in report.text
    assert ("between", "flight", "stop", "rows") not in told(report)


def test_columns_that_are_not_named_may_be_let_in():
    wide = table().with_columns(extra=1)
    say = "{columns: {flight: int, carrier: text, delay: float}, others: %s}"

    assert not contract_from(say % "stop").check(wide).ok
    assert told(contract_from(say % "warn").check(wide)) == [("columns", "extra", "warn", "schema")]
    assert contract_from(say % "allow").check(wide).findings == ()


def test_a_column_may_be_optional():
    contract = contract_from({"columns": {"a": "int", "b": {"type": "int", "optional": True}}})

    assert contract.check(pl.DataFrame({"a": [1]})).ok
    assert not contract.check(pl.DataFrame({"a": [1], "b": ["x"]})).ok


def test_schema_skew_stops_and_value_skew_warns_whatever_is_usual():
    contract = contract_from(
        {
            "severity": "quarantine",
            "columns": {"x": {"type": "int", "distribution": "before", "between": [0, 99]}},
        }
    )
    before = {"before": pl.DataFrame({"x": range(100)})}

    skewed = contract.check(pl.DataFrame({"x": [99] * 100}), references=before)
    other = contract.check(pl.DataFrame({"x": ["a"]}), references=before)

    assert told(skewed) == [("distribution", "x", "warn", "skew")]
    assert skewed.findings[0].measured > 0.8
    assert {(severity, kind) for _, _, severity, kind in told(other)} == {("stop", "schema")}


# Odd data


def test_no_rows_break_nothing_but_a_row_count():
    assert TRIPS.check(table().clear()).ok
    counted = contract_from({"checks": [{"row_count": [1]}]})
    assert told(counted.check(table().clear())) == [("row_count", "", "stop", "table")]


def test_nothing_but_nulls_has_no_type_and_lacks_values():
    report = TRIPS.check(table(carrier=pl.Series([None, None])))

    assert told(report) == [
        ("not_null", "carrier", "stop", "rows"),
        ("key", "flight, carrier", "stop", "rows"),
    ]


def test_mixed_types_are_told():
    with pytest.raises(ContractError, match="cannot be read as a table") as raised:
        TRIPS.check([{"flight": 1, "carrier": "AA"}, {"flight": "x", "carrier": "EV"}])
    assert raised.value.hint == "give each column values of one type"

    with pytest.raises(ContractError, match="cannot be read as a table"):
        TRIPS.check(pd.DataFrame({"flight": [1, "x"], "carrier": ["AA", "EV"]}))

    objects = pl.DataFrame({"flight": pl.Series([1, "x"], dtype=pl.Object)})
    with pytest.raises(ContractError, match="Python objects"):
        TRIPS.check(objects)


def test_what_is_no_table_is_told():
    for odd in (3, "text", [1, 2], None):
        with pytest.raises(ContractError, match="cannot be read as a table"):
            TRIPS.check(odd)
    with pytest.raises(ContractError, match="no columns"):
        TRIPS.check(pl.DataFrame())


def test_nan_and_infinities_are_outside_of_ranges():
    (found,) = TRIPS.check(table(delay=[nan, inf])).findings

    assert found.count == 2
    assert [each.values["delay"] for each in found.examples] == ["nan", "inf"]


def test_a_time_zone_is_part_of_the_type():
    naive = pl.DataFrame({"at": [datetime(2026, 1, 1)]})
    zoned = naive.with_columns(pl.col("at").dt.replace_time_zone("Europe/Berlin"))

    def finds(word, frame):
        found = contract_from({"columns": {"at": word}}).check(frame).findings
        return [each.hint for each in found]

    assert finds("datetime", naive) == finds("datetime[Europe/Berlin]", zoned) == []
    assert finds("datetime[*]", zoned) == []
    assert finds("datetime", zoned) == ["with its time zone it is `datetime[Europe/Berlin]`"]
    assert len(finds("datetime[UTC]", zoned)) == len(finds("datetime[UTC]", naive)) == 1
    assert len(finds("datetime[*]", naive)) == 1


def test_a_check_that_cannot_judge_such_a_column_is_told_with_its_place():
    contract = contract_from("columns:\n  x: {pattern: a+}", "t")

    (found,) = contract.check(pl.DataFrame({"x": [1]})).findings

    assert (found.severity, found.kind) == ("stop", "schema")
    assert found.message == "`pattern` judges category, text; `x` is int (Int64)"
    assert found.place.endswith(":2")


def test_a_relation_that_compares_what_cannot_be_compared_is_told_with_its_place():
    contract = contract_from("checks:\n  - relation: a > b", "t")

    with pytest.raises(ContractError, match=r":2: check `relation` of `a, b` cannot judge it"):
        contract.check(pl.DataFrame({"a": [1], "b": ["x"]}))


def test_a_reference_that_is_not_there_or_lacks_the_column_is_told():
    contract = contract_from({"columns": {"x": {"levels": "planes.tailnum"}}}, "t")
    rows = pl.DataFrame({"x": ["a"]})

    with pytest.raises(ContractError, match="refers to dataset `planes`, which is not at hand"):
        contract.check(rows)
    with pytest.raises(ContractError, match="refers to column `tailnum` of `planes`") as raised:
        contract.check(rows, references={"planes": pl.DataFrame({"tailnumber": ["a"]})})
    assert raised.value.hint == "did you mean `tailnumber`?"
    assert contract.sources == ("planes",)


def test_mistakes_in_a_contract_are_told_all_at_once():
    with pytest.raises(ConfigError) as raised:
        contract_from("columns:\n  a: itn\n  b: {between: [2, 1]}\nchecks:\n  - key: [a, a]\n")

    assert len(raised.value.mistakes) == 3
    assert "did you mean `int`?" in raised.value.mistakes[0]


# In any form, in four places


def test_a_table_may_come_from_any_library():
    frame = table(flight=[1, 10_000], delay=[1.0, 2.0])
    expected = TRIPS.check(frame).findings

    assert TRIPS.check(frame.lazy()).findings == expected
    assert TRIPS.check(frame.to_arrow()).findings == expected
    assert TRIPS.check(frame.to_pandas()).findings == expected
    arrow = frame.to_arrow()
    batches = pa.RecordBatchReader.from_batches(arrow.schema, arrow.to_batches())
    assert TRIPS.check(batches).findings == expected
    assert TRIPS.check(frame.to_dicts()).findings == expected


def test_a_request_may_write_numbers_and_times_as_json_does():
    types = {"x": "float", "n": "int8", "day": "date", "at": "datetime[UTC]", "c": "category"}
    contract = contract_from({"columns": types})
    row = {"x": 1, "n": 7, "day": "2026-01-31", "at": "2026-01-31T10:00:00+01:00", "c": "a"}

    assert contract.check(row).ok
    for name, odd in (("x", "1"), ("n", 1000), ("day", "31.1.2026"), ("at", "2026-01-31T10:00:00")):
        (found,) = contract.check(row | {name: odd}).findings
        assert (found.check, found.column) == ("type", name)


cells = {
    "flight": st.one_of(st.none(), st.integers(-10, 20_000)),
    "carrier": st.one_of(st.none(), st.sampled_from(["AA", "EV", "XX", ""])),
    "delay": st.one_of(st.none(), st.floats()),
}
rows_of_trips = st.lists(st.fixed_dictionaries(cells), min_size=1, max_size=6)
SCHEMA = {"flight": pl.Int64, "carrier": pl.String, "delay": pl.Float64}


@settings(deadline=None, max_examples=60)
@given(rows_of_trips)
def test_rows_of_a_request_are_judged_as_a_table(rows):
    frame = pl.DataFrame(rows, schema=SCHEMA)

    assert TRIPS.check(rows).findings == TRIPS.check(frame).findings


@settings(deadline=None, max_examples=60)
@given(rows_of_trips)
def test_what_went_in_is_what_is_kept_and_what_is_rejected(rows):
    frame = pl.DataFrame(rows, schema=SCHEMA).with_row_index("place")
    contract = contract_from(
        {
            "severity": "quarantine",
            "columns": {
                "flight": {"between": [1, 9999], "not_null": True},
                "delay": {"between": [-60, 1500]},
            },
            "others": "allow",
            "checks": [{"key": ["flight", "carrier"]}, {"relation": "flight > 0 or delay > 0"}],
        }
    )

    kept, rejected = (each.collect() for each in split(contract, frame))

    assert kept.columns == frame.columns
    assert sorted([*kept["place"], *rejected["place"]]) == list(range(len(rows)))
    assert kept["place"].is_sorted()
    assert rejected["place"].is_sorted()
    assert all(rejected[REASONS].list.len() > 0)
    only_rows = contract.only(lambda each: each.name != "key")
    assert only_rows.check(kept).findings == ()
    assert only_rows.check(frame).findings == () or rejected.height > 0


def test_a_row_that_breaks_several_promises_tells_all_of_them():
    contract = contract_from(
        {"severity": "quarantine", "columns": {"x": {"between": [0, 1]}, "y": {"not_null": True}}}
    )

    kept, rejected = split(contract, pl.DataFrame({"x": [0, 5], "y": [1, None]}))

    assert kept.collect().rows() == [(0, 1)]
    assert rejected.collect()[REASONS].to_list() == [["`x` is not between 0 and 1", "`y` is null"]]


# Identity and record


def test_the_same_promises_are_the_same_contract_wherever_they_stand():
    text = "columns: {a: int, b: {between: [0, 1]}}"
    other = "\n\ncolumns:\n  b:\n    between: {low: 0, high: 1}\n  a: {type: int}\n"

    assert contract_from(text).fingerprint == contract_from(other).fingerprint
    wider = contract_from(text.replace("0, 1", "0, 2"))
    assert contract_from(text).fingerprint != wider.fingerprint


def test_a_contracts_identity_does_not_change_unseen():
    contract = contract_from({"columns": {"a": {"type": "int", "between": [0, 1]}}})

    assert contract.fingerprint == "contract:2c382c414ce003ff18f487341e0849135fc5747b"


def test_a_report_can_be_written_down_and_read_again():
    report = TRIPS.check(table(flight=[13, 10_000], delay=[nan, 0.0]))

    assert report_of(report.as_dict(), "trips") == report
    assert finding_of(report.findings[0].as_dict() | {"newer": 1}) == report.findings[0]


def test_a_report_shows_itself_as_a_page_without_letting_data_be_code():
    page = TRIPS.check(table(carrier=["<script>", "EV"]))._repr_html_()

    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_the_time_may_be_given_so_that_a_result_can_be_repeated():
    contract = contract_from({"columns": {"at": {"freshness": "2d"}}})
    rows = pl.DataFrame({"at": [datetime(2026, 1, 1)]})

    assert contract.fleeting
    assert contract.check(rows, now=datetime(2026, 1, 2, tzinfo=UTC)).ok
    assert not contract.check(rows, now=datetime(2026, 1, 9, tzinfo=UTC)).ok
