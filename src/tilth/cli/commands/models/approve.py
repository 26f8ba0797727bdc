"""Say that a version may go live, with the reason."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import models as complete
from tilth.cli.opening import opened
from tilth.cli.output import say, show_json
from tilth.project import models
from tilth.project.models import version_as_dict

__all__ = ["approve"]


@command(
    examples=(
        ("tilth models approve late@2 --why 'beats the rule'", "it stays on record"),
        ("tilth models approve late@shadow --why 'beats the rule'", "what an alias points at"),
    )
)
@click.argument("model", shell_complete=complete)
@click.option("--why", metavar="TEXT", required=True, help="The reason; it stays on record.")
def approve(invocation: Invocation, model: str, why: str) -> None:
    """Say that a version may go live, with the reason."""
    with opened(invocation) as project:
        found = models.approve(project, model, why)
    if invocation.json:
        show_json(version_as_dict(found))
    else:
        say(f"{found.name} is approved")
        verdict = found.verdict
        if verdict is not None and verdict.outcome != "passed":
            say(f"but its goals were not found met: {verdict.first}")
