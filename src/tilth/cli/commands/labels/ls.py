"""List the label sets: how much was decided, by how many people, what is open."""

from __future__ import annotations

from typing import Any

from tilth.cli.command import Invocation, command
from tilth.cli.labels import warn
from tilth.cli.opening import opened
from tilth.cli.output import count, say, show, show_json, table
from tilth.labels.standing import Outcome
from tilth.project.label_set import LabelSet, label_set

__all__ = ["ls"]


@command(
    examples=(
        ("tilth labels ls", "every label set of the project"),
        ("tilth labels ls --json", "the same for programs"),
    )
)
def ls(invocation: Invocation) -> None:
    """List the label sets; no data is read for it."""
    with opened(invocation) as project:
        names = project.config.settings.labels
        found = [_facts(label_set(project, each)) for each in names]
    if invocation.json:
        show_json(found)
    elif not found:
        say("tilth.yml names no `labels:`")
    else:
        titles = ("labels", "of", "decided", "people", "agreed", "disputed", "open", "instruction")
        show(table(map(_row, found), titles=titles, right=(2, 3, 4, 5, 6)))


def _facts(labels: LabelSet) -> dict[str, Any]:
    standing = labels.standing
    warn(labels)
    resolved = standing.resolved(labels.settings.reviewers)
    outcomes = [each.outcome for each in resolved]
    current, instruction = standing.current(), labels.instruction()
    version = instruction.version if instruction else ""
    seen = standing.instructions.get(version)
    return {
        "name": labels.name,
        "data": labels.settings.data,
        "decisions": len(current),
        "people": sorted({each.labeler for each in current}),
        "rounds": len(standing.rounds),
        **{str(each): outcomes.count(each) for each in Outcome},
        "instruction": version,
        "instruction_number": seen.number if seen else None,
        "outdated": len(standing.outdated(version)),
        "log": str(labels.log.path),
    }


def _row(facts: dict[str, Any]) -> tuple[str, ...]:
    number = facts["instruction_number"]
    told = "none" if not facts["instruction"] else f"version {number}" if number else "new"
    if facts["outdated"]:
        told += f", {facts['outdated']} labels by older"
    return (
        facts["name"],
        facts["data"],
        count(facts["decisions"]),
        count(len(facts["people"])),
        *(count(facts[str(each)]) for each in Outcome),
        told,
    )
