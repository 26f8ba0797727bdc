"""Datasets that stand for a version of another: `of: trips@2026-11-01` in the catalog."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tilth.engine.save import contents_of
from tilth.engine.step import PARTITIONS
from tilth.errors import ConfigError, TilthError
from tilth.history.record import Made
from tilth.project.contents import gone, is_at_location, parts_of, place_of
from tilth.project.versions import version_of
from tilth.record import changed

if TYPE_CHECKING:
    from tilth.project.project import Project


class Pins:
    """The versions that a project's catalog names, looked up once.

    What is pinned is kept: bytes that lie only where a person may change them go into the
    store first. So a pin means the same bytes for ever, and a run that reads them needs
    nothing that a run does not have anyhow.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._of = {
            name: entry.of for name, entry in project.config.catalog.items() if entry.of is not None
        }
        self._found: dict[str, Made] = {}

    def __contains__(self, dataset: str) -> bool:
        return dataset in self._of

    def __getitem__(self, dataset: str) -> Made:
        found = self._found.get(dataset)
        if found is None:
            found = self._found[dataset] = self._kept(dataset)
        return found

    def check(self, datasets: Iterable[str]) -> None:
        """See that the versions are there.

        Raises:
            ConfigError: Some are not; each is told with its place in the catalog.
        """
        mistakes = []
        for name in datasets:
            if name in self._of:
                try:
                    _ = self[name]
                except TilthError as error:
                    mistakes.append(self._told(name, error))
        if mistakes:
            raise ConfigError(mistakes)

    def _told(self, dataset: str, error: TilthError) -> str:
        places = self._project.config.places
        return places.mistake(
            f"dataset `{dataset}`: {error}",
            places.value("catalog", dataset, "of"),
            hint=error.hint,
        ).text()

    def _kept(self, dataset: str) -> Made:
        made = version_of(self._project, self._of[dataset], None)
        return changed(in_store(self._project, made), dataset=dataset)


def in_store(project: Project, made: Made) -> Made:
    """The version with its bytes in the store, where they are put if need be.

    Raises:
        MissingDataError: They are nowhere.
    """
    if made.format != PARTITIONS:
        return _in_store(project, made, None)
    parts = parts_of(project, made)
    if all(each.kept for each in parts.values()):
        return made
    held = {key: _in_store(project, each, key) for key, each in parts.items()}
    return contents_of(made.dataset, held)


def _in_store(project: Project, made: Made, key: str | None) -> Made:
    if made.kept:
        if not project.workspace.has(made):
            raise gone(project, made, key)
        return made
    if not project.blobs.has(made.fingerprint):
        path = place_of(project, made.dataset, key)
        if path is None or not is_at_location(project, made, key):
            raise gone(project, made, key)
        project.blobs.adopt(path, inline_below=0)
    return changed(made, kept=True)
