"""List what there is: nodes, datasets, formats, executors and so on."""

from __future__ import annotations

import click

from tilth import plugins
from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened
from tilth.cli.output import show, show_json, table
from tilth.project.listing import EXTENSIONS, of_project, parts

__all__ = ["list_"]


@command(
    name="list",
    examples=(
        ("tilth list", "what can be listed"),
        ("tilth list nodes", "of this project, with function, inputs and outputs"),
        ("tilth list parameters", "with their values"),
        ("tilth list formats", "what the catalog may say; nothing is imported"),
    ),
)
@click.argument("kind", required=False, type=click.Choice([*parts(), *EXTENSIONS]), metavar="KIND")
def list_(invocation: Invocation, kind: str | None) -> None:
    """List what there is of a KIND."""
    if kind is None:
        rows = [{"kind": each} for each in (*parts(), *EXTENSIONS)]
    elif kind in EXTENSIONS:
        rows = [{"name": each} for each in plugins.names(EXTENSIONS[kind])]
    else:
        with opened(invocation) as project:
            rows = of_project(project, kind)
    if invocation.json:
        show_json(rows)
        return
    titles = tuple(rows[0]) if rows and len(rows[0]) > 1 else ()
    show(table([tuple(map(_text, row.values())) for row in rows], titles=titles))


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
