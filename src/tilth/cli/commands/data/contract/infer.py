"""Propose a contract from the data, as YAML to review."""

from __future__ import annotations

import os

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import datasets
from tilth.cli.opening import opened
from tilth.cli.output import say, show, show_json
from tilth.project.proposing import as_yaml, inferred, write_contract

__all__ = ["infer"]


@command(
    examples=(
        ("tilth data contract infer trips", "print it"),
        ("tilth data contract infer trips --write", "put it into contracts/trips.yml"),
        ("tilth data contract infer trips --version 12", "from what run 12 made"),
    )
)
@click.argument("dataset", shell_complete=datasets)
@click.option("--version", metavar="RUN|DIGEST", help="Which one; the newest if not given.")
@click.option("--write", is_flag=True, help="Put it beside the catalog, as `contracts/NAME.yml`.")
def infer(invocation: Invocation, dataset: str, version: str | None, write: bool) -> None:
    """Propose a contract for DATASET from one scan of it.

    Types, missing values, ranges with some room, levels where they are few, patterns, unique
    values and a key: what is so of the data, for a person to say whether it must be so.
    """
    with opened(invocation) as project:
        found = inferred(project, dataset, version)
        text = as_yaml(found, dataset)
        path = write_contract(project, dataset, text) if write else None
    if invocation.json:
        show_json(found.settings)
    elif path is None:
        show(text.rstrip())
    else:
        show(os.path.relpath(path))
        say(f"review it, then add to `{dataset}` in the catalog: contract: contracts/{dataset}.yml")
