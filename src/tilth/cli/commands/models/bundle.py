"""Put a version with all that belongs to it into one folder or file."""

from __future__ import annotations

from pathlib import Path

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import models as complete
from tilth.cli.opening import opened
from tilth.cli.output import say, show, show_json, size, table
from tilth.project.bundling import Bundled, bundled, made_again, write_bundle

__all__ = ["bundle"]


@command(
    examples=(
        ("tilth models bundle late@2", "make it, keep it, and list what is in it"),
        ("tilth models bundle late@2 --to late-2", "as a folder"),
        ("tilth models bundle late@production --to late.zip", "as one file"),
        ("tilth models bundle late@2 --again", "a file of it is damaged: it comes out the same"),
    )
)
@click.argument("model", shell_complete=complete)
@click.option("--to", metavar="PATH", default="", help="A new folder, or a file NAME.zip.")
@click.option("--again", is_flag=True, help="Make it anew, as where a file of it is damaged.")
def bundle(invocation: Invocation, model: str, to: str, again: bool) -> None:
    """Put MODEL with all that belongs to it into one folder or file.

    That is the model in a format that runs no code when it is read, also in ONNX where that
    says the same (`pip install 'tilth[onnx]'`), its signature, golden requests with answers,
    its exact libraries, metrics, lineage, and the digest of each file. The same version is the
    same bundle, to the byte.
    """
    with opened(invocation) as project:
        found = made_again(project, model) if again else bundled(project, model)
        if to:
            write_bundle(project, found, Path(to))
    if invocation.json:
        show_json({**found.as_dict(), "to": to or None})
    else:
        _show(found)
        if to:
            say(f"{found.version.name} is in {to}")


def _show(found: Bundled) -> None:
    about = found.bundle.about
    rows = [
        (name, size(each["bytes"]), each["blake3"][:12]) for name, each in about["files"].items()
    ]
    show(f"{found.version.name}: bundle {found.bundle.digest[:12]}")
    show(table(rows, titles=("file", "size", "digest"), right=(1,)))
    onnx = about.get("onnx")
    if onnx:
        say(f"it is asked in ONNX ({onnx['precision']}): {onnx['why']}")
    for name, why in about["without"].items():
        say(f"without {name}: {why}")
