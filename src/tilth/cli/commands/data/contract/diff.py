"""Say what differs between two contracts, and what became stricter."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened
from tilth.cli.output import paint, show, show_json
from tilth.contract.compare import Difference, differences
from tilth.project.proposing import INFERRED, named_contract

__all__ = ["diff"]

_COLOURS = {"stricter": "red", "looser": "green"}


@command(
    examples=(
        ("tilth data contract diff trips", "the contract in force, and what the data gives today"),
        ("tilth data contract diff trips@HEAD~1 trips", "what was changed since that commit"),
        ("tilth data contract diff old.yml contracts/trips.yml", "two files"),
    )
)
@click.argument("old")
@click.argument("new", default=INFERRED)
def diff(invocation: Invocation, old: str, new: str) -> None:
    """Say what differs between the contracts OLD and NEW.

    A contract is named by its dataset (the one in force), by `DATASET@REVISION` (that of a git
    commit), by a file, or as `inferred`: what the data itself gives today.
    """
    with opened(invocation) as project:
        before, after = named_contract(project, old, new), named_contract(project, new, old)
    found = differences(before, after)
    if invocation.json:
        show_json([each.as_dict() for each in found])
    elif not found:
        show("they promise the same")
    else:
        show("\n".join(map(_line, found)))


def _line(difference: Difference) -> str:
    colour = _COLOURS.get(difference.effect)
    return paint(difference.text, colour) if colour else difference.text
