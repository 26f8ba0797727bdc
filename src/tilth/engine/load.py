"""Loading: from stored bytes to the value that a function asks for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from tilth import plugins
from tilth.data.format import Format
from tilth.data.shape import PATH, is_table
from tilth.data.source import BytesSource, FileSource, named
from tilth.data.table import concatenated, convert
from tilth.engine.call import Stored
from tilth.errors import DataError

FORMATS = "tilth.data.formats"


def format_for(
    name: str, *, read: Mapping[str, Any] | None = None, write: Mapping[str, Any] | None = None
) -> Format:
    """A format with its options; one that has none is made once."""
    if not read and not write and "." not in name:  # the user's own may change
        return _plain(name)
    kind = cast(type[Format], plugins.find(FORMATS, name))
    return kind(read=read, write=write)


@lru_cache(maxsize=64)
def _plain(name: str) -> Format:
    return cast(type[Format], plugins.find(FORMATS, name))()


def load(stored: Stored, asked: str) -> Any:
    """The value, in the asked shape where it is one that tables come in.

    Raises:
        DataError: The bytes are not what their format says, or changed while they were read.
    """
    kind = format_for(stored.format, read=stored.options)
    name = f"`{stored.name}` ({stored.path or 'in the history'})"
    source = FileSource(stored.path, name) if stored.path else BytesSource(stored.data or b"", name)
    value = _read(kind, source, asked, stored)
    if asked == PATH and stored.state is None and isinstance(value, Path):
        return named(value, stored.name, kind.suffix)
    if stored.state is not None and stored.path is not None:
        _refuse_change(stored, stored.path)
    return value


def _read(kind: Format, source: FileSource | BytesSource, asked: str, stored: Stored) -> Any:
    if asked in kind.shapes:
        return kind.read(source, asked)
    value = kind.read(source, stored.shape if stored.shape in kind.shapes else None)
    return convert(value, asked, f"`{stored.name}`") if is_table(asked) else value


def _refuse_change(stored: Stored, path: str) -> None:
    found = Path(path).stat()
    if (found.st_size, found.st_mtime_ns, found.st_ino) != stored.state:
        raise DataError(
            f"`{stored.name}` changed while it was read ({path})",
            hint="run again when whoever writes it has ended",
        )


def load_parts(parts: Mapping[str, Stored], asked: str, dataset: str) -> Any:
    """All partitions: one table where a table is asked for, else a dictionary by key."""
    if is_table(asked):
        return concatenated([load(each, asked) for each in parts.values()], asked, f"`{dataset}`")
    inner = _value_shape(asked)
    return {key: load(each, inner) for key, each in parts.items()}


def _value_shape(asked: str) -> str:
    """`polars.DataFrame` of `dict[str, polars.DataFrame]`."""
    if not asked.endswith("]"):
        return ""
    return asked.partition("[")[2][:-1].rpartition(",")[2].strip()
