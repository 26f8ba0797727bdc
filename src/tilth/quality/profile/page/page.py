"""Puts the page together: style and facts in one file that needs no network and no script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from tilth.quality.profile.column import ColumnProfile
from tilth.quality.profile.defect import Defect, DefectKind
from tilth.quality.profile.page.drawing import histogram, levels, missing_bar, share_bars
from tilth.quality.profile.page.pairs import heat_map, strongest
from tilth.quality.profile.page.words import facts, number
from tilth.quality.profile.suggestion import Suggestion, told_power
from tilth.quality.profile.table import Profile

_MOST_ROWS = 12
_MOST_POWERS = 20
_GRAVE = (DefectKind.LEAK, DefectKind.CORRUPTED, DefectKind.UNREADABLE, DefectKind.SENTINEL)


def page(profile: Profile, title: str = "", name: str = "", project: str = "") -> str:
    """A profile as an HTML page: first what to look at, then each column.

    Args:
        profile: It.
        title: What it is of.
        name: Which version.
        project: Whose.
    """
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    body = "\n".join(_body(profile, title, name, project)).translate(_CONTROLS)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}: profile</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"{body}\n</body>\n</html>\n"
    )


def framed(page: str, height: int = 760) -> str:
    """A page within another, as a notebook shows it."""
    return (
        f'<iframe srcdoc="{escape(page)}" style="width:100%;height:{height}px;border:0" '
        'title="profile"></iframe>'
    )


def _body(profile: Profile, title: str, name: str, project: str) -> Iterator[str]:
    yield f"<header><h1>{escape(title)}<small>{escape(project)}</small></h1>"
    yield f'<p class="soft">{_extent(profile)}</p></header>'
    yield from _section("What to do", _suggestions(profile.suggestions), "do")
    yield from _section("What looks wrong", _defects(profile.defects), "wrong")
    if profile.powers:
        yield from _section(f"What tells <code>{escape(profile.target)}</code>", _powers(profile))
    if profile.associations:
        yield from _section("What goes together", _pairs(profile))
    yield from _section("Columns", _columns(profile), "columns")
    yield f'<footer class="soft">{_made_how(profile, name)}</footer>'


def _extent(profile: Profile) -> str:
    parts = [f"<b>{profile.n_rows:,}</b> rows", f"<b>{len(profile.columns):,}</b> columns"]
    n_cells = profile.n_rows * len(profile.columns)
    missing = sum(each.n_null + each.n_nan for each in profile.columns)
    if n_cells:
        parts.append(f"<b>{100 * missing / n_cells:.1f} %</b> of the cells missing")
    if profile.n_duplicates:
        parts.append(f"<b>{profile.n_duplicates:,}</b> rows that repeat an earlier one")
    if profile.target:
        parts.append(f"target <code>{escape(profile.target)}</code>")
    return " · ".join(parts)


def _section(title: str, parts: Iterable[str], kind: str = "") -> Iterator[str]:
    found = list(parts)
    if found:
        yield f'<section class="{kind}"><h2>{title}</h2>'
        yield from found
        yield "</section>"


def _suggestions(found: Sequence[Suggestion]) -> Iterator[str]:
    if not found:
        yield '<p class="soft">Nothing stands out.</p>'
        return
    yield "<ol>"
    for (weight, action), group in groupby(found, key=lambda each: (each.weight, each.action)):
        lines = [
            f"{_link(each.column) if each.column else ''} "
            f'<span class="soft">{_prose(each.reason)}</span>'
            for each in group
        ]
        many = len(lines) > 1
        inner = f"<div>{'</div><div>'.join(lines)}</div>" if many else lines[0]
        yield f'<li class="w{weight}"><b>{escape(action)}</b> {inner}</li>'
    yield "</ol>"


def _prose(text: str) -> str:
    """A reason, in which names stand between backticks."""
    parts = escape(text).split("`")
    if len(parts) % 2 == 0:  # a name has a backtick itself
        return escape(text)
    return "".join(f"<code>{each}</code>" if i % 2 else each for i, each in enumerate(parts))


def _link(column: str) -> str:
    return f'<a href="#{_anchor(column)}"><code>{escape(column)}</code></a>'


def _anchor(column: str) -> str:
    """Letters and digits only, and different for different columns."""
    return "c-" + "".join(
        each if each.isascii() and each.isalnum() else f"_{ord(each):x}_" for each in column
    )


def _defects(found: Sequence[Defect]) -> Iterator[str]:
    for kind, group in groupby(found, key=lambda each: each.kind):
        grave = " grave" if kind in _GRAVE else ""
        yield f'<div class="card{grave}"><h3>{escape(kind)}</h3>'
        yield f'<p class="soft">{_prose(kind.meaning)}</p>'
        yield from map(_defect, group)
        yield "</div>"


def _defect(each: Defect) -> str:
    where = _link(each.column) if each.column else "rows"
    n = f"<b>{each.n:,}</b> of {each.of:,} rows" if each.n else ""
    parts = [f'<div class="defect">{where} {n}<span>{_prose(each.reason)}</span>']
    if each.examples:
        shown = "".join(f"<code>{_visible(text)}</code>" for text in each.examples)
        parts.append(f'<span class="examples">{shown}</span>')
    if each.rows:
        numbers = ", ".join(f"{row:,}" for row in each.rows[:_MOST_ROWS])
        more = " …" if each.n > _MOST_ROWS else ""
        parts.append(f'<span class="soft">row {numbers}{more}</span>')
    return "".join(parts) + "</div>"


def _visible(text: str) -> str:
    """Escaped; blanks are named, and what has no picture gets one."""
    if not text.strip():
        return "<i>blank</i>"
    return escape("".join(each if each.isprintable() or each < " " else "␦" for each in text))


_CONTROLS = {i: 0x2400 + i for i in range(32) if i not in (9, 10)}
"""Control characters, which a page may not hold, as their pictures."""


def _powers(profile: Profile) -> Iterator[str]:
    yield '<p class="soft">How well each column alone tells it, on rows not fitted to.</p>'
    rows = [
        (each.column, told_power(each), each.share)
        for each in profile.powers[:_MOST_POWERS]
        if each.share > 0.001
    ]
    yield from share_bars(rows) if rows else ["<p>No column tells anything by itself.</p>"]


def _pairs(profile: Profile) -> Iterator[str]:
    yield (
        '<p class="soft">Pearson and Spearman between numbers, Cramér’s V between levels, '
        "the correlation ratio between both; on the sample.</p>"
    )
    yield '<div class="pairs">'
    yield heat_map(profile)
    yield from strongest(profile.associations, _link)
    yield "</div>"


def _columns(profile: Profile) -> Iterator[str]:
    marks: dict[str, list[str]] = {}
    for each in profile.defects:
        if each.column:
            marks.setdefault(each.column, []).append(str(each.kind))
    yield '<div class="grid">'
    for column in profile.columns:
        yield from _column(column, marks.get(column.name, []), column.name == profile.target)
    yield "</div>"


def _column(column: ColumnProfile, marks: Sequence[str], is_target: bool) -> Iterator[str]:
    pills = "".join(
        f'<span class="pill bad">{escape(each)}</span>' for each in dict.fromkeys(marks)
    )
    if is_target:
        pills = '<span class="pill good">target</span>' + pills
    yield f'<article class="card" id="{_anchor(column.name)}"><h3>{escape(column.name)}</h3>'
    yield (
        f'<p class="pills"><span class="pill" title="{escape(column.dtype)}">'
        f"{escape(column.kind)}</span>{pills}</p>"
    )
    yield missing_bar(column)
    yield from _picture(column)
    rows = "".join(f"<dt>{title}</dt><dd>{escape(text)}</dd>" for title, text in facts(column))
    yield f"<dl>{rows}</dl>"
    yield from _patterns(column)
    yield "</article>"


def _picture(column: ColumnProfile) -> Iterator[str]:
    is_named = column.kind in ("text", "boolean")
    many = (column.n_distinct or 0) > 0.5 * column.n_valid
    if is_named and not (column.kind == "text" and many):
        yield from levels(column)
    elif column.histogram is not None and column.n_distinct != 1:
        what = "length" if column.kind == "text" else "value"
        yield histogram(column.histogram, f"rows of {column.name} by {what}")
        if column.kind == "text":
            yield '<p class="soft note">lengths in characters</p>'
    if not column.levels and column.kind in ("other", "null") and column.examples:
        yield from (f"<p><code>{_visible(each)}</code></p>" for each in column.examples)


def _patterns(column: ColumnProfile) -> Iterator[str]:
    if column.kind != "text" or not column.patterns:
        return
    n = sum(each.n for each in column.patterns)
    rows = "".join(
        f"<tr><td><code>{_visible(each.form)}</code></td>"
        f'<td class="n">{number(each.n)}</td><td>{_visible(each.example)}</td></tr>'
        for each in column.patterns[:4]
    )
    yield (
        f"<details><summary>patterns of {n:,} in the sample</summary>"
        f'<div class="scroll"><table>{rows}</table></div></details>'
    )


def _made_how(profile: Profile, name: str) -> str:
    version = f"<code>{escape(name)}</code>. " if name else ""
    whole = profile.n_sample >= profile.n_rows
    drawn = (
        "Pairs of columns and texts were looked at in all rows."
        if whole
        else f"Pairs of columns and texts were looked at in {profile.n_sample:,} rows, "
        f"drawn at random with seed {profile.seed}."
    )
    near = (
        ""
        if profile.n_compared >= profile.n_rows
        else f" Near-duplicate rows were looked for among {profile.n_compared:,}."
    )
    return f"{version}All rows were scanned for columns, cells and repeats. {drawn}{near}"
