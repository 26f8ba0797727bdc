"""Register a version of a dataset as a model's next version."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import datasets
from tilth.cli.opening import opened
from tilth.cli.output import say, show_json
from tilth.errors import TilthError
from tilth.project import Project, models
from tilth.project.bundling import bundled
from tilth.project.models import version_as_dict

__all__ = ["register"]


@command(
    examples=(
        ("tilth models register boosting", "as the model `boosting`"),
        ("tilth models register boosting@12 --as late", "what run 12 made, as `late`"),
    )
)
@click.argument("dataset", shell_complete=datasets)
@click.option("--as", "name", metavar="MODEL", default="", help="The model's name.")
@click.option("--why", metavar="TEXT", default="", help="What is special about it.")
def register(invocation: Invocation, dataset: str, name: str, why: str) -> None:
    """Register a version of DATASET as a model's next version; the same bytes have one.

    Its bundle is made at once: see `tilth models bundle`.
    """
    with opened(invocation) as project:
        before = len(project.history.model_events())
        found = models.register(project, dataset, name, why)
        is_new = len(project.history.model_events()) > before
        lacks = _bundle(project, found.name)
    if invocation.json:
        show_json({**version_as_dict(found), "new": is_new, "without_bundle": lacks})
    else:
        say(f"`{dataset}` is {found.name}" + ("" if is_new else ", and was so before"))
        if lacks:
            say(f"{found.name} has no bundle: {lacks}")


def _bundle(project: Project, name: str) -> str:
    """Bundle it while all that it was made of is at hand; says why where that cannot be."""
    try:
        bundled(project, name)
    except TilthError as error:
        return error.full()
    return ""
