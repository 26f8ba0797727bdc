"""Write a note to a run."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.numbered import RUN, number
from tilth.cli.opening import opened
from tilth.cli.output import say, show_json
from tilth.project.runs import run_as_dict

__all__ = ["note"]


@command(
    examples=(
        ("tilth runs note 12 'with the new weather'", "`tilth runs ls` shows it"),
        ("tilth runs note last ''", "take it away again"),
    )
)
@click.argument("run", type=RUN)
@click.argument("text")
def note(invocation: Invocation, run: int, text: str) -> None:
    """Write the note TEXT to RUN, in place of what was there."""
    with opened(invocation) as project:
        found = number(project, run)
        project.history.annotate(found, text)
        if invocation.json:
            show_json(run_as_dict(project.history.run(found)))
        else:
            say(f"noted at run {found}")
