"""What data a project has: where each dataset lies, how big it is, and who made it when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilth.data.location import partitions, resolve
from tilth.engine.step import PARTITIONS
from tilth.errors import TilthError, UnknownNameError
from tilth.history.record import Made, NodeRun
from tilth.project.contents import can_be_had, gone, is_at_location, place_of
from tilth.project.listing import all_nodes, dataset_names
from tilth.record import fields_of, record

if TYPE_CHECKING:
    from tilth.project.project import Project


@record
class DatasetState:
    """A dataset as it stands now.

    Attributes:
        name: Its name.
        state: `made`, `source`, `missing` for a source that is not there, `pinned` for a version
            of another dataset, or `not made`.
        format: How its bytes are written; empty where nobody has said or made it.
        location: Where a person wants the file; empty where it lives in the store. Of a
            version of another dataset, which one.
        maker: The node that makes it, empty for a source.
        rows: Of a table, None where not known.
        columns: Likewise.
        n_bytes: None where not known.
        run: The run that made this version, 0 for none.
        made_at: Seconds since 1970; None where nobody made it.
        fingerprint: Of its bytes; of a source, only once a run has read it.
        layer: As the catalog says.
        description: As the catalog says.
    """

    name: str
    state: str
    format: str = ""
    location: str = ""
    maker: str = ""
    rows: int | None = None
    columns: int | None = None
    n_bytes: int | None = None
    run: int = 0
    made_at: float | None = None
    fingerprint: str = ""
    layer: str = ""
    description: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {name: getattr(self, name) for name in fields_of(self)}


@record
class VersionState:
    """One version of a dataset.

    Attributes:
        fingerprint: Of its bytes.
        run: The run that made it, or read it first.
        node: The node that made it, empty for a source.
        at: When that run started, seconds since 1970.
        person: Who ran it.
        rows: Of a table, None where not known.
        columns: Likewise.
        n_bytes: How many bytes.
        format: How they are written.
        kept: Whether they can still be had, from the store or where the user has them.
    """

    fingerprint: str
    run: int
    node: str
    at: float
    person: str
    rows: int | None
    columns: int | None
    n_bytes: int
    format: str
    kept: bool

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {name: getattr(self, name) for name in fields_of(self)}


def dataset_states(project: Project) -> list[DatasetState]:
    """Every dataset of a project; few queries, and no file is read."""
    makers = {made: node for node in all_nodes(project).values() for made in node.makes}
    last = project.history.recall({node.name for node in makers.values()})
    found = []
    for name in dataset_names(project):
        maker = makers.get(name)
        if maker is None:
            found.append(_source(project, name))
        else:
            i = maker.makes.index(name)
            found.append(_made(project, name, maker.name, last.get(maker.name), i))
    return found


def _entry(project: Project, name: str) -> dict[str, Any]:
    entry = project.catalog.get(name)
    if entry is None:
        return {"name": name}
    return {
        "name": name,
        "format": entry.format,
        "location": entry.location or "",
        "layer": entry.layer or "",
        "description": entry.description or "",
    }


def _made(
    project: Project, name: str, maker: str, node_run: NodeRun | None, i: int
) -> DatasetState:
    said = {**_entry(project, name), "maker": maker}
    if node_run is None or i >= len(node_run.outputs):
        return DatasetState(state="not made", **said)
    made = node_run.outputs[i]
    return DatasetState(
        state="made",
        rows=made.rows,
        columns=made.columns,
        n_bytes=made.n_bytes,
        run=node_run.run,
        made_at=node_run.started_at,
        fingerprint=made.fingerprint,
        **{**said, "format": made.format},
    )


def _source(project: Project, name: str) -> DatasetState:
    said = _entry(project, name)
    location = said.get("location")
    pin = project.config.catalog[name].of if name in project.pins else None
    if pin is not None:
        return DatasetState(state="pinned", **{**said, "name": name, "location": pin})
    if not location:
        return DatasetState(state="not made", **said)
    try:
        path = resolve(location, project.folder)
        paths = list(partitions(path).values()) if project.catalog[name].fields else [path]
        n_bytes = sum(each.stat().st_size for each in paths)
    except (OSError, TilthError):
        return DatasetState(state="missing", **said)
    return DatasetState(state="source", n_bytes=n_bytes, **said)


def dataset_versions(project: Project, dataset: str, n: int | None = None) -> list[VersionState]:
    """All versions of a dataset or the newest, newest first.

    Raises:
        UnknownNameError: There is no such dataset.
    """
    known = dataset_names(project)
    found = project.history.versions(dataset, n)
    if not found and dataset not in known:
        raise UnknownNameError("dataset", dataset, known)
    return [
        VersionState(
            fingerprint=made.fingerprint,
            run=run.id,
            node=node_run.node if node_run is not None else "",
            at=run.started_at,
            person=run.person,
            rows=made.rows,
            columns=made.columns,
            n_bytes=made.n_bytes,
            format=made.format,
            kept=can_be_had(project, made),
        )
        for made, node_run, run in found
    ]


def where(project: Project, made: Made) -> str:
    """Where a person finds the bytes of a version.

    Raises:
        MissingDataError: Nowhere.
    """
    if is_at_location(project, made):
        return str(place_of(project, made.dataset))
    if made.format == PARTITIONS:
        return "in the store, one file to a partition"
    if project.blobs.has(made.fingerprint):
        return str(project.blobs.path(made.fingerprint))
    if not can_be_had(project, made):
        raise gone(project, made)
    return "in the history's database"
