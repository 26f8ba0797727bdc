"""Where in the project's files a node says what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tilth.config.config import Config
from tilth.config.place import Place
from tilth.config.settings import InputSettings, NodeSettings
from tilth.errors import CycleError, DuplicateOutputError, TilthError
from tilth.graph.node import Node
from tilth.graph.pipeline import Pipeline


def name_of(each: InputSettings) -> str:
    """The dataset or parameter that an input names; empty for a literal."""
    if each.parameter is not None:
        return f"params:{each.parameter}" if each.parameter else "params"
    return each.dataset or ""


def mark(settings: NodeSettings) -> str:
    """What `Node.place` says of a node in tilth.yml."""
    return f"{settings.place.file}:{settings.place.line}"


class Locator:
    """Finds the place of a node, or of what it says."""

    def __init__(self, config: Config, pipelines: Mapping[str, Pipeline]) -> None:
        self._config = config
        self._pipelines = pipelines

    def of(self, node: Node, name: str = "") -> Place | None:
        """Where a node names a dataset or parameter; else where the node is."""
        found = self._settings_of(node)
        if found is None:
            return self._of_maker(node)
        base, settings = found
        values = self._config.places.value
        for path in _mentions(settings, name) if name else ():
            place = values(*base, *path)
            if place is not None:
                return place
        return values(*base, "call") or settings.place

    def of_output(self, node: Node, name: str) -> Place | None:
        """Where a node says that it makes a dataset; else where the node is."""
        found = self._settings_of(node)
        if found is not None:
            for path in _mentions_in("outputs", found[1].outputs, name):
                place = self._config.places.value(*found[0], *path)
                if place is not None:
                    return place
        return self.of(node)

    def of_option(self, node: Node, *path: str) -> Place | None:
        """Where a node says how it is run; else where the node is."""
        found = self._settings_of(node)
        place = self._config.places.value(*found[0], *path) if found is not None else None
        return place or self.of(node)

    def of_error(self, error: TilthError, nodes: list[Node]) -> Place | None:
        """Where nodes that do not fit together are at odds."""
        if isinstance(error, DuplicateOutputError):
            makers = [each for each in nodes if error.dataset in each.makes]
            return self.of_output(makers[-1], error.dataset) if makers else None
        if isinstance(error, CycleError):
            ring = [each for each in nodes if _is_called(each, error.nodes[-1])]
            return self.of(ring[0], ring[0].makes[0]) if ring else None
        return None

    def of_key(self, pipeline: str) -> Place | None:
        """Where a pipeline says what makes it."""
        settings = self._config.settings.pipelines[pipeline]
        for key in ("stage", "python", "pipeline"):
            place = self._config.places.value("tilth", "pipelines", pipeline, key)
            if place is not None:
                return place
        return settings.place

    def _settings_of(self, node: Node) -> tuple[tuple[str | int, ...], NodeSettings] | None:
        """What tilth.yml says of a node, and the path to it."""
        for pipeline, settings in self._config.settings.pipelines.items():
            for i, each in enumerate(settings.nodes or ()):
                if mark(each) == node.place and _calls(each, node):
                    return ("tilth", "pipelines", pipeline, "nodes", i), each
        return None

    def _of_maker(self, node: Node) -> Place | None:
        for name, each in self._pipelines.items():
            if node in each.nodes:
                return self.of_key(name)
        return None


def _calls(settings: NodeSettings, node: Node) -> bool:
    return settings.call.replace(":", ".") == node.function.name.replace(":", ".")


def _is_called(node: Node, name: str) -> bool:
    return node.name == name or f"{node.name}:{''.join(node.makes[:1])}" == name


def _mentions(settings: NodeSettings, name: str) -> Iterator[tuple[str | int, ...]]:
    """Where in a node's settings a name stands, as paths; the likely ones first."""
    yield from _mentions_in("inputs", settings.inputs, name)
    yield from _mentions_in("outputs", settings.outputs, name)


def _mentions_in(key: str, given: Any, name: str) -> Iterator[tuple[str | int, ...]]:
    items: list[tuple[str | int, Any]] = []
    if isinstance(given, Mapping):
        items = list(given.items())
    elif isinstance(given, tuple):
        items = list(enumerate(given))
    elif given == name:
        yield (key,)
    for where, each in items:
        if (name_of(each) if isinstance(each, InputSettings) else each) == name:
            yield (key, where)
            if len(items) == 1:
                yield (key,)
