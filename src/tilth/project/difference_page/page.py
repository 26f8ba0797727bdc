"""Puts the page together: style and facts in one file that needs no network and no script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from time import localtime, strftime
from typing import TYPE_CHECKING, Any

from tilth.project.causes import Cause
from tilth.project.data_difference import DataDifference, Side

if TYPE_CHECKING:
    from tilth.quality.difference import TableDifference, Transition
    from tilth.quality.structure import Edit

_MOST_ROWS = 50
_MOST_LINES = 2_000
_MOST_LEVELS = 20


def page(project: str, found: DataDifference) -> str:
    """The difference as an HTML page.

    Args:
        project: The project's name.
        found: What differs.
    """
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    title = f"{escape(found.new.dataset)}: what differs"
    body = "\n".join(_body(project, found))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n{body}\n"
        "</body>\n</html>\n"
    )


def _body(project: str, found: DataDifference) -> Iterator[str]:
    yield f"<h1>{escape(found.new.dataset)}<small>{escape(project)}</small></h1>"
    sides = _side("old", found.old) + _side("new", found.new)
    yield f'<div class="sides">{sides}</div>'
    if found.same_bytes:
        yield "<p>Both are the same bytes: nothing differs.</p>"
        return
    if found.is_empty:
        yield "<p>The bytes differ, what they hold does not: it is only written otherwise.</p>"
    yield from _section("Why", map(_cause, found.causes))
    parts = (
        f'<span class="pill">{escape(kind)} <b>{escape(key)}</b></span>'
        for key, kind in found.parts.items()
    )
    yield from _section("Partitions", parts)
    content = found.content
    if content.table is not None:
        yield from _of_table(content.table)
    yield from _section("Lines", [_lines(content.lines)] if content.lines else [])
    yield from _section("Values", [_edits(content.edits)] if content.edits else [])
    yield from _section("What they are", (f"<p>{escape(each)}</p>" for each in content.told))
    rows = found.statistics()
    yield from _section("Statistics of the columns", [_statistics(rows)] if rows else [])


def _section(title: str, parts: Iterable[str]) -> Iterator[str]:
    found = list(parts)
    if found:
        yield f"<section><h2>{title}</h2>"
        yield from found
        yield "</section>"


def _side(which: str, side: Side) -> str:
    facts = [("bytes", f"{side.n_bytes:,}"), ("format", side.format)]
    if side.rows is not None:
        facts.insert(0, ("rows", f"{side.rows:,}"))
    if side.run:
        day = strftime("%Y-%m-%d %H:%M", localtime(side.at))
        facts += [("run", f"{side.run}, {day}"), ("by", side.person)]
    facts += [(name, text) for name, text in (("commit", side.commit), ("note", side.note)) if text]
    listed = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts)
    digest = side.fingerprint.partition(":")[2]
    title = {"old": "before", "new": "after"}[which]
    return (
        f'<div class="card {which}"><span class="soft">{title}</span>'
        f"<b><code>{escape(side.dataset)}@{digest[:12]}</code></b><dl>{listed}</dl></div>"
    )


def _cause(cause: Cause) -> str:
    maker = f"made by <code>{escape(cause.node)}</code>" if cause.node else "from outside"
    run = f", run {cause.run} by {escape(cause.person)}" if cause.run else ""
    commit = f", commit <code>{escape(cause.commit[:12])}</code>" if cause.commit else ""
    title = f"<h3><code>{escape(cause.dataset)}</code> <span>{maker}{run}{commit}</span></h3>"
    return title + _lines(cause.lines)


def _lines(lines: Sequence[str]) -> str:
    shown = "".join(
        f"<span{_class_of(line)}>{escape(line) or ' '}</span>" for line in lines[:_MOST_LINES]
    )
    more = len(lines) - _MOST_LINES
    return f"<pre>{shown}</pre>" + (f'<p class="soft">{more:,} more lines</p>' if more > 0 else "")


def _class_of(line: str) -> str:
    kind = {"+": "come", "-": "went"}.get(line.lstrip()[:1])
    return f' class="{kind}"' if kind else ""


# Tables


def _of_table(found: TableDifference) -> Iterator[str]:
    yield from _section("Columns", _schema(found))
    yield from _section("Rows", _rows(found))
    yield from _section("Cells", _cells(found))
    if found.transitions:
        yield from _section(f"Labels in {escape(found.label)}", [_transitions(found.transitions)])
    for title, rows in (("Added rows", found.added), ("Removed rows", found.removed)):
        if rows.height:
            shown = [list(row.values()) for row in rows.head(_MOST_ROWS).rows(named=True)]
            more = f'<p class="soft">the first of {rows.height:,}</p>'
            parts = [more] if rows.height > _MOST_ROWS else []
            yield from _section(title, [*parts, _table(rows.columns, shown)])


def _schema(found: TableDifference) -> Iterator[str]:
    schema = found.schema
    for name in schema.added:
        yield f'<span class="pill come">+ {escape(name)}</span>'
    for name in schema.removed:
        yield f'<span class="pill went">− {escape(name)}</span>'
    for old, new in schema.renamed:
        yield f'<span class="pill">{escape(old)} is called {escape(new)}</span>'
    for each in schema.retyped:
        kinds = f"{escape(each.old)} → {escape(each.new)}"
        yield f'<span class="pill">{escape(each.column)}: {kinds}</span>'
    if schema.reordered:
        yield '<span class="pill">in another order</span>'
    for name in found.uncompared:
        yield f"<p>{escape(name)} is not compared: its types have nothing in common.</p>"


def _rows(found: TableDifference) -> Iterator[str]:
    kinds = [
        ("same", "the same", found.n_same),
        ("changed", "changed", found.n_changed),
        ("added", "added", found.n_added),
        ("removed", "removed", found.n_removed),
    ]
    bars = "".join(f'<i class="is-{kind}" style="flex:{n}"></i>' for kind, _, n in kinds if n)
    yield f'<div class="share" role="img" aria-label="shares of the rows">{bars}</div>'
    counts = "".join(
        f'<li><i class="is-{kind}"></i><b>{n:,}</b> {title}</li>' for kind, title, n in kinds
    )
    yield f'<ul class="counts">{counts}</ul>'
    key = ", ".join(f"<code>{escape(name)}</code>" for name in found.key)
    how = "found as the key" if found.inferred else "the key"
    yield (
        f"<p class='soft'>{key} is {how}.</p>"
        if key
        else ('<p class="soft">Without a key, rows are compared as a whole.</p>')
    )
    if found.n_repeated:
        yield f'<p class="soft">{found.n_repeated:,} rows share a key with another.</p>'


def _cells(found: TableDifference) -> Iterator[str]:
    for each in found.columns:
        title = f"{escape(each.column)} <span>{each.n:,} of {_stayed(found):,} rows</span>"
        yield f"<h3>{title}</h3>"
        rows = [[*cell.key.values(), cell.old, cell.new] for cell in each.examples]
        n = len(found.key)
        yield _table([*found.key, "before", "after"], rows, {n: "was", n + 1: "is"})


def _stayed(found: TableDifference) -> int:
    return found.n_old - found.n_removed


def _transitions(found: Sequence[Transition]) -> str:
    """A matrix where there are few levels, else a list."""
    levels = sorted({*(each.old for each in found), *(each.new for each in found)}, key=str)
    if len(levels) > _MOST_LEVELS:
        return _table(["before", "after", "rows"], [[e.old, e.new, e.n] for e in found])
    counts = {(each.old, each.new): each.n for each in found}
    rows = [[old, *(counts.get((old, new), "") for new in levels)] for old in levels]
    note = '<p class="soft">From the label in the row to that in the column.</p>'
    return note + _table(["", *map(_shown, levels)], rows)


def _table(
    titles: Sequence[str], rows: Iterable[Sequence[Any]], classes: dict[int, str] | None = None
) -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    body = "".join(
        "<tr>"
        + "".join(_cell(value, (classes or {}).get(i, "")) for i, value in enumerate(row))
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def _cell(value: Any, kind: str = "") -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    named = " ".join(filter(None, ("n" if number else "", kind)))
    return (
        f'<td class="{named}">{escape(_shown(value))}</td>'
        if named
        else (f"<td>{escape(_shown(value))}</td>")
    )


def _shown(value: Any) -> str:
    if value is None:
        return "∅"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _edits(edits: Sequence[Edit]) -> str:
    rows = [[each.place, _value(each, "old"), _value(each, "new")] for each in edits[:_MOST_LINES]]
    return _table(["", "before", "after"], rows, {1: "was", 2: "is"})


def _value(edit: Edit, side: str) -> Any:
    missing = {"old": "added", "new": "removed"}[side] == edit.kind
    return "" if missing else getattr(edit, side)


_MEASURES = {
    "n": "rows",
    "n_null": "nulls",
    "n_distinct": "distinct",
    "minimum": "least",
    "median": "median",
    "mean": "mean",
    "deviation": "deviation",
    "maximum": "most",
}


def _statistics(rows: Sequence[dict[str, Any]]) -> str:
    head = "".join(f'<th class="n">{title}</th>' for title in ("", "", *_MEASURES.values()))
    lines = []
    for each in rows:
        for title, side in (("before", each["old"]), ("after", each["new"])):
            cells = "".join(_measure(side or {}, name, each["differs"]) for name in _MEASURES)
            name = escape(each["column"]) if title == "before" else ""
            lines.append(f'<tr><th>{name}</th><td class="soft">{title}</td>{cells}</tr>')
    return f'<div class="scroll"><table><tr>{head}</tr>{"".join(lines)}</table></div>'


def _measure(side: dict[str, Any], name: str, differs: Sequence[str]) -> str:
    value = side.get(name)
    text = "" if value is None else f"{value:,}" if name.startswith("n") else _shown(value)
    kind = "n differs" if name in differs else "n"
    return f'<td class="{kind}">{escape(text)}</td>'
