"""Run the whole pipeline on a small data set that is made from the project's own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tilth.cli import completing
from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened_for
from tilth.cli.output import count, paint, say, show, show_json, table
from tilth.cli.progress import Progress, tell_warnings

if TYPE_CHECKING:
    from tilth.project.mini.derive import Derived
    from tilth.project.mini.lighter import Lighter
    from tilth.project.mini.tested import Check, Tested

__all__ = ["test"]

_COLOURS = {"passed": "green", "failed": "red", "left out": "yellow"}


@command(
    examples=(
        ("tilth test", "does the whole pipeline work? On 2,000 rows of each source"),
        ("tilth test models", "one pipeline, with all that makes its inputs"),
        ("tilth test --rows 500 --edges off", "fewer rows, and only such as there are"),
        ("tilth test --keep /tmp/mini", "keep all of it, and look closer:"),
        ("tilth debug train_tree -C /tmp/mini", "a prompt with the mini inputs loaded"),
    )
)
@click.argument(
    "pipelines",
    nargs=-1,
    metavar="[PIPELINE]... | [FILE.py]",
    shell_complete=completing.pipelines,
)
@click.option("--rows", type=click.IntRange(1), help="Rows of each table, about (2,000).")
@click.option("--seed", type=int, default=0, help="Of the draw; another gives other rows (0).")
@click.option(
    "--edges",
    type=click.Choice(["on", "off"]),
    default="on",
    help="Put in odd values that contracts allow: ends of ranges, nulls, empty texts (on).",
)
@click.option(
    "--full",
    is_flag=True,
    help="With the folds, trials and rows that stages are told of, not fewer.",
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Keep data, results and history of the test there.",
)
def test(  # noqa: PLR0917 - click gives all by name
    invocation: Invocation,
    pipelines: tuple[str, ...],
    rows: int | None,
    seed: int,
    edges: str,
    full: bool,
    keep: Path | None,
) -> int:
    """Run the whole pipeline on a small data set that is made from the project's own.

    Of each source some rows are drawn, such that joins find their partners, each class of a
    target is there, and there are rows on both sides of each date among the parameters. Odd
    values that contracts allow are put in. Stages get by with fewer folds, trials and rows to
    explain, which is told. Everything runs twice, and the results are looked at. Neither
    history, store nor results of the project are touched. Ends with 1 where a check fails.
    """
    from tilth.project.mini.run import ROWS, Asked, tested  # only who tests needs it

    project, names = opened_for(invocation, pipelines)
    with project:
        tell_warnings(project)
        progress = Progress(
            lambda: project.history.seconds(project.selected(names).by_name),
            project.config.settings.workers,
        )
        asked = Asked(
            rows=rows or ROWS,
            seed=seed,
            edges=edges == "on",
            full=full,
            keep=keep,
            sources_told=None if invocation.json else _tell_sources,
            lighter_told=None if invocation.json else _tell_lighter,
            observers=(progress,),
        )
        try:
            outcome = tested(project, names, asked)
        finally:
            progress.close()
    _tell(invocation, outcome)
    return 0 if outcome.ok else 1


def _tell_sources(sources: Sequence[Derived]) -> None:
    """What the mini data set consists of; before it runs, as it takes a while."""
    if not sources:
        say("no sources: the pipelines make their data themselves")
        return
    rows = [(f"  {each.dataset}", _size(each), _how(each)) for each in sources]
    say(table(rows, right=[1]))


def _tell_lighter(settings: Sequence[Lighter]) -> None:
    """Which settings are smaller than the project's: a line for each pipeline."""
    lines: dict[tuple[str, str], list[str]] = {}
    for each in settings:
        told = f"{each.setting} {count(each.now)} for {count(each.was)}"
        lines.setdefault((each.pipeline, each.stage), []).append(told)
    if lines:
        say("to take less time (--full leaves it):")
        rows = [
            (f"  {name}", f"stage {stage}", ", ".join(told))
            for (name, stage), told in lines.items()
        ]
        say(table(rows))


def _size(source: Derived) -> str:
    if source.rows is None:
        return ""
    whole = source.of_rows is None or source.of_rows == source.rows
    return (
        f"{count(source.rows)} rows"
        if whole
        else (f"{count(source.rows)} of {count(source.of_rows)} rows")
    )


def _how(source: Derived) -> str:
    parts = []
    if source.joined:
        parts.append("with " + "; ".join(source.joined))
    if source.edges:
        n = len(source.edges)
        parts.append(f"{n} odd value{'' if n == 1 else 's'} put in")
    return ", ".join([*parts, *([source.note] if source.note else [])])


def _tell(invocation: Invocation, tested: Tested) -> None:
    if invocation.json:
        show_json(tested.as_dict())
    else:
        show(table([_row(each) for each in tested.checks]))
    closer = list(dict.fromkeys(each.command for each in tested.failures))
    if closer:
        say("\nlook closer:")
        for each in closer:
            say(f"  {each}")
    colour = "green" if tested.ok else "red"
    say(paint(tested.title, colour, sys.stderr))


def _row(check: Check) -> tuple[str, ...]:
    about = f"{check.about}: " if check.about else ""
    return paint(check.state, _COLOURS[check.state]), check.name, f"{about}{check.message}"
