"""What is on record of a project, read once for all tests of the score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tilth.data.dataset import Dataset
from tilth.data.shape import LAZY, POLARS, is_table
from tilth.errors import DataError, MissingDataError, UnknownNameError
from tilth.graph.node import Node
from tilth.history.record import Made, ModelEvent, NodeRun, Recipe, Run
from tilth.models.registry import Registry
from tilth.project.contents import value_of
from tilth.project.contracts import INCOMING, NODE
from tilth.project.listing import all_nodes
from tilth.project.scoring.evidence import Proof
from tilth.project.scoring.known import EXPLAINS, FINDS_SLICES, PREPARES
from tilth.project.scoring.stage_nodes import asked_of, is_own
from tilth.project.scoring.test_code import TestCode, test_code
from tilth.project.sketches import TABLES as TABLE_FORMATS
from tilth.project.unexamined import is_model
from tilth.record import changed

if TYPE_CHECKING:
    from tilth.project.project import Project

_MOST_RUNS = 200
"""Node runs of a node that are looked through, the newest first."""


class Facts:
    """A project, and what is on record of it; nothing is run.

    Args:
        project: Opened.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._told: dict[str, Mapping[str, Any]] = {}

    # Nodes, and what they made last

    @cached_property
    def nodes(self) -> dict[str, Node]:
        """Every node of every pipeline by its name."""
        return all_nodes(self.project)

    @cached_property
    def makers(self) -> dict[str, Node]:
        """Dataset -> the node that makes it."""
        return {name: node for node in self.nodes.values() for name in node.makes}

    @cached_property
    def done(self) -> dict[str, NodeRun]:
        """Node -> its newest run that was done."""
        return self.project.history.recall(self.nodes)

    @cached_property
    def newest(self) -> dict[str, Made]:
        """Dataset -> what its node made last."""
        found = {}
        for name, node_run in self.done.items():
            makes = self.nodes[name].makes
            if len(makes) == len(node_run.outputs):
                for dataset, made in zip(makes, node_run.outputs, strict=True):
                    found[dataset] = changed(made, dataset=dataset)
        return found

    def of(self, *beginnings: str) -> Iterator[tuple[Node, NodeRun]]:
        """Nodes that have run and whose functions' names begin so, each with its newest run."""
        for name, node_run in self.done.items():
            if self.nodes[name].function.name.startswith(beginnings):
                yield self.nodes[name], node_run

    def reading(self, dataset: str, *beginnings: str) -> Iterator[tuple[Node, NodeRun]]:
        """Those among them that have read the newest version of a dataset."""
        for node, node_run in self.of(*beginnings):
            if dataset in node.reads and self.is_newest(node_run, dataset):
                yield node, node_run

    def is_newest(self, node_run: NodeRun, dataset: str) -> bool:
        """Whether a node run has read the newest version of a dataset."""
        made = self.newest.get(dataset) or self._there(dataset)
        return made is not None and node_run.inputs.get(dataset) == made.fingerprint

    def before(self, dataset: str) -> list[Node]:
        """All nodes that a dataset comes from, its own maker first."""
        found: dict[str, Node] = {}
        waiting = [dataset]
        while waiting:
            maker = self.makers.get(waiting.pop())
            if maker is not None and maker.name not in found:
                found[maker.name] = maker
                waiting += maker.reads
        return list(found.values())

    def upstream(self, dataset: str) -> list[str]:
        """All datasets that a dataset comes from, nearest first, by the names of the catalog."""
        read = (name for node in self.before(dataset) for name in node.reads)
        return list(dict.fromkeys(named(each) for each in read))

    def origins(self, dataset: str) -> list[str]:
        """Those that nothing is before: that no node makes, or a node that reads nothing."""
        return [each for each in self.upstream(dataset) if not self._made_of(each)]

    def _made_of(self, dataset: str) -> list[str]:
        """What a dataset is made of, whatever is set apart from it on the way."""
        maker = self.makers.get(dataset)
        if maker is not None and maker.name.endswith(NODE):
            maker = self.makers.get(dataset + INCOMING)
        return [] if maker is None else maker.reads

    def _there(self, dataset: str) -> Made | None:
        """A source as it lies there; None where it does not."""
        try:
            return self.project.version(dataset)
        except (MissingDataError, UnknownNameError):
            return None

    # Models, and what they learned from

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The datasets that are the project's models.

        Those that are registered; else those that a stage looks at; else all that are no part of
        another one.
        """
        registered = [e.dataset for e in self.events if e.kind == "registered"]
        known = [name for name in dict.fromkeys(registered) if name in self.newest]
        if known:
            return tuple(known)
        all_of_them = [name for name, made in self.newest.items() if self._is_model(name, made)]
        parts = {name for each in all_of_them for name in self.makers[each].reads}
        whole = [each for each in all_of_them if each not in parts]
        looked_at = {name for node, _ in self.of(EXPLAINS, FINDS_SLICES) for name in node.reads}
        looked_at |= {str(asked_of(node).get("model")) for node, _ in self.of(FINDS_SLICES)}
        return tuple([each for each in whole if each in looked_at] or whole)

    def _is_model(self, name: str, made: Made) -> bool:
        return is_model(made.shape) and self.makers[name].function.name != PREPARES

    def lessons(self, model: str) -> list[str]:
        """The tables that a model learned from, or all that it was made of where none is one."""
        maker = self.makers.get(model)
        read = [] if maker is None else maker.reads
        tables = [name for name in read if self.is_table(name)]
        return tables or [name for name in read if name not in self.models]

    def is_table(self, dataset: str) -> bool:
        """Whether a dataset holds a table, by what was made or by its entry in the catalog."""
        made, entry = self.newest.get(dataset), self.project.catalog.get(dataset)
        if made is not None and made.shape:
            return is_table(made.shape)
        return entry is not None and entry.format in TABLE_FORMATS

    def feature_nodes(self, model: str) -> list[Node]:
        """The nodes of the project's own code that make what a model learns from."""
        found = [node for lesson in self.lessons(model) for node in self.before(lesson)]
        return [e for e in dict.fromkeys(found) if not is_own(e) and not e.name.endswith(NODE)]

    def columns(self, dataset: str) -> list[str]:
        """The columns of the newest version of a table.

        Raises:
            MissingDataError: There is none, or its bytes are gone.
            DataError: It is no table.
        """
        made = self.version(dataset)
        return list(value_of(self.project, made, LAZY).collect_schema().names())

    def version(self, dataset: str) -> Made:
        """The newest version of what a node makes, or a source as it lies there.

        Raises:
            MissingDataError: There is none.
        """
        return self.newest.get(dataset) or self.project.version(dataset)

    # What stages told

    def told(self, dataset: str) -> Mapping[str, Any]:
        """What a stage made as plain data.

        Raises:
            MissingDataError: Its bytes are gone.
            DataError: It is something else, as a version of Tilth that is no longer here made it.
        """
        if dataset not in self._told:
            made = self.newest.get(dataset)
            if made is None:
                raise MissingDataError(
                    f"dataset `{dataset}` has not been made yet",
                    hint=f"`tilth run --to {dataset}` makes it",
                )
            value = value_of(self.project, made)
            if not isinstance(value, Mapping):
                raise DataError(
                    f"dataset `{dataset}` is {type(value).__name__}, where a mapping was expected",
                    hint=f"`tilth run --force {self.makers[dataset].name}` makes it anew",
                )
            self._told[dataset] = value
        return self._told[dataset]

    def rows(self, dataset: str) -> list[dict[str, Any]]:
        """The rows of a small table that a stage made.

        Raises:
            MissingDataError: Its bytes are gone.
        """
        found = value_of(self.project, self.version(dataset), POLARS)
        return found.to_dicts()  # type: ignore[no-any-return]  # it is a frame

    # Decisions

    @cached_property
    def events(self) -> list[ModelEvent]:
        """All that was decided about registered models, oldest first."""
        return self.project.history.model_events()

    @cached_property
    def registry(self) -> Registry:
        """Registered models, as they stand."""
        return Registry(self.events)

    def runs_with(self, dataset: str) -> list[Run]:
        """Runs that made the newest version of a dataset or took it over, newest first."""
        made, maker = self.newest.get(dataset), self.makers[dataset]
        place = maker.makes.index(dataset)
        history = self.project.history
        attempts = [
            each
            for each in history.attempts(maker.name, _MOST_RUNS)
            if each.state in ("done", "reused") and len(each.outputs) == len(maker.makes)
        ]
        return [
            history.run(each.run)
            for each in attempts
            if made is not None and each.outputs[place].fingerprint == made.fingerprint
        ]

    def recipe(self, node_run: NodeRun) -> Recipe | None:
        """What decided a node run besides its inputs; None where that is lost."""
        try:
            return self.project.history.recipe(node_run.recipe)
        except UnknownNameError:
            return None

    # The project's files

    @cached_property
    def tests(self) -> TestCode:
        """The project's own tests, as they are written."""
        return test_code(self.project.folder)

    def noted(self, dataset: str, key: str) -> list[str] | None:
        """The columns that the catalog's `metadata` notes of a dataset; None where it does not."""
        entry = self._entry(dataset)
        found = None if entry is None else entry.metadata.get(key)
        if found is None:
            return None
        return [str(each) for each in found] if isinstance(found, list | tuple) else [str(found)]

    def _entry(self, dataset: str) -> Dataset | None:
        catalog = self.project.catalog
        return catalog.get(dataset) or catalog.get(dataset + INCOMING)  # type: ignore[no-any-return]

    # Proofs

    def proof_of_node(self, node: Node, node_run: NodeRun, text: str) -> Proof:
        """What a node found in a run."""
        return Proof(kind="run", place=f"run {node_run.run}", text=f"node `{node.name}` {text}")

    def proof_of_data(self, dataset: str, text: str) -> Proof:
        """What the newest version of a dataset says."""
        made = self.newest.get(dataset)
        short = "" if made is None else f"@{made.fingerprint.partition(':')[2][:12]}"
        return Proof(kind="dataset", place=f"{dataset}{short}", text=text)

    def place_of(self, dataset: str) -> str:
        """Where the catalog has a dataset."""
        entry = self._entry(dataset)
        return (entry.place if entry is not None else None) or "catalog.yml"


def named(dataset: str) -> str:
    """The name in the catalog of what arrives under another where rows are set apart."""
    return dataset.removesuffix(INCOMING)
