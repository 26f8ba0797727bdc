"""Makes the sources of a project small: related tables together, all else one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.contract.edges import Edge, with_edges
from tilth.data.library import need
from tilth.data.shape import LAZY, POLARS
from tilth.engine.step import PARTITIONS
from tilth.history.record import Made
from tilth.project.contents import stored, value_of
from tilth.project.contracts import INCOMING
from tilth.project.mini.asked import asked_classes, asked_keys, asked_moments
from tilth.project.mini.others import small_file, small_partitions
from tilth.project.mini.place import MiniSource
from tilth.project.mini.tables import written
from tilth.record import record

if TYPE_CHECKING:
    import polars as pl

    from tilth.project.project import Project
    from tilth.quality.subset import Link, Subset

LAZILY_FROM = 256 * 1024 * 1024
"""Bytes of a file from which it is scanned piece by piece instead of loaded."""


@record
class Derived:
    """One mini source, as it is told.

    Attributes:
        dataset: Its name.
        source: Where it lies.
        rows: How many rows it has; None where it is no table.
        of_rows: How many the project's own has.
        edges: Odd values that its contract allows and that were put in.
        joined: Other sources that it was drawn together with, and by which columns.
        note: What one should know.
    """

    dataset: str
    source: MiniSource
    rows: int | None = None
    of_rows: int | None = None
    edges: tuple[Edge, ...] = ()
    joined: tuple[str, ...] = ()
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "dataset": self.dataset,
            "location": self.source.location,
            "rows": self.rows,
            "of_rows": self.of_rows,
            "edges": [each.as_dict() for each in self.edges],
            "joined": list(self.joined),
            "note": self.note,
        }


def derive(
    project: Project,
    datasets: Iterable[str],
    folder: Path,
    *,
    n_rows: int,
    seed: int = 0,
    edges: bool = True,
) -> list[Derived]:
    """Write a mini of each source into a folder.

    Args:
        project: Whose sources they are.
        datasets: Sources, as nodes call them.
        folder: Gets a folder `sources`.
        n_rows: Rows of a table, about.
        seed: Of all draws.
        edges: Whether the odd values that contracts allow are put in.

    Raises:
        MissingDataError: There is nothing at a source's location.
        DataError: A source cannot be read.
    """
    versions = {_base(name): project.version(name) for name in datasets}
    frames: dict[str, pl.LazyFrame] = {}
    found = []
    for name, made in versions.items():
        if made.format == PARTITIONS:
            found.append(_of_partitions(project, name, made, folder, n_rows=n_rows, seed=seed))
        elif _is_table(project, made):
            frames[name] = _frame(project, made)
        else:
            path = Path(stored(project, made).path or "")
            source, note = small_file(project, name, made, path, folder, n_rows=n_rows, seed=seed)
            found.append(Derived(dataset=name, source=source, note=note))
    if frames:
        found += _tables(project, frames, folder, n_rows=n_rows, seed=seed, edges=edges)
    order = list(versions)
    return sorted(found, key=lambda each: order.index(each.dataset))


def _base(dataset: str) -> str:
    """What the catalog calls it: a contract that sets rows apart has another name for nodes."""
    return dataset.removesuffix(INCOMING)


def _is_table(project: Project, made: Made) -> bool:
    from tilth.engine.load import format_for

    kind = format_for(made.format)
    return POLARS in kind.types and POLARS in kind.shapes


def _frame(project: Project, made: Made) -> pl.LazyFrame:
    need("polars", "a mini data set", extra="quality")
    need("numpy", "a mini data set", extra="quality")
    frame: pl.LazyFrame = value_of(project, made, LAZY)
    return frame if made.n_bytes >= LAZILY_FROM else frame.collect().lazy()


def _of_partitions(
    project: Project, name: str, made: Made, folder: Path, *, n_rows: int, seed: int
) -> Derived:
    source, note, rows = small_partitions(project, name, made, folder, n_rows=n_rows, seed=seed)
    return Derived(dataset=name, source=source, note=note, rows=rows)


# Tables


def _tables(
    project: Project,
    frames: Mapping[str, pl.LazyFrame],
    folder: Path,
    *,
    n_rows: int,
    seed: int,
    edges: bool,
) -> list[Derived]:
    import numpy as np

    from tilth.quality.subset import find_links, subset  # both take their time

    keys = {name: each.key for name, each in project.definition.written.items() if each.key}
    links = find_links(frames, keys, _declared(project, frames))
    drawn = subset(
        frames,
        links,
        n_rows=n_rows,
        seed=seed,
        keys=keys,
        classes=asked_classes(project),
        moments=asked_moments(project),
    )
    random = np.random.default_rng(seed)
    return [
        _table(project, name, drawn, links=links, folder=folder, random=random if edges else None)
        for name in frames
    ]


def _declared(project: Project, frames: Mapping[str, pl.LazyFrame]) -> list[Link]:
    """What contracts and stages say of tables that refer to others."""
    from tilth.quality.subset import Link

    found = [
        Link(child=child, columns=columns, parent=parent, on=on, unique=unique)
        for child, columns, parent, on, unique in asked_keys(project)
        if child in frames and parent in frames and child != parent
        if _has(frames[child], columns) and _has(frames[parent], on)
    ]
    for name, contract in project.definition.written.items():
        for each in contract.promises:
            there = getattr(each.check, "there", None)
            if there is None or name not in frames or there[0] not in frames or there[0] == name:
                continue
            columns, (parent, on) = each.check.columns, there
            if _has(frames[name], columns) and _has(frames[parent], on):
                found.append(Link(child=name, columns=columns, parent=parent, on=on))
    return list(dict.fromkeys(found))


def _has(frame: pl.LazyFrame, columns: Sequence[str]) -> bool:
    return set(columns) <= set(frame.collect_schema().names())


def _table(
    project: Project,
    name: str,
    drawn: Subset,
    *,
    links: Sequence[Link],
    folder: Path,
    random: Any,
) -> Derived:
    """Put the odd values in, write it, and see that what is read is what was written."""
    table = drawn.tables[name]
    made, edges = table, list[Edge]()
    contract = project.definition.written.get(name)
    if contract is not None and random is not None and not contract.schema:
        made, edges = with_edges(
            table,
            contract,
            references=drawn.tables,
            untouched={each for link in links if link.parent == name for each in link.on},
            random=random,
        )
    entry = project.config.catalog[name]
    told = written(project, entry, made, folder)
    if told.lost and edges:
        edges = [each for each in edges if each.column not in told.lost]
        made = _restored(table, made, told.lost)
        told = written(project, entry, made, folder)
    return Derived(
        dataset=name,
        source=told.source,
        rows=made.height,
        of_rows=drawn.n_rows[name],
        edges=tuple(edges),
        joined=tuple(_joined(name, links)),
        note=told.note or ("it is empty" if made.is_empty() else ""),
    )


def _restored(table: pl.DataFrame, made: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    return made.with_columns(table.get_column(each) for each in columns)


def _joined(name: str, links: Sequence[Link]) -> Iterable[str]:
    for each in links:
        if each.child == name:
            yield f"{each.parent} by {', '.join(each.columns)}"
