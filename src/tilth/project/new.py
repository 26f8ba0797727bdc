"""Makes a project out of a template."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from tilth.config.scope import PARTS
from tilth.errors import DefinitionError, UnknownNameError
from tilth.record import record

_TEMPLATES = Path(__file__).parent.parent / "templates"
_NO_SCOPE: Mapping[str, str] = MappingProxyType({})
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".tilth", ".mypy_cache", ".ruff_cache")


@record
class NewProject:
    """What was made.

    Attributes:
        folder: Where.
        files: Relative to it, in order.
        unsaid: Parts of the scope of which nothing is said so far.
    """

    folder: Path
    files: tuple[str, ...]
    unsaid: tuple[str, ...] = ()


def templates() -> tuple[str, ...]:
    """The names of what a project can start from."""
    return tuple(sorted(each.name for each in _TEMPLATES.iterdir() if _is_template(each)))


def _is_template(folder: Path) -> bool:
    return (folder / "tilth.yml").is_file()


def unsaid_in(template: str) -> tuple[str, ...]:
    """The parts of the scope of which a template says nothing, as its people would know it.

    Raises:
        UnknownNameError: There is no such template.
    """
    _refuse_unknown(template)
    return _unsaid((_TEMPLATES / template / "tilth.yml").read_text(encoding="utf-8"))


def new_project(
    folder: Path, template: str = "blank", scope: Mapping[str, str] = _NO_SCOPE
) -> NewProject:
    """Copy a template into a new folder, and call the project after the folder.

    Args:
        folder: Where; made anew.
        template: What to start from.
        scope: Part of the scope, such as `problem` -> what is said of it. What is empty or not
            given is left as the template has it.

    Raises:
        UnknownNameError: There is no such template, or no such part.
        DefinitionError: There is something at the folder already, or its name does not do.
    """
    _refuse_unknown(template)
    for part in scope:
        if part not in PARTS:
            raise UnknownNameError("part of a scope", part, PARTS)
    refuse_unfit(folder)
    try:
        shutil.copytree(_TEMPLATES / template, folder, ignore=_LEFT_OUT, dirs_exist_ok=True)
    except OSError as error:
        raise DefinitionError(
            f"`{folder}` cannot be made: {error.strerror or error}",
            hint="choose a folder that you may write to",
        ) from error
    _give_name(folder / "tilth.yml", folder.resolve().name)
    unsaid = _give_scope(folder / "tilth.yml", scope)
    files = sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())
    return NewProject(folder=folder, files=tuple(files), unsaid=unsaid)


def _refuse_unknown(template: str) -> None:
    if template not in templates():
        raise UnknownNameError("template", template, templates())


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


def _give_scope(file: Path, scope: Mapping[str, str]) -> tuple[str, ...]:
    """Write what is said behind its key; comments stay. Returns what is left unsaid."""
    text = file.read_text(encoding="utf-8")
    for part, said in scope.items():
        found = _part(part).search(text)
        if said.strip() and found is not None:
            text = f"{text[: found.start()]}  {part}: {_text(said)}{text[found.end() :]}"
    file.write_text(text, encoding="utf-8")
    return _unsaid(text)


def _part(name: str) -> re.Pattern[str]:
    """A part with all that is said of it, in the form that the templates have."""
    return re.compile(rf"^  {name}:(.*(?:\n    .*)*)$", re.M)


def _unsaid(text: str) -> tuple[str, ...]:
    found = {name: _part(name).search(text) for name in PARTS}
    return tuple(name for name, said in found.items() if said is None or not said[1].strip())


def _text(said: str) -> str:
    """As YAML reads it back: `${` would be a reference."""
    return json.dumps(said.strip().replace("${", "$${"), ensure_ascii=False)


def _quoted(name: str) -> str:
    """As YAML reads it back: a name such as `2013` or `yes` is text only in quotes."""
    return name if re.fullmatch(r"[A-Za-z][\w-]*[a-z_-]\w*", name) and name.lower() not in (
        "null", "true", "false", "yes", "no", "on", "off",
    ) else f'"{name}"'  # fmt: skip
