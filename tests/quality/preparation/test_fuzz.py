"""Whatever a table holds, what comes out is finite, of one width, and fits the numbers of trees."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
from hypothesis import HealthCheck, example, given, reject, settings
from hypothesis import strategies as st

from tilth.errors import DataError
from tilth.quality.preparation import TREATMENTS, PreparationPlan, decided, preparation_of, told

WORDS = st.sampled_from(
    ["Oslo", "Bonn", "", " ", "3", "3.0", "2024-01-02", "a b c d e", "NaN", "ä"]
)
KINDS = {
    pl.Float64: st.floats(),
    pl.Float32: st.floats(width=32),
    pl.Int64: st.integers(-(2**63), 2**63 - 1) | st.integers(0, 3),
    pl.UInt8: st.integers(0, 255),
    pl.Boolean: st.booleans(),
    pl.String: st.text(max_size=8) | WORDS,
    pl.Categorical: st.sampled_from(["a", "b"]),
    pl.Date: st.dates(),
    pl.Datetime("us"): st.datetimes(),
    pl.Datetime("us", "UTC"): st.datetimes(),
    pl.Time: st.times(),
    pl.Duration("us"): st.timedeltas(timedelta(days=-9999), timedelta(days=9999)),
    pl.List(pl.Int64): st.lists(st.integers(0, 3), max_size=2),
    pl.Null: st.none(),
}


@st.composite
def tables(draw):
    """Two tables of the same columns: one to learn from, one to ask about."""
    kinds = draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=5))
    sizes = draw(st.tuples(st.integers(1, 24), st.integers(1, 6)))
    both = []
    for size in sizes:
        columns = []
        for i, kind in enumerate(kinds):
            cells = st.lists(st.none() | KINDS[kind], min_size=size, max_size=size)
            columns.append(pl.Series(f"c{i}", draw(cells), kind))
        both.append(pl.DataFrame(columns))
    return both


def numbers(*values):
    return pl.DataFrame({"c0": pl.Series(values, dtype=pl.Float64)})


@given(tables(), st.booleans())
@example([numbers(0.0, 5e-324), numbers(1e308)], True)
@example([numbers(0.0, 5e-324), numbers(1e29)], True)
@example([numbers(1.0, 1.0 + 2**-52), numbers(1e29)], True)
@example([numbers(1e308, -1e308, 1e29), numbers(float("inf"))], True)
@settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
def test_any_table_becomes_finite_numbers_of_one_width(both, scale):
    train, other = both
    plan = PreparationPlan(scale=scale)
    try:
        treatments = decided(train, plan=plan)
    except DataError as error:
        if "no column is left" not in str(error):
            raise
        reject()
    preparation = preparation_of(treatments, plan=plan, n_rows=train.height)

    learned = preparation.fit(train).transform(train)

    assert learned.dtype == np.float64
    assert learned.shape == (train.height, told(treatments, preparation)["n_out"].sum())
    assert len(set(preparation.get_feature_names_out())) == learned.shape[1]
    assert np.isfinite(learned.astype(np.float32)).all()
    asked = preparation.transform(other)
    assert asked.shape == (other.height, learned.shape[1])
    assert np.isfinite(asked.astype(np.float32)).all()


@given(tables(), st.sampled_from(list(TREATMENTS)), st.integers(2, 12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_treatment_of_any_column_works_or_is_refused_with_the_reason(
    both, treatment, n_classes
):
    train, other = both
    train = pl.concat([train] * 60)[:60].with_columns(y=pl.int_range(60) % n_classes)
    train = train.with_columns(z=pl.int_range(60) * 1.5)
    plan = PreparationPlan.of(columns={"c0": treatment})
    try:
        treatments = decided(train, "y", plan=plan)
    except DataError as error:
        if f"column `c0` cannot be treated as `{treatment}`" not in str(error):
            raise
        return
    preparation = preparation_of(treatments, plan=plan, n_rows=60)

    learned = preparation.fit_transform(train, train["y"].to_numpy())

    assert treatments[0].treatment == treatment
    assert learned.shape == (60, told(treatments, preparation)["n_out"].sum())
    assert np.isfinite(learned).all()
    assert np.isfinite(preparation.transform(other.with_columns(z=1.5))).all()
