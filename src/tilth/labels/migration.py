"""A change of what classes mean, as data: which steps it takes, and whether they fit together.

All steps are of the definition that was: a row is moved once, whatever their order. What is said
of rows (`relabel`) goes before what is said of their class.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from blake3 import blake3

from tilth.errors import nearest
from tilth.labels.entry import Classes, Label
from tilth.labels.sheet import WORDS
from tilth.record import record


@record
class Rename:
    """A class gets another name, and means what it meant."""

    of: Label
    to: Label


@record
class Merge:
    """Classes become one, which may have the name of one of them."""

    of: Classes
    to: Label


@record
class Part:
    """The rows of a split class for which a condition holds.

    Attributes:
        to: Their class.
        where: The condition, an expression on the columns of the data.
    """

    to: Label
    where: str


@record
class Split:
    """A class becomes several.

    Attributes:
        parts: At least one; no row may belong to two.
        rest: The class of all other rows; None where people are asked.
    """

    of: Label
    parts: tuple[Part, ...]
    rest: Label | None = None


@record
class Relabel:
    """The rows for which a condition holds get a class, whatever they had."""

    where: str
    to: Label


Step: TypeAlias = Rename | Merge | Split | Relabel


@record
class ChangeSet:
    """What a migration file says.

    Attributes:
        labels: The label set that it is about.
        why: Why, in words.
        steps: At least one.
    """

    labels: str
    why: str
    steps: tuple[Step, ...]

    @property
    def digest(self) -> str:
        """Tells whether it was applied: the same set and steps, whatever the reason."""
        said = json.dumps([self.labels, [_told(each) for each in self.steps]], ensure_ascii=False)
        return blake3(said.encode("utf-8", "surrogatepass")).hexdigest(8)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Every condition on rows, once."""
        return tuple(dict.fromkeys(where for each in self.steps for where in _conditions(each)))

    @property
    def text(self) -> str:
        """All steps in one line."""
        return "; ".join(map(_text, self.steps))

    def gone(self) -> Classes:
        """The classes that steps take away, or make something else of."""
        return tuple(each for step in self.steps for each in _of(step))

    def after(self, classes: Classes) -> Classes:
        """All classes when it is done: each new one stands where the first old one stood."""
        found: list[Label] = []
        becomes = {old: _targets(step) for step in self.steps for old in _of(step)}
        for each in classes:
            found += becomes.get(each, (each,))
        found += [each.to for each in self.steps if isinstance(each, Relabel)]
        return tuple(dict.fromkeys(found))

    def moves(self) -> dict[Label, Label]:
        """Old class -> new class, where the class alone decides; a split class is left out."""
        kinds = (Rename, Merge)
        return {old: each.to for each in self.steps if isinstance(each, kinds) for old in _of(each)}

    def moves_back(self, classes: Classes) -> dict[Label, Label]:
        """New class -> old class, where only one old class can have become it."""
        sources: dict[Label, set[Label]] = {}
        for old in classes:
            step = next((each for each in self.steps if old in _of(each)), None)
            for new in (old,) if step is None else _targets(step):
                sources.setdefault(new, set()).add(old)
        for each in self.steps:
            if isinstance(each, Relabel):
                sources.setdefault(each.to, set())
        return {new: next(iter(old)) for new, old in sources.items() if len(old) == 1}

    def clashes(self, classes: Classes) -> list[str]:
        """What is wrong with it for a label set that has these classes, one sentence each."""
        return [*self._unknown(classes), *self._twice(), *self._odd(classes)]

    def _unknown(self, classes: Classes) -> Iterator[str]:
        known = {str(each): each for each in classes}
        for each in dict.fromkeys(self.gone()):
            if each in classes and type(known[str(each)]) is type(each):
                continue
            if str(each) in known:
                yield f"class {each!r} is written {known[str(each)]!r} in the label set"
                continue
            near = nearest(str(each), known)
            hint = f", did you mean `{near}`?" if near else f" (there are {_listed(classes)})"
            yield f"there is no class `{each}`{hint}"

    def _twice(self) -> Iterator[str]:
        for each, n in Counter(self.gone()).items():
            if n > 1:
                yield f"class `{each}` is changed by {n} steps"

    def _odd(self, classes: Classes) -> Iterator[str]:
        gone = set(self.gone())
        stay = set(classes) - gone
        targets = [(step, to) for step in self.steps for to in dict.fromkeys(_targets(step))]
        made = Counter(to for step, to in targets if not isinstance(step, Relabel))
        for step, to in targets:
            if str(to) in WORDS:
                yield f"`{to}` is how another answer is written, so it is no class"
            elif {type(to)} != {type(each) for each in classes}:
                kind = "text" if isinstance(to, str) else "no text"
                yield f"class `{to}` is {kind}, unlike the others ({_listed(classes)})"
            elif isinstance(step, Relabel):
                if to in gone - set(made):
                    yield f"rows are relabelled as `{to}`, which another step takes away"
            elif to in stay or made[to] > 1:
                yield f"`{_text(step)}` makes `{to}`, which is a class already: write a merge"
        for step in self.steps:
            yield from _pointless(step)


