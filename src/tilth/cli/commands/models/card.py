"""Tell all that is on record of a version, on one page for any reader."""

from __future__ import annotations

from pathlib import Path

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import models as complete
from tilth.cli.opening import opened
from tilth.cli.output import say, show, show_json
from tilth.errors import DataError
from tilth.project.model_card import Card, card_of, page, text

__all__ = ["card"]


@command(
    examples=(
        ("tilth models card late@2", "in the terminal, as Markdown"),
        ("tilth models card late@2 --to card.html", "a page that opens offline"),
        ("tilth models card late@production --to MODEL_CARD.md", "for a repository"),
    )
)
@click.argument("model", shell_complete=complete)
@click.option("--to", metavar="FILE", default="", help="NAME.html for a page, NAME.md for a text.")
def card(invocation: Invocation, model: str, to: str) -> None:
    """Tell all that is on record of MODEL, on one page for readers of any background.

    Plain words come first: what it does, what it learned from, how good it is, where it is weak,
    who let it go live. What nothing is on record of is named, with the command that would fill it.
    """
    with opened(invocation) as project:
        found = card_of(project, model)
    if to:
        _write(found, Path(to))
    if invocation.json:
        show_json({**found.as_dict(), "to": to or None})
    elif to:
        say(f"the card of {found.known.version.name} is in {to}")
    else:
        show(text(found).rstrip())


def _write(found: Card, to: Path) -> None:
    written = page(found) if to.suffix in (".html", ".htm") else text(found)
    try:
        to.write_text(written, encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"the card cannot be written to {to}: {error.strerror}",
            hint="name a file in a folder that is there and may be written",
        ) from error
