"""What a label log comes to: which decisions stand, and where that leaves each item."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum

from tilth.labels.entry import (
    Decision,
    Entry,
    InstructionSeen,
    Key,
    Label,
    Question,
    Round,
    Undo,
    Verdict,
)
from tilth.labels.instruction import versions
from tilth.record import record


class Outcome(StrEnum):
    """Where an item stands."""

    AGREED = "agreed"
    DISPUTED = "disputed"
    OPEN = "open"


@record
class Resolution:
    """What the decisions about one item come to. Nothing is settled by a majority.

    Attributes:
        item: Its key.
        outcome: Where it stands.
        verdict: What everyone said who was asked; none otherwise.
        label: The class, where that is what they said. The one to use; the given one else.
        decisions: The last of each labeler under the newest instruction, by name.
        needed: How many people have to be sure.
    """

    item: Key
    outcome: Outcome
    verdict: Verdict | None
    label: Label | None
    decisions: tuple[Decision, ...]
    needed: int

    @property
    def needs_talk(self) -> bool:
        """Whether people differ, or agree that several labels fit, or none."""
        return self.outcome is Outcome.DISPUTED or self.verdict in (Verdict.BOTH, Verdict.NEITHER)


class Standing:
    """An index of a log that follows it as it grows.

    Of what one person said of one item, the latest counts that was not taken back: by its time,
    and by its place in the log where times are equal, as logs of two branches may be merged.

    Attributes:
        rounds: By id, in the order they were asked.
        instructions: The versions that were seen, in order.
    """

    def __init__(self) -> None:
        self._n_taken = 0
        self._begin(())

    def follow(self, entries: Sequence[Entry]) -> Standing:
        """Take in what is new in the log; all of it where it is another log than before."""
        if entries is not self._entries or len(entries) < self._n_taken:
            self._begin(entries)
        for entry in entries[self._n_taken :]:
            self._take(entry)
        self._n_taken = len(entries)
        return self

    def _begin(self, entries: Sequence[Entry]) -> None:
        self.rounds: dict[str, Round] = {}
        self.instructions: dict[str, InstructionSeen] = {}
        self._entries: Sequence[Entry] = entries
        self._n_taken = 0
        self._asked: dict[str, dict[Key, Question]] = {}
        self._rounds_of: dict[Key, list[str]] = {}
        self._by_id: dict[str, Decision] = {}
        self._by_item: dict[Key, list[Decision]] = {}
        self._undone: set[str] = set()

    def _take(self, entry: Entry) -> None:
        match entry:
            case Round():
                self.rounds.setdefault(entry.id, entry)
            case Question() if entry.item not in self._asked.get(entry.round, ()):
                self._asked.setdefault(entry.round, {})[entry.item] = entry
                self._rounds_of.setdefault(entry.item, []).append(entry.round)
            case InstructionSeen():
                self.instructions.update(versions([*self.instructions.values(), entry]))
            case Undo():
                self._undone.add(entry.undoes)
            case Decision() if entry.id not in self._by_id:
                self._by_id[entry.id] = entry
                said = self._by_item.setdefault(entry.item, [])
                said.append(entry)
                if len(said) > 1 and said[-2].time > entry.time:
                    said.sort(key=lambda each: each.time)

    # What was asked

    def questions(self, round: str) -> Collection[Question]:
        """What a round asks, in order; each item once."""
        return self._asked.get(round, {}).values()

    def question(self, round: str, item: Key) -> Question | None:
        """What a round asks about an item, or None."""
        return self._asked.get(round, {}).get(item)

    # What stands

    def decision(self, id: str) -> Decision | None:
        """The decision with this id, taken back or not."""
        return self._by_id.get(id)

    def is_undone(self, id: str) -> bool:
        """Whether a decision was taken back."""
        return id in self._undone

    def made(self) -> Iterator[Decision]:
        """Everything that was decided, taken back or not, in the order of the log."""
        return iter(self._by_id.values())

    def decisions(self) -> Iterator[Decision]:
        """Everything that was decided and not taken back, in the order of the log."""
        return (each for each in self.made() if each.id not in self._undone)

    def current(self) -> list[Decision]:
        """The latest decision of each labeler about each item."""
        return [each for item in self._by_item for each in self.of_item(item).values()]

    def of_item(self, item: Key, round: str | None = None) -> Mapping[str, Decision]:
        """The latest decision of each labeler about an item; of one round, if it is given."""
        return {
            each.labeler: each
            for each in self._by_item.get(item, ())
            if each.id not in self._undone and round in (None, each.round)
        }

    def outdated(self, version: str) -> list[Decision]:
        """Current decisions that were made by another version of the instruction than this."""
        return [each for each in self.current() if version and each.instruction != version]

    # What follows

    def resolved(self, reviewers: int = 1) -> list[Resolution]:
        """Where each item stands that was asked about or decided, in that order.

        Args:
            reviewers: How many have to be sure of an item that no round asks for.
        """
        items = dict.fromkeys([*self._rounds_of, *self._by_item])
        return [self.resolution(item, reviewers) for item in items]

    def resolution(self, item: Key, reviewers: int = 1) -> Resolution:
        """Where one item stands.

        What was said by an older instruction than the newest about this item does not count:
        it is no answer to the question that is asked now.
        """
        asked = self._rounds_of.get(item, ())
        needed = self.rounds[asked[-1]].reviewers if asked else reviewers
        latest = self.of_item(item)
        newest = max((self._number(each) for each in latest.values()), default=0)
        kept = [latest[who] for who in sorted(latest) if self._number(latest[who]) == newest]
        sure = {(each.verdict, each.label) for each in kept if each.verdict.is_sure}
        n_sure = sum(each.verdict.is_sure for each in kept)
        verdict, label = None, None
        if len(sure) > 1:  # two who differ need no third to be a dispute
            outcome = Outcome.DISPUTED
        elif n_sure < needed:
            outcome = Outcome.OPEN
        else:
            outcome = Outcome.AGREED
            ((verdict, label),) = sure
        return Resolution(
            item=item,
            outcome=outcome,
            verdict=verdict,
            label=label,
            decisions=tuple(kept),
            needed=needed,
        )

    def _number(self, decision: Decision) -> int:
        seen = self.instructions.get(decision.instruction)
        return seen.number if seen is not None else 0
