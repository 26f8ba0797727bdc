from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tilth.quality.difference import (
    Cell,
    ColumnDifference,
    Retyped,
    SchemaDifference,
    TableDifference,
    Transition,
    table_difference,
)

NAN = float("nan")

TRIPS = pl.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "town": ["Ulm", "Bonn", "Kiel", None],
        "fare": [3.5, NAN, 7.0, None],
        "tip": ["none", "some", "some", "none"],
    }
)


# What is found


def test_a_table_does_not_differ_from_itself():
    found = table_difference(TRIPS, TRIPS)

    assert found.is_empty
    assert (found.n_same, found.columns, found.transitions) == (4, (), ())
    assert found.key == ("id",)
    assert found.inferred


def test_rows_are_added_removed_and_changed_by_their_key():
    new = pl.DataFrame(
        {
            "id": [5, 4, 2, 1],
            "town": ["Trier", None, "Bonn", "Ulm"],
            "fare": [1.0, 2.0, NAN, 3.5],
            "tip": ["none", "none", "none", "none"],
        }
    )

    found = table_difference(TRIPS, new, key=["id"], label="tip")

    assert (found.n_added, found.n_removed, found.n_changed, found.n_same) == (1, 1, 2, 1)
    assert found.added.rows() == [(5, "Trier", 1.0, "none")]
    assert found.removed.rows() == [(3, "Kiel", 7.0, "some")]
    assert found.columns == (
        ColumnDifference(column="fare", n=1, examples=(Cell(key={"id": 4}, old=None, new=2.0),)),
        ColumnDifference(
            column="tip", n=1, examples=(Cell(key={"id": 2}, old="some", new="none"),)
        ),
    )
    assert found.transitions == (Transition(old="some", new="none", n=1),)
    assert found.changed.rows() == [
        (2, None, {"old": "some", "new": "none"}),
        (4, {"old": None, "new": 2.0}, None),
    ]


def test_the_order_of_rows_is_no_difference_and_that_of_columns_one_of_the_schema():
    new = TRIPS.reverse().select("town", "id", "fare", "tip")

    found = table_difference(TRIPS, new)

    assert found.schema == SchemaDifference(reordered=True)
    assert (found.n_added, found.n_removed, found.n_changed) == (0, 0, 0)
    assert not found.is_empty


def test_columns_are_added_removed_and_get_other_types():
    new = TRIPS.drop("town").with_columns(pl.col("id").cast(pl.Float64), seats=pl.lit(4))

    found = table_difference(TRIPS, new, key=["id"])

    assert found.schema == SchemaDifference(
        added=("seats",),
        removed=("town",),
        retyped=(Retyped(column="id", old="Int64", new="Float64"),),
    )
    assert (found.n_added, found.n_removed, found.n_changed) == (0, 0, 0)


@pytest.mark.parametrize("key", [["id"], []])
def test_a_renamed_column_is_known_by_what_it_holds(key):
    new = TRIPS.rename({"town": "city"})
    if not key:
        old, new = TRIPS.drop("id"), new.drop("id")
        old = pl.concat([old, old])  # no key can be found
        new = pl.concat([new, new])
    else:
        old = TRIPS

    found = table_difference(old, new, key=key)

    assert found.schema == SchemaDifference(renamed=(("town", "city"),))
    assert (found.n_added, found.n_removed, found.n_changed) == (0, 0, 0)


def test_cells_of_a_renamed_column_are_compared():
    old = pl.DataFrame({"id": range(20), "a": range(20)})
    new = old.rename({"a": "b"}).with_columns(
        b=pl.when(pl.col("id") == 7).then(0).otherwise(pl.col("b"))
    )

    found = table_difference(old, new, key=["id"])

    assert found.schema.renamed == (("a", "b"),)
    assert found.columns == (
        ColumnDifference(column="b", n=1, examples=(Cell(key={"id": 7}, old=7, new=0),)),
    )


