"""Which decisions stand, and where that leaves each item."""

from __future__ import annotations

import pytest

from tilth.labels.entry import InstructionSeen, Question, Source, Verdict
from tilth.labels.queue import Queue, hits
from tilth.labels.standing import Outcome, Standing
from tilth.labels.votes import is_independent, votes
from tilth.testing.labels import Scribe, standing


@pytest.fixture
def scribe():
    return Scribe()


def outcome(*entries, reviewers=1):
    (found,) = standing(*entries).resolved(reviewers)
    return found


def test_the_latest_decision_of_a_labeler_counts(scribe):
    found = outcome(scribe.decision(1, "good"), scribe.decision(1, "bad"))

    assert (found.outcome, found.label) == (Outcome.AGREED, "bad")
    assert len(found.decisions) == 1


def test_what_is_taken_back_uncovers_what_was_said_before(scribe):
    first, second = scribe.decision(1, "good"), scribe.decision(1, "bad")

    assert outcome(first, second, scribe.undo(second)).label == "good"


def test_a_decision_may_be_taken_back_before_it_is_seen_as_in_logs_that_git_has_joined(scribe):
    first = scribe.decision(1, "good")

    assert standing(scribe.undo(first), first).current() == []


def test_the_same_decision_twice_is_one(scribe):
    once = scribe.decision(1, "good")

    assert len(list(standing(once, once).decisions())) == 1


def test_time_counts_before_the_place_in_the_log(scribe):
    earlier, later = scribe.decision(1, "good"), scribe.decision(1, "bad")

    assert outcome(later, earlier).label == "bad"


def test_an_item_is_open_until_enough_people_are_sure(scribe):
    asked = scribe.asked("r", [1], reviewers=2)
    one = outcome(*asked, scribe.decision(1, "good", "ada", round="r"))
    unsure = outcome(
        *asked,
        scribe.decision(1, "good", "ada", round="r"),
        scribe.decision(1, Verdict.UNSURE, "bob", round="r"),
    )

    assert one.outcome is unsure.outcome is Outcome.OPEN
    assert one.label is None


def test_two_who_agree_settle_an_item(scribe):
    found = outcome(
        *scribe.asked("r", [1], reviewers=2),
        scribe.decision(1, "good", "ada"),
        scribe.decision(1, "good", "bob"),
    )

    assert (found.outcome, found.verdict, found.label) == (
        Outcome.AGREED,
        Verdict.LABEL,
        "good",
    )


def test_two_who_differ_are_a_dispute_whatever_a_third_says(scribe):
    said = [scribe.decision(1, each, who) for who, each in zip("abc", ["x", "y", "y"], strict=True)]

    assert outcome(*said).outcome is Outcome.DISPUTED
    assert outcome(*said).label is None
    assert outcome(*said).needs_talk


@pytest.mark.parametrize("verdict", [Verdict.BOTH, Verdict.NEITHER])
def test_an_item_that_no_single_class_fits_has_no_label_but_needs_talk(scribe, verdict):
    found = outcome(scribe.decision(1, verdict))

    assert (found.outcome, found.verdict, found.label) == (Outcome.AGREED, verdict, None)
    assert found.needs_talk


def test_what_was_said_by_an_older_instruction_does_not_answer_the_new_question(scribe):
    old, new = (InstructionSeen(version=v, number=n, time="t") for v, n in (("v1", 1), ("v2", 2)))
    said = [
        scribe.decision(1, "good", "ada", instruction="v1"),
        scribe.decision(1, "good", "bob", instruction="v1"),
        scribe.decision(1, "bad", "ada", instruction="v2"),
    ]
    found = outcome(*scribe.asked("r", [1], 2), old, new, *said)

    assert found.outcome is Outcome.OPEN
    assert [each.labeler for each in found.decisions] == ["ada"]


def test_labels_made_under_older_versions_are_listed(scribe):
    old = scribe.decision(1, "good", instruction="v1")
    both = [
        scribe.decision(2, "good", instruction="v1"),
        scribe.decision(2, "bad", instruction="v2"),
    ]
    found = standing(old, *both)

    assert found.outdated("v2") == [old]
    assert found.outdated("") == []


def test_an_index_that_follows_says_what_a_new_one_says(scribe):
    log = [*scribe.asked("r", [1, 2], 2)]
    found = Standing().follow(log)
    for who in ("ada", "bob"):
        log.append(scribe.decision(1, "good", who, round="r"))
        log.append(scribe.undo(log[-1]) if who == "ada" else scribe.decision(2, "bad", who))
        found.follow(log)

        assert found.resolved() == standing(*log).resolved()


