"""Writes a mini table in the format of its source, and sees that it is read as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.config.settings import EntrySettings
from tilth.data.format import Format
from tilth.data.shape import POLARS
from tilth.data.source import FileSource
from tilth.engine.load import format_for
from tilth.errors import TilthError
from tilth.project.mini.place import MiniSource
from tilth.record import record

if TYPE_CHECKING:
    import polars as pl

    from tilth.project.project import Project

_CSV_TYPES = {
    "Int8": "int8", "Int16": "int16", "Int32": "int32", "Int64": "int64", "UInt8": "uint8",
    "UInt16": "uint16", "UInt32": "uint32", "UInt64": "uint64", "Float32": "float32",
    "Float64": "float64", "Boolean": "bool", "String": "str", "Date": "date", "Time": "time",
    "Categorical": "categorical",
}  # fmt: skip
_OF_WHOLE_FILES = ("skip_rows", "rows", "comment", "decimal_comma", "encoding")
"""Options that speak of a file as it came, and have no meaning in one that Tilth wrote."""


@record
class Written:
    """What came of writing a table.

    Attributes:
        source: Where it lies.
        lost: Columns that are read otherwise than they were written.
        note: What one should know.
    """

    source: MiniSource
    lost: frozenset[str] = frozenset()
    note: str = ""


def written(project: Project, entry: EntrySettings, table: pl.DataFrame, folder: Path) -> Written:
    """Write a table as a mini source.

    Where values would be read as other types than in the whole file, since fewer rows tell
    less, the types are said in the mini's catalog entry.
    """
    kind, read = _origin(project, entry)
    location = f"sources/{entry.name}{_suffix(entry, format_for(kind))}"
    path = folder / location
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind != "csv":
        _write(format_for(kind, write=entry.write), path, table)
        lost = _differing(table, _read(kind, read, path))
        return _told(MiniSource(location=location, format=kind), lost)
    plain = {key: value for key, value in read.items() if key not in _OF_WHOLE_FILES}
    _write(format_for(kind, write=_csv_options(plain, path)), path, table)
    lost = _differing(table, _read(kind, plain, path))
    if lost:
        plain = {**plain, "types": {**_types(table, lost), **(plain.get("types") or {})}}
        lost = _differing(table, _read(kind, plain, path))
    shown = plain if plain != dict(read) and _may_be_written(plain, project) else None
    return _told(MiniSource(location=location, format=kind, read=shown), lost)


def _told(source: MiniSource, lost: frozenset[str]) -> Written:
    shown = ", ".join(f"`{each}`" for each in sorted(lost)[:4])
    note = f"{shown} may be read otherwise than in the whole file" if lost else ""
    return Written(source=source, lost=lost, note=note)


def _origin(project: Project, entry: EntrySettings) -> tuple[str, Mapping[str, Any]]:
    """Format and options for reading: its own, or those of the dataset that it stands for."""
    if entry.of is None:
        return entry.format or project.catalog[entry.name].format, entry.read
    made = project.version(entry.name)
    dataset = project.catalog.get(entry.name)
    return made.format, dataset.read if dataset is not None else {}


def _suffix(entry: EntrySettings, kind: Format) -> str:
    name = (entry.location or "").rpartition("/")[2]
    return name[name.index(".") :] if "." in name and entry.of is None else kind.suffix


def _write(kind: Format, path: Path, table: pl.DataFrame) -> None:
    with path.open("wb") as stream:
        kind.write(stream, table)


def _read(kind: str, read: Mapping[str, Any], path: Path) -> pl.DataFrame | None:
    try:
        found: pl.DataFrame = format_for(kind, read=read).read(FileSource(path), POLARS)
    except TilthError:
        return None
    return found


def _differing(table: pl.DataFrame, again: pl.DataFrame | None) -> frozenset[str]:
    if again is None or again.columns != table.columns or again.height != table.height:
        return frozenset(table.columns)
    return frozenset(
        name
        for name in table.columns
        if table[name].dtype != again[name].dtype or not table[name].equals(again[name])
    )


def _csv_options(read: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """How to write what these options read."""
    nulls = read.get("null_values")
    null = nulls if isinstance(nulls, str) else next(iter(nulls or ()), "")
    packed = {".gz": "gzip", ".zip": "zip"}.get(path.suffix, "none")
    given = {key: read[key] for key in ("separator", "quote") if key in read}
    header = read.get("has_header", True)
    return {**given, "header": header, "null_value": null, "compression": packed}


def _types(table: pl.DataFrame, columns: frozenset[str]) -> dict[str, str]:
    kinds = {name: _CSV_TYPES.get(str(table[name].dtype)) for name in table.columns}
    return {name: kind for name, kind in kinds.items() if kind and name in columns}


def _may_be_written(options: Mapping[str, Any], project: Project) -> bool:
    text = json.dumps(options, default=str)
    return project.config.secrets.masked(text) == text
