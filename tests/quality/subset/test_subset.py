from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.quality.subset import Link, find_links, subset
from tilth.quality.subset.spread import LEAST, extremes, spread

DAYS = [date(2024, 1, 1) + timedelta(days=i) for i in range(366)]


def shop(n_sales=20_000, n_customers=3_000, n_towns=40, seed=0):
    """Sales that refer to customers, who refer to towns."""
    random = np.random.default_rng(seed)
    sales = pl.DataFrame(
        {
            "sale": np.arange(n_sales),
            "customer": random.integers(0, n_customers, n_sales),
            "day": [DAYS[i] for i in random.integers(0, 366, n_sales)],
            "price": random.gamma(2.0, 10.0, n_sales),
            "returned": random.random(n_sales) < 0.002,
        }
    )
    customers = pl.DataFrame(
        {
            "customer": np.arange(n_customers),
            "town": [f"T{i}" for i in random.integers(0, n_towns, n_customers)],
        }
    )
    towns = pl.DataFrame({"town": [f"T{i}" for i in range(n_towns)], "region": ["N", "S"] * 20})
    return {"sales": sales.lazy(), "customers": customers.lazy(), "towns": towns.lazy()}


# Links


def test_a_column_without_duplicates_links_tables_that_have_it_by_the_same_name():
    assert find_links(shop()) == [
        Link(child="sales", columns=("customer",), parent="customers", on=("customer",)),
        Link(child="customers", columns=("town",), parent="towns", on=("town",)),
    ]


def test_a_declared_key_of_several_columns_links_as_a_whole():
    hours = pl.DataFrame({"place": ["a", "a", "b"] * 10, "hour": range(30), "rain": [0.0] * 30})
    flights = pl.DataFrame(
        {"flight": range(60), "place": ["a", "a", "b"] * 20, "hour": [*range(30)] * 2}
    )

    links = find_links(
        {"hours": hours.lazy(), "flights": flights.lazy()}, {"hours": ("place", "hour")}
    )

    assert links == [
        Link(child="flights", columns=("place", "hour"), parent="hours", on=("place", "hour"))
    ]


def test_equal_names_with_other_values_are_no_link():
    tables = {
        "planes": pl.LazyFrame({"name": ["A320", "B747", "C172"], "seats": [180, 400, 4]}),
        "people": pl.LazyFrame({"name": ["ada", "ben", "cem"], "age": [30, 40, 50]}),
    }

    assert find_links(tables) == []


def test_numbers_that_measure_are_no_link():
    tables = {
        "one": pl.LazyFrame({"price": [1.5, 2.5, 3.5]}),
        "two": pl.LazyFrame({"price": [1.5, 2.5, 3.5]}),
    }

    assert find_links(tables) == []


def test_tables_that_share_no_key_are_linked_by_the_column_with_the_most_values():
    clicks = pl.DataFrame({"user": [i % 100 for i in range(1000)], "kind": ["a", "b"] * 500})
    orders = pl.DataFrame({"user": [i % 100 for i in range(300)], "kind": ["a", "b"] * 150})

    links = find_links({"clicks": clicks.lazy(), "orders": orders.lazy()})

    assert links == [
        Link(child="clicks", columns=("user",), parent="orders", on=("user",), unique=False)
    ]


def test_columns_of_other_integer_types_are_comparable():
    tables = shop()
    tables["customers"] = tables["customers"].with_columns(pl.col("customer").cast(pl.Int16))

    part = subset(tables, find_links(tables), n_rows=500)

    sales, customers = part.tables["sales"], part.tables["customers"]
    assert set(sales["customer"]) <= set(customers["customer"].to_list())


# What is drawn


def test_every_row_finds_its_partner_as_in_the_whole():
    tables = shop()

    part = subset(tables, find_links(tables), n_rows=300).tables

    sales = part["sales"]
    assert 300 <= sales.height < 400
    assert sales.join(part["customers"], on="customer").height == sales.height
    assert part["customers"].join(part["towns"], on="town").height == part["customers"].height


def test_without_links_most_rows_would_lose_their_partner():
    tables = shop()

    part = subset(tables, n_rows=300).tables

    assert part["sales"].join(part["customers"], on="customer").height < 100


def test_two_tables_that_refer_to_the_same_one_are_drawn_by_the_same_values():
    tables = shop()
    tables["calls"] = pl.LazyFrame({"call": range(9_000), "customer": [*range(3_000)] * 3})
    tables.pop("towns")

    part = subset(tables, find_links(tables), n_rows=300).tables

    both = part["calls"].join(part["sales"], on="customer", how="semi").height
    assert both >= 0.8 * part["calls"].height


def test_partners_are_found_where_neither_side_has_a_key():
    clicks = pl.LazyFrame({"user": [i % 2_000 for i in range(20_000)], "at": range(20_000)})
    orders = pl.LazyFrame({"user": [i % 2_000 for i in range(4_000)], "sum": range(4_000)})
    tables = {"clicks": clicks, "orders": orders}

    part = subset(tables, find_links(tables), n_rows=200).tables

    assert part["orders"].join(part["clicks"], on="user", how="semi").height >= 180


def test_a_small_table_is_taken_as_a_whole_and_rows_keep_their_order():
    tables = shop()

    part = subset(tables, find_links(tables), n_rows=300)

    assert part.tables["towns"].height == 40
    assert part.n_rows == {"sales": 20_000, "customers": 3_000, "towns": 40}
    assert part.tables["sales"]["sale"].is_sorted()


