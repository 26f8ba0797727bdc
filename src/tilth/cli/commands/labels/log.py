"""What was decided: who said what when, by which instruction; what was taken back."""

from __future__ import annotations

from typing import Any

import click

from tilth.cli.command import Invocation, command
from tilth.cli.labels import name_argument, plain, warn
from tilth.cli.opening import opened
from tilth.cli.output import paint, say, show, show_json, table
from tilth.labels.entry import Decision
from tilth.labels.sheet import word
from tilth.labels.standing import Standing
from tilth.project.label_set import label_set

__all__ = ["log"]


@command(
    examples=(
        ("tilth labels log tone", "the newest twenty decisions"),
        ("tilth labels log tone --item r17", "everything that was said of one item"),
        ("tilth labels log tone --by ada -n 50", "what one person said"),
        ("tilth labels log tone --outdated", "what an older instruction labelled"),
    )
)
@name_argument
@click.option("--item", metavar="KEY", help="Of this item only.")
@click.option("--by", metavar="PERSON", help="By this person only.")
@click.option("--outdated", is_flag=True, help="Only what stands by an older instruction.")
@click.option("-n", type=click.IntRange(1), default=20, show_default=True, help="How many.")
def log(invocation: Invocation, name: str, outdated: bool, n: int, **only: str | None) -> None:
    """Show the label log of NAME, newest first."""
    with opened(invocation) as project:
        labels = label_set(project, name)
        standing = labels.standing
        warn(labels)
        made = labels.outdated() if outdated else list(standing.made())
    found = [
        each
        for each in reversed(made)
        if only["item"] in (None, str(each.item)) and only["by"] in (None, each.labeler)
    ]
    if invocation.json:
        show_json([_as_dict(each, standing) for each in found[:n]])
    elif not found:
        say(f"nothing was decided yet: `tilth labels review {name}`")
    else:
        titles = ("when (UTC)", "who", "item", "label", "given", "why", "instruction")
        show(table([_row(each, standing) for each in found[:n]], titles=titles))


def _as_dict(decision: Decision, standing: Standing) -> dict[str, Any]:
    return {**plain(decision), "taken_back": standing.is_undone(decision.id)}


def _row(decision: Decision, standing: Standing) -> tuple[str, ...]:
    said = word(decision.verdict, decision.label)
    back = standing.is_undone(decision.id)
    seen = standing.instructions.get(decision.instruction)
    return (
        decision.time[:19].replace("T", " "),
        decision.labeler,
        str(decision.item),
        paint(f"{said}, taken back", "dim") if back else said,
        "" if decision.given is None else str(decision.given),
        str(decision.source),
        str(seen.number) if seen else "",
    )
