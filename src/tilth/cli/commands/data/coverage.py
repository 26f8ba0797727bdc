"""Show which required cases, and pairs of values, a dataset has rows of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import datasets
from tilth.cli.opening import opened
from tilth.cli.output import paint, plural, say, show, show_json, table
from tilth.project.covering import Case, Coverage
from tilth.project.covering import coverage as covered

__all__ = ["coverage"]

_FEW = 10


@command(
    examples=(
        ("tilth data coverage trips", "the cases that its contract requires"),
        ("tilth data coverage trips --pairs carrier,origin,month", "which pairs no row has"),
        ("tilth data coverage test --against train", "rows unlike all that was learned from"),
        ("tilth data coverage test --against train --columns carrier,hour", "by these alone"),
    )
)
@click.argument("dataset", shell_complete=datasets)
@click.option("--pairs", metavar="COLUMNS", help="Count pairs of values of these, or of `all`.")
@click.option(
    "--against", metavar="DATASET", shell_complete=datasets, help="How far from its rows?"
)
@click.option("--columns", metavar="COLUMNS", help="What that distance is about.")
def coverage(
    invocation: Invocation,
    dataset: str,
    *,
    pairs: str | None,
    against: str | None,
    columns: str | None,
) -> int:
    """Show what DATASET covers: required cases, pairs of values, distance to other rows.

    Cases are what its contract requires (`cases: ["carrier = 'HA'"]`). The exit code is 1 where
    one of them lacks rows.
    """
    with opened(invocation) as project:
        names = _names(pairs)
        if pairs == "all":
            names = _columns(project.load(dataset, shape="polars.LazyFrame"))
        found = covered(project, dataset, pairs=names, against=against, columns=_names(columns))
    if invocation.json:
        show_json(found.as_dict())
    else:
        _show(found)
    return 1 if any(each.missing for each in found.cases) else 0


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [each.strip() for each in text.split(",") if each.strip()]


def _columns(lazy: object) -> list[str]:
    return list(lazy.collect_schema().names())  # type: ignore[attr-defined]  # a Polars frame


def _show(found: Coverage) -> None:
    if found.cases:
        rows = [_case(each) for each in found.cases]
        show(table(rows, titles=("case", "rows", "at least", ""), right=(1, 2)))
    if found.pairs is not None:
        _show_pairs(found)
    if found.distances is not None:
        _show_distances(found)
    lacking = [each for each in found.cases if each.missing]
    if lacking:
        say(f"rows are lacking in {len(lacking)} of {plural(len(found.cases), 'case')}")


def _case(each: Case) -> tuple[str, ...]:
    lacks = paint(f"lacks {each.missing:,}", "yellow") if each.missing else ""
    return each.condition, f"{each.rows:,}", f"{each.least:,}", lacks


def _show_pairs(found: Coverage) -> None:
    pairs = found.pairs
    assert pairs is not None
    named = ", ".join(pairs.columns)
    show(
        f"{pairs.seen:,} of {pairs.possible:,} pairs of values ({pairs.share:.0%}) have rows: "
        f"of {named}"
    )
    holes = [(each.text, f"{each.expected:,.0f}") for each in pairs.holes[:_FEW]]
    if holes:
        show(table(holes, titles=("no row has", "expected by chance"), right=(1,)))
    _say_more(len(pairs.holes), len(holes))


def _show_distances(found: Coverage) -> None:
    distances = found.distances
    assert distances is not None
    show(
        f"{len(distances.far):,} of {found.n_rows:,} rows ({distances.share:.1%}) are farther "
        f"from `{found.against}` than 99 of 100 of its own rows are from one another"
    )
    if found.far:
        show(table(map(_far, found.far), titles=("row", "distance", "")))
    _say_more(len(distances.far), len(found.far))


def _far(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        f"{row['row']:,}",
        f"{row['distance']:.2f}",
        _cut(f"{name} = {value}" for name, value in row["is"].items()),
    )


def _cut(parts: Iterable[str], most: int = 90) -> str:
    text = ", ".join(parts)
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _say_more(n: int, shown: int) -> None:
    if n > shown:
        say(f"... and {n - shown:,} more (`--json`)")
