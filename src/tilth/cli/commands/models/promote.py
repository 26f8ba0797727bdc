"""Let an alias point at a version that was approved: it is live."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import models as complete
from tilth.cli.opening import opened
from tilth.cli.output import say, show_json
from tilth.models.registry import PRODUCTION
from tilth.project import models
from tilth.project.models import version_as_dict

__all__ = ["promote"]


@command(
    examples=(
        ("tilth models promote late@2", "`late@production` is late@2 from now on"),
        ("tilth models promote late@2 --alias shadow", "another pointer"),
        ("tilth models promote late@2 --override --why 'the live one is broken'", "by-pass"),
    )
)
@click.argument("model", shell_complete=complete)
@click.option("--alias", default=PRODUCTION, show_default=True, help="The pointer that moves.")
@click.option("--why", metavar="TEXT", default="", help="The reason; it stays on record.")
@click.option(
    "--override",
    is_flag=True,
    help="Though it is not approved, misses a goal or does not fit; needs --why.",
)
def promote(invocation: Invocation, model: str, alias: str, why: str, override: bool) -> None:
    """Let an alias point at a version that was approved: it is live.

    Its bundle is tested first, and held against what `runs_on` in goals.yml says is there for the
    alias: packages, memory, an accelerator, time.
    """
    with opened(invocation) as project:
        found = models.promote(project, model, alias, why, override=override)
    if invocation.json:
        show_json(version_as_dict(found))
    else:
        say(f"`{found.model}@{alias}` is {found.name}")
