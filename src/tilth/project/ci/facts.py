"""What a project has that a workflow should check."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.data.location import PACKAGE, partitions, resolve
from tilth.errors import ConfigError, TilthError
from tilth.project import git
from tilth.project.listing import all_nodes
from tilth.record import record

if TYPE_CHECKING:
    from tilth.project.project import Project

_OLDEST = 11
"""Python 3.x, for Tilth."""

_ASKED = r"(?<!\$)\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}"
_OF_THE_RUNNER = re.compile(r"(GITHUB_(?!TOKEN\Z)|RUNNER_|(CI|HOME|LANG|PATH|PWD|SHELL|USER)\Z)")
"""Variables that a forge sets by itself."""

_LINTERS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("ruff", "ruff", ("ruff.toml", ".ruff.toml"), "ruff check"),
    ("flake8", "flake8", (".flake8",), "flake8"),
    ("mypy", "mypy", ("mypy.ini", ".mypy.ini"), "mypy"),
    ("pre-commit", "", (".pre-commit-config.yaml",), "pre-commit run --all-files"),
)
"""Distribution, its table in pyproject.toml, its own files, and how it is called."""


@record
class Facts:
    """What a workflow is made from.

    Attributes:
        root: The folder of the repository; the project's own outside of git.
        inside: The project's folder, relative to that; `.` where it is the same.
        branch: The branch that others start from.
        python: The oldest version that the project allows, such as `3.11`.
        install: Commands.
        lint: Commands of the linters that are configured.
        tests: Whether there are tests for pytest.
        outside: Sources that are neither in the repository nor in a package.
        secrets: Environment variables that the files name without a default.
    """

    root: Path
    inside: str
    branch: str
    python: str
    install: tuple[str, ...]
    lint: tuple[str, ...]
    tests: bool
    outside: tuple[str, ...]
    secrets: tuple[str, ...]


def facts_of(project: Project) -> Facts:
    """Look at a project's folder, its repository and its catalog.

    Raises:
        ConfigError: pyproject.toml cannot be read.
    """
    root = git.root(project.folder) or project.folder
    told = _pyproject(project.folder)
    linters = list(_linters(project.folder, told))
    has_tests = any(project.folder.glob("tests/**/test_*.py")) or any(
        project.folder.glob("tests/**/*_test.py")
    )
    tools = ["tilth", *(name for name, _ in linters), *(["pytest"] if has_tests else [])]
    return Facts(
        root=root,
        inside=str(project.folder.resolve().relative_to(root.resolve())),
        branch=git.main_branch(project.folder),
        python=_python(told),
        install=tuple(_install(project, told, tools)),
        lint=tuple(command for _, command in linters),
        tests=has_tests,
        outside=tuple(_outside(project)),
        secrets=tuple(_secrets(project)),
    )


def _pyproject(folder: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError([f"pyproject.toml cannot be read: {error}"]) from None


def _python(told: Mapping[str, Any]) -> str:
    """The oldest that `requires-python` allows, and Tilth."""
    asked = str(told.get("project", {}).get("requires-python", ""))
    found = re.search(r"(?:>=|~=|==)\s*3\.(\d+)", asked)
    return f"3.{max(int(found[1]), _OLDEST)}" if found else f"3.{_OLDEST}"


def _linters(folder: Path, told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    tables = told.get("tool", {})
    for name, table, files, command in _LINTERS:
        if (table and table in tables) or any((folder / each).exists() for each in files):
            yield name, command


def _install(project: Project, told: Mapping[str, Any], tools: list[str]) -> Iterator[str]:
    """As its files ask for it; what is called and asked for nowhere is installed beside it."""
    folder, package = project.folder, told.get("project", {})
    asked = f"{package.get('dependencies')} {_groups(told)}"
    if (folder / "uv.lock").exists():
        yield "pip install uv"
        yield "uv sync --frozen --all-groups"
        missing = [each for each in tools if each not in asked]
        if missing:
            yield f"uv pip install {' '.join(missing)}"
        return
    yield "python -m pip install --upgrade pip"  # from 25.1 on it knows groups
    if package:
        groups = "".join(f" --group {name}" for name in ("dev", "test") if name in _groups(told))
        yield f"python -m pip install -e .{groups}"
    elif (folder / "requirements.txt").exists():
        asked = (folder / "requirements.txt").read_text(encoding="utf-8")
        yield "python -m pip install -r requirements.txt"
    else:
        asked = "tilth"
        yield f"python -m pip install 'tilth[{','.join(['all', *_shapes(project)])}]'"
    missing = [each for each in tools if each not in asked]
    if missing:
        yield f"python -m pip install {' '.join(missing)}"


def _shapes(project: Project) -> list[str]:
    """The libraries of tables that functions use and the extra `all` leaves to those who do."""
    used = {
        name
        for each in all_nodes(project).values()
        if each.function.importable
        for name in project.code.code(each).distributions
    }
    return sorted(used & {"pandas", "duckdb"})


def _groups(told: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = told.get("dependency-groups", {})
    return found


def _outside(project: Project) -> Iterator[str]:
    """Sources that a fresh clone does not have."""
    if git.root(project.folder) is None:
        return
    for name in project.everything.inputs:
        entry = project.catalog.get(name)
        if entry is None or entry.location is None or entry.location.startswith(PACKAGE):
            continue
        if not _is_tracked(project, entry.location, bool(entry.fields)):
            yield name


def _is_tracked(project: Project, location: str, is_partitioned: bool) -> bool:
    try:
        path = resolve(location, project.folder)
        paths = list(partitions(path).values())[:1] if is_partitioned else [path]
    except TilthError:
        return False
    return bool(paths) and all(git.tracks(project.folder, each) for each in paths)


def _secrets(project: Project) -> Iterator[str]:
    """Names of environment variables without which the project's files cannot be read."""
    found = set[str]()
    for name in project.config.files:
        text = (project.folder / name).read_text(encoding="utf-8")
        for line in text.splitlines():
            if not line.lstrip().startswith("#"):
                found.update(re.findall(_ASKED, line))
    yield from sorted(each for each in found if not _OF_THE_RUNNER.match(each))
