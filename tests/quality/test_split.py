from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from tilth.errors import DataError, DefinitionError, UnknownNameError
from tilth.quality.split import SIDES, TEST, TRAIN, VALIDATION, placed, split_rows
from tilth.quality.split_plan import SplitPlan


def rows_of(n, seed=0):
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "id": np.arange(n),
            "group": rng.integers(0, max(n // 5, 1), n),
            "kind": rng.choice(["often", "rare"], n, p=[0.9, 0.1]),
            "x": rng.normal(size=n),
            "y": rng.choice(["yes", "no"], n),
        }
    )


def split(frame, **told):
    return split_rows(frame, SplitPlan.of(told), target="y", where="dataset `t`")


def sides(frame, **told):
    """Id of a row -> its side."""
    return dict(zip(frame["id"], split(frame, **told).codes.tolist(), strict=True))


# A row stays where it is

STABLE = [
    {"by": "random"},
    {"by": "random", "key": "id"},
    {"by": "group", "column": "group", "validation": 0.2},
    {"by": "stratum", "column": "kind", "key": "id"},
]


@pytest.mark.parametrize("told", STABLE, ids=str)
@given(st.data())
@settings(max_examples=25, deadline=None)
def test_rows_that_come_go_or_change_their_order_move_no_row(told, data):
    frame = rows_of(300)
    numbers = st.lists(st.integers(0, 299), min_size=60, max_size=300, unique=True)
    fewer = frame[data.draw(numbers)]

    before, after = sides(frame, **told), sides(fewer, **told)

    assert after.items() <= before.items()


@pytest.mark.parametrize("told", STABLE, ids=str)
def test_a_column_of_another_type_moves_no_row(told):
    frame = rows_of(300)
    text = frame.with_columns(pl.col("id", "x", "group").cast(pl.String))

    assert split(text, **told).codes.tolist() == split(frame, **told).codes.tolist()


def test_a_label_that_is_corrected_moves_no_row():
    frame = rows_of(300)

    assert sides(frame.with_columns(y=pl.lit("no"))) == sides(frame)


def test_a_fixed_date_moves_no_row_and_a_share_of_the_latest_says_that_it_may():
    frame = rows_of(300).with_columns(day=date(2024, 1, 1) + pl.duration(days=pl.col("id")))
    fixed = {"by": "time", "column": "day", "at": "2024-09-01", "validation_at": "2024-08-01"}
    share = {"by": "time", "column": "day", "test": 0.2}

    assert sides(frame.head(270), **fixed).items() <= sides(frame, **fixed).items()
    assert split(frame, **fixed).stable
    found = split(frame, **share)
    assert not found.stable
    assert "`at: 2024-08-28`" in found.reason
    pinned = split(frame, by="time", column="day", at=found.test_from)
    assert pinned.codes.tolist() == found.codes.tolist()


@given(st.floats(0, 0.5), st.floats(0, 0.4), st.floats(0, 0.5), st.floats(0, 0.4))
@settings(deadline=None)
def test_a_larger_share_takes_rows_from_train_alone(test, validation, more_test, more_validation):
    shares = np.random.default_rng(0).random(500)
    before = placed(shares, test=test, validation=validation)

    for changed, side in (
        (placed(shares, test=max(test, more_test), validation=validation), TEST),
        (placed(shares, test=test, validation=max(validation, more_validation)), VALIDATION),
    ):
        moved = before != changed
        assert (before[moved] == TRAIN).all()
        assert (changed[moved] == side).all()


# Shares


@pytest.mark.parametrize("told", [{}, {"key": "id"}, {"by": "stratum", "column": "kind"}], ids=str)
@pytest.mark.parametrize("seed", range(5))
def test_shares_are_met_as_closely_as_chance_allows(told, seed):
    frame = rows_of(20_000)
    found = split(frame, test=0.2, validation=0.1, seed=seed, **told)

    for side, share in (("test", 0.2), ("validation", 0.1)):
        low, high = binom.interval(1 - 1e-5, frame.height, share)
        assert low <= len(found.rows(side)) <= high


def test_shares_converge_as_rows_come():
    off = [
        np.mean([abs(len(split(rows_of(n), seed=s).rows("test")) / n - 0.2) for s in range(20)])
        for n in (100, 1_000, 10_000)
    ]

    # The mean deviation of a share is sqrt(2 p (1 - p) / (pi n)).
    expected = [np.sqrt(2 * 0.2 * 0.8 / (np.pi * n)) for n in (100, 1_000, 10_000)]
    assert off == pytest.approx(expected, rel=0.5)


def test_seeds_split_independently():
    frame = rows_of(20_000)
    one, other = (split(frame, seed=seed).codes == TEST for seed in (0, 1))

    both = int((one & other).sum())

    low, high = binom.interval(1 - 1e-5, frame.height, 0.04)
    assert low <= both <= high


def test_a_group_lies_on_one_side():
    frame = rows_of(2_000)
    codes = split(frame, by="group", column="group", validation=0.1).codes

    per_group = frame.with_columns(side=codes).group_by("group").agg(pl.col("side").n_unique())

    assert per_group["side"].max() == 1


