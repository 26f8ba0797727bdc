"""Migrations of a label set: shown as they would be, applied by who reviewed them, taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tilth.config.migration import read_migration, written
from tilth.contract.expression import parse
from tilth.data.location import place
from tilth.errors import DataError, DefinitionError, UnknownNameError
from tilth.labels.entry import Classes, Entry, Migration, Question, Round, Source, Undo
from tilth.labels.migrating import Labelled, Plan, Signed, plan
from tilth.labels.migration import ChangeSet, Reading
from tilth.labels.standing import Standing
from tilth.project.label_set import LabelSet, new_id
from tilth.record import record

FOLDER = "labels/migrations"
"""Where migration files lie that Tilth writes."""

_MANY = 10


@record
class Planned:
    """What a migration file would do to a label set.

    Attributes:
        change: What the file says.
        plan: What comes of it.
        passages: Lines of the instruction that name a class which the steps change.
    """

    change: ChangeSet
    plan: Plan
    passages: tuple[int, ...]


def read_change(labels: LabelSet, file: Path) -> ChangeSet:
    """What a migration file says, which must be about this label set.

    Raises:
        MissingDataError: There is no such file.
        ConfigError: It holds mistakes.
        DefinitionError: It is about another label set.
    """
    change = read_migration(file, _shown(labels, file))
    if change.labels != labels.name:
        raise DefinitionError(
            f"`{_shown(labels, file)}` is about label set `{change.labels}`, not `{labels.name}`"
        )
    return change


def write_change(labels: LabelSet, change: ChangeSet, file: Path | None) -> Path:
    """Write a migration file; in `labels/migrations/` where no other is named.

    Raises:
        DefinitionError: The steps do not fit the label set, or another file stands there.
    """
    _refuse(labels, change.clashes(labels.classes), f"label set `{labels.name}`")
    text = written(change)
    if file is None:
        words = "_".join(re.findall(r"\w+", change.text))[:60].strip("_")
        file = labels.project.folder / FOLDER / f"{labels.name}_{words}.yml"
    if file.exists() and file.read_text("utf-8") != text:
        raise DefinitionError(
            f"`{_shown(labels, file)}` is there already, and says something else",
            hint="name another file, or edit this one",
        )
    place(text.encode(), file)
    return file


def planned(labels: LabelSet, change: ChangeSet) -> Planned:
    """Say what a migration would do; nothing is written.

    Raises:
        DefinitionError: Its steps do not fit the label set, or one another.
        UnknownNameError: The data lacks a column of a condition.
        DataError: It was applied already, or nothing is there that it would change.
    """
    classes = _checked(labels, change, labels.standing)
    reading = Reading(change, conditions(labels, change))
    found = _plan(labels, change, reading, labels.standing, classes, by="", file="", version="")
    instruction = labels.instruction()
    named = {str(each) for each in change.gone()} - {str(each) for each in found.after}
    passages = () if instruction is None else instruction.sections
    lines = [p.line for each in passages for p in each.passages if named & p.named]
    return Planned(change=change, plan=found, passages=tuple(lines))


def apply(labels: LabelSet, change: ChangeSet, *, by: str, file: Path) -> Plan:
    """Write a migration to the log, and ask people about what it leaves undecided.

    Args:
        labels: Whose labels.
        change: What its file says.
        by: Who reviewed it.
        file: The file.

    Raises:
        DefinitionError: As for `planned`; also where it is not said who reviewed it.
        DataError: As for `planned`; nothing was written.
    """
    if not by.strip() or not by.isprintable():
        raise DefinitionError(f"{by!r} is no name of a person, who reviewed the migration")
    reading = Reading(change, conditions(labels, change))
    found: list[Plan] = []

    def compose(standing: Standing, version: str) -> list[Entry]:
        classes = _checked(labels, change, standing)
        made = _plan(
            labels, change, reading, standing, classes,
            by=by, file=_shown(labels, file), version=version,
        )  # fmt: skip
        found.append(made)
        return [*made.entries, *_questions(labels, made, by)]

    labels.add(compose)
    labels.reread()
    return found[0]


def take_back(labels: LabelSet, id: str, *, by: str) -> Migration:
    """Take a migration back: what was said before it stands again.

    Args:
        labels: Whose labels.
        id: The migration's.
        by: Who takes it back.

    Raises:
        UnknownNameError: There is no such migration that stands.
        DataError: Something was decided since that the old classes have no word for.
    """
    taken: list[Migration] = []

    def compose(standing: Standing, version: str) -> list[Entry]:
        known = {each.id: each for each in standing.applied()}
        if id not in known:
            raise UnknownNameError("migration", id, known, where=f"label set `{labels.name}`")
        _still_last(labels, standing, known[id])
        taken.append(known[id])
        return [Undo(id=new_id(), undoes=id, labeler=by, time=labels.log.now())]

    labels.add(compose)
    labels.reread()
    return taken[0]


def _still_last(labels: LabelSet, standing: Standing, migration: Migration) -> None:
    last = standing.applied()[-1]
    if last.id != migration.id:
        raise DataError(
            f"label set `{labels.name}`: `{last.steps}` ({last.id}) came after it",
            hint="take that one back first",
        )
    new = set(migration.after) - set(migration.before)
    stray = [
        each for each in standing.current() if each.label in new and each.migration != migration.id
    ]
    if stray:
        raise DataError(
            f"label set `{labels.name}`: {stray[0].labeler} has said `{stray[0].label}` of item "
            f"{stray[0].item!r} since, and {len(stray):,} decisions in all are of classes that "
            "were not there before",
            hint="write a migration of its own that leads back",
        )


def conditions(labels: LabelSet, change: ChangeSet) -> dict[str, Sequence[bool]]:
    """Condition -> whether it holds for each row of the data; not where it is neither.

    Raises:
        UnknownNameError: The data lacks a column.
        DataError: A condition cannot be asked of such columns.
    """
    where = f"label set `{labels.name}`, dataset `{labels.settings.data}`"
    return holding(labels.items.frame, change, where)


def holding(frame: Any, change: ChangeSet, where: str) -> dict[str, Sequence[bool]]:
    """The same for any `polars.DataFrame`; `where` says which, for messages."""
    return {each: holds(frame, each, where) for each in change.conditions}


def holds(frame: Any, condition: str, where: str) -> Sequence[bool]:
    """Whether a condition holds for each row of a frame; not where it is neither true nor false.

    Raises:
        UnknownNameError: The frame lacks a column.
        DataError: The condition cannot be asked of such columns.
    """
    from polars.exceptions import PolarsError  # only who has data pays for it

    expression = parse(condition)
    for column in expression.columns:
        if column not in frame.columns:
            raise UnknownNameError("column", column, frame.columns, where=where)
    try:
        found = frame.select(expression.polars().fill_null(False).alias("holds"))["holds"]
    except PolarsError as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{where}: `{condition}` cannot be asked of it: {reason}") from error
    return [bool(each) for each in found.to_list()]


def _checked(labels: LabelSet, change: ChangeSet, standing: Standing) -> Classes:
    """All classes, where the change set can be applied."""
    for each in standing.applied():
        if each.digest == change.digest:
            raise DataError(
                f"label set `{labels.name}`: `{change.text}` was applied on "
                f"{each.time[:10]}, reviewed by {each.by}",
                hint=f"`tilth labels migrate {labels.name} --undo {each.id}` takes it back",
            )
    classes = labels.classes_by(standing)
    _refuse(labels, change.clashes(classes), f"label set `{labels.name}`")
    return classes


def _plan(
    labels: LabelSet,
    change: ChangeSet,
    reading: Reading,
    standing: Standing,
    classes: Classes,
    *,
    by: str,
    file: str,
    version: str,
) -> Plan:
    items = labels.items
    given = items.written if items.written is not None else [None] * len(items.keys)
    labelled = Labelled(
        standing=standing, rows=items.rows, given=given, reviewers=labels.settings.reviewers
    )
    read = [labelled.read(key) for key in items.keys]
    _refuse(labels, list(reading.overlaps(read)), f"label set `{labels.name}`")
    signed = Signed(by=by, time=labels.log.now(), instruction=version, new_id=new_id, file=file)
    found = plan(change, reading, labelled, classes, signed)
    if len(found.entries) == 1:
        raise DataError(
            f"label set `{labels.name}`: no item has a label that `{change.text}` would change",
            hint="see which labels there are: `tilth data head`, `tilth labels log`",
        )
    return found


def _questions(labels: LabelSet, made: Plan, by: str) -> Iterator[Entry]:
    """Ask people, blind, about what the steps do not decide."""
    if not made.undecided:
        return
    asked = Round(
        id=new_id()[:8],
        source=Source.RELABEL,
        reviewers=labels.settings.reviewers,
        time=labels.log.now(),
        by=by,
        note=f"{len(made.undecided)} that a migration leaves undecided",
    )
    yield asked
    yield from (Question(round=asked.id, item=each) for each in made.undecided)


def _refuse(labels: LabelSet, mistakes: Sequence[str], where: str) -> None:
    if not mistakes:
        return
    if len(mistakes) == 1:
        raise DefinitionError(f"{where}: {mistakes[0]}")
    more = [f"and {len(mistakes) - _MANY} more"] if len(mistakes) > _MANY else []
    told = "\n  ".join([*mistakes[:_MANY], *more])
    raise DefinitionError(f"{where}: the steps do not fit\n  {told}")


def _shown(labels: LabelSet, file: Path) -> str:
    """A file relative to the project, where it lies there."""
    whole, folder = file.resolve(), labels.project.folder.resolve()
    return whole.relative_to(folder).as_posix() if whole.is_relative_to(folder) else str(file)
