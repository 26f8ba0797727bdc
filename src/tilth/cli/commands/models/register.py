"""Register a version of a dataset as a model's next version."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import datasets
from tilth.cli.opening import opened
from tilth.cli.output import say, show_json
from tilth.project.delivery import with_bundle

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
        made = with_bundle(project, dataset, name, why)
    if invocation.json:
        show_json(made.as_dict())
    else:
        say(f"`{dataset}` is {made.version.name}" + ("" if made.is_new else ", and was so before"))
        if made.without_bundle:
            say(f"{made.version.name} has no bundle: {made.without_bundle}")