def test_another_log_is_taken_in_anew(scribe):
    found = standing(scribe.decision(1, "good"))

    assert [e.item for e in found.follow([scribe.decision(2, "bad")]).current()] == [2]


# Who is asked what


def keys(questions):
    return [each.item for each in questions]


def test_a_person_is_asked_what_he_has_not_answered_in_order(scribe):
    log = [*scribe.asked("r", [3, 1, 2]), scribe.decision(1, "good", "ada", round="r")]

    assert keys(Queue(standing(*log), "ada", ["r"]).open()) == [3, 2]


def test_an_item_that_another_has_done_is_skipped_where_one_is_enough(scribe):
    log = [*scribe.asked("r", [1, 2]), scribe.decision(1, "good", "bob", round="r")]
    queue = Queue(standing(*log), "ada", ["r"])

    assert keys(queue.open()) == [2]
    assert (queue.progress().decided, queue.progress().elsewhere, queue.progress().left) == (
        0,
        1,
        1,
    )


def test_an_item_that_another_is_not_sure_of_is_asked_again(scribe):
    log = [*scribe.asked("r", [1]), scribe.decision(1, Verdict.UNSURE, "bob", round="r")]

    assert keys(Queue(standing(*log), "ada", ["r"]).open()) == [1]
    assert keys(Queue(standing(*log), "bob", ["r"]).open()) == []


def test_where_two_are_needed_a_third_is_not_asked(scribe):
    said = [scribe.decision(1, "good", who, round="r") for who in ("ada", "bob")]
    log = standing(*scribe.asked("r", [1], reviewers=2), *said)

    assert keys(Queue(log, "cyd", ["r"]).open()) == []


def test_who_takes_an_answer_back_is_asked_again(scribe):
    said = scribe.decision(1, "good", "ada", round="r")
    log = standing(*scribe.asked("r", [1]), said, scribe.undo(said))

    assert keys(Queue(log, "ada", ["r"]).open()) == [1]


def test_another_round_asks_anew(scribe):
    log = standing(
        *scribe.asked("r", [1]),
        scribe.decision(1, "good", "ada", round="r"),
        *scribe.asked("s", [1], source=Source.RELABEL),
    )

    assert keys(Queue(log, "ada", ["s"]).open()) == [1]
    assert keys(Queue(log, "ada", ["r"]).open()) == []


def test_a_queue_of_suspects_knows_which_were_wrong(scribe):
    said = {1: "bad", 2: "good", 3: Verdict.BOTH, 4: Verdict.NEITHER, 5: Verdict.UNSURE}
    log = standing(
        scribe.asked("r", [], source=Source.ISSUE)[0],
        *(Question(round="r", item=item, given="good", rank=item - 1) for item in (*said, 6)),
        *(scribe.decision(item, what, "ada", round="r") for item, what in said.items()),
        scribe.decision(6, "good", "ada", round="r"),
        scribe.decision(6, "bad", "bob", round="r"),
    )

    assert hits(log.rounds["r"], log) == {0: True, 1: False, 2: False, 3: True}


# Votes


def test_votes_are_the_sure_decisions(scribe):
    said = [
        scribe.decision(1, "good", "ada"),
        scribe.decision(1, "bad", "bob"),
        scribe.decision(2, Verdict.BOTH, "ada"),
        scribe.decision(2, Verdict.UNSURE, "bob"),
        scribe.decision(3, Verdict.SKIP, "ada"),
    ]
    found = votes(said, ["good", "mixed", "bad"])

    assert found.classes == ("good", "mixed", "bad", "(both)")
    assert found.items.tolist() == [1, 2]
    assert found.label.tolist() == [0, 2, 3]


def test_votes_for_a_class_that_is_none_are_refused(scribe):
    with pytest.raises(ValueError, match="'great' is not among the 2 classes"):
        votes([scribe.decision(1, "great")], ["good", "bad"])


def test_without_a_sure_decision_there_are_no_votes(scribe):
    with pytest.raises(ValueError, match="no vote"):
        votes([scribe.decision(1, Verdict.SKIP)], ["good", "bad"])


def test_who_was_shown_a_label_does_not_vote_independently(scribe):
    assert is_independent(scribe.decision(1, "good"))
    assert not is_independent(scribe.decision(1, "good", given="bad"))
    assert not is_independent(scribe.decision(2, "good", suggested="good"))
