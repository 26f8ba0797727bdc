"""The options that pick a part of the pipelines: the same for `run`, `plan` and `show`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from tilth.cli.completing import datasets, nodes, nodes_and_datasets
from tilth.graph.select import Selection

Handler = TypeVar("Handler", bound=Callable[..., Any])

_HELP = {
    "to": "Only what is needed for these nodes or datasets.",
    "from_": "Only these nodes, or the readers of these datasets, and what depends on them.",
    "nodes": "Only these nodes.",
    "from_nodes": "Only these nodes and what depends on them.",
    "to_nodes": "Only these nodes and what they depend on.",
    "from_inputs": "Only what depends on these datasets.",
    "to_outputs": "Only what is needed to make these datasets.",
    "tags": "Only nodes with one of these tags.",
    "namespaces": "Only nodes in one of these namespaces.",
    "without": "All but these nodes.",
}

_COMPLETIONS = {
    "to": nodes_and_datasets,
    "from_": nodes_and_datasets,
    "nodes": nodes,
    "from_nodes": nodes,
    "to_nodes": nodes,
    "from_inputs": datasets,
    "to_outputs": datasets,
    "without": nodes,
}


def selecting(handler: Handler) -> Handler:
    """Give a command the options of a selection; it gets them as keyword arguments."""
    for name, text in reversed(_HELP.items()):
        option = click.option(
            f"--{name.rstrip('_').replace('_', '-')}",
            name,
            metavar="NAMES",
            multiple=True,
            help=text,
            shell_complete=_COMPLETIONS.get(name),
        )
        handler = option(handler)
    return handler


def selection_of(given: dict[str, tuple[str, ...]]) -> Selection | None:
    """The selection that a command line means, None where it names no part."""
    fields = {name: _parts(given[name]) for name in _HELP if given.get(name)}
    return Selection(**fields) if fields else None


def _parts(given: tuple[str, ...]) -> tuple[str, ...]:
    """Each option may be repeated, and may hold several names."""
    return tuple(part.strip() for each in given for part in each.split(",") if part.strip())
