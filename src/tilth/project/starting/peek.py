"""A look at the table before anything is written: how it is read, and whether it can be learned."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.errors import DataError, DefinitionError, MissingDataError, UnknownNameError
from tilth.project.starting.asked import Asked

if TYPE_CHECKING:
    import polars

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".txt", ".parquet", ".pq")

_SNIFFED = 1 << 16
_MANY_CLASSES, _ROWS_EACH = 100, 10
"""As for `stage: train`: more classes need so many rows each on average."""


def check_file(file: Path) -> None:
    """See that the file is there, and of a kind that can be started from.

    Raises:
        MissingDataError: There is no such file.
        DefinitionError: It is a folder, or of another kind.
    """
    if not file.exists():
        near = sorted(each.name for each in file.parent.glob("*") if _is_table(each))[:5]
        raise MissingDataError(
            f"there is no file `{file}`",
            hint=f"beside it there are {', '.join(f'`{each}`' for each in near)}" if near else None,
        )
    if file.is_dir():
        raise DefinitionError(f"`{file}` is a folder", hint="name one file with a table")
    if not _is_table(file):
        raise DefinitionError(
            f"`{file.name}` is no table that can be started from",
            hint=f"these can: {', '.join(SUFFIXES)}; of other kinds, `tilth new` makes a project",
        )


def _is_table(file: Path) -> bool:
    return file.name.lower().endswith(SUFFIXES) and file.is_file()


def reading_of(file: Path) -> dict[str, Any]:
    """What the format has to be told to read the file: the separator, where it is no comma."""
    if file.suffix in (".parquet", ".pq"):
        return {}
    start = _beginning(file)
    try:
        found = csv.Sniffer().sniff(start, delimiters=",;\t|").delimiter
    except csv.Error:  # one column, or nothing that tells
        found = ","
    reading: dict[str, Any] = {} if found == "," else {"separator": found}
    if found == ";" and _has_decimal_commas(start):
        reading["decimal_comma"] = True
    if file.suffix not in (".csv", ".gz"):
        reading.setdefault("separator", found)
    return {**reading, "parse_dates": True}


def _beginning(file: Path) -> str:
    try:
        opened = gzip.open if file.suffix == ".gz" else open
        with opened(file, "rb") as stream:
            content = bytes(stream.read(_SNIFFED))
    except (OSError, EOFError) as error:
        raise DataError(f"`{file}` cannot be read: {error}") from error
    text = content.decode("utf-8", "replace")
    return text[: text.rfind("\n") + 1] or text


def _has_decimal_commas(text: str) -> bool:
    cells = [cell.strip('"') for line in text.splitlines()[1:50] for cell in line.split(";")]
    whole = [cell for cell in cells if cell.replace(",", "", 1).lstrip("-").isdecimal()]
    return any("," in cell for cell in whole)


def check_columns(table: polars.LazyFrame, asked: Asked) -> bool:
    """See that the columns are there, and that the target can be learned.

    Returns:
        Whether the target is a quantity rather than a class.

    Raises:
        UnknownNameError: A column is not there.
        DataError: The target has no value, one value, or names the rows.
    """
    names = table.collect_schema().names()
    for name in (asked.target, asked.time, asked.group, *asked.drop):
        if name and name not in names:
            raise UnknownNameError("column", name, names, where=f"`{asked.file.name}`")
    _refuse_twice(asked)
    if len(names) < 2:
        raise DataError(
            f"`{asked.file.name}` has no column besides `{asked.target}`",
            hint="there has to be something to tell it from; is the separator another?",
        )
    target = table.select(asked.target).collect()[asked.target]
    _check_target(target, asked)
    from tilth.quality.quantity import is_quantity  # it imports Polars, as what was read did

    return is_quantity(target, asked.task)  # type: ignore[arg-type]  # one of the three, as a text


def _refuse_twice(asked: Asked) -> None:
    for name in (asked.time, asked.group, *asked.drop):
        if name == asked.target:
            raise DefinitionError(
                f"`{name}` is the target, and cannot be left out, or order or part the rows",
                hint="give another column",
            )


def _check_target(values: polars.Series, asked: Asked) -> None:
    known = values.drop_nulls()
    where, name = f"`{asked.file.name}`", asked.target
    if len(known) == 0:
        what = "no rows" if len(values) == 0 else f"no value of `{name}` in any row"
        raise DataError(f"{where} has {what}", hint="there is nothing to learn from")
    n_levels = known.n_unique()
    if n_levels == 1:
        raise DataError(
            f"{where}: column `{name}` is {known[0]!r} in all {len(known):,} rows",
            hint="with one value there is nothing to learn",
        )
    is_text = not values.dtype.is_numeric()
    if is_text and n_levels > _MANY_CLASSES and len(known) < _ROWS_EACH * n_levels:
        raise DataError(
            f"{where}: column `{name}` has {n_levels:,} different values in {len(known):,} rows, "
            "too many to be classes",
            hint=_other_targets(asked),
        )


def _other_targets(asked: Asked) -> str:
    return (
        "is it a name of the row, or a number that is written as text? "
        f"`tilth data head` shows how `{asked.file.name}` is read"
    )
