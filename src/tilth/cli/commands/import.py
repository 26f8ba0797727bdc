"""Take the runs of another system, such as MLflow, into the history."""

from __future__ import annotations

# ruff: noqa: N999 - the file is named as the command is
from collections.abc import Sequence

import click

from tilth import plugins
from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened
from tilth.cli.output import plural, say, show, show_json
from tilth.project.exporting import SYSTEMS
from tilth.project.importing import MOST_BYTES, imported

__all__ = ["import_"]

_MOST_TOLD = 8


def _systems(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    return [each for each in plugins.names(SYSTEMS) if each.startswith(typed)]


@command(
    name="import",
    examples=(
        ("tilth import mlflow ../old/mlruns", "runs of a folder that MLflow wrote"),
        ("tilth import mlflow sqlite:///mlflow.db", "of its database"),
        ("tilth import mlflow http://localhost:5000 --most 0", "of a server, without files"),
    ),
)
@click.argument("system", shell_complete=_systems)
@click.argument("store")
@click.option(
    "--most",
    type=click.IntRange(0),
    default=MOST_BYTES,
    show_default=True,
    help="Bytes of a file that is taken over; larger ones stay where they are.",
)
def import_(invocation: Invocation, system: str, store: str, most: int) -> None:
    """Take the runs of STORE, which SYSTEM wrote, into the history.

    Each becomes a run with its parameters, metrics with their steps, tags and small files. Runs
    that came before are passed over, and so are those that Tilth itself has exported there.
    """
    with opened(invocation) as project:
        found = imported(project, system, store, most=most)
    if invocation.json:
        show_json(found.as_dict())
        return
    known = f" ({found.known} had come before)" if found.known else ""
    show(f"{plural(len(found.runs), 'run')} and {plural(found.n_files, 'file')} imported{known}")
    _tell("too large, left where it is", found.too_large)
    _tell("cannot be read", found.unread)
    if found.runs:
        say("look at them: tilth runs ls")


def _tell(what: str, files: Sequence[str]) -> None:
    for each in files[:_MOST_TOLD]:
        say(f"{what}: {each}")
    if len(files) > _MOST_TOLD:
        say(f"and {len(files) - _MOST_TOLD} more")
