"""The desk takes each answer once, and gives everyone what he is to do next."""

from __future__ import annotations

import errno
import os
import threading
from itertools import count

import pytest

from tilth.errors import DataError
from tilth.labels.entry import Decision, Question, Source, Verdict
from tilth.project.label_issues import find_issues
from tilth.project.label_rounds import ask_issues
from tilth.project.label_set import label_set
from tilth.web.review.desk import AHEAD

_IDS = count(1)


def event(card, answer=0, **said):
    return {"id": f"{next(_IDS):012x}", "card": card, "answer": answer} | said


def undo(of):
    return {"id": f"{next(_IDS):012x}", "undoes": of["id"]}


def keys(cards):
    return [each.partition(":")[2].strip('"') for each in cards]


def said(labels):
    return {(each.item, each.labeler): each for each in labels.standing.current()}


def test_the_first_message_gets_cards_in_order(desk, ask):
    told = desk(ask(3)).sync("ada", {})

    assert keys(told["queue"]) == ["r0", "r1", "r2"]
    assert [each["key"] for each in told["cards"]] == ["r0", "r1", "r2"]
    assert (told["asked"], told["decided"], told["done"]) == (3, 0, [])


def test_a_card_shows_what_is_to_be_read_and_what_is_to_be_seen(desk, ask):
    card = desk(ask(1)).sync("ada", {})["cards"][0]

    assert [each["name"] for each in card["texts"]] == ["text"]
    assert card["texts"][0]["text"].startswith("I would buy it again")
    assert {each["name"]: each["value"] for each in card["fields"]} == {"shop": "N", "stars": "5"}


def test_only_cards_that_the_page_lacks_are_sent(desk, ask):
    served = desk(ask(3))
    first = served.sync("ada", {})
    again = served.sync("ada", {"have": first["queue"][:2], "want": first["queue"][:1]})

    assert [each["key"] for each in again["cards"]] == ["r2"]


def test_the_page_has_some_questions_in_hand(desk, ask):
    assert len(desk(ask(40)).sync("ada", {})["queue"]) == AHEAD


def test_an_answer_goes_to_the_log_with_what_was_shown(desk, ask, labels):
    served = desk(ask(2, source=Source.ISSUE, given="bad", suggested="good"))
    card = served.sync("ada", {})["queue"][0]
    told = served.sync("ada", {"events": [event(card, 2)]})
    decision = said(labels)["r0", "ada"]

    assert (decision.label, decision.given, decision.suggested) == ("bad", "bad", "good")
    assert decision.instruction == labels.instruction().version
    assert keys(told["queue"]) == ["r1"]
    assert (told["decided"], told["done"][0]["answer"]) == (1, "bad")


def test_who_labels_blind_is_shown_no_label_and_the_log_says_so(desk, ask, labels):
    served = desk(ask(1, given="bad", suggested="good"))
    card = served.sync("ada", {})["cards"][0]
    served.sync("ada", {"events": [event(card["id"])]})

    assert card["given"] is card["suggested"] is None
    assert "tone" not in {each["name"] for each in (*card["fields"], *card["texts"])}
    assert said(labels)["r0", "ada"].given is None


def test_nobody_sees_what_another_said(desk, ask):
    served = desk(ask(2, reviewers=2))
    before = served.sync("bob", {})
    served.sync("ada", {"events": [event(each, 1) for each in before["queue"]]})
    after = served.sync("bob", {})

    assert after == before


@pytest.mark.parametrize("verdict", ["both", "neither", "unsure", "skip"])
def test_other_answers_than_a_class_are_answers(desk, ask, labels, verdict):
    served = desk(ask(1))
    served.sync("ada", {"events": [event(served.sync("ada", {})["queue"][0], verdict)]})

    assert said(labels)["r0", "ada"].verdict is Verdict(verdict)


def test_an_answer_that_is_sent_twice_counts_once(desk, ask, labels):
    served = desk(ask(2))
    answer = event(served.sync("ada", {})["queue"][0])
    for _ in range(2):
        told = served.sync("ada", {"events": [answer, answer]})

        assert told["taken"] == [answer["id"]] * 2
    assert sum(isinstance(each, Decision) for each in labels.log.entries()) == 1


def test_an_answer_is_taken_back_and_the_item_comes_again(desk, ask, labels):
    served = desk(ask(2))
    answer = event(served.sync("ada", {})["queue"][0])
    served.sync("ada", {"events": [answer]})
    told = served.sync("ada", {"events": [undo(answer)]})

    assert keys(told["queue"]) == ["r0", "r1"]
    assert said(labels) == {}


def test_an_answer_and_its_undoing_may_come_in_one_message(desk, ask, labels):
    served = desk(ask(1))
    answer = event(served.sync("ada", {})["queue"][0])
    back = undo(answer)
    for _ in range(2):
        served.sync("ada", {"events": [answer, back]})

    assert said(labels) == {}
    assert len(labels.log.path.read_text().splitlines()) == 6


def test_nobody_takes_back_what_another_said(desk, ask, labels):
    served = desk(ask(1, reviewers=2))
    answer = event(served.sync("ada", {})["queue"][0])
    served.sync("ada", {"events": [answer]})
    served.sync("bob", {"events": [undo(answer)]})

    assert ("r0", "ada") in said(labels)


def test_an_answer_may_be_changed(desk, ask, labels):
    served = desk(ask(1))
    card = served.sync("ada", {})["queue"][0]
    served.sync("ada", {"events": [event(card, 0), event(card, 2)]})

    assert said(labels)["r0", "ada"].label == "bad"


