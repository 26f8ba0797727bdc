"""Say exactly what differs between two runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from tilth.cli.command import Invocation, command
from tilth.cli.numbered import RUN, number
from tilth.cli.opening import opened
from tilth.cli.output import count, paint, show, show_json, size, table
from tilth.project.compare import RunDifference, run_difference

if TYPE_CHECKING:
    from tilth.project.attribution import MetricAttribution

__all__ = ["diff"]

_MOST_LINES = 12


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
        _show(found)
    if split is not None:
        _section(f"why {split.metric} changed", _attribution(split))


def _attribution(found: MetricAttribution) -> Iterable[str]:
    yield f"{_number(found.before)} -> {_number(found.after)} ({found.change:+.4g})"
    if found.refused:
        differs = f"{' and '.join(found.factors)} differ, and cannot be told apart: "
        yield (differs if found.factors else "") + found.refused
        return
    rows = [(f"{part:+.4g}", _FACTORS[name]) for name, part in found.parts.items()]
    yield from table(rows, right=(0,)).splitlines()
    if len(found.factors) > 1:
        yield f"of which {found.together:+.4g} only together, split evenly"
        cells = [
            (_number(each.value), f"new {', '.join(each.new)}" if each.new else "all old", each.how)
            for each in found.cells
        ]
        yield from table(cells, titles=("value", "", ""), right=(0,)).splitlines()


_FACTORS = {
    "data": "by the data",
    "code": "by the code, with what it uses",
    "params": "by the parameters",
}


def _show(found: RunDifference) -> None:
    _section("parameters", _parameters(found))
    _section("code", _code(found))
    _section("data", map(_version, found.data))
    _section("results", map(_version, found.results))
    _section("metrics", _metrics(found))
    _section("libraries", (f"{r['name']}: {r['old']} -> {r['new']}" for r in found.libraries))
    _section("nodes", (f"{r['node']} is only in run {r['only_in']}" for r in found.nodes))
    _section("commit", (f"{_short(r['old'])} -> {_short(r['new'])}" for r in found.commits))


def _section(title: str, lines: Iterable[str]) -> None:
    found = list(lines)
    if found:
        show(paint(title, "bold"))
        show("\n".join(f"  {line}" for line in found))


def _parameters(found: RunDifference) -> Iterable[str]:
    for row in found.parameters:
        yield f"{row['argument']}: {row['old']} -> {row['new']} (in {_nodes(row)})"


def _code(found: RunDifference) -> Iterable[str]:
    for row in found.code:
        place = f" ({row['file']}:{row['line']})" if row["file"] else ""
        yield f"{row['part']}{place} in {_nodes(row)}"
        for line in row["changes"][:_MOST_LINES]:
            yield "  " + paint(line, "green" if line.startswith("+") else "red")
        if len(row["changes"]) > _MOST_LINES:
            yield f"  ... {len(row['changes']) - _MOST_LINES} more lines"


def _nodes(row: dict[str, Any]) -> str:
    shown = ", ".join(row["nodes"][:3])
    return shown + (f" and {len(row['nodes']) - 3} more" if len(row["nodes"]) > 3 else "")


def _version(row: dict[str, Any]) -> str:
    return f"{row['dataset']}: {_extent(row, 'old')} -> {_extent(row, 'new')}"


def _extent(row: dict[str, Any], side: str) -> str:
    fingerprint = row[side]
    if not fingerprint:
        return "not there"
    rows, n_bytes = row[f"{side}_rows"], row[f"{side}_bytes"]
    known = f"{count(rows)} rows" if rows is not None else size(n_bytes)
    digest = fingerprint.partition(":")[2][:8]
    return f"{known} ({digest})" if known else digest


def _metrics(found: RunDifference) -> Iterable[str]:
    rows = [
        (
            f"{row['node']}.{row['name']}",  # as --attribute takes it
            _number(row["old"]),
            "->",
            _number(row["new"]),
            "" if row["change"] is None else f"{row['change']:+.4g}",
        )
        for row in found.metrics
    ]
    return table(rows, right=(1, 3, 4)).splitlines()


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"


def _short(commit: str) -> str:
    return commit[:12] or "(none)"
