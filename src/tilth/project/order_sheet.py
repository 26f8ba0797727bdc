"""The sheet of an order: as people get it, and as it comes back."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from tilth.contract.contract import Contract, Promise
from tilth.errors import DataError, nearest
from tilth.labels.sheet import delimiter_of, plain_cell, write
from tilth.project.order import Order, slice_of
from tilth.record import field, record

ORDER = "order"
"""The column of a sheet that says which order it answers."""

BECAUSE, LINE = "refused_because", "refused_line"
"""Columns of the file with what was refused, before its own; once it is mended it may come back."""

_EXAMPLES = 3


@record
class Sheet:
    """The rows of a file, as text.

    Attributes:
        header: Its columns.
        lines: Line of each row, from 1.
        rows: Cells of each row that is filled in, one for each column.
        n_empty: How many lines are not filled in.
    """

    header: tuple[str, ...]
    lines: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    n_empty: int = 0


# What people get


def sheet_of(order: Order) -> str:
    given = given_cells(order)
    row = [given.get(name, "") for name in order.columns]
    return write([ORDER, *order.columns], [[order.id, *row]] * order.rows)


def given_cells(order: Order) -> dict[str, str]:
    """What the kind of rows says of a column already."""
    if not order.slice:
        return {}
    from tilth.quality.slices import Equal  # it imports Polars

    equal = [each for each in slice_of(order.slice).conditions if isinstance(each, Equal)]
    return {each.attribute.column: each.value for each in equal if not each.attribute.part}


def instruction_of(order: Order, contract: Contract, like: Any) -> str:
    kind = f" with `{order.wanted}`" if order.wanted else ""
    lines = [
        f"# Order {order.id}: {order.rows:,} rows for `{order.dataset}`",
        "",
        f"Collect {order.rows:,} new rows{kind}, and fill in one line of the sheet for each.",
        "",
        "| column | type | what is allowed | examples |",
        "| --- | --- | --- | --- |",
        *(_told_of(name, order, contract, like) for name in order.columns),
        "",
        f"- Leave the column `{ORDER}` as it is.",
        "- Leave a line empty if you have nothing for it; add lines if you have more.",
        "- Do not copy or change rows that are there: copies are found and refused.",
    ]
    if order.label:
        lines.append(f"- Say in `{order.label}` what is so, by the same rules as before.")
    lines += ["", f"Hand it back: `tilth data receive {order.id} FILE`.", ""]
    return "\n".join(lines)


def _told_of(name: str, order: Order, contract: Contract, like: Any) -> str:
    words = [said for each in contract.promises if (said := _allowed(each, name))]
    if name == order.label:
        examples = "left to you"
    else:
        some = like[name].drop_nulls().unique(maintain_order=True).head(_EXAMPLES).to_list()
        examples = ", ".join(_cell(each) for each in some)
    cells = [f"`{name}`", order.columns[name], "; ".join(words), examples]
    return f"| {' | '.join(each.replace('|', '/') for each in cells)} |"


def _allowed(promise: Promise, column: str) -> str:
    if promise.check.columns != (column,) or promise.name == "type":
        return ""
    given = dict(promise.check.given)
    match promise.name:
        case "not_null":
            return "must be filled in" if not given.get("at_most") else ""
        case "between":
            low, high = given.get("low"), given.get("high")
            ends = (("at least", low), ("at most", high))
            return ", ".join(f"{word} {end}" for word, end in ends if end is not None)
        case "levels":
            among = given["among"]
            names = [among] if isinstance(among, str) else [_cell(each) for each in among]
            return "one of " + ", ".join(names)
        case _:
            said = ", ".join(str(each) for each in given.values())
            return f"{promise.name.replace('_', ' ')} {said}".strip()


def _cell(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:37]}..."


# What comes back


def read_sheet(order: Order, file: Path) -> Sheet:
    """The rows of a file that are filled in.

    Raises:
        DataError: It cannot be read, or its columns are not those of the order.
    """
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise DataError(f"`{file}` cannot be read: {reason}") from error
    reader = csv.reader(StringIO(text), delimiter=delimiter_of(text))
    header = tuple(plain_cell(each.strip()) for each in next(reader, []))
    _check_header(header, order, file)
    prefilled = given_cells(order)
    ours = [header.index(each) for each in order.columns if each not in prefilled]
    lines, rows, n_empty = [], [], 0
    for cells in reader:
        whole = tuple(plain_cell(each).strip() for each in cells)
        if not any(whole[i] for i in ours if i < len(whole)):
            n_empty += 1
            continue
        lines.append(reader.line_num)
        rows.append(whole)
    if not rows:
        raise DataError(f"`{file}` has no row that is filled in")
    return Sheet(header=header, lines=tuple(lines), rows=tuple(rows), n_empty=n_empty)


def _check_header(header: tuple[str, ...], order: Order, file: Path) -> None:
    known = [ORDER, *order.columns, LINE, BECAUSE]
    missing = [each for each in order.columns if each not in header]
    if missing:
        near = nearest(missing[0], [each for each in header if each not in known])
        raise DataError(
            f"`{file}` lacks column{'s' * (len(missing) > 1)} "
            f"{', '.join(f'`{each}`' for each in missing[:8])}",
            hint=f"is it `{near}`?"
            if near
            else f"the sheet of the order has {', '.join(known[:-2])}",
        )
    other = [each for each in header if each not in known]
    double = [each for each in dict.fromkeys(header) if header.count(each) > 1]
    if other or double:
        what = f"has a column `{other[0]}`" if other else f"has the column `{double[0]}` twice"
        raise DataError(f"`{file}` {what}, unlike the order", hint="leave it out")


def refused_of(sheet: Sheet, reasons: Sequence[Sequence[str]]) -> str:
    rows = [
        [line, "; ".join(why), *cells]
        for line, cells, why in zip(sheet.lines, sheet.rows, reasons, strict=True)
        if why
    ]
    return write([LINE, BECAUSE, *sheet.header], rows)
