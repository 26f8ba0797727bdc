"""Opens the project that a command is about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tilth.cli.command import Invocation
from tilth.errors import MissingDataError
from tilth.project import Project
from tilth.project.mini.place import is_mini


def opened(invocation: Invocation) -> Project:
    """The project around us, or the one that `--project` names; a kept mini of one as well."""
    if invocation.project and not Path(invocation.project).exists():
        raise MissingDataError(f"there is no `{invocation.project}`")
    folder = Path(invocation.project or ".")
    if is_mini(folder):
        from tilth.project.mini.project import MiniProject  # only after `tilth test --keep`

        return MiniProject.reopened(folder, invocation.overrides)
    return Project(folder, env=invocation.env, overrides=invocation.overrides)


def opened_for(invocation: Invocation, names: Sequence[str]) -> tuple[Project, tuple[str, ...]]:
    """The project, and which of its pipelines are meant; a Python file is a project itself."""
    if len(names) == 1 and names[0].endswith(".py"):
        invocation.project = names[0]
        return opened(invocation), ()
    return opened(invocation), tuple(names)
