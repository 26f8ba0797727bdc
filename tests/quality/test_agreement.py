"""Agreement is that of the books, and sure where it says so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats import inter_rater

from tilth.quality.agreement import (
    agreement,
    by_slice,
    coefficients,
    compare,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
)
from tilth.quality.votes import Votes

METRICS = ("nominal", "ordinal", "interval", "ratio")
nan = float("nan")

# K. Krippendorff, "Computing Krippendorff's alpha-reliability", 2011, section C: 4 observers,
# 12 units.
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, nan, nan, nan],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, nan, 3],
        [nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, nan],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, nan],
    ]
).T

# The worked example that most texts on Fleiss' kappa give: 10 subjects, 14 raters, 5 categories.
FLEISS = np.array(
    [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]
)

# K. L. Gwet, Handbook of Inter-Rater Reliability, 4th edition, 2014, page 120: 15 units, 5
# observers, scores 0 to 3. The figures are those of the package irrCAC 0.4.4, digits=6.
GWET = np.array(
    [
        [1, 1, 2, nan, 2],
        [1, 1, 0, 1, nan],
        [2, 3, 3, 3, nan],
        [nan, 0, 0, nan, 0],
        [0, 0, 0, nan, 0],
        [0, 0, 0, nan, 0],
        [1, 0, 2, nan, 1],
        [1, nan, 2, 0, nan],
        [2, 2, 2, nan, 2],
        [2, 1, 1, 1, nan],
        [nan, 1, 0, 0, nan],
        [0, 0, 0, 0, nan],
        [1, 2, 2, 2, nan],
        [3, 3, 2, 2, 3],
        [1, 1, 1, nan, 1],
    ]
)


def of_counts(table) -> Votes:
    """Votes of which only the numbers for each class are known."""
    rows = [np.repeat(np.arange(len(row)), row) for row in table]
    width = max(map(len, rows))
    return Votes.from_matrix(
        [[*row.tolist(), *[None] * (width - len(row))] for row in rows],
        classes=range(len(table[0])),
    )


def noisy(n_items: int, *, right: float, seed: int, n_labelers: int = 2, n_classes: int = 2):
    """Labelers who see the truth with some probability and otherwise guess."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(n_classes, size=(n_items, 1))
    guess = rng.integers(n_classes, size=(n_items, n_labelers))
    return np.where(rng.random((n_items, n_labelers)) < right, truth, guess)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_alpha_is_the_one_of_krippendorff(metric, expected):
    votes = Votes.from_matrix(KRIPPENDORFF)

    assert krippendorff_alpha(votes, metric=metric) == pytest.approx(expected, abs=5e-4)


# Figures of the package `krippendorff` 0.9.0 on the same table.
@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("nominal", 0.743421052631579),
        ("ordinal", 0.8153875037548814),
        ("interval", 0.8491071428571428),
        ("ratio", 0.7974027747116121),
    ],
)
def test_alpha_agrees_to_the_last_digit(metric, expected):
    votes = Votes.from_matrix(KRIPPENDORFF)

    assert krippendorff_alpha(votes, metric=metric) == pytest.approx(expected, abs=1e-13)


def test_fleiss_kappa_is_the_one_of_fleiss_and_statsmodels():
    votes = of_counts(FLEISS)

    assert fleiss_kappa(votes) == pytest.approx(0.210, abs=5e-4)
    assert fleiss_kappa(votes) == pytest.approx(inter_rater.fleiss_kappa(FLEISS), abs=1e-13)


def test_ac1_is_the_one_of_gwet():
    first, second = Votes.from_matrix(KRIPPENDORFF), Votes.from_matrix(GWET)

    assert gwet_ac1(first) == pytest.approx(0.775444, abs=5e-7)
    assert percent_agreement(first) == pytest.approx(0.818182, abs=5e-7)
    assert gwet_ac1(second) == pytest.approx(0.496622, abs=5e-7)
    assert percent_agreement(second) == pytest.approx(0.615556, abs=5e-7)


def test_kappa_and_alpha_with_gaps_are_those_of_gwet():
    assert fleiss_kappa(Votes.from_matrix(KRIPPENDORFF)) == pytest.approx(0.761169, abs=5e-7)
    assert fleiss_kappa(Votes.from_matrix(GWET)) == pytest.approx(0.457622, abs=5e-7)
    assert krippendorff_alpha(Votes.from_matrix(GWET)) == pytest.approx(0.48053, abs=5e-6)


