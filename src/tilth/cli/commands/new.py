"""Make a project that runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

import click

from tilth.cli.command import Invocation, command
from tilth.cli.output import say, show_json
from tilth.config.scope import PARTS
from tilth.project.new import NewProject, new_project, refuse_unfit, templates, unsaid_in

__all__ = ["new"]


@command(
    examples=(
        ("tilth new demo --from flights", "a whole example on real data"),
        ("tilth new demo --from digits", "two people, and whose label is right"),
        ("tilth new shop", "a small start of one's own; asks what it is for"),
        ('tilth new shop --problem "Too much bread is thrown away"', "said at once, not asked"),
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
@click.option("--problem", metavar="TEXT", default="", help="What is to be done better.")
@click.option("--metric", metavar="TEXT", default="", help="The number that says how good it is.")
@click.option("--baseline", metavar="TEXT", default="", help="What has to be beaten.")
@click.option("--costs", metavar="TEXT", default="", help="Of making, of running, of errors.")
@click.option("--risks", metavar="TEXT", default="", help="What may go wrong, and for whom.")
@click.option("--no-ask", is_flag=True, help="Ask nothing, at a terminal either.")
def new(invocation: Invocation, name: str, template: str, no_ask: bool, **scope: str) -> None:
    """Make a project that runs, in the new folder NAME.

    Its scope (problem, metric, baseline, costs, risks) stands first in tilth.yml. At a terminal
    it is asked for, where no option gives a part of it; Enter leaves a part empty for now.
    """
    unsaid = unsaid_in(template)
    if unsaid and not any(scope.values()) and not no_ask and _may_ask(invocation):
        refuse_unfit(Path(name))  # before anybody types for nothing
        scope = _asked(unsaid)
    made = new_project(Path(name), template, scope)
    if invocation.json:
        show_json(
            {"folder": str(made.folder), "files": list(made.files), "unsaid": list(made.unsaid)}
        )
        return
    _tell(made, name)


def _may_ask(invocation: Invocation) -> bool:
    """Whether a person is there to answer, and no program waits for the command's answer."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return not (invocation.json or os.environ.get("CI")) and all(each.isatty() for each in streams)


def _asked(parts: Sequence[str]) -> dict[str, str]:
    say("What is it for? A sentence each, or Enter to leave it for later.\n")
    return {
        part: click.prompt(
            f"{part}: {PARTS[part]}\n",
            default="",
            show_default=False,
            prompt_suffix="> ",
            err=True,
        )
        for part in parts
    }


def _tell(made: NewProject, name: str) -> None:
    say(f"made {name}/ with {len(made.files)} files. Next:\n")
    say(f"  cd {quote(name)}\n  tilth run\n  tilth show")
    if made.unsaid:
        say(f"\nand say what it is for, below `scope` in tilth.yml: {', '.join(made.unsaid)}")
