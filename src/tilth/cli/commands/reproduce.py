"""Make a run again, and say whether the same comes of it, to the byte."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.numbered import RUN, number
from tilth.cli.opening import opened
from tilth.cli.output import duration, paint, plural, say, show, show_json
from tilth.project.remade import BLOCKED, FAILED, OTHER, SAME, TIMES, Remade
from tilth.project.reproducing import Reproduction, reproduced

__all__ = ["reproduce"]

_COLOURS = {SAME: "green", TIMES: "green", OTHER: "red", FAILED: "red", BLOCKED: "yellow"}


@command(
    examples=(
        ("tilth reproduce 12", "run 12 again, in a place of its own"),
        ("tilth reproduce last", "the newest run"),
        ("tilth reproduce 12 --json", "each digest then and now, for programs"),
    )
)
@click.argument("run", type=RUN)
def reproduce(invocation: Invocation, run: int) -> int:
    """Make RUN again from the bytes that it read, and compare each result to the byte.

    Every node of it runs, with the run's parameters; nothing of the project is changed. Where a
    result is another, it is said where that comes from: code, a parameter, a source, a library,
    or the node itself. The exit code is 0 where all is the same, but for measured times, else 1.
    """
    with opened(invocation) as project:
        found = reproduced(project, number(project, run))
    if invocation.json:
        show_json(found.as_dict())
    else:
        _show(found)
    return 0 if found.ok else 1


def _show(found: Reproduction) -> None:
    for each in found.nodes:
        _show_node(each)
    for note in found.notes:
        say(f"note: {note}")
    if found.commit:
        say(f"note: the code is that of commit {found.commit[:12]}")
    counts = ", ".join(f"{n} {state}" for state, n in found.counts.items())
    nodes = plural(len(found.nodes), "node")
    say(f"run {found.run.id}: {nodes}: {counts}, in {duration(found.seconds)}")


def _show_node(found: Remade) -> None:
    show(f"{paint(found.state, _COLOURS.get(found.state, 'dim'))} {found.node}")
    for each in (*found.causes, *found.places):
        for line in each.splitlines():
            show(f"  {line}")
