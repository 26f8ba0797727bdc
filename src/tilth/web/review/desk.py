"""The desk at which people sit: takes their answers, and hands out the next questions.

The page shows the next item before the desk has heard of the last answer, and sends it
meanwhile. So a message may come twice, or late; each event has an id, and counts once.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from tilth.errors import DataError
from tilth.labels.entry import Decision, Label, Question, Round, Source, Undo, Verdict
from tilth.labels.instruction import Instruction
from tilth.labels.queue import Queue
from tilth.labels.standing import Standing
from tilth.project.label_rounds import outlook_of
from tilth.project.label_set import LabelSet
from tilth.web.review.card import Cards, card_id, parsed_id

AHEAD = 12
"""How many questions the page has in hand."""

_DONE = 200
"""How far one can leaf back."""

_HELD = 2
"""How many of the questions in a person's hand nobody else gets, while there are others."""

_ID = re.compile(r"[0-9a-f]{12}")


class Desk:
    """One label set, and the people who work at it.

    Args:
        labels: The label set.
        people: Who works at it.
        rounds: Which rounds are asked, by id, the first first.
    """

    def __init__(self, labels: LabelSet, people: Sequence[str], rounds: Sequence[str]) -> None:
        self._labels = labels
        self._rounds = tuple(rounds)
        self._cards = Cards(labels)
        self._classes = labels.classes
        self._held: dict[str, list[str]] = {each: [] for each in people}
        self._lock = threading.Lock()

    def session(self, person: str) -> dict[str, Any]:
        """What the page needs once: classes, and the instruction as it is now."""
        with self._lock:
            instruction = self._labels.instruction()
            return {
                "name": self._labels.name,
                "project": self._labels.project.name,
                "person": person,
                "classes": [str(each) for each in self._classes],
                "instruction": _told(instruction, self._labels.standing),
            }

    def sync(self, person: str, message: Mapping[str, Any]) -> dict[str, Any]:
        """Take what was done, and give what is next.

        Args:
            person: Who.
            message: `events`, what the person did; `have`, cards that the page has; `want`,
                cards that it wants to see again; `later`, those that were put off.

        Raises:
            DataError: The log cannot be written; nothing of the events was.
            ValueError: The message is not what a page of ours sends.
        """
        with self._lock:
            taken = self._take(person, _listed(message, "events", Mapping))
            standing = self._labels.standing
            queue = Queue(standing, person, self._rounds)
            later = set(_listed(message, "later", str))
            following = self._following(person, queue, later)
            have = set(_listed(message, "have", str))
            wanted = [*following, *_listed(message, "want", str)]
            instruction = self._labels.instruction()
            progress = queue.progress()
            return {
                "taken": taken,
                "queue": following,
                "cards": [card for id in wanted if id not in have for card in self._card(id)],
                "done": _done(queue.history()),
                "asked": progress.asked - progress.elsewhere,
                "decided": progress.decided,
                "version": instruction.version if instruction else "",
                "outlook": self._outlook(standing),
            }

    def picture(self, row: int, column: int) -> str | None:
        """The path in a cell that is shown as a picture."""
        return self._cards.picture(row, column)

    # Answers

    def _take(self, person: str, events: Sequence[Mapping[str, Any]]) -> list[str]:
        """Write events to the log, each once; the ids of those that need not be sent again."""
        if not events:
            return []

        def compose(standing: Standing, version: str) -> list[Decision | Undo]:
            new: dict[str, Decision | Undo] = {}
            if self._labels.classes_by(standing) != self._classes:
                raise DataError(
                    f"the classes of `{self._labels.name}` have changed since this page was opened",
                    hint="end `tilth labels review`, and begin it anew",
                )
            for event in events:
                entry = self._entry(person, event, standing, new, version)
                if entry is not None:
                    new.setdefault(entry.id, entry)
            return [*new.values()]

        self._labels.add(compose)
        return [str(each["id"]) for each in events]

    def _entry(
        self,
        person: str,
        event: Mapping[str, Any],
        standing: Standing,
        new: Mapping[str, Decision | Undo],
        version: str,
    ) -> Decision | Undo | None:
        """What an event comes to in the log; None for one that stands there already."""
        id = event.get("id")
        if not isinstance(id, str) or not _ID.fullmatch(id):
            raise ValueError("an event needs an id of twelve hexadecimal digits")
        if "undoes" in event:
            made = str(event["undoes"])
            undone = standing.decision(made) or new.get(made)
            ours = isinstance(undone, Decision) and undone.labeler == person
            if not isinstance(undone, Decision) or not ours or standing.is_undone(undone.id):
                return None
            return self._labels.undo(undone, person, id=id)
        round, item = parsed_id(str(event.get("card")))
        question = standing.question(round, item)
        if standing.decision(id) is not None or question is None or round not in self._rounds:
            return None  # it was sent twice; or the log is another one now, and asks no such thing
        answer = self._answer(event.get("answer"))
        shown = str(event.get("version"))
        by = shown if shown in standing.instructions else version
        return self._labels.decision(question, standing.rounds[round], answer, person, by, id=id)

    def _answer(self, answer: object) -> tuple[Verdict, Label | None]:
        classes = self._classes
        if isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer < len(classes):
            return Verdict.LABEL, classes[answer]
        verdict = Verdict(answer) if isinstance(answer, str) else Verdict.LABEL
        if verdict is Verdict.LABEL:
            raise ValueError(f"{answer!r} is no answer")
        return verdict, None

    # Questions

    def _following(self, person: str, queue: Queue, later: set[str]) -> list[str]:
        """The next questions: first what nobody else has in hand, last what was put off."""
        others = {
            id: place
            for who, held in self._held.items()
            for place, id in enumerate(held)
            if who != person
        }
        first: list[str] = []
        shared: list[str] = []
        put_off: list[str] = []
        for question in queue.open():
            id = card_id(question)
            one = self._labels.standing.rounds[question.round].reviewers == 1
            place = put_off if id in later else shared if one and id in others else first
            place.append(id)
            if len(first) == AHEAD:
                break
        shared.sort(key=lambda id: -others[id])  # what another looks at comes last
        following = [*first, *shared, *put_off][:AHEAD]
        self._held[person] = following[:_HELD]
        return following

    def _card(self, id: str) -> list[dict[str, Any]]:
        round, item = parsed_id(id)
        standing = self._labels.standing
        question = standing.question(round, item)
        if question is None or round not in self._rounds:
            return []
        return [self._cards.card(question, standing.rounds[round])]

    def _outlook(self, standing: Standing) -> str:
        """How many wrong labels are left, where the newest round is of suspects; or nothing."""
        rounds: list[Round] = [standing.rounds[id] for id in self._rounds]
        if not rounds or rounds[-1].source is not Source.ISSUE:
            return ""
        found = outlook_of(self._labels, rounds[-1])
        return str(found) if found.reviewed else ""


def _done(history: Sequence[Decision]) -> list[dict[str, str]]:
    """What was decided, the newest last, as the page knows it."""
    return [
        {
            "card": card_id(Question(round=each.round, item=each.item)),
            "event": each.id,
            "answer": str(each.label) if each.verdict is Verdict.LABEL else "",
            "verdict": str(each.verdict),
        }
        for each in history[-_DONE:]
    ]


def _told(instruction: Instruction | None, standing: Standing) -> dict[str, Any] | None:
    if instruction is None:
        return None
    seen = standing.instructions.get(instruction.version)
    return {
        "version": instruction.version,
        "number": seen.number if seen else len(standing.instructions) + 1,
        "title": instruction.title,
        "sections": [
            {
                "title": section.title,
                "passages": [{"number": p.number, "text": p.text} for p in section.passages],
            }
            for section in instruction.sections
        ],
    }


def _listed(message: Mapping[str, Any], name: str, kind: type) -> list[Any]:
    found = message.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, kind) for each in found):
        raise ValueError(f"`{name}` is not a list of {kind.__name__}")
    return found
