"""Several votes become one label, without a tie that is broken in silence."""

from __future__ import annotations

import itertools
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.quality.aggregation import dawid_skene, majority, one_coin
from tilth.quality.votes import Votes

# A. P. Dawid and A. M. Skene, "Maximum likelihood estimation of observer error-rates using the EM
# algorithm", Applied Statistics 28, 1979, table 1: the grades that 5 anaesthetists gave to 45
# patients, the first of them three times.
ANAESTHESIA = """
111 1 1 1 1   333 4 3 3 4   112 2 1 2 2   222 3 1 2 1   222 3 2 2 2   222 3 3 2 2   122 2 1 1 1
333 3 4 3 3   222 2 2 2 3   232 2 2 2 3   444 4 4 4 4   222 3 3 4 3   111 1 1 1 1   222 3 2 1 2
121 1 1 1 1   111 2 1 1 1   111 1 1 1 1   111 1 1 1 1   222 2 2 2 1   222 1 3 2 2   222 2 2 2 2
222 2 2 2 1   222 3 2 2 2   221 2 2 2 2   111 1 1 1 1   111 1 1 1 1   232 2 2 2 2   111 1 1 1 1
111 1 1 1 1   112 1 1 2 1   111 1 1 1 1   333 3 2 3 3   111 1 1 1 1   222 2 2 2 2   222 3 2 3 2
433 4 3 4 3   221 2 2 3 2   232 3 2 3 3   333 3 4 3 2   111 1 1 1 1   111 1 1 1 1   121 2 1 1 1
232 2 2 2 2   121 1 1 1 1   222 2 2 2 2
"""

nan = float("nan")


def anaesthesia() -> Votes:
    fields = ANAESTHESIA.split()
    rows = [
        (patient, observer + 1, int(grade))
        for patient in range(45)
        for observer, grades in enumerate(fields[5 * patient : 5 * patient + 5])
        for grade in grades
    ]
    return Votes.of(*map(list, zip(*rows, strict=True)), repeats="keep")


def planted(
    n_items: int, n_labelers: int, n_classes: int, *, each: int, seed: int
) -> tuple[Votes, np.ndarray, np.ndarray]:
    """Votes of labelers with known confusions; the true classes, and the confusions.

    Every labeler has a class of his own that he takes for the next one.
    """
    rng = np.random.default_rng(seed)
    truth = rng.integers(n_classes, size=n_items)
    confusion = np.full((n_labelers, n_classes, n_classes), 0.1 / (n_classes - 1))
    confusion[:, np.arange(n_classes), np.arange(n_classes)] = 0.9
    weak = np.arange(n_labelers) % n_classes
    confusion[np.arange(n_labelers), weak, weak] = 0.3
    confusion[np.arange(n_labelers), weak, (weak + 1) % n_classes] += 0.6
    item = np.repeat(np.arange(n_items), each)
    labeler = np.concatenate([rng.permutation(n_labelers)[:each] for _ in range(n_items)])
    chances = np.cumsum(confusion[labeler, truth[item]], axis=1)
    label = (rng.random((item.size, 1)) > chances).sum(axis=1)
    return Votes.of(item, labeler, label, classes=range(n_classes)), truth, confusion