def test_a_column_of_one_value_is_not_taken_for_another_such():
    old = pl.DataFrame({"id": [1, 2, 3], "a": [0, 0, 0]})
    new = pl.DataFrame({"id": [1, 2, 3], "b": [0, 0, 0]})

    assert table_difference(old, new).schema == SchemaDifference(added=("b",), removed=("a",))


def test_without_a_key_rows_are_compared_as_a_whole_and_counted():
    old = pl.DataFrame({"x": [1.0, 1.0, 1.0, 2.0]})
    new = pl.DataFrame({"x": [1.0, 3.0, 2.0, 2.0]})

    found = table_difference(old, new)

    assert found.key == ()
    assert found.removed.rows() == [(1.0,), (1.0,)]
    assert found.added.rows() == [(2.0,), (3.0,)]
    assert (found.n_removed, found.n_added, found.n_changed, found.n_same) == (2, 2, 0, 2)


def test_rows_that_share_a_key_are_compared_as_a_whole():
    old = pl.DataFrame({"id": [1, 1, 2, 3], "x": [10, 11, 20, 30]})
    new = pl.DataFrame({"id": [1, 1, 2, 3, 3], "x": [10, 12, 21, 30, 31]})

    found = table_difference(old, new, key=["id"])

    assert found.n_repeated == 2 + 2 + 1 + 2
    assert found.removed.rows() == [(1, 11)]
    assert found.added.rows() == [(1, 12), (3, 31)]
    assert found.changed.rows() == [(2, {"old": 20, "new": 21})]


def test_the_key_may_be_several_columns():
    old = pl.DataFrame({"day": [1, 1, 2], "hour": [1, 2, 1], "x": [1.0, 2.0, 3.0]})
    new = old.with_columns(x=pl.Series([1.0, 2.0, 4.0]))

    found = table_difference(old, new)

    assert found.key == ("day", "hour")
    assert found.columns[0].examples == (Cell(key={"day": 2, "hour": 1}, old=3.0, new=4.0),)


def test_a_key_with_a_likely_name_is_preferred():
    old = pl.DataFrame({"price": [3, 1, 2], "order_id": [7, 8, 9]})

    assert table_difference(old, old).key == ("order_id",)


def test_numbers_given_anew_are_no_key():
    old = pl.DataFrame({"id": [1, 2, 3], "word": ["a", "b", "c"]})
    new = pl.DataFrame({"id": [4, 5, 6], "word": ["a", "b", "c"]})

    assert table_difference(old, new).key == ("word",)


def test_without_any_other_key_all_that_is_beside_the_label_is_one():
    old = pl.DataFrame({"x": [0.1, 0.1, 0.3], "y": [0.1, 0.2, 0.3], "label": ["a", "a", "b"]})
    new = old.with_columns(label=pl.Series(["a", "b", "b"]))

    found = table_difference(old, new, label="label")

    assert found.key == ("x", "y")
    assert found.transitions == (Transition(old="a", new="b", n=1),)
    assert table_difference(old, new).key == ()


# When cells are equal


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (pl.Series([None], dtype=pl.Int64), pl.Series([None], dtype=pl.Float64), True),
        (pl.Series([None], dtype=pl.Null), pl.Series([1]), False),
        (pl.Series([NAN]), pl.Series([NAN]), True),
        (pl.Series([NAN]), pl.Series([None], dtype=pl.Float64), False),
        (pl.Series([0.0]), pl.Series([-0.0]), True),
        (pl.Series([math.inf]), pl.Series([-math.inf]), False),
        (pl.Series([1]), pl.Series([1.0]), True),
        (pl.Series([1], dtype=pl.Int8), pl.Series([2**63], dtype=pl.UInt64), False),
        (pl.Series([0.1]), pl.Series([0.1], dtype=pl.Float32), True),
        (pl.Series([True]), pl.Series([1]), True),
        (pl.Series([Decimal("1.50")]), pl.Series([Decimal("1.5")]), True),
        (pl.Series([Decimal("1.5")]), pl.Series([1.5]), True),
        (pl.Series([5]), pl.Series(["5"]), True),
        (pl.Series(["a"]), pl.Series(["a"], dtype=pl.Categorical), True),
        (pl.Series(["a"], dtype=pl.Enum(["a"])), pl.Series(["a"], dtype=pl.Enum(["b", "a"])), True),
        (pl.Series([[1, 2]]), pl.Series([[1, 2]]), True),
        (pl.Series([[1, 2]]), pl.Series([[1, 3]]), False),
        (pl.Series([{"a": 1}]), pl.Series([{"a": 2}]), False),
        (pl.Series([b"a"]), pl.Series([b"a"]), True),
        (pl.Series([timedelta(1)], dtype=pl.Duration("ms")), pl.Series([timedelta(1)]), True),
        (pl.Series([date(2026, 1, 1)]), pl.Series([datetime(2026, 1, 1)]), True),
        (pl.Series([date(2026, 1, 1)]), pl.Series(["2026-01-01"]), True),
    ],
)
def test_cells_are_compared_for_what_they_mean(old, new, same):
    one = pl.DataFrame({"id": [1], "x": old})
    other = pl.DataFrame({"id": [1], "x": new})

    assert (table_difference(one, other, key=["id"]).n_changed == 0) is same


