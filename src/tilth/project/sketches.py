"""Statistics of each column of a version, gathered when somebody asks, and kept."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from tilth.data.library import is_installed
from tilth.data.shape import LAZY, is_table
from tilth.engine.load import load
from tilth.engine.step import PARTITIONS
from tilth.fingerprint.canonical import combine
from tilth.history.record import Made
from tilth.project.contents import parts_of, stored, value_of

if TYPE_CHECKING:
    from tilth.project.project import Project
    from tilth.quality.sketch import TableSketch

TABLES = frozenset({"csv", "parquet", "arrow"})
"""Formats that hold tables, whoever wrote them."""


def sketch_of_version(project: Project, made: Made) -> TableSketch | None:
    """Small statistics of a version's columns; None where it is no table.

    They are gathered in one scan when they are asked for first, and kept for good under the
    fingerprint of the bytes. Of partitioned data each part has its own, and they are merged,
    so that a new part is the only one to be read.

    Raises:
        MissingDataError: They were never gathered, and the bytes are gone.
        DataError: The bytes are not what their format says.
    """
    if not is_installed("polars"):
        return None
    if made.format != PARTITIONS:
        return _of_file(project, made, None)
    parts = {key: _of_file(project, each, key) for key, each in parts_of(project, made).items()}
    known = [each for each in parts.values() if each is not None]
    if not known or len(known) < len(parts):
        return None
    try:
        return reduce(lambda first, second: first.merge(second), known)
    except ValueError:  # the parts have other columns: as one table they are what loading says
        from tilth.quality.sketch import sketch_of  # it imports Polars

        return sketch_of(value_of(project, made, LAZY))


def _of_file(project: Project, made: Made, key: str | None) -> TableSketch | None:
    from tilth.quality.sketch import TableSketch, sketch_of  # it imports Polars

    if made.format not in TABLES and not is_table(made.shape):
        return None
    name = _key(project, made)
    text = project.sketches.get(name)
    if text is not None:
        try:
            return TableSketch.from_json(text)
        except (ValueError, KeyError, TypeError):
            pass  # of another version of Tilth, or damaged: it is gathered again
    found = sketch_of(load(stored(project, made, key), LAZY))
    project.sketches.put(name, found.to_json())
    return found


def _key(project: Project, made: Made) -> str:
    return combine("sketch", made.fingerprint, *reading_of(project, made))


def reading_of(project: Project, made: Made) -> tuple[str, str, str]:
    """How the bytes of a version are read: what is known of them is known for that."""
    entry = project.catalog.get(made.dataset)
    read = repr(sorted(entry.read.items())) if entry is not None else "[]"
    return made.format, made.shape, project.config.secrets.masked(read)
