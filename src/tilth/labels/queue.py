"""Who is asked what next, and how far a round has come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tilth.labels.entry import Decision, Label, Question, Round, Verdict
from tilth.labels.standing import Standing
from tilth.record import record


@record
class Progress:
    """How far one person has come.

    Attributes:
        asked: How many items the person is asked about, those included that others did.
        decided: How many of them the person has decided.
        elsewhere: How many of the others need the person no more.
    """

    asked: int
    decided: int
    elsewhere: int

    @property
    def left(self) -> int:
        """How many are still to do."""
        return self.asked - self.decided - self.elsewhere


class Queue:
    """The questions that one person is asked, of one round after the other.

    Args:
        standing: Of the log; it may go on to follow it.
        labeler: Who is asked.
        rounds: Which rounds, by id.
    """

    def __init__(self, standing: Standing, labeler: str, rounds: Sequence[str]) -> None:
        self._standing = standing
        self._labeler = labeler
        self._rounds = tuple(rounds)

    @property
    def questions(self) -> list[Question]:
        """All of them, decided or not."""
        return [each for round in self._rounds for each in self._standing.questions(round)]

    def open(self) -> Iterator[Question]:
        """What is left for this person: not answered by him, nor by as many as are needed."""
        return (each for each in self.questions if not self._answer(each) and self.needs(each))

    def needs(self, question: Question) -> bool:
        """Whether anybody is needed for it besides the others who were sure of it."""
        asked = self._standing.rounds[question.round]
        return len(self._sure_others(question)) < asked.reviewers

    def progress(self) -> Progress:
        """How far this person has come."""
        asked = decided = elsewhere = 0
        for each in self.questions:
            asked += 1
            if self._answer(each):
                decided += 1
            elif not self.needs(each):
                elsewhere += 1
        return Progress(asked=asked, decided=decided, elsewhere=elsewhere)

    def history(self) -> list[Decision]:
        """What this person has decided in these rounds, in the order it was done."""
        found = (self._answer(each) for each in self.questions)
        return sorted((each for each in found if each is not None), key=lambda each: each.time)

    def _answer(self, question: Question) -> Decision | None:
        return self._standing.of_item(question.item, question.round).get(self._labeler)

    def _sure_others(self, question: Question) -> list[str]:
        said = self._standing.of_item(question.item, question.round)
        return [who for who, each in said.items() if who != self._labeler and each.verdict.is_sure]


def hits(round: Round, standing: Standing) -> dict[int, bool]:
    """Whether the given label was wrong, by rank among a round's suspects, of those decided.

    It was where another class is right, or none; not where it is right among others. Where
    people differ, or nobody is sure, nothing is known.
    """
    found = {}
    for question in standing.questions(round.id):
        if question.rank is not None:
            said = standing.of_item(question.item, round.id).values()
            given = standing.read_now(question.item, question.given)
            wrong = {_wrong(each, given) for each in said if each.verdict.is_sure}
            if len(wrong) == 1:
                found[question.rank] = wrong.pop()
    return found


def _wrong(decision: Decision, given: Label | None) -> bool:
    if decision.verdict is Verdict.LABEL:
        return decision.label != given
    return decision.verdict is Verdict.NEITHER
