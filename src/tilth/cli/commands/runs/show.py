"""Show all that is on record of a run."""

from __future__ import annotations

from typing import Any

import click

from tilth.cli.command import Invocation, command
from tilth.cli.numbered import RUN, number
from tilth.cli.opening import opened
from tilth.cli.output import clock, count, duration, paint, show, show_json, size, table
from tilth.cli.progress import counted
from tilth.cli.told_runs import interval
from tilth.project.runs import run_details

__all__ = ["show_run"]


@command(
    name="show",
    examples=(
        ("tilth runs show", "the newest run"),
        ("tilth runs show 12", "why each node ran, how long it took, what it made"),
        ("tilth runs show 12 --environment", "with every library's version"),
        ("tilth runs show last-1 --json", "the one before the newest, for programs"),
    ),
)
@click.argument("run", type=RUN, default="last")
@click.option("--environment", is_flag=True, help="Show the versions of all libraries.")
def show_run(invocation: Invocation, run: int, environment: bool) -> None:
    """Show all that is on record of RUN: a number, `last`, or `last-1`."""
    with opened(invocation) as project:
        details = run_details(project, number(project, run))
    if invocation.json:
        show_json(details)
        return
    show(_head(details))
    _show_nodes(details)
    _show_metrics(details)
    for each in details["nodes"]:
        if each["log"]:
            show(f"\n{paint(each['node'], 'red')}\n{each['log'].rstrip()}")
    if environment:
        show("\n" + table(details["environment"].items(), titles=("library", "version")))


def _head(run: dict[str, Any]) -> str:
    took = "" if run["seconds"] is None else f" in {duration(run['seconds'])}"
    changes = {True: "", False: " with changes", None: ""}[run["clean"]]
    rows = [
        ("run", f"{run['run']}, {run['state']}{took}: {counted(run['counts'])}"),
        ("asked for", run["pipeline"] or "all pipelines"),
        ("command", f"tilth {run['arguments']}" if run["arguments"] else ""),
        ("started", f"{clock(run['started_at'])} by {run['person']} on {run['host']}"),
        ("commit", f"{run['commit'][:12]}{changes}" if run["commit"] else ""),
        ("python", run["environment"].get("python", "")),
        ("note", run["note"]),
        ("error", run["error"]),
    ]
    return table([row for row in rows if row[1]])


def _show_nodes(run: dict[str, Any]) -> None:
    rows = []
    for each in run["nodes"]:
        ran = each["state"] != "reused"
        rows.append(
            (
                each["node"],
                each["state"],
                each["reason"] if ran else "",
                _took(each) if ran and each["seconds"] else "",
                ", ".join(_made(made) for made in each["outputs"]),
            )
        )
    if rows:
        show("\n" + table(rows, titles=("node", "state", "why", "took", "made"), right=(3,)))


def _took(node_run: dict[str, Any]) -> str:
    """How long it took, and by how much that is more than it usually takes."""
    took, usual = node_run["seconds"], node_run["usual_seconds"]
    if usual is None or took < 2 * usual or took - usual < 1:
        return duration(took)
    return paint(f"{duration(took)}, {took / usual:.1f} x its usual time", "yellow")


def _made(made: dict[str, Any]) -> str:
    extent = f"{count(made['rows'])} rows" if made["rows"] is not None else size(made["n_bytes"])
    return f"{made['dataset']} ({extent})"


def _show_metrics(run: dict[str, Any]) -> None:
    rows = [
        (node, each["name"], f"{each['value']:.6g}", interval(each["low"], each["high"]))
        for node, metrics in run["metrics"].items()
        for each in metrics
        if each["value"] is not None
    ]
    if rows:
        show("\n" + table(rows, titles=("node", "metric", "value", "interval"), right=(2,)))
