"""Deciding without running: what would become of each node."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tilth.engine.plan import Planned
from tilth.engine.reason import Now, Reason, reason_to_run
from tilth.engine.save import contents_of
from tilth.engine.step import Task
from tilth.engine.work import tasks_of
from tilth.graph.node import Node
from tilth.graph.pipeline import Pipeline
from tilth.history.record import Made, NodeRun

if TYPE_CHECKING:
    from tilth.project.project import Project


class Decider:
    """Says what would become of a node whose inputs all exist, as a run would decide it."""

    def __init__(self, project: Project, chosen: Pipeline, forced: frozenset[str]) -> None:
        self._project = project
        self._space = project.workspace
        self._history = project.history
        self._forced = forced
        names = [each.name for each in chosen]
        self._last = self._history.recall(names)
        self._seconds = self._history.seconds(names)
        self.versions: dict[str, Made] = {}

    def __call__(self, node: Node) -> Planned:
        """What would become of it."""
        step = self._project.step(node)
        inputs = {name: self._version(name) for name in node.reads}
        tasks = tasks_of(step, inputs, self._space.bytes_of)
        decided = [self.decide(task) for task in tasks]
        reasons = [reason for reason, _ in decided if reason is not None]
        if not reasons:
            self._take_over(node, tasks, [found for _, found in decided])
        return Planned(
            node,
            reasons[0] if reasons else None,
            n_tasks=len(reasons) or len(tasks),
            seconds=self._seconds.get(node.name),
            note=self._note(node),
        )

    def decide(self, task: Task) -> tuple[Reason | None, NodeRun | None]:
        """Why a task would run, or the node run that would be taken over."""
        fingerprint = task.fingerprint()
        node = task.step.node
        last = self._last.get(task.name)
        if last is None and task.key is not None:
            last = self._history.recall([task.name]).get(task.name)
        if last is None or last.fingerprint != fingerprint:
            last = self._history.find(fingerprint) or last
        refresh = node.options.refresh
        now = Now(
            fingerprint,
            task.step.recipe,
            {name: made.fingerprint for name, made in task.inputs.items()},
            node.options.cache,
            time.time() - refresh if refresh is not None else 0.0,
        )
        kept = last is None or all(map(self._space.has, last.outputs))
        forced = node.name in self._forced
        return reason_to_run(now, last, self._history.recipe, kept=kept, forced=forced), last

    def _version(self, dataset: str) -> Made:
        found = self.versions.get(dataset)
        if found is None:
            found = self.versions[dataset] = self._space.source(dataset)
        return found

    def _take_over(self, node: Node, tasks: list[Task], found: list[NodeRun | None]) -> None:
        for i, output in enumerate(node.outputs):
            made = {
                task.key: node_run.outputs[i]
                for task, node_run in zip(tasks, found, strict=True)
                if node_run is not None
            }
            if node.fans_out:
                parts = {str(key): each for key, each in made.items()}
                self.versions[output.name] = contents_of(output.name, parts)
            else:
                self.versions[output.name] = made[None]

    def _note(self, node: Node) -> str:
        last = self._last.get(node.name)
        unkept = [made.dataset for made in last.outputs if not made.kept] if last else []
        if not unkept:
            return ""
        return f"`{unkept[0]}` cannot be kept: it lives for the run, and is made again when needed"
