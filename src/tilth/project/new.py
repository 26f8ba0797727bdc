"""Makes a project out of a template."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tilth.errors import DefinitionError, UnknownNameError
from tilth.record import record

_TEMPLATES = Path(__file__).parent.parent / "templates"
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".tilth", ".mypy_cache", ".ruff_cache")


@record
class NewProject:
    """What was made.

    Attributes:
        folder: Where.
        files: Relative to it, in order.
    """

    folder: Path
    files: tuple[str, ...]


def templates() -> tuple[str, ...]:
    """The names of what a project can start from."""
    return tuple(sorted(each.name for each in _TEMPLATES.iterdir() if _is_template(each)))


def _is_template(folder: Path) -> bool:
    return (folder / "tilth.yml").is_file()


def new_project(folder: Path, template: str = "blank") -> NewProject:
    """Copy a template into a new folder, and call the project after the folder.

    Raises:
        UnknownNameError: There is no such template.
        DefinitionError: There is something at the folder already, or its name does not do.
    """
    if template not in templates():
        raise UnknownNameError("template", template, templates())
    refuse_unfit(folder)
    try:
        shutil.copytree(_TEMPLATES / template, folder, ignore=_LEFT_OUT, dirs_exist_ok=True)
    except OSError as error:
        raise DefinitionError(
            f"`{folder}` cannot be made: {error.strerror or error}",
            hint="choose a folder that you may write to",
        ) from error
    _give_name(folder / "tilth.yml", folder.resolve().name)
    files = sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())
    return NewProject(folder=folder, files=tuple(files))


def refuse_unfit(folder: Path) -> None:
    """See that a project can be made there.

    Raises:
        DefinitionError: There is something already, or its name does not do.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise DefinitionError(
            f"`{folder}` is there already, and is not empty",
            hint="choose another name; nothing is overwritten",
        )
    if folder.exists() and not folder.is_dir():
        raise DefinitionError(f"`{folder}` is a file", hint="choose another name")
    if not re.fullmatch(r"[\w][\w .-]*", folder.resolve().name):
        raise DefinitionError(
            f"`{folder.name}` is no name for a project",
            hint="use letters, digits, `-`, `_` and `.`, and begin with a letter or a digit",
        )


def _give_name(file: Path, name: str) -> None:
    text = file.read_text(encoding="utf-8")
    # A function, since a name may hold what a replacement text would read as a group.
    named = re.sub(r"^name:.*$", lambda _: f"name: {_quoted(name)}", text, count=1, flags=re.M)
    file.write_text(named, encoding="utf-8")


def _quoted(name: str) -> str:
    """As YAML reads it back: a name such as `2013` or `yes` is text only in quotes."""
    return name if re.fullmatch(r"[A-Za-z][\w-]*[a-z_-]\w*", name) and name.lower() not in (
        "null", "true", "false", "yes", "no", "on", "off",
    ) else f'"{name}"'  # fmt: skip
