"""Suspected labels are those of the published algorithm, and nothing is changed silently.

The figures of `PUBLISHED` were had from cleanlab 2.9.0, the authors' own code, on the same
generated data: `find_label_issues(given, probabilities, filter_by=...)`; a digest is of the
rows in rising order.
"""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl
import pytest
from hypothesis import given as property_given
from hypothesis import settings
from hypothesis import strategies as st

from tilth.quality import confident_joint
from tilth.quality.classes import coded
from tilth.quality.label_errors import (
    Prune,
    Score,
    find_label_errors,
    label_scores,
    removable,
)


def planted(n, k, seed, separation, noise, temperature):
    """Given labels, probabilities of a model that is right about the truth, and the truth."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, k, n)
    logits = random.normal(size=(n, k))
    logits[np.arange(n), truth] += separation
    logits *= temperature
    probabilities = np.exp(logits - logits.max(1, keepdims=True))
    probabilities /= probabilities.sum(1, keepdims=True)
    labels = truth.copy()
    flipped = random.random(n) < noise
    labels[flipped] = random.integers(0, k, flipped.sum())
    return labels, probabilities, truth


def digest(rows):
    return hashlib.sha256(np.sort(rows).astype("<i8").tobytes()).hexdigest()[:16]


PUBLISHED = [
    ((2000, 2, 0, 1.5, 0.1, 1), "noise rate", 202, "a05e357c8568abaf"),
    ((2000, 2, 0, 1.5, 0.1, 1), "class", 202, "a05e357c8568abaf"),
    ((2000, 2, 0, 1.5, 0.1, 1), "both", 202, "a05e357c8568abaf"),
    ((2000, 3, 1, 2, 0.2, 1), "noise rate", 315, "e199ec9bd05efb53"),
    ((2000, 3, 1, 2, 0.2, 1), "class", 334, "92575ed18b1eadb5"),
    ((2000, 3, 1, 2, 0.2, 1), "both", 301, "bb3a9576045cd626"),
    ((5000, 10, 2, 2, 0.12, 1), "class", 1314, "d03e38860d617ade"),
    ((3000, 50, 3, 3, 0.1, 1.5), "class", 450, "d42ae2b23f7b5b6a"),
    # A model that is sure of little: most pairs need more rows than have a margin.
    ((400, 5, 4, 0.5, 0.3, 0.3), "noise rate", 174, "0bf50905bc658ef6"),
    ((400, 5, 4, 0.5, 0.3, 0.3), "class", 264, "76a351d776f6cb41"),
    ((400, 5, 4, 0.5, 0.3, 0.3), "both", 173, "19c96b19530c06ca"),
    ((20000, 10, 5, 3, 0.05, 2), "noise rate", 1157, "12941e697a56a917"),
    ((20000, 10, 5, 3, 0.05, 2), "class", 1157, "a393527511803ff0"),
    ((20000, 10, 5, 3, 0.05, 2), "both", 952, "35d697e41ea49c27"),
    ((300, 20, 6, 1, 0.4, 1), "noise rate", 211, "a4945c7200160416"),
    ((300, 20, 6, 1, 0.4, 1), "both", 209, "550af09b7ce41af4"),
]


@pytest.mark.parametrize(("data", "prune", "n", "rows"), PUBLISHED)
def test_the_rows_are_those_of_the_authors_code(data, prune, n, rows):
    labels, probabilities, _ = planted(*data)

    errors = find_label_errors(labels, probabilities, prune=prune)

    assert (len(errors), digest(errors.rows)) == (n, rows)


@pytest.mark.parametrize(
    ("data", "counts"),
    [
        ((5000, 10, 2, 2, 0.12, 1), "8bf754e386cdf94f"),
        ((3000, 50, 3, 3, 0.1, 1.5), "880259c8c1547cba"),
        ((20000, 1000, 7, 8, 0.1, 1), "dbaf557cc1eaa030"),
    ],
)
def test_the_joint_is_that_of_the_authors_code(data, counts):
    """From `compute_confident_joint(..., calibrate=False)` of cleanlab 2.9.0.

    Here the rows themselves differ, by one of 1,079, by two of 373, and by 69 of 1,522 for a
    thousand classes of twenty rows: equal remainders are rounded in the order that its sort,
    which is not stable and differs by processor, happens to leave.
    """
    labels, probabilities, _ = planted(*data)

    joint = find_label_errors(labels, probabilities).joint

    assert digest_of(joint.counts) == counts
    np.testing.assert_array_equal(joint.rounded().sum(axis=1), np.bincount(labels))


def digest_of(counts):
    return hashlib.sha256(counts.astype("<i8").tobytes()).hexdigest()[:16]


def test_a_joint_that_can_be_counted_by_hand():
    """Thresholds 0.75 and 0.5: the rows count for classes 0, 0, nobody, 1 and 1."""
    labels = np.array([0, 0, 0, 1, 0])
    probabilities = np.array([[1, 0], [1, 0], [0.7, 0.3], [0.5, 0.5], [0.3, 0.7]])
    given = coded(labels, n_classes=2)

    reading = confident_joint.read(given, probabilities)
    joint = confident_joint.joint_of(given, reading)

    np.testing.assert_allclose(reading.thresholds, [0.75, 0.5])
    assert reading.confident.tolist() == [0, 0, confident_joint.NOBODY, 1, 1]
    assert joint.counts.tolist() == [[2, 1], [0, 1]]
    np.testing.assert_allclose(joint.calibrated, [[8 / 3, 4 / 3], [0, 1]])
    assert joint.noise == pytest.approx(4 / 3 / 5)


def test_planted_errors_are_found_and_ranked_first():
    labels, probabilities, truth = planted(4000, 4, 8, 6, 0.1, 1)

    errors = find_label_errors(labels, probabilities)

    wrong = labels != truth
    assert wrong[errors.rows].sum() >= 0.95 * wrong.sum()
    assert wrong[errors.rows[:100]].all()
    assert (errors.given == labels[errors.rows]).all()
    assert (errors.suggested == truth[errors.rows])[:100].all()
    assert (np.diff(errors.scores) >= 0).all()


def test_both_ways_of_ranking_follow_their_formula():
    labels, probabilities, _ = planted(500, 3, 9, 2, 0.2, 1)
    own = probabilities[np.arange(500), labels]
    others = np.where(np.eye(3, dtype=bool)[labels], -1, probabilities).max(axis=1)

    margins = label_scores(labels, probabilities, score=Score.NORMALISED_MARGIN)
    errors = find_label_errors(labels, probabilities, score="normalised margin")

    np.testing.assert_allclose(label_scores(labels, probabilities), own)
    np.testing.assert_allclose(margins, own - others)
    np.testing.assert_allclose(errors.scores, (own - others)[errors.rows])


def test_a_memory_map_and_a_narrow_type_will_do(tmp_path):
    labels, probabilities, _ = planted(30_000, 5, 10, 2, 0.1, 1)
    np.save(tmp_path / "p.npy", probabilities)

    mapped = np.load(tmp_path / "p.npy", mmap_mode="r")

    expected = find_label_errors(labels, probabilities)
    assert find_label_errors(labels, mapped).rows.tolist() == expected.rows.tolist()
    narrow = find_label_errors(labels, probabilities.astype(np.float32))
    assert len(set(narrow.rows) ^ set(expected.rows)) <= 2


@pytest.mark.parametrize("container", [list, np.array, pl.Series, tuple])
def test_labels_may_be_words_in_any_container(container):
    labels, probabilities, _ = planted(200, 3, 11, 3, 0.1, 1)
    names = ["hawk", "dove", "crow"]

    errors = find_label_errors(
        container([names[code] for code in labels]), probabilities, classes=names
    )

    assert errors.classes == ("hawk", "dove", "crow")
    assert errors.rows.tolist() == find_label_errors(labels, probabilities).rows.tolist()


def test_words_without_classes_are_sorted_as_scikit_learn_does():
    assert coded(["b", "a", "b"]).classes == ("a", "b")
    assert coded([3, 1, 3]).classes == (1, 3)
    assert coded([True, False]).classes == (False, True)
    assert coded([(1, 2), (0, 1)]).classes == ((0, 1), (1, 2))


def test_labels_of_mixed_kinds_have_an_order_all_the_same():
    assert coded(["b", 1, "a"]).classes == (1, "a", "b")


@property_given(
    st.integers(2, 6).flatmap(
        lambda k: st.tuples(
            st.just(k), st.lists(st.integers(0, k - 1), min_size=1, max_size=40), st.integers(0, 99)
        )
    ),
    st.sampled_from(list(Prune)),
)
@settings(max_examples=60, deadline=None)
def test_a_class_never_loses_all_of_its_rows(data, prune):
    k, labels, seed = data
    probabilities = np.random.default_rng(seed).dirichlet(np.full(k, 0.5), len(labels))

    errors = find_label_errors(labels, probabilities, prune=prune)

    assert len(set(labels)) == len(set(np.delete(labels, errors.rows)))
    assert (errors.given != errors.suggested).all()


@property_given(st.integers(0, 99), st.permutations(range(4)))
@settings(max_examples=25, deadline=None)
def test_renaming_the_classes_changes_nothing_but_the_names(seed, order):
    labels, probabilities, _ = planted(300, 4, seed, 2, 0.15, 1)
    order = np.array(order)
    place = np.argsort(order)

    errors = find_label_errors(labels, probabilities)
    renamed = find_label_errors(place[labels], probabilities[:, order])

    # The rows may differ by one or two: of equal remainders the later column's goes up.
    assert (errors.joint.counts[np.ix_(order, order)] == renamed.joint.counts).all()
    assert len(set(errors.rows) ^ set(renamed.rows)) <= 4


def test_rounding_keeps_the_sum_of_each_row():
    matrix = np.array([[1.5, 1.5, 2.0], [0.2, 0.4, 0.4], [3.6, 3.6, 2.8]])

    rounded = confident_joint.rounded_rows(matrix)

    assert rounded.tolist() == [[1, 2, 2], [0, 0, 1], [3, 4, 3]]


def test_a_class_with_one_row_is_never_suspected_of_losing_it():
    labels = np.array([0] * 50 + [1])
    probabilities = np.tile([0.9, 0.1], (51, 1))

    errors = find_label_errors(labels, probabilities)

    assert 50 not in errors.rows
    assert removable(errors.joint)[1].tolist() == [0, 1]


def test_a_class_that_no_row_has_is_suggested_to_nobody():
    labels, probabilities, _ = planted(500, 3, 12, 2, 0.2, 1)
    labels[labels == 2] = 0

    errors = find_label_errors(labels, probabilities)

    assert errors.joint.counts[:, 2].tolist() == [0, 0, 1]
    assert np.isinf(errors.reading.thresholds[2])


def test_one_class_that_all_rows_have_leaves_nothing_to_suspect():
    errors = find_label_errors([0, 0, 0], np.array([[0.9, 0.1]] * 3))

    assert len(errors) == 0
    assert errors.joint.noise == 0


def test_a_thousand_classes_are_no_trouble():
    labels, probabilities, truth = planted(20_000, 1000, 7, 8, 0.1, 1)

    errors = find_label_errors(labels, probabilities)

    assert (labels != truth)[errors.rows].mean() > 0.95


GOOD = [[0.5, 0.5], [0.5, 0.5]]


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([], np.empty((0, 2)), "at least one row"),
        ([0, 1], [[1.0], [1.0]], "at least two columns"),
        ([0, 1], [0.5, 0.5], "rows × classes"),
        ([0, 1], [["a", "b"], ["c", "d"]], "matrix of numbers"),
        ([0, 1, 1], GOOD, "3 labels but 2 rows"),
        ([0, 1], [[0.5, 0.5], [0.5, 0.4]], "row 1 sum to 0.9,"),
        ([0, 1], [[0.5, 0.5], [np.nan, 0.5]], "row 1 hold NaN"),
        ([0, 1], [[np.inf, 0.5], [0.5, 0.5]], "row 0 hold NaN or inf"),
        ([0, 1], [[1.5, -0.5], [0.5, 0.5]], "row 0 has a probability below zero"),
        ([0, 2], GOOD, "label 2 of row 1 is none of the codes 0 to 1"),
        ([-1, 1], GOOD, "label -1 of row 0"),
        (["a", None], GOOD, "1 rows have no label, the first is row 1"),
        ([0.0, np.nan], GOOD, "have no label"),
        (["a", "a"], GOOD, "the labels have 1 classes but there are 2 columns"),
        ([[0], [1]], GOOD, "unhashable|one for each row"),
    ],
)
def test_bad_input_is_refused_by_name(labels, probabilities, message):
    with pytest.raises((ValueError, TypeError), match=message):
        find_label_errors(labels, probabilities)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (["a", "a"], "named twice"),
        (["a", "b", "c"], "names 3 classes but there are 2"),
        (["a", "c"], "label 'b' of row 1 is none of the 2 classes"),
    ],
)
def test_classes_must_fit(classes, message):
    with pytest.raises(ValueError, match=message):
        find_label_errors(["a", "b"], GOOD, classes=classes)


def test_an_unknown_way_is_refused():
    with pytest.raises(ValueError, match="nonsense"):
        find_label_errors([0, 1], GOOD, prune="nonsense")
