"""List all datasets: format, place, rows, size, and when each was made."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened
from tilth.cli.output import clock, count, paint, show, show_json, size, table
from tilth.engine.step import LIVE
from tilth.graph.select import matching
from tilth.project.datasets import DatasetState, dataset_states

__all__ = ["ls"]


@command(
    examples=(
        ("tilth data ls", "everything that nodes read or make, or the catalog names"),
        ("tilth data ls 'model*'", "those whose names fit"),
        ("tilth data ls --json", "the same for programs"),
    )
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
def ls(invocation: Invocation, names: tuple[str, ...]) -> None:
    """List all datasets, or those with NAMEs (wildcards allowed).

    No data is read for it.
    """
    with opened(invocation) as project:
        found = dataset_states(project)
    if names:
        wanted = set(matching(names, [each.name for each in found], "dataset"))
        found = [each for each in found if each.name in wanted]
    if invocation.json:
        show_json([each.as_dict() for each in found])
        return
    titles = ("dataset", "format", "rows", "size", "made", "lies in")
    show(table(map(_row, found), titles=titles, right=(2, 3)))


def _kept_in(state: DatasetState) -> str:
    if state.state != "made":
        return ""
    return "nowhere: it lives for a run" if state.fingerprint.startswith(LIVE) else "the store"


def _row(state: DatasetState) -> tuple[str, ...]:
    made = state.state if state.made_at is None else f"{clock(state.made_at)}, run {state.run}"
    return (
        state.name,
        state.format,
        count(state.rows),
        size(state.n_bytes),
        paint(made, "red") if state.state == "missing" else made,
        state.location or _kept_in(state),
    )
