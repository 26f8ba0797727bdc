"""Say why a node ran last time or did not, and whether it would run now."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import nodes_and_datasets
from tilth.cli.opening import opened
from tilth.cli.output import paint, show, show_json

__all__ = ["why"]


@command(
    examples=(
        ("tilth why train_tree", "the line, row count or parameter that differs"),
        ("tilth why trips", "of the node that makes a dataset"),
        ("tilth why 'clean[2013-02]'", "of one partition of a fan-out"),
        ("tilth why train_tree --json", "the same for programs"),
    )
)
@click.argument("node", shell_complete=nodes_and_datasets)
def why(invocation: Invocation, node: str) -> None:
    """Say why NODE ran last time or did not, and whether it would run now.

    NODE is a node's name, or that of a dataset that it makes.
    """
    with opened(invocation) as project:
        answer = project.why(node)
    if invocation.json:
        show_json(answer.as_dict())
        return
    for line in answer.text().splitlines():
        show(_painted(line))


def _painted(line: str) -> str:
    """Lines of code that came are green, those that went are red."""
    start = line.lstrip()[:1]
    if line.startswith("    ") and start in ("+", "-"):
        return paint(line, "green" if start == "+" else "red")
    return line
