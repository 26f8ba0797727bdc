"""Say what a run found: in plain words, and as a page."""

from __future__ import annotations

import os

import click

from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened
from tilth.cli.output import say, show_json
from tilth.cli.told_report import tell

__all__ = ["report"]


@command(
    examples=(
        ("tilth report", "the last run in plain words, and report.html with all of it"),
        ("tilth report 12 --to reports/twelve.html", "an earlier one, written elsewhere"),
        ("tilth report --open", "and shown in the browser"),
        ("tilth report --json", "the plain words for programs, with where each is from"),
    )
)
@click.argument("run", type=int, required=False)
@click.option("--to", "path", metavar="FILE", default="report.html", help="Where the page goes.")
@click.option("--open", "is_opened", is_flag=True, help="Show the page in the browser.")
def report(invocation: Invocation, run: int | None, path: str, is_opened: bool) -> None:
    """Say what RUN found, or the last one: in plain words, and as one page.

    The page needs no network: it can be mailed, printed and kept. Behind the plain words it has
    all tables, and says of each number which run and node it is from.
    """
    with opened(invocation) as project:
        found = project.report(run)
        written = found.save(path)
    if invocation.json:
        show_json({**found.as_dict(), "page": str(written)})
        return
    tell(found)
    say(f"{chr(10) if found.chapters or found.scope else ''}{os.path.relpath(written)}")
    if is_opened:
        click.launch(str(written.resolve()))