def _pointless(step: Step) -> Iterator[str]:
    match step:
        case Rename() if step.of == step.to:
            yield f"class `{step.of}` is renamed to itself"
        case Merge() if len(set(step.of)) < 2:
            yield f"`{_text(step)}` merges fewer than two classes"
        case Split() if len(set(_targets(step))) < 2 and step.rest is not None:
            yield f"class `{step.of}` is split into one class, `{step.rest}`"


def _of(step: Step) -> Classes:
    if isinstance(step, Relabel):
        return ()
    return step.of if isinstance(step, Merge) else (step.of,)


def _targets(step: Step) -> Classes:
    if not isinstance(step, Split):
        return (step.to,)
    rest = () if step.rest is None else (step.rest,)
    return (*(each.to for each in step.parts), *rest)


def _conditions(step: Step) -> tuple[str, ...]:
    if isinstance(step, Split):
        return tuple(each.where for each in step.parts)
    return (step.where,) if isinstance(step, Relabel) else ()


def _text(step: Step) -> str:
    match step:
        case Rename():
            return f"rename {step.of} to {step.to}"
        case Merge():
            return f"merge {', '.join(map(str, step.of))} to {step.to}"
        case Split():
            parts = [f"{each.to} where {each.where}" for each in step.parts]
            rest = "people say the rest" if step.rest is None else f"{step.rest} the rest"
            return f"split {step.of} into {', '.join([*parts, rest])}"
        case Relabel():
            return f"relabel as {step.to} where {step.where}"


def _told(step: Step) -> list[object]:
    match step:
        case Split():
            return ["split", step.of, [[each.to, each.where] for each in step.parts], step.rest]
        case Relabel():
            return ["relabel", step.where, step.to]
        case Merge():
            return ["merge", sorted(step.of, key=str), step.to]
        case Rename():
            return ["rename", step.of, step.to]


def _listed(classes: Iterable[Label]) -> str:
    names = [f"`{each}`" for each in classes]
    return ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")


@record
class Fate:
    """What becomes of the label of a row.

    Attributes:
        label: By the new definition; None where people must say it.
        by: What decides it: its class, a condition on its row, or people.
    """

    label: Label | None
    by: str


BY_CLASS, BY_ROW, BY_PEOPLE = "class", "row", "people"


class Reading:
    """Reads labels of rows by the new definition.

    Args:
        change: The steps.
        holds: Condition -> whether it holds for each row; each of the steps' conditions.
    """

    def __init__(self, change: ChangeSet, holds: Mapping[str, Sequence[bool]]) -> None:
        self._change = change
        self._holds = holds
        self._relabels = [each for each in change.steps if isinstance(each, Relabel)]
        self._of = {old: step for step in change.steps for old in _of(step)}

    def fate(self, label: Label | None, row: int | None) -> Fate | None:
        """What becomes of a label; None where nothing does.

        Args:
            label: By the old definition; None where there is none.
            row: Of the item; None for one that is gone from the data, where no condition holds.
        """
        for each in self._relabels:
            if self._hold(each.where, row):
                return Fate(label=each.to, by=BY_ROW) if each.to != label else None
        step = self._of.get(label) if label is not None else None
        if step is None:
            return None
        if isinstance(step, Split):
            return self._split(step, row)
        assert not isinstance(step, Relabel)
        return Fate(label=step.to, by=BY_CLASS) if step.to != label else None

    def overlaps(self, labels: Sequence[Label | None]) -> Iterator[str]:
        """Which two conditions say different things of the same rows, one sentence each.

        Args:
            labels: Of each row, by the old definition.
        """
        for step in (None, *(each for each in self._change.steps if isinstance(each, Split))):
            parts: Sequence[Relabel | Part] = self._relabels if step is None else step.parts
            for at, one in enumerate(parts):
                for other in parts[at + 1 :]:
                    n = sum(
                        self._hold(one.where, row) and self._hold(other.where, row)
                        for row, label in enumerate(labels)
                        if step is None or label == step.of
                    )
                    if n and one.to != other.to:
                        yield (
                            f"`{one.where}` makes `{one.to}` and `{other.where}` makes "
                            f"`{other.to}`, and both hold for {n:,} rows"
                        )

    def _split(self, step: Split, row: int | None) -> Fate | None:
        for each in step.parts:
            if self._hold(each.where, row):
                return Fate(label=each.to, by=BY_CLASS) if each.to != step.of else None
        if step.rest is None:
            return Fate(label=None, by=BY_PEOPLE)
        return Fate(label=step.rest, by=BY_CLASS) if step.rest != step.of else None

    def _hold(self, where: str, row: int | None) -> bool:
        return row is not None and bool(self._holds[where][row])
