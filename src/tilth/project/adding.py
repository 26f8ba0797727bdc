"""Adds rows to a dataset of the catalog: a partition of its own, or the end of its one file."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tilth import plugins
from tilth.data.dataset import Dataset
from tilth.data.format import Format
from tilth.data.location import fill, place, to_write
from tilth.data.source import BytesSource
from tilth.engine.load import FORMATS
from tilth.errors import DataError, DefinitionError, MissingDataError
from tilth.project.checking import table_of

if TYPE_CHECKING:
    from tilth.project.project import Project


def there(project: Project, dataset: str) -> Any:
    """The rows of a dataset as a `polars.DataFrame`; None where nothing lies there yet."""
    try:
        return table_of(project, dataset).collect()
    except MissingDataError:
        return None


def added(project: Project, dataset: str, rows: Any, key: str) -> Path:
    """Write rows to where a dataset lies, all of them or none; the file that holds them.

    What is written is read back before it takes its place: the rows that were there must be the
    same, and those that are new must follow.

    Args:
        project: Whose.
        dataset: It has a location with one field, which becomes the key, or with none.
        rows: A `polars.DataFrame`.
        key: Names the partition; a number follows it where it is taken.

    Raises:
        DataError: It could not be written, or would not be read back the same.
    """
    entry: Dataset = project.catalog[dataset]
    assert entry.location is not None, "datasets without a location take no rows"
    if entry.fields:
        path = _free(project, entry.location, key)
        data = _written(entry, rows)
        _check(entry, data, None, rows)
    else:
        path = to_write(entry.location, project.folder)
        before = there(project, dataset) if path.exists() else None
        data = _longer(entry, path, before, rows)
        _check(entry, data, before, rows)
    place(data, path)
    return path


def _free(project: Project, location: str, key: str) -> Path:
    number, path = 1, to_write(fill(location, key), project.folder)
    while path.exists():
        number += 1
        path = to_write(fill(location, f"{key}-{number}"), project.folder)
    return path


def _longer(entry: Dataset, path: Path, before: Any, rows: Any) -> bytes:
    """The file with more rows at its end; of a CSV not a byte of what is there changes."""
    if before is None:
        return _written(entry, rows)
    rows = rows.select(before.columns) if set(before.columns) == set(rows.columns) else rows
    if entry.format == "csv" and not path.suffix.endswith(("gz", "zip")):
        old = path.read_bytes()
        end = b"" if old.endswith(b"\n") else b"\n"
        return old + end + _written(entry, rows, header=False)
    import polars  # 0.1 s, and only where data is looked at

    try:
        return _written(entry, polars.concat([before, rows]))
    except polars.exceptions.PolarsError as error:
        raise _unlike(entry, str(error).splitlines()[0]) from error


def _written(entry: Dataset, rows: Any, *, header: bool = True) -> bytes:
    options = dict(entry.write)
    if entry.format == "csv":
        for name in ("separator", "quote"):
            if name in entry.read:
                options.setdefault(name, entry.read[name])
        options["header"] = header and entry.read.get("has_header", True)
    writer = cast(type[Format], plugins.find(FORMATS, entry.format))(write=options)
    stream = BytesIO()
    writer.write(stream, rows)
    return stream.getvalue()


def _check(entry: Dataset, data: bytes, before: Any, rows: Any) -> None:
    """Read back what is to be written."""
    reader = cast(type[Format], plugins.find(FORMATS, entry.format))(read=entry.read)
    try:
        found = reader.read(BytesSource(data, f"dataset `{entry.name}`"), "polars.DataFrame")
    except DataError as error:
        raise _unlike(entry, str(error)) from error
    n = 0 if before is None else before.height
    if before is not None and not found[:n].equals(before):
        raise _unlike(entry, "the rows that are there would be read otherwise")
    if set(found.columns) != set(rows.columns):
        raise _unlike(entry, f"it has the columns {', '.join(found.columns)}")
    if not _same(found[n:].select(rows.columns), rows):
        raise _unlike(entry, "the new rows would be read otherwise")


def _same(found: Any, rows: Any) -> bool:
    """Whether rows hold the same values; a few may be read as a narrower type than many."""
    import polars  # 0.1 s, and only where data is looked at

    try:
        return bool(found.cast(dict(rows.schema)).equals(rows))
    except polars.exceptions.PolarsError:
        return False


def _unlike(entry: Dataset, reason: str) -> DefinitionError:
    return DefinitionError(
        f"dataset `{entry.name}` cannot take these rows: {reason}",
        hint="give them a place of their own: `--into` and a location with a field, "
        "such as `data/more/{order}.csv`",
    )
