"""What differs between two versions of a dataset, and why it changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tilth.errors import DefinitionError
from tilth.history.record import Made
from tilth.project.causes import Cause, causes
from tilth.project.column_statistics import column_statistics
from tilth.project.comparing import Asked, Content, compared, held
from tilth.project.sketches import sketch_of_version
from tilth.record import changed, field, fields_of, record

if TYPE_CHECKING:
    from tilth.project.project import Project
    from tilth.quality.difference import TableDifference
    from tilth.quality.sketch import TableSketch

_FORMER = "latest~1"


@record
class Side:
    """One of the two versions.

    Attributes:
        dataset: Whose.
        fingerprint: Of its bytes.
        format: How they are written.
        n_bytes: How many.
        rows: Of a table, None where not known.
        run: The run that made it, or read it first; 0 for none.
        at: When that run started, seconds since 1970.
        person: Who ran it.
        commit: What was checked out; empty outside of git.
        note: What a person wrote about the run.
    """

    dataset: str
    fingerprint: str
    format: str
    n_bytes: int
    rows: int | None = None
    run: int = 0
    at: float | None = None
    person: str = ""
    commit: str = ""
    note: str = ""


@record
class DataDifference:
    """What differs between two versions of a dataset.

    Attributes:
        old: The version that was.
        new: The one that is.
        causes: Why it changed, nearest first.
        parts: Partition -> `added`, `removed` or `changed`; the others are the same, and were
            not looked at.
        content: What differs in what they hold.
        sketches: Of tables, statistics of each column before and after.
    """

    old: Side
    new: Side
    causes: tuple[Cause, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    content: Content = Content()
    sketches: tuple[TableSketch, TableSketch] | None = None

    @property
    def same_bytes(self) -> bool:
        """Whether the versions are one, so that nothing was loaded to know it."""
        return self.old.fingerprint == self.new.fingerprint

    @property
    def is_empty(self) -> bool:
        """Whether both hold the same, be it in other bytes or in another order of rows."""
        return self.content.is_empty

    def statistics(self) -> list[dict[str, Any]]:
        """Of each column of both tables: see `column_statistics`."""
        if self.sketches is None:
            return []
        return column_statistics(*self.sketches)

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        content = self.content
        return {
            "old": _plain(self.old),
            "new": _plain(self.new),
            "same": self.is_empty,
            "same_bytes": self.same_bytes,
            "causes": [each.as_dict() for each in self.causes],
            "partitions": dict(self.parts),
            "table": None if content.table is None else _table_as_dict(content.table),
            "lines": list(content.lines),
            "edits": [{"place": each.place, **_plain(each)} for each in content.edits],
            "told": list(content.told),
            "statistics": self.statistics(),
        }


def data_difference(
    project: Project,
    dataset: str,
    old: str | int | None = None,
    new: str | int | None = None,
    asked: Asked | None = None,
) -> DataDifference:
    """What differs between two versions of a dataset.

    Args:
        project: The project.
        dataset: Its name; `trips@3` names the old version with it.
        old: The version that was, as `Project.version` takes it, or a whole `trips@3`; the
            one before the latest if not given.
        new: The version that is; the latest if not given.
        asked: How to compare.

    Raises:
        UnknownNameError: There is no such dataset.
        MissingDataError: A version is not there, or its bytes are gone.
        DataError: They cannot be compared as asked.
    """
    name = dataset.rpartition("@")[0] or dataset
    if "@" in dataset:
        old, new = dataset, (new if old is None else old)
    before = _version(project, name, _FORMER if old is None else old)
    after = _version(project, name, "latest" if new is None else new)
    sides = _side(project, before), _side(project, after)
    if before.fingerprint == after.fingerprint:
        return DataDifference(old=sides[0], new=sides[1])
    why: tuple[Cause, ...] = ()
    if before.dataset == after.dataset:
        why = causes(project, after.dataset, before.fingerprint, after.fingerprint)
    parts, both = held(project, before, after)
    return DataDifference(
        old=sides[0],
        new=sides[1],
        causes=why,
        parts=parts,
        content=compared(project, *both, _completed(project, name, asked or Asked())),
        sketches=_sketches(project, before, after),
    )


def _sketches(project: Project, old: Made, new: Made) -> tuple[TableSketch, TableSketch] | None:
    before, after = (sketch_of_version(project, each) for each in (old, new))
    return None if before is None or after is None else (before, after)


def _version(project: Project, name: str, text: str | int) -> Made:
    return project.version(str(text)) if "@" in str(text) else project.version(name, text)


def _side(project: Project, made: Made) -> Side:
    side = Side(
        dataset=made.dataset,
        fingerprint=made.fingerprint,
        format=made.format,
        n_bytes=made.n_bytes,
        rows=made.rows,
    )
    found = project.history.version(made.dataset, made.fingerprint)
    if found is None:
        return side
    run = found[2]
    return changed(
        side,
        rows=found[0].rows if made.rows is None else made.rows,
        run=run.id,
        at=run.started_at,
        person=run.person,
        commit=run.commit,
        note=run.note,
    )


def _completed(project: Project, name: str, asked: Asked) -> Asked:
    """What was asked, with what the catalog notes."""
    entry = project.catalog.get(name)
    noted = entry.metadata if entry is not None else {}
    key = noted.get("key", ())
    key, label = (key,) if isinstance(key, str) else key, noted.get("label", "")
    place = entry.place if entry is not None else None
    if not isinstance(key, list | tuple) or not all(isinstance(each, str) for each in key):
        raise DefinitionError(
            f"{place}: `key` of dataset `{name}` must be a column or a list of them, not {key!r}"
        )
    if not isinstance(label, str):
        raise DefinitionError(
            f"{place}: `label` of dataset `{name}` must be a column, not {label!r}"
        )
    return changed(asked, noted_key=tuple(key), noted_label=label)


# As plain data


def _plain(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in fields_of(value)}


def _table_as_dict(found: TableDifference) -> dict[str, Any]:
    schema = found.schema
    return {
        **{
            name: getattr(found, name)
            for name in ("inferred", "n_old", "n_new", "n_added", "n_removed", "n_changed")
        },
        "n_same": found.n_same,
        "n_repeated": found.n_repeated,
        "key": list(found.key),
        "schema": {
            "added": list(schema.added),
            "removed": list(schema.removed),
            "renamed": [{"old": old, "new": new} for old, new in schema.renamed],
            "retyped": [_plain(each) for each in schema.retyped],
            "reordered": schema.reordered,
        },
        "columns": [
            {"column": each.column, "n": each.n, "examples": [_plain(e) for e in each.examples]}
            for each in found.columns
        ],
        "label": found.label,
        "transitions": [_plain(each) for each in found.transitions],
        "uncompared": list(found.uncompared),
        "added": found.added.head(_SHOWN).to_dicts(),
        "removed": found.removed.head(_SHOWN).to_dicts(),
    }


_SHOWN = 20
"""Rows that were added or removed, in the answer for programs."""