def test_strata_that_are_split_exactly_keep_their_share_to_the_row():
    frame = rows_of(1_000)
    found = split(frame, by="stratum", column="kind", test=0.2, validation=0.1, exact=True)

    told = frame.with_columns(side=found.codes).group_by("kind", "side").len()
    for kind, n in frame["kind"].value_counts().iter_rows():
        own = dict(told.filter(pl.col("kind") == kind).select("side", "len").iter_rows())
        assert own[TEST] == round(0.2 * n)
        assert own[VALIDATION] == round(0.1 * n)
    assert not found.stable


def test_equal_rows_lie_on_one_side_where_no_key_parts_them():
    frame = pl.concat([rows_of(200).drop("id")] * 5)
    for told in ({}, {"by": "stratum", "column": "kind", "exact": True}):
        codes = split(frame, **told).codes.reshape(5, -1)

        assert (codes == codes[0]).all()


def test_rows_without_a_key_are_placed_by_their_content_and_not_all_on_one_side():
    frame = rows_of(400).with_columns(group=pl.lit(None, pl.Int64))
    found = split(frame, by="group", column="group")

    assert found.n_unnamed == 400
    assert 40 < len(found.rows("test")) < 130


def test_the_rows_of_the_test_are_the_latest():
    start = datetime(2024, 1, 1, tzinfo=UTC)
    frame = rows_of(100).with_columns(
        at=pl.Series([start + timedelta(hours=i) for i in range(100)])
    )
    frame = frame.sample(fraction=1, shuffle=True, seed=1)

    found = split(frame, by="time", column="at", test=0.2, validation=0.1)
    ids = {side: set(frame["id"].gather(found.rows(side)).to_list()) for side in SIDES}

    assert ids["test"] == set(range(80, 100))
    assert ids["validation"] == set(range(70, 80))
    assert found.test_from == "2024-01-04T08:00:00"


def test_equal_times_lie_on_one_side_and_years_are_times_too():
    frame = rows_of(100).with_columns(year=2000 + pl.col("id") // 10)

    found = split(frame, by="time", column="year", test=0.25)
    fixed = split(frame, by="time", column="year", at=2008)

    assert (len(found.rows("test")), found.test_from) == (30, 2007)
    assert len(fixed.rows("test")) == 20


# Bad input


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"by": "chance"}, "no way to split by `chance`"),
        ({"tests": 0.2}, "no setting `tests`"),
        ({"test": 20}, "`test` is 20, and should be a share"),
        ({"test": "0.2"}, "should be a share"),
        ({"test": True}, "should be a share"),
        ({"test": 0.0}, "nothing would be left to test on"),
        ({"test": 0.6, "validation": 0.4}, "leaves none to train on"),
        ({"by": "group"}, "to split by group needs `column`"),
        ({"column": "x"}, "split by random need no `column`"),
        ({"at": "2024-01-01"}, "`at` goes with `by: time`"),
        ({"by": "time", "column": ["a", "b"]}, "time is one `column`, not 2"),
        ({"exact": True}, "`exact` goes with `by: stratum`"),
        ({"seed": 1.5}, "`seed` is 1.5"),
        ({"key": 3}, "`key` is 3"),
        ({"by": "time", "column": "d", "at": [1]}, "should be a date or a number"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_plan_that_is_none_is_refused(told, said):
    with pytest.raises(DefinitionError, match=said):
        SplitPlan.of(told)


def test_a_plan_survives_as_plain_data():
    plan = SplitPlan.of({"by": "time", "column": "d", "at": date(2024, 1, 2), "validation": 0.1})

    assert SplitPlan.of(plan.as_dict()) == plan
    assert plan.sides == SIDES


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"by": "time", "column": "kind"}, "holds no date in 50 of 50 rows, such as"),
        ({"by": "time", "column": "gap"}, "has no value in 1 of 50 rows"),
        ({"by": "time", "column": "id", "at": 1000}, "no row lies on the side `test`"),
        ({"by": "time", "column": "id", "at": -5}, "no row lies on the side `train`"),
        ({"by": "time", "column": "id", "at": "soon"}, "column `id` holds numbers"),
        ({"by": "time", "column": "day", "at": "soon"}, "`at` is 'soon', which is no date"),
        ({"test": 0.0001}, "none lies on the side `test`"),
    ],
    ids=str,
)
def test_what_cannot_be_split_is_told_with_the_table_and_the_column(told, said):
    frame = rows_of(50).with_columns(
        gap=pl.when(pl.col("id") > 0).then(pl.col("id")), day=pl.lit(date(2024, 1, 1))
    )
    with pytest.raises(DataError, match=said) as told_error:
        split(frame, **told)

    assert str(told_error.value).startswith("dataset `t`: ")
    assert told_error.value.hint


def test_a_column_that_is_missing_is_told():
    with pytest.raises(UnknownNameError, match="no column `grop`"):
        split(rows_of(50), by="group", column="grop")
    with pytest.raises(DataError, match="there are no rows"):
        split(rows_of(0))
