"""The folder in which a project is run on its mini data set: what is where."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tilth.errors import DataError, DefinitionError
from tilth.record import field, record

FILE = "mini.json"
"""By this file such a folder is known."""


@record
class MiniSource:
    """A source of the project, made small.

    Attributes:
        location: A path relative to the folder, or the absolute one of a source that is read
            where it lies.
        read: Options for reading, where they are not those of the project's catalog.
        format: Where the catalog's entry has none of its own.
    """

    location: str
    read: Mapping[str, Any] | None = None
    format: str | None = None


@record
class MiniPlace:
    """Where a project is run on its mini data set.

    Attributes:
        folder: Holds sources, outputs, store and history.
        project: The project's folder, or its single file.
        env: The environment that it was opened with.
        overrides: Parameters, as `a.b=1`; none of them may hold a secret.
        sources: Dataset -> where its mini lies.
        full: Whether stages have the project's own settings, and none that take less time.
        part: Which of several runs in this folder is meant; empty for the first.
    """

    folder: Path
    project: Path
    env: str | None = None
    overrides: tuple[str, ...] = ()
    sources: Mapping[str, MiniSource] = field(default_factory=dict)
    full: bool = False
    part: str = ""

    @property
    def state(self) -> Path:
        """Of store and history."""
        return self.folder / self.part / ".tilth"

    @property
    def outputs(self) -> Path:
        """Of what nodes make."""
        return self.folder / self.part / "outputs"

    def write(self) -> None:
        """Keep it, so that the folder can be opened again."""
        told = {
            "project": str(self.project),
            "env": self.env,
            "overrides": list(self.overrides),
            "full": self.full,
            "sources": {
                name: {"location": each.location, "read": each.read, "format": each.format}
                for name, each in self.sources.items()
            },
        }
        text = json.dumps(told, indent=1, ensure_ascii=False)
        (self.folder / FILE).write_text(text + "\n", encoding="utf-8")


def is_mini(folder: Path) -> bool:
    """Whether a project was run on a mini data set there."""
    return (folder / FILE).is_file()


def read_place(folder: Path, part: str = "") -> MiniPlace:
    """What is where in such a folder.

    Raises:
        DataError: Its file cannot be read.
    """
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return MiniPlace(
            folder=folder.resolve(),
            project=Path(told["project"]),
            env=told["env"],
            overrides=tuple(told["overrides"]),
            sources={name: MiniSource(**each) for name, each in told["sources"].items()},
            full=told.get("full", False),
            part=part,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"`{folder / FILE}` cannot be read: {error}",
            hint="`tilth test --keep FOLDER` makes it anew, in an empty folder",
        ) from None


def checked_folder(folder: Path) -> Path:
    """A folder to keep a mini data set in: it must be empty, or hold one already.

    Raises:
        DefinitionError: It holds something else, or its name has braces, which locations
            would take for fields.
    """
    path = folder.expanduser().absolute()
    if {"{", "}"} & set(str(path)):
        raise DefinitionError(f"`{folder}` has braces in its name, which mean partitions")
    if path.is_file():
        raise DefinitionError(f"`{folder}` is a file", hint="give a folder that is empty or new")
    if path.is_dir() and not is_mini(path) and any(path.iterdir()):
        raise DefinitionError(
            f"`{folder}` holds other files", hint="give a folder that is empty or new"
        )
    return path


def without_secrets(overrides: Sequence[str], secrets: Mapping[str, str]) -> tuple[str, ...]:
    """Those overrides that may be written down."""
    return tuple(each for each in overrides if not any(text in each for text in secrets))
