"""What is installed: libraries that formats and code need, plugins, hooks."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tilth import plugins
from tilth.data.library import is_installed
from tilth.data.shape import TABLES
from tilth.engine.load import format_for
from tilth.errors import TilthError
from tilth.installed import normalised
from tilth.project.checkups.finding import Finding, Rule
from tilth.project.listing import EXTENSIONS, all_nodes

if TYPE_CHECKING:
    from tilth.project.project import Project

_EXTRAS = {"pyarrow": "arrow"}
"""Library of tables -> the extra that brings it, where that has another name."""


def _formats(project: Project) -> Iterator[Finding]:
    for kind in dict.fromkeys(entry.format for entry in project.catalog.values()):
        users = [name for name, entry in project.catalog.items() if entry.format == kind]
        try:
            format_for(kind)
        except TilthError as error:
            yield Finding(message=f"dataset `{users[0]}`: {error}", hint=error.hint)


def _tables(project: Project) -> Iterator[Finding]:
    """No catalog names them: what tables are read as is said in signatures."""
    told = set()
    for node in all_nodes(project).values():
        shapes = project.recipes.shapes(node)
        for each in node.inputs:
            shape = shapes.get(each.argument, "")
            library = shape.partition(".")[0]
            if shape in TABLES and library not in told and not is_installed(library):
                told.add(library)
                yield Finding(
                    message=f"node `{node.name}` reads `{each.name}` as {shape}, "
                    f"which needs `{library}`",
                    hint=f"pip install 'tilth[{_EXTRAS.get(library, library)}]'",
                )


def _hooks(project: Project) -> Iterator[Finding]:
    for each in project.config.settings.hooks:
        try:
            project.code.imported(each)
        except TilthError as error:
            yield Finding(message=f"hook `{each}`: {error}", hint=error.hint)


def _plugins(project: Project) -> Iterator[Finding]:
    """A plugin that cannot be imported breaks nothing until it is used, so it is told here."""
    for kind in EXTENSIONS.values():
        for point in project.installed.entry_points(kind):
            try:
                project.code.imported(point.target)
            except TilthError as error:
                yield Finding(
                    message=f"plugin `{point.name}` of `{point.distribution}`: {error}",
                    hint=f"update or remove `{point.distribution}`",
                )


def _executor(project: Project) -> Iterator[Finding]:
    named = project.config.settings.executor
    if named is not None:
        try:
            plugins.find("tilth.engine.executors", named)
        except TilthError as error:
            yield Finding(message=f"executor `{named}`: {error}", hint=error.hint)


def _declared(project: Project) -> Iterator[Finding]:
    """What code uses but pyproject.toml does not name is missing on the next machine."""
    file = project.folder / "pyproject.toml"
    if not file.exists():
        return
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        yield Finding(message=f"pyproject.toml cannot be read: {error}")
        return
    texts = list(said.get("dependencies", ()))
    texts += [each for extra in said.get("optional-dependencies", {}).values() for each in extra]
    names = _brought(texts)
    used: dict[str, str] = {}
    for node in all_nodes(project).values():
        if node.function.importable:
            for each in project.code.code(node).distributions:
                used.setdefault(each, node.name)
    for each, user in sorted(used.items()):
        if normalised(each) not in names:
            yield Finding(
                message=f"node `{user}` uses `{each}`, which pyproject.toml does not name",
                hint=f'add "{each}" to its `dependencies`',
            )


def _brought(texts: Iterable[str]) -> set[str]:
    """The distributions that requirements bring, with all that these require in turn."""
    # Slow to import, and only the doctor needs it.
    from importlib.metadata import PackageNotFoundError, requires

    found: set[tuple[str, str]] = set()
    waiting = list(texts)
    while waiting:
        name, extras = _requirement(waiting.pop())
        for extra in {("", name), *((extra, name) for extra in extras)} - found:
            found.add(extra)
            try:
                waiting += _of_extra(requires(name) or (), extra[0])
            except PackageNotFoundError:
                continue
    return {name for _, name in found} | {"tilth"}


def _requirement(text: str) -> tuple[str, list[str]]:
    """Name and extras: `tilth[polars,skops]>=1` is `tilth` with `polars` and `skops`."""
    found = re.match(r"\s*([\w.-]+)\s*(?:\[([^\]]*)\])?", text)
    if found is None:
        return "", []
    return normalised(found[1]), [each.strip() for each in (found[2] or "").split(",") if each]


def _of_extra(requirements: Iterable[str], extra: str) -> list[str]:
    """Those that an extra adds; those without an extra where it is empty."""
    kept = []
    for each in requirements:
        text, _, marker = each.partition(";")
        named = re.search(r"extra\s*==\s*['\"]([^'\"]+)['\"]", marker)
        if (named[1] if named else "") == extra:
            kept.append(text)
    return kept


RULES = (
    Rule(code="T301", what="The libraries of all formats are installed.", look=_formats,
         level="error"),
    Rule(code="T302", what="All hooks can be imported.", look=_hooks, level="error"),
    Rule(code="T303", what="All plugins can be imported.", look=_plugins),
    Rule(code="T304", what="The executor is there.", look=_executor, level="error"),
    Rule(code="T305", what="pyproject.toml names what the code uses.", look=_declared),
    Rule(code="T306", what="The libraries of tables that functions ask for are installed.",
         look=_tables, level="error"),
)  # fmt: skip
