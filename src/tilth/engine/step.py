"""A step: a node with all that decides its result, and the tasks that it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from tilth.data.shape import is_table
from tilth.engine.importing import Source
from tilth.fingerprint.canonical import combine
from tilth.graph.node import Node
from tilth.history.record import Made, Recipe
from tilth.record import maker, record

LIVE = "live:"
"""How the fingerprint of a value begins that lives for the run alone."""

PARTITIONS = "partitions"
"""The format of a partitioned dataset: a table of contents, key -> what lies there."""


def is_source(made: Made) -> bool:
    """Whether a version lies where a person put it, as one file."""
    return not made.kept and made.format != PARTITIONS and not made.fingerprint.startswith(LIVE)


def has_no_partition(made: Made) -> bool:
    """Whether a version is partitioned, and there is not one partition."""
    return made.format == PARTITIONS and made.data == b"{}"


class Origin(Protocol):
    """Where the code of steps was read; asked only when a step runs or is looked at."""

    def texts(self, recipe: Recipe) -> Mapping[str, tuple[str, str, int]]:
        """The source of a recipe's parts: digest -> text, file, first line."""

    def sources(self, node: Node, recipe: Recipe) -> tuple[Source, ...]:
        """What the modules of a node's code were read as."""


@record(kw_only=False)
class Step:
    """A node, ready to be decided on.

    Attributes:
        node: What was defined.
        recipe: All that decides its result besides its inputs.
        shapes: Argument -> the dotted name of the type that its function asks for.
        origin: Where its code was read.
    """

    node: Node
    recipe: Recipe
    shapes: Mapping[str | int, str]
    origin: Origin

    def texts(self) -> Mapping[str, tuple[str, str, int]]:
        """The source of the recipe's parts: digest -> text, file, first line."""
        return self.origin.texts(self.recipe)

    def sources(self) -> tuple[Source, ...]:
        """What the modules of its code were read as."""
        return self.origin.sources(self.node, self.recipe)


@record(kw_only=False)
class Task:
    """One execution that a step asks for: the whole node, or one partition of a fan-out.

    Attributes:
        step: What it belongs to.
        inputs: Dataset -> the version to read.
        key: The partition, None for a node that does not fan out.
    """

    step: Step
    inputs: Mapping[str, Made]
    key: str | None = None

    @property
    def name(self) -> str:
        """The node's name; a partition's stands in brackets behind it."""
        name = self.step.node.name
        return name if self.key is None else f"{name}[{self.key}]"

    def fingerprint(self) -> str:
        """What the execution is: its recipe and its inputs, in the order of the arguments."""
        inputs = self.inputs
        parts = [self.step.recipe.fingerprint]
        for each in self.step.node.inputs:
            made = inputs.get(each.name)
            if made is not None:  # parameters and literals are in the recipe
                # The format counts: the same bytes read as text or as json differ. So does
                # the type that was written, where the function asks for none in particular.
                parts += (made.format, made.fingerprint)
                if not is_table(self.step.shapes.get(each.argument, "")):
                    parts.append(made.shape)
        return combine("node", *parts)


# Each node needs one of these.
new_step, new_task = maker(Step), maker(Task)
