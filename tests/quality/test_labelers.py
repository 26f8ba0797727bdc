"""Labelers are compared with one another, and who is apart is named."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats import inter_rater

from tilth.quality.labelers import by_labeler, cohen_kappa, pairwise
from tilth.quality.votes import Votes

nan = float("nan")


def of_table(table) -> tuple[list[int], list[int]]:
    """Labels of two labelers from how often each pair of classes occurred."""
    pairs = [(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    first, second = zip(*pairs, strict=True)
    return list(first), list(second)


def with_a_stranger() -> Votes:
    """Three labelers right nine times in ten, and a fourth who guesses."""
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=(300, 1))
    votes = np.where(
        rng.random((300, 4)) < [0.9, 0.9, 0.9, 0.0], truth, rng.integers(3, size=(300, 4))
    )
    return Votes.from_matrix(votes, labelers=["ann", "bob", "cem", "dot"])


def test_cohens_kappa_is_the_one_of_the_textbook():
    assert cohen_kappa(*of_table([[20, 5], [10, 15]])) == pytest.approx(0.400, abs=1e-12)


@pytest.mark.parametrize(("weights", "power"), [("none", None), ("linear", 1), ("quadratic", 2)])
def test_weighted_kappa_is_the_one_of_statsmodels(weights, power):
    table = np.array([[44, 5, 1, 0], [7, 20, 10, 2], [0, 9, 30, 11], [1, 1, 12, 25]])
    theirs = {
        "none": lambda: inter_rater.cohens_kappa(table),
        "linear": lambda: inter_rater.cohens_kappa(table, wt="linear"),
        "quadratic": lambda: inter_rater.cohens_kappa(table, wt="quadratic"),
    }[weights]()

    assert cohen_kappa(*of_table(table), weights=weights) == pytest.approx(theirs.kappa, abs=1e-12)


labels = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=40)


@given(labels, st.sampled_from(["none", "linear", "quadratic"]))
def test_kappa_is_the_one_of_scikit_learn(pairs, weights):
    first, second = map(list, zip(*pairs, strict=True))
    if len({*first, *second}) == 1:
        assert np.isnan(cohen_kappa(first, second, weights=weights))
        return
    theirs = cohen_kappa_score(first, second, weights=None if weights == "none" else weights)

    assert cohen_kappa(first, second, weights=weights) == pytest.approx(theirs, abs=1e-9)


def test_kappa_leaves_out_what_either_lacks():
    assert cohen_kappa([1, 2, nan, 1], [1, 1, 2, nan]) == cohen_kappa([1, 2], [1, 1])
    assert np.isnan(cohen_kappa([1, nan], [nan, 2]))


def test_kappa_takes_columns_of_a_table():
    first, second = [1, 2, None, 1], [1, 1, 2, 2]
    expected = cohen_kappa(first, second)

    assert cohen_kappa(pl.Series(first), pl.Series(second)) == expected
    assert cohen_kappa(np.array(first, float), np.array(second)) == expected


def test_kappa_takes_text_and_an_order_of_classes():
    first, second = ["low", "high", "middle"], ["low", "middle", "middle"]
    order = ["low", "middle", "high"]

    expected = cohen_kappa([0, 2, 1], [0, 1, 1], weights="linear")

    assert cohen_kappa(first, second, weights="linear", classes=order) == expected


@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        (([1, 2], [1]), {}, "not of the same items"),
        (([1, 2], [1, 2]), {"weights": "cubic"}, "`none`, `linear` or `quadratic`"),
        (([nan], [None]), {}, "there is no vote"),
        (([], []), {}, "there is no vote"),
    ],
)
def test_mistaken_calls_are_told(arguments, given, said):
    with pytest.raises(ValueError, match=said):
        cohen_kappa(*arguments, **given)


def test_who_is_apart_comes_first():
    found = by_labeler(with_a_stranger())

    assert found[0].labeler == "dot"
    assert found[0].agreement.interval.high < found[1].agreement.interval.low
    assert 0.0 in found[0].kappa.interval
    assert (found[0].n_votes, found[0].n_compared) == (300, 300)


def test_of_two_labelers_each_has_cohens_kappa():
    first, second = of_table([[20, 5], [10, 15]])

    for each in by_labeler(Votes.from_matrix(np.c_[first, second])):
        assert each.kappa.value == pytest.approx(0.4)
        assert each.agreement.value == pytest.approx(0.7)


def test_agreement_of_a_labeler_is_the_mean_over_the_others():
    votes = with_a_stranger()
    matrix = votes.label.reshape(300, 4)

    for each in by_labeler(votes, n_draws=2):
        i = votes.labelers.index(each.labeler)
        others = np.delete(matrix, i, axis=1)
        assert each.agreement.value == pytest.approx((others == matrix[:, [i]]).mean())


def test_a_labeler_whom_nobody_meets_is_listed_last_with_nothing_known():
    found = by_labeler(Votes.from_matrix([[0, 0, None], [1, 1, None], [None, None, 0]]))

    assert found[-1].labeler == 2
    assert (found[-1].n_votes, found[-1].n_compared) == (1, 0)
    assert np.isnan(found[-1].agreement.value)


def test_a_single_labeler_has_nobody_to_agree_with():
    (only,) = by_labeler(Votes.from_matrix([[0], [1]]))

    assert only.n_compared == 0
    assert pairwise(Votes.from_matrix([[0], [1]]), least=1) == []


def test_one_class_leaves_kappa_open():
    votes = Votes.from_matrix([[1, 1], [1, 1]])

    assert np.isnan(by_labeler(votes)[0].kappa.value)
    assert np.isnan(pairwise(votes, least=1)[0].kappa.value)


def test_every_two_labelers_have_cohens_kappa():
    votes = with_a_stranger()
    matrix = votes.label.reshape(300, 4)

    found = pairwise(votes, n_draws=200)

    assert len(found) == 6
    assert all("dot" in (each.first, each.second) for each in found[:3])
    for each in found:
        i, j = votes.labelers.index(each.first), votes.labelers.index(each.second)
        expected = cohen_kappa_score(matrix[:, i], matrix[:, j])
        assert each.kappa.value == pytest.approx(expected)
        assert each.kappa.value in each.kappa.interval


def test_lists_are_in_order_without_intervals_too():
    votes = with_a_stranger()

    assert by_labeler(votes, n_draws=0)[0].labeler == "dot"
    assert all("dot" in (each.first, each.second) for each in pairwise(votes, n_draws=0)[:3])


def test_pairs_with_few_items_in_common_are_left_out():
    matrix = [[0, 0, None]] * 12 + [[1, None, 1]] * 9

    assert [(each.first, each.second) for each in pairwise(Votes.from_matrix(matrix))] == [(0, 1)]
    assert len(pairwise(Votes.from_matrix(matrix), least=9)) == 2


@settings(max_examples=30)
@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.integers(0, 2)), min_size=5, max_size=5),
        min_size=1,
        max_size=12,
    ).filter(lambda rows: any(each is not None for row in rows for each in row))
)
def test_pairs_meet_on_the_items_that_both_labelled(rows):
    found = pairwise(Votes.from_matrix(rows), least=1, n_draws=2)

    for each in found:
        shared = [
            (row[each.first], row[each.second])
            for row in rows
            if row[each.first] is not None and row[each.second] is not None
        ]
        assert each.n_items == len(shared)
        assert each.agreement.value == pytest.approx(np.mean([a == b for a, b in shared]))
