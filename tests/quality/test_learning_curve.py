"""What more rows would bring is told with an interval that holds, or refused with a reason."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from tilth.quality.curve_family import FAMILIES, fit_family
from tilth.quality.curve_measurement import default_sizes, measure_curve
from tilth.quality.learning_curve import (
    CurveFit,
    Refusal,
    curve_of,
    fit_curve,
    last_doubling,
)

SIZES = np.array([30, 60, 120, 240, 480, 960])

SHAPES = {
    "pow3": lambda n: 0.08 + 1.2 * n**-0.5,
    "pow3, slow": lambda n: 0.02 + 0.9 * n**-0.3,
    "exp3": lambda n: 0.1 + 0.3 * np.exp(-n / 400),
    "mmf": lambda n: 0.05 + 0.45 / (1 + (n / 150) ** 1.1),
    "log power": lambda n: 0.5 / (1 + (n / 80) ** 0.6),
}


def measured(shape, rng, *, n_repeats=5, sizes=SIZES):
    """Accuracies as trainings would give them: each repeat off by its own draw of test rows."""
    shift = rng.normal(0, 0.006, n_repeats)
    own = rng.normal(size=(sizes.size, n_repeats)) * (0.08 / np.sqrt(sizes) + 0.003)[:, None]
    return curve_of(sizes, 1 - np.maximum(shape(sizes.astype(float))[:, None] + shift + own, 0))


def exact(shape, sizes=SIZES):
    return curve_of(sizes, np.repeat(1 - shape(sizes.astype(float))[:, None], 5, axis=1))


def fitted(curve, **options) -> CurveFit:
    fit = fit_curve(curve, **options)
    assert isinstance(fit, CurveFit), fit
    return fit


def test_a_power_law_without_noise_is_recovered():
    fit = fitted(exact(SHAPES["pow3"]))

    assert fit.family == "pow3"
    assert fit.floor.value == pytest.approx(0.92, abs=5e-4)
    assert fit.at(4000).value == pytest.approx(1 - SHAPES["pow3"](4000.0), abs=5e-4)
    # 0.10 = 0.08 + 1.2 / sqrt(n)
    assert fit.rows_for(0.90).value == pytest.approx(3600, rel=0.03)


def test_rows_stop_paying_where_the_derivative_says():
    fit = fitted(exact(SHAPES["pow3"]))

    # 0.6 n^-1.5 = 1e-5 for a single row
    assert fit.pays_until(1e-5, 1).value == pytest.approx(60_000 ** (2 / 3), rel=0.03)


@pytest.mark.parametrize("name", SHAPES)
def test_the_interval_covers_the_truth_at_two_and_four_times_the_rows(name):
    rng = np.random.default_rng(11)
    shape, covered = SHAPES[name], []
    for seed in range(30):
        fit = fitted(measured(shape, rng), n_draws=300, seed=seed)
        for rows in (1920, 3840):
            covered.append(1 - shape(float(rows)) in fit.at(rows).interval)

    assert np.mean(covered) >= 0.85


def test_the_interval_of_the_rows_that_a_score_needs_covers_them():
    rng = np.random.default_rng(5)
    covered = [
        3600 in fitted(measured(SHAPES["pow3"], rng), n_draws=300, seed=seed).rows_for(0.9).interval
        for seed in range(40)
    ]

    assert np.mean(covered) >= 0.85


def test_an_interval_is_of_use_too():
    fit = fitted(measured(SHAPES["pow3"], np.random.default_rng(0)))

    assert fit.at(1920).interval.width < 0.05
    assert fit.gain(960, 960).interval.low > 0


def test_the_interval_widens_with_the_distance():
    fit = fitted(measured(SHAPES["pow3"], np.random.default_rng(0)))

    widths = [fit.at(rows).interval.width for rows in (960, 1920, 3840, 15360)]
    assert widths == sorted(widths)


def test_a_curve_that_rises_with_the_rows_and_falls_again_is_refused():
    dips = np.array([0.60, 0.75, 0.85, 0.70, 0.80, 0.86])
    noise = np.random.default_rng(0).normal(0, 0.005, (6, 5))
    refusal = fit_curve(curve_of(SIZES, dips[:, None] + noise))

    assert isinstance(refusal, Refusal)
    assert refusal.reason == "gets worse"
    assert refusal.at == (120, 240)
    assert "120 to 240" in refusal.message


def test_an_error_that_rises_is_refused():
    errors = 0.1 + 0.02 * np.arange(6)[:, None] + np.random.default_rng(0).normal(0, 0.004, (6, 5))

    refusal = fit_curve(curve_of(SIZES, errors, greater_is_better=False))

    assert isinstance(refusal, Refusal)
    assert refusal.reason == "gets worse"


def test_a_peak_of_a_real_learner_is_refused():
    """Minimum-norm least squares is at its worst where there are as many rows as columns.

    F. Vallet, J.-G. Cailton, P. Refregier, Europhysics Letters 9(4), 1989; M. Loog et al.,
    "A brief prehistory of double descent", PNAS 117(20), 2020.
    """
    from sklearn.linear_model import RidgeClassifier

    rng = np.random.default_rng(0)
    target = rng.integers(0, 2, 1500)
    features = rng.normal(size=(1500, 60))
    features[:, :10] += 0.6 * (2 * target[:, None] - 1)
    nearly_none = RidgeClassifier(alpha=1e-8)
    curve = measure_curve(nearly_none, features, target, sizes=[10, 20, 30, 45, 60, 120, 240, 480])

    refusal = fit_curve(curve)

    assert isinstance(refusal, Refusal)
    assert refusal.reason == "gets worse"
    assert refusal.at[1] == 60


def test_a_step_that_no_family_has_is_refused():
    steps = np.array([0.5, 0.5, 0.5, 0.9, 0.9, 0.9, 0.99, 0.99])
    noise = np.random.default_rng(0).normal(0, 0.001, (8, 5))
    sizes = [10, 20, 40, 80, 160, 320, 640, 1280]

    refusal = fit_curve(curve_of(sizes, steps[:, None] + noise))

    assert isinstance(refusal, Refusal)
    assert refusal.reason == "no family fits"


def test_noise_alone_is_refused_no_more_often_than_said():
    rng = np.random.default_rng(3)
    refused = [
        isinstance(fit_curve(measured(lambda n: 0.3 + 0 * n, rng), n_draws=50), Refusal)
        for _ in range(100)
    ]

    assert np.mean(refused) <= 0.04


def test_a_constant_score_promises_nothing():
    fit = fitted(curve_of(SIZES, np.full((6, 5), 0.7)))

    assert fit.at(10_000).value == pytest.approx(0.7, abs=1e-4)
    assert fit.gain(960, 960).value == pytest.approx(0, abs=1e-5)
    assert fit.rows_for(0.8).value == np.inf
    assert fit.pays_until(0.001, 100).value == 1


def test_a_score_beyond_the_best_is_never_reached():
    fit = fitted(measured(SHAPES["pow3"], np.random.default_rng(0)))

    assert fit.rows_for(1.1).interval.low == np.inf
    assert fit.rows_for(-1.0).value == 1


def test_three_sizes_or_two_repeats_tell_no_form():
    three = fit_curve(curve_of([10, 20, 40], np.full((3, 5), 0.5)))
    two = fit_curve(curve_of(SIZES, np.full((6, 2), 0.5)))

    assert isinstance(three, Refusal)
    assert isinstance(two, Refusal)
    assert three.reason == "too few sizes"
    assert two.reason == "too few repeats"


@pytest.mark.parametrize(
    ("sizes", "scores", "said"),
    [
        ([100, 100, 100, 100], np.full((4, 5), 0.5), "sizes of a learning curve rise"),
        ([40, 20, 10, 5], np.full((4, 5), 0.5), "sizes of a learning curve rise"),
        ([], np.empty((0, 5)), "sizes of a learning curve rise"),
        ([10, 20], np.full((3, 5), 0.5), r"scores of shape \(2, repeats\), not \(3, 5\)"),
        ([10, 20], np.empty((2, 0)), "scores of shape"),
        ([10, 20], [[0.5, 0.6], [0.5, np.nan]], "size 20 is not finite"),
        ([10, 20], [[0.5, 0.6], [0.5, np.inf]], "size 20 is not finite"),
        ([10, 20], [[0.5, 0.6], [0.5, 2.0]], "passes the best one, 1, by 1"),
    ],
)
def test_measurements_that_make_no_curve_are_refused_with_what_was_seen(sizes, scores, said):
    with pytest.raises(ValueError, match=said):
        curve_of(sizes, scores)


def test_a_fit_is_asked_only_what_can_be_asked():
    fit = fitted(exact(SHAPES["pow3"]), n_draws=20)

    with pytest.raises(ValueError, match="at least one row"):
        fit.at(0)
    with pytest.raises(ValueError, match="above 0"):
        fit.pays_until(0, 100)
    with pytest.raises(ValueError, match="between 0 and 1"):
        fit_curve(fit.curve, level=1)


def test_the_same_seed_gives_the_same_fit():
    curve = measured(SHAPES["mmf"], np.random.default_rng(0))

    assert fitted(curve, seed=4).at(5000) == fitted(curve, seed=4).at(5000)
    assert fitted(curve, seed=4).at(5000) != fitted(curve, seed=5).at(5000)


def test_an_error_and_its_accuracy_give_the_same_answer():
    accuracies = measured(SHAPES["pow3"], np.random.default_rng(0))
    errors = curve_of(SIZES, 1 - np.array(accuracies.scores), greater_is_better=False)

    up, down = fitted(accuracies).at(5000), fitted(errors).at(5000)

    assert up.value == pytest.approx(1 - down.value, abs=1e-3)  # a grid's rounding
    assert up.interval.low == pytest.approx(1 - down.interval.high, abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(
    floor=st.floats(0, 0.5),
    drop=st.floats(0.01, 2),
    index=st.integers(0, len(FAMILIES) - 1),
    point=st.integers(0, 10_000),
)
def test_each_family_finds_itself(floor, drop, index, point):
    family = FAMILIES[index]
    x = np.geomspace(0.2, 5, 7)
    scale, rate = (np.array(each) for each in family.grid[point % len(family.grid)])
    floor = floor if family.has_floor else 0.0
    truth = floor + drop * family.shape(x, scale, rate)

    fit = fit_family(index, x, truth[None, :], np.eye(7))

    assert fit.misfits[0] <= 1e-9
    assert (fit.floors >= 0).all()
    assert (fit.drops >= 0).all()


@pytest.mark.slow
def test_the_interval_covers_held_out_ends_of_real_curves():
    """Fitted on a third of the rows, asked for all of them; the truth by twenty trainings."""
    from sklearn.datasets import load_breast_cancer, load_digits, load_wine
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.tree import DecisionTreeClassifier

    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 2000)
    cloud = rng.normal(size=(2000, 20))
    cloud[:, 0] += 2 * label - 1
    loads = (load_digits, load_breast_cancer, load_wine)
    sets = [*(load(return_X_y=True) for load in loads), (cloud, label)]
    learners = [
        LogisticRegression(max_iter=1000),
        KNeighborsClassifier(3),
        GaussianNB(),
        DecisionTreeClassifier(random_state=0),
    ]
    covered, refused = [], 0
    for features, target in sets:
        scaled = (features - features.mean(0)) / (features.std(0) + 1e-9)
        end = int(len(target) * 0.6)
        for learner in learners:
            common = {"test_share": 0.3}
            truth = measure_curve(
                learner, scaled, target, sizes=[end], repeats=20, seed=99, **common
            ).means[0]
            for seed in range(3):
                sizes = default_sizes(end // 3, smallest=12)
                curve = measure_curve(learner, scaled, target, sizes=sizes, seed=seed, **common)
                fit = fit_curve(curve, n_draws=400, seed=seed)
                refused += isinstance(fit, Refusal)
                if isinstance(fit, CurveFit):
                    covered.append(truth in fit.at(end).interval)

    assert refused <= 5
    assert np.mean(covered) >= 0.85


def test_the_last_doubling_is_a_paired_t_interval():
    before, after = np.array([0.50, 0.52, 0.51, 0.53]), np.array([0.47, 0.50, 0.47, 0.50])
    curve = curve_of([100, 1000, 4000], [before + 0.1, before, after], greater_is_better=False)
    test = ttest_rel(before / 2, after / 2).confidence_interval(0.9)

    found = last_doubling(curve)

    assert found.value == pytest.approx(np.mean(before - after) / 2)
    assert (found.interval.low, found.interval.high) == pytest.approx((test.low, test.high))


def test_a_doubling_is_told_of_two_sizes_and_two_repeats_at_least():
    assert last_doubling(curve_of([100], [[0.5, 0.6]])) is None
    assert last_doubling(curve_of([100, 200], [[0.5], [0.6]])) is None
