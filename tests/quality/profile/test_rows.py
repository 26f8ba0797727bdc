from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tilth.quality.profile import DefectKind, profile_of
from tilth.quality.profile.rows import RowHashes, collision_of, is_odd, near_rows


@pytest.fixture
def table():
    random = np.random.default_rng(0)
    n = 2_000
    return pl.DataFrame({
        "who": [f"person {i}" for i in random.integers(0, 10**6, n)],
        "x": random.normal(size=n), "y": random.normal(size=n).round(2),
        "city": random.choice(["a", "b", "c"], n),
    })  # fmt: skip


def defects(table, kind):
    return [each for each in profile_of(table).defects if each.kind is kind and not each.column]


def test_rows_that_are_there_twice_are_told_by_their_later_number(table):
    found = defects(pl.concat([table, table[[5, 7]], table[[5]]]), DefectKind.DUPLICATE)

    assert [each.rows for each in found] == [(2_000, 2_001, 2_002)]


def test_few_columns_of_few_levels_repeat_by_nature():
    rows = pl.DataFrame({"a": [0, 1] * 500, "b": ["x", "y", "z", "x"] * 250})
    found = profile_of(rows)

    assert found.n_duplicates == 996
    assert not [each for each in found.defects if each.kind is DefectKind.DUPLICATE]


def test_rows_that_differ_in_one_column_are_told_with_it(table):
    again = table[[3, 9, 11]].with_columns(city=pl.lit("d"))
    found = defects(pl.concat([table, again]), DefectKind.NEAR_DUPLICATE)

    assert [(each.other, each.rows) for each in found] == [("city", (2_000, 2_001, 2_002))]


def test_rows_that_differ_by_rounding_are_told(table):
    again = table[[3, 9, 11]].with_columns(pl.col("x").round(3), y=pl.col("y") + 1e-4)
    found = defects(pl.concat([table, again]), DefectKind.NEAR_DUPLICATE)

    assert [(each.other, each.rows) for each in found] == [("", (2_000, 2_001, 2_002))]


def test_random_rows_nearly_repeat_nothing():
    for seed in range(20):
        random = np.random.default_rng(seed)
        frame = pl.DataFrame({
            "a": random.integers(5, size=3_000), "b": random.integers(9, size=3_000),
            "c": random.integers(50, size=3_000), "d": random.normal(size=3_000).round(1),
        })  # fmt: skip
        assert near_rows(frame) == []


def test_rows_without_any_value_are_empty_though_they_have_a_number(table):
    numbered = table.with_columns(id=pl.int_range(2_000), source=pl.lit("file"))
    names = table.columns
    blank = numbered.with_columns(
        pl.when(pl.int_range(2_000) % 500 == 3).then(None).otherwise(pl.col(names)).name.keep()
    )

    assert [each.rows for each in defects(blank, DefectKind.EMPTY)] == [(3, 503, 1003, 1503)]


def test_rows_of_columns_with_many_gaps_are_empty_by_nature():
    random = np.random.default_rng(0)
    frame = pl.DataFrame({
        name: [None if random.random() < 0.8 else 1.0 + i for i in range(500)] for name in "ab"
    })  # fmt: skip

    assert defects(frame, DefectKind.EMPTY) == []


def test_the_chance_that_two_rows_agree_is_counted_out():
    values = np.array([1, 1, 1, 2, 2, 3], np.uint64)
    pairs = [(i, j) for i in range(6) for j in range(6) if i != j]

    true = np.mean([values[i] == values[j] for i, j in pairs])
    assert collision_of(values) == pytest.approx(true)


def test_pairs_are_odd_where_chance_makes_a_tenth_as_many():
    assert is_odd(10, 1_000, [1e-3, 1e-3])  # half a pair is expected
    assert not is_odd(4, 1_000, [1e-3, 1e-3])
    assert not is_odd(300, 1_000, [1e-9])  # so many are no accident
    assert not is_odd(0, 1_000, [1e-9])


def test_repeats_in_many_rows_are_estimated_by_a_part_of_all_hashes(monkeypatch):
    from tilth.quality.profile import rows

    monkeypatch.setattr(rows, "_MOST_KEPT", 10_000)
    hashes = RowHashes(80_000)
    hashes.see(pl.DataFrame({"x": np.arange(80_000) % 60_000}), 0)

    assert hashes.one_in == 8
    assert len(hashes.repeated()) * hashes.one_in == pytest.approx(20_000, rel=0.1)


def test_a_table_that_is_not_held_is_compared_in_its_sample(monkeypatch, table):
    from tilth.quality.profile import looking

    monkeypatch.setattr(looking, "HELD_BYTES", 100)
    found = profile_of(pl.concat([table, table[[5]]]).lazy(), sample=300)

    assert found.n_compared == 300
    assert found.n_duplicates == 1
