"""Say what differs between two versions of a dataset, and why it changed."""

from __future__ import annotations

from pathlib import Path

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import datasets
from tilth.cli.opening import opened
from tilth.cli.output import say, show, show_json
from tilth.cli.told_difference import told
from tilth.project.comparing import Asked
from tilth.project.data_difference import DataDifference, data_difference

__all__ = ["diff"]


@command(
    examples=(
        ("tilth data diff trips", "the latest version against the one before"),
        ("tilth data diff trips 3 5", "what runs 3 and 5 had"),
        ("tilth data diff trips 2026-11-01", "since the end of a day"),
        ("tilth data diff trips --key id --label late", "cell by cell; labels apart"),
        ("tilth data diff trips 3 5 --html diff.html", "one page that needs no network"),
        ("tilth data diff trips train@latest test@latest", "two datasets with the same columns"),
    )
)
@click.argument("dataset", shell_complete=datasets)
@click.argument("old", metavar="[OLD]", required=False)
@click.argument("new", metavar="[NEW]", required=False)
@click.option("--key", metavar="COLUMNS", help="Columns that tell rows apart, with commas between.")
@click.option("--label", metavar="COLUMN", help="A column whose changes are told apart.")
@click.option(
    "--tolerance",
    type=click.FloatRange(0),
    default=0.0,
    help="Floats are the same that differ by at most this, or this share of the larger.",
)
@click.option(
    "-n", type=click.IntRange(1), default=3, show_default=True, help="Examples of what changed."
)
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page instead."
)
def diff(
    invocation: Invocation,
    dataset: str,
    old: str | None,
    new: str | None,
    *,
    key: str | None,
    label: str | None,
    tolerance: float,
    n: int,
    html: Path | None,
) -> None:
    """Say what differs between the versions OLD and NEW of DATASET, and why it changed.

    Without NEW the latest is meant, without OLD the one before it. A version is a run's
    number, a date, the beginning of a digest, `latest` or `latest~1`.

    Where no key is given, the catalog's `metadata` may name one (`key: id`); else the smallest
    set of columns is taken that tells the rows apart. Whether anything differs or not, the
    exit code is 0; `same` in `--json` says which.
    """
    asked = Asked(
        key=tuple(each.strip() for each in key.split(",")) if key else (),
        label=label or "",
        tolerance=tolerance,
        n_examples=n,
    )
    with opened(invocation) as project:
        found = data_difference(project, dataset, old, new, asked)
        if html is not None:
            from tilth.project.difference_page import page  # only who asks for a page needs it

            html.write_text(page(project.name, found), encoding="utf-8")
    if invocation.json:
        show_json(found.as_dict())
    elif html is not None:
        say(f"written to {html}")
    else:
        _show(found, n)


def _show(found: DataDifference, n: int) -> None:
    for line in told(found, n):
        show(line)