NOON = pl.Series([datetime(2026, 7, 1, 12)])


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        # The same moment in two places; the same hands of the clock in two places.
        (datetime(2026, 7, 1, 12, tzinfo=UTC), ("Europe/Berlin", 14), True),
        (datetime(2026, 7, 1, 12, tzinfo=UTC), ("Europe/Berlin", 12), False),
        # Without a zone there is only what the clock on the wall says.
        (datetime(2026, 7, 1, 12), ("Europe/Berlin", 12), True),
        (datetime(2026, 7, 1, 12), ("Europe/Berlin", 14), False),
    ],
)
def test_times_are_compared_across_zones(old, new, same):
    zone, hour = new
    there = pl.Series([datetime(2026, 7, 1, hour)]).dt.replace_time_zone(zone)

    found = table_difference(
        pl.DataFrame({"id": [1], "at": [old]}), pl.DataFrame({"id": [1], "at": there}), key=["id"]
    )

    assert (found.n_changed == 0) is same
    assert [each.column for each in found.schema.retyped] == ["at"]


def test_types_that_have_nothing_in_common_are_named_and_not_compared():
    old = pl.DataFrame({"id": [1], "x": [[1, 2]]})
    new = pl.DataFrame({"id": [1], "x": ["1, 2"]})

    found = table_difference(old, new, key=["id"])

    assert found.uncompared == ("x",)
    assert [each.column for each in found.schema.retyped] == ["x"]


def test_python_objects_are_compared_by_how_they_print():
    old = pl.DataFrame({"id": [1, 2], "x": pl.Series([{1}, {2}], dtype=pl.Object)})
    new = pl.DataFrame({"id": [1, 2], "x": pl.Series([{1}, {3}], dtype=pl.Object)})

    found = table_difference(old, new, key=["id"])

    assert found.columns[0].examples == (Cell(key={"id": 2}, old="{2}", new="{3}"),)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (1.0, 1.0009, True),
        (1.0, 1.002, False),
        (1e6, 1e6 + 900, True),  # of a large number, this share
        (0.0, 0.0009, True),  # of a small one, this much
        (NAN, NAN, True),
        (NAN, 1.0, False),
        (math.inf, math.inf, True),
        (math.inf, 1.0, False),
        (None, 0.0, False),
    ],
)
def test_floats_may_be_told_to_be_near_enough(old, new, same):
    one, other = (
        pl.DataFrame({"id": [1], "x": [x]}, {"id": pl.Int64, "x": pl.Float64}) for x in (old, new)
    )

    assert (table_difference(one, other, key=["id"], tolerance=1e-3).n_changed == 0) is same


# Odd tables


EMPTY = TRIPS.clear()


def test_empty_tables_do_not_differ():
    assert table_difference(EMPTY, EMPTY).is_empty
    assert table_difference(EMPTY, EMPTY, key=["id"], label="tip").is_empty
    assert table_difference(pl.DataFrame(), pl.DataFrame()).is_empty


