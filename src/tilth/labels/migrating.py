"""What a migration does to a label log: nothing is changed, and each new line can be taken back.

What a person said is read by the new definition where the class decides, and stays that person's
word. Where it does not, the word is set aside (`unsure`, which settles nothing), and the item has
the label that a condition on its row gives it, or people are asked. The label of the data itself
is read likewise, by a decision whose labeler is `(given)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum

from tilth.labels.entry import (
    GIVEN,
    Classes,
    Decision,
    Entry,
    Key,
    Label,
    Migration,
    Source,
    Verdict,
)
from tilth.labels.migration import BY_CLASS, BY_PEOPLE, BY_ROW, ChangeSet, Fate, Reading
from tilth.labels.standing import Outcome, Resolution, Standing
from tilth.record import changed, field, record


class Lack(StrEnum):
    """Why an item has no label."""

    UNLABELLED = "(no label)"
    DISPUTED = "(disputed)"
    SEVERAL = "(several or none)"


State = Label | Lack
"""The label that an item comes to, or why it has none."""


@record
class Labelled:
    """Where items stand, and what the data says of them.

    Attributes:
        standing: Of the log.
        rows: Key -> row of the data, of each item there.
        given: The label that the data has, by row, as it stands there.
        reviewers: How many have to be sure of an item that no round asks for.
    """

    standing: Standing = field(repr=False)
    rows: Mapping[Key, int] = field(repr=False)
    given: Sequence[Label | None] = field(repr=False)
    reviewers: int = 1

    def state(self, item: Key) -> State:
        """What people settled, or else what the data says."""
        found = self.standing.resolution(item, self.reviewers)
        if found.outcome is Outcome.DISPUTED:
            return Lack.DISPUTED
        if found.outcome is Outcome.AGREED:
            return _settled(found)
        label = self.read(item)
        return Lack.UNLABELLED if label is None else label

    def read(self, item: Key) -> Label | None:
        """The label of the data, by the definition of now."""
        row = self.rows.get(item)
        return self.standing.read_now(item, None if row is None else self.given[row])

    @property
    def items(self) -> list[Key]:
        """Those of the data, and those that the log alone knows still."""
        return list(dict.fromkeys([*self.rows, *self.standing.items]))


def _settled(found: Resolution) -> State:
    return Lack.SEVERAL if found.label is None else found.label


@record
class Moved:
    """What became of an item.

    Attributes:
        item: Its key.
        before: Its label, or why it had none.
        after: The same by the new definition.
        by: What decided it: its class, a condition on its row, or people who are asked.
    """

    item: Key
    before: State
    after: State
    by: str


@record
class Plan:
    """What a migration would write, and what comes of it.

    Attributes:
        before: All classes until now.
        after: All classes then.
        counts: Class, or why there is none -> items before and after.
        moved: The items whose label changes, and those that people are asked about.
        entries: What is added to the log.
    """

    before: Classes
    after: Classes
    counts: Mapping[State, tuple[int, int]]
    moved: tuple[Moved, ...]
    entries: tuple[Entry, ...] = field(repr=False)

    @property
    def undecided(self) -> tuple[Key, ...]:
        """The items that people have to say."""
        return tuple(each.item for each in self.moved if each.by == BY_PEOPLE)


@record
class Signed:
    """Who applies it, when, and with which names for what is new.

    Attributes:
        by: Who reviewed it.
        time: UTC.
        instruction: The version in force; empty where there is none.
        new_id: Gives a random name.
        file: Where the change set stands.
    """

    by: str
    time: str
    instruction: str = ""
    new_id: Callable[[], str]
    file: str = ""


def plan(
    change: ChangeSet, reading: Reading, labelled: Labelled, classes: Classes, signed: Signed
) -> Plan:
    """Say what a migration writes to the log, and what each item comes to by it.

    Args:
        change: The steps; they have no clashes.
        reading: Of labels, by these steps.
        labelled: Where the items stand.
        classes: All classes now.
        signed: Who applies it.
    """
    head = Migration(
        id=signed.new_id(),
        digest=change.digest,
        why=change.why,
        by=signed.by,
        time=signed.time,
        before=classes,
        after=change.after(classes),
        steps=change.text,
        file=signed.file,
    )
    writer = _Writer(reading, labelled, head, signed)
    written = {item: list(writer.of(item)) for item in labelled.items}
    entries: list[Entry] = [head, *(each for lines in written.values() for each in lines)]
    then = changed(labelled, standing=labelled.standing.with_more(entries))
    moved: list[Moved] = []
    counts: dict[State, tuple[int, int]] = dict.fromkeys([*head.before, *head.after], (0, 0))
    for item in labelled.rows:
        before = labelled.state(item)
        after = then.state(item) if written[item] else before
        for state, place in ((before, (1, 0)), (after, (0, 1))):
            n, m = counts.get(state, (0, 0))
            counts[state] = (n + place[0], m + place[1])
        if before != after or item in writer.undecided:
            by = BY_PEOPLE if item in writer.undecided else writer.by[item]
            moved.append(Moved(item=item, before=before, after=after, by=by))
    return Plan(
        before=head.before,
        after=head.after,
        counts=counts,
        moved=tuple(moved),
        entries=tuple(entries),
    )


class _Writer:
    """Writes the lines of a migration, item by item.

    Attributes:
        undecided: The items that people have to say.
        by: What decides an item of which there is a line.
    """

    def __init__(
        self, reading: Reading, labelled: Labelled, head: Migration, signed: Signed
    ) -> None:
        self._reading, self._labelled = reading, labelled
        self._head, self._signed = head, signed
        self.undecided: set[Key] = set()
        self.by: dict[Key, str] = {}

    def of(self, item: Key) -> Iterator[Decision]:
        """The lines of one item: people's words first, then the label of the data."""
        row = self._labelled.rows.get(item)
        words = [
            (each, fate)
            for each in self._labelled.standing.voices(item)
            if (fate := self._fate(each, row)) is not None
        ]
        for each, fate in words:
            yield self._reread(each, fate)
        given = self._given(item, row, [fate for _, fate in words])
        if words or given is not None:
            fates = [fate.by for _, fate in words]
            self.by[item] = BY_ROW if BY_ROW in fates else BY_CLASS
        if given is not None:
            self.by[item] = given.by if given.by == BY_ROW else self.by[item]
            yield self._carried(item, row, given)

    def _fate(self, said: Decision, row: int | None) -> Fate | None:
        """What becomes of a person's word; one that names no class gives way to a relabel alone."""
        if not said.verdict.is_sure:
            return None
        return self._reading.fate(said.label, row)

    def _given(self, item: Key, row: int | None, words: Sequence[Fate]) -> Fate | None:
        """What becomes of the label that the data has, or that it needs from now on."""
        own = self._reading.fate(self._labelled.read(item), row)
        state = self._labelled.state(item)
        settled = None if isinstance(state, Lack) else self._reading.fate(state, row)
        if own is not None and own.by == BY_ROW:
            return own
        aside = [each for each in words if each.by == BY_ROW]
        if aside:
            return aside[0]
        lost = any(each.by == BY_PEOPLE for each in words)
        open_now = settled is not None and settled.by == BY_PEOPLE
        if row is not None and (open_now or (lost and isinstance(state, Lack))):
            self.undecided.add(item)
            return Fate(label=None, by=BY_PEOPLE)
        return own

    def _reread(self, said: Decision, fate: Fate) -> Decision:
        """A person's word by the new definition, or set aside."""
        by_class = fate.by == BY_CLASS
        return changed(
            said,
            id=self._signed.new_id(),
            verdict=Verdict.LABEL if by_class else Verdict.UNSURE,
            label=fate.label if by_class else None,
            source=Source.MIGRATION,
            migration=self._head.id,
            rereads=said.id,
        )

    def _carried(self, item: Key, row: int | None, fate: Fate) -> Decision:
        """How the label of the data is read; the several classes that it may be are told apart
        by people."""
        return Decision(
            id=self._signed.new_id(),
            item=item,
            verdict=Verdict.BOTH if fate.label is None else Verdict.LABEL,
            label=fate.label,
            labeler=GIVEN,
            time=self._signed.time,
            instruction=self._signed.instruction,
            source=Source.MIGRATION,
            given=None if row is None else self._labelled.given[row],
            migration=self._head.id,
        )
