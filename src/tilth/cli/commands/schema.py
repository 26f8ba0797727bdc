"""Print the JSON schema of a project's files, for editors."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tilth.cli.command import Invocation, command
from tilth.cli.output import say, show_json
from tilth.config.schema import schemas
from tilth.errors import DataError

__all__ = ["schema"]

_FILES = ("tilth", "catalog", "params", "contract", "goals", "score")


@command(
    examples=(
        ("tilth schema tilth", "of tilth.yml"),
        ("tilth schema contract", "of a file in contracts/"),
        ("tilth schema goals", "of goals.yml"),
        ("tilth schema --write .vscode", "all as files, and how to use them"),
    )
)
@click.argument("file", required=False, type=click.Choice(_FILES))
@click.option("--write", metavar="FOLDER", help="Write all into a folder instead.")
def schema(invocation: Invocation, file: str | None, write: str | None) -> None:
    """Print the JSON schema of FILE, or of all, for editors that complete and check."""
    found = schemas()
    if write is not None:
        _write(found, Path(write))
    elif file is None:
        show_json(found)
    else:
        show_json(found[f"{file}.yml"])


def _write(found: dict[str, dict[str, object]], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, each in found.items():
            path = folder / f"{name.removesuffix('.yml')}.schema.json"
            path.write_text(json.dumps(each, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise DataError(f"`{folder}` cannot be written: {error.strerror or error}") from error
    say(f"wrote {len(found)} schemas into {folder}; an editor with YAML support takes them")
    say("from a first line such as:\n")
    say(f"  # yaml-language-server: $schema={folder}/tilth.schema.json")
