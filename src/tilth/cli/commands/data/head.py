"""Show the beginning of a dataset, any version of it."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import datasets
from tilth.cli.glance import glance
from tilth.cli.opening import opened
from tilth.cli.output import say, show, show_json

__all__ = ["head"]


@command(
    examples=(
        ("tilth data head trips", "the first rows of a table"),
        ("tilth data head trips -n 50 --json", "rows for programs"),
        ("tilth data head trips@12", "as run 12 had it"),
        ("tilth data head trips@2026-11-01", "as it was at the end of a day"),
        ("tilth data head trips@latest~1", "the version before"),
        ("tilth data head trips@3fa9", "by the beginning of a digest"),
        ("tilth data head 'flights[2013-02]'", "one partition"),
    )
)
@click.argument("dataset", shell_complete=datasets)
@click.option(
    "--version", metavar="VERSION", help="Which one, as behind the `@`; the newest if not given."
)
@click.option("-n", type=click.IntRange(1), default=10, show_default=True, help="Rows or lines.")
def head(invocation: Invocation, dataset: str, version: str | None, n: int) -> None:
    """Show the beginning of DATASET: rows of a table, lines of a text, a value as it is.

    Behind an `@` stands the version: a run's number, a date, the beginning of a digest,
    `latest`, or `latest~1` for the one before it.
    Of pictures, pages and models it says what they are and where they lie.
    """
    with opened(invocation) as project:
        seen = glance(project, dataset, version, n)
    if invocation.json:
        show_json(seen.data)
        return
    say(seen.title)
    show(seen.text)
