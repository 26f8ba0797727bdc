"""Labels in a spreadsheet: what goes out as CSV, and what comes back.

A cell that begins like a formula gets an apostrophe before it, which takes its power to compute
anything; on the way back the apostrophe is taken off again.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from tilth.labels.entry import Key, Label, Verdict
from tilth.record import record

LABEL, LABELER, ROUND, INSTRUCTION = "label", "labeler", "round", "instruction"
"""Columns of a sheet besides the key's and those that are shown."""

WORDS = frozenset(f"({each})" for each in Verdict if each is not Verdict.LABEL)
"""What may stand in the column `label` instead of a class."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MANY = 8


@record
class Row:
    """A filled-in row of a sheet.

    Attributes:
        line: Where it stands, from 1; the header is line 1.
        item: The item's key.
        verdict: What was said.
        label: The class, with `Verdict.LABEL`.
        labeler: Who said it; empty where the sheet does not say.
        round: In which round it was asked; empty where the sheet does not say.
        instruction: By which version; empty where the sheet does not say.
    """

    line: int
    item: Key
    verdict: Verdict
    label: Label | None
    labeler: str
    round: str
    instruction: str


@record
class Sheet:
    """What a sheet says.

    Attributes:
        rows: Those that are filled in.
        n_empty: How many are not.
        mistakes: What is wrong with it, one sentence each; `rows` is not to be used then.
    """

    rows: tuple[Row, ...]
    n_empty: int
    mistakes: tuple[str, ...]


def write(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table as CSV that a spreadsheet opens and computes nothing of."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([_safe(each) for each in columns])
    for row in rows:
        writer.writerow([_safe(each) for each in row])
    return stream.getvalue()


def word(verdict: Verdict, label: Label | None) -> str:
    """What stands in the column `label`: a class, or another verdict in brackets."""
    return str(label) if verdict is Verdict.LABEL else f"({verdict})"


def read(text: str, *, key: str, keys: Iterable[Key], classes: Sequence[Label]) -> Sheet:
    """Read a sheet, and find everything that is wrong with it.

    Args:
        text: CSV with commas, semicolons or tabs, whichever the header has most of.
        key: The column with the keys.
        keys: All keys that there are.
        classes: All classes. Instead of one, `(both)`, `(neither)`, `(unsure)` or `(skip)` may
            stand in a cell, without brackets too where no class has that name.
    """
    lines = csv.reader(StringIO(text.removeprefix("\ufeff")), delimiter=delimiter_of(text))
    header = [plain_cell(each.strip()) for each in next(lines, [])]
    mistakes = _in_header(header, key)
    if mistakes:
        return Sheet(rows=(), n_empty=0, mistakes=mistakes)
    known = {str(each): each for each in keys}
    answers = _answers(classes)
    rows: list[Row] = []
    found: list[str] = []
    n_empty = 0
    for cells in lines:
        if not any(each.strip() for each in cells):
            continue
        said = dict(zip(header, cells, strict=False))
        row = _row(lines.line_num, said, key, known, answers)
        if isinstance(row, str):
            found.append(row)
        elif row is None:
            n_empty += 1
        else:
            rows.append(row)
    found += _doubles(rows)
    return Sheet(rows=tuple(rows), n_empty=n_empty, mistakes=tuple(found))


def _safe(value: Any) -> str:
    text = "" if value is None else str(value)
    dangerous = isinstance(value, str) and text.startswith((*_FORMULA, "'"))
    return f"'{text}" if dangerous else text


def plain_cell(cell: str) -> str:
    """A cell without the apostrophe that kept a spreadsheet from computing it."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_FORMULA, "'")) else cell


def delimiter_of(text: str) -> str:
    """What parts the cells of a sheet: whichever of comma, semicolon and tab its header has."""
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _in_header(header: list[str], key: str) -> tuple[str, ...]:
    missing = [each for each in (key, LABEL) if each not in header]
    shown = ", ".join(f"`{each}`" for each in header[:_MANY]) or "no column at all"
    found = [f"there is no column `{each}`; the first line has {shown}" for each in missing]
    double = [each for each in (key, LABEL, LABELER, ROUND, INSTRUCTION) if header.count(each) > 1]
    return (*found, *(f"the column `{each}` is there twice" for each in double))


def _answers(classes: Sequence[Label]) -> dict[str, tuple[Verdict, Label | None]]:
    others = [each for each in Verdict if each is not Verdict.LABEL]
    found: dict[str, tuple[Verdict, Label | None]] = {str(each): (each, None) for each in others}
    found |= {str(each): (Verdict.LABEL, each) for each in classes}
    return found | {f"({each})": (each, None) for each in others}


def _row(
    line: int,
    said: Mapping[str, str],
    key: str,
    known: Mapping[str, Key],
    answers: Mapping[str, tuple[Verdict, Label | None]],
) -> Row | str | None:
    """A row, what is wrong with it, or None where it is not filled in."""
    item, answer = plain_cell(said.get(key, "")), plain_cell(said.get(LABEL, "").strip())
    if item not in known:
        item = item.strip()
    if item not in known:
        return f"line {line}: there is no item {item!r}"
    if not answer:
        return None
    if answer not in answers:
        return f"line {line}: {answer!r} is no class"
    verdict, label = answers[answer]
    return Row(
        line=line,
        item=known[item],
        verdict=verdict,
        label=label,
        labeler=plain_cell(said.get(LABELER, "").strip()),
        round=said.get(ROUND, "").strip(),
        instruction=said.get(INSTRUCTION, "").strip(),
    )


def _doubles(rows: Iterable[Row]) -> list[str]:
    seen: dict[tuple[Key, str, str, str], int] = {}
    found = []
    for row in rows:
        what = row.item, row.labeler, row.round, row.instruction
        if what in seen:
            by = f" by {row.labeler}" if row.labeler else ""
            found.append(
                f"line {row.line}: item {row.item!r} was labelled{by} in line {seen[what]} already"
            )
        seen.setdefault(what, row.line)
    return found
