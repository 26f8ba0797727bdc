"""A repetition: nodes of a recorded run, run once more where nobody sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from tilth import plugins
from tilth.engine.run import Ordered
from tilth.engine.save import contents_of
from tilth.engine.step import PARTITIONS
from tilth.engine.workspace import Workspace
from tilth.graph.node import Node
from tilth.graph.pipeline import pipeline
from tilth.history.record import Made, NodeRun
from tilth.history.store import History
from tilth.project.contents import gone, is_at_location, parts_of, place_of
from tilth.project.launch import Order, launch
from tilth.project.project import Project
from tilth.project.result import Result
from tilth.project.trial import Trial
from tilth.project.versions import version_of
from tilth.record import changed
from tilth.store.blobs import Blobs
from tilth.store.claims import Claims


class Repetition(Trial):
    """A project whose history and store are empty, so that every node runs.

    It reads the versions that it is given; what it makes goes with its folder.
    """

    def __init__(
        self,
        folder: Path,
        home: Project,
        place: Path,
        *,
        data: Mapping[str, Made] | None = None,
        overrides: Sequence[str] = (),
    ) -> None:
        """Open a folder with some state of the code.

        Args:
            folder: The project's own, or one with the files of an earlier commit.
            home: The project that it is of.
            place: An empty folder for history and store.
            data: Source -> the version to read; see `brought`.
            overrides: Parameters, as `a.b=1`.
        """
        self._place = place
        super().__init__(folder, home, data=data, overrides=overrides)

    @cached_property
    def history(self) -> History:
        """A record of its own, in which nothing ran before."""
        kind = cast(Any, plugins.find("tilth.history.stores", "sql"))
        self._place.mkdir(parents=True, exist_ok=True)
        return cast(History, kind(self._place / "history.db"))

    @cached_property
    def claims(self) -> Claims:
        """Nobody else makes what it makes."""
        self._place.mkdir(parents=True, exist_ok=True)
        return Claims(self._place / "claims")

    @property
    def _store(self) -> Path:
        return self._place / "store"

    @property
    def workspace(self) -> Workspace:
        """What its runs work with; versions that contracts name are the project's."""
        return changed(super().workspace, chosen=self._chosen)

    def _earlier(self, dataset: str) -> Made | None:
        """What it was given; else what the project has, which contracts may look up."""
        if dataset not in self._data:
            self._data[dataset] = self._chosen(dataset, None)
        return self._data[dataset]

    def _chosen(self, dataset: str, version: str | None) -> Made:
        return brought(self._home, version_of(self._home, dataset, version), self.blobs)

    def go(self, nodes: Sequence[Node]) -> Result:
        """Run these nodes; what fails stops only what depends on it."""
        order = Order(asked="", ordered=Ordered(keep_going=True), trigger="reproduction")
        return launch(self, pipeline(nodes), order, ())

    def node_runs(self) -> dict[str, NodeRun]:
        """What the last run came to: node, or part of a fan-out -> its run."""
        newest = self.history.runs(n=1)
        return {each.node: each for each in self.history.node_runs(newest[0].id)}


# What it reads


def brought(project: Project, made: Made, blobs: Blobs) -> Made:
    """A version with its bytes where a repetition finds them; the project's store stays as it is.

    Raises:
        MissingDataError: Its bytes are nowhere.
    """
    if made.format != PARTITIONS:
        return _brought(project, made, None, blobs)
    parts = parts_of(project, made)
    held = {key: _brought(project, each, key, blobs) for key, each in parts.items()}
    # The same contents, though they now say of each part that it is kept.
    return changed(contents_of(made.dataset, held), fingerprint=made.fingerprint)


def _brought(project: Project, made: Made, key: str | None, blobs: Blobs) -> Made:
    data = made.data if made.data is not None else project.history.data(made.fingerprint)
    if data is not None:
        return changed(made, data=data, kept=True)
    if project.blobs.has(made.fingerprint):
        project.blobs.verify(made.fingerprint)
        blobs.adopt(project.blobs.path(made.fingerprint), inline_below=0)
        return changed(made, kept=True)
    path = place_of(project, made.dataset, key)
    if path is None or not is_at_location(project, made, key):
        raise gone(project, made, key)
    blobs.adopt(path, inline_below=0)
    return changed(made, kept=True)
