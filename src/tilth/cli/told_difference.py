"""The difference between two versions of a dataset, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from tilth.cli.output import clock, count, paint, plural, size, table
from tilth.project.causes import Cause
from tilth.project.data_difference import DataDifference, Side

if TYPE_CHECKING:
    from tilth.quality.difference import TableDifference
    from tilth.quality.structure import Edit

_WIDEST = 40
_MOST_LINES = 60
_MOST_COLUMNS = 30


def told(found: DataDifference, n: int) -> Iterator[str]:
    """What differs.

    Args:
        found: The difference.
        n: Examples of each kind.
    """
    yield from (_side("-", found.old, "red"), _side("+", found.new, "green"))
    if found.same_bytes:
        yield "the same bytes: nothing differs"
        return
    content = found.content
    if found.is_empty:
        yield "the bytes differ, what they hold does not: it is written or ordered otherwise"
    yield from _section("why", _causes(found.causes))
    yield from _section("partitions", (f"{kind} {key}" for key, kind in found.parts.items()))
    if content.table is not None:
        yield from _of_table(content.table, n)
    yield from _section("lines", _cut(map(_painted, content.lines), "line"))
    yield from _section("values", _cut(map(_edit, content.edits), "value"))
    yield from _section("what they are", content.told)
    yield from _section("statistics", _statistics(found.statistics()))


def _side(sign: str, side: Side, colour: str) -> str:
    digest = side.fingerprint.partition(":")[2][:12]
    known = [count(side.rows) + " rows"] if side.rows is not None else []
    known.append(size(side.n_bytes))
    if side.run:
        known.append(f"run {side.run}")
        known.append(f"{clock(side.at or 0.0)} by {side.person}")
    else:
        known.append("read by no run so far")
    if side.note:
        known.append(f"“{side.note}”")
    return f"{paint(sign, colour)} {side.dataset}@{digest}  {', '.join(known)}"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = [line for text in lines for line in text.splitlines()]
    if found:
        yield paint(title, "bold")
        yield from (f"  {line}" for line in found)


def _causes(causes: Iterable[Cause]) -> Iterator[str]:
    for each in causes:
        who = f" by {each.person}" if each.person else ""
        run = f", run {each.run}{who}" if each.run else ""
        at = f", commit {each.commit[:12]}" if each.commit else ""
        maker = f", made by `{each.node}`" if each.node else ", from outside"
        yield f"`{each.dataset}`{maker}{run}{at}"
        yield from (f"  {_painted(line) if line[:3] in _CHANGES else line}" for line in each.lines)


_CHANGES = ("  +", "  -")


def _of_table(found: TableDifference, n: int) -> Iterator[str]:
    yield from _section("columns", _schema(found))
    yield from _section("rows", _rows(found))
    yield from _section("cells", _cells(found, n))
    if found.label:
        yield from _section(f"labels in `{found.label}`", _labels(found))
    for title, rows, sign, colour in (
        ("added", found.added, "+", "green"),
        ("removed", found.removed, "-", "red"),
    ):
        shown = [f"{paint(sign, colour)} {_row(row)}" for row in rows.head(n).rows(named=True)]
        more = [f"... and {rows.height - n:,} more"] if rows.height > n and shown else []
        yield from _section(f"{title}, for example", [*shown, *more])


def _schema(found: TableDifference) -> Iterator[str]:
    schema = found.schema
    yield from (f"{paint('+', 'green')} {name}" for name in schema.added)
    yield from (f"{paint('-', 'red')} {name}" for name in schema.removed)
    yield from (f"{old} is called {new} now" for old, new in schema.renamed)
    yield from (f"{each.column}: {each.old} -> {each.new}" for each in schema.retyped)
    if schema.reordered:
        yield "in another order"
    for name in found.uncompared:
        yield f"{name} is not compared: its types have nothing in common"


def _rows(found: TableDifference) -> Iterator[str]:
    if found.key:
        how = "found as key" if found.inferred else "as key"
        yield f"{', '.join(found.key)} {how}"
    else:
        yield "no key: rows are compared as a whole (`--key` names one)"
    numbers = [
        (count(found.n_added), "added"),
        (count(found.n_removed), "removed"),
        (count(found.n_changed), "changed"),
        (count(found.n_same), "the same"),
    ]
    yield table(numbers if found.key else [*numbers[:2], numbers[3]], right=(0,))
    if found.n_repeated:
        rows = plural(found.n_repeated, "row")
        yield f"{rows} of both share a key with another, and are compared as a whole"


def _cells(found: TableDifference, n: int) -> Iterator[str]:
    rows = []
    for each in found.columns[:_MOST_COLUMNS]:
        for i, cell in enumerate(each.examples[:n]):
            where = ", ".join(f"{name}={_shown(value)}" for name, value in cell.key.items())
            title = (each.column, plural(each.n, "row")) if i == 0 else ("", "")
            rows.append((*title, where, _shown(cell.old), "->", _shown(cell.new)))
    yield table(rows, right=(3,))
    if len(found.columns) > _MOST_COLUMNS:
        yield f"... and {len(found.columns) - _MOST_COLUMNS} more columns"


def _labels(found: TableDifference) -> Iterator[str]:
    if not found.transitions:
        yield "no label changed" if found.key else "without a key no label can be followed"
        return
    rows = [(_shown(e.old), "->", _shown(e.new), plural(e.n, "row")) for e in found.transitions]
    yield from _cut([table(rows, right=(3,))], "transition")


def _row(row: dict[str, Any]) -> str:
    return ", ".join(f"{name}={_shown(value)}" for name, value in row.items())


def _edit(edit: Edit) -> str:
    place = edit.place or "the whole"
    if edit.kind == "added":
        return f"{paint('+', 'green')} {place}: {_shown(edit.new)}"
    if edit.kind == "removed":
        return f"{paint('-', 'red')} {place}: {_shown(edit.old)}"
    return f"{place}: {_shown(edit.old)} -> {_shown(edit.new)}"


def _painted(line: str) -> str:
    colour = {"+": "green", "-": "red", "@": "cyan"}.get(line.strip()[:1])
    return paint(line, colour) if colour else line


def _statistics(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    cells: list[tuple[str, ...]] = []
    for each in rows:
        names = (name for name in _TITLES if name in each["differs"])
        cells += [(each["column"], *_measure(each, name)) for name in names]
    shown = [
        ("" if i and cells[i - 1][0] == row[0] else row[0], *row[1:]) for i, row in enumerate(cells)
    ]
    yield from _cut([table(shown, right=(2,))] if shown else [], "statistic")


_TITLES = {
    "n_null": "nulls",
    "n_distinct": "distinct",
    "minimum": "least",
    "median": "median",
    "mean": "mean",
    "deviation": "deviation",
    "maximum": "most",
}
"""How many rows there are is said before."""


def _measure(row: dict[str, Any], name: str) -> tuple[str, str, str, str]:
    before, after = row["old"][name], row["new"][name]
    if name.startswith("n_"):
        return _TITLES[name], count(before) or "-", "->", count(after) or "-"
    return _TITLES[name], _shown(before), "->", _shown(after)


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = " ".join(str(value).split()) if not isinstance(value, str) else repr(value)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


def _cut(lines: Iterable[str], what: str) -> Iterator[str]:
    every = [line for text in lines for line in text.splitlines()]
    yield from every[:_MOST_LINES]
    if len(every) > _MOST_LINES:
        yield f"... {plural(len(every) - _MOST_LINES, f'more {what}')}"
