"""Look a table over: its columns, what is probably not meant, what to do."""

from __future__ import annotations

from pathlib import Path

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import datasets
from tilth.cli.opening import opened
from tilth.cli.output import say, show, show_json
from tilth.cli.told_profile import told

__all__ = ["profile"]


@command(
    examples=(
        ("tilth data profile trips", "what is in it, and what to do with it"),
        ("tilth data profile trips --target late", "and which columns tell the target"),
        ("tilth data profile trips@3", "as run 3 had it"),
        ("tilth data profile trips --html trips.html", "one page that needs no network"),
        ("tilth data profile trips --json", "for programs"),
    )
)
@click.argument("dataset", shell_complete=datasets)
@click.option(
    "--target",
    metavar="COLUMN",
    help="What is to be predicted: columns that give it away are found.",
)
@click.option(
    "--sample",
    type=click.IntRange(1),
    metavar="ROWS",
    help="Rows drawn for what looks at pairs of columns or of texts; 20,000 if not given.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of that draw.")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page instead."
)
def profile(
    invocation: Invocation,
    dataset: str,
    target: str | None,
    *,
    sample: int | None,
    seed: int,
    html: Path | None,
) -> None:
    """Look DATASET over: its columns, what is probably not meant, and what to do.

    Each version is looked at once; a second call answers at once. Where `--target` is not
    given, the catalog's `metadata` may name it (`target: late`).
    """
    with opened(invocation) as project:
        found = project.profile(dataset, target, sample=sample, seed=seed)
    if html is not None:
        html.write_text(found.page(), encoding="utf-8")
    if invocation.json:
        show_json(found.as_dict())
    elif html is not None:
        say(f"written to {html}")
    else:
        for line in told(found):
            show(line)
