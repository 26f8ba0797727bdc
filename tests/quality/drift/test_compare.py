"""A table against a reference: what drifted, and what only looks as if."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tilth.quality.drift import Aspect, Control, MinimumEffect, TypeChange, drift_between
from tilth.quality.sketch import TableSketch, sketch_of


def table(n: int = 2000, seed: int = 0, **more) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "age": rng.normal(40, 10, n),
            "orders": rng.poisson(3, n),
            "city": rng.choice(["Bonn", "Köln", "Ulm"], n, p=[0.5, 0.3, 0.2]),
            "member": rng.random(n) < 0.3,
            **more,
        }
    )


def outcome_of(drift, column, aspect=Aspect.VALUES):
    found = [each for each in drift.comparisons if (each.column, each.aspect) == (column, aspect)]
    return found[0] if found else None


def one(reference, current, **more):
    """Two columns `x` of values, compared."""
    frames = (pl.DataFrame({"x": pl.Series(each, **more)}) for each in (reference, current))
    return drift_between(*frames)


def test_a_table_has_not_drifted_from_itself():
    drift = drift_between(table(), table())

    assert not drift.schema
    assert drift.drifted == ()
    assert not drift.significant
    assert min(each.outcome.p for each in drift.comparisons) > 0.9


@pytest.mark.parametrize(
    ("column", "change", "aspect"),
    [
        ("age", pl.col("age") + 3, Aspect.VALUES),
        ("age", pl.col("age") * 1.5 - 20, Aspect.VALUES),
        ("orders", pl.col("orders") + pl.col("member"), Aspect.VALUES),
        ("city", pl.col("city").replace({"Ulm": "Bonn"}), Aspect.VALUES),
        ("member", pl.col("member") | (pl.col("orders") > 5), Aspect.VALUES),
        ("age", pl.when(pl.col("orders") != 1).then("age"), Aspect.MISSING),
        ("city", pl.when(pl.col("orders") != 1).then("city"), Aspect.MISSING),
    ],
)
def test_a_column_that_changed_is_named_and_no_other(column, change, aspect):
    drift = drift_between(table(), table(seed=1).with_columns(change.alias(column)))

    assert drift.drifted == (column,)
    assert outcome_of(drift, column, aspect).drifted
    assert drift.comparisons[0].column == column


def test_a_kept_sketch_is_reference_enough():
    reference, current = table(5000), table(5000, seed=1).with_columns(pl.col("age") + 2)
    kept = TableSketch.from_json(sketch_of(reference).to_json())

    from_sketch, from_rows = drift_between(kept, current), drift_between(reference, current)

    assert from_sketch.drifted == ("age",)
    assert from_sketch == from_rows
    assert drift_between(kept, current.lazy()) == from_rows
    assert drift_between(kept, sketch_of(current)).drifted == ("age",)


def test_a_million_rows_do_not_make_a_trifle_matter():
    reference = sketch_of(table(400_000))
    current = table(400_000, seed=1).with_columns(pl.col("age") + 0.3)

    drift = drift_between(reference, current)

    assert outcome_of(drift, "age").significant
    assert not outcome_of(drift, "age").material
    assert drift.drifted == ()
    strict = drift_between(reference, current, minimum=MinimumEffect(share=0.005))
    assert strict.drifted == ("age",)


def test_a_large_difference_in_few_rows_is_not_significant():
    drift = one([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2.0, 3.0, 4.0, 5.0, 6.0, 7.0])

    assert outcome_of(drift, "x").material
    assert not drift.significant


def test_schema_skew_is_apart_from_drift():
    reference = table(extra=pl.Series([1] * 2000, dtype=pl.Int8))
    current = (
        table(seed=1)
        .rename({"city": "town"})
        .with_columns(pl.col("orders").cast(pl.String), extra=pl.lit(1, dtype=pl.Int64))
    )

    drift = drift_between(reference, current)

    assert drift.schema.missing == ("city",)
    assert drift.schema.unexpected == ("town",)
    assert drift.schema.changed == (
        TypeChange(column="orders", reference=("Int64",), current=("String",), comparable=False),
        TypeChange(column="extra", reference=("Int8",), current=("Int64",), comparable=True),
    )
    assert drift.drifted == ()
    assert outcome_of(drift, "orders") is None


def test_new_and_vanished_levels_are_named():
    reference = table()
    current = table(seed=1).with_columns(
        city=pl.when(pl.int_range(pl.len()) < 3).then(pl.lit("Trier")).otherwise("city")
    )

    drift = drift_between(reference, current.filter(pl.col("city") != "Ulm"))
    city = next(each for each in drift.columns if each.name == "city")

    assert city.new_levels == ("Trier",)
    assert city.vanished_levels == ("Ulm",)
    assert city.drifted


def test_ten_thousand_levels_are_compared_by_buckets_and_lengths():
    rng = np.random.default_rng(1)
    ids = [f"id{i:05d}" for i in range(10_000)]
    reference, same = (list(rng.choice(ids, 20_000)) for _ in range(2))
    skewed = list(rng.choice(ids, 20_000, p=np.r_[0.2, np.full(9999, 0.8 / 9999)]))

    assert one(reference, same).drifted == ()
    assert one(reference, skewed).drifted == ("x",)
    assert one(reference, skewed).columns[0].new_levels == ()
    longer = one(reference, [each + "0" for each in same])
    assert outcome_of(longer, "x", Aspect.LENGTHS).drifted


def test_nan_and_infinities_are_missing_values_of_their_own():
    values = np.random.default_rng(1).normal(size=1000)
    current = np.random.default_rng(2).normal(size=1000)
    current[:60], current[60:90] = np.nan, np.inf

    drift = one(values, current)

    assert outcome_of(drift, "x", Aspect.MISSING).drifted
    assert outcome_of(drift, "x", Aspect.MISSING).outcome.effect.share == pytest.approx(0.09)
    assert not outcome_of(drift, "x").significant


@pytest.mark.parametrize("n", [0, 1])
def test_no_rows_and_one_row_have_no_drift_to_tell(n):
    for reference, current in ((table(), table(n)), (table(n), table()), (table(n), table(n))):
        drift = drift_between(reference, current)

        assert not drift.significant
        assert (drift.n_reference, drift.n_current) == (reference.height, current.height)
        assert len(drift.columns) == 4


def test_columns_without_a_value_or_with_one_alone():
    nulls, full = [None] * 300, list(np.random.default_rng(1).normal(size=300))

    assert one(nulls, nulls, dtype=pl.Float64).comparisons == ()
    assert one([7.0] * 300, [7.0] * 300).comparisons == ()
    gone = one(full, nulls, dtype=pl.Float64)
    assert gone.drifted == ("x",)
    assert outcome_of(gone, "x") is None
    assert one([7.0] * 300, [8.0] * 300).drifted == ("x",)


def test_a_column_that_lost_its_type_with_its_values_is_missing_not_skewed():
    reference = pl.DataFrame({"x": [1, 2] * 100})
    current = pl.DataFrame({"x": [None] * 200})

    drift = drift_between(reference, current)

    assert not drift.schema
    assert outcome_of(drift, "x", Aspect.MISSING).drifted


def test_dates_and_times_are_compared_as_what_they_are():
    days = [date(2025, 1, 1) + timedelta(days=i) for i in range(365)]
    later = [each + timedelta(days=90) for each in days]

    assert one(days, days).drifted == ()
    assert one(days, later).drifted == ("x",)
    shift = outcome_of(one(days, later), "x").outcome.effect.shift
    assert shift == pytest.approx(90 / np.std(np.arange(365), ddof=1), rel=0.01)


def test_the_zone_of_an_instant_is_schema_and_not_value():
    start = datetime(2025, 1, 1, tzinfo=UTC)
    utc = pl.Series([start + timedelta(hours=i) for i in range(500)])
    berlin = utc.dt.convert_time_zone("Europe/Berlin")

    zones = one(utc, berlin)
    naive = one(utc, utc.dt.replace_time_zone(None))

    assert zones.schema.changed[0].comparable
    assert not zones.significant
    assert not naive.schema.changed[0].comparable
    assert naive.comparisons == ()


@pytest.mark.parametrize(
    ("reference", "current", "dtype"),
    [
        ([[1], [2]] * 50, [[3], None] * 50, pl.List(pl.Int64)),
        ([{"a": 1}] * 100, [{"a": 2}, None] * 50, pl.Struct({"a": pl.Int64})),
        ([object()] * 100, ["text", None] * 50, pl.Object),
        ([b"a"] * 100, [b"b", None] * 50, pl.Binary),
    ],
)
def test_of_what_has_neither_order_nor_levels_nulls_are_compared(reference, current, dtype):
    drift = one(reference, current, dtype=dtype)

    assert [each.aspect for each in drift.comparisons] == [Aspect.MISSING]
    assert drift.drifted == ("x",)


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["a", "b", "c"]), pl.String])
def test_levels_are_compared_whatever_they_are_stored_as(dtype):
    drift = one(["a", "b"] * 200, ["a", "c"] * 200, dtype=dtype)

    assert drift.drifted == ("x",)
    assert drift.columns[0].new_levels == ("c",)


def test_decimals_are_numbers():
    assert one([1, 2, 3] * 99, [5, 6, 7] * 99, dtype=pl.Decimal(10, 2)).drifted == ("x",)


def test_only_the_columns_asked_for_are_compared():
    drift = drift_between(table(), table(seed=1), columns=["age"])

    assert [each.name for each in drift.columns] == ["age"]
    assert not drift.schema


def test_a_column_that_nobody_has_is_refused():
    with pytest.raises(ValueError, match="the reference has no column `agge`"):
        drift_between(table(), table(), columns=["agge"])


@pytest.mark.parametrize("alpha", [0, 1, -0.1, 5])
def test_a_level_out_of_range_is_refused(alpha):
    with pytest.raises(ValueError, match="alpha lies between 0 and 1"):
        drift_between(table(), table(), alpha=alpha)


def test_benjamini_and_hochberg_find_at_least_as_much_as_holm():
    current = table(seed=1).with_columns(pl.col("age") + 1)

    holm, other = (
        drift_between(table(), current, control=control)
        for control in (Control.HOLM, Control.BENJAMINI_HOCHBERG)
    )

    pairs = zip(holm.comparisons, other.comparisons, strict=True)
    assert all(b.p_adjusted <= a.p_adjusted for a, b in pairs)


def test_all_of_it_is_plain_json():
    current = table(seed=1).drop("city").with_columns(age=pl.lit(3.0), new=pl.lit(1))

    told = json.loads(json.dumps(drift_between(table(), current).as_dict(), allow_nan=False))

    assert told["schema"]["missing"] == ["city"]
    assert [each["name"] for each in told["columns"] if each["drifted"]] == ["age"]


def normals(rng, n=1000, n_columns=20, shift=0.0):
    values = rng.normal(size=(n_columns, n))
    values[0] += shift
    return pl.DataFrame({f"x{i}": column for i, column in enumerate(values)})


@pytest.mark.slow
def test_without_drift_one_data_set_in_twenty_is_a_false_alarm():
    # 20 columns, 1,000 rows. Holm's level for 20 independent columns is 4.9 %; the bounds are
    # three standard errors of 400 repeats around it. The benchmark has 1,000.
    rng = np.random.default_rng(1)

    alarms = [drift_between(normals(rng), normals(rng)).significant for _ in range(400)]

    assert 0.017 < np.mean(alarms) < 0.082


@pytest.mark.slow
def test_power_grows_with_the_shift():
    rng = np.random.default_rng(2)

    def found(shift):
        drifts = (drift_between(normals(rng), normals(rng, shift=shift)) for _ in range(40))
        return np.mean([drift.drifted[:1] == ("x0",) for drift in drifts])

    # A z-test with the same correction would find 22, 93 and 100 %.
    assert found(0.1) < 0.5
    assert found(0.2) > 0.7
    assert found(0.3) > 0.97
