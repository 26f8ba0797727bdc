"""Make a project that runs."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

import click

from tilth.cli.command import Invocation, command
from tilth.cli.output import say, show_json
from tilth.project.new import new_project, templates

__all__ = ["new"]


@command(
    examples=(
        ("tilth new demo --from flights", "a whole example on real data"),
        ("tilth new demo --from digits", "two people, and whose label is right"),
        ("tilth new shop", "a small start of one's own"),
    )
)
@click.argument("name", metavar="NAME")
@click.option(
    "--from",
    "template",
    default="blank",
    metavar="TEMPLATE",
    help=f"What to start from: {', '.join(templates())}.",
)
def new(invocation: Invocation, name: str, template: str) -> None:
    """Make a project that runs, in the new folder NAME."""
    made = new_project(Path(name), template)
    if invocation.json:
        show_json({"folder": str(made.folder), "files": list(made.files)})
        return
    say(f"made {name}/ with {len(made.files)} files. Next:\n")
    say(f"  cd {quote(name)}\n  tilth run\n  tilth show")
