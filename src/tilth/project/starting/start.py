"""Makes the project of a start, or finds it again."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from tilth.config.goals_layout import FILE as GOALS
from tilth.data.library import need
from tilth.data.shape import LAZY
from tilth.errors import DataError
from tilth.project.contents import value_of
from tilth.project.project import Project
from tilth.project.starting.asked import Asked
from tilth.project.starting.files import files_of
from tilth.project.starting.peek import check_columns, check_file, reading_of, refuse_twice_there

STARTED = Path(".tilth") / "started"
"""Where starts lie, below the folder that one is in."""


def start(asked: Asked, where: Path) -> Path:
    """Write the project that answers; what an earlier start with this file kept is used again.

    Args:
        asked: What is to be learned of which file.
        where: The folder that one is in.

    Returns:
        The project's folder.

    Raises:
        MissingDataError: There is no such file.
        UnknownNameError: A column is not there.
        DefinitionError: The file is no table.
        DataError: The target cannot be learned, or nothing can be written.
    """
    for library in ("polars", "sklearn", "scipy"):
        need(library, "`tilth start`", extra="ml")
    check_file(asked.file)
    folder = where / STARTED / f"{asked.table}-{asked.model}"
    with _whole(folder):
        reading = reading_of(asked.file)
        refuse_twice_there(asked.file, asked.target, reading.get("separator", ","))
        of_classes, of_quantity = (
            files_of(asked, folder, reading, is_quantity=each) for each in (False, True)
        )
        if _is_edited(folder / GOALS, (of_classes[GOALS], of_quantity[GOALS])):
            del of_classes[GOALS], of_quantity[GOALS]
        _write(folder, of_classes)
        with Project(folder) as project:
            if _is_quantity(project, asked):
                _write(folder, of_quantity)
    return folder


def started_in(where: Path) -> list[Path]:
    """The projects that were started in a folder, the latest first."""
    found = [each.parent for each in (where / STARTED).glob("*/tilth.yml")]
    return sorted(found, key=lambda each: -(each / "tilth.yml").stat().st_mtime)


def _is_edited(goals: Path, own: Collection[str]) -> bool:
    """Whether people have written goals of theirs, which another start is not to undo."""
    try:
        return goals.read_text(encoding="utf-8") not in own
    except (OSError, UnicodeDecodeError):
        return goals.exists()


def _is_quantity(project: Project, asked: Asked) -> bool:
    from polars.exceptions import ComputeError  # reading a table imports it

    table = value_of(project, project.version(asked.table), LAZY)
    try:
        return check_columns(table, asked)
    except ComputeError as error:  # the file is read only here
        raise DataError(
            f"`{asked.file}` cannot be read as a table: {str(error).partition(chr(10))[0]}",
            hint="`tilth new` makes a project; its catalog says what a file is like, under `read`",
        ) from error


@contextmanager
def _whole(folder: Path) -> Iterator[None]:
    """Leave nothing behind of a project that was not there before, where the body raises."""
    is_new = not (folder / "tilth.yml").exists()
    try:
        yield
    except BaseException:
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _write(folder: Path, files: dict[str, str]) -> None:
    try:
        (folder / "src").mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            path = folder / name
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"{folder} cannot be written: {error.strerror or error}",
            hint="start where you may write: the project is kept in `.tilth/` below",
        ) from error
