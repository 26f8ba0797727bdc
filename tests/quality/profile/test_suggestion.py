from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tilth.quality.profile import profile_of

N = 2_000
WORDS = ["calm", "storm", "fog", "crew", "gate"]


@pytest.fixture
def table():
    random = np.random.default_rng(0)
    late = random.random(N) < 0.05
    return pl.DataFrame({
        "order_id": random.permutation(N),
        "price": random.lognormal(3, 1.3, N),
        "carrier": random.choice(["UA", "B6", "OO", "HA"], N, p=[0.6, 0.39, 0.006, 0.004]),
        "day": [date(2024, 1, 1) + timedelta(days=int(i)) for i in random.integers(0, 300, N)],
        "arrived_late": np.where(late, 90.0, 3.0) + random.normal(size=N),
        "temperature": np.where(random.random(N) < 0.02, -999.0, random.normal(15, 6, N)),
        "source": ["web"] * N,
        "tail": [f"N{i}" for i in random.integers(0, 400, N)],
        "seats": np.where(random.random(N) < 0.2, None, random.integers(50, 300, N)),
        "amount": [f"{each:.2f}" for each in random.gamma(2, 30, N)],
        "zip": [f"0{i}" for i in random.integers(1000, 1040, N)],
        "note": [" ".join(random.choice(WORDS, 14)) for _ in range(N)],
        "kilometres": (metres := random.normal(9e5, 1e5, N)) / 1000, "metres": metres,
        "tags": [["a"]] * N,
        "late": late,
    })  # fmt: skip


def test_each_planted_problem_is_answered_with_a_reason(table):
    found = profile_of(table, "late").suggestions
    told = {(each.column, each.action) for each in found}

    assert told >= {
        ("price", "log"),
        ("carrier", "pool rare levels"),
        ("day", "take parts"),
        ("order_id", "drop"),
        ("arrived_late", "drop or check"),
        ("temperature", "set to null"),
        ("source", "drop"),
        ("tail", "encode by target or hash"),
        ("seats", "fill in and flag"),
        ("amount", "read as numbers"),
        ("note", "take words or an embedding"),
        ("metres", "drop one of two"),
        ("tags", "unnest or drop"),
        ("late", "mind the imbalance"),
        ("", "scale"),
    }
    assert all(each.reason for each in found)


def test_what_makes_results_untrue_comes_first(table):
    found = profile_of(table, "late").suggestions

    assert [each.weight for each in found] == sorted((each.weight for each in found), reverse=True)
    assert {each.column for each in found[:2]} == {"arrived_late", "temperature"}


def test_nothing_more_is_said_of_a_column_that_goes(table):
    found = profile_of(table, "late").suggestions

    assert [each.action for each in found if each.column in ("order_id", "source")] == ["drop"] * 2


def test_a_leading_zero_means_something(table):
    found = profile_of(table, "late").suggestions

    assert ("zip", "read as numbers") not in {(each.column, each.action) for each in found}


def test_a_sentinel_does_not_make_a_column_skewed(table):
    actions = [e.action for e in profile_of(table, "late").suggestions if e.column == "temperature"]

    assert actions == ["set to null"]


def test_a_tidy_table_needs_nothing():
    random = np.random.default_rng(0)
    tidy = pl.DataFrame({"x": random.normal(size=500), "y": random.normal(size=500),
                         "kind": random.choice(["a", "b"], 500)})  # fmt: skip

    assert profile_of(tidy, "kind").suggestions == ()
