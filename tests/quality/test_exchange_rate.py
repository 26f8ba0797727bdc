"""One checked label is worth so many new rows: by theory, by measurement, by prediction."""

from __future__ import annotations

import numpy as np
import pytest

from tilth.quality.exchange_rate import measured_rate, predicted_rate
from tilth.quality.intervals import Estimate, Interval
from tilth.quality.learning_curve import CurveFit, curve_of, fit_curve

SIZES = np.array([250, 500, 707, 1000, 1414, 2000])


def rate(noisy, clean, **options):
    return measured_rate(SIZES, noisy, clean, present=500, checked=60, **options)


def test_the_size_is_read_off_between_two_in_the_logarithm():
    noisy = np.repeat(np.log(SIZES)[:, None] / 10, 4, axis=1)
    found = rate(noisy, np.full(4, np.log(850) / 10))

    assert found.rows.value == pytest.approx(850)
    assert found.factor.value == pytest.approx(1.7)
    assert found.per_label.value == pytest.approx(350 / 60)
    assert found.rows.interval.width == pytest.approx(0)


def test_what_no_number_of_rows_reached_is_infinite_and_said_so():
    found = rate(np.full((6, 4), 0.8), np.full(4, 0.9))

    assert found.rows.value == np.inf
    assert found.tried_up_to == 2000
    assert str(found) == (
        "one label checked = inf [inf, inf] new rows (more than 2000 rows were not tried)"
    )


def test_where_cleaning_does_harm_a_label_is_worth_less_than_nothing():
    noisy = np.repeat(np.log(SIZES)[:, None] / 10, 4, axis=1)
    found = rate(noisy, np.full(4, np.log(400) / 10))

    assert found.per_label.value == pytest.approx(-100 / 60)
    assert found.worth(price_of_row=3.0).value == pytest.approx(-5)


def test_an_error_is_an_accuracy_upside_down():
    rng = np.random.default_rng(0)
    noisy = np.log(SIZES)[:, None] / 10 + rng.normal(0, 0.01, (6, 8))
    clean = np.full(8, np.log(850) / 10)

    up, down = rate(noisy, clean), rate(1 - noisy, 1 - clean, greater_is_better=False)
    assert up.rows.interval.low == pytest.approx(down.rows.interval.low)
    assert up.rows.interval.high == pytest.approx(down.rows.interval.high)


def test_the_interval_covers_the_true_rate():
    rng = np.random.default_rng(0)
    truth = 0.9 - 2.0 * SIZES**-0.5
    covered = []
    for seed in range(200):
        noisy = truth[:, None] + rng.normal(0, 0.008, (6, 24))
        clean = 0.9 - 2.0 * 850**-0.5 + rng.normal(0, 0.008, 24)
        covered.append(850 in rate(noisy, clean, seed=seed, n_draws=500).rows.interval)

    # Straight lines between sizes are a little off the curve: 850 is read as 846.
    assert np.mean(covered) >= 0.90


def test_a_predicted_rate_is_the_one_that_the_curve_implies():
    sizes = np.array([30, 60, 120, 240, 500])
    curve = curve_of(sizes, np.repeat((0.9 - 2.0 * sizes**-0.5)[:, None], 5, axis=1))
    fit = fit_curve(curve)
    assert isinstance(fit, CurveFit)
    gain = 2.0 * (500**-0.5 - 850**-0.5)
    sure = Estimate(gain, Interval(gain, gain, 0.9))
    unsure = Estimate(gain, Interval(gain / 2, gain * 1.5, 0.9))

    found = predicted_rate(fit, sure, present=500, checked=60)
    wider = predicted_rate(fit, unsure, present=500, checked=60)

    assert found.rows.value == pytest.approx(850, rel=0.03)
    assert wider.rows.interval.low < found.rows.interval.low
    assert wider.rows.interval.high > found.rows.interval.high


def test_a_gain_beyond_the_floor_is_not_to_be_had_by_rows():
    sizes = np.array([30, 60, 120, 240, 500])
    curve = curve_of(sizes, np.repeat((0.9 - 2.0 * sizes**-0.5)[:, None], 5, axis=1))
    fit = fit_curve(curve)
    assert isinstance(fit, CurveFit)
    much = Estimate(0.1, Interval(0.0999, 0.1001, 0.9))

    assert predicted_rate(fit, much, present=500, checked=60).rows.value == np.inf


@pytest.mark.parametrize(
    ("sizes", "noisy", "clean", "said"),
    [
        ([500, 500], np.ones((2, 3)), np.ones(3), "sizes rise"),
        ([], np.ones((0, 3)), np.ones(3), "sizes rise"),
        ([250, 500], np.ones((2, 3)), np.ones(4), "2 sizes and 4 repeats"),
        ([250, 500], np.ones((2, 0)), np.ones(0), "2 sizes and 0 repeats"),
        ([250, 500], np.full((2, 3), np.nan), np.ones(3), "not finite"),
    ],
)
def test_measurements_that_tell_no_rate_are_refused(sizes, noisy, clean, said):
    with pytest.raises(ValueError, match=said):
        measured_rate(sizes, noisy, clean, present=500, checked=60)


def test_a_rate_needs_checked_labels():
    with pytest.raises(ValueError, match="checked"):
        measured_rate([250, 500], np.ones((2, 3)), np.ones(3), present=500, checked=0)
