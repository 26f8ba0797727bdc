"""The classes and pairs of classes that labelers do not agree on come first."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.quality.agreement import fleiss_kappa
from tilth.quality.disagreement import by_class, confusions
from tilth.quality.votes import Votes

# J. L. Fleiss, "Measuring nominal scale agreement among many raters", 1971, table 1: 30
# patients, 6 psychiatrists, 5 diagnoses: depression, personality disorder, schizophrenia,
# neurosis, other.
DIAGNOSES = np.array(
    [
        [0, 0, 0, 6, 0], [0, 3, 0, 0, 3], [0, 1, 4, 0, 1], [0, 0, 0, 0, 6], [0, 3, 0, 3, 0],
        [2, 0, 4, 0, 0], [0, 0, 4, 0, 2], [2, 0, 3, 1, 0], [2, 0, 0, 4, 0], [0, 0, 0, 0, 6],
        [1, 0, 0, 5, 0], [1, 1, 0, 4, 0], [0, 3, 3, 0, 0], [1, 0, 0, 5, 0], [0, 2, 0, 3, 1],
        [0, 0, 5, 0, 1], [3, 0, 0, 1, 2], [5, 1, 0, 0, 0], [0, 2, 0, 4, 0], [1, 0, 2, 0, 3],
        [0, 0, 0, 0, 6], [0, 1, 0, 5, 0], [0, 2, 0, 1, 3], [2, 0, 0, 4, 0], [1, 0, 0, 4, 1],
        [0, 5, 0, 1, 0], [4, 0, 0, 0, 2], [0, 2, 0, 4, 0], [1, 0, 5, 0, 0], [0, 0, 0, 0, 6],
    ]
)  # fmt: skip


def diagnoses() -> Votes:
    return Votes.from_matrix([np.repeat(np.arange(5), row) for row in DIAGNOSES])


def confused(n_items: int = 600, seed: int = 0) -> Votes:
    """Classes 2 and 3 of five are taken for one another half of the time, and no others."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(5, size=n_items)
    votes = truth[:, None].repeat(2, axis=1)
    swap = (rng.random(votes.shape) < 0.5) & np.isin(votes, [2, 3])
    return Votes.from_matrix(np.where(swap, 5 - votes, votes))


def test_kappa_of_each_class_is_the_one_of_fleiss():
    found = {each.label: each.kappa.value for each in by_class(diagnoses())}

    # Table 3 of the paper, and kappa over all classes in its text.
    assert found == pytest.approx({0: 0.245, 1: 0.245, 2: 0.520, 3: 0.471, 4: 0.566}, abs=1e-3)
    assert fleiss_kappa(diagnoses()) == pytest.approx(0.430, abs=1e-3)


def test_positive_agreement_of_two_labelers_is_that_of_the_book():
    # 2a / (2a + b + c), D. V. Cicchetti and A. R. Feinstein, 1990, with a=20, b=5, c=10, d=15.
    rows = [["yes", "yes"]] * 20 + [["yes", "no"]] * 5 + [["no", "yes"]] * 10 + [["no", "no"]] * 15

    found = {each.label: each for each in by_class(Votes.from_matrix(rows))}

    assert found["yes"].agreement.value == pytest.approx(40 / 55)
    assert found["no"].agreement.value == pytest.approx(30 / 45)
    assert found["yes"].n_votes == 55
    assert found["yes"].share == found["no"].share == 1.0


def test_what_is_surely_disagreed_upon_comes_first():
    found = by_class(confused())

    assert {each.label for each in found[:2]} == {2, 3}
    assert found[0].agreement.interval.high < found[2].agreement.interval.low
    assert found[0].share == 1.0
    assert found[4].share == 0.0


def test_a_rare_class_does_not_lead_by_accident():
    rows = [["common", "usual"], ["usual", "common"]] * 60 + [["usual", "usual"]] * 60
    rows += [["rare", "usual"], ["rare", "rare"]]

    found = by_class(Votes.from_matrix(rows))

    assert found[0].label == "common"
    assert found[-1].label == "rare"


def test_the_confused_pair_is_named():
    found = confusions(confused(seed=1))

    assert [(each.first, each.second) for each in found] == [(2, 3)]
    assert found[0].share.value == 1.0
    # Both are right or both wrong half of the time, so half of the votes are met by the other.
    assert 0.5 in found[0].rate.interval
    assert found[0].rate.interval.width < 0.2


def test_two_labelers_who_never_disagree_confuse_nothing():
    votes = Votes.from_matrix([[0, 0], [1, 1]])

    assert confusions(votes) == []
    assert [each.agreement.value for each in by_class(votes)] == [1.0, 1.0]
    assert np.isnan(by_class(votes)[0].share)


def test_without_an_item_in_common_no_class_can_be_judged():
    votes = Votes.from_matrix([[0, None], [None, 1]])

    for each in (votes, votes.where(votes.labeler > 5)):
        assert by_class(each) == []
        assert confusions(each) == []


def test_one_class_has_full_agreement_and_no_kappa():
    (only,) = by_class(Votes.from_matrix([[7, 7], [7, 7]]))

    assert only.agreement.value == 1.0
    assert np.isnan(only.kappa.value)


def test_only_the_greatest_pairs_are_listed():
    rng = np.random.default_rng(0)
    votes = Votes.from_matrix(rng.integers(12, size=(500, 3)))

    found = confusions(votes, n=7)

    shares = [each.share.value for each in found]
    assert len(found) == 7
    assert shares == sorted(shares, reverse=True)


def test_a_thousand_classes_are_listed_in_blocks_without_a_trace(monkeypatch):
    rng = np.random.default_rng(0)
    votes = Votes.from_matrix(rng.integers(30, size=(60, 3)))
    whole = by_class(votes, n_draws=50)
    monkeypatch.setattr("tilth.quality.disagreement._BLOCK", 7)

    found = by_class(votes, n_draws=50)

    assert [each.label for each in found] == [each.label for each in whole]
    assert [each.kappa.interval.low for each in found] == pytest.approx(
        [each.kappa.interval.low for each in whole]
    )


@settings(max_examples=40)
@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=3, max_size=3),
        min_size=1,
        max_size=15,
    ).filter(lambda rows: any(each is not None for row in rows for each in row))
)
def test_figures_are_those_of_counting_pairs_by_hand(rows):
    votes = Votes.from_matrix(rows)
    met = np.zeros((4, 4))
    for row in rows:
        cast = [each for each in row if each is not None]
        for a, b in itertools.permutations(cast, 2):
            met[a, b] += 1 / (len(cast) - 1)
    off = met.sum() - np.trace(met)

    for each in by_class(votes, n_draws=2):
        k = each.label
        assert each.agreement.value == pytest.approx(met[k, k] / met[k].sum())
        if off:
            assert each.share == pytest.approx(2 * (met[k].sum() - met[k, k]) / off)
    for pair in confusions(votes, n_draws=2):
        a, b = pair.first, pair.second
        assert pair.share.value == pytest.approx(2 * met[a, b] / off)
        assert pair.rate.value == pytest.approx(2 * met[a, b] / (met[a].sum() + met[b].sum()))
        assert pair.n_items == sum(a in row and b in row for row in rows)
