"""The definition: what is said twice, in vain, or in a way that cannot be known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from tilth.errors import ConfigError, TilthError
from tilth.project.checkups.finding import Finding, Rule
from tilth.project.checkups.goals import asked_by_goals
from tilth.project.definition import parameter, parameter_names
from tilth.project.listing import all_nodes

if TYPE_CHECKING:
    from tilth.project.project import Project


def _warnings(project: Project) -> Iterator[Finding]:
    for each in project.definition.warnings:
        where = f"{each.file}:{each.line}: " if each.file else ""
        yield Finding(message=f"{where}{each.message}", hint=each.hint)


def _unused_entries(project: Project) -> Iterator[Finding]:
    used = {name for node in all_nodes(project).values() for name in (*node.reads, *node.makes)}
    with suppress(ConfigError):  # which another rule tells
        used |= {name for datasets in asked_by_goals(project).values() for name in datasets}
    for name, entry in project.catalog.items():
        if name not in used:
            yield Finding(
                message=f"nothing reads or makes dataset `{name}` ({entry.place or 'catalog.yml'})",
                hint="take it out of the catalog, or use it",
            )


def _unused_parameters(project: Project) -> Iterator[Finding]:
    used = {
        given.name.removeprefix("params").removeprefix(":")
        for node in all_nodes(project).values()
        for given in node.inputs
        if given.is_parameter
    }
    if "" in used:  # a node reads all of them
        return
    for name in parameter_names(project.config.params):
        if isinstance(parameter(project.config.params, name), Mapping):
            continue
        parts = name.split(".")
        above = {".".join(parts[:i]) for i in range(1, len(parts) + 1)}
        if not used & above:
            yield Finding(
                message=f"no node reads parameter `{name}`",
                hint=f"hand it to a node as `params:{name}`, or take it out",
            )


def _imported(project: Project) -> Iterator[Finding]:
    for name, why in project.code.fallbacks.items():
        if name.startswith("tilth."):
            continue  # a stage's, and nobody can change that
        yield Finding(
            message=f"`{name.replace(':', '.')}` had to be imported to know what it takes: {why}",
            hint="this costs its imports at every command; a plain signature costs nothing",
        )


def _unknowable(project: Project) -> Iterator[Finding]:
    for node in all_nodes(project).values():
        try:
            refused = project.code.code(node).refused if node.function.importable else ()
        except TilthError as error:
            yield Finding(message=f"node `{node.name}`: {error}", hint=error.hint)
            continue
        if node.options.depends_on is None and node.options.cache:
            for each in refused[:3]:
                yield Finding(message=f"node `{node.name}`: {each.why}", hint=each.hint)


RULES = (
    Rule(code="T201", what="The files hold no warnings.", look=_warnings),
    Rule(code="T202", what="Every entry of the catalog is used.", look=_unused_entries),
    Rule(code="T203", what="Every parameter is read.", look=_unused_parameters, level="note"),
    Rule(code="T204", what="Signatures can be read from source.", look=_imported, level="note"),
    Rule(code="T205", what="What a function does can be known.", look=_unknowable, level="error"),
)
