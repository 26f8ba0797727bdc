"""Say in which environment a run ran, as pip reads it."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.numbered import RUN, number
from tilth.cli.opening import opened
from tilth.cli.output import show, show_json
from tilth.project.runs import requirements

__all__ = ["environment"]


@command(
    examples=(
        ("tilth runs environment 12", "`name==version` of all that was installed"),
        ("tilth runs environment 12 > then.txt", "and `pip install -r then.txt` brings it back"),
    )
)
@click.argument("run", type=RUN, default="last")
def environment(invocation: Invocation, run: int) -> None:
    """Print the libraries of RUN with their versions, as pip reads them."""
    with opened(invocation) as project:
        found = requirements(project, number(project, run))
    if invocation.json:
        show_json(found)
    else:
        show("\n".join(found))
