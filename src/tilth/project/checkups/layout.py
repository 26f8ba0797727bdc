"""The layout that `tilth new` makes: where it was left, a newcomer has to search."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tilth.project.checkups.finding import Finding, Rule
from tilth.project.listing import all_nodes

if TYPE_CHECKING:
    from tilth.project.project import Project


def _requirements(project: Project) -> Iterator[Finding]:
    if project.script is None and not (project.folder / "pyproject.toml").exists():
        yield Finding(
            message="there is no pyproject.toml: nobody knows what to install",
            hint="list what the project imports under `dependencies`",
        )


def _readme(project: Project) -> Iterator[Finding]:
    if project.script is None and not any(project.folder.glob("README*")):
        yield Finding(message="there is no README", hint="say what it is for and how to run it")


def _tests(project: Project) -> Iterator[Finding]:
    if project.script is None and not any((project.folder / "tests").glob("**/test_*.py")):
        yield Finding(
            message="there are no tests in tests/",
            hint="nodes are plain functions: call them with small tables",
        )


def _stray_modules(project: Project) -> Iterator[Finding]:
    if project.script is not None or project.config.settings.source in (".", ""):
        return
    source = project.config.settings.source
    for each in sorted(project.folder.glob("*.py")):
        if each.name not in ("setup.py", "conftest.py", "noxfile.py"):
            yield Finding(
                message=f"{each.name} lies beside tilth.yml",
                hint=f"move it into {source}/: code elsewhere is not part of the project",
            )


def _ignored(project: Project) -> Iterator[Finding]:
    if not (project.folder / ".tilth").exists() or not _in_git(project.folder):
        return
    done = subprocess.run(  # noqa: S603 - fixed words, no shell
        ["git", "-C", str(project.folder), "check-ignore", "-q", ".tilth/history.db"],  # noqa: S607
        capture_output=True,
        check=False,
    )
    if done.returncode == 1:
        yield Finding(
            message="git does not ignore .tilth/, which holds every value of every run",
            hint="add the line `.tilth/` to .gitignore",
        )


def _in_git(folder: Path) -> bool:
    return any((each / ".git").exists() for each in (folder, *folder.parents))


def _absolute(project: Project) -> Iterator[Finding]:
    for name, entry in project.catalog.items():
        if entry.location and Path(entry.location).is_absolute():
            yield Finding(
                message=f"dataset `{name}` lies at {entry.location}, which others do not have",
                hint="use a path relative to the project, or `${env:NAME}`",
            )


def _undescribed(project: Project) -> Iterator[Finding]:
    silent = [
        node.name
        for node in all_nodes(project).values()
        if node.function.importable
        and not node.options.description
        and not project.code.signature(node.function).doc
    ]
    if silent:
        more = f" and {len(silent) - 3} more" if len(silent) > 3 else ""
        yield Finding(
            message=f"no words say what {', '.join(f'`{each}`' for each in silent[:3])}{more} do",
            hint="give the functions a docstring: `tilth show` and the page print it",
        )


RULES = (
    Rule(code="T101", what="There is a pyproject.toml.", look=_requirements),
    Rule(code="T102", what="There is a README.", look=_readme),
    Rule(code="T103", what="There are tests.", look=_tests),
    Rule(code="T104", what="All code is in the source folder.", look=_stray_modules),
    Rule(code="T105", what="Git ignores .tilth/.", look=_ignored),
    Rule(code="T106", what="Locations mean the same to everybody.", look=_absolute),
    Rule(code="T107", what="Every node's function has a docstring.", look=_undescribed),
)
