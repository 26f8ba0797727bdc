"""Run what changed."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tilth.cli import completing
from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened_for
from tilth.cli.output import count, duration, paint, say, show, show_json, table
from tilth.cli.planned import show_plan
from tilth.cli.progress import Progress, counted, tell_warnings
from tilth.cli.selecting import selecting, selection_of
from tilth.graph.select import Selection
from tilth.project import Project
from tilth.project.result import Result
from tilth.project.unexamined import unexamined

if TYPE_CHECKING:
    from tilth.project.delivery import Delivered

__all__ = ["run"]

_MOST_PLACES = 12


@command(
    examples=(
        ("tilth run", "run what changed, and nothing else"),
        ("tilth run --to report", "only what one dataset needs"),
        ("tilth run models --workers 4", "one pipeline, four nodes at once"),
        ("tilth run --set tree.max_depth=6", "with another parameter"),
        ("tilth run --hold code", "refuse if code or parameters differ from the last run's"),
        ("tilth run flow.py", "a single Python file; no project needed"),
        ("tilth run --register", "its models become versions, each with its bundle"),
        ("tilth run --plan", "only say what would run"),
    )
)
@click.argument(
    "pipelines",
    nargs=-1,
    metavar="[PIPELINE]... | [FILE.py]",
    shell_complete=completing.pipelines,
)
@selecting
@click.option(
    "--force",
    multiple=True,
    metavar="NODE",
    shell_complete=completing.nodes,
    help="These run in any case.",
)
@click.option("-w", "--workers", type=click.IntRange(1), help="How many nodes run at once.")
@click.option("--executor", metavar="NAME", help="Where: see `tilth list executors`.")
@click.option("--keep-going", is_flag=True, help="Go on with what does not depend on a failure.")
@click.option("--note", default="", metavar="TEXT", help="Keep a note with the run.")
@click.option("--hold", metavar="code|data[=RUN]", help="Refuse to run where this has changed.")
@click.option("--register", is_flag=True, help="Register the models, each with its bundle.")
@click.option("--plan", "only_plan", is_flag=True, help="Say what would run; run nothing.")
def run(  # noqa: PLR0917 - click gives all by name
    invocation: Invocation,
    pipelines: tuple[str, ...],
    force: tuple[str, ...],
    workers: int | None,
    executor: str | None,
    keep_going: bool,
    note: str,
    hold: str | None,
    register: bool,
    only_plan: bool,
    **selection: tuple[str, ...],
) -> int:
    """Run what changed: all pipelines, those that are named, or a part of them.

    Progress and the summary go to standard error, and where the results lie to standard
    output. NAMES may hold wildcards, and several with commas: `train_*,trips`.
    """
    project, names = opened_for(invocation, pipelines)
    with project:
        tell_warnings(project)
        chosen = selection_of(selection)
        if only_plan:
            _plan(invocation, project, names, chosen, force)
            return 0
        if register:
            _look_at_goals(project)
        progress = Progress(
            lambda: project.history.seconds(project.selected(names, chosen).by_name),
            workers or project.config.settings.workers,
        )
        try:
            result = project.run(
                *names,
                selection=chosen,
                force=force,
                workers=workers,
                executor=executor,
                keep_going=keep_going,
                observers=[progress],
                trigger="command",
                arguments=shlex.join(sys.argv[1:]),
                note=note,
                hold=hold,
            )
        finally:
            progress.close()
        models = _delivered(project, result) if register and result.ok else None
        _tell(invocation, project, result, progress.made, models)
    return 0 if result.ok else 1


def _look_at_goals(project: Project) -> None:
    """Have mistakes told before anything runs."""
    from tilth.models.goals import read_goals  # few runs register anything

    read_goals(project.folder)


def _delivered(project: Project, result: Result) -> list[Delivered]:
    from tilth.project.delivery import delivered  # it knows of more than a run has to

    return delivered(project, result.versions)


def _plan(
    invocation: Invocation,
    project: Project,
    names: tuple[str, ...],
    selection: Selection | None,
    force: Iterable[str],
) -> None:
    planned = project.plan(*names, selection=selection, force=force)
    if invocation.json:
        show_json(planned.as_dict())
    else:
        show_plan(planned)


def _tell(
    invocation: Invocation,
    project: Project,
    result: Result,
    made: Collection[str],
    models: Sequence[Delivered] | None,
) -> None:
    if invocation.json:
        registered = [] if models is None else [each.as_dict() for each in models]
        show_json(result.as_dict() | ({} if models is None else {"registered": registered}))
    elif result.ok:
        _show_places(project, made)
    say(_summary(result))
    for each in models or ():
        say(_registered(each))
    if result.ok and made and not invocation.json:
        _say_what_nobody_looks_at(project, result, made)
    if result.failures:
        _go_on(project, invocation, result)


def _registered(model: Delivered) -> str:
    name = model.version.name
    if model.without_bundle:
        return f"{name} has no bundle: {model.without_bundle}"
    what = "is registered, with its bundle" if model.is_new else "is what it was"
    return f"{name} {what}: `tilth models show {name}`"


def _summary(result: Result) -> str:
    n = sum(result.counts.values())
    if result.ok and result.counts.get("reused", 0) == n:
        return f"nothing to do: all {count(n)} results still hold ({duration(result.seconds)})"
    colour = "green" if result.ok else "red"
    title = paint(f"run {result.run}", colour, sys.stderr)
    return f"{title}: {counted(result.counts)}, in {duration(result.seconds)}"


def _show_places(project: Project, names: Collection[str]) -> None:
    """Say where the files lie that this run made."""
    made = [
        (name, _from_here(project.folder, entry.location))
        for name, entry in project.catalog.items()
        if entry.location and name in names
    ]
    cut = made[:_MOST_PLACES] if sys.stdout.isatty() else made
    if cut:
        show(table(cut))
    if len(cut) < len(made):
        show(paint(f"... and {len(made) - len(cut)} more (`tilth data ls`)", "dim"))


def _say_what_nobody_looks_at(project: Project, result: Result, made: Collection[str]) -> None:
    models = unexamined(
        project, [result.versions[name] for name in made if name in result.versions]
    )
    if models:
        told = f"nobody looks at where `{models[0]}` fails: `tilth doctor` says what to add"
        say(paint(told, "dim", sys.stderr))


def _from_here(folder: Path, location: str) -> str:
    """As one would type it where one is."""
    return os.path.relpath(folder / location) if ":" not in location else location


def _go_on(project: Project, invocation: Invocation, result: Result) -> None:
    first = shlex.quote(next(iter(result.failures)))
    where = f" -C {shlex.quote(invocation.project)}" if invocation.project else ""
    again = f" {shlex.quote(invocation.project)}" if project.script is not None else where
    say("\ngo on:")
    rows = [
        (f"  tilth debug {first}{where}", "a prompt with its inputs loaded"),
        (f"  tilth run{again}", "goes on where it stopped; what is done is kept"),
    ]
    say(table(rows))