def test_two_people_are_not_given_the_same_item_while_there_are_others(desk, ask):
    served = desk(ask(8))
    ada, bob = served.sync("ada", {}), served.sync("bob", {})

    assert keys(ada["queue"])[:2] == ["r0", "r1"]
    assert keys(bob["queue"])[:2] == ["r2", "r3"]
    assert set(bob["queue"]) == set(ada["queue"])


def test_an_item_that_another_has_done_is_skipped(desk, ask):
    served = desk(ask(3))
    first = served.sync("bob", {})["queue"]
    served.sync("ada", {"events": [event(first[0])]})
    told = served.sync("bob", {})

    assert keys(told["queue"]) == ["r1", "r2"]
    assert told["asked"] == 2


def test_two_answers_at_once_are_both_kept(desk, ask, labels):
    served = desk(ask(1))
    card = served.sync("ada", {})["queue"][0]
    served.sync("ada", {"events": [event(card, 0)]})
    served.sync("bob", {"events": [event(card, 1)]})

    assert {each.labeler: each.label for each in said(labels).values()} == {
        "ada": "good",
        "bob": "neutral",
    }


def test_two_servers_on_one_log_know_of_one_another(desk, ask, labels):
    mine = desk(ask(3))
    theirs = type(mine)(label_set(labels.project, "tone"), ["bob"], [*labels.standing.rounds])
    theirs.sync("bob", {"events": [event(theirs.sync("bob", {})["queue"][0])]})

    assert keys(mine.sync("ada", {})["queue"]) == ["r1", "r2"]


def test_many_threads_at_once_lose_nothing(desk, ask, labels):
    served = desk(ask(40, reviewers=2))
    cards = {
        who: [f'{next(iter(labels.standing.rounds))}:"r{each}"' for each in range(40)]
        for who in ("ada", "bob")
    }

    def work(who):
        for card in cards[who]:
            served.sync(who, {"events": [event(card)]})

    threads = [threading.Thread(target=work, args=(who,)) for who in cards]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert len(said(labels)) == 80


def test_what_is_put_off_comes_last(desk, ask):
    served = desk(ask(3))
    first = served.sync("ada", {})["queue"]

    assert keys(served.sync("ada", {"later": first[:1]})["queue"]) == ["r1", "r2", "r0"]


def test_a_page_that_was_closed_goes_on_where_it_was(desk, ask):
    round = ask(3)
    before = desk(round)
    before.sync("ada", {"events": [event(before.sync("ada", {})["queue"][0])]})
    told = desk(round).sync("ada", {})

    assert keys(told["queue"]) == ["r1", "r2"]
    assert keys([told["done"][0]["card"]]) == ["r0"]


def test_a_new_instruction_is_told_and_counts_from_the_moment_it_is_shown(desk, ask, labels):
    served = desk(ask(2))
    old = labels.instruction().version
    first, second = served.sync("ada", {})["queue"]
    labels.instruction_path.write_text("# Another\n")
    new = labels.instruction().version
    told = served.sync("ada", {"events": [event(first, version=old)]})
    served.sync("ada", {"events": [event(second, version=new)]})

    assert told["version"] == new
    assert [said(labels)[each, "ada"].instruction for each in ("r0", "r1")] == [old, new]
    assert served.session("ada")["instruction"]["number"] == 2


def test_a_queue_of_suspects_says_how_many_are_left(desk, labels):
    served = desk(ask_issues(labels, find_issues(labels)).id)

    first = served.sync("ada", {})
    told = served.sync("ada", {"events": [event(first["queue"][0], "neither")]})

    assert first["outlook"] == ""
    assert told["outlook"].startswith("1 wrong in 1 reviews; at most")


def test_an_item_that_is_gone_from_the_data_is_said_to_be_gone(desk, labels):
    round = labels.ask(
        Source.SAMPLE, lambda id: [Question(round=id, item="gone")], reviewers=1, by="ada"
    )

    assert desk(round.id).sync("ada", {})["cards"][0]["gone"] is True


def test_a_full_disk_is_told_and_the_answer_may_be_sent_again(desk, ask, labels, monkeypatch):
    served = desk(ask(1))
    answer = event(served.sync("ada", {})["queue"][0])

    def full(file, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(DataError, match="No space"):
        served.sync("ada", {"events": [answer]})
    monkeypatch.undo()
    served.sync("ada", {"events": [answer]})

    assert ("r0", "ada") in said(labels)


@pytest.mark.parametrize(
    "message",
    [
        {"events": 3},
        {"events": [3]},
        {"events": [{"card": "x"}]},
        {"events": [{"id": "0" * 11, "card": "x"}]},
        {"events": [{"id": "0" * 12, "card": "x"}]},
        {"events": [{"id": "0" * 12, "card": "r:1.5", "answer": 0}]},
        {"events": [{"id": "0" * 12, "card": "r:true", "answer": 0}]},
        {"have": "x"},
        {"want": [3]},
        {"later": [None]},
    ],
)
def test_a_message_that_is_none_is_refused(desk, ask, labels, message):
    served = desk(ask(1))
    before = labels.log.path.read_bytes()

    with pytest.raises(ValueError, match=r".+"):
        served.sync("ada", message)
    assert labels.log.path.read_bytes() == before


@pytest.mark.parametrize("answer", [3, -1, True, None, "label", "good", 0.5, [0]])
def test_an_answer_that_is_none_is_refused(desk, ask, labels, answer):
    served = desk(ask(1))
    card = served.sync("ada", {})["queue"][0]

    with pytest.raises(ValueError, match=r".+"):
        served.sync("ada", {"events": [event(card, answer)]})
    assert said(labels) == {}


def test_what_is_not_asked_at_this_desk_cannot_be_answered(desk, ask, labels):
    asked, other = ask(1), ask(1)
    desk(asked).sync("ada", {"events": [event(f'{other}:"r0"'), event(f'{asked}:"r7"')]})

    assert said(labels) == {}
