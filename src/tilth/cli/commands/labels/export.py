"""Write what a person is asked to a CSV file, for a spreadsheet; or all decisions."""

from __future__ import annotations

from pathlib import Path

import click

from tilth.cli.command import Invocation, command
from tilth.cli.labels import chosen_rounds, labeler_option, name_argument
from tilth.cli.opening import opened
from tilth.cli.output import plural, say, show_json
from tilth.project.label_set import label_set
from tilth.project.label_sheets import export_decisions, export_queue
from tilth.project.person import person

__all__ = ["export"]


@command(
    examples=(
        ("tilth labels export tone bob.csv --as bob", "what Bob is asked, to fill in `label`"),
        ("tilth labels import tone bob.csv --as bob", "and back"),
        ("tilth labels export tone all.csv --decisions", "every decision that stands"),
    )
)
@name_argument
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@labeler_option
@click.option("--decisions", is_flag=True, help="Write what was decided instead.")
def export(
    invocation: Invocation, name: str, file: Path, labeler: str | None, decisions: bool
) -> None:
    """Write what a person is asked about NAME to FILE, as CSV with an empty column `label`.

    There one writes a class, or `(both)`, `(neither)`, `(unsure)` or `(skip)`.
    """
    with opened(invocation) as project:
        labels = label_set(project, name)
        if decisions:
            n_rows = export_decisions(labels, file)
        else:
            n_rows = export_queue(labels, file, labeler or person(), chosen_rounds(labels, ()))
    if invocation.json:
        show_json({"file": str(file), "rows": n_rows})
    else:
        say(f"wrote {plural(n_rows, 'row')} to {file}")
