"""Keeping what runs read: a source that is overwritten outside has its former bytes here."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from tilth.engine.save import parts_in
from tilth.engine.step import PARTITIONS, is_source
from tilth.errors import DataError
from tilth.history.record import Made
from tilth.project.contents import place_of

if TYPE_CHECKING:
    from tilth.project.project import Project

MOST_BYTES = 16_000_000
"""What is kept of a source without having been asked for: to copy it takes some 10 ms."""


def keep_sources(project: Project, versions: Iterable[Made]) -> None:
    """Copy sources that a run has read into the store, where their entries ask for it.

    Nobody waits for a copy that is there already: that costs a look for its file. A source
    that has changed since it was read is kept as it is now, under its own name.
    """
    for made in versions:
        entry = project.catalog.get(made.dataset)
        if entry is None or entry.location is None or entry.keep is False:
            continue
        files = _files(made)
        if files and (entry.keep or sum(each.n_bytes for each in files.values()) <= MOST_BYTES):
            for key, each in files.items():
                _keep(project, each, key)


def _files(made: Made) -> dict[str | None, Made]:
    """The files of a source by partition; none of what a node made."""
    if made.format != PARTITIONS:
        return {None: made} if is_source(made) else {}
    parts = parts_in(made.data, made.dataset) if made.data is not None else {}
    return {key: each for key, each in parts.items() if is_source(each)}


def _keep(project: Project, made: Made, key: str | None) -> None:
    if project.blobs.has(made.fingerprint):
        return
    path = place_of(project, made.dataset, key)
    if path is not None:
        with suppress(DataError):  # it was taken away: the run is none the worse for it
            project.blobs.adopt(path, inline_below=0)
