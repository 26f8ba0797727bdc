"""Which run is meant: its number, `last`, or counted from the end as `-1`."""

from __future__ import annotations

from typing import Any

import click

from tilth.project.runs import run_number as number

__all__ = ["RUN", "number"]


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
