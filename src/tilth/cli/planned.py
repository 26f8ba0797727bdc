"""Shows a plan: for `tilth plan`, and for `tilth run --plan`."""

from __future__ import annotations

import sys

from tilth.cli.output import count, duration, paint, plural, say, show, table
from tilth.engine.plan import Plan, Planned

_MOST = 40


def show_plan(plan: Plan, *, everything: bool = False) -> None:
    """Print what would run and why, with a summary."""
    shown = list(plan.nodes) if everything else plan.runs
    cut = shown if everything or len(shown) <= _MOST else shown[:_MOST]
    rows = [_row(each) for each in cut]
    if rows:
        show(table(rows, titles=("node", "why", "last time"), right=(2,)))
    if len(cut) < len(shown):
        show(paint(f"... and {count(len(shown) - len(cut))} more (`--all` shows them)", "dim"))
    for each in plan.runs:
        if each.note:
            show(f"note: node `{each.node.name}`: {each.note}")
    for warning in plan.warnings:
        say(f"{paint('warning:', 'yellow', sys.stderr)} {warning}")
    say(_summary(plan))


def _row(planned: Planned) -> tuple[str, str, str]:
    name = planned.node.name
    if planned.n_tasks > 1:
        name += f" ({planned.n_tasks} partitions)"
    why = str(planned.reason) if planned.reason is not None else "reused"
    return name, why, "" if planned.seconds is None else duration(planned.seconds)


def _summary(plan: Plan) -> str:
    if not plan.runs:
        return f"nothing to do: all {count(len(plan.nodes))} results still hold"
    text = f"{plural(len(plan.runs), 'node')} would run, {count(len(plan.reused))} reused"
    return f"{text}; last time they took {duration(plan.seconds)}" if plan.seconds else text