def plain_alpha(matrix, metric: str) -> float:
    """Alpha word for word: over all pairs of votes within items, and over all pairs at all."""
    rows = [[each for each in row if each is not None] for row in matrix]
    rows = [row for row in rows if len(row) > 1]
    pool = [each for row in rows for each in row]

    def away(a, b):
        if metric == "nominal":
            return float(a != b)
        if metric == "interval":
            return (a - b) ** 2
        if metric == "ratio":
            return ((a - b) / (a + b)) ** 2 if a + b else 0.0
        low, high = min(a, b), max(a, b)
        between = sum(low <= each <= high for each in pool)
        return (between - (pool.count(a) + pool.count(b)) / 2) ** 2 if a != b else 0.0

    within = sum(away(a, b) / (len(row) - 1) for row in rows for a in row for b in row)
    overall = sum(away(a, b) for a in pool for b in pool)
    return 1 - (len(pool) - 1) * within / overall


matrices = st.lists(
    st.lists(st.one_of(st.none(), st.sampled_from([0, 1, 2, 5])), min_size=4, max_size=4),
    min_size=1,
    max_size=12,
)


@given(matrices, st.sampled_from(METRICS))
def test_alpha_is_its_definition_word_for_word(matrix, metric):
    pool = {each for row in matrix for each in row if sum(x is not None for x in row) > 1}
    assume(len(pool - {None}) > 1)

    found = krippendorff_alpha(Votes.from_matrix(matrix), metric=metric)

    assert found == pytest.approx(plain_alpha(matrix, metric), abs=1e-9)


@given(matrices, st.permutations(range(4)))
def test_who_is_who_does_not_matter(matrix, order):
    assume(any(each is not None for row in matrix for each in row))
    votes = Votes.from_matrix(matrix)
    others = Votes.from_matrix([[row[i] for i in order] for row in matrix])

    for figure in (percent_agreement, fleiss_kappa, gwet_ac1, krippendorff_alpha):
        assert figure(votes) == pytest.approx(figure(others), nan_ok=True)


def test_full_agreement_is_one():
    votes = Votes.from_matrix([[0, 0, 0], [1, 1, 1], [2, 2, None]])

    for figure in (percent_agreement, fleiss_kappa, gwet_ac1, krippendorff_alpha):
        assert figure(votes) == 1.0


def test_guesses_have_no_agreement_beyond_chance():
    votes = Votes.from_matrix(noisy(20_000, right=0.0, seed=1, n_labelers=3, n_classes=4))

    assert percent_agreement(votes) == pytest.approx(0.25, abs=0.01)
    for figure in (fleiss_kappa, gwet_ac1, krippendorff_alpha):
        assert figure(votes) == pytest.approx(0, abs=0.01)


def test_kappa_falls_where_one_class_rules_and_ac1_does_not():
    # 118 of 125 agree on the common class; A. R. Feinstein and D. V. Cicchetti, "High agreement
    # but low kappa", Journal of Clinical Epidemiology 43, 1990, describe the paradox.
    votes = Votes.from_matrix([[0, 0]] * 118 + [[0, 1]] * 5 + [[1, 0]] * 2)

    assert percent_agreement(votes) == pytest.approx(0.944)
    assert fleiss_kappa(votes) < 0
    assert gwet_ac1(votes) > 0.9


@pytest.mark.parametrize("metric", METRICS)
def test_one_class_leaves_nothing_to_be_sure_of(metric):
    votes = Votes.from_matrix([[3, 3], [3, 3]])

    assert percent_agreement(votes) == 1.0
    assert np.isnan([fleiss_kappa(votes), gwet_ac1(votes)]).all()
    assert np.isnan(krippendorff_alpha(votes, metric=metric))


def test_a_class_that_could_have_been_chosen_makes_ac1_sure():
    assert gwet_ac1(Votes.from_matrix([[3, 3], [3, 3]], classes=[1, 2, 3])) == 1.0


@pytest.mark.parametrize(
    "matrix",
    [
        [[1, None], [None, 2]],  # nobody shares an item
        [[1], [2]],  # one labeler
        [[1, None, None]],  # one vote
    ],
)
def test_without_an_item_in_common_there_is_no_agreement(matrix):
    votes = Votes.from_matrix(matrix)

    for figure in (percent_agreement, fleiss_kappa, gwet_ac1, krippendorff_alpha):
        assert np.isnan(figure(votes))
    found = agreement(votes)
    assert found.n_compared == 0
    assert np.isnan([found.alpha.value, found.alpha.interval.low]).all()


def test_of_no_votes_at_all_nothing_is_known():
    votes = Votes.from_matrix([[0, 1], [1, 1]])
    none = votes.where(votes.labeler > 5)

    assert np.isnan([agreement(none).alpha.value, agreement(none).alpha.interval.low]).all()
    assert np.isnan([*coefficients(none, metrics=METRICS).values()]).all()
    assert np.isnan(compare(none, votes).difference.value)
    assert np.isnan(compare(none, none).difference.interval.high)


