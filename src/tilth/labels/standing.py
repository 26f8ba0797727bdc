"""What a label log comes to: which decisions stand, and where that leaves each item."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum

from tilth.labels.entry import (
    GIVEN,
    Classes,
    Decision,
    Entry,
    InstructionSeen,
    Key,
    Label,
    Migration,
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
        several = self.verdict in (Verdict.BOTH, Verdict.NEITHER)
        by_people = any(each.labeler != GIVEN for each in self.decisions)
        return self.outcome is Outcome.DISPUTED or (several and by_people)


class Standing:
    """An index of a log that follows it as it grows.

    Of what one person said of one item, the latest counts that was not taken back: by its time,
    and by its place in the log where times are equal, as logs of two branches may be merged.

    Attributes:
        rounds: By id, in the order they were asked.
        instructions: The versions that were seen, in order.
        migrations: By id, in the order they were applied, those taken back as well.
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

    def with_more(self, entries: Sequence[Entry]) -> Standing:
        """What the log would come to with more at its end; this one stays as it is."""
        return Standing().follow([*self._entries[: self._n_taken], *entries])

    def _begin(self, entries: Sequence[Entry]) -> None:
        self.rounds: dict[str, Round] = {}
        self.instructions: dict[str, InstructionSeen] = {}
        self.migrations: dict[str, Migration] = {}
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
            case Migration():
                self.migrations.setdefault(entry.id, entry)
            case Undo():
                self._undo(entry.undoes)
            case Decision() if entry.id not in self._by_id:
                self._by_id[entry.id] = entry
                if entry.id in self._undone:
                    self._undo(entry.id)
                said = self._by_item.setdefault(entry.item, [])
                said.append(entry)
                if len(said) > 1 and said[-2].time > entry.time:
                    said.sort(key=lambda each: each.time)

    def _undo(self, id: str) -> None:
        """With what it stands for: who takes back a word does so in all its readings."""
        self._undone.add(id)
        decision = self._by_id.get(id)
        if decision is not None and decision.rereads:
            self._undo(decision.rereads)

    @property
    def items(self) -> list[Key]:
        """All that was asked about or decided, in that order."""
        decided = [
            item
            for item, said in self._by_item.items()
            if any(each.labeler != GIVEN for each in said) or self.carried(item) is not None
        ]
        return list(dict.fromkeys([*self._rounds_of, *decided]))

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
        """Whether a decision or a migration was taken back, or the migration that wrote it."""
        decision = self._by_id.get(id)
        return id in self._undone or (decision is not None and decision.migration in self._undone)

    def made(self) -> Iterator[Decision]:
        """Everything that was decided, taken back or not, in the order of the log."""
        return iter(self._by_id.values())

    def decisions(self) -> Iterator[Decision]:
        """Everything that was decided and not taken back, in the order of the log."""
        return (each for each in self.made() if not self.is_undone(each.id))

    def current(self) -> list[Decision]:
        """The latest decision of each labeler about each item; not of the data itself."""
        return [each for item in self._by_item for each in self.of_item(item).values()]

    def of_item(self, item: Key, round: str | None = None) -> Mapping[str, Decision]:
        """The latest decision of each labeler about an item; of one round, if it is given."""
        return {
            each.labeler: each
            for each in self._by_item.get(item, ())
            if each.labeler != GIVEN and not self.is_undone(each.id) and round in (None, each.round)
        }

    def voices(self, item: Key) -> list[Decision]:
        """All that still speaks of an item, in order of time.

        Of each labeler the latest decision in each round and by each version of the instruction:
        what an older version came to is told as well, and a round keeps its answers.
        """
        found = {
            (each.labeler, each.instruction, each.round): each
            for each in self._by_item.get(item, ())
            if each.labeler != GIVEN and not self.is_undone(each.id)
        }
        return sorted(found.values(), key=lambda each: each.time)

    # By which definition

    def applied(self) -> list[Migration]:
        """The migrations that were not taken back, in order."""
        return [each for each in self.migrations.values() if each.id not in self._undone]

    def classes(self, written: Classes) -> Classes:
        """All classes now, where the settings still name those from before a migration."""
        found = written
        for each in self.applied():
            if set(map(str, found)) == set(map(str, each.before)):
                found = each.after
        return found

    def carried(self, item: Key) -> Decision | None:
        """How a migration reads the data's own label of an item; None where it is as it is."""
        said = [
            each
            for each in self._by_item.get(item, ())
            if each.labeler == GIVEN and not self.is_undone(each.id)
        ]
        return said[-1] if said else None

    def read_now(self, item: Key, given: Label | None) -> Label | None:
        """A label that the data has, as it is called now; None where people must say it anew."""
        carried = self.carried(item)
        if carried is None or carried.given != given or type(carried.given) is not type(given):
            return given
        return carried.label

    def outdated(self, version: str) -> list[Decision]:
        """Current decisions that were made by another version of the instruction than this."""
        return [each for each in self.current() if version and each.instruction != version]

    # What follows

    def resolved(self, reviewers: int = 1) -> list[Resolution]:
        """Where each item stands that was asked about or decided, in that order.

        Args:
            reviewers: How many have to be sure of an item that no round asks for.
        """
        return [self.resolution(item, reviewers) for item in self.items]

    def resolution(self, item: Key, reviewers: int = 1) -> Resolution:
        """Where one item stands.

        What was said by an older instruction than the newest about this item does not count:
        it is no answer to the question that is asked now. Where people have not settled it, it
        has the label that a migration gave it, if one did.
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
            if (carried := self.carried(item)) is not None:
                return _settled(carried, needed)
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


def _settled(carried: Decision, needed: int) -> Resolution:
    """By a migration, as long as people have not settled it themselves."""
    return Resolution(
        item=carried.item,
        outcome=Outcome.AGREED,
        verdict=carried.verdict,
        label=carried.label,
        decisions=(carried,),
        needed=needed,
    )
