"""Decisions of one or two people become changes only where they agree."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.quality.label_errors import find_label_errors
from tilth.quality.noise_kinds import noise_kinds
from tilth.quality.review import (
    Decision,
    LabelChange,
    Outcome,
    Verdict,
    hits,
    resolve,
    review_queue,
)

GIVEN = ["cat", "dog", "cat", "dog", "cat"]


def said(row, who, verdict, label=None):
    return Decision(row=row, reviewer=who, verdict=Verdict(verdict), label=label)


def outcome(decisions, reviewers=1):
    (resolution,) = resolve(decisions, GIVEN, reviewers=reviewers).resolutions
    return resolution.outcome, resolution.verdict, resolution.label


def test_one_person_settles_a_row_where_one_is_asked():
    assert outcome([said(0, "ann", "keep")]) == (Outcome.AGREED, Verdict.KEEP, None)
    assert outcome([said(0, "ann", "change", "dog")]) == (Outcome.AGREED, Verdict.CHANGE, "dog")


def test_where_two_are_asked_one_is_not_enough():
    assert outcome([said(0, "ann", "keep")], reviewers=2) == (Outcome.OPEN, None, None)


def test_two_who_say_the_same_agree_and_two_who_do_not_dispute():
    ann, bob = said(0, "ann", "change", "dog"), said(0, "bob", "change", "dog")

    assert outcome([ann, bob], reviewers=2) == (Outcome.AGREED, Verdict.CHANGE, "dog")
    for other in (said(0, "bob", "change", "owl"), said(0, "bob", "keep"), said(0, "bob", "both")):
        assert outcome([ann, other], reviewers=2) == (Outcome.DISPUTED, None, None)
        assert outcome([ann, other], reviewers=1) == (Outcome.DISPUTED, None, None)


def test_there_is_no_vote_among_three():
    decisions = [said(0, who, "keep") for who in ("ann", "bob")] + [said(0, "cas", "neither")]

    assert outcome(decisions, reviewers=2)[0] is Outcome.DISPUTED


def test_unsure_settles_nothing_and_hinders_nobody():
    unsure = said(0, "ann", "unsure")

    assert outcome([unsure])[0] is Outcome.OPEN
    assert outcome([unsure, said(0, "bob", "keep")], reviewers=2)[0] is Outcome.OPEN
    assert outcome([unsure, said(0, "bob", "keep")])[0] is Outcome.AGREED


def test_the_last_word_of_a_person_counts():
    decisions = [said(0, "ann", "change", "dog"), said(0, "ann", "keep")]

    assert outcome(decisions) == (Outcome.AGREED, Verdict.KEEP, None)


def test_to_change_a_label_to_what_it_is_is_to_keep_it():
    decisions = [said(0, "ann", "change", "cat"), said(0, "bob", "keep")]

    assert outcome(decisions, reviewers=2) == (Outcome.AGREED, Verdict.KEEP, None)


def test_changes_and_what_needs_talk_and_what_is_open_come_apart():
    review = resolve(
        [
            said(0, "bob", "change", "dog"),
            said(0, "ann", "change", "dog"),
            said(1, "ann", "keep"),
            said(1, "bob", "change", "cat"),
            said(2, "ann", "neither"),
            said(2, "bob", "neither"),
            said(3, "ann", "keep"),
            said(3, "bob", "keep"),
        ],
        GIVEN,
        rows=[4, 3, 2, 1, 0],
        reviewers=2,
    )

    assert [each.row for each in review.resolutions] == [4, 3, 2, 1, 0]
    assert review.changes == (
        LabelChange(row=0, before="cat", after="dog", reviewers=("ann", "bob")),
    )
    assert [each.row for each in review.to_discuss] == [2, 1]
    assert review.open == (4,)
    assert hits(review) == (False, True, True)


@given(
    st.lists(
        st.builds(
            lambda row, who, verdict: said(
                row, who, verdict, "owl" if verdict is Verdict.CHANGE else None
            ),
            st.integers(0, 4),
            st.sampled_from(["ann", "bob", "cas"]),
            st.sampled_from(list(Verdict)),
        )
    ),
    st.integers(1, 3),
)
def test_nothing_changes_without_as_many_who_said_so_and_none_against(decisions, reviewers):
    review = resolve(decisions, GIVEN, rows=range(5), reviewers=reviewers)

    last = {(each.row, each.reviewer): each for each in decisions}
    for change in review.changes:
        words = [each for (row, _), each in last.items() if row == change.row]
        sure = [each for each in words if each.verdict is not Verdict.UNSURE]
        assert len(sure) >= reviewers
        assert all(each.label == change.after for each in sure)
    assert len(review.resolutions) == 5


@given(st.permutations([said(0, "ann", "keep"), said(0, "bob", "both"), said(0, "cas", "keep")]))
def test_who_speaks_first_does_not_matter(decisions):
    assert outcome(decisions, 2) == (Outcome.DISPUTED, None, None)


def test_a_change_needs_a_label_and_nothing_else_takes_one():
    with pytest.raises(ValueError, match="`change` for row 3 needs label"):
        said(3, "ann", "change")
    with pytest.raises(ValueError, match="`keep` for row 3 takes no label"):
        said(3, "ann", "keep", "dog")


def test_decisions_about_rows_nobody_asked_for_are_refused():
    with pytest.raises(ValueError, match="1 rows were decided but not asked, such as 1"):
        resolve([said(1, "ann", "keep")], GIVEN, rows=[0])
    with pytest.raises(ValueError, match="at least one person"):
        resolve([], GIVEN, reviewers=0)


def test_no_decisions_come_to_nothing():
    review = resolve([], GIVEN)

    assert (review.resolutions, review.changes, review.open) == ((), (), ())


@pytest.mark.parametrize(
    ("classes", "dtype"),
    [(["cat", "dog"], pl.String), ([3, 7], pl.Int64), ([("a", 1), ("b", 2)], pl.String)],
)
def test_the_queue_is_a_table_with_labels_in_their_own_words(classes, dtype):
    labels = [classes[code] for code in [0] * 20 + [1] * 20]
    p = np.tile([0.9, 0.1], (40, 1))
    p[20:] = [0.1, 0.9]
    p[3] = [0.05, 0.95]
    errors = find_label_errors(labels, p, classes=classes)

    table = review_queue(errors, noise_kinds(errors, labels, p, n_draws=2))

    assert table.columns == ["row", "given", "suggested", "score", "kind"]
    assert table["row"].to_list() == [3]
    assert table["given"].dtype == dtype
    assert table["given"][0] == (classes[0] if dtype != pl.String else str(classes[0]))
    assert review_queue(errors).columns == ["row", "given", "suggested", "score"]


def test_an_empty_queue_is_an_empty_table():
    errors = find_label_errors([0, 0], [[0.9, 0.1]] * 2)

    assert review_queue(errors).height == 0
