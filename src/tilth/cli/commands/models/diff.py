"""Say what differs between two versions of a model."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import models as complete
from tilth.cli.opening import opened
from tilth.cli.output import say, show_json
from tilth.cli.told_runs import show_difference
from tilth.project.compare import run_difference
from tilth.project.models import registry

__all__ = ["diff"]


@command(
    examples=(
        ("tilth models diff late@1 late@2", "what changed from the one to the other"),
        ("tilth models diff late@production late@3", "what would change"),
    )
)
@click.argument("old", shell_complete=complete)
@click.argument("new", shell_complete=complete)
def diff(invocation: Invocation, old: str, new: str) -> None:
    """Say what differs between the runs that made the versions OLD and NEW."""
    with opened(invocation) as project:
        known = registry(project)
        one, other = known.find(old), known.find(new)
        found = run_difference(project, one.event.run, other.event.run)
    if invocation.json:
        show_json({"old": one.name, "new": other.name, **found.as_dict()})
    elif found.is_empty:
        say(f"nothing differs between {one.name} and {other.name}: run {one.event.run} made both")
    else:
        show_difference(found)
