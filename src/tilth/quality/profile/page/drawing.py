"""Pictures of columns: bars, drawn as SVG inside of the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from tilth.quality.profile.column import ColumnProfile
from tilth.quality.profile.histogram import Histogram
from tilth.quality.profile.page.words import number, percent

WIDTH, HEIGHT = 300, 72
_GAP = 1.0


def histogram(found: Histogram, label: str) -> str:
    """Bars over a line, with the first and the last edge below, and what lies beyond them.

    Args:
        found: Counts.
        label: What it is of, for those who do not see it.
    """
    tallest = max(found.counts, default=0) or 1
    step = WIDTH / max(len(found.counts), 1)
    bars = "".join(
        _bar(i * step, step, count / tallest, _told(found, i))
        for i, count in enumerate(found.counts)
    )
    beyond = [
        f"{n:,} {where}" for n, where in ((found.below, "below"), (found.above, "above")) if n
    ]
    ends = [
        number(found.edges[0]),
        *([f"<em>{', '.join(beyond)}</em>"] if beyond else []),
        number(found.edges[-1]),
    ]
    return (
        f'<svg class="bars" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}">{bars}</svg>'
        f'<p class="axis">{"".join(f"<span>{each}</span>" for each in ends)}</p>'
    )


def _bar(x: float, width: float, share: float, title: str) -> str:
    # What is there at all is seen: no bar is lower than a line.
    height = max(share * (HEIGHT - 2), 1.5) if share else 0
    return (
        f'<rect x="{x + _GAP / 2:.1f}" y="{HEIGHT - height:.1f}" '
        f'width="{max(width - _GAP, 0.5):.1f}" height="{height:.1f}">'
        f"<title>{escape(title)}</title></rect>"
    )


def _told(found: Histogram, i: int) -> str:
    about = "" if found.exact else "about "
    return (
        f"{number(found.edges[i])} to {number(found.edges[i + 1])}: {about}{found.counts[i]:,} rows"
    )


def levels(column: ColumnProfile, most: int = 6) -> Iterator[str]:
    """The most frequent levels, each with its bar."""
    top = column.levels[:most]
    if not top:
        return
    rest = column.n_valid - sum(each.n for each in top)
    rows = [(each.name, each.n, "") for each in top]
    n_more = (column.n_distinct or 0) - len(top)
    if rest > 0 and n_more > 0:
        about = "" if column.distinct_exact else "about "
        rows.append((f"{about}{n_more:,} more", rest, "rest"))
    widest = max(n for _, n, _ in rows)
    yield '<ul class="levels">'
    for name, n, kind in rows:
        shown = escape(name) if name.strip() else "<i>blank</i>"
        yield (
            f'<li class="{kind}"><span class="name">{shown}</span>'
            f'<span class="n">{percent(n, column.n_valid)}</span>'
            f'<i style="width:{100 * n / widest:.1f}%"></i></li>'
        )
    yield "</ul>"


def missing_bar(column: ColumnProfile) -> str:
    """How much of a column is there."""
    there = 100 * column.n_valid / column.n if column.n else 0
    return f'<div class="there" aria-hidden="true"><i style="width:{there:.2f}%"></i></div>'


def share_bars(rows: Iterable[tuple[str, str, float]]) -> Iterator[str]:
    """Names with a text and a bar between 0 and 1."""
    yield '<ul class="levels wide">'
    for name, text, share in rows:
        yield (
            f'<li><span class="name">{escape(name)}</span><span class="n">{escape(text)}</span>'
            f'<i style="width:{100 * share:.1f}%"></i></li>'
        )
    yield "</ul>"
