"""A trial: some run's code and parameters on some run's data, beside the project's own runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from tilth import plugins
from tilth.data.catalog import Catalog
from tilth.graph.node import Node
from tilth.history.borrowing import Borrowing
from tilth.history.record import Made
from tilth.history.store import History
from tilth.project.pins import Pins
from tilth.project.project import Project
from tilth.record import changed

Params = Mapping[str, Mapping[str, str]]
"""Node -> argument -> the value as JSON text."""


class Trial(Project):
    """A project of which nothing shows outside.

    It reads the versions that it is given instead of what lies at locations, and writes
    nothing there; no hook of the project's is told. Its runs go into a history of their own,
    and take over what the project's history knows; the store is the same.
    """

    def __init__(
        self,
        folder: Path,
        home: Project,
        *,
        data: Mapping[str, Made] | None = None,
        overrides: Sequence[str] = (),
    ) -> None:
        """Open a folder with some state of the code.

        Args:
            folder: The project's own, or one with the files of an earlier commit.
            home: The project whose store and history are used.
            data: Source -> the version to read, whose bytes are in the store.
            overrides: Parameters, as `a.b=1`.
        """
        self._home = home
        self._data = dict(data or {})
        super().__init__(folder, env=home.env, overrides=(*home.overrides, *overrides))

    def _open(self) -> None:
        settings = changed(self.config.settings, hooks=(), hold={})
        self.config = changed(self.config, settings=settings)
        super()._open()
        inside = [changed(each, location=None) for each in self.catalog.values()]
        self.definition = changed(self.definition, catalog=Catalog(inside))

    @cached_property
    def history(self) -> History:
        """Its own record, which takes over what the project's knows."""
        kind = cast(Any, plugins.find("tilth.history.stores", "sql"))
        folder = self._home.state / "trials"
        folder.mkdir(parents=True, exist_ok=True)
        return cast(History, Borrowing(kind(folder / "history.db"), self._home.history))

    @cached_property
    def pins(self) -> Pins:
        """Versions that the project's own catalog names."""
        return self._home.pins

    @property
    def _store(self) -> Path:
        return self._home.blobs.folder

    def _earlier(self, dataset: str) -> Made | None:
        return self._data.get(dataset) or super()._earlier(dataset)


def overrides_of(nodes: Iterable[Node], params: Params) -> list[str]:
    """The parameters that nodes had, as `a.b=1`, so that they have them again."""
    return sorted({f"{name}={value}" for node in nodes for name, value in _given(node, params)})


def _given(node: Node, params: Params) -> Iterator[tuple[str, str]]:
    values = params.get(node.name, {})
    for each in node.inputs:
        name = each.name.removeprefix("params").removeprefix(":")
        if each.is_parameter and name and str(each.argument) in values:
            yield name, values[str(each.argument)]