def test_items_with_one_vote_say_nothing_of_agreement():
    votes = Votes.from_matrix([[1, 1], [1, 2], [2, 2]])
    more = Votes.from_matrix([[1, 1], [1, 2], [2, 2], [2, None], [None, None]])

    assert percent_agreement(more) == percent_agreement(votes)
    assert krippendorff_alpha(more) == krippendorff_alpha(votes)
    assert agreement(more).n_items == 4
    assert agreement(more).n_compared == 3


def test_a_label_that_nobody_else_has_is_a_disagreement():
    votes = Votes.from_matrix([["a", "a"], ["b", "b"], ["a", "strange"]])

    assert percent_agreement(votes) == pytest.approx(2 / 3)


def test_nobody_agrees_with_himself():
    votes = Votes.of([1, 1], [7, 7], ["a", "b"], repeats="keep")

    with pytest.raises(ValueError, match="voted twice"):
        krippendorff_alpha(votes)


def test_distances_need_numbers_that_fit_the_metric():
    with pytest.raises(ValueError, match="not a number"):
        krippendorff_alpha(Votes.from_matrix([["a", "b"]]), metric="interval")
    with pytest.raises(ValueError, match="negative"):
        krippendorff_alpha(Votes.from_matrix([[-1, 2]]), metric="ratio")
    with pytest.raises(ValueError, match="no metric"):
        krippendorff_alpha(Votes.from_matrix([[1, 2]]), metric="cosine")


def test_the_ordinal_metric_takes_classes_in_the_order_given():
    rows = [["low", "middle"], ["high", "high"], ["low", "low"], ["middle", "high"]]
    ordered = Votes.from_matrix(rows, classes=["low", "middle", "high"])
    as_numbers = [[{"low": 0, "middle": 1, "high": 2}[each] for each in row] for row in rows]

    assert krippendorff_alpha(ordered, metric="ordinal") == pytest.approx(
        krippendorff_alpha(Votes.from_matrix(as_numbers), metric="ordinal")
    )


def test_ten_thousand_classes_are_no_trouble():
    rng = np.random.default_rng(0)
    matrix = rng.integers(10_000, size=(3000, 1)).repeat(3, axis=1)
    matrix[:300, 0] = 0

    votes = Votes.from_matrix(matrix)

    assert percent_agreement(votes) == pytest.approx(1 - 0.1 * 2 / 3, abs=1e-9)
    for metric in METRICS:
        assert 0.7 < krippendorff_alpha(votes, metric=metric) < 1


def test_all_coefficients_come_at_once():
    votes = Votes.from_matrix(KRIPPENDORFF)

    found = coefficients(votes, metrics=METRICS)

    assert found == {
        "percent": percent_agreement(votes),
        "fleiss": fleiss_kappa(votes),
        "ac1": gwet_ac1(votes),
        **{metric: krippendorff_alpha(votes, metric=metric) for metric in METRICS},
    }


def test_intervals_may_be_left_out():
    votes = Votes.from_matrix(KRIPPENDORFF)

    found = agreement(votes, n_draws=0).alpha

    assert found.value == krippendorff_alpha(votes)
    assert np.isnan([found.interval.low, found.interval.high]).all()


def test_figures_come_with_intervals_around_them():
    found = agreement(Votes.from_matrix(noisy(400, right=0.8, seed=3, n_labelers=3)))

    for each in (found.percent, found.fleiss, found.alpha, found.ac1):
        assert each.interval.low < each.value < each.interval.high
        assert 0.02 < each.interval.width < 0.2
    assert (found.n_items, found.n_votes, found.n_labelers) == (400, 1200, 3)


@pytest.mark.parametrize("metric", METRICS)
def test_an_interval_is_the_spread_of_the_figure_over_samples(metric):
    # Two labelers of 0 to 3 on 150 items, drawn again and again: the widths must agree.
    values = [
        krippendorff_alpha(
            Votes.from_matrix(noisy(150, right=0.7, seed=seed, n_classes=4)), metric=metric
        )
        for seed in range(300)
    ]
    first = agreement(
        Votes.from_matrix(noisy(150, right=0.7, seed=0, n_classes=4)), metric=metric
    ).alpha

    assert first.interval.width == pytest.approx(2 * 1.96 * np.std(values), rel=0.25)


