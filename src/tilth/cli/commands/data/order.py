"""Order rows: a sheet for people who collect them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import datasets
from tilth.cli.opening import opened
from tilth.cli.output import plural, say, show, show_json
from tilth.project.ordering import write_order
from tilth.project.person import person

__all__ = ["order"]


@command(
    examples=(
        ("tilth data order train --slice 'town = Oslo' --rows 44", "as `tilth labels advise` says"),
        ("tilth data order trips --where \"origin = 'JFK' and hour >= 17\" --rows 100", "or so"),
        ("tilth data order train --rows 50 --against test --into more", "where they go"),
    )
)
@click.argument("dataset", shell_complete=datasets)
@click.option("--rows", type=click.IntRange(1, 100_000), required=True, help="How many rows.")
@click.option("--slice", "slice_", default="", metavar="SLICE", help="Which kind, as slices say.")
@click.option("--where", default="", metavar="CONDITION", help="Which kind, as a condition.")
@click.option("--label", metavar="COLUMN", help="What people label; the target if not given.")
@click.option(
    "--against",
    multiple=True,
    metavar="DATASET",
    help="No row may be copied from it, as from a test; may be repeated.",
)
@click.option("--into", metavar="DATASET", help="Which dataset takes the rows; this one else.")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="Where the sheet goes.")
def order(invocation: Invocation, dataset: str, rows: int, **options: Any) -> None:
    """Write a sheet for people who collect rows like those of DATASET, and what they should know.

    Beside the sheet, `orders/ID.md` says what is allowed in each column, with examples.
    `tilth data receive ID FILE` takes back what they have filled in.
    """
    if options["slice_"] and options["where"]:
        raise click.UsageError("`--slice` and `--where` both say which kind: take one")
    with opened(invocation) as project:
        found = write_order(
            project,
            dataset,
            rows,
            slice=options["slice_"],
            where=options["where"],
            label=options["label"],
            against=options["against"] or None,
            into=options["into"],
            to=options["to"],
            by=person(),
        )
    made = found.order
    if invocation.json:
        show_json({**made.as_dict(), "sheet": os.path.relpath(found.sheet),
                   "instruction": os.path.relpath(found.instruction),
                   "present": found.present})  # fmt: skip
        return
    kind = f" with {made.wanted}" if made.wanted else ""
    show(f"order {made.id}: {plural(made.rows, 'row')}{kind}, of which there are {found.present:,}")
    show(f"sheet        {os.path.relpath(found.sheet)}")
    show(f"instruction  {os.path.relpath(found.instruction)}")
    if not made.against:
        say("no test was named that no row may be copied from: `--against DATASET`")
    if not made.into:
        say("no dataset takes the rows yet: say `--into DATASET` when they come")
    say(f"take it back: `tilth data receive {made.id} FILE`")
