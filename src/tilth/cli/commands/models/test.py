"""Ask a version its golden requests in a process of its own, and compare."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import models as complete
from tilth.cli.opening import opened
from tilth.cli.output import duration, paint, plural, say, show, show_json
from tilth.project.replaying import BundleTest, replayed

__all__ = ["test"]


@command(
    examples=(
        ("tilth models test late@2", "as it is promoted: digests, then answers"),
        ("tilth models test late@2 --clean", "with its exact libraries, installed anew"),
    )
)
@click.argument("model", shell_complete=complete)
@click.option("--clean", is_flag=True, help="Install its exact libraries anew, from an index.")
def test(invocation: Invocation, model: str, clean: bool) -> int:
    """Ask MODEL its golden requests in a process of its own, and compare the answers.

    Each file of its bundle is held against its digest first. The process has the libraries that
    the bundle names, and no others; a model in ONNX is asked in one of its own. The exit code is
    0 where all answers are as recorded, else 1.
    """
    with opened(invocation) as project:
        found = replayed(project, model, clean=clean)
    if invocation.json:
        show_json(found.as_dict())
    else:
        _show(found)
    return 0 if found.ok else 1


def _show(found: BundleTest) -> None:
    colour = "green" if found.ok else "red"
    asked = plural(found.rows, "row")
    if "onnx" in found.models:
        asked += ", in ONNX and as it is"
    python = f", Python {found.python}" if found.python else ""
    title = f"{found.version.name}: {found.state} ({asked}{python})"
    show(paint(title, colour))
    for each in found.faults:
        show(f"  {each}")
    for each in found.notes:
        say(f"note: {each}")
    say(f"in {duration(found.seconds)}")
