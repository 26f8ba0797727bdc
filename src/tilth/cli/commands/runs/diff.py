"""Say exactly what differs between two runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from tilth.cli.command import Invocation, command
from tilth.cli.numbered import RUN, number
from tilth.cli.opening import opened
from tilth.cli.output import show, show_json, table
from tilth.cli.told_runs import number as figure
from tilth.cli.told_runs import section, show_difference
from tilth.project.compare import run_difference

if TYPE_CHECKING:
    from tilth.project.attribution import MetricAttribution

__all__ = ["diff"]


@command(
    examples=(
        ("tilth runs diff 11 12", "parameters, code, data, metrics, libraries"),
        ("tilth runs diff", "the newest against the one before it"),
        ("tilth runs diff 11 12 --attribute test.auc", "how much of it is data, how much code?"),
        ("tilth runs diff 11 12 --json", "the same for programs"),
    )
)
@click.argument("old", type=RUN, default="last-1")
@click.argument("new", type=RUN, default="last")
@click.option("--attribute", metavar="METRIC", help="Split its change: data, code, parameters.")
def diff(invocation: Invocation, old: int, new: int, attribute: str | None) -> None:
    """Say exactly what differs between the runs OLD and NEW.

    With --attribute, old code is run on new data and so on, where this was not done before;
    these trials are kept apart from the project's runs.
    """
    split = None
    with opened(invocation) as project:
        found = run_difference(project, number(project, old), number(project, new))
        if attribute is not None:
            from tilth.project.attribution import attributed  # only who asks needs it

            split = attributed(project, attribute, found.old, found.new)
    if invocation.json:
        told = found.as_dict()
        show_json(told if split is None else {**told, "attribution": split.as_dict()})
        return
    if found.is_empty:
        show(f"nothing differs between run {found.old} and run {found.new}")
    else:
        show_difference(found)
    if split is not None:
        section(f"why {split.metric} changed", _attribution(split))


def _attribution(found: MetricAttribution) -> Iterable[str]:
    yield f"{figure(found.before)} -> {figure(found.after)} ({found.change:+.4g})"
    if found.refused:
        differs = f"{' and '.join(found.factors)} differ, and cannot be told apart: "
        yield (differs if found.factors else "") + found.refused
        return
    rows = [(f"{part:+.4g}", _FACTORS[name]) for name, part in found.parts.items()]
    yield from table(rows, right=(0,)).splitlines()
    if len(found.factors) > 1:
        yield f"of which {found.together:+.4g} only together, split evenly"
        cells = [
            (figure(each.value), f"new {', '.join(each.new)}" if each.new else "all old", each.how)
            for each in found.cells
        ]
        yield from table(cells, titles=("value", "", ""), right=(0,)).splitlines()


_FACTORS = {
    "data": "by the data",
    "code": "by the code, with what it uses",
    "params": "by the parameters",
}
