"""Ask a version its golden requests in a process of its own, and compare."""

from __future__ import annotations

from collections.abc import Sequence

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import models as complete
from tilth.cli.opening import opened
from tilth.cli.output import duration, paint, plural, say, show, show_json
from tilth.models.host import Lack, told_figures
from tilth.project.replaying import BundleTest, replayed

__all__ = ["test"]


@command(
    examples=(
        ("tilth models test late@2", "as it is promoted: digests, answers, what it takes"),
        ("tilth models test late@production --json", "all figures, beside what is there for it"),
        ("tilth models test late@2 --clean", "with its exact libraries, installed anew"),
    )
)
@click.argument("model", shell_complete=complete)
@click.option("--clean", is_flag=True, help="Install its exact libraries anew, from an index.")
def test(invocation: Invocation, model: str, clean: bool) -> int:
    """Ask MODEL its golden requests in a process of its own, and compare the answers.

    Each file of its bundle is held against its digest first. The process has the libraries that
    the bundle names, and no others; a model in ONNX is asked in one of its own. What that takes
    is held against `runs_on` in goals.yml. The exit code is 0 where all answers are as recorded
    and the model lacks nothing where it shall run, else 1.
    """
    with opened(invocation) as project:
        found = replayed(project, model, clean=clean)
    if invocation.json:
        show_json(found.as_dict())
    else:
        _show(found)
    return 0 if found.ok else 1


_NAMES = {"onnx": "in ONNX", "native": "as it is"}


def _fits(lacks: Sequence[Lack]) -> str:
    return f"it lacks {', '.join(dict.fromkeys(each.what for each in lacks))}" if lacks else "fits"


def _show(found: BundleTest) -> None:
    colour = "green" if found.state == "passed" else "red"
    asked = plural(found.rows, "row")
    if "onnx" in found.models:
        asked += ", in ONNX and as it is"
    python = f", Python {found.python}" if found.python else ""
    title = f"{found.version.name}: {found.state} ({asked}{python})"
    show(paint(title, colour))
    for each in found.faults:
        show(f"  {each}")
    for form in found.forms:
        if form.figures:
            show(f"  {_NAMES[form.name]}: {told_figures(form.figures)}")
    for host, lacks in found.hosts:
        show(paint(f"{host.alias}: {_fits(lacks)}", "red" if lacks else "green"))
        for lack in lacks:
            show(f"  {lack.text}")
            say(f"  hint: {lack.hint}")
    for each in found.notes:
        say(f"note: {each}")
    say(f"in {duration(found.seconds)}")
