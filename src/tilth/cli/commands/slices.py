"""Where the model fails: kinds of rows on which it does worse, beyond chance."""

from __future__ import annotations

from collections.abc import Iterator

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import datasets
from tilth.cli.opening import opened
from tilth.cli.output import show, show_json, table
from tilth.project.evaluation import SliceFindings, slice_row

__all__ = ["slices"]

_WIDEST = 60


@command(
    examples=(
        ("tilth slices", "what the stage `evaluate` found last"),
        ("tilth slices test_predictions", "of these predictions, as the stage reads them"),
        ("tilth slices scored --target late --prediction said", "of any table of predictions"),
        ("tilth slices scored --target late --probability chance", "by log loss"),
        ("tilth slices --json", "for programs"),
    )
)
@click.argument("dataset", required=False, shell_complete=datasets)
@click.option("--target", metavar="COLUMN", help="What is so.")
@click.option("--prediction", metavar="COLUMN", help="What the model said: a class or a number.")
@click.option(
    "--probability",
    metavar="COLUMN",
    help="How likely it held the class; of more than two, such as `p_{}`.",
)
@click.option("--positive", metavar="CLASS", help="Of two classes, which one that is about.")
@click.option(
    "--loss",
    type=click.Choice(["error", "log loss", "absolute error", "squared error"]),
    help="How wrong a row is.",
)
@click.option("--by", "attributes", metavar="COLUMNS", help="Describe rows by these, not by all.")
@click.option("--conditions", type=click.IntRange(1, 5), help="In a slice, at most; 3 as usual.")
@click.option("--k", type=click.IntRange(1), help="Slices, at most; 10 as usual.")
def slices(
    invocation: Invocation,
    dataset: str | None,
    *,
    target: str | None,
    prediction: str | None,
    probability: str | None,
    positive: str | None,
    loss: str | None,
    attributes: str | None,
    conditions: int | None,
    k: int | None,
) -> None:
    """Show on which kinds of rows a model does worse, and what may make them bad.

    Without DATASET: what the last run found. With a DATASET of predictions: found now, and kept
    for as long as it does not change. Each number has an interval, and all of them hold
    together; what chance would show among so many kinds is left out.
    """
    with opened(invocation) as project:
        found = project.slices(
            dataset, target=target, prediction=prediction, probability=probability,
            positive=positive, loss=loss, k=k, conditions=conditions,
            attributes=attributes.split(",") if attributes else None,
        )  # fmt: skip
    if invocation.json:
        show_json([each.as_dict() for each in found])
        return
    for each in found:
        show("\n".join(_lines(each)))


def _lines(found: SliceFindings) -> Iterator[str]:
    yield found.title
    if not found.findings:
        yield "on none of them it is worse than on the others, beyond chance"
        return
    rows = [slice_row(each) for each in found.findings]
    rows = [(_cut(title), *others) for title, *others in rows]
    titles = ("slice", "rows", found.found["loss"], "against all rows", "of all errors")
    diagnosed = any(each[-1] for each in rows)
    shown = rows if diagnosed else [each[:-1] for each in rows]
    yield table(shown, titles=(*titles, "why") if diagnosed else titles, right=(1, 2, 4))


def _cut(title: str) -> str:
    return title if len(title) <= _WIDEST else title[: _WIDEST - 1] + "…"
