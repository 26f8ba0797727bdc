"""Take a version out of use, with the reason."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import models as complete
from tilth.cli.opening import opened
from tilth.cli.output import say, show_json
from tilth.project import models
from tilth.project.models import version_as_dict

__all__ = ["retire"]


@command(
    examples=(
        ("tilth models retire late@2 --why 'too old'", "it stays on record"),
        ("tilth models retire late@shadow --why 'too old'", "what an alias points at"),
    )
)
@click.argument("model", shell_complete=complete)
@click.option("--why", metavar="TEXT", required=True, help="The reason; it stays on record.")
def retire(invocation: Invocation, model: str, why: str) -> None:
    """Take a version out of use, with the reason."""
    with opened(invocation) as project:
        found = models.retire(project, model, why)
    if invocation.json:
        show_json(version_as_dict(found))
    else:
        say(f"{found.name} is retired")
