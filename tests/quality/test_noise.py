"""The noise estimate, its interval, its known biases, its cost, and its three kinds.

Data as in the experiment that the docs describe: 12 % of the labels wrong, uniformly, one way
(from the first half of the classes to a fixed partner), or on ambiguous rows (half of the 24 %
with the smallest margin get their second-best class).
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as property_given
from hypothesis import settings
from hypothesis import strategies as st
from scipy.stats import binom
from sklearn.datasets import load_digits
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tilth.quality.classes import coded
from tilth.quality.conventions import Cells, holm, systematic_shares
from tilth.quality.label_errors import find_label_errors
from tilth.quality.noise import (
    estimate_noise,
    noise_warning,
    sample_size_factor,
    true_error,
)
from tilth.quality.noise_kinds import Kind, ambiguous_share, noise_kinds
from tilth.quality.out_of_fold import out_of_fold

LINEAR = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))


def gaussians(n, seed, k=4, distance=3.0):
    random = np.random.default_rng(seed)
    truth = random.integers(0, k, n)
    rows = random.normal(size=(n, 10))
    if k == 2:
        rows[:, 0] += distance * (truth - 0.5)
    else:
        rows[np.arange(n), truth] += distance
    return rows, truth


def digits(n, seed):
    rows, truth = load_digits(return_X_y=True)
    chosen = np.random.default_rng(seed).permutation(len(truth))[:n]
    return rows[chosen] / 16, truth[chosen]


def planted(rows, truth, how, seed, share=0.12):
    random = np.random.default_rng(seed + 1000)
    n, k = len(truth), int(truth.max()) + 1
    labels, wrong = truth.copy(), round(share * n)
    if how == "uniform":
        chosen = random.choice(n, wrong, replace=False)
        labels[chosen] = (truth[chosen] + random.integers(1, k, wrong)) % k
    elif how == "one way":
        chosen = random.choice(np.flatnonzero(truth < k // 2), wrong, replace=False)
        labels[chosen] += k // 2
    elif how == "ambiguous":
        p = out_of_fold(rows, truth, LinearDiscriminantAnalysis(), seed=seed).probabilities
        ordered = np.sort(p, axis=1)
        hard = np.argsort(ordered[:, -1] - ordered[:, -2])[: 2 * wrong]
        chosen = random.choice(hard, wrong, replace=False)
        p[np.arange(n), truth] = -1
        labels[chosen] = p[chosen].argmax(axis=1)
    return labels


def judged(data, how, seed):
    rows, truth = data(seed)
    labels = planted(rows, truth, how, seed)
    probabilities = out_of_fold(
        rows, labels, LINEAR, classes=range(int(truth.max()) + 1), seed=seed
    ).probabilities
    return truth, labels, probabilities


DATA = {
    "gaussians": lambda seed: gaussians(800, seed),
    "overlapping": lambda seed: gaussians(800, seed, k=2, distance=2.5),
    "digits": lambda seed: digits(800, seed),
}


@pytest.fixture(scope="module")
def experiment():
    """Two repeats of each cell: data, noise -> (truth, labels, probabilities)."""
    return {
        (name, how): [judged(data, how, seed) for seed in range(2)]
        for name, data in DATA.items()
        for how in ("none", "uniform", "one way", "ambiguous")
    }


def rate_of(cells):
    return np.mean([estimate_noise(labels, p, n_draws=2).rate.value for _, labels, p in cells])


@pytest.mark.parametrize(
    ("data", "how", "low", "high"),
    [
        # Slips and conventions are estimated within a few points, mostly too high.
        ("gaussians", "uniform", 0.11, 0.17),
        ("gaussians", "one way", 0.11, 0.17),
        ("digits", "uniform", 0.11, 0.18),
        ("digits", "one way", 0.11, 0.18),
        ("overlapping", "uniform", 0.12, 0.19),
        ("overlapping", "one way", 0.10, 0.16),
        # Wrong labels on hard rows are mostly overlooked.
        ("gaussians", "ambiguous", 0.02, 0.06),
        ("overlapping", "ambiguous", 0.02, 0.09),
        ("digits", "ambiguous", 0.04, 0.11),
        # Where classes overlap, noise is seen where there is none.
        ("gaussians", "none", 0.0, 0.02),
        ("overlapping", "none", 0.02, 0.07),
        ("digits", "none", 0.0, 0.03),
    ],
)
def test_the_bias_of_the_estimate_of_12_percent_is_as_the_docs_say(
    experiment, data, how, low, high
):
    assert low <= rate_of(experiment[data, how]) <= high


@pytest.mark.parametrize("data", ["gaussians", "digits"])
def test_planted_noise_is_named_by_its_kind(experiment, data):
    def shares(how):
        found = []
        for _, labels, p in experiment[data, how]:
            kinds = noise_kinds(find_label_errors(labels, p), labels, p, n_draws=2)
            found.append([kinds.shares[kind].value for kind in Kind])
        return dict(zip(Kind, np.mean(found, axis=0), strict=True))

    uniform, one_way, hard = shares("uniform"), shares("one way"), shares("ambiguous")

    assert uniform[Kind.RANDOM] > 0.6
    assert uniform[Kind.SYSTEMATIC] < 0.1
    assert one_way[Kind.SYSTEMATIC] > 0.2
    assert one_way[Kind.SYSTEMATIC] > 5 * uniform[Kind.SYSTEMATIC]
    assert hard[Kind.AMBIGUOUS] > 0.45
    assert hard[Kind.AMBIGUOUS] > 2 * uniform[Kind.AMBIGUOUS]
    assert hard[Kind.SYSTEMATIC] < 0.1


def test_the_conventions_named_are_those_planted(experiment):
    for _, labels, p in experiment["digits", "one way"]:
        kinds = noise_kinds(find_label_errors(labels, p), labels, p, n_draws=2)

        assert {(each.suggested, each.given) for each in kinds.conventions} <= {
            (code, code + 5) for code in range(5)
        }
        assert len(kinds.conventions) >= 2
        assert all(each.labeler is None for each in kinds.conventions)


def test_a_labeler_with_a_convention_of_their_own_is_named():
    """Half of what ann labels 1 is 0 to all others, and half of what bob labels 0 is 1: there
    is no direction in the whole."""
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, 3000)
    who = np.array(["ann", "bob", "cas", "dan"])[random.integers(0, 4, 3000)]
    labels = truth.copy()
    own_way = random.random(3000) < 0.4
    labels[(who == "ann") & (truth == 0) & own_way] = 1
    labels[(who == "bob") & (truth == 1) & own_way] = 0
    logits = random.normal(size=(3000, 3))
    logits[np.arange(3000), truth] += 6
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    errors = find_label_errors(labels, p)

    blind = noise_kinds(errors, labels, p, n_draws=20)
    told = noise_kinds(errors, labels, p, labelers=who, n_draws=20)

    assert blind.conventions == ()
    named = {(each.labeler, each.suggested, each.given) for each in told.conventions}
    assert named == {("ann", 0, 1), ("bob", 1, 0)}
    assert told.shares[Kind.SYSTEMATIC].value > 0.8
    rates = told.suspected_by_labeler
    assert rates["ann"].interval.low > rates["cas"].interval.high
    assert set(told.kinds) <= {Kind.SYSTEMATIC, Kind.RANDOM, Kind.AMBIGUOUS}


def test_shares_sum_to_one_and_lie_in_their_intervals(experiment):
    for cells in experiment.values():
        _, labels, p = cells[0]
        errors = find_label_errors(labels, p)
        kinds = noise_kinds(errors, labels, p, n_draws=50)

        assert len(kinds.kinds) == len(errors)
        assert sum(each.value for each in kinds.shares.values()) == pytest.approx(1)
        for estimate in kinds.shares.values():
            assert estimate.value in estimate.interval
            assert estimate.interval.width > 0


@pytest.mark.parametrize("true", [0.0, 0.3, 0.8])
def test_the_ambiguous_share_is_estimated_without_bias(true):
    random = np.random.default_rng(1)
    found = []
    for _ in range(200):
        hard = random.random(150) < true
        ranks = np.where(hard, random.random(150) * 0.5, random.random(150))
        found.append(1 - 2 * (ranks > 0.5).mean())
        assert ambiguous_share(ranks) == pytest.approx(max(0.0, found[-1]))

    assert np.mean(found) == pytest.approx(true, abs=0.02)


def test_slips_are_taken_for_a_convention_in_one_data_set_of_twenty_at_most():
    random = np.random.default_rng(2)
    named = 0
    for _ in range(300):
        given = random.integers(0, 5, 120)
        suggested = (given + random.integers(1, 5, 120)) % 5
        keys, place = np.unique(given * 5 + suggested, return_inverse=True)
        cells = Cells(
            labeler=keys * 0,
            given=keys // 5,
            suggested=keys % 5,
            place=place,
            n_true=np.full((1, 5), 500),
            known=False,
        )
        named += bool(systematic_shares(cells, np.bincount(place).astype(float)).named)

    assert named <= binom.ppf(0.999, 300, 0.05)


def test_the_test_of_one_direction_is_the_binomial_test():
    """12 from 1 to 0 against 2 back, classes of 300 and 100: 4 to 1 is what sizes explain."""
    cells = Cells(
        labeler=np.array([0, 0]),
        given=np.array([0, 1]),
        suggested=np.array([1, 0]),
        place=np.repeat([0, 1], [12, 2]),
        n_true=np.array([[300, 100]]),
        known=False,
    )

    (test,) = systematic_shares(cells, np.array([12.0, 2.0])).named

    assert (test.given, test.suggested, test.n) == (0, 1, 12)
    assert test.expected == pytest.approx(2 * 100 / 300)
    assert test.p_value == pytest.approx(binom.sf(11, 14, 0.25))


def test_holm_compares_with_rising_bars():
    assert holm(np.array([0.03, 0.001, 0.02]), 0.05).tolist() == [True, True, True]
    assert holm(np.array([0.03, 0.001, 0.026]), 0.05).tolist() == [False, True, False]
    assert holm(np.empty(0), 0.05).tolist() == []


def coverage(n, repeats):
    """How often the interval holds the mean of the estimate, the model being perfect."""
    random = np.random.default_rng(3)
    levels = np.array([[0.95, 0.05], [0.1, 0.9], [0.6, 0.4]])

    def draw():
        group = random.choice(3, n, p=[0.4, 0.4, 0.2])
        truth = (random.random(n) < levels[group, 1]).astype(int)
        labels = np.where(random.random(n) < 0.1, 1 - truth, truth)
        return estimate_noise(labels, levels[group], n_draws=300)

    found = [draw().rate for _ in range(repeats)]
    centre = np.mean([each.value for each in found])
    return np.mean([centre in each.interval for each in found])


def test_the_interval_covers_what_the_model_would_say_of_other_rows():
    assert coverage(400, 200) >= binom.ppf(0.01, 200, 0.95) / 200 - 0.02


@pytest.mark.slow
def test_the_interval_covers_in_large_data_too():
    for n in (200, 2000):
        assert 0.92 <= coverage(n, 600) <= 0.985


def test_the_bootstrap_of_cells_is_that_of_rows():
    """Drawing rows anew, with the thresholds as they are, gives the same quantiles."""
    random = np.random.default_rng(4)
    labels = random.integers(0, 3, 500)
    p = random.dirichlet([1, 1, 1], 500) * 0.5 + np.eye(3)[labels] * 0.5
    from tilth.quality import confident_joint

    given = coded(labels, n_classes=3)
    reading = confident_joint.read(given, p)
    drawn = []
    for _ in range(1000):
        rows = random.integers(0, 500, 500)
        sure = reading.confident[rows] >= 0
        counts = np.zeros((3, 3), dtype=int)
        np.add.at(counts, (labels[rows][sure], reading.confident[rows][sure]), 1)
        drawn.append(
            confident_joint.calibrated_joint(counts, np.bincount(labels[rows], minlength=3)).noise
        )

    interval = estimate_noise(labels, p, n_draws=2000).rate.interval

    np.testing.assert_allclose(
        [interval.low, interval.high], np.quantile(drawn, [0.025, 0.975]), atol=0.006
    )


def test_models_of_a_panel_are_told_apart(experiment):
    _, labels, p = experiment["gaussians", "uniform"][0]
    flat = 0.5 * p + 0.125

    noise = estimate_noise(labels, p, by_model={"sharp": p, "flat": flat}, n_draws=2)

    assert noise.by_model["sharp"] == noise.rate.value
    assert set(noise.by_model) == {"sharp", "flat"}


def test_the_matrices_are_conditional_probabilities(experiment):
    truth, labels, p = experiment["gaussians", "one way"][0]

    joint = estimate_noise(labels, p, n_draws=2).joint

    np.testing.assert_allclose(joint.given_if_true.sum(axis=0), 1)
    np.testing.assert_allclose(joint.true_if_given.sum(axis=1), 1)
    flipped = (labels == 2)[truth == 0].mean()
    assert joint.given_if_true[2, 0] == pytest.approx(flipped, abs=0.08)
    assert joint.given_if_true[0, 2] < 0.08


def test_the_factor_is_that_of_the_paper():
    assert sample_size_factor(0.12, 2) == pytest.approx(1 / (1 - 2 * 0.12) ** 2)
    assert sample_size_factor(0.12, 2) == pytest.approx(1.73, abs=0.005)
    assert sample_size_factor(0.12, 10) == pytest.approx(1.33, abs=0.005)
    assert sample_size_factor(0.0, 5) == 1
    assert sample_size_factor(0.5, 2) == float("inf")
    assert sample_size_factor(0.9, 3) == float("inf")


@property_given(st.integers(2, 30), st.floats(0, 0.45))
def test_more_classes_make_the_same_noise_less_harmful(n_classes, rate):
    assert sample_size_factor(rate, n_classes + 1) <= sample_size_factor(rate, n_classes)


@property_given(st.integers(2, 20), st.floats(0, 0.4), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_the_true_error_is_found_from_the_error_on_noisy_labels(k, rate, error):
    differ = error * (1 - rate * k / (k - 1)) + rate

    found = true_error(differ, rate, k)

    assert found == pytest.approx(error, abs=1e-6)


def test_the_formula_of_the_true_error_holds_in_a_simulation():
    random = np.random.default_rng(5)
    truth = random.integers(0, 4, 200_000)
    answer = np.where(random.random(200_000) < 0.2, random.integers(0, 4, 200_000), truth)
    slip = random.random(200_000) < 0.12
    labels = np.where(slip, (truth + random.integers(1, 4, 200_000)) % 4, truth)

    found = true_error(float((answer != labels).mean()), float(slip.mean()), 4)

    assert found == pytest.approx((answer != truth).mean(), abs=0.004)


def test_small_noisy_data_is_warned_of(experiment):
    _, labels, p = experiment["gaussians", "uniform"][0]

    warning = noise_warning(estimate_noise(labels, p))

    assert warning.n_rows == 800
    assert warning.worth == pytest.approx(800 / warning.factor)
    assert warning.accuracy_cost.value in warning.accuracy_cost.interval
    assert "of 800 labels look wrong" in str(warning)


def trained(n, how, repeats=12):
    """Mean accuracy, on right labels, of a linear model of `n` overlapping rows."""
    model, found = LinearDiscriminantAnalysis(), []
    tests, wanted = gaussians(20_000, 999, k=2, distance=2.5)
    for seed in range(repeats):
        rows, truth = gaussians(round(n), seed, k=2, distance=2.5)
        found.append(model.fit(rows, planted(rows, truth, how, seed)).score(tests, wanted))
    return float(np.mean(found))


@pytest.fixture(scope="module")
def overlapping_noise():
    rows, truth = gaussians(200, 0, k=2, distance=2.5)
    labels = planted(rows, truth, "uniform", 0)
    found = out_of_fold(rows, labels, LinearDiscriminantAnalysis())
    return estimate_noise(labels, found.probabilities)


def test_with_a_learning_curve_the_cost_is_that_of_training_on_right_labels(overlapping_noise):
    true = trained(200, "none") - trained(200, "uniform")

    warning = noise_warning(overlapping_noise, accuracy_at=lambda n: trained(n, "uniform"))

    assert true > 0.008
    assert warning.accuracy_cost.interval.low < true < warning.accuracy_cost.interval.high
    assert warning.accuracy_cost.value == pytest.approx(true, rel=0.5)


def test_without_one_the_cost_is_told_within_a_factor_of_six(overlapping_noise):
    """These classes overlap: much of the error is none that right labels could mend."""
    true = trained(200, "none") - trained(200, "uniform")

    warning = noise_warning(overlapping_noise)

    assert true / 2 < warning.accuracy_cost.value < 6 * true


def test_a_learning_curve_of_ones_own_is_used(experiment):
    _, labels, p = experiment["gaussians", "uniform"][0]
    noise = estimate_noise(labels, p)

    def accuracy_at(n):
        return 0.9 - 4 / n

    warning = noise_warning(noise, accuracy_at=accuracy_at)

    assert warning.accuracy_cost.value == pytest.approx(4 / 800 - 4 / (800 * warning.factor))


def test_clean_or_large_data_is_not_warned_of(experiment):
    _, labels, p = experiment["gaussians", "none"][0]
    _, noisy, q = experiment["gaussians", "uniform"][0]

    assert noise_warning(estimate_noise(labels, p, n_draws=2)) is None
    large = estimate_noise(np.tile(noisy, 13), np.tile(q, (13, 1)), n_draws=2)
    assert large.rate.value > 0.05
    assert noise_warning(large) is None


def test_no_row_against_its_label_is_no_proof():
    p = np.tile([0.99, 0.01], (60, 1))

    noise = estimate_noise([0] * 60, p)

    assert noise.rate.value == 0
    assert noise.rate.interval.high == pytest.approx(1 - 0.05 ** (1 / 60))


def test_without_suspects_there_are_no_kinds():
    p = np.tile([0.99, 0.01], (60, 1))
    errors = find_label_errors([0] * 60, p)

    kinds = noise_kinds(errors, [0] * 60, p, labelers=["ann"] * 60)

    assert kinds.kinds == ()
    assert kinds.conventions == ()
    assert all(np.isnan(each.value) for each in kinds.shares.values())
    assert kinds.suspected_by_labeler["ann"].value == 0


def test_a_thousand_classes_are_no_trouble():
    random = np.random.default_rng(6)
    truth = random.integers(0, 1000, 4000)
    labels = np.where(random.random(4000) < 0.1, random.integers(0, 1000, 4000), truth)
    p = np.full((4000, 1000), 0.2 / 999)
    p[np.arange(4000), truth] = 0.8

    noise = estimate_noise(labels, p, n_draws=50)
    kinds = noise_kinds(find_label_errors(labels, p), labels, p, n_draws=20)

    assert noise.rate.value == pytest.approx(0.1, abs=0.03)
    assert kinds.shares[Kind.RANDOM].value > 0.7


def test_numbers_of_rows_must_fit():
    p = np.tile([0.9, 0.1], (4, 1))
    errors = find_label_errors([0, 0, 1, 1], p)

    with pytest.raises(ValueError, match="3 labels but 4 rows"):
        noise_kinds(errors, [0, 0, 1], p)
    with pytest.raises(ValueError, match="2 labelers but 4 rows"):
        noise_kinds(errors, [0, 0, 1, 1], p, labelers=["ann", "bob"])


def test_numbers_out_of_range_are_refused():
    with pytest.raises(ValueError, match="out of range"):
        sample_size_factor(1.2, 2)
    with pytest.raises(ValueError, match="out of range"):
        true_error(0.1, 0.1, 1)
    with pytest.raises(ValueError, match="decay above zero"):
        noise_warning(estimate_noise([0, 1], [[0.9, 0.1], [0.1, 0.9]]), decay=-1)


def test_every_kind_has_a_sentence_for_people():
    assert len({kind.meaning for kind in Kind}) == 3
