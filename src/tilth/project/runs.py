"""Runs as plain data: what is on record of one, and what differs between two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tilth.errors import UnknownNameError
from tilth.history.record import Made, Metric, NodeRun, Run
from tilth.history.store import History

_MANY = 12
"""How many runs of a node tell what it usually takes."""

if TYPE_CHECKING:
    from tilth.project.project import Project


def run_as_dict(run: Run) -> dict[str, Any]:
    """A run in one row."""
    seconds = None if run.finished_at is None else round(run.finished_at - run.started_at, 6)
    return {
        "run": run.id,
        "state": run.state,
        "pipeline": run.pipeline,
        "started_at": run.started_at,
        "seconds": seconds,
        "counts": dict(run.counts),
        "trigger": run.trigger,
        "arguments": run.arguments,
        "person": run.person,
        "host": run.host,
        "commit": run.commit,
        "clean": run.clean,
        "note": run.note,
        "error": run.error,
    }


def run_number(project: Project, run: int) -> int:
    """The number of a run; 0 stands for the newest, -1 for the one before it.

    Raises:
        UnknownNameError: There is no such run.
    """
    if run > 0:
        return project.history.run(run).id
    found = project.history.runs(n=1 - run)
    if len(found) < 1 - run:
        raise UnknownNameError(
            "run", "last" if run == 0 else f"last{run}", _newest_numbers(project)
        )
    return found[-run].id


def _newest_numbers(project: Project) -> list[str]:
    return [str(each.id) for each in project.history.runs(n=8)]


def run_details(project: Project, number: int) -> dict[str, Any]:
    """All that is on record of a run.

    Raises:
        UnknownNameError: There is no such run.
    """
    history = project.history
    run = history.run(number)
    metrics = history.metrics(number)
    return {
        **run_as_dict(run),
        "environment": history.environment(run.environment) if run.environment else {},
        "nodes": [
            {**_node_run(each), "usual_seconds": usual_seconds(history, each)}
            for each in history.node_runs(number)
        ],
        "metrics": {node: [_metric(each) for each in rows] for node, rows in metrics.items()},
    }


def usual_seconds(history: History, node_run: NodeRun) -> float | None:
    """The median time of a node's runs before this one; None where there are fewer than two."""
    before = [
        each.seconds
        for each in history.attempts(node_run.node, _MANY)
        if each.state == "done" and each.id < node_run.id
    ]
    return sorted(before)[len(before) // 2] if len(before) > 1 else None


def metric_history(
    project: Project, patterns: Sequence[str] = (), n: int = 20
) -> list[dict[str, Any]]:
    """The scalars of the newest runs that have any, newest first.

    Args:
        project: The project.
        patterns: Which, as `node.name`, with wildcards; all where there are none.
        n: How many runs at most.
    """
    rows: list[dict[str, Any]] = []
    for run in project.history.runs(n=n * 5):
        found = scalars(project.history.metrics(run.id))
        named = {f"{node}.{name}".rstrip("."): metric for (node, name), metric in found.items()}
        wanted = {
            name: _metric(metric)
            for name, metric in named.items()
            if not patterns or any(fnmatchcase(name, each) for each in patterns)
        }
        if wanted:
            rows.append({"run": run.id, "started_at": run.started_at, "metrics": wanted})
        if len(rows) == n:
            break
    return rows


def requirements(project: Project, number: int) -> list[str]:
    """The environment of a run, as pip reads it: `name==version`."""
    run = project.history.run(number)
    found = project.history.environment(run.environment) if run.environment else {}
    return [f"{name}=={version}" for name, version in sorted(found.items()) if name != "python"]


def _node_run(node_run: NodeRun) -> dict[str, Any]:
    return {
        "node": node_run.node,
        "state": node_run.state,
        "reason": node_run.reason,
        "attempt": node_run.attempt,
        "seconds": node_run.seconds,
        "load_seconds": node_run.load_seconds,
        "save_seconds": node_run.save_seconds,
        "peak_bytes": node_run.peak_bytes,
        "fingerprint": node_run.fingerprint,
        "inputs": dict(node_run.inputs),
        "outputs": [_made(each) for each in node_run.outputs],
        "error": node_run.error,
        "log": node_run.log,
    }


def _made(made: Made) -> dict[str, Any]:
    return {
        "dataset": made.dataset,
        "fingerprint": made.fingerprint,
        "format": made.format,
        "rows": made.rows,
        "columns": made.columns,
        "n_bytes": made.n_bytes,
        "kept": made.kept,
    }


def _metric(metric: Metric) -> dict[str, Any]:
    return {
        "name": metric.name,
        "value": metric.value,
        "low": metric.low,
        "high": metric.high,
    }


def scalars(rows: Mapping[str, list[Metric]]) -> dict[tuple[str, str], Metric]:
    """The metrics that are numbers: (node, name) -> metric."""
    return {
        (node, each.name): each
        for node, metrics in rows.items()
        for each in metrics
        if each.value is not None
    }
