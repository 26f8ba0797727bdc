"""List the runs, newest first."""

from __future__ import annotations

from collections.abc import Sequence

import click

from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened
from tilth.cli.output import clock, duration, paint, say, show, show_json, table
from tilth.cli.progress import counted
from tilth.history.record import Run
from tilth.project.hold import KINDS
from tilth.project.leaderboard import Place, leaderboard
from tilth.project.runs import run_as_dict

__all__ = ["ls"]

_STATES = ("running", "done", "failed", "interrupted", "lost")


@command(
    examples=(
        ("tilth runs ls", "the latest twenty"),
        ("tilth runs ls --state failed", "those that failed"),
        ("tilth runs ls --by test.auc", "the best first"),
        ("tilth runs ls --by test.auc --hold code", "which data is best under this code?"),
        ("tilth runs ls --search memory", "those whose note, pipeline or error says so"),
    )
)
@click.option("-n", type=click.IntRange(1), default=20, show_default=True, help="How many at most.")
@click.option("--state", type=click.Choice(_STATES), help="Only those in a state.")
@click.option("--search", metavar="TEXT", help="Only those with a text in what they say.")
@click.option("--by", metavar="METRIC", help="Those that have a metric, the best first.")
@click.option(
    "--hold",
    type=click.Choice(KINDS),
    help="With --by: rank data under the latest code, or code on the latest data.",
)
@click.option("--lowest", is_flag=True, help="With --by: less is better.")
def ls(
    invocation: Invocation,
    n: int,
    state: str | None,
    search: str | None,
    *,
    by: str | None,
    hold: str | None,
    lowest: bool,
) -> None:
    """List the runs, newest first, or ranked by a metric.

    A ranking shows each pair of data and code once, as it ran last. Of runs with one name
    for `data` the metric depends on the same versions, with one for `code` on the same code
    and parameters.
    """
    if by is None and (hold or lowest):
        raise click.UsageError("--hold and --lowest say how to rank: name a metric with --by")
    with opened(invocation) as project:
        if by is not None:
            _rank(invocation, leaderboard(project, by, hold=hold or "", lowest=lowest, n=n))
            return
        found = project.history.runs(n=n, state=state, text=search)
    if invocation.json:
        show_json([run_as_dict(each) for each in found])
    elif not found:
        say("there are no such runs" if state or search else "nothing ran yet: `tilth run`")
    else:
        titles = ("run", "state", "when", "took", "nodes", "asked for", "note")
        show(table(map(_row, found), titles=titles, right=(0, 3)))


def _rank(invocation: Invocation, places: Sequence[Place]) -> None:
    if invocation.json:
        show_json([each.as_dict() for each in places])
        return
    rows = [
        (
            str(i),
            str(each.run),
            f"{each.value:.6g}",
            "" if each.low is None or each.high is None else f"{each.low:.6g} to {each.high:.6g}",
            each.data,
            each.code,
            clock(each.started_at),
            each.note,
        )
        for i, each in enumerate(places, 1)
    ]
    titles = ("", "run", "value", "interval", "data", "code", "when", "note")
    show(table(rows, titles=titles, right=(0, 1, 2)))


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
