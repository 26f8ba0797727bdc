"""Sources that are no tables: taken whole where they are small, cut where that makes sense."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.data.location import fill
from tilth.data.shape import LAZY, POLARS
from tilth.data.source import FileSource
from tilth.engine.load import format_for, load
from tilth.errors import TilthError
from tilth.history.record import Made
from tilth.project.contents import parts_of, stored
from tilth.project.mini.place import MiniSource

if TYPE_CHECKING:
    from tilth.project.project import Project

SMALL = 4 * 1024 * 1024
"""Bytes up to which a file is taken as a whole."""

MOST_PARTITIONS = 6


def small_file(
    project: Project,
    name: str,
    made: Made,
    path: Path,
    folder: Path,
    *,
    n_rows: int,
    seed: int,
) -> tuple[MiniSource, str]:
    """A mini of one file, and what one should know of it."""
    entry = project.config.catalog.get(name)
    kind = made.format if entry is None or entry.of is not None else None
    data = made.data if made.data is not None else None
    target = folder / "sources" / f"{name}{path.suffix or format_for(made.format).suffix}"
    target.parent.mkdir(parents=True, exist_ok=True)
    source = MiniSource(location=str(target.relative_to(folder)), format=kind)
    if not path.is_file():
        target.write_bytes(data if data is not None else project.workspace.bytes_of(made))
        return source, ""
    if made.n_bytes <= SMALL:
        shutil.copyfile(path, target)
        return source, ""
    cut = _CUTS.get(made.format)
    told = cut(path, target, n_rows, seed) if cut is not None else ""
    if told:
        return source, told
    note = f"{made.n_bytes / 1e6:,.0f} MB that cannot be cut: it is read where it lies"
    return MiniSource(location=str(path.absolute()), format=kind), note


def _cut_text(path: Path, target: Path, n_rows: int, seed: int) -> str:
    with path.open("rb") as stream:
        lines = [line for line, _ in zip(stream, range(n_rows), strict=False)]
    target.write_bytes(b"".join(lines)[:SMALL])
    return f"its first {len(lines):,} lines"


def _cut_json(path: Path, target: Path, n_rows: int, seed: int) -> str:
    value = format_for("json").read(FileSource(path), "object")
    if not isinstance(value, list) or len(value) <= n_rows:
        return ""
    rows = _rows(len(value), n_rows, seed)
    with target.open("wb") as stream:
        format_for("json").write(stream, [value[row] for row in rows])
    return f"{len(rows):,} of the {len(value):,} entries of its list"


def _cut_array(path: Path, target: Path, n_rows: int, seed: int) -> str:
    value = format_for("numpy").read(FileSource(path), None)
    if value.ndim == 0 or len(value) <= n_rows:
        return ""
    rows = _rows(len(value), n_rows, seed)  # the same of all arrays that are as long
    with target.open("wb") as stream:
        format_for("numpy").write(stream, value[rows])
    return f"{len(rows):,} of its {len(value):,} rows"


_CUTS: dict[str, Callable[[Path, Path, int, int], str]] = {
    "text": _cut_text,
    "json": _cut_json,
    "numpy": _cut_array,
}


def _rows(n: int, n_rows: int, seed: int) -> Any:
    import numpy as np

    from tilth.quality.subset.spread import spread

    everything = np.arange(n)
    return spread(everything, np.ones(n, bool), n_rows, np.random.default_rng(seed))


# Partitions


def small_partitions(
    project: Project, name: str, made: Made, folder: Path, *, n_rows: int, seed: int
) -> tuple[MiniSource, str, int | None]:
    """A few partitions: the first, the last and some between; each of a table is cut as well."""
    parts = parts_of(project, made)
    entry = project.config.catalog[name]
    inside = (entry.location or "").lstrip("/").replace("..", "_").replace("://", "/")
    location = f"sources/{name}/{inside.rpartition('/')[2] if '{' not in inside else inside}"
    chosen = _chosen(list(parts))
    rows, is_table = 0, False
    for key in chosen:
        target = Path(fill(str(folder / location), key))
        target.parent.mkdir(parents=True, exist_ok=True)
        path = Path(stored(project, parts[key], key).path or "")
        table = _part_table(project, parts[key], key, max(1, n_rows // len(chosen)), seed)
        if table is None or not _wrote(entry, parts[key].format, target, table):
            shutil.copyfile(path, target)
        else:
            is_table, rows = True, rows + table.height
    note = f"{len(chosen):,} of its {len(parts):,} partitions" if len(chosen) < len(parts) else ""
    return MiniSource(location=location), note, rows if is_table else None


def _chosen(keys: list[str]) -> list[str]:
    if len(keys) <= MOST_PARTITIONS:
        return keys
    last = len(keys) - 1
    places = {round(i * last / (MOST_PARTITIONS - 1)) for i in range(MOST_PARTITIONS)}
    return [keys[i] for i in sorted(places)]


def _part_table(project: Project, made: Made, key: str, n: int, seed: int) -> Any:
    kind = format_for(made.format)
    if POLARS not in kind.types or POLARS not in kind.shapes:
        return None
    from tilth.quality.subset import subset

    frame = load(stored(project, made, key), LAZY)
    return subset({"part": frame}, n_rows=n, seed=seed).tables["part"]


def _wrote(entry: Any, kind: str, target: Path, table: Any) -> bool:
    """Whether the part could be written; a file in a dialect of its own is copied instead."""
    if kind == "csv" and entry.read:
        return False
    try:
        with target.open("wb") as stream:
            format_for(kind, write=entry.write).write(stream, table)
    except TilthError:
        return False
    return True
