"""Show a model's versions, or one of them: what it is made of and how good it is."""

from __future__ import annotations

from collections.abc import Iterable

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import models as complete
from tilth.cli.opening import opened
from tilth.cli.output import clock, count, show, show_json, size, table
from tilth.cli.told_runs import interval, section
from tilth.history.record import ModelEvent
from tilth.models.registry import ModelVersion, VerdictOnRecord
from tilth.project.models import ModelFacts, facts, registry, version_as_dict

__all__ = ["show_model"]

_WIDE, _MOST = 60, 24
_DECIDED = {"aliased": "became", "rolled_back": "became again"}


@command(
    name="show",
    examples=(
        ("tilth models show late", "its versions, newest first"),
        ("tilth models show late@production", "what is live: data, code, parameters, metrics"),
    ),
)
@click.argument("model", shell_complete=complete)
def show_model(invocation: Invocation, model: str) -> None:
    """Show MODEL's versions, or one of them, such as `late@3` or `late@production`."""
    with opened(invocation) as project:
        if "@" not in model:
            _show_versions(invocation, registry(project).versions(model))
            return
        found = facts(project, model)
    if invocation.json:
        show_json(found.as_dict())
    else:
        _show(found)


def _show_versions(invocation: Invocation, versions: Iterable[ModelVersion]) -> None:
    if invocation.json:
        show_json([version_as_dict(each) for each in versions])
        return
    rows = [
        (each.name, each.state, ", ".join(each.aliases), clock(each.event.happened_at),
         each.event.person, f"{each.event.dataset}, run {each.event.run}", each.event.why)
        for each in versions
    ]  # fmt: skip
    show(table(rows, titles=("version", "state", "aliases", "when", "by", "from", "why")))


def _show(found: ModelFacts) -> None:
    show(_head(found))
    section("decided", map(_decision, found.version.decisions))
    section("made of", _sources(found))
    section("parameters", _parameters(found))
    section("metrics", _metrics(found))


def _head(found: ModelFacts) -> str:
    version, event, run = found.version, found.version.event, found.run
    aliases = f", {', '.join(version.aliases)}" if version.aliases else ""
    changes = {True: "", False: " with changes", None: ""}[run.clean]
    uses = ", ".join(f"{name} {number}" for name, number in found.libraries.items())
    rows = [
        ("model", f"{version.name}, {version.state}{aliases}"),
        ("why", event.why),
        ("registered", f"{clock(event.happened_at)} by {event.person}"),
        ("is", f"{event.dataset}, {found.made.shape}, {size(found.made.n_bytes)}"),
        ("digest", event.fingerprint.partition(":")[2]),
        ("made by", f"{found.maker.node}, run {run.id}" if found.maker else f"run {run.id}"),
        ("commit", f"{run.commit[:12]}{changes}" if run.commit else ""),
        ("uses", f"Python {found.python}, {uses}" if found.python else ""),
    ]
    return table([row for row in rows if row[1]])


def _decision(event: ModelEvent) -> str:
    what = f"{_DECIDED[event.kind]} `{event.alias}`" if event.kind in _DECIDED else event.kind
    if event.kind == "validated":
        said = VerdictOnRecord.of(event)
        what = f"validated: {said.outcome}{f', {said.first}' if said.first else ''}"
    why = f": {event.why}" if event.why else ""
    return f"{clock(event.happened_at)} {event.person} {what}{why}"


def _sources(found: ModelFacts) -> Iterable[str]:
    rows = [
        (each.dataset, count(each.rows), each.fingerprint.partition(":")[2][:12])
        for each in found.sources
    ]
    return table(rows, titles=("source", "rows", "digest"), right=(1,)).splitlines()


def _parameters(found: ModelFacts) -> Iterable[str]:
    rows = [
        (node, name, value if len(value) <= _WIDE else f"{value[: _WIDE - 3]}...")
        for node, given in found.parameters.items()
        for name, value in given.items()
    ]
    return table(rows).splitlines()


def _metrics(found: ModelFacts) -> Iterable[str]:
    rows = [
        (f"{node}.{each.name}", f"{each.value:.6g}", interval(each.low, each.high))
        for node, metrics in found.metrics.items()
        for each in metrics
        if each.value is not None
    ]
    told = table(rows[:_MOST], right=(1,)).splitlines()
    return told if len(rows) <= _MOST else [*told, f"... and {len(rows) - _MOST} more (`--json`)"]
