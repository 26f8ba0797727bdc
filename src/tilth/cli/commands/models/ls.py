"""List the registered models, and which version of each is live."""

from __future__ import annotations

from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened
from tilth.cli.output import clock, say, show, show_json, table
from tilth.models.registry import PRODUCTION, Registry
from tilth.project.models import registry, version_as_dict

__all__ = ["ls"]


@command(
    examples=(
        ("tilth models ls", "one line for each"),
        ("tilth models ls --json", "all versions, for programs"),
    )
)
def ls(invocation: Invocation) -> None:
    """List the registered models, and which version of each is live."""
    with opened(invocation) as project:
        known = registry(project)
    if invocation.json:
        show_json({name: [*map(version_as_dict, known.versions(name))] for name in known.models})
    elif not known.models:
        say("no model is registered: `tilth models register DATASET` registers what a run made")
    else:
        rows = [_row(known, each) for each in known.models]
        show(table(rows, titles=("model", "live", "since", "newest", "state"), right=()))


def _row(known: Registry, model: str) -> tuple[str, ...]:
    live, newest = known.alias(model, PRODUCTION), known.newest(model)
    since = ""
    if live is not None:
        moved = ("aliased", "rolled_back")
        since = clock(max(e.happened_at for e in live.decisions if e.kind in moved))
    return model, live.name if live else "-", since, newest.name, newest.state
