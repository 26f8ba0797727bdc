"""The lines of a label log: what each says, and how it is written.

A line is a JSON object on its own, whose keys stand in one order, so that one more label is one
more line and nothing else. `kind` says what it is:

- `log`: the head of the file, with the number of its grammar
- `instruction`: a version of the labelling instruction that was not seen before
- `round`: that people are asked something, and how many of them
- `question`: one item of a round
- `decision`: what one person said of one item
- `migration`: a change of the classes' definitions, which somebody has reviewed
- `undo`: a decision that its maker takes back, or a migration
- `torn`: the line before this one was cut off when the machine or the disk failed
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeAlias

from tilth.errors import DataError
from tilth.record import fields_of, record

GRAMMAR = 1
"""Raised when an older Tilth would misread what a newer one writes."""

Key: TypeAlias = str | int
"""What names an item: a text or a whole number."""

Label: TypeAlias = str | int
"""A class: a text, a whole number or a truth value."""


Classes: TypeAlias = tuple[Label, ...]
"""Several, in order."""

GIVEN = "(given)"
"""The labeler of a decision that says how the label of the data itself is to be read."""


class Verdict(StrEnum):
    """What a person says of an item."""

    LABEL = "label"
    """One class is right: it comes with the decision."""
    BOTH = "both"
    """More than one class is right."""
    NEITHER = "neither"
    """No class is right."""
    UNSURE = "unsure"
    """I cannot tell. It settles nothing."""
    SKIP = "skip"
    """I would rather not say. It settles nothing, and I am not asked again."""

    @property
    def is_sure(self) -> bool:
        """Whether it says something of the item."""
        return self not in (Verdict.UNSURE, Verdict.SKIP)


class Source(StrEnum):
    """Why an item was looked at."""

    SAMPLE = "sample"
    """It was drawn, and is labelled blind: without the given label or those of others."""
    ISSUE = "issue"
    """Its given label looks wrong."""
    RELABEL = "relabel"
    """It was labelled by an older instruction, or by an older definition of the classes."""
    UNLABELLED = "unlabelled"
    """It has no label yet."""
    IMPORT = "import"
    """It came with a table."""
    MIGRATION = "migration"
    """It was said before, and is read by a definition that has changed since."""


@record
class Head:
    """The first line.

    Attributes:
        grammar: Of the lines below.
    """

    grammar: int


@record
class InstructionSeen:
    """A version of the instruction, when it was first seen.

    Attributes:
        version: A short digest of its text.
        number: Counts versions from 1.
        time: UTC, as `2026-03-01T09:30:00.000Z`; so everywhere here.
    """

    version: str
    number: int
    time: str


@record
class Round:
    """People are asked about some items.

    Attributes:
        id: Random.
        source: Why.
        reviewers: How many people are asked about each item.
        by: Who asks.
        note: How the items were chosen.
    """

    id: str
    source: Source
    reviewers: int
    time: str
    by: str = ""
    note: str = ""

    @property
    def is_blind(self) -> bool:
        """Whether people see neither the given label nor what others said."""
        return self.source in (Source.SAMPLE, Source.RELABEL)


@record
class Question:
    """One item of a round.

    Attributes:
        round: The round's id.
        item: Its key.
        given: The label that the data has.
        suggested: What a model finds most probable.
        score: What ranks it; the lowest looks worst.
        rank: Its place among all suspects, from 0; they are not asked in that order.
        reason: Why it is among them.
    """

    round: str
    item: Key
    given: Label | None = None
    suggested: Label | None = None
    score: float | None = None
    rank: int | None = None
    reason: str = ""


@record
class Decision:
    """What one person said of one item.

    Attributes:
        id: Random; the same decision, sent twice, is one.
        item: Its key.
        verdict: What.
        label: The class, with `Verdict.LABEL` alone.
        labeler: Who.
        instruction: The version that was in force; empty where there is none.
        source: Why the item was looked at.
        round: The round in which it was asked; empty for an import.
        given: The label of the data that was shown; none where it was not.
        suggested: The suggestion that was shown; none where it was not.
        migration: The migration that wrote it; empty where a person did.
        rereads: The decision that it stands for since; empty where that is none.
    """

    id: str
    item: Key
    verdict: Verdict
    label: Label | None = None
    labeler: str
    time: str
    instruction: str = ""
    source: Source
    round: str = ""
    given: Label | None = None
    suggested: Label | None = None
    migration: str = ""
    rereads: str = ""

    def __post_init__(self) -> None:
        if (self.label is not None) != (self.verdict is Verdict.LABEL):
            how = "needs" if self.verdict is Verdict.LABEL else "takes no"
            raise ValueError(f"`{self.verdict}` for item {self.item!r} {how} label")


@record
class Migration:
    """The definition of classes has changed; the decisions that follow from it come after it.

    Attributes:
        id: Random.
        digest: Of what the migration file says of classes and rows.
        why: Why, in its words.
        by: Who reviewed it.
        before: All classes until then.
        after: All classes from then on.
        steps: What is done, in one line.
        file: Where it stood, relative to the project.
    """

    id: str
    digest: str
    why: str
    by: str
    time: str
    before: Classes
    after: Classes
    steps: str = ""
    file: str = ""


@record
class Undo:
    """A decision is taken back, or a migration with all that it wrote, and stands no more.

    Attributes:
        undoes: The decision's id, or the migration's.
    """

    id: str
    undoes: str
    labeler: str
    time: str


@record
class Torn:
    """The line above was cut off, and says nothing."""

    time: str


Entry: TypeAlias = Head | InstructionSeen | Round | Question | Decision | Migration | Undo | Torn

KINDS: Mapping[str, type[Any]] = {
    "log": Head,
    "instruction": InstructionSeen,
    "round": Round,
    "question": Question,
    "decision": Decision,
    "migration": Migration,
    "undo": Undo,
    "torn": Torn,
}
_NAMES = {kind: name for name, kind in KINDS.items()}


def to_line(entry: Entry) -> str:
    """The line of an entry, its end included; keys that say nothing are left out."""
    said: dict[str, Any] = {"kind": _NAMES[type(entry)]}
    for name, each in fields_of(entry).items():
        value = getattr(entry, name)
        if value != each.default or type(value) is not type(each.default):
            said[name] = str(value) if isinstance(value, StrEnum) else value
    return json.dumps(said, ensure_ascii=False, allow_nan=False) + "\n"


def from_line(line: str) -> Entry:
    """The entry of a line; keys that are not known are passed over.

    Raises:
        ValueError: It is none. The message is the end of a sentence that begins with the line.
        DataError: A newer Tilth has written it.
    """
    try:
        said = json.loads(line)
    except ValueError as error:
        raise ValueError(f"is not JSON: {error}") from None
    if not isinstance(said, dict) or "kind" not in said:
        raise ValueError("is not an entry of a label log: it has no `kind`")
    kind = KINDS.get(said["kind"]) if isinstance(said["kind"], str) else None
    if kind is None:
        raise DataError(
            f"is of the kind {said['kind']!r}, which this Tilth does not know",
            hint="a newer Tilth has written it: pip install --upgrade tilth",
        )
    if kind is Head and said.get("grammar") != GRAMMAR:
        raise DataError(
            f"says that the log has grammar {said.get('grammar')!r}, "
            f"and this Tilth reads up to {GRAMMAR}",
            hint="a newer Tilth has written it: pip install --upgrade tilth",
        )
    return _made(kind, said)


def _made(kind: type[Any], said: Mapping[str, Any]) -> Entry:
    values: dict[str, Any] = {}
    for name, each in fields_of(kind).items():
        if name not in said:
            continue
        value, allowed = said[name], _ALLOWED[each.annotation]
        if (isinstance(value, bool) and bool not in allowed) or not isinstance(value, allowed):
            raise ValueError(f"has an odd `{name}`: {value!r}")
        values[name] = _WORDS.get(each.annotation, _same)(value)
    try:
        made: Entry = kind(**values)
    except TypeError:
        missing = [name for name in fields_of(kind) if name not in values]
        raise ValueError(f"lacks one of {', '.join(missing)}") from None
    return made


def _same(value: Any) -> Any:
    return value


def _classes(value: list[Any]) -> Classes:
    if not all(isinstance(each, str | int) for each in value):
        raise ValueError(f"has odd classes: {value!r}")
    return tuple(value)


_WORDS: Mapping[str, Callable[[Any], Any]] = {
    "Verdict": Verdict,
    "Source": Source,
    "Classes": _classes,
}

_ALLOWED: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "Key": (str, int),
    "Label | None": (str, int, bool),
    "float | None": (int, float),
    "int | None": (int,),
    "Verdict": (str,),
    "Source": (str,),
    "Classes": (list,),
}
