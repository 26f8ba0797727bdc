"""Which run is meant: its number, `last`, or counted from the end as `-1`."""

from __future__ import annotations

from typing import Any

import click

from tilth.errors import UnknownNameError
from tilth.project import Project


class _Run(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions alone
    """A run's number; `last` is the newest, `last-1` the one before it."""

    name = "run"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if text.isdigit() and int(text) > 0:
            return int(text)
        back = text.removeprefix("last").removeprefix("-")
        if text.startswith("last") and (back.isdigit() or text == "last"):
            return -int(back or 0)
        raise click.BadParameter(f"`{text}` is no run: give its number, `last`, or `last-1`", ctx)


RUN = _Run()


def number(project: Project, run: int) -> int:
    """The number of a run; 0 stands for the newest, -1 for the one before it.

    Raises:
        UnknownNameError: There is no such run.
    """
    if run > 0:
        return project.history.run(run).id
    found = project.history.runs(n=1 - run)
    if len(found) < 1 - run:
        raise UnknownNameError("run", "last" if run == 0 else f"last{run}", _known(project))
    return found[-run].id


def _known(project: Project) -> list[str]:
    return [str(each.id) for each in project.history.runs(n=8)]
