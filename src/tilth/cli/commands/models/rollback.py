"""Let an alias point again at what it pointed at before."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import models as complete
from tilth.cli.opening import opened
from tilth.cli.output import say, show_json
from tilth.models.registry import PRODUCTION
from tilth.project import models
from tilth.project.models import version_as_dict

__all__ = ["rollback"]


@command(
    examples=(
        ("tilth models rollback late", "what was live before is live again"),
        ("tilth models rollback late --alias shadow --why 'it drifts'", "another pointer"),
    )
)
@click.argument("model", shell_complete=complete)
@click.option("--alias", default=PRODUCTION, show_default=True, help="The pointer that moves back.")
@click.option("--why", metavar="TEXT", default="", help="The reason; it stays on record.")
def rollback(invocation: Invocation, model: str, alias: str, why: str) -> None:
    """Let an alias of MODEL point again at what it pointed at before."""
    with opened(invocation) as project:
        found = models.roll_back(project, model, alias, why)
    if invocation.json:
        show_json(version_as_dict(found))
    else:
        say(f"`{model}@{alias}` is {found.name} again")
