"""Read labels from a CSV file into the log: all of them, or none."""

from __future__ import annotations

# ruff: noqa: N999 - the file is named as the command is
from pathlib import Path

import click

from tilth.cli.command import Invocation, command
from tilth.cli.labels import labeler_option, name_argument, plain
from tilth.cli.opening import opened
from tilth.cli.output import plural, say, show_json
from tilth.project.label_set import label_set
from tilth.project.label_sheets import import_sheet
from tilth.project.person import person

__all__ = ["import_"]


@command(
    name="import",
    examples=(
        ("tilth labels import tone bob.csv --as bob", "what Bob filled in"),
        ("tilth labels import tone all.csv", "with a column `labeler`, whoever they are"),
    ),
)
@name_argument
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@labeler_option
def import_(invocation: Invocation, name: str, file: Path, labeler: str | None) -> None:
    """Read labels of NAME from FILE: CSV with the key's column and `label`.

    Columns `labeler`, `round` and `instruction` count where they are there. An item that is not
    known, a class that is none and an item that is there twice are told with their lines, and
    then nothing is imported. What the log says already is passed over.
    """
    with opened(invocation) as project:
        found = import_sheet(label_set(project, name), file, labeler or person())
    if invocation.json:
        show_json(plain(found))
        return
    say(f"imported {plural(found.n_new, 'label')}")
    if found.n_known:
        say(f"{plural(found.n_known, 'label')} stood in the log already")
    if found.n_empty:
        say(f"{plural(found.n_empty, 'row')} had no label")
