"""A look at the table before anything is written: how it is read, and whether it can be learned."""

from __future__ import annotations

import codecs
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

_FEWEST_ROWS, _FEWEST_OF_A_CLASS = 20, 10
"""With a fifth to test on, each of five folds has a few rows, and one of each of two classes."""

_GAPS = frozenset({"nan", "na", "n/a", "#n/a", "null", "none", "missing", "-", "?"})

_FIRST = 1000
"""Rows that are looked at first for a column that differs."""


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
    start, encoding = _beginning(file)
    try:
        found = csv.Sniffer().sniff(start, delimiters=",;\t|").delimiter
    except csv.Error:  # one column, or nothing that tells
        found = ","
    reading: dict[str, Any] = {} if found == "," else {"separator": found}
    if found == ";" and _has_decimal_commas(start):
        reading["decimal_comma"] = True
    if file.suffix not in (".csv", ".gz"):
        reading.setdefault("separator", found)
    if encoding != "utf-8":
        reading["encoding"] = encoding
    return {**reading, "parse_dates": True}


def refuse_twice_there(file: Path, target: str, separator: str) -> None:
    """See that a file of text has the target once: of two, one cannot be meant.

    Raises:
        DataError: There are more.
    """
    if file.suffix in (".parquet", ".pq"):
        return
    header = next(csv.reader(_beginning(file)[0].splitlines(), delimiter=separator), [])
    n = header.count(target)
    if n > 1:
        raise DataError(
            f"`{file.name}` has {n} columns `{target}`", hint="give all but one another name"
        )


def _beginning(file: Path) -> tuple[str, str]:
    """The first lines of a file of text, and its encoding: UTF-8, or UTF-16 if it says so.

    Raises:
        DataError: It is empty, cannot be read, or is in another encoding.
        DefinitionError: It is no text.
    """
    try:
        opened = gzip.open if file.suffix == ".gz" else open
        with opened(file, "rb") as stream:
            content = bytes(stream.read(_SNIFFED))
    except (OSError, EOFError) as error:
        raise DataError(f"`{file}` cannot be read: {error}") from error
    if not content.strip():
        raise DataError(f"`{file}` is empty", hint="a table has a header, and rows below it")
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = content.decode("utf-16", "replace") if is_utf16 else _decoded(content, file)
    return text[: text.rfind("\n") + 1] or text, "utf-16" if is_utf16 else "utf-8"


def _decoded(content: bytes, file: Path) -> str:
    if b"\0" in content:
        raise DefinitionError(
            f"`{file.name}` is no text, though it is called as one",
            hint=f"these can be started from: {', '.join(SUFFIXES)}",
        )
    try:
        # The last character may be cut in two.
        return codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"`{file.name}` is not in UTF-8: line {line} has the byte {content[error.start]:#04x}",
            hint="save it as UTF-8; in a project, `read: {encoding: latin-1}` says another",
        ) from error


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
    if target.dtype.is_float():
        target = target.fill_nan(None)
    is_number = _check_target(target, asked)
    _refuse_nothing_told(table, asked)
    return is_number


def _refuse_nothing_told(table: polars.LazyFrame, asked: Asked) -> None:
    """See that some other column has more than one value."""
    import polars as pl  # as above

    kinds = table.collect_schema()
    left = [each for each in kinds.names() if each not in (asked.target, *asked.drop)]
    if any(kinds[each].is_nested() for each in left):
        return
    differs = pl.all().drop_nulls().n_unique() > 1
    for rows in (table.head(_FIRST), table):
        told = rows.select(left).select(differs).collect() if left else None
        if told is not None and any(told.row(0)):
            return
    raise DataError(
        f"`{asked.file.name}` has nothing to tell `{asked.target}` from: every other column is "
        "empty, or the same in all rows",
        hint="there has to be a column that differs from row to row",
    )


def _refuse_twice(asked: Asked) -> None:
    for name in (asked.time, asked.group, *asked.drop):
        if name == asked.target:
            raise DefinitionError(
                f"`{name}` is the target, and cannot be left out, or order or part the rows",
                hint="give another column",
            )


def _check_target(values: polars.Series, asked: Asked) -> bool:
    """Whether it is a quantity."""
    from tilth.quality.quantity import check_kind, is_quantity  # they import Polars

    known = values.drop_nulls()
    where, name = f"`{asked.file.name}`", asked.target
    if len(known) == 0:
        what = "no rows" if len(values) == 0 else f"no value of `{name}` in any row"
        raise DataError(f"{where} has {what}", hint="there is nothing to learn from")
    check_kind(known, where)
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
            hint=_gap(known) or _other_targets(asked),
        )
    if len(known) < _FEWEST_ROWS:
        raise DataError(
            f"{where} has {len(known)} rows with a value of `{name}`, too few to learn from and "
            "to test on",
            hint=f"at least {_FEWEST_ROWS}; to say how good a model is takes some hundred",
        )
    is_number = is_quantity(known, asked.task)  # type: ignore[arg-type]  # one of the three
    if not is_number:
        _refuse_one_class(known, where)
    return is_number


def _refuse_one_class(known: polars.Series, where: str) -> None:
    """See that two classes have rows for each of the folds, and for the test."""
    counts = known.value_counts(sort=True)
    second, n = counts.row(1)
    if n < _FEWEST_OF_A_CLASS:
        raise DataError(
            f"{where}: column `{known.name}` is {counts.row(0)[0]!r:.40} in {counts.row(0)[1]:,} "
            f"rows, and {second!r:.40} in {n}: too few to learn from and to test on",
            hint=_gap(known)
            or f"at least {_FEWEST_OF_A_CLASS} rows of each of two classes; collect more of them",
        )


def _gap(known: polars.Series) -> str | None:
    """What to do where a word for a missing value keeps numbers from being numbers."""
    words = [each for each in known.unique().to_list() if str(each).strip().lower() in _GAPS]
    if not words:
        return None
    return (
        f"does {words[0]!r} mean that the value is missing? Leave it empty; in a project, "
        f"`read: {{null_values: [{words[0]}]}}` says so"
    )


def _other_targets(asked: Asked) -> str:
    return (
        "is it a name of the row, or a number that is written as text? "
        f"`tilth data head` shows how `{asked.file.name}` is read"
    )
