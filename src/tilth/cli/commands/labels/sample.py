"""Ask people about items: a drawn sample, or what has no label yet."""

from __future__ import annotations

from typing import Any

import click

from tilth.cli.command import Invocation, command
from tilth.cli.labels import asked, name_argument
from tilth.cli.opening import opened
from tilth.cli.output import show_json
from tilth.labels.entry import Round
from tilth.project.label_issues import probabilities_of
from tilth.project.label_rounds import ask_outdated, ask_sample, ask_unlabelled
from tilth.project.label_set import LabelSet, label_set
from tilth.project.person import person

__all__ = ["sample"]


@command(
    examples=(
        ("tilth labels sample tone -n 100", "100 at random, each for two people, blind"),
        ("tilth labels sample tone -n 60 --by shop --allocation equal", "as many of each shop"),
        ("tilth labels sample tone -n 50 --uncertain", "those that models are least sure of"),
        ("tilth labels sample tone --uncertain --probabilities scores", "as one's own model says"),
        ("tilth labels sample tone --outdated", "what an older instruction labelled, again"),
        ("tilth labels sample tone --unlabelled", "all that has no label yet"),
    )
)
@name_argument
@click.option("-n", type=click.IntRange(1), default=100, show_default=True, help="How many items.")
@click.option("--by", metavar="COLUMN", help="Spread the sample over the values of this column.")
@click.option(
    "--allocation",
    type=click.Choice(["proportional", "equal"]),
    default="proportional",
    show_default=True,
    help="How many of each value, with `--by`.",
)
@click.option(
    "--reviewers",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    help="How many people label each item.",
)
@click.option("--seed", type=int, help="Of the draw; another one for each sample if not given.")
@click.option("--uncertain", is_flag=True, help="Take the items that models are least sure of.")
@click.option(
    "--probabilities",
    metavar="DATASET",
    default="",
    help="With `--uncertain`: a table with the key and a column for each class.",
)
@click.option("--outdated", is_flag=True, help="Ask again what an older instruction labelled.")
@click.option("--unlabelled", is_flag=True, help="Ask about all items without a label.")
def sample(invocation: Invocation, name: str, **options: Any) -> None:
    """Ask people about items of the label set NAME, and write that to its log.

    In a sample and where labels are made anew, nobody sees the given label, a suggestion or
    what others say: only so does agreement mean something.
    """
    if options["by"] and options["uncertain"]:
        raise click.UsageError("`--uncertain` takes the least sure of all, so `--by` cannot count")
    if options["probabilities"] and not options["uncertain"]:
        raise click.UsageError("`--probabilities` tells which are least sure: add `--uncertain`")
    with opened(invocation) as project:
        labels = label_set(project, name)
        told = asked(invocation, labels, _asked(labels, options))
    if invocation.json:
        show_json(told)


def _asked(labels: LabelSet, options: dict[str, Any]) -> Round:
    who = person()
    if options["outdated"]:
        return ask_outdated(labels, who=who)
    if options["unlabelled"]:
        return ask_unlabelled(labels, who=who)
    own = options["probabilities"]
    return ask_sample(
        labels,
        options["n"],
        by=options["by"],
        allocation=options["allocation"],
        probabilities=probabilities_of(labels, probabilities=own) if options["uncertain"] else None,
        reviewers=options["reviewers"],
        seed=options["seed"],
        who=who,
    )
