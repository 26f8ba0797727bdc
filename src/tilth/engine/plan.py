"""The plan: what would run, and why. Nothing is run for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tilth.engine.reason import Reason
from tilth.graph.node import Node
from tilth.graph.pipeline import Pipeline
from tilth.record import record


@record(kw_only=False)
class Planned:
    """What would become of one node.

    Attributes:
        node: Which.
        reason: Why it would run, None where its result would be reused.
        n_tasks: How often it would be called: more than once where it fans out.
        seconds: How long it took last time, None where it never ran.
        note: What one should know beforehand, such as an output that cannot be kept.
    """

    node: Node
    reason: Reason | None
    n_tasks: int = 1
    seconds: float | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "node": self.node.name,
            "reason": str(self.reason) if self.reason is not None else None,
            "tasks": self.n_tasks,
            "seconds": self.seconds,
            "note": self.note,
        }


@record(kw_only=False)
class Plan:
    """What would become of each node, in order.

    Attributes:
        nodes: Each node, and what would become of it.
        warnings: What one should know before a run, such as a source without a partition.
    """

    nodes: Sequence[Planned]
    warnings: Sequence[str] = ()

    @property
    def runs(self) -> list[Planned]:
        """Those that would run, or may have to."""
        return [each for each in self.nodes if each.reason is not None]

    @property
    def reused(self) -> list[Planned]:
        """Those whose results still hold."""
        return [each for each in self.nodes if each.reason is None]

    @property
    def seconds(self) -> float:
        """How long all that would run took last time, one after the other."""
        return sum(each.seconds or 0.0 for each in self.runs)

    def text(self) -> str:
        """For people, a line for each that would run."""
        lines = [f"{each.node.name}: {each.reason}" for each in self.runs]
        return "\n".join([*lines, f"{len(self.runs)} would run, {len(self.reused)} reused"])

    def _repr_html_(self) -> str:
        from html import escape  # only a notebook needs it

        rows = "".join(
            f"<tr><td>{escape(each.node.name)}</td><td>{each.reason}</td></tr>"
            for each in self.runs
        )
        told = f"<p><b>{len(self.runs)} would run</b>, {len(self.reused)} reused</p>"
        return told + (f"<table><tr><th>node</th><th>why</th></tr>{rows}</table>" if rows else "")

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "runs": len(self.runs),
            "reused": len(self.reused),
            "seconds": round(self.seconds, 6),
            "nodes": [each.as_dict() for each in self.nodes],
            "warnings": list(self.warnings),
        }


def plan(
    pipeline: Pipeline,
    decide: Callable[[Node], Planned],
    seconds: Mapping[str, float],
    note: Callable[[Node], str] = lambda _: "",
) -> Plan:
    """Decide on each node whose inputs are known; the others wait for what runs before them.

    Args:
        pipeline: What is asked for.
        decide: Says what would become of a node whose inputs all exist already.
        seconds: Node -> how long it took last time; those that never ran are not among them.
        note: What one should know of a node that waits.
    """
    unsure: set[str] = set()
    planned = []
    for node in pipeline:
        if unsure and not unsure.isdisjoint(node.reads):
            waits = Reason.UPSTREAM
            found = Planned(node, waits, seconds=seconds.get(node.name), note=note(node))
        else:
            found = decide(node)
        if found.reason is not None:
            unsure.update(node.makes)
        planned.append(found)
    return Plan(planned)
