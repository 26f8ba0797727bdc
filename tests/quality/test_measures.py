"""Measures under weights are those of scikit-learn on the rows that the weights repeat."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats import binom, binomtest, chi2, norm, poisson
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar

from tilth.errors import DataError, UnknownNameError
from tilth.quality.intervals import bootstrap_each, paired_difference
from tilth.quality.measures.counts import Draws
from tilth.quality.measures.mcnemar import mcnemar
from tilth.quality.measures.measure import MEASURES, find_measure
from tilth.quality.measures.outcome import Outcome, Said
from tilth.quality.measures.resampled import resampled
from tilth.quality.measures.shares import p_of_gain, p_of_share, rows_of_share
from tilth.quality.measures.statistic import Asked, Statistics

N = 300


def of_two(seed=0, n=N, digits=1, skill=1.0):
    draw = np.random.default_rng(seed)
    truth = (draw.random(n) < 0.3).astype(int)
    score = 1 / (1 + np.exp(-skill * (truth * 2 - 1.2) - draw.normal(size=n)))
    score = score.round(digits).clip(0.05, 0.95)  # rounded, so that there are ties
    said = Said(predicted=(score > 0.5).astype(int), probabilities=np.stack([1 - score, score], 1))
    return Outcome(truth=truth, said={"new": said}, classes=("no", "yes"), positive=1)


def of_four(seed=0, n=N):
    draw = np.random.default_rng(seed)
    truth = draw.integers(4, size=n)
    scores = draw.normal(size=(n, 4)) + 2 * np.eye(4)[truth]
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    said = Said(predicted=chances.argmax(axis=1), probabilities=chances)
    return Outcome(truth=truth, said={"new": said}, classes=tuple("abcd"))


def of_numbers(seed=0, n=N):
    draw = np.random.default_rng(seed)
    truth = draw.gamma(2.0, size=n) + 0.1
    said = Said(predicted=truth * draw.uniform(0.5, 1.6, n))
    return Outcome(truth=truth, said={"new": said})


def their_calibration(truth, chance):
    at = np.minimum((chance * 15).astype(int), 14)
    gaps = [abs((truth[at == b] - chance[at == b]).sum()) for b in range(15)]
    return sum(gaps) / len(truth)


THEIRS = {
    "accuracy": lambda y, p, s: metrics.accuracy_score(y, p),
    "balanced_accuracy": lambda y, p, s: metrics.balanced_accuracy_score(y, p),
    "precision": lambda y, p, s: metrics.precision_score(y, p, zero_division=0),
    "recall": lambda y, p, s: metrics.recall_score(y, p),
    "specificity": lambda y, p, s: metrics.recall_score(y, p, pos_label=0),
    "f1": lambda y, p, s: metrics.f1_score(y, p),
    "mcc": lambda y, p, s: metrics.matthews_corrcoef(y, p),
    "kappa": lambda y, p, s: metrics.cohen_kappa_score(y, p),
    "roc_auc": lambda y, p, s: metrics.roc_auc_score(y, s[:, 1]),
    "average_precision": lambda y, p, s: metrics.average_precision_score(y, s[:, 1]),
    "log_loss": lambda y, p, s: metrics.log_loss(y, s, labels=range(s.shape[1])),
    "brier": lambda y, p, s: metrics.brier_score_loss(y, s[:, 1]),
    "calibration_error": lambda y, p, s: their_calibration(y, s[:, 1]),
}
THEIRS_OF_MANY = {
    **THEIRS,
    "precision": lambda y, p, s: metrics.precision_score(y, p, average="macro", zero_division=0),
    "recall": lambda y, p, s: metrics.recall_score(y, p, average="macro"),
    "f1": lambda y, p, s: metrics.f1_score(y, p, average="macro"),
    "roc_auc": lambda y, p, s: metrics.roc_auc_score(y, s, multi_class="ovr"),
    "average_precision": lambda y, p, s: metrics.average_precision_score(np.eye(4)[y], s),
    "brier": lambda y, p, s: ((s - np.eye(4)[y]) ** 2).sum(axis=1).mean(),
    "calibration_error": lambda y, p, s: their_calibration(p == y, s.max(axis=1)),
}
THEIRS_OF_NUMBERS = {
    "mae": lambda y, p, s: metrics.mean_absolute_error(y, p),
    "median_absolute_error": lambda y, p, s: metrics.median_absolute_error(y, p),
    "mse": lambda y, p, s: metrics.mean_squared_error(y, p),
    "rmse": lambda y, p, s: metrics.root_mean_squared_error(y, p),
    "mape": lambda y, p, s: metrics.mean_absolute_percentage_error(y, p),
    "r2": lambda y, p, s: metrics.r2_score(y, p),
}
CASES = [
    *((of_two, name, theirs) for name, theirs in THEIRS.items()),
    *((of_four, name, theirs) for name, theirs in THEIRS_OF_MANY.items() if name != "specificity"),
    *((of_numbers, name, theirs) for name, theirs in THEIRS_OF_NUMBERS.items()),
]


def test_every_measure_is_compared():
    assert {name for _, name, _ in CASES} == set(MEASURES)


@pytest.mark.parametrize(("make", "name", "theirs"), CASES)
def test_a_measure_under_weights_is_that_of_the_repeated_rows(make, name, theirs):
    outcome = make()
    said = outcome.said["new"]
    statistic = Statistics(outcome, [Asked(MEASURES[name], "new")])
    weights = np.random.default_rng(1).multinomial(N, np.full(N, 1 / N), size=4)

    found = statistic(np.concatenate([np.ones((1, N)), weights.astype(float)]))[:, 0]

    chances = said.probabilities
    for value, times in zip(found, [np.ones(N, int), *weights], strict=True):
        rows = np.repeat(np.arange(N), times)
        shown = chances if chances is None else chances[rows]
        wanted = theirs(outcome.truth[rows], said.predicted[rows], shown)
        assert value == pytest.approx(wanted, abs=1e-10), name


def test_many_classes_are_summed_as_few_are():
    draw = np.random.default_rng(0)
    truth, predicted = draw.integers(50, size=(2, 2000))
    outcome = Outcome(
        truth=truth, said={"new": Said(predicted=predicted)}, classes=tuple(range(50))
    )

    found = Statistics(outcome, [Asked(MEASURES["f1"], "new")])(np.ones((1, 2000)))

    assert found[0, 0] == pytest.approx(metrics.f1_score(truth, predicted, average="macro"))


def test_what_is_not_defined_for_the_drawn_rows_is_nan():
    outcome = of_two()
    only_negative = np.where(outcome.truth == 1, 0.0, 1.0)[None, :]
    names = ["recall", "roc_auc", "average_precision", "accuracy"]

    found = Statistics(outcome, [Asked(MEASURES[each], "new") for each in names])(only_negative)[0]

    assert np.isnan(found[:3]).all()
    assert np.isfinite(found[3])


def two_models(seed=0, n=400):
    first, second = of_two(seed, n, 3, 1.0), of_two(seed, n, 3, 1.3)
    both = {"live": first.said["new"], "new": second.said["new"]}
    return Outcome(truth=first.truth, said=both, classes=first.classes, positive=1)


def test_a_gain_and_its_interval_are_those_of_paired_means():
    outcome = two_models()
    right = {who: (each.predicted == outcome.truth) for who, each in outcome.said.items()}

    gain = resampled(outcome, [MEASURES["accuracy"]], n_draws=4000).gain(
        MEASURES["accuracy"], "live", "new"
    )
    theirs = paired_difference(right["live"], right["new"], n_draws=4000, seed=5)

    assert gain.resamples.value == pytest.approx(right["new"].mean() - right["live"].mean())
    assert gain.resamples.estimate().interval.low == pytest.approx(theirs.low, abs=0.006)
    assert gain.resamples.estimate().interval.high == pytest.approx(theirs.high, abs=0.006)


def test_a_lower_loss_is_a_gain():
    found = resampled(two_models(), [MEASURES["log_loss"]], n_draws=200)

    gain = found.gain(MEASURES["log_loss"], "live", "new")

    assert gain.before > gain.after
    assert gain.resamples.value == pytest.approx(gain.before - gain.after)
    assert found.gain(MEASURES["log_loss"], "new", "live").resamples.value == pytest.approx(
        gain.after - gain.before
    )


def test_the_number_of_workers_does_not_change_the_draws():
    outcome = two_models(n=3000)
    measures = [MEASURES["roc_auc"], MEASURES["accuracy"]]

    one, two = (resampled(outcome, measures, n_draws=600, workers=each) for each in (1, 2))

    assert np.array_equal(one.draws, two.draws)


def test_groups_are_drawn_as_a_whole():
    outcome = two_models(n=100)
    fivefold = outcome.only(np.repeat(np.arange(100), 5))
    measure = MEASURES["accuracy"]

    alone = resampled(outcome, [measure]).of(measure, "new").estimate().interval
    rows = resampled(fivefold, [measure]).of(measure, "new").estimate().interval
    groups = resampled(fivefold, [measure], groups=np.repeat(np.arange(100), 5))

    found = groups.of(measure, "new").estimate().interval
    assert groups.n_rows == 100
    assert found.width == pytest.approx(alone.width, rel=0.1)
    assert rows.width < 0.6 * found.width, "copies are no evidence"


def test_intervals_are_those_of_the_bootstrap_beside_it():
    outcome = two_models(n=200)
    asked = [Asked(MEASURES["average_precision"], "new")]

    found = resampled(outcome, [asked[0].measure], ["new"], n_draws=4000)
    (theirs,) = bootstrap_each(Statistics(outcome, asked), 200, n_draws=4000, seed=3)

    ends = found.of(asked[0].measure, "new").estimate().interval
    assert (ends.low, ends.high) == pytest.approx((theirs.low, theirs.high), abs=0.012)


def test_a_p_value_says_on_which_side_of_a_margin_a_gain_lies():
    found = resampled(two_models(n=2000), [MEASURES["roc_auc"]])
    gain = found.gain(MEASURES["roc_auc"], "live", "new")
    value, ends = gain.resamples.value, gain.resamples.estimate().interval

    assert gain.resamples.p_at_most(value) >= 0.5
    assert 0.015 < gain.resamples.p_at_most(ends.low) < 0.06, (
        "about 0.025, and rather more than less"
    )
    assert 0.015 < gain.resamples.p_at_least(ends.high) < 0.06
    assert gain.resamples.p_at_most(ends.high) > 0.95
    assert found.of(MEASURES["roc_auc"], "new").p_at_most(0.5) < 0.01
    assert found.of(MEASURES["roc_auc"], "new").p_at_least(0.5) > 0.99


def test_agreement_on_a_few_rows_shows_nothing_of_the_next():
    truth = np.tile([0, 1], 10)
    same = Said(predicted=truth)
    outcome = Outcome(truth=truth, said={"live": same, "new": same}, classes=(0, 1), positive=1)
    measure = MEASURES["accuracy"]

    gain = resampled(outcome, [measure]).gain(measure, "live", "new")

    assert gain.resamples.value == 0
    # Were 1 row in 100 worse, 20 rows would have none of them in 82 of 100 cases.
    assert gain.resamples.p_at_most(-0.01) == pytest.approx(0.99**20)
    assert gain.resamples.p_at_most(-0.2) < 0.02


def test_one_row_has_a_value_and_no_width():
    outcome = two_models(n=400).only(np.array([0]))

    found = resampled(outcome, [MEASURES["accuracy"]], n_draws=10)

    assert found.of(MEASURES["accuracy"], "new").estimate().interval.width == 0


@pytest.mark.parametrize("counts", [(10, 2), (3, 12), (5, 5), (1, 0), (40, 61)])
def test_mcnemar_is_that_of_statsmodels_and_of_fagerland(counts):
    b, c = counts
    first = np.repeat([True, False, True, False], [7, 4, b, c])
    second = np.repeat([True, False, False, True], [7, 4, b, c])

    found = mcnemar(first, second)

    theirs = their_mcnemar([[7, b], [c, 4]], exact=True)
    assert (found.only_first, found.only_second) == (b, c)
    assert found.p_exact == pytest.approx(theirs.pvalue)
    assert found.p_value <= found.p_exact


def test_mcnemar_s_mid_p_is_that_of_the_paper():
    # Fagerland et al. 2013, table 1: airway hyper-responsiveness, 1 and 7 of 21 children.
    first = np.repeat([True, False, True, False], [1, 12, 1, 7])
    second = np.repeat([True, False, False, True], [1, 12, 1, 7])

    found = mcnemar(first, second)

    assert found.p_exact == pytest.approx(0.070, abs=5e-4)
    assert found.p_value == pytest.approx(0.039, abs=5e-4)
    assert mcnemar([True], [True]).p_value == 1.0


def test_mcnemar_wants_pairs():
    with pytest.raises(ValueError, match="no pairs"):
        mcnemar([True, False], [True])


@pytest.mark.parametrize(
    ("name", "near"),
    [("roc_auk", "roc_auc"), ("neg_mean_absolute_error", "mae"), ("ECE", "calibration_error")],
)
def test_an_unknown_measure_is_told_with_what_is_meant(name, near):
    with pytest.raises(UnknownNameError, match=name) as told:
        find_measure(name)

    assert told.value.hint == f"did you mean `{near}`?"


@pytest.mark.parametrize(
    ("make", "name", "said"),
    [
        (of_two, "mae", "the target holds classes, and `mae` is of a quantity"),
        (of_numbers, "f1", "the target is a quantity, and `f1` is of classes"),
        (of_four, "specificity", "is of two classes, and the target has 4"),
    ],
)
def test_a_measure_of_another_kind_of_target_is_refused(make, name, said):
    with pytest.raises(DataError, match=said):
        Statistics(make(), [Asked(MEASURES[name], "new")])


def test_a_measure_of_chances_needs_some():
    outcome = of_two()
    bare = Outcome(
        truth=outcome.truth, said={"new": Said(predicted=outcome.truth)}, classes=(0, 1), positive=1
    )

    with pytest.raises(DataError, match="needs chances, and the model `new` tells only classes"):
        Statistics(bare, [Asked(MEASURES["log_loss"], "new")])


def test_a_share_of_nothing_is_refused():
    outcome = Outcome(truth=np.array([0.0, 1.0]), said={"new": Said(predicted=np.ones(2))})

    with pytest.raises(DataError, match="not defined where the target is 0, as it is in 1 rows"):
        Statistics(outcome, [Asked(MEASURES["mape"], "new")])


@pytest.mark.parametrize("n", [1, 7, 40, 3000])
def test_counts_are_those_of_n_draws_from_n_rows(n):
    counts = Draws(n).take(60_000 // n, np.random.default_rng(n))

    assert (counts.sum(axis=1) == n).all()
    found = np.bincount(counts.ravel(), minlength=6)
    wanted = binom.pmf(np.arange(6), n, 1 / n) * counts.size
    few = wanted < 5
    found, wanted = found[: len(few)][~few], wanted[~few]
    # Rows of one resample depend on each other a little, which makes the test milder.
    assert ((found - wanted) ** 2 / np.maximum(wanted, 1)).sum() < chi2.ppf(0.9999, len(found))


def test_counts_of_two_rows_depend_on_each_other_as_they_must():
    counts = Draws(4).take(40_000, np.random.default_rng(0)).astype(float)

    theirs = np.random.default_rng(1).multinomial(4, np.full(4, 0.25), size=40_000)

    assert np.cov(counts.T) == pytest.approx(np.cov(theirs.T.astype(float)), abs=0.03)


@pytest.mark.parametrize("cell", [0, 24_109, 48_218, 65_535])
def test_a_cell_of_the_table_gives_what_the_distribution_gives_there(cell):
    draws, n = Draws(10_000), 10_000
    rate = 1 - 4 / np.sqrt(n)

    low, high = poisson.ppf([cell / 65_536, np.nextafter((cell + 1) / 65_536, 0)], rate)

    told = draws._table[cell]
    assert told == (max(low, 0) if low == high or cell == 0 else -1)


def test_intervals_are_as_wide_as_those_of_a_loop_over_copied_rows():
    outcome = two_models(n=500)
    names = ["accuracy", "f1", "roc_auc", "average_precision", "log_loss"]
    draw = np.random.default_rng(0)
    gains = []
    for _ in range(300):
        rows = draw.integers(500, size=500)
        live, new = (
            [
                THEIRS[name](outcome.truth[rows], each.predicted[rows], each.probabilities[rows])
                for name in names
            ]
            for each in outcome.said.values()
        )
        gains.append(np.array(new) - np.array(live))

    found = resampled(outcome, [MEASURES[each] for each in names], n_draws=2000)

    for name, theirs in zip(names, np.std(gains, axis=0), strict=True):
        ours = found.gain(MEASURES[name], "live", "new").resamples.draws.std()
        assert ours == pytest.approx(theirs, rel=0.15), name


@pytest.mark.parametrize(
    ("n", "lost", "won", "loss"),
    [(400, 6, 2, 0.03), (20, 0, 0, 0.01), (60, 5, 9, -0.05), (100, 12, 12, 0.0), (50, 0, 7, 0.1)],
)
def test_the_spread_at_the_bound_is_that_of_the_likeliest_chances_there(n, lost, won, loss):
    def unlikely(chance):
        rest = n - lost - won
        return -(
            xlogy(won, chance) + xlogy(lost, chance + loss) + xlogy(rest, 1 - 2 * chance - loss)
        )

    ends = max(0.0, -loss), (1 - loss) / 2
    likeliest = minimize_scalar(unlikely, bounds=ends, method="bounded", options={"xatol": 1e-10}).x
    wanted = (won - lost + n * loss) / np.sqrt(n * (2 * likeliest + loss - loss**2))
    before = np.repeat([True, False, True], [lost, won, n - lost - won])
    after = np.repeat([False, True, True], [lost, won, n - lost - won])

    at_most, at_least = p_of_gain(before, after, -loss)

    assert at_most == pytest.approx(norm.sf(wanted), abs=1e-4)
    assert at_least == pytest.approx(norm.cdf(wanted), abs=1e-4)
    mirrored = p_of_gain(after, before, loss)
    assert mirrored == pytest.approx((at_least, at_most), abs=1e-4)


def test_without_a_margin_the_score_is_mcnemar_s():
    before, after = np.repeat([True, False], [12, 25]), np.repeat([False, True], [12, 25])

    theirs = their_mcnemar([[0, 12], [25, 0]], exact=False, correction=False)

    assert 2 * p_of_gain(before, after, 0.0)[0] == pytest.approx(theirs.pvalue)


def test_a_share_is_tested_exactly():
    right = np.arange(300) > 0

    at_most, at_least = p_of_share(right, 0.98)

    theirs = binomtest(299, 300, 0.98, alternative="greater").pvalue
    assert at_most == pytest.approx(theirs)
    assert at_least == pytest.approx(binomtest(299, 300, 0.98, alternative="less").pvalue)


def test_a_recall_is_a_share_of_the_positive_rows_and_a_precision_is_none():
    outcome = of_two()

    assert rows_of_share(MEASURES["recall"], outcome).sum() == (outcome.truth == 1).sum()
    assert rows_of_share(MEASURES["specificity"], outcome).sum() == (outcome.truth == 0).sum()
    assert rows_of_share(MEASURES["precision"], outcome) is None
    assert rows_of_share(MEASURES["recall"], of_four()) is None