def test_the_same_seed_draws_the_same_rows_and_another_one_others():
    tables = shop()
    links = find_links(tables)

    one, same, other = (
        subset(tables, links, n_rows=300, seed=seed).tables["sales"] for seed in (3, 3, 4)
    )

    assert one.equals(same)
    assert not one.equals(other)


def test_a_class_of_two_in_a_thousand_has_twenty_rows():
    tables = {"sales": shop()["sales"]}
    whole = tables["sales"].collect()["returned"].sum()
    assert whole > LEAST

    without = subset(tables, n_rows=200).tables["sales"]
    with_all = subset(tables, n_rows=200, classes=["returned"]).tables["sales"]

    assert without["returned"].sum() < LEAST <= with_all["returned"].sum()


def test_there_are_rows_on_both_sides_of_a_day_near_the_end():
    tables = {"sales": shop()["sales"]}
    cut = datetime(2024, 12, 30)

    part = subset(tables, n_rows=100, moments=[cut]).tables["sales"]

    assert (part["day"] >= cut.date()).sum() >= LEAST
    assert (part["day"] < cut.date()).sum() >= LEAST


def test_times_in_texts_count_as_times():
    frame = pl.LazyFrame({"at": [f"{day}T10:00:00Z" for day in reversed(DAYS)] * 10})

    part = subset({"rows": frame}, n_rows=50, moments=[datetime(2024, 12, 31)]).tables["rows"]

    assert (part["at"] >= "2024-12-31").sum() == 10  # all that there are


def test_rows_at_the_edges_are_there():
    frame = shop()["sales"].with_columns(
        price=pl.when(pl.col("sale") == 777).then(None).otherwise(pl.col("price"))
    )
    whole = frame.collect()

    part = subset({"sales": frame}, n_rows=50).tables["sales"]

    assert part["price"].max() == whole["price"].max()
    assert part["price"].min() == whole["price"].min()
    assert part["price"].null_count() == 1
    assert set(part["returned"]) == {True, False}


def test_the_longest_and_the_shortest_text_are_at_the_edges():
    frame = pl.LazyFrame({"text": ["abc"] * 50 + [""] + ["abc"] * 50 + ["a" * 99] + ["b" * 4] * 40})

    assert {50, 101} <= set(extremes(frame).tolist())


def test_an_empty_table_stays_empty():
    part = subset({"none": pl.LazyFrame({"a": pl.Series([], dtype=pl.Int64)})}, n_rows=10)

    assert part.tables["none"].height == 0
    assert part.tables["none"].columns == ["a"]


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 400), st.integers(1, 60), st.integers(0, 99), st.floats(0.02, 0.98))
def test_any_cut_in_time_leaves_its_share_of_the_drawn_rows(n, n_drawn, seed, share):
    rows = spread(np.arange(n), np.ones(n, bool), n_drawn, np.random.default_rng(seed))
    drawn = min(n, n_drawn)

    assert len(rows) == len(set(rows.tolist())) == drawn
    before = int((rows < share * n).sum())
    assert abs(before - share * drawn) <= 2


@pytest.mark.parametrize("n_rows", [1, 10, 1_000_000])
def test_any_number_of_rows_may_be_asked_for(n_rows):
    tables = shop(n_sales=500, n_customers=50)

    part = subset(tables, find_links(tables), n_rows=n_rows).tables

    assert part["sales"].join(part["customers"], on="customer").height == part["sales"].height


def series(n_shops, n_days=200):
    """One row for each shop and day."""
    days = [date(2024, 1, 1) + timedelta(days=i) for i in range(n_days)]
    rows = [(shop, day) for day in days for shop in range(n_shops)]
    return pl.DataFrame(rows, schema=["shop", "day"], orient="row").lazy()


def test_series_are_drawn_whole_so_that_what_looks_back_finds_what_was_before():
    part = subset({"days": series(60)}, n_rows=2_000, keys={"days": ("shop", "day")})

    lengths = part.tables["days"].group_by("shop").len()["len"]
    assert (lengths == 200).sum() == 10
    assert part.tables["days"]["day"].is_sorted()


def test_series_that_are_too_long_for_several_of_them_are_thinned_out():
    part = subset({"days": series(60)}, n_rows=300, keys={"days": ("shop", "day")})

    lengths = part.tables["days"].group_by("shop").len()["len"]
    assert len(lengths) > 50
    assert lengths.max() < 30


def test_a_key_without_a_time_has_no_series():
    tables = {"sales": shop()["sales"].drop("day")}

    part = subset(tables, n_rows=100, keys={"sales": ("sale", "customer")})

    assert part.tables["sales"].height < 120


def test_a_target_of_thousands_of_texts_does_not_bring_all_rows_along():
    texts = pl.LazyFrame({"text": [f"name {i // 2}" for i in range(10_000)]})

    part = subset({"rows": texts}, n_rows=100, classes=["text"])

    assert part.tables["rows"].height < 120


def test_columns_of_any_type_may_be_there_and_be_asked_for():
    frame = pl.DataFrame(
        {
            "list": [[1, 2]] * 40,
            "struct": [{"a": 1}] * 40,
            "kind": pl.Series(["a", "b"] * 20, dtype=pl.Categorical),
            "level": pl.Series(["x", "y"] * 20, dtype=pl.Enum(["x", "y", "z"])),
            "span": [timedelta(1)] * 40,
            "bytes": [b"x"] * 40,
            "nothing": pl.Series([None] * 40, dtype=pl.Null),
        }
    )
    tables = {"one": frame.lazy(), "two": frame.lazy()}

    part = subset(
        tables,
        find_links(tables),
        n_rows=10,
        classes=frame.columns,
        moments=[datetime(2024, 1, 1)],
    )

    assert part.tables["one"].schema == frame.schema
