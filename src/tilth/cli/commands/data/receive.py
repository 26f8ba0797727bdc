"""Take back what people have collected, row by row."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened
from tilth.cli.output import plural, say, show, show_json
from tilth.project.order import read_order
from tilth.project.person import person
from tilth.project.received import Receipt, receive

__all__ = ["receive_"]


@command(
    name="receive",
    examples=(
        ("tilth data receive train-1 filled.csv", "check it, and add what is fine"),
        ("tilth data receive train-1 filled.csv --check", "check it, and write nothing"),
        ("tilth data receive train-1 filled.csv --into more", "into another dataset"),
    ),
)
@click.argument("order")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--into", metavar="DATASET", help="Which dataset takes the rows.")
@click.option("--check", "only_check", is_flag=True, help="Check alone, and write nothing.")
def receive_(
    invocation: Invocation, order: str, file: Path, *, into: str | None, only_check: bool
) -> int:
    """Check the rows in FILE for ORDER, and add those that are fine to the dataset.

    Refused are rows with cells of another type, that break the contract, of another kind than
    was ordered, without a label, and copies of rows in the data, in a test or in FILE. They are
    written beside FILE with the reasons. The exit code is 1 where no row is fine.
    """
    with opened(invocation) as project:
        found = receive(
            project, read_order(project, order), file,
            into=into, by=person(), write_rows=not only_check,
        )  # fmt: skip
    if invocation.json:
        show_json(_as_dict(found))
    else:
        _tell(found, only_check)
    return 0 if found.n_accepted else 1


def _tell(found: Receipt, only_check: bool) -> None:
    would = "would be accepted" if only_check else "accepted"
    show(f"{plural(found.n_rows, 'row')}: {found.n_accepted:,} {would} into `{found.into}`, "
         f"{found.n_refused:,} refused")  # fmt: skip
    for reason, n in found.reasons.items():
        show(f"  {n:>5,}  {reason}")
    if found.n_empty:
        say(f"{plural(found.n_empty, 'line')} {_were(found.n_empty)} not filled in")
    if found.by_chance:
        say(f"{plural(found.by_chance, 'row')} {_were(found.by_chance)} like others, as chance "
            "has it where so few columns tell rows apart")  # fmt: skip
    if found.path is not None:
        say(f"added to {os.path.relpath(found.path)}")
    if found.refused is not None:
        say(f"refused, with reasons: {os.path.relpath(found.refused)}")
    came = sum(each["accepted"] for each in found.order.received)
    if not only_check:
        say(f"of order {found.order.id}, {came:,} of {found.order.rows:,} rows have come")


def _were(n: int) -> str:
    return "was" if n == 1 else "were"


def _as_dict(found: Receipt) -> dict[str, object]:
    return {
        "order": found.order.id,
        "rows": found.n_rows,
        "accepted": found.n_accepted,
        "refused": found.n_refused,
        "empty": found.n_empty,
        "reasons": dict(found.reasons),
        "by_chance": found.by_chance,
        "into": found.into,
        "file": None if found.path is None else os.path.relpath(found.path),
        "refused_file": None if found.refused is None else os.path.relpath(found.refused),
        "came": sum(each["accepted"] for each in found.order.received),
        "ordered": found.order.rows,
    }
