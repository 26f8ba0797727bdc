"""What a change of classes says, whether it fits, and what it makes of a log."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.labels.entry import GIVEN, Verdict, from_line, to_line
from tilth.labels.migrating import Labelled, Lack, Signed, plan
from tilth.labels.migration import ChangeSet, Merge, Part, Reading, Relabel, Rename, Split
from tilth.labels.queue import hits
from tilth.labels.standing import Outcome, Standing
from tilth.labels.votes import votes
from tilth.testing.labels import Scribe

CLASSES = ("good", "neutral", "bad")
MERGE = Merge(of=("good", "neutral"), to="fine")
SPLIT = Split(of="bad", parts=(Part(to="broken", where="b"), Part(to="late", where="l")))


def change(*steps):
    return ChangeSet(labels="tone", why="because", steps=steps)


@pytest.fixture
def scribe():
    return Scribe()


def planned(steps, entries=(), given=("good", "neutral", "bad"), reviewers=1, **holds):
    """The plan for items 0, 1, ... of the data, and the log that it would leave."""
    changed, numbers = change(*steps), count(len(entries))
    held = {each: [False] * len(given) for each in changed.conditions} | holds
    standing = Standing().follow(list(entries))
    found = plan(
        changed,
        Reading(changed, held),
        Labelled(
            standing=standing,
            rows={row: row for row in range(len(given))},
            given=given,
            reviewers=reviewers,
        ),
        standing.classes(CLASSES),
        Signed(by="eve", time="2026-04-01T00:00:00.000Z", new_id=lambda: f"m{next(numbers)}"),
    )
    return found, [*entries, *found.entries]


# What it says


def test_new_classes_stand_where_the_old_ones_stood():
    steps = change(MERGE, SPLIT, Relabel(where="x", to="odd"))

    assert steps.after(CLASSES) == ("fine", "broken", "late", "odd")


def test_a_class_may_keep_its_name_when_others_join_it():
    assert change(Merge(of=("good", "neutral"), to="good")).after(CLASSES) == ("good", "bad")
    assert change(Merge(of=("good", "neutral"), to="good")).clashes(CLASSES) == []


def test_two_classes_may_swap_their_names():
    swap = change(Rename(of="good", to="bad"), Rename(of="bad", to="good"))

    assert swap.clashes(CLASSES) == []
    assert swap.after(CLASSES) == ("bad", "neutral", "good")


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([Merge(of=("godo", "bad"), to="x")], "there is no class `godo`, did you mean `good`?"),
        ([MERGE, Rename(of="good", to="great")], "class `good` is changed by 2 steps"),
        ([Rename(of="good", to="bad")], "which is a class already: write a merge"),
        ([MERGE, Rename(of="bad", to="fine")], "which is a class already: write a merge"),
        ([Rename(of="good", to="good")], "renamed to itself"),
        ([Merge(of=("good",), to="x")], "merges fewer than two"),
        ([Rename(of="good", to=1)], "is no text, unlike the others"),
        ([Rename(of="good", to="(both)")], "is how another answer is written"),
        ([MERGE, Relabel(where="x", to="good")], "`good`, which another step takes away"),
        ([Split(of="bad", parts=(Part(to="x", where="x"),), rest="x")], "into one class"),
    ],
)
def test_steps_that_do_not_fit_are_told(steps, said):
    assert any(said in each for each in change(*steps).clashes(CLASSES))


def test_a_class_that_is_written_otherwise_is_told():
    assert change(Rename(of="1", to="2")).clashes((0, 1)) != []


def test_the_digest_is_of_what_is_done_not_of_why():
    again = ChangeSet(labels="tone", why="another reason", steps=(MERGE,))

    assert again.digest == change(MERGE).digest
    assert change(Merge(of=("neutral", "good"), to="fine")).digest == change(MERGE).digest
    assert change(SPLIT).digest != change(MERGE).digest


def test_moves_are_told_where_the_class_alone_decides():
    steps = change(MERGE, SPLIT)

    assert steps.moves() == {"good": "fine", "neutral": "fine"}
    assert steps.moves_back(CLASSES) == {"broken": "bad", "late": "bad"}


def test_conditions_that_contradict_each_other_are_told():
    two = change(Relabel(where="x", to="good"), Relabel(where="y", to="bad"))
    reading = Reading(two, {"x": [True, True], "y": [False, True]})

    assert list(reading.overlaps(["good", "bad"])) == [
        "`x` makes `good` and `y` makes `bad`, and both hold for 1 rows"
    ]


# What it does to a log


def test_labels_of_the_data_are_read_anew():
    found, log = planned([MERGE])
    standing = Standing().follow(log)

    assert [standing.resolution(item).label for item in (0, 1)] == ["fine", "fine"]
    assert standing.resolution(2).outcome is Outcome.OPEN  # nothing was said of it
    assert found.counts == {"good": (1, 0), "neutral": (1, 0), "bad": (1, 1), "fine": (0, 2)}
    assert standing.read_now(0, "good") == "fine"
    assert standing.read_now(0, "bad") == "bad"  # the data has changed since


def test_words_of_people_stay_theirs_and_a_dispute_within_a_merged_class_is_none(scribe):
    asked = scribe.asked("r", [0], reviewers=2)
    said = [scribe.decision(0, "good", "ada", round="r"),
            scribe.decision(0, "neutral", "bob", round="r")]  # fmt: skip
    found, log = planned([MERGE], [*asked, *said])
    standing = Standing().follow(log)

    assert (found.moved[0].before, found.moved[0].after) == (Lack.DISPUTED, "fine")
    assert {each.labeler: each.label for each in standing.current()} == {
        "ada": "fine", "bob": "fine"
    }  # fmt: skip
    assert [each.time for each in standing.current()] == [each.time for each in said]
    assert votes(standing.current(), ["fine", "bad"]).per_item.tolist() == [2]


def test_what_was_said_before_by_the_same_person_stays_before(scribe):
    first = scribe.decision(0, "good", "ada", round="r")
    later = scribe.decision(0, "bad", "ada", round="s")
    _, log = planned([MERGE], [first, later])

    assert Standing().follow(log).resolution(0).label == "bad"
    assert Standing().follow(log).of_item(0, "r")["ada"].label == "fine"


def test_a_split_goes_by_rows_and_people_are_asked_about_the_rest(scribe):
    said = scribe.decision(2, "bad", "ada")
    given = ["bad", "bad", "bad", "bad", "good"]
    found, log = planned(
        [SPLIT], [said], given, b=[True] + [False] * 4, l=[False, True] + [False] * 3
    )
    standing = Standing().follow(log)

    assert [standing.resolution(item).label for item in (0, 1)] == ["broken", "late"]
    assert found.undecided == (2, 3)
    assert standing.of_item(2)["ada"].verdict is Verdict.UNSURE
    for item in (2, 3):
        resolved = standing.resolution(item)
        assert (resolved.label, resolved.verdict) == (None, Verdict.BOTH)
        assert not resolved.needs_talk
    answered = standing.with_more([scribe.decision(2, "late", "bob", time="2026-05")])
    assert answered.resolution(2).label == "late"


def test_people_who_settled_on_another_class_are_not_asked_anew(scribe):
    found, log = planned([SPLIT], [scribe.decision(0, "good")], ["bad", "good"])

    assert found.undecided == ()
    assert Standing().follow(log).resolution(0).label == "good"


def test_a_slice_is_relabelled_whatever_was_said_of_it_and_later_words_count_again(scribe):
    said = [scribe.decision(0, "good", "ada"), scribe.decision(0, "neutral", "bob"),
            scribe.decision(1, Verdict.NEITHER)]  # fmt: skip
    found, log = planned([Relabel(where="x", to="bad")], said, ["good", "good", None],
                         x=[True, True, True])  # fmt: skip
    standing = Standing().follow(log)

    assert [standing.resolution(item).label for item in (0, 1, 2)] == ["bad", "bad", "bad"]
    assert [each.before for each in found.moved] == [Lack.DISPUTED, Lack.SEVERAL, Lack.UNLABELLED]
    later = standing.with_more([scribe.decision(0, "good", "cyd", time="2026-05")])
    assert later.resolution(0).label == "good"


def test_an_item_that_is_gone_from_the_data_keeps_a_known_class(scribe):
    found, log = planned([MERGE], [scribe.decision(99, "good")])

    assert Standing().follow(log).resolution(99).label == "fine"
    assert 99 not in [each.item for each in found.moved]


def test_two_migrations_follow_one_another():
    _, log = planned([MERGE])
    _, log = planned([Rename(of="fine", to="great")], log)
    standing = Standing().follow(log)

    assert standing.classes(CLASSES) == ("great", "bad")
    assert standing.read_now(0, "good") == "great"


def test_taken_back_everything_is_as_it_was(scribe):
    before = [scribe.decision(0, "good", "ada"), scribe.decision(1, "bad", "bob")]
    found, log = planned([MERGE, SPLIT], before)
    undo = scribe.undo(scribe.decision(9, "x", id=found.entries[0].id))
    standing, was = Standing().follow([*log, undo]), Standing().follow(before)

    assert standing.current() == was.current()
    assert standing.resolved() == was.resolved()
    assert standing.classes(CLASSES) == CLASSES
    assert standing.read_now(2, "bad") == "bad"


def test_who_takes_back_a_word_takes_back_all_its_readings(scribe):
    said = scribe.decision(0, "good", "ada")
    _, log = planned([MERGE], [said], ["bad"])
    (read,) = [each for each in Standing().follow(log).current() if each.labeler == "ada"]

    assert Standing().follow([*log, scribe.undo(read)]).current() == []
    assert Standing().follow([scribe.undo(read), *log]).current() == []


def test_suspects_are_judged_by_one_definition(scribe):
    asked = scribe.asked("r", [0, 1], given="good", rank=0)
    said = [scribe.decision(0, "neutral", round="r")]
    _, log = planned([MERGE], [*asked, *said], ["good", "good", "bad"])
    standing = Standing().follow(log)

    assert hits(asked[0], Standing().follow([*asked, *said])) == {0: True}
    assert hits(asked[0], standing) == {0: False}


def test_the_data_is_no_labeler(scribe):
    _, log = planned([MERGE], given=["good", "bad"])

    assert Standing().follow(log).current() == []
    assert [each.labeler for each in Standing().follow(log).made()] == [GIVEN]


def test_lines_are_read_back():
    _, log = planned([MERGE, SPLIT], given=["good", "bad", "bad"], b=[False, True, False])

    assert [from_line(to_line(each)) for each in log] == log


@given(
    given=st.lists(st.sampled_from([*CLASSES, None]), min_size=1, max_size=12),
    said=st.lists(
        st.tuples(st.integers(0, 11), st.sampled_from(CLASSES), st.sampled_from(["ada", "bob"])),
        max_size=20,
    ),
)
def test_no_old_class_is_left_and_no_item_is_lost(given, said):
    scribe = Scribe()
    entries = [scribe.decision(item, label, who) for item, label, who in said]
    held = [row % 2 == 0 for row in range(len(given))]
    found, log = planned([MERGE, SPLIT], entries, given, b=held)
    standing = Standing().follow(log)

    assert not {each.label for each in standing.current()} & set(CLASSES)
    for side in (0, 1):
        assert sum(counts[side] for counts in found.counts.values()) == len(given)
    assert all(found.counts[each][1] == 0 for each in CLASSES)
