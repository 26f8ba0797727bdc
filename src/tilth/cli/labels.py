"""What the commands about labels share: options, words and the forms of their figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from tilth.cli.command import Invocation
from tilth.cli.completing import label_sets
from tilth.cli.output import say
from tilth.labels.entry import Round, Source
from tilth.project.label_set import LabelSet
from tilth.record import fields_of

Handler = TypeVar("Handler", bound=Callable[..., Any])


def name_argument(handler: Handler) -> Handler:
    """The argument NAME: which label set."""
    return click.argument("name", shell_complete=label_sets)(handler)


def labeler_option(handler: Handler) -> Handler:
    """The option `--as`: who is at work."""
    return click.option(
        "--as", "labeler", metavar="PERSON", help="Who is at work; your user name if not given."
    )(handler)


def warn(labels: LabelSet) -> None:
    """Tell what a person should know of the log."""
    for each in labels.log.complaints:
        say(f"warning: {each}")


def chosen_rounds(labels: LabelSet, sources: Sequence[str]) -> list[str]:
    """The ids of all rounds, or of those of some sources."""
    wanted = {Source(each) for each in sources} or set(Source)
    return [each.id for each in labels.standing.rounds.values() if each.source in wanted]


def asked(invocation: Invocation, labels: LabelSet, asked: Round) -> dict[str, Any]:
    """Tell of a round that was begun; as plain data for `--json`."""
    if not invocation.json:
        people = "one person" if asked.reviewers == 1 else f"{asked.reviewers} people"
        blind = ", blind" if asked.is_blind else ""
        say(f"asked {people} about {asked.note}{blind}: `tilth labels review {labels.name}`")
    return plain(asked)  # type: ignore[no-any-return]  # a record becomes a dict


def estimate(value: float, low: float, high: float, *, percent: bool = False) -> str:
    """A figure with its interval: `0.82 (0.75 to 0.88)`; a dash where it is not defined."""
    if math.isnan(value):
        return "-"
    if percent:
        return f"{value:.1%} ({low:.1%} to {high:.1%})"
    return f"{value:.2f} ({low:.2f} to {high:.2f})" if not math.isnan(low) else f"{value:.2f}"


def figure(found: Any, *, percent: bool = False) -> str:
    """An `Estimate`, likewise."""
    return estimate(found.value, found.interval.low, found.interval.high, percent=percent)


def plain(value: Any) -> Any:
    """Records as dicts, with all that is in them."""
    if hasattr(value, "__record_fields__"):
        return {name: plain(getattr(value, name)) for name in fields_of(value)}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.item() if hasattr(value, "item") else value