def plain_dawid_skene(votes: Votes, n_rounds: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The paper, equations 2.3 to 2.5, with a full array of counts."""
    shape = len(votes.items), len(votes.labelers), len(votes.classes)
    n = np.zeros(shape)
    np.add.at(n, (votes.item, votes.labeler, votes.label), 1)
    posterior = n.sum(axis=1) / n.sum(axis=(1, 2))[:, None]
    for _ in range(n_rounds):
        prior = posterior.mean(axis=0)
        confusion = np.einsum("it,ijl->jtl", posterior, n)
        confusion /= np.maximum(confusion.sum(axis=2, keepdims=True), 1e-300)
        likelihood = np.prod(confusion[None] ** n[:, :, None, :], axis=(1, 3))
        posterior = prior * likelihood
        posterior /= posterior.sum(axis=1, keepdims=True)
    return posterior, prior, confusion


def test_the_majority_is_what_most_chose():
    found = majority(Votes.from_matrix([["a", "b", "a"], ["b", "b", "b"]]))

    assert [found.classes[k] for k in found.label] == ["a", "b"]
    assert found.share.tolist() == pytest.approx([2 / 3, 1.0])
    assert not found.tied.any()


def test_a_tie_is_shown_and_stays_open():
    found = majority(
        Votes.from_matrix([["c", "a", None], [None, None, None], ["a", "b", "c"], ["b", "b", "a"]])
    )

    assert found.label.tolist() == [-1, -1, -1, 1]
    assert found.tied.tolist() == [True, False, True, False]
    assert found.n_leading.tolist() == [2, 0, 3, 1]
    assert [found.leaders(i) for i in range(4)] == [("a", "c"), (), ("a", "b", "c"), ("b",)]
    assert found.share[1] == 0.0


@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=4, max_size=4),
        min_size=1,
        max_size=20,
    ).filter(lambda rows: any(each is not None for row in rows for each in row))
)
def test_leaders_are_those_with_most_votes(rows):
    found = majority(Votes.from_matrix(rows))

    for i, row in enumerate(rows):
        cast = [each for each in row if each is not None]
        most = max((cast.count(each) for each in cast), default=0)
        expected = tuple(sorted({each for each in cast if cast.count(each) == most}))
        assert found.leaders(i) == expected
        assert (found.label[i] >= 0) == (len(expected) == 1)


def test_dawid_and_skene_find_what_they_published():
    found = dawid_skene(anaesthesia(), strength=0, tolerance=1e-10, max_rounds=1000)

    assert found.converged
    # Table 2: marginal probabilities; table 3: error rates of the first observer.
    assert found.prior.round(2).tolist() == [0.40, 0.42, 0.11, 0.07]
    assert found.confusion(1).round(2).tolist() == [
        [0.89, 0.11, 0, 0],
        [0.07, 0.88, 0.05, 0],
        [0, 0.34, 0.66, 0],
        [0, 0, 0.56, 0.44],
    ]
    # Table 4: the first six patients.
    assert [found.classes[k] for k in found.label[:6]] == [1, 4, 2, 2, 2, 2]
    assert found.posterior[:6].max(axis=1).round(2).tolist() == [1.0] * 6


@pytest.mark.parametrize("n_rounds", [1, 3, 20])
def test_rounds_are_those_of_the_paper_word_for_word(n_rounds):
    votes = anaesthesia()
    posterior, prior, confusion = plain_dawid_skene(votes, n_rounds)

    found = dawid_skene(votes, strength=0, tolerance=0, max_rounds=n_rounds - 1)

    assert found.posterior == pytest.approx(posterior, abs=1e-10)
    assert found.prior == pytest.approx(prior, abs=1e-12)
    for j, labeler in enumerate(found.labelers):
        met = confusion[j].sum(axis=1) > 0
        assert found.confusion(labeler)[met] == pytest.approx(confusion[j][met], abs=1e-10)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.integers(0, 2)), min_size=4, max_size=4),
        min_size=2,
        max_size=20,
    ).filter(lambda rows: any(each is not None for row in rows for each in row)),
    st.sampled_from([partial(dawid_skene, strength=0), one_coin]),
)
def test_each_round_explains_the_votes_at_least_as_well(rows, fit):
    votes = Votes.from_matrix(rows)

    likelihoods = [fit(votes, max_rounds=n).log_likelihood for n in range(8)]

    assert all(after >= before - 1e-9 for before, after in itertools.pairwise(likelihoods))


def test_planted_confusions_are_found():
    votes, truth, confusion = planted(3000, 5, 3, each=4, seed=0)

    found = dawid_skene(votes, strength=0)

    for labeler in range(5):
        assert found.confusion(labeler) == pytest.approx(confusion[labeler], abs=0.06)
    right = np.array([(confusion[j].diagonal() * found.prior).sum() for j in range(5)])
    assert found.reliability == pytest.approx(right, abs=0.03)
    assert (found.label == truth).mean() > (majority(votes).label == truth).mean() + 0.02


def test_the_posterior_says_how_sure_it_is():
    votes, truth, _ = planted(5000, 5, 3, each=3, seed=1)
    found = dawid_skene(votes, strength=0)
    sure = found.posterior.max(axis=1)
    right = found.posterior.argmax(axis=1) == truth

    for low, high in [(0.5, 0.8), (0.8, 0.95), (0.95, 1.0)]:
        some = (sure > low) & (sure <= high)
        assert right[some].mean() == pytest.approx(sure[some].mean(), abs=0.06)


def test_few_votes_for_each_labeler_ask_for_shrinkage():
    # 300 labelers of ten votes each, and 16 numbers for each of them to learn.
    votes, truth, _ = planted(1000, 300, 4, each=3, seed=2)

    chosen = dawid_skene(votes)
    alone = dawid_skene(votes, strength=0)

    assert chosen.strength > 0
    assert chosen.held_out[chosen.strength] == max(chosen.held_out.values())
    assert (chosen.label == truth).mean() > (alone.label == truth).mean() + 0.02


def crowd(n_items: int, n_labelers: int, n_classes: int) -> tuple[Votes, np.ndarray]:
    """Three votes for each item, of people who differ in care and take the same classes for one
    another: 0 and 1, 2 and 3, and so on."""
    rng = np.random.default_rng(0)
    truth = rng.integers(n_classes, size=n_items)
    care = rng.beta(16, 4, size=n_labelers)
    item = np.repeat(np.arange(n_items), 3)
    labeler = np.concatenate([rng.permutation(n_labelers)[:3] for _ in range(n_items)])
    true = truth[item]
    anything = (true + rng.integers(1, n_classes, size=item.size)) % n_classes
    wrong = np.where(rng.random(item.size) < 0.7, true ^ 1, anything)
    label = np.where(rng.random(item.size) < care[labeler], true, wrong)
    return Votes.of(item, labeler, label, classes=range(n_classes)), truth


def test_in_a_crowd_the_model_of_1979_is_worse_than_the_majority_and_the_shrunk_one_is_not():
    votes, truth = crowd(1000, 300, 10)
    most = majority(votes)
    lucky = np.mean((most.label != truth) & ~most.tied) + np.mean(most.tied) / 2

    assert np.mean(dawid_skene(votes, strength=0).label != truth) > lucky + 0.05
    assert np.mean(dawid_skene(votes).label != truth) < lucky


def test_many_votes_for_each_labeler_ask_for_little():
    votes, _, _ = planted(4000, 4, 3, each=3, seed=3)

    found = dawid_skene(votes)

    assert found.strength <= 50
    assert found.held_out[found.strength] > found.held_out[float("inf")] + 0.05


def test_the_same_seed_holds_out_the_same_votes():
    votes, _, _ = planted(200, 20, 3, each=3, seed=4)

    assert dawid_skene(votes, seed=1).held_out == dawid_skene(votes, seed=1).held_out
    assert dawid_skene(votes, seed=1).held_out != dawid_skene(votes, seed=2).held_out


def test_with_all_alike_every_labeler_has_one_confusion():
    votes, _, _ = planted(300, 5, 3, each=3, seed=5)

    found = dawid_skene(votes, strength=float("inf"))

    assert found.confusion(0).tolist() == found.confusion(4).tolist()
    assert found.confusion(0).sum(axis=1) == pytest.approx(np.ones(3))


@pytest.mark.parametrize("strength", [0.0, 5.0, float("inf")])
def test_rows_of_a_confusion_sum_to_one(strength):
    votes, _, _ = planted(200, 30, 3, each=3, seed=6)
    found = dawid_skene(votes, strength=strength)

    for labeler in found.labelers:
        sums = found.confusion(labeler).sum(axis=1)
        assert sums[~np.isnan(sums)] == pytest.approx(1.0)


def test_one_coin_finds_how_often_each_is_right():
    rng = np.random.default_rng(0)
    accuracy = np.array([0.95, 0.9, 0.8, 0.6, 0.4])
    truth = rng.integers(4, size=3000)
    wrong = (truth[:, None] + rng.integers(1, 4, size=(3000, 5))) % 4
    votes = Votes.from_matrix(np.where(rng.random((3000, 5)) < accuracy, truth[:, None], wrong))

    found = one_coin(votes)

    assert found.reliability == pytest.approx(accuracy, abs=0.03)
    assert (found.label == truth).mean() > (majority(votes).label == truth).mean()
    assert found.confusion(2).diagonal() == pytest.approx(found.reliability[2])
    assert found.confusion(2).sum(axis=1) == pytest.approx(1.0)


@pytest.mark.parametrize("fit", [dawid_skene, one_coin])
def test_a_single_labeler_is_believed(fit):
    found = fit(Votes.from_matrix([["a"], ["b"], [None]]))

    assert found.label.tolist() == [0, 1, -1]
    assert found.reliability.tolist() == [1.0]


@pytest.mark.parametrize("fit", [dawid_skene, one_coin])
def test_one_class_is_the_truth(fit):
    found = fit(Votes.from_matrix([["a", "a"], ["a", None]]))

    assert found.posterior.tolist() == [[1.0], [1.0]]
    assert found.label.tolist() == [0, 0]


@pytest.mark.parametrize("fit", [dawid_skene, one_coin])
def test_without_an_item_in_common_votes_stand_as_they_are(fit):
    found = fit(Votes.from_matrix([["a", None], [None, "b"], [None, "a"]]))

    assert [found.classes[k] for k in found.label] == ["a", "b", "a"]


@pytest.mark.parametrize("fit", [lambda votes: dawid_skene(votes, strength=1), one_coin])
def test_what_cannot_be_told_apart_stays_open(fit):
    found = fit(Votes.from_matrix([["a", "b"], ["b", "a"]]))

    assert found.label.tolist() == [-1, -1]
    assert found.posterior == pytest.approx(np.full((2, 2), 0.5))


@pytest.mark.parametrize("fit", [dawid_skene, one_coin])
def test_a_labeler_without_a_vote_is_unknown(fit):
    votes = Votes.from_matrix([["a", "a", None], ["b", "b", None]])
    found = fit(votes, **({"strength": 0} if fit is dawid_skene else {}))

    assert np.isnan(found.reliability[2])
    assert np.isnan(found.confusion(2)).all()


def test_an_item_without_a_vote_has_the_prior():
    found = dawid_skene(Votes.from_matrix([["a", "a"], ["a", "a"], ["b", "b"], [None, None]]))

    assert found.posterior[3] == pytest.approx(found.prior)
    assert found.prior == pytest.approx([2 / 3, 1 / 3], abs=1e-6)
    assert found.label[3] == -1


@pytest.mark.parametrize("fit", [majority, dawid_skene, one_coin])
def test_of_no_votes_at_all_no_label_comes(fit):
    votes = Votes.from_matrix([["a", "b"]])

    assert fit(votes.where(votes.labeler > 5)).label.tolist() == [-1]


def test_mistaken_calls_are_told():
    votes = Votes.from_matrix([["a", "b"]])

    for strength in (-1, nan):
        with pytest.raises(ValueError, match="at least 0"):
            dawid_skene(votes, strength=strength)
    with pytest.raises(ValueError, match="at least 0"):
        dawid_skene(votes, strengths=[])
    with pytest.raises(ValueError, match="no labeler 'ann'"):
        dawid_skene(votes).confusion("ann")


def test_what_memory_cannot_hold_is_refused(monkeypatch):
    monkeypatch.setattr("tilth.quality.latent._MOST_CELLS", 5)

    with pytest.raises(ValueError, match="3 items times 2 classes"):
        dawid_skene(Votes.from_matrix([["a"], ["b"], ["a"]]), strength=1)


def test_a_fit_that_ran_out_of_rounds_says_so():
    votes, _, _ = planted(200, 5, 3, each=3, seed=7)

    assert not dawid_skene(votes, strength=0, max_rounds=2).converged


@pytest.mark.slow
def test_hundreds_of_labelers_and_ten_classes_are_fitted_within_a_rows_memory():
    votes, truth, _ = planted(50_000, 747, 10, each=3, seed=8)

    found = dawid_skene(votes)

    assert found.converged
    assert (found.label == truth).mean() > (majority(votes).label == truth).mean()
