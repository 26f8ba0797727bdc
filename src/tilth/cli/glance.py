"""A glance at a dataset: its first rows, lines or items, as text and as plain data."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from tilth.cli.output import count, size, table
from tilth.data.shape import LAZY, describe, is_table
from tilth.engine.load import load
from tilth.engine.step import PARTITIONS
from tilth.errors import DataError, MissingLibraryError, UnknownNameError
from tilth.history.record import Made
from tilth.project import Project
from tilth.project.contents import parts_of, stored, value_of
from tilth.project.datasets import where
from tilth.project.reference import split
from tilth.record import record

_FILES = frozenset({"figure", "html", "bytes"})
"""Formats that are looked at with another program."""

_TABLES = frozenset({"csv", "parquet", "arrow"})

_WIDEST_CELL = 32


@record
class Glance:
    """What is seen.

    Attributes:
        title: What it is, in a line.
        text: The beginning, for people.
        data: The beginning, for programs.
    """

    title: str
    text: str
    data: Any


def glance(project: Project, dataset: str, version: str | None, n: int) -> Glance:
    """Look at the beginning of a dataset, without reading more of it than is needed."""
    if dataset.startswith("params"):
        return _of_value(dataset, project.load(dataset), n)
    named = split(dataset)
    name, _, key = named.dataset.removesuffix("]").partition("[")
    made = project.version(f"{name}@{named.version}" if named.version else name, version)
    if made.format == PARTITIONS:
        return _of_partitions(project, made, key, n)
    title = _title(made)
    if made.format in _FILES:
        place = where(project, made)
        return Glance(title=title, text=place, data={"path": place, "bytes": made.n_bytes})
    value = _beginning(project, made, n)
    seen = _of_value(title, value, n)
    return Glance(title=title, text=seen.text, data=seen.data)


def _of_partitions(project: Project, made: Made, key: str, n: int) -> Glance:
    """Which there are, or the beginning of one."""
    parts = parts_of(project, made)
    if key:
        if key not in parts:
            raise UnknownNameError(f"partition of `{made.dataset}`", key, parts)
        value = load(stored(project, parts[key], key), "")
        seen = _of_value(_title(parts[key]), value, n)
        return Glance(title=f"{made.dataset}[{key}]", text=seen.text, data=seen.data)
    rows = [(key, each.format, count(each.rows), size(each.n_bytes)) for key, each in parts.items()]
    more = [(f"... and {len(rows) - n:,} more", "", "", "")] if len(rows) > n else []
    text = table([*rows[:n], *more], titles=("partition", "format", "rows", "size"), right=(2, 3))
    data = [
        {"partition": key, "format": each.format, "rows": each.rows, "bytes": each.n_bytes}
        for key, each in parts.items()
    ]
    hint = f"`tilth data head '{made.dataset}[{next(iter(parts), '')}]'` shows one"
    return Glance(title=f"{_title(made)}; {hint}", text=text, data=data)


def _title(made: Made) -> str:
    extent = [f"{count(made.rows)} rows"] if made.rows is not None else []
    extent += [f"{count(made.columns)} columns"] if made.columns is not None else []
    digest = made.fingerprint.partition(":")[2][:12]
    return f"{made.dataset}: {', '.join([*extent, made.format, size(made.n_bytes), digest])}"


def _beginning(project: Project, made: Made, n: int) -> Any:
    """The value, of a big table only its first rows where Polars can scan it."""
    if made.format not in _TABLES and not is_table(made.shape):
        return value_of(project, made)
    try:
        return value_of(project, made, LAZY).head(n).collect()
    except (MissingLibraryError, ModuleNotFoundError, DataError):
        return value_of(project, made)  # two columns of one name, say, which Polars cannot have


def _of_value(title: str, value: Any, n: int) -> Glance:
    rows = _rows(value, n)
    if rows is not None:
        columns, cells = rows
        data = [dict(zip(columns, row, strict=True)) for row in cells]
        return Glance(title=title, text=_table_text(columns, cells), data=data)
    if isinstance(value, str):
        lines = value.splitlines()
        more = [f"... {len(lines) - n:,} more lines"] if len(lines) > n else []
        return Glance(title=title, text="\n".join([*lines[:n], *more]), data="\n".join(lines[:n]))
    if isinstance(value, bytes):
        return Glance(title=title, text=repr(value[: n * 16]), data=repr(value[: n * 16]))
    return _of_plain(title, value, n)


def _of_plain(title: str, value: Any, n: int) -> Glance:
    try:
        text = json.dumps(value, ensure_ascii=False, indent=2)
    except (TypeError, ValueError):
        told = describe(value).text
        shown = repr(value)
        lines = shown.splitlines()
        cut = "\n".join(lines[: n * 4])
        return Glance(title=title, text=f"{told}\n{cut}" if told != shown else cut, data=shown)
    lines = text.splitlines()
    most = n * 4
    more = [f"... {len(lines) - most:,} more lines"] if len(lines) > most else []
    return Glance(title=title, text="\n".join([*lines[:most], *more]), data=value)


def _rows(value: Any, n: int) -> tuple[list[str], list[Sequence[Any]]] | None:
    """Columns and first rows of anything that has both; None for what is no table."""
    kind = describe(value).shape
    if kind == "polars.DataFrame":
        return list(value.columns), list(value.head(n).rows())
    if kind == "pandas.DataFrame":
        first = value.head(n)
        return [str(each) for each in first.columns], list(first.itertuples(index=False))
    if kind == "pyarrow.Table":
        first = value.slice(0, n).to_pylist()
        return list(value.column_names), [tuple(row.values()) for row in first]
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        columns = list(dict.fromkeys(str(key) for row in value[:n] for key in row))
        return columns, [tuple(row.get(each) for each in columns) for row in value[:n]]
    return None


def _table_text(columns: list[str], rows: Sequence[Sequence[Any]]) -> str:
    cells = [tuple(map(_cell, row)) for row in rows]
    numbers = [
        i
        for i in range(len(columns))
        if rows and all(isinstance(row[i], int | float | None) for row in rows)
    ]
    n = _fitting(columns, cells)
    text = table([row[:n] for row in cells], titles=columns[:n], right=numbers)
    if n == len(columns):
        return text
    return f"{text}\n... and {len(columns) - n} more columns: {', '.join(columns[n:])}"


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= _WIDEST_CELL else text[: _WIDEST_CELL - 3] + "..."


def _fitting(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> int:
    """How many columns fit into the terminal; all of them where there is none."""
    if not sys.stdout.isatty():
        return len(columns)
    left = shutil.get_terminal_size().columns
    for i, title in enumerate(columns):
        left -= max(len(title), *(len(row[i]) for row in cells)) + 2 if cells else len(title) + 2
        if left < -2:
            return max(1, i)
    return len(columns)
