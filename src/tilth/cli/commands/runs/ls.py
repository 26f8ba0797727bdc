"""List the runs, newest first."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened
from tilth.cli.output import clock, duration, paint, say, show, show_json, table
from tilth.cli.progress import counted
from tilth.history.record import Run
from tilth.project.runs import run_as_dict

__all__ = ["ls"]

_STATES = ("running", "done", "failed", "interrupted", "lost")


@command(
    examples=(
        ("tilth runs ls", "the latest twenty"),
        ("tilth runs ls --state failed", "those that failed"),
        ("tilth runs ls --search memory", "those whose note, pipeline or error says so"),
    )
)
@click.option("-n", type=click.IntRange(1), default=20, show_default=True, help="How many at most.")
@click.option("--state", type=click.Choice(_STATES), help="Only those in a state.")
@click.option("--search", metavar="TEXT", help="Only those with a text in what they say.")
def ls(invocation: Invocation, n: int, state: str | None, search: str | None) -> None:
    """List the runs, newest first."""
    with opened(invocation) as project:
        found = project.history.runs(n=n, state=state, text=search)
    if invocation.json:
        show_json([run_as_dict(each) for each in found])
    elif not found:
        say("there are no such runs" if state or search else "nothing ran yet: `tilth run`")
    else:
        titles = ("run", "state", "when", "took", "nodes", "asked for", "note")
        show(table(map(_row, found), titles=titles, right=(0, 3)))


def _row(run: Run) -> tuple[str, ...]:
    seconds = "" if run.finished_at is None else duration(run.finished_at - run.started_at)
    colour = {"done": "green", "failed": "red"}.get(run.state, "yellow")
    first = (run.note or run.error).splitlines() or [""]
    return (
        str(run.id),
        paint(run.state, colour),
        clock(run.started_at),
        seconds,
        counted(run.counts) if run.counts else "",
        run.pipeline or "all",
        first[0] if len(first[0]) <= 60 else first[0][:57] + "...",
    )