@pytest.mark.parametrize("key", [["id"], []])
def test_all_rows_of_a_table_that_was_empty_are_added(key):
    assert table_difference(EMPTY, TRIPS, key=key).n_added == 4
    assert table_difference(TRIPS, EMPTY, key=key).n_removed == 4


def test_tables_with_no_column_in_common_share_no_row():
    found = table_difference(pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"b": [3, 4, 5]}))

    assert (found.n_removed, found.n_added, found.n_same) == (2, 3, 0)
    assert found.schema == SchemaDifference(added=("b",), removed=("a",))


def test_tables_that_share_no_key_share_no_row():
    found = table_difference(TRIPS, TRIPS.with_columns(pl.col("id") + 10), key=["id"])

    assert (found.n_removed, found.n_added) == (4, 4)


def test_a_key_may_be_missing_in_one_row_of_each():
    old = pl.DataFrame({"id": [1, None], "x": [1, 2]})
    new = pl.DataFrame({"id": [None, 1], "x": [3, 1]})

    found = table_difference(old, new, key=["id"])

    assert found.changed.rows() == [(None, {"old": 2, "new": 3})]


def test_a_key_that_is_all_of_a_table_changes_no_cell():
    found = table_difference(pl.DataFrame({"id": [1, 2]}), pl.DataFrame({"id": [2, 3]}), key=["id"])

    assert (found.n_removed, found.n_added, found.n_changed) == (1, 1, 0)


def test_names_of_columns_may_be_anything():
    old = pl.DataFrame({"old": [1, 2], "new": [1, 2], "": ["a", "b"], "n": [0, 0]})
    new = old.with_columns(pl.Series("", ["a", "c"]))

    assert table_difference(old, new, key=["old"]).columns[0].column == ""


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"key": ["idd"]}, "the old table has no column `idd`; did you mean `id`?"),
        ({"key": ["seat"]}, "the old table has no column `seat`"),
        ({"label": "tipp"}, "the old table has no column `tipp`; did you mean `tip`?"),
        ({"tolerance": -1.0}, "a tolerance must be 0 or more, not -1.0"),
    ],
)
def test_what_cannot_be_asked_is_told(options, told):
    with pytest.raises(ValueError, match="^" + told.replace("?", r"\?") + "$"):
        table_difference(TRIPS, TRIPS, **options)


def test_a_key_without_a_common_type_is_told():
    old, new = pl.DataFrame({"id": [[1]]}), pl.DataFrame({"id": ["1"]})

    with pytest.raises(ValueError, match="column `id` of the key has no type that both"):
        table_difference(old, new, key=["id"])
    with pytest.raises(ValueError, match=r"column `id` holds List\(Int64\), which can be no key"):
        table_difference(old, old, key=["id"])


def test_scanned_tables_are_compared_as_those_in_memory(tmp_path):
    new = TRIPS.with_columns(fare=pl.lit(0.0))
    for name, frame in (("old", TRIPS), ("new", new)):
        frame.write_parquet(tmp_path / f"{name}.parquet")

    found = table_difference(
        *(pl.scan_parquet(tmp_path / f"{name}.parquet") for name in ("old", "new"))
    )

    assert repr(found) == repr(table_difference(TRIPS, new))  # a NaN equals no other
    assert found.n_changed == 4


# Laws


VALUES = {
    "i": st.none() | st.integers(-3, 3),
    "f": st.none() | st.sampled_from([NAN, 0.0, 1.5, math.inf]),
    "t": st.none() | st.sampled_from(["", "a", "ä"]),
}
KINDS = {"id": pl.Int64, "i": pl.Int64, "f": pl.Float64, "t": pl.String}
ROW = st.fixed_dictionaries(VALUES)


def table_of(rows):
    return pl.DataFrame([{"id": key, **row} for key, row in rows.items()], KINDS)


def same(one, other):
    return one == other or (one != one and other != other)


