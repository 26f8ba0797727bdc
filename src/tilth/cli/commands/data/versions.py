"""List the versions of a dataset: when, by which run, rows, size, digest."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import datasets
from tilth.cli.opening import opened
from tilth.cli.output import clock, count, paint, say, show, show_json, size, table
from tilth.project.datasets import VersionState, dataset_versions

__all__ = ["versions"]


@command(
    examples=(
        ("tilth data versions trips", "newest first"),
        ("tilth data versions trips -n 3", "the newest three"),
        ("tilth data head trips@12", "look at the one that run 12 had"),
        ("tilth data diff trips 11 12", "what differs between two"),
    )
)
@click.argument("dataset", shell_complete=datasets)
@click.option("-n", type=click.IntRange(1), help="How many at most.")
def versions(invocation: Invocation, dataset: str, n: int | None) -> None:
    """List the versions of DATASET, newest first."""
    with opened(invocation) as project:
        found = dataset_versions(project, dataset, n)
    if invocation.json:
        show_json([each.as_dict() for each in found])
    elif not found:
        say(f"`{dataset}` has no versions yet: `tilth run --to {dataset}`")
    else:
        titles = ("digest", "run", "when", "by", "rows", "size", "made by", "")
        show(table(map(_row, found), titles=titles, right=(1, 4, 5)))


def _row(version: VersionState) -> tuple[str, ...]:
    return (
        version.fingerprint.partition(":")[2][:12],
        str(version.run),
        clock(version.at),
        version.person,
        count(version.rows),
        size(version.n_bytes),
        version.node or "(from outside)",
        "" if version.kept else paint("not kept", "yellow"),
    )
