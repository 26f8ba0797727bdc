"""Say what would run, and why; nothing is run."""

from __future__ import annotations

import click

from tilth.cli import completing
from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened_for
from tilth.cli.output import show_json
from tilth.cli.planned import show_plan
from tilth.cli.progress import tell_warnings
from tilth.cli.selecting import selecting, selection_of

__all__ = ["plan"]


@command(
    examples=(
        ("tilth plan", "what `tilth run` would do now"),
        ("tilth plan --to report", "what has to run for one dataset"),
        ("tilth plan --set tree.max_depth=6", "what a parameter would cost"),
        ("tilth plan --force 'train_*'", "as if these had to run in any case"),
    )
)
@click.argument(
    "pipelines",
    nargs=-1,
    metavar="[PIPELINE]... | [FILE.py]",
    shell_complete=completing.pipelines,
)
@selecting
@click.option(
    "--force",
    multiple=True,
    metavar="NODE",
    shell_complete=completing.nodes,
    help="These run in any case.",
)
@click.option("--all", "everything", is_flag=True, help="Show also what is reused.")
def plan(
    invocation: Invocation,
    pipelines: tuple[str, ...],
    force: tuple[str, ...],
    everything: bool,
    **selection: tuple[str, ...],
) -> None:
    """Say what would run, and why; nothing is run.

    NAMES may hold wildcards, and several with commas: `train_*,trips`.
    """
    project, names = opened_for(invocation, pipelines)
    with project:
        tell_warnings(project)
        planned = project.plan(*names, selection=selection_of(selection), force=force)
    if invocation.json:
        show_json(planned.as_dict())
    else:
        show_plan(planned, everything=everything)
