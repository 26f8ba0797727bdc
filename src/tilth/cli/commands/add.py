"""Add a node to the project: a function, a test of it, and its lines in tilth.yml."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import nodes_and_datasets
from tilth.cli.opening import opened
from tilth.cli.output import say, show_json
from tilth.project.scaffold import scaffolded

__all__ = ["add"]


@command(
    examples=(
        ("tilth add shop.features.clean --reads orders", "a module, a test, a node `clean`"),
        ("tilth add shop.model.train --reads clean,params:depth --makes model", "two inputs"),
        ("tilth add shop.report.tell --reads model --pipeline report", "into a new pipeline"),
    )
)
@click.argument("function", metavar="FUNCTION")
@click.option(
    "--reads",
    metavar="NAMES",
    multiple=True,
    help="Datasets and parameters that it reads, with commas between.",
    shell_complete=nodes_and_datasets,
)
@click.option("--makes", metavar="NAME", default="", help="The dataset; else the function's name.")
@click.option("--pipeline", metavar="NAME", default="", help="Where; one that is missing is made.")
def add(
    invocation: Invocation, function: str, reads: tuple[str, ...], makes: str, pipeline: str
) -> None:
    """Add a node that calls FUNCTION, such as `shop.features.clean`, which is written anew.

    The function hands on what it reads, until you write what it should do.
    """
    names = [each.strip() for given in reads for each in given.split(",") if each.strip()]
    with opened(invocation) as project:
        added = scaffolded(project, function, reads=names, makes=makes, pipeline=pipeline)
    if invocation.json:
        show_json({"node": added.node, "pipeline": added.pipeline, "files": list(added.files)})
        return
    say(f"added node `{added.node}` to pipeline `{added.pipeline}`:")
    for file in added.files:
        say(f"  {file}")