@st.composite
def edited(draw):
    """Rows by their key, before and after edits that are known."""
    old = draw(st.dictionaries(st.integers(0, 30), ROW, max_size=12))
    removed = set(draw(st.lists(st.sampled_from(sorted(old)), max_size=4))) if old else set()
    new = {key: dict(row) for key, row in old.items() if key not in removed}
    for key in draw(st.lists(st.sampled_from(sorted(new)), max_size=5)) if new else []:
        name = draw(st.sampled_from(sorted(VALUES)))
        new[key][name] = draw(VALUES[name])
    for key, row in draw(st.dictionaries(st.integers(31, 60), ROW, max_size=4)).items():
        new[key] = row
    keys = draw(st.permutations(sorted(new)))
    return old, {key: new[key] for key in keys}


@given(edited())
def test_planted_edits_are_found_and_nothing_else(tables):
    old, new = tables

    found = table_difference(table_of(old), table_of(new), key=["id"], n_examples=100)

    assert sorted(found.added["id"]) == sorted(new.keys() - old.keys())
    assert sorted(found.removed["id"]) == sorted(old.keys() - new.keys())
    planted = {
        (key, name)
        for key in old.keys() & new.keys()
        for name in VALUES
        if not same(old[key][name], new[key][name])
    }
    cells = [(each.column, cell) for each in found.columns for cell in each.examples]
    assert {(cell.key["id"], column) for column, cell in cells} == planted
    assert sum(each.n for each in found.columns) == len(planted)
    assert found.n_changed == len({key for key, _ in planted})
    for column, cell in cells:
        key = cell.key["id"]
        assert same(cell.old, old[key][column])
        assert same(cell.new, new[key][column])


def mirrored(found):
    """What the difference must be the other way round, as plain numbers."""
    return (
        found.key,
        (found.n_new, found.n_old, found.n_removed, found.n_added, found.n_changed),
        found.n_repeated,
        {(each.column, each.n) for each in found.columns},
        {(str(each.new), str(each.old), each.n) for each in found.transitions},
        {(b, a) for a, b in found.schema.renamed},
        (set(found.schema.removed), set(found.schema.added)),
        {(each.column, each.new, each.old) for each in found.schema.retyped},
    )


def told(found):
    return (
        found.key,
        (found.n_old, found.n_new, found.n_added, found.n_removed, found.n_changed),
        found.n_repeated,
        {(each.column, each.n) for each in found.columns},
        {(str(each.old), str(each.new), each.n) for each in found.transitions},
        set(found.schema.renamed),
        (set(found.schema.added), set(found.schema.removed)),
        {(each.column, each.old, each.new) for each in found.schema.retyped},
    )


TABLES = st.lists(
    st.fixed_dictionaries({"id": st.none() | st.integers(0, 6), **VALUES}), max_size=10
).map(lambda rows: pl.DataFrame(rows, KINDS))


@given(TABLES, TABLES, st.sampled_from([(), ("id",), ("id", "t")]))
def test_a_difference_read_backwards_is_that_of_the_tables_swapped(old, new, key):
    forwards = table_difference(old, new, key=key, label="t" if key == ("id",) else "")
    backwards = table_difference(new, old, key=key, label="t" if key == ("id",) else "")

    assert mirrored(forwards) == told(backwards)
    assert_frame_equal(forwards.added, backwards.removed)
    assert_frame_equal(forwards.removed, backwards.added)


@given(TABLES, st.sampled_from([(), ("id",), ("t", "i")]), st.randoms(use_true_random=False))
def test_no_table_differs_from_itself_in_another_order(table, key, random):
    order = list(range(table.height))
    random.shuffle(order)

    found = table_difference(table, table[order], key=key)

    assert found.is_empty
    assert found.n_same == table.height


@given(TABLES, TABLES, st.sampled_from([(), ("id",)]))
def test_removing_and_adding_what_was_told_leads_from_the_old_to_the_new(old, new, key):
    found: TableDifference = table_difference(old, new, key=key)

    assert found.n_old - found.n_removed + found.n_added == found.n_new
    assert found.added.height == found.n_added
    assert found.removed.height == found.n_removed
    assert found.n_same >= 0
