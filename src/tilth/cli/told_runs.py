"""How the difference between two runs is told in a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tilth.cli.output import count, paint, show, size, table
from tilth.project.compare import RunDifference

_MOST_LINES = 12


def show_difference(found: RunDifference) -> None:
    """Section by section; what does not differ is not spoken of."""
    section("parameters", _parameters(found))
    section("code", _code(found))
    section("data", map(_version, found.data))
    section("results", map(_version, found.results))
    section("metrics", _metrics(found))
    section("libraries", (f"{r['name']}: {r['old']} -> {r['new']}" for r in found.libraries))
    section("nodes", (f"{r['node']} is only in run {r['only_in']}" for r in found.nodes))
    section("commit", (f"{_short(r['old'])} -> {_short(r['new'])}" for r in found.commits))


def section(title: str, lines: Iterable[str]) -> None:
    """A title and its lines, where there are any."""
    found = list(lines)
    if found:
        show(paint(title, "bold"))
        show("\n".join(f"  {line}" for line in found))


def _parameters(found: RunDifference) -> Iterable[str]:
    for row in found.parameters:
        old = "not there" if row["old"] is None else row["old"]
        new = "gone" if row["new"] is None else row["new"]
        yield f"{row['argument']}: {old} -> {new} (in {_nodes(row)})"


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
            number(row["old"]),
            "->",
            number(row["new"]),
            "" if row["change"] is None else f"{row['change']:+.4g}",
        )
        for row in found.metrics
    ]
    return table(rows, right=(1, 3, 4)).splitlines()


def number(value: float | None) -> str:
    """Six digits, and a dash for what is not there."""
    return "-" if value is None else f"{value:.6g}"


def _short(commit: str) -> str:
    return commit[:12] or "(none)"


def interval(low: float | None, high: float | None) -> str:
    """`0.71 to 0.74`; nothing where there is none."""
    return "" if low is None or high is None else f"{low:.4g} to {high:.4g}"
