"""The card as one HTML page that needs no network and no script, or as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from tilth.project.model_card.document import sections
from tilth.project.model_card.facts import Card
from tilth.project.model_card.parts import Cell, Gap, Grid, Interval, Part, Section
from tilth.project.model_card.summary import summary
from tilth.project.model_card.words import clock, number

_CODE = re.compile(r"`([^`]+)`")


def page(card: Card) -> str:
    """The card as an HTML page."""
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    title = f"{escape(card.known.version.name)}: model card"
    found = sections(card)
    plain = "".join(_section(each) for each in found if not each.deep)
    deep = "".join(_section(each) for each in found if each.deep)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        f"{_header(card)}{plain}<h2 class='part'>In depth</h2>\n{deep}</main>\n</body>\n</html>\n"
    )


def _header(card: Card) -> str:
    version = card.known.version
    pills = "".join(f"<span class='pill'>{escape(each)}</span>" for each in _pills(card))
    lead = "".join(f"<p>{_marked(each)}</p>" for each in summary(card))
    why = f": {_marked(version.event.why)}" if version.event.why else ""
    return (
        f"<header><h1>{escape(version.name)} {pills}</h1>"
        f"<p class='by'>{escape(card.project)} · registered {clock(version.event.happened_at)} by "
        f"{escape(version.event.person)}{why}</p><div class='lead'>{lead}</div></header>\n"
    )


def _pills(card: Card) -> list[str]:
    version = card.known.version
    return [version.state, *version.aliases]


def _section(section: Section) -> str:
    inside = "".join(map(_part, section.parts))
    return f"<section><h2>{escape(section.title)}</h2>{inside}</section>\n"


def _part(part: Part) -> str:
    if isinstance(part, Gap):
        return (
            f"<p class='gap'>Nothing on record: {_marked(part.what)}. "
            f"<small>{_marked(part.command)}</small></p>"
        )
    return _grid(part) if isinstance(part, Grid) else f"<p>{_marked(part.text)}</p>"


def _marked(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _grid(grid: Grid) -> str:
    ends = _ends(grid)

    def cells(tag: str, row: Sequence[Cell]) -> str:
        return "".join(
            f"<{tag}{' class=n' if i in grid.numbers else ''}>{_cell(each, ends)}</{tag}>"
            for i, each in enumerate(row)
        )

    head = f"<thead><tr>{cells('th', grid.head)}</tr></thead>" if any(grid.head) else ""
    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in grid.rows)
    more = f"<p class='soft'>and {grid.more:,} more (`--json` has all)</p>" if grid.more else ""
    return f"<div class='wide' tabindex='0'><table>{head}<tbody>{body}</tbody></table></div>{more}"


def _cell(cell: Cell, ends: tuple[float, float] | None) -> str:
    if isinstance(cell, str):
        return _marked(cell)
    if cell.low is None or cell.high is None:
        return number(cell.value)
    drawn = _whisker(cell, ends) if ends else ""
    return f"{number(cell.value)} <small>({number(cell.low)} to {number(cell.high)})</small>{drawn}"


def _ends(grid: Grid) -> tuple[float, float] | None:
    """A scale for all intervals of a table, where they are shares or can be set side by side."""
    found = [c for row in grid.rows for c in row if isinstance(c, Interval) and c.low is not None]
    if not found:
        return None
    low = min(0.0, *(each.low or 0.0 for each in found), *(each.value for each in found))
    high = max(each.high or each.value for each in found)
    if high <= 1 < 2 * max(high, 0.55):
        high = 1.0
    return (low, high) if high > low else None


def _whisker(cell: Interval, ends: tuple[float, float]) -> str:
    """The interval on a line from the lowest to the highest of its table."""
    low, high = ends

    def at(value: float | None) -> float:
        return 2 + 156 * ((value or 0.0) - low) / (high - low)

    left, right = at(cell.low), at(cell.high)
    return (
        "<svg class='whisker' viewBox='0 0 160 12' aria-hidden='true'>"
        "<line x1='2' x2='158' y1='6' y2='6' stroke='var(--edge)'/>"
        f"<line x1='{left:.1f}' x2='{max(right, left + 1):.1f}' y1='6' y2='6' stroke='var(--mark)' "
        "stroke-width='4' stroke-linecap='round' opacity='.45'/>"
        f"<circle cx='{at(cell.value):.1f}' cy='6' r='4' fill='var(--mark)'/></svg>"
    )


# Markdown


def text(card: Card) -> str:
    """The card as Markdown, for a repository or a terminal."""
    version = card.known.version
    return (
        "\n\n".join(
            [
                f"# {version.name}",
                f"Registered {clock(version.event.happened_at)} by {version.event.person}"
                f"{''.join(f', {each}' for each in _pills(card) if each != 'registered')}.",
                " ".join(summary(card)),
                *(line for each in sections(card) for line in _lines(each)),
            ]
        )
        + "\n"
    )


def _lines(section: Section) -> Iterator[str]:
    yield f"## {section.title}"
    for part in section.parts:
        if isinstance(part, Gap):
            yield f"*Nothing on record:* {part.what}. {part.command}"
        elif isinstance(part, Grid):
            yield _table(part)
        else:
            yield part.text


def _table(grid: Grid) -> str:
    rows = [[_plain(each) for each in row] for row in grid.rows]
    rule = ["---:" if i in grid.numbers else "---" for i in range(len(grid.head))]
    lines = [list(grid.head), rule, *rows]
    drawn = "\n".join(f"| {' | '.join(each)} |" for each in lines)
    return f"{drawn}\n\nand {grid.more:,} more" if grid.more else drawn


def _plain(cell: Cell) -> str:
    if isinstance(cell, str):
        return " ".join(cell.replace("|", "\\|").split())
    if cell.low is None or cell.high is None:
        return number(cell.value)
    return f"{number(cell.value)} ({number(cell.low)} to {number(cell.high)})"
