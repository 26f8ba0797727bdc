from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tilth.quality.profile import DefectKind, profile_of


def found(values):
    table = pl.DataFrame({"x": values, "other": np.arange(len(values)) % 7})
    return {each.kind: each for each in profile_of(table).defects if each.column == "x"}


@pytest.fixture
def random():
    return np.random.default_rng(0)


SHAPES = {
    "normal": lambda r: r.normal(50, 9, 20_000),
    "uniform": lambda r: r.random(20_000),
    "exponential": lambda r: r.exponential(size=20_000),
    "lognormal": lambda r: r.lognormal(3, 1.2, 20_000),
    "counts": lambda r: r.poisson(3, 20_000),
    "rare counts": lambda r: r.poisson(0.05, 20_000),
    "two humps": lambda r: np.concatenate((r.normal(0, 1, 10_000), r.normal(30, 1, 10_000))),
    "gamma": lambda r: r.gamma(0.5, 100, 20_000),
    "student": lambda r: r.standard_t(6, 20_000),
    "zeros and more": lambda r: r.exponential(size=20_000) * (r.random(20_000) < 0.1),
    "signs": lambda r: r.choice([-1, 0, 1], 20_000),
    "ages": lambda r: r.integers(0, 100, 20_000),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_values_of_one_shape_are_neither_out_of_range_nor_sentinels(shape):
    for seed in range(5):
        kinds = found(SHAPES[shape](np.random.default_rng(seed)))
        assert not {DefectKind.OUT_OF_RANGE, DefectKind.SENTINEL} & set(kinds)


@pytest.mark.parametrize("value", [-999.0, 9999.0, -1e30, -99.0, 999.0])
@pytest.mark.parametrize("share", [0.001, 0.05, 0.4])
def test_a_number_that_stands_for_nothing_is_found_however_often(random, value, share):
    ages = random.integers(18, 90, 2_000).astype(float)
    ages[: int(2_000 * share)] = value

    defect = found(ages)[DefectKind.SENTINEL]

    assert defect.n == 2_000 * share
    assert DefectKind.OUT_OF_RANGE not in found(ages)


def test_a_zero_among_pressures_is_no_pressure_but_one_among_counts_is_a_count(random):
    pressure = np.where(random.random(2_000) < 0.05, 0.0, random.normal(80, 10, 2_000))
    counts = random.poisson(2, 2_000)

    assert DefectKind.SENTINEL in found(pressure)
    assert DefectKind.SENTINEL not in found(counts)


def test_a_typing_error_does_not_hide_a_sentinel(random):
    values = random.normal(50, 5, 1_000)
    values[:20] = -999
    values[20] = -5_000
    values[21] = 71_000

    defects = found(values)

    assert defects[DefectKind.SENTINEL].n == 20
    assert defects[DefectKind.OUT_OF_RANGE].rows == (20, 21)


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(1970, 1, 1), date(9999, 12, 31)])
def test_the_first_day_of_a_calendar_stands_for_no_day(random, day):
    days = [date(2015, 1, 1) + timedelta(days=int(each)) for each in random.integers(0, 900, 500)]
    days[:3] = [day] * 3

    defect = found(days)[DefectKind.SENTINEL]

    assert defect.rows == (0, 1, 2)
    assert str(day) in defect.reason


def test_births_around_1970_are_births(random):
    days = [date(1950, 1, 1) + timedelta(days=int(d)) for d in random.integers(0, 20_000, 5_000)]
    days[0] = date(1970, 1, 1)

    assert found(days) == {}
