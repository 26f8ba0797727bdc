"""What a project consists of, as rows for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tilth.graph.node import Node
from tilth.project.definition import parameter, parameter_names

if TYPE_CHECKING:
    from tilth.project.project import Project

Row = dict[str, Any]

EXTENSIONS: Mapping[str, str] = {
    "formats": "tilth.data.formats",
    "checks": "tilth.contract.checks",
    "executors": "tilth.engine.executors",
    "histories": "tilth.history.stores",
    "stages": "tilth.stages",
    "systems": "tilth.systems",
    "hooks": "tilth.hooks",
    "commands": "tilth.cli.commands",
}
"""Kind -> the package, and entry point group, that its kinds come from."""


def parts() -> tuple[str, ...]:
    """The kinds of things that a project consists of."""
    return tuple(_PARTS)


def of_project(project: Project, kind: str) -> list[Row]:
    """Everything of a kind in a project."""
    return _PARTS[kind](project)


def _pipelines(project: Project) -> list[Row]:
    return [
        {
            "name": name,
            "nodes": len(each),
            "inputs": list(each.inputs),
            "outputs": list(each.outputs),
        }
        for name, each in project.pipelines.items()
    ]


def all_nodes(project: Project) -> dict[str, Node]:
    """Every node of every pipeline by its name."""
    found = dict(project.everything.by_name)
    for each in project.pipelines.values():
        found.update(each.by_name)
    return found


def _nodes(project: Project) -> list[Row]:
    return [
        {
            "name": each.name,
            "function": each.function.name.replace(":", "."),
            "inputs": [i.name for i in each.inputs if i.name],
            "outputs": each.makes,
            "tags": sorted(each.tags),
        }
        for each in all_nodes(project).values()
    ]


def dataset_names(project: Project) -> list[str]:
    """All datasets: those of the catalog first, then those that only nodes know."""
    named = (name for each in all_nodes(project).values() for name in (*each.reads, *each.makes))
    return list(dict.fromkeys([*project.catalog, *named]))


def _datasets(project: Project) -> list[Row]:
    makers = {made: each.name for each in all_nodes(project).values() for made in each.makes}
    rows = []
    for name in dataset_names(project):
        entry = project.catalog.get(name)
        rows.append(
            {
                "name": name,
                "format": entry.format if entry else "",
                "location": (entry.location or "") if entry else "",
                "maker": makers.get(name, ""),
            }
        )
    return rows


def _parameters(project: Project) -> list[Row]:
    shown = project.config.places.shown
    params = project.config.params
    rows = []
    for name in sorted(parameter_names(params)):
        value = parameter(params, name)
        if not isinstance(value, Mapping):
            told = shown("params", *name.split("."))
            rows.append({"name": name, "value": value if told is None else told})
    return rows


def _tags(project: Project) -> list[Row]:
    found: dict[str, list[str]] = {}
    for each in all_nodes(project).values():
        for tag in sorted(each.tags):
            found.setdefault(tag, []).append(each.name)
    return [{"name": tag, "nodes": nodes} for tag, nodes in sorted(found.items())]


_PARTS: Mapping[str, Callable[[Project], list[Row]]] = {
    "pipelines": _pipelines,
    "nodes": _nodes,
    "datasets": _datasets,
    "parameters": _parameters,
    "tags": _tags,
}
