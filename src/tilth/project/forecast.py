"""Deciding without running: what would become of each node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tilth.data.choose import is_said_to_be_bound
from tilth.engine.decide import Decider
from tilth.engine.plan import Planned
from tilth.engine.reason import Reason
from tilth.engine.step import Task, has_no_partition
from tilth.engine.work import gathered, tasks_of
from tilth.errors import UnknownNameError
from tilth.graph.node import Node
from tilth.graph.pipeline import Pipeline
from tilth.history.record import Made, NodeRun
from tilth.project.code import shape_text

if TYPE_CHECKING:
    from tilth.project.project import Project


class Forecast:
    """Says what would become of a node whose inputs all exist, as a run would decide it.

    Attributes:
        seconds: Node -> how long it took last time, of those that ran.
        versions: Dataset -> what stands for it.
        warnings: What one should know before a run.
    """

    def __init__(self, project: Project, chosen: Pipeline, forced: frozenset[str]) -> None:
        self._project = project
        self._space = project.workspace
        names = [each.name for each in chosen]
        self._decider = Decider(project.history, self._space.has, names, forced)
        self.seconds = project.history.seconds(names)
        self.versions: dict[str, Made] = {}
        self.warnings: list[str] = []

    def __call__(self, node: Node) -> Planned:
        """What would become of it."""
        step = self._project.step(node)
        inputs = {name: self._version(name) for name in node.reads}
        tasks = [Task(step, inputs)]
        decided = [self._decide(tasks[0])]
        if node.fans_out and decided[0][0] is not None:  # some partition is new or changed
            tasks = tasks_of(tasks[0], self._space.bytes_of)
            decided = [self._decide(task) for task in tasks]
        reasons = [reason for reason, _ in decided if reason is not None]
        if not reasons:
            self._take_over(node, tasks, [found for _, found in decided])
        return Planned(
            node,
            reasons[0] if reasons else None,
            n_tasks=len(reasons) or len(tasks),
            seconds=self.seconds.get(node.name),
            note=self.note(node),
        )

    def partition(self, node: Node, key: str) -> tuple[Reason | None, Task]:
        """What would become of one partition of a node whose inputs all exist.

        Raises:
            UnknownNameError: There is no such partition.
        """
        whole = Task(self._project.step(node), {name: self._version(name) for name in node.reads})
        tasks = {task.key: task for task in tasks_of(whole, self._space.bytes_of)}
        if key not in tasks:
            known = [each for each in tasks if each is not None]
            raise UnknownNameError("partition", key, known, where=f"`{node.name}`")
        return self._decide(tasks[key])[0], tasks[key]

    def _decide(self, task: Task) -> tuple[Reason | None, NodeRun | None]:
        return self._decider.decide(task, task.fingerprint(), search=True)

    def _version(self, dataset: str) -> Made:
        found = self.versions.get(dataset)
        if found is None:
            found = self.versions[dataset] = self._space.source(dataset)
            if has_no_partition(found):
                self.warnings.append(self._space.none_found(dataset))
        return found

    def _take_over(self, node: Node, tasks: list[Task], found: list[NodeRun | None]) -> None:
        parts = {
            task.key: node_run.outputs
            for task, node_run in zip(tasks, found, strict=True)
            if node_run is not None
        }
        made = parts.get(None) or gathered(node, parts)
        self.versions.update(zip(node.makes, made, strict=True))

    def note(self, node: Node) -> str:
        """Which of its outputs cannot be kept, as it was last time or as its function says."""
        last = self._decider.last(node.name)
        unkept = [made.dataset for made in last.outputs if not made.kept] if last else []
        if last is None and len(node.makes) == 1 and node.makes[0] not in self._space.catalog:
            said = shape_text(self._project.code.signature(node.function).returns)
            unkept = node.makes if is_said_to_be_bound(said) else []
        if not unkept:
            return ""
        return f"`{unkept[0]}` cannot be kept: it lives for the run, and is made again when needed"
