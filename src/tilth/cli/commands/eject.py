"""Make an ordinary project of what was started."""

from __future__ import annotations

from pathlib import Path

import click

from tilth.cli.command import Invocation, command
from tilth.cli.output import say, show_json
from tilth.project.starting import eject as ejected
from tilth.project.starting import started_in

__all__ = ["eject"]


def _starts(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    return [each.name for each in started_in(Path()) if each.name.startswith(incomplete)]


@command(
    examples=(
        ("tilth eject", "the project of the latest `tilth start`, as a folder of its own"),
        ("tilth eject houses-price --to shop", "an earlier one, into the folder `shop`"),
    )
)
@click.argument("name", required=False, default="", shell_complete=_starts)
@click.option("--to", type=click.Path(path_type=Path), metavar="FOLDER", help="The new folder.")
def eject(invocation: Invocation, name: str, to: Path | None) -> None:
    """Write the ordinary project that `tilth start` ran.

    Its results come along, so that `tilth run` there has nothing to do until something changes.
    NAME is that of a start, such as `houses-price`; the latest if not given.
    """
    made = ejected(Path(), name, to)
    if invocation.json:
        show_json({"folder": str(made.folder), "from": str(made.started), "files": made.files})
        return
    say(f"made {made.folder}/ with {len(made.files)} files. Next:\n")
    say(f"  cd {made.folder}\n  tilth run      # nothing to do\n  tilth show")
