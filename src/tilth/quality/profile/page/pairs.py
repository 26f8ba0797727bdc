"""Pairs of columns: a map of how strongly each goes with each, and the strongest in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape

from tilth.quality.profile.association import Association
from tilth.quality.profile.table import Profile

_MOST_COLUMNS = 30
_MOST_PAIRS = 15
_LEAST = 0.1
_CELL = 18


def heat_map(profile: Profile) -> str:
    """A square for each pair, darker the stronger; at most 30 columns."""
    strengths: dict[tuple[str, str], Association] = {}
    for each in profile.associations:
        strengths[each.first, each.second] = strengths[each.second, each.first] = each
    names = [each.name for each in profile.columns if any(each.name in pair for pair in strengths)]
    names = names[:_MOST_COLUMNS]
    if len(names) < 3:
        return ""
    margin = 8 + 6.4 * min(max(len(name) for name in names), 18)
    size = margin + _CELL * len(names)
    cells = [
        _cell(margin + _CELL * j, _CELL * i, strengths[first, second])
        for i, first in enumerate(names)
        for j, second in enumerate(names[:i])
        if (first, second) in strengths
    ]
    titles = [
        f'<text x="{margin - 6:.0f}" y="{_CELL * i + 13}" text-anchor="end">{_short(name)}</text>'
        for i, name in enumerate(names)
    ]
    below = [
        f'<text transform="translate({margin + _CELL * i + 13:.0f} {_CELL * len(names) + 6}) '
        f'rotate(-60)" text-anchor="end">{_short(name)}</text>'
        for i, name in enumerate(names)
    ]
    height = _CELL * len(names) + margin
    return (
        f'<svg class="map" viewBox="0 0 {size:.0f} {height:.0f}" width="{size:.0f}" role="img" '
        f'aria-label="how strongly columns go together">{"".join(cells + titles + below)}</svg>'
    )


def _cell(x: float, y: float, each: Association) -> str:
    sign = "minus" if each.value < 0 else "plus"
    title = f"{each.first} and {each.second}: {_told(each)}"
    return (
        f'<rect class="{sign}" x="{x + 1:.0f}" y="{y + 1:.0f}" width="{_CELL - 2}" '
        f'height="{_CELL - 2}" fill-opacity="{0.06 + 0.94 * each.strength:.2f}">'
        f"<title>{escape(title)}</title></rect>"
    )


def strongest(found: Sequence[Association], link: Callable[[str], str]) -> Iterator[str]:
    """The strongest pairs in words."""
    rows = [each for each in found[:_MOST_PAIRS] if each.strength >= _LEAST]
    if not rows:
        yield '<p class="soft">No two columns go together.</p>'
        return
    yield '<ul class="levels wide">'
    for each in rows:
        sign = "minus" if each.value < 0 else ""
        yield (
            f'<li class="{sign}"><span class="name">{link(each.first)} {link(each.second)}</span>'
            f'<span class="n">{_told(each)}</span>'
            f'<i style="width:{100 * each.strength:.1f}%"></i></li>'
        )
    yield "</ul>"


def _told(each: Association) -> str:
    if each.measure == "correlation":
        ranks = "" if each.ranks is None else f", by ranks {each.ranks:.2f}"
        return f"r {each.value:.2f}{ranks}"
    return f"{'V' if each.measure == 'cramers_v' else 'η'} {each.value:.2f}"


def _short(name: str) -> str:
    return escape(name if len(name) <= 18 else name[:17] + "…")
