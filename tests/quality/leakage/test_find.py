"""What is planted is found, and nothing else: rows, groups, times, columns that know too much."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import f

from tilth.errors import UnknownNameError
from tilth.quality.leakage import KINDS, leaks_between
from tilth.quality.leakage.groups import entities, intraclass_correlation


def rows(n=900, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    sick = x[:, 0] + rng.normal(size=n) > 0.5
    seen = [datetime(2024, 1, 1) + timedelta(hours=8 * i) for i in range(n)]
    return pl.DataFrame(
        {
            "visit": np.arange(n),
            "age": x[:, 0],
            "weight": x[:, 1],
            "pulse": x[:, 2],
            "town": rng.choice(["Oslo", "Bonn", "Ulm"], n),
            "seen": seen,
            "sick": sick,
        }
    )


def sides(frame=None, n_test=200):
    frame = rows() if frame is None else frame
    return {"train": frame.head(frame.height - n_test), "test": frame.tail(n_test)}


def found(parts, target="sick", **more):
    return [
        (each.kind, each.severity, each.column, each.n)
        for each in leaks_between(parts, target, **more)
    ]


def test_rows_that_share_nothing_leak_nothing():
    assert found(sides(), key=["visit"], time="seen") == []
    assert found(sides(), names=["visit"], group=["seen"]) == []


# Rows


def test_rows_that_are_there_again_are_counted():
    parts = sides()
    again = parts["train"].head(30).with_columns(pl.col("visit") + 5000)
    parts["test"] = pl.concat([parts["test"], again])

    (leak,) = leaks_between(parts, "sick", key=["visit"])

    assert (leak.kind, leak.severity, leak.n, leak.of) == ("same_row", "sure", 30, 230)
    assert leak.sides == "train, test"
    assert "in all columns but the target" in leak.evidence


def test_another_label_does_not_make_another_row():
    parts = sides()
    again = parts["train"].head(30).with_columns(~pl.col("sick"), pl.col("visit") + 5000)
    parts["test"] = pl.concat([parts["test"], again])

    assert found(parts, key=["visit"]) == [("same_row", "sure", "", 30)]


def test_rows_that_differ_by_little_are_for_a_person_to_judge():
    parts = sides()
    rounded = parts["train"].head(25).with_columns(pl.col("age") + 1e-6, pl.col("visit") + 5000)
    moved = parts["train"][25:35].with_columns(town=pl.lit("Rom"), visit=pl.col("visit") + 5000)
    parts["test"] = pl.concat([parts["test"], rounded, moved])

    (leak,) = leaks_between(parts, "sick", key=["visit"])

    assert (leak.kind, leak.severity, leak.n) == ("near_row", "likely", 35)
    assert "25 but for rounding, 10 but for `town`" in leak.evidence


def test_rows_of_few_coarse_columns_are_no_copies():
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({name: rng.integers(0, 3, 900) for name in "abcde"})

    assert found(sides(frame), target="e") == []


def test_each_pair_of_sides_is_looked_at():
    parts = {**sides(), "validation": rows().head(10)}

    assert [(each.kind, each.sides, each.n) for each in leaks_between(parts, "sick")] == [
        ("same_row", "train, validation", 10)
    ]


# Keys and groups


def test_a_key_or_group_on_both_sides_is_sure():
    parts = sides(rows().with_columns(patient=pl.int_range(900) % 850))

    assert found(parts, key=["patient"]) == [("same_key", "sure", "patient", 50)]
    assert found(parts, group=["patient"]) == [("same_group", "sure", "patient", 50)]


def test_groups_that_nobody_named_are_found_where_the_target_is_alike_within_them():
    rng = np.random.default_rng(1)
    patient = rng.integers(0, 100, 900)
    alike = rng.random(900) < np.where(rng.random(100) < 0.4, 0.9, 0.1)[patient]
    frame = rows().with_columns(patient_id=patient, sick=alike)

    (leak,) = leaks_between(sides(frame), "sick", key=["visit"])

    assert (leak.kind, leak.severity, leak.column) == ("same_group", "likely", "patient_id")
    assert leak.n > 190
    assert found(sides(rows().with_columns(patient_id=patient)), key=["visit"]) == []


def test_the_intraclass_correlation_is_that_of_shrout_and_fleiss():
    # Their table 2: six targets, four judges; table 4 gives ICC(1, 1) = .17.
    table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    values = pl.Series([each for row in table for each in row])
    groups = pl.Series(np.repeat(np.arange(6), 4))

    alike, chance = intraclass_correlation(values, groups)
    assert alike == pytest.approx(0.166, abs=0.001)
    # BMS 11.24 over WMS 6.26 of the same table, with 5 and 18 degrees of freedom.
    assert chance == pytest.approx(f.sf(11.24 / 6.26, 5, 18), abs=0.001)
    assert intraclass_correlation(groups, groups) == (1.0, 0.0)
    assert intraclass_correlation(values, pl.Series(range(24))) == (0.0, 1.0)
    assert intraclass_correlation(pl.Series([3.0] * 24), groups) == (0.0, 1.0)


@pytest.mark.parametrize("n_groups", [20, 60, 250])
def test_a_name_that_says_nothing_of_the_target_is_rarely_told(n_groups):
    random = np.random.default_rng(n_groups)
    told = 0
    for _ in range(200):
        patient = random.integers(0, n_groups, 2 * n_groups)
        frame = pl.DataFrame({"patient": patient, "sick": random.random(2 * n_groups) < 0.3})
        told += bool(list(entities(frame, frame, "sick", ["patient"], "train, test")))

    assert told <= 3


# Columns


@pytest.mark.parametrize(
    ("made", "evidence"),
    [
        (pl.when("sick").then(pl.lit("ill")).otherwise(pl.lit("well")), "each value stands for"),
        (pl.col("sick"), "the very same values"),
        (pl.col("sick").cast(pl.Int64) * 7, "each value stands for"),
    ],
)
def test_the_target_under_another_name_is_sure(made, evidence):
    frame = rows().with_columns(outcome=made)

    (leak,) = leaks_between(sides(frame), "sick", key=["visit"])

    assert (leak.kind, leak.severity, leak.column) == ("target_copy", "sure", "outcome")
    assert evidence in leak.evidence


@pytest.mark.parametrize("made", [pl.col("age") * 2.54 + 3, -pl.col("age")])
def test_a_quantity_on_another_scale_is_the_target(made):
    frame = rows().with_columns(inches=made)

    assert found(sides(frame), target="age", key=["visit"]) == [
        ("target_copy", "sure", "inches", 700)
    ]


def test_what_tells_the_target_too_well_is_for_a_person_to_judge():
    dose = pl.when("sick").then(pl.col("pulse") + 9).otherwise(pl.col("pulse"))
    frame = rows().with_columns(dose=dose)

    (leak,) = leaks_between(sides(frame), "sick", key=["visit"])

    assert (leak.kind, leak.severity, leak.column) == ("tells_target", "likely", "dose")
    assert "AUC 1.000" in leak.evidence
    assert found(sides(frame), key=["visit"], without=["dose"]) == []


def test_gaps_that_go_with_the_target_are_told():
    frame = rows().with_columns(ward=pl.when("sick").then("pulse"))

    (leak,) = leaks_between(sides(frame), "sick", key=["visit"])

    assert (leak.kind, leak.column) == ("gaps_tell_target", "ward")
    assert "missing just where `sick` is False" in leak.evidence


# Times


def test_training_rows_that_are_later_than_the_test_are_sure():
    frame = rows()
    parts = {"train": frame.gather_every(2), "test": frame.gather_every(2, 1).tail(100)}

    (leak,) = leaks_between(parts, "sick", key=["visit"], time="seen")

    assert (leak.kind, leak.severity, leak.n) == ("late_training", "sure", 99)
    assert "no earlier than 2024-08-21 16:00:00, where `test` begins" in leak.evidence


def test_a_date_after_that_of_its_row_was_not_known_then():
    frame = rows().with_columns(
        left=pl.col("seen") + pl.duration(days=12),
        born=pl.col("seen") - pl.duration(days=9000),
        noted=(pl.col("seen") + pl.duration(hours=5)).dt.to_string("%Y-%m-%d %H:%M:%S"),
    )

    leaks = leaks_between(sides(frame), "sick", key=["visit"], time="seen")

    assert [(each.kind, each.severity, each.column) for each in leaks] == [
        ("known_later", "likely", "left"), ("known_later", "likely", "noted"),
    ]  # fmt: skip
    assert "in 700 of 700 rows, by 12 days in the median" in leaks[0].evidence
    assert "in 36 later than all rows to train on" in leaks[0].evidence
    assert "by 5 hours in the median" in leaks[1].evidence


# All together


def test_what_is_sure_comes_first_and_each_says_what_to_do():
    parts = sides(rows().with_columns(outcome="sick", dose=pl.col("sick") + pl.col("pulse") * 0.01))
    parts["test"] = pl.concat([parts["test"], parts["train"].head(30)])

    leaks = leaks_between(parts, "sick", names=["visit"])

    assert [each.kind for each in leaks] == ["same_row", "target_copy", "tells_target"]
    assert all(each.as_dict()["advice"] == KINDS[each.kind] for each in leaks)


def test_a_column_that_is_not_there_is_told_with_the_nearest():
    with pytest.raises(UnknownNameError, match="there is no column `vist`") as raised:
        leaks_between(sides(), "sick", key=["vist"])

    assert raised.value.hint == "did you mean `visit`?"


def test_lists_tell_rows_apart():
    frame = pl.DataFrame(
        {"vector": [[float(i), 2.0] for i in range(900)], "sick": [i % 2 for i in range(900)]}
    )
    parts = sides(frame)
    parts["test"] = pl.concat([parts["test"], parts["train"].head(20)])

    assert found(parts) == [("same_row", "sure", "", 20)]
    assert found(sides(frame)) == []
    assert found(sides(frame.select("sick"))) == []


def test_who_was_known_before_may_be_asked_about_later():
    rng = np.random.default_rng(1)
    patient = rng.integers(0, 100, 900)
    alike = rng.random(900) < np.where(rng.random(100) < 0.4, 0.9, 0.1)[patient]
    frame = rows().with_columns(patient_id=patient, sick=alike)

    assert found(sides(frame), key=["visit"], time="seen") == []
