"""Writes the workflow file of a forge: `tilth ci`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tilth.data.location import place
from tilth.errors import DataError, DefinitionError, UnknownNameError
from tilth.project import git
from tilth.project.ci import github, gitlab
from tilth.project.ci.facts import Facts, facts_of
from tilth.record import field, record

if TYPE_CHECKING:
    from tilth.project.project import Project

FORGES: dict[str, tuple[str, Callable[[Facts], str]]] = {
    "github": (".github/workflows/tilth.yml", github.text),
    "gitlab": (".gitlab-ci.yml", gitlab.text),
}
"""Forge -> the file that it reads, and what makes its text."""


@record
class Workflow:
    """The workflow file of a project.

    Attributes:
        forge: Whose.
        path: Where it belongs.
        text: What it says.
        outside: Sources that a fresh clone does not have.
        secrets: Environment variables that have to be set on the forge.
    """

    forge: str
    path: Path
    text: str = field(repr=False)
    outside: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    def write(self, *, force: bool = False) -> bool:
        """Put it where it belongs.

        Args:
            force: Whether another file that is there is overwritten.

        Returns:
            Whether anything was written; not where the very same file is there.

        Raises:
            DataError: Another file is there, or it cannot be written.
        """
        if os.path.lexists(self.path) and not force:
            if self.path.is_file() and self.path.read_bytes() == self.text.encode():
                return False
            raise DataError(
                f"`{self.path}` is there already, and says something else",
                hint="`--stdout` shows what would be written, `--force` overwrites it",
            )
        place(self.text.encode(), self.path)
        return True


def workflow(project: Project, forge: str | None = None) -> Workflow:
    """The workflow file of a project.

    Args:
        project: The project.
        forge: `github` or `gitlab`; as git's remotes say, where not given.

    Raises:
        UnknownNameError: There is no such forge.
        DefinitionError: None is given, and nothing tells which.
        ConfigError: pyproject.toml cannot be read.
    """
    if project.script is not None:
        raise DefinitionError(
            "a single file has no workflow", hint="`tilth new NAME` makes a project, which has"
        )
    name = forge or _forge(project)
    if name not in FORGES:
        raise UnknownNameError("forge", name, FORGES)
    facts = facts_of(project)
    file, text = FORGES[name]
    return Workflow(
        forge=name,
        path=facts.root / file,
        text=text(facts),
        outside=facts.outside,
        secrets=facts.secrets,
    )


def _forge(project: Project) -> str:
    """The forge that the remotes name, or one whose files are there."""
    for address in git.remotes(project.folder):
        found = next((name for name in FORGES if name in address.lower()), None)
        if found is not None:
            return found
    root = git.root(project.folder) or project.folder
    there = [name for name, (file, _) in FORGES.items() if _has(root, file)]
    if len(there) == 1:
        return there[0]
    raise DefinitionError(
        "no remote of git tells which forge this project is on",
        hint="say which: `tilth ci github` or `tilth ci gitlab`",
    )


def _has(root: Path, file: str) -> bool:
    """Whether the forge's file is there, or the folder that only it has."""
    path = root / file
    return path.exists() or (path.parent != root and path.parent.is_dir())
