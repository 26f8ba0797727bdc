"""Votes mean the same, whichever way they were written down."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.quality.tally import Tally
from tilth.quality.votes import Votes

nan = float("nan")


def as_rows(votes: Votes) -> list[tuple]:
    return [
        (votes.items[i], votes.labelers[j], votes.classes[k])
        for i, j, k in zip(votes.item, votes.labeler, votes.label, strict=True)
    ]


def test_a_log_becomes_votes_in_order_of_item_then_labeler():
    votes = Votes.of(
        ["b", "a", "b", "a"], ["zoe", "zoe", "ann", "ann"], ["cat", "dog", "dog", "cat"]
    )

    assert as_rows(votes) == [
        ("b", "ann", "dog"),
        ("b", "zoe", "cat"),
        ("a", "ann", "cat"),
        ("a", "zoe", "dog"),
    ]
    assert votes.labelers == ("ann", "zoe")
    assert votes.classes == ("cat", "dog")


def test_a_matrix_and_its_log_are_the_same_votes():
    matrix = [["x", None, "y"], [None, None, None], ["y", "y", None]]
    log = Votes.of([0, 0, 2, 2], [0, 2, 0, 1], ["x", "y", "y", "y"])

    table = Votes.from_matrix(matrix)

    assert as_rows(table) == as_rows(log)
    assert table.items.tolist() == [0, 1, 2]
    assert table.per_item.tolist() == [2, 0, 2]


@pytest.mark.parametrize(
    "matrix",
    [
        np.array([[1, nan], [2, 1]]),
        [[1, None], [2, 1]],
        [[1, nan], [2, 1.0]],
        np.array([[1, None], [2, 1]], object),
        pl.DataFrame({"0": [1, 2], "1": [None, 1]}),
    ],
)
def test_whole_numbers_stay_whole_beside_missing_ones(matrix):
    votes = Votes.from_matrix(matrix)

    assert votes.classes == (1, 2)
    assert all(isinstance(each, int) for each in votes.classes)
    assert votes.label.tolist() == [0, 1, 0]


def test_a_frame_names_its_labelers():
    votes = Votes.from_matrix(pl.DataFrame({"ann": ["x"], "bob": ["y"]}), items=["first"])

    assert as_rows(votes) == [("first", "ann", "x"), ("first", "bob", "y")]


@pytest.mark.parametrize(
    "column",
    [
        ["b", None, "a"],
        ["b", nan, "a"],
        np.array(["b", None, "a"], object),
        pl.Series(["b", None, "a"]),
        pl.Series(["b", None, "a"], dtype=pl.Categorical),
        pl.Series(["b", None, "a"], dtype=pl.Enum(["b", "a"])),
        pd.Series(["b", None, "a"]),
    ],
)
def test_text_may_come_in_many_shapes(column):
    votes = Votes.of([1, 2, 3], ["ann"] * 3, column)

    assert as_rows(votes) == [(1, "ann", "b"), (3, "ann", "a")]


def test_labels_may_be_truth_values_dates_and_decimals():
    day = datetime.date(2026, 1, 1)

    assert Votes.of([1, 2], [1, 1], [True, False]).classes == (False, True)
    assert Votes.of([1], [1], pl.Series([day])).classes == (day,)
    assert Votes.of([1, 2], [1, 1], [2.5, 1.0]).classes == (1.0, 2.5)


def test_classes_may_be_given_in_their_order_and_with_those_nobody_chose():
    votes = Votes.of([1, 2], [1, 1], ["low", "high"], classes=["low", "middle", "high"])

    assert votes.label.tolist() == [0, 2]
    assert votes.classes == ("low", "middle", "high")


def test_the_last_vote_of_a_labeler_may_count():
    votes = Votes.of([1, 1, 2, 1], [7, 7, 7, 7], ["a", "b", "a", "c"], repeats="last")

    assert as_rows(votes) == [(1, 7, "c"), (2, 7, "a")]


def test_all_votes_of_a_labeler_may_be_kept():
    votes = Votes.of([1, 1], [7, 7], ["a", "b"], repeats="keep")

    assert as_rows(votes) == [(1, 7, "a"), (1, 7, "b")]
    assert votes.repeated.tolist() == [False, True]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([1, 2], [1], ["a", "b"]), "no columns of one table"),
        (([1, None], [1, 1], ["a", "b"]), "row 1 has no item"),
        (([1, 2], [None, "x"], ["a", "b"]), "row 0 has no labeler"),
        (([1, 2], [1, 1], [None, nan]), "there is no vote"),
        (([], [], []), "there is no vote"),
        (([1, 2], [1, 1], ["a", 3]), "several types: int and str"),
        (([1, 2], [1, 1], [1.0, float("inf")]), "infinite"),
        (([1, 2], [1, 1], pl.Series([[1], [2]])), "not List"),
        (([1, 2], [1, 1], [["a"], ["b"]]), "one value for each row"),
        (([1, 1], [7, 7], ["a", "b"]), "labeler 7 labelled item 1 more than once"),
    ],
)
def test_what_are_no_votes_is_told(arguments, said):
    with pytest.raises(ValueError, match=said):
        Votes.of(*arguments)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"classes": ["a"]}, "'b' is not among the 1 classes"),
        ({"classes": ["a", "b", "a"]}, "named twice"),
        ({"repeats": "first"}, "`refuse`, `last` or `keep`"),
    ],
)
def test_mistaken_settings_are_told(given, said):
    with pytest.raises(ValueError, match=said):
        Votes.of([1, 1], [7, 7], ["a", "b"], **given)


@pytest.mark.parametrize(
    ("matrix", "given", "said"),
    [
        ([1, 2], {}, "shape"),
        ([["a"]], {"items": ["x", "y"]}, "a name of its own"),
        ([["a", "b"]], {"labelers": ["x", "x"]}, "a name of its own"),
        ([[None, nan]], {}, "there is no vote"),
    ],
)
def test_what_is_no_matrix_of_votes_is_told(matrix, given, said):
    with pytest.raises(ValueError, match=said):
        Votes.from_matrix(matrix, **given)


def test_distances_need_numbers():
    assert Votes.of([1, 2], [1, 1], [2, 5]).values().tolist() == [2.0, 5.0]
    with pytest.raises(ValueError, match="'a' is not a number"):
        Votes.of([1], [1], ["a"]).values()


def test_some_votes_keep_their_names():
    votes = Votes.of([5, 6], ["x", "y"], ["a", "b"])

    some = votes.where(votes.labeler == 1)

    assert as_rows(some) == [(6, "y", "b")]
    assert some.items.tolist() == [5, 6]


matrices = (
    st.integers(1, 5)
    .flatmap(
        lambda width: st.lists(
            st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=width, max_size=width),
            min_size=1,
            max_size=30,
        )
    )
    .filter(lambda rows: any(each is not None for row in rows for each in row))
)


@given(matrices, st.randoms(use_true_random=False))
def test_the_order_of_a_log_does_not_matter(rows, random):
    matrix = Votes.from_matrix(rows)
    log = as_rows(matrix)
    random.shuffle(log)

    votes = Votes.of(*map(list, zip(*log, strict=True)))

    assert sorted(as_rows(votes)) == sorted(as_rows(matrix))


@given(matrices)
def test_a_tally_has_every_vote_of_every_item(rows):
    votes = Votes.from_matrix(rows)
    tally = Tally.of(votes)
    plain = np.zeros((len(rows), len(votes.classes)))
    np.add.at(plain, (votes.item, votes.label), 1)

    assert tally.table.toarray()[tally.look].tolist() == plain.tolist()
    assert tally.counts.sum() == (votes.per_item > 0).sum()
    assert len(set(map(tuple, tally.table.toarray()))) == len(tally.counts)


@pytest.mark.parametrize(("n_items", "n_labelers", "n_classes"), [(300, 40, 9), (200, 3, 10_000)])
def test_many_votes_and_many_classes_are_tallied_alike(n_items, n_labelers, n_classes):
    rng = np.random.default_rng(0)
    matrix = rng.integers(n_classes, size=(n_items, n_labelers))
    matrix[1] = matrix[0][::-1]
    votes = Votes.from_matrix(matrix, classes=range(n_classes))

    tally = Tally.of(votes)

    assert tally.look[0] == tally.look[1]
    assert tally.counts.tolist().count(2) == 1
    item = int(tally.look[5])
    expected = np.bincount(matrix[5], minlength=n_classes)
    assert tally.table[[item]].toarray()[0].tolist() == expected.tolist()


def test_an_item_with_a_thousand_votes_does_not_make_room_for_all():
    item = np.r_[np.zeros(1000, int), np.arange(1, 2000)]
    labeler = np.r_[np.arange(1000), np.zeros(1999, int)]

    tally = Tally.of(Votes.of(item, labeler, item % 3))

    assert tally.size.max() == 1000
    assert tally.counts.sum() == 2000
