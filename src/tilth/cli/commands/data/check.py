"""Hold data against its contracts, any version of it."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import datasets
from tilth.cli.opening import opened
from tilth.cli.output import paint, say, show, show_json
from tilth.contract.report import Report
from tilth.errors import MissingDataError
from tilth.project import Project

__all__ = ["check"]


@command(
    examples=(
        ("tilth data check", "everything that has a contract"),
        ("tilth data check trips", "one dataset"),
        ("tilth data check trips --version 12", "as run 12 made or read it"),
        ("tilth data check --json", "findings for programs"),
    )
)
@click.argument("names", nargs=-1, metavar="[DATASET]...", shell_complete=datasets)
@click.option("--version", metavar="RUN|DIGEST", help="Which one; the newest if not given.")
def check(invocation: Invocation, names: tuple[str, ...], version: str | None) -> int:
    """Hold DATASETs against their contracts; all that have one, where none is named.

    Nothing is run, and nothing is recorded. The exit code is 0 where every promise is kept or
    what is broken only warns or sets apart, and 1 where a promise that stops is broken.
    """
    with opened(invocation) as project:
        reports = _reports(project, names, version)
    if invocation.json:
        show_json([each.as_dict() for each in reports])
    else:
        for each in reports:
            _show(each)
        if not reports:
            say("no dataset that was made has a contract")
    return 0 if all(each.ok for each in reports) else 1


def _reports(project: Project, names: tuple[str, ...], version: str | None) -> list[Report]:
    if names:
        return [project.check(name, version) for name in names]
    found = []
    for name in project.definition.written:
        try:
            found.append(project.check(name, version))
        except MissingDataError as error:
            say(f"{name}: {error}")
    return found


def _show(report: Report) -> None:
    colour = "red" if not report.ok else "yellow" if report.findings else "green"
    title, _, rest = report.text.partition("\n")
    show(paint(title, colour))
    if rest:
        show(rest)