def test_the_same_seed_gives_the_same_intervals():
    votes = Votes.from_matrix(noisy(50, right=0.8, seed=3))

    assert agreement(votes, seed=1) == agreement(votes, seed=1)
    assert agreement(votes, seed=1) != agreement(votes, seed=2)


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say():
    # Two labelers are right with probability 0.8 and otherwise toss a coin, so that they agree
    # beyond chance with probability 0.8 squared: kappa, alpha and AC1 are all 0.64.
    held = {"fleiss": 0, "alpha": 0, "ac1": 0}
    for seed in range(500):
        found = agreement(
            Votes.from_matrix(noisy(120, right=0.8, seed=seed)), n_draws=999, seed=seed
        )
        for name in held:
            held[name] += 0.64 in getattr(found, name).interval
    for name, times in held.items():
        assert 0.92 < times / 500 < 0.98, name


def test_slices_have_their_own_agreement():
    good, bad = noisy(300, right=0.95, seed=1), noisy(300, right=0.1, seed=2)
    votes = Votes.from_matrix(np.r_[good, bad])
    column = ["clear"] * 300 + ["blurred"] * 299 + [None]

    found = by_slice(votes, column)

    assert list(found) == ["clear", "blurred"]
    assert found["clear"].n_items == 300
    assert found["blurred"].n_items == 299
    assert found["clear"].alpha.interval.low > found["blurred"].alpha.interval.high


def test_slices_may_overlap_and_may_be_empty():
    votes = Votes.from_matrix([[0, 0], [1, 1], [0, 1], [None, None]])

    found = by_slice(
        votes,
        {
            "all": np.full(4, True),
            "first": np.array([True, True, False, False]),
            "unlabelled": np.array([False, False, False, True]),
        },
    )

    assert list(found) == ["all", "first"]
    assert found["first"].percent.value == 1.0


@pytest.mark.parametrize("slices", [["a"], {"a": [True]}, {"a": [0, 1]}])
def test_a_slice_says_of_each_item_whether_it_is_in_it(slices):
    with pytest.raises(ValueError, match="slice"):
        by_slice(Votes.from_matrix([[0, 0], [1, 1]]), slices)


def test_a_better_instruction_is_seen_to_be_better():
    before = Votes.from_matrix(noisy(300, right=0.5, seed=1))
    after = Votes.from_matrix(noisy(300, right=0.9, seed=1))

    found = compare(before, after)

    assert found.before == krippendorff_alpha(before)
    assert found.after == krippendorff_alpha(after)
    assert found.difference.value == found.after - found.before
    assert 0.9**2 - 0.5**2 in found.difference.interval
    assert found.n_shared == 300


def test_the_same_items_tell_a_change_apart_more_sharply_than_others():
    rng = np.random.default_rng(4)
    before = noisy(400, right=0.6, seed=1)
    after = before.copy()
    mended = rng.random(400) < 0.2
    after[mended, 0] = after[mended, 1]

    same = compare(Votes.from_matrix(before), Votes.from_matrix(after))
    other = compare(
        Votes.from_matrix(before), Votes.from_matrix(after, items=np.arange(400) + 1000)
    )

    assert same.difference.value == other.difference.value
    assert other.n_shared == 0
    assert same.difference.interval.width < 0.8 * other.difference.interval.width


@pytest.mark.parametrize("coefficient", ["percent", "fleiss", "alpha", "ac1"])
def test_a_version_does_not_differ_from_itself(coefficient):
    votes = Votes.from_matrix(noisy(60, right=0.7, seed=1))

    found = compare(votes, votes, coefficient=coefficient).difference

    assert (found.value, found.interval.low, found.interval.high) == (0.0, 0.0, 0.0)


def test_what_cannot_be_compared_is_not_a_number_and_a_mistake_is_told():
    alone = Votes.from_matrix([[1], [2]])
    votes = Votes.from_matrix([[1, 1], [2, 2]])

    assert np.isnan(compare(alone, votes).difference.value)
    with pytest.raises(ValueError, match="no coefficient"):
        compare(votes, votes, coefficient="rho")


@pytest.mark.slow
@pytest.mark.parametrize("shared", [0, 75, 150])
def test_intervals_of_a_change_hold_it_as_often_as_they_say(shared):
    held = 0
    for seed in range(300):
        before, after = noisy(150, right=0.6, seed=seed), noisy(150, right=0.8, seed=1000 + seed)
        names = np.r_[np.arange(shared), 1000 + np.arange(150 - shared)]
        found = compare(
            Votes.from_matrix(before), Votes.from_matrix(after, items=names), n_draws=999
        )
        held += 0.8**2 - 0.6**2 in found.difference.interval
    assert 0.91 < held / 300 < 0.985
