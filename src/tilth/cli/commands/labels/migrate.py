"""Change what classes mean, as a change set that somebody has reviewed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from tilth.cli.command import Invocation, command
from tilth.cli.labels import name_argument, plain
from tilth.cli.opening import opened
from tilth.cli.output import count, paint, plural, say, show, show_json, table
from tilth.errors import DefinitionError
from tilth.labels.entry import Label, Migration
from tilth.labels.migrating import Plan
from tilth.labels.migration import ChangeSet, Merge, Relabel, Rename, Step
from tilth.project.label_migration import (
    Planned,
    apply,
    planned,
    read_change,
    take_back,
    write_change,
)
from tilth.project.label_set import LabelSet, label_set
from tilth.project.person import person

__all__ = ["migrate"]

_SHOWN = 5


@command(
    examples=(
        (
            "tilth labels migrate tone --merge good,neutral --to fine --why '...'",
            "write a migration file, and show what it would do",
        ),
        ("tilth labels migrate tone FILE", "show what a file would do; nothing is changed"),
        ("tilth labels migrate tone FILE --apply --by ada", "do it: Ada has reviewed it"),
        ("tilth labels migrate tone", "which migrations were applied"),
        ("tilth labels migrate tone --undo 3f9a0c11d2e4", "take one of them back"),
    )
)
@name_argument
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--apply", "applied", is_flag=True, help="Write it to the label log.")
@click.option("--by", metavar="PERSON", help="Who reviewed it; needed with `--apply`.")
@click.option("--merge", metavar="CLASSES", help="Write a file that makes these classes one.")
@click.option("--rename", metavar="CLASS", help="Write a file that gives this class another name.")
@click.option("--relabel", metavar="CONDITION", help="Write a file that labels such rows anew.")
@click.option("--to", metavar="CLASS", help="The new class, with one of these three.")
@click.option("--why", metavar="TEXT", help="Why, likewise.")
@click.option("--undo", metavar="ID", help="Take an applied migration back.")
def migrate(invocation: Invocation, name: str, file: Path | None, **options: Any) -> None:
    """Merge, split or rename classes of NAME, or label a slice of it anew, as FILE says.

    Without `--apply`, only show what would change. With it, the label log gets a line for each
    label that is read anew; no line is changed, and all of them can be taken back at once. What
    FILE does not decide is put to people: `tilth labels review`.
    """
    _check(file, options)
    with opened(invocation) as project:
        labels = label_set(project, name)
        if options["undo"]:
            _tell_undone(invocation, labels, take_back(labels, options["undo"], by=_by(options)))
        elif (step := _step(labels, options)) is not None:
            change = ChangeSet(labels=name, why=" ".join(options["why"].split()), steps=(step,))
            found = planned(labels, change)
            file = write_change(labels, change, file)
            _tell_planned(invocation, labels, found, file)
        elif file is None:
            _tell_applied(invocation, labels)
        elif options["applied"]:
            made = apply(labels, read_change(labels, file), by=options["by"], file=file)
            _tell_made(invocation, labels, made)
        else:
            _tell_planned(invocation, labels, planned(labels, read_change(labels, file)), file)


def _check(file: Path | None, options: dict[str, Any]) -> None:
    steps = [each for each in ("merge", "rename", "relabel") if options[each]]
    if len(steps) > 1:
        raise click.UsageError(f"`--{steps[0]}` and `--{steps[1]}` are two steps: write a file")
    if steps and not options["to"]:
        raise click.UsageError(f"`--{steps[0]}` needs `--to`, the new class")
    if steps and not (options["why"] or "").strip():
        raise click.UsageError("a migration needs `--why`, for those who come later")
    if not steps and (options["to"] or options["why"]):
        raise click.UsageError("`--to` and `--why` go with `--merge`, `--rename` or `--relabel`")
    if options["applied"] and (steps or file is None):
        raise click.UsageError("`--apply` takes a file that somebody has reviewed")
    if options["applied"] and not options["by"]:
        raise click.UsageError("`--apply` needs `--by`, who reviewed it")
    if options["undo"] and (steps or file is not None):
        raise click.UsageError("`--undo` stands alone")


def _by(options: dict[str, Any]) -> str:
    return options["by"] or person()


def _step(labels: LabelSet, options: dict[str, Any]) -> Step | None:
    if not any(options[each] for each in ("merge", "rename", "relabel")):
        return None
    to = _class(labels, options["to"])
    if options["merge"]:
        merged = [_class(labels, each.strip()) for each in options["merge"].split(",")]
        return Merge(of=tuple(merged), to=to)
    if options["rename"]:
        return Rename(of=_class(labels, options["rename"]), to=to)
    return Relabel(where=options["relabel"], to=to)


def _class(labels: LabelSet, text: str) -> Label:
    """A class as the label set writes it: a whole number where all of them are."""
    known = {str(each): each for each in labels.classes}
    if text in known:
        return known[text]
    if all(type(each) is int for each in known.values()):
        try:
            return int(text)
        except ValueError:
            raise DefinitionError(
                f"label set `{labels.name}`: class `{text}` is no whole number, as all others are"
            ) from None
    return text


# What is told


def _tell_planned(invocation: Invocation, labels: LabelSet, found: Planned, file: Path) -> None:
    shown = os.path.relpath(file)
    if invocation.json:
        show_json({"file": shown, "applied": False, **_as_dict(found.change, found.plan)})
        return
    show(paint(found.change.text, "bold"))
    show(f"why: {found.change.why}")
    show("\n".join(_lines(found.plan)))
    if found.passages:
        lines = ", ".join(map(str, found.passages))
        say(f"`{labels.instruction_path.name}` names classes that go, in line {lines}: revise it")
    do = f"tilth labels migrate {labels.name} {shown} --apply --by PERSON"
    say(f"nothing was changed; once it was reviewed: `{do}`")


def _tell_made(invocation: Invocation, labels: LabelSet, made: Plan) -> None:
    head = made.entries[0]
    assert isinstance(head, Migration)
    if invocation.json:
        show_json({"applied": True, "id": head.id, **_plan_as_dict(made)})
        return
    show(paint(head.steps, "bold"))
    show("\n".join(_lines(made)))
    undo = f"tilth labels migrate {labels.name} --undo {head.id}"
    say(f"applied as {head.id}; `{undo}` takes it back")
    if made.undecided:
        say(f"people are asked about the undecided: `tilth labels review {labels.name}`")
    written = labels.settings.classes
    if written and set(written) != set(made.after):
        names = ", ".join(map(str, made.after))
        say(f"tilth.yml still has the old classes: write `classes: [{names}]` there")


def _tell_undone(invocation: Invocation, labels: LabelSet, undone: Migration) -> None:
    if invocation.json:
        show_json({"undone": plain(undone)})
        return
    say(f"took back `{undone.steps}`; all labels of `{labels.name}` are read as before it")


def _tell_applied(invocation: Invocation, labels: LabelSet) -> None:
    standing = labels.standing
    known = list(standing.migrations.values())
    if invocation.json:
        rows = [{**plain(each), "taken_back": standing.is_undone(each.id)} for each in known]
        show_json(rows)
    elif not known:
        say(f"no migration was applied to `{labels.name}`")
    else:
        titles = ("id", "when (UTC)", "reviewed by", "what", "why")
        show(table([_row(each, standing.is_undone(each.id)) for each in known], titles=titles))


def _row(each: Migration, undone: bool) -> tuple[str, ...]:
    what = paint(f"{each.steps}, taken back", "dim") if undone else each.steps
    return (each.id, each.time[:19].replace("T", " "), each.by, what, each.why)


def _lines(plan: Plan) -> Iterator[str]:
    rows = [
        (str(state), count(before), count(after), f"{after - before:+,}" if after != before else "")
        for state, (before, after) in plan.counts.items()
    ]
    yield table(rows, titles=("class", "items before", "after", ""), right=(1, 2, 3))
    ways: dict[tuple[str, str], list[str]] = {}
    for each in plan.moved:
        ways.setdefault((str(each.before), str(each.after)), []).append(str(each.item))
    for (before, after), keys in sorted(ways.items(), key=lambda way: -len(way[1])):
        some = ", ".join(keys[:_SHOWN]) + (" ..." if len(keys) > _SHOWN else "")
        yield f"{plural(len(keys), 'item')} from {before} to {after}: {some}"
    if plan.undecided:
        are = "is" if len(plan.undecided) == 1 else "are"
        yield f"{plural(len(plan.undecided), 'item')} {are} left to people"


def _as_dict(change: ChangeSet, plan: Plan) -> dict[str, Any]:
    return {"labels": change.labels, "why": change.why, "steps": change.text, **_plan_as_dict(plan)}


def _plan_as_dict(plan: Plan) -> dict[str, Any]:
    return {
        "classes_before": list(plan.before),
        "classes_after": list(plan.after),
        "counts": [
            {"class": str(state), "before": before, "after": after}
            for state, (before, after) in plan.counts.items()
        ],
        "moved": [plain(each) for each in plan.moved],
        "undecided": list(plan.undecided),
    }
