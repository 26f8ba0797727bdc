"""A finished run on a mini data set, with all that is needed to look at what it made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tilth.data.shape import POLARS, TABLES
from tilth.errors import TilthError
from tilth.graph.pipeline import Pipeline
from tilth.graph.stage import FINDINGS
from tilth.history.record import Made, NodeRun
from tilth.project.contents import value_of

if TYPE_CHECKING:
    from tilth.project.mini.project import MiniProject
    from tilth.project.project import Project
    from tilth.project.result import Result


class Looked:
    """What checks may ask about a run on a mini data set.

    Attributes:
        home: The project itself.
        mini: The same on its mini data set.
        chosen: What was run.
        result: What came of it.
    """

    def __init__(self, home: Project, mini: MiniProject, chosen: Pipeline, result: Result) -> None:
        self.home = home
        self.mini = mini
        self.chosen = chosen
        self.result = result
        self._values: dict[str, Any] = {}

    @property
    def n_nodes(self) -> int:
        """How many nodes there are."""
        return len(self.chosen)

    @cached_property
    def node_runs(self) -> Mapping[str, NodeRun]:
        """Node -> what came of it; of a fan-out each part by its name."""
        runs = self.mini.history.node_runs(self.result.run)
        return {each.node: each for each in runs}

    @cached_property
    def made(self) -> Mapping[str, Made]:
        """What nodes made in this run, by name."""
        makers = self.chosen.makers
        return {name: each for name, each in self.result.versions.items() if name in makers}

    def maker(self, dataset: str) -> str:
        """The node that makes a dataset; empty for a source."""
        node = self.chosen.makers.get(dataset)
        return node.name if node is not None else ""

    def lists_findings(self, dataset: str) -> bool:
        """Whether its maker says that finding nothing is well."""
        node = self.chosen.makers.get(dataset)
        return node is not None and FINDINGS in node.tags

    def is_table(self, dataset: str) -> bool:
        """Whether it has named columns."""
        return self.made[dataset].shape in TABLES

    def value(self, dataset: str, shape: str = "") -> Any:
        """What a node made, loaded once."""
        key = f"{dataset} {shape}"
        if key not in self._values:
            self._values[key] = value_of(self.mini, self.made[dataset], shape)
        return self._values[key]

    def table(self, dataset: str) -> Any:
        """A table that a node made, as a Polars frame."""
        return self.value(dataset, POLARS)

    def before(self, dataset: str) -> Made | None:
        """The project's own last result; None where there is none."""
        try:
            return self.home.version(dataset)
        except TilthError:
            return None

    def before_value(self, dataset: str, shape: str = "") -> Any:
        """The value of the project's own last result; None where it cannot be had."""
        made = self.before(dataset)
        try:
            return value_of(self.home, made, shape) if made is not None else None
        except TilthError:
            return None

    def inputs_of(self, node: str) -> Iterator[str]:
        """The datasets that a node reads."""
        yield from self.chosen.by_name[node].reads
