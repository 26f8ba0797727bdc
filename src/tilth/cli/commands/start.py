"""From a table to a model and a report, without a project."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import click

from tilth.cli.command import Invocation, command
from tilth.cli.output import duration, paint, say, show_json
from tilth.cli.progress import Progress
from tilth.cli.told_report import tell
from tilth.project import Project
from tilth.project.models import register
from tilth.project.result import Result
from tilth.project.starting import Asked
from tilth.project.starting import start as started

__all__ = ["start"]

_MODELS = ("forest", "boosting")
_MOST_WORKERS = 4


@command(
    examples=(
        ("tilth start houses.csv --target price", "models, what they miss, and a report"),
        ("tilth start visits.parquet --target bought --time day", "tested on the latest days"),
        ("tilth start scans.csv --target ill --group patient", "no patient on both sides"),
        ("tilth start houses.csv --target price --trials 20", "with settings that are searched"),
        ("tilth eject", "then, the ordinary project that just ran"),
    )
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--target", required=True, metavar="COLUMN", help="What is to be predicted.")
@click.option(
    "--task",
    type=click.Choice(["auto", "classification", "regression"]),
    default="auto",
    help="Found out by itself as usual.",
)
@click.option("--time", default="", metavar="COLUMN", help="Test on the latest rows by this.")
@click.option("--group", default="", metavar="COLUMN", help="Keep rows that share it together.")
@click.option("--drop", multiple=True, metavar="COLUMN", help="Leave it out; may be repeated.")
@click.option("--metric", default="", metavar="NAME", help="What models are compared by.")
@click.option(
    "--model", "models", multiple=True, metavar="NAME", help=f"As usual {' and '.join(_MODELS)}."
)
@click.option("--trials", type=click.IntRange(0), default=0, help="Settings tried of each model.")
@click.option("--test", type=click.FloatRange(0.01, 0.9), default=0.2, help="Share to test on.")
@click.option(
    "-w",
    "--workers",
    type=click.IntRange(1),
    default=min(_MOST_WORKERS, os.cpu_count() or 1),
    help="How many nodes run at once.",
)
@click.option("--open/--no-open", "is_opened", default=None, help="Show the report in the browser.")
def start(  # noqa: PLR0917 - click gives all by name
    invocation: Invocation,
    file: Path,
    target: str,
    task: str,
    time: str,
    group: str,
    drop: tuple[str, ...],
    metric: str,
    models: tuple[str, ...],
    trials: int,
    test: float,
    workers: int,
    is_opened: bool | None,
) -> int:
    """From FILE, a table, to a model of one column, its weak places, and a report.

    The table is looked through, split, and prepared; models are trained beside the simplest
    ones, the best is tested, looked at and explained. What ran is an ordinary project, kept in
    `.tilth/started/`: asked again, only what changed runs, and `tilth eject` makes it yours.
    """
    asked = Asked(
        file=file, target=target, task=task, time=time, group=group, drop=drop, metric=metric,
        models=models or _MODELS, trials=trials, test=test,
    )  # fmt: skip
    folder = started(asked, Path())
    with Project(folder) as project:
        result = _ran(project, workers)
        if not result.ok:
            _go_on(folder, result)
            return 1
        registered = register(project, f"{asked.model}_model", asked.model)
        found = project.report(result.run)
        page = found.save(folder / "reports" / "report.html")
    if invocation.json:
        told = {"page": str(page), "folder": str(folder), "model": registered.name}
        show_json({**found.as_dict(), **told})
        return 0
    tell(found)
    say(f"\n{_summary(result)}")
    say(f"  {os.path.relpath(page)}")
    card = f"`tilth models card {registered.name} -C {shlex.quote(str(folder))}`"
    say(paint(f"the model is {registered.name}: {card} tells what it is", "dim", sys.stderr))
    say(paint("`tilth eject` writes the project that just ran", "dim", sys.stderr))
    if is_opened if is_opened is not None else sys.stdout.isatty():
        click.launch(str(page.resolve()))
    return 0


def _ran(project: Project, workers: int) -> Result:
    progress = Progress(lambda: project.history.seconds(project.everything.by_name), workers)
    try:
        return project.run(
            workers=workers,
            observers=[progress],
            trigger="command",
            arguments=shlex.join(sys.argv[1:]),
        )
    finally:
        progress.close()


def _summary(result: Result) -> str:
    reused, n = result.counts.get("reused", 0), sum(result.counts.values())
    what = "nothing changed since: " if reused == n else ""
    return f"{what}{n} nodes, {n - reused} of them ran, in {duration(result.seconds)}"


def _go_on(folder: Path, result: Result) -> None:
    first = shlex.quote(next(iter(result.failures), ""))
    say(f"\n{paint('it did not come to its end', 'red', sys.stderr)}; to look closer:")
    say(f"  tilth debug {first} -C {shlex.quote(str(folder))}")
