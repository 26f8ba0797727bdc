"""Follow metrics from run to run."""

from __future__ import annotations

from typing import Any

import click

from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened
from tilth.cli.output import clock, say, show, show_json, table
from tilth.project.runs import metric_history

__all__ = ["metrics"]


@command(
    examples=(
        ("tilth runs metrics", "all metrics of the latest twenty runs that have any"),
        ("tilth runs metrics '*.auc'", "those whose name fits"),
        ("tilth runs metrics 'measure_models.*' --json", "for programs, with intervals"),
    )
)
@click.argument("names", nargs=-1)
@click.option("-n", type=click.IntRange(1), default=20, show_default=True, help="How many runs.")
def metrics(invocation: Invocation, names: tuple[str, ...], n: int) -> None:
    """Follow the metrics whose NAMES fit (`node.name`, with wildcards) from run to run."""
    with opened(invocation) as project:
        rows = metric_history(project, names, n)
    if invocation.json:
        show_json(rows)
    elif not rows:
        say("no run has such metrics" if names else "no run has metrics: see `format: metrics`")
    else:
        _show(rows)


def _show(rows: list[dict[str, Any]]) -> None:
    """One line for each metric and each run in which it changed."""
    lines = []
    for name in dict.fromkeys(name for row in rows for name in row["metrics"]):
        shown = None
        for row in reversed(rows):
            metric = row["metrics"].get(name)
            if metric is None or f"{metric['value']:.6g}" == shown:
                continue
            shown = f"{metric['value']:.6g}"
            lines.append(
                (name, str(row["run"]), clock(row["started_at"]), shown, _interval(metric))
            )
    titles = ("metric", "since run", "when", "value", "interval")
    show(table(lines, titles=titles, right=(1, 3)))


def _interval(metric: dict[str, Any]) -> str:
    if metric["low"] is None or metric["high"] is None:
        return ""
    return f"{metric['low']:.4g} to {metric['high']:.4g}"
