"""Small drawings: what a column is worth, how it pushes, and how one answer comes about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import isnan
from typing import Any

_STEP = 26.0


def strength(estimate: Mapping[str, Any], most: float) -> str:
    """A bar from nought with its interval.

    Args:
        estimate: `value`, `low` and `high`; ends may be None.
        most: What the whole width stands for, above 0.
    """
    value = 140 * min(1.0, estimate["value"] / most)
    interval = ""
    if not isnan(estimate["high"] or float("nan")):
        low, high = (140 * min(1.0, estimate[end] / most) for end in ("low", "high"))
        interval = (
            f'<line x1="{low:.1f}" x2="{max(high, low + 1):.1f}" y1="9" y2="9" '
            'stroke="var(--ink)" stroke-width="1.5"/>'
        )
    return (
        '<svg class="whisker" viewBox="0 0 144 18" role="img" '
        f'aria-label="{short(estimate["value"])}">'
        f'<rect x="0" y="4" width="{value:.1f}" height="10" rx="2" fill="var(--accent)"/>'
        f"{interval}</svg>"
    )


def dots(column: str, points: Sequence[tuple[float, float]]) -> str:
    """What a number adds, by its value: one dot for each row."""
    left, right, top, bottom = 46.0, 310.0, 10.0, 150.0
    low, high = min(a for a, _ in points), max(a for a, _ in points)
    floor, ceiling = min(0.0, *(b for _, b in points)), max(0.0, *(b for _, b in points))

    def x(value: float) -> float:
        return left + (right - left) * (value - low) / ((high - low) or 1.0)

    def y(value: float) -> float:
        return bottom - (bottom - top) * (value - floor) / ((ceiling - floor) or 1.0)

    marks = "".join(
        f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="2.2" fill="{_colour(b)}" opacity="0.55"/>'
        for a, b in points
    )
    return (
        f'<svg viewBox="0 0 320 178" role="img" aria-label="What {escape(column)} adds">'
        f'<line x1="{left}" x2="{right}" y1="{y(0):.1f}" y2="{y(0):.1f}" stroke="var(--grid)"/>'
        f'<text x="{left - 6}" y="{y(0) + 4:.1f}" text-anchor="end">0</text>'
        f"{_end(left, y(ceiling), ceiling)}{_end(left, y(floor), floor)}"
        f'<text x="{left}" y="170">{short(low)}</text>'
        f'<text x="{right}" y="170" text-anchor="end">{short(high)}</text>{marks}</svg>'
    )


def _end(left: float, at: float, value: float) -> str:
    if not value:
        return ""
    return f'<text x="{left - 6}" y="{at + 4:.1f}" text-anchor="end">{value:+.2g}</text>'


def pushes(
    rows: Sequence[tuple[str, float]], label: str, *, left: float = 250.0, width: float = 640.0
) -> str:
    """Bars to the left and to the right of nought, each with its name.

    Args:
        rows: Names and what they add.
        label: What is drawn, for those who cannot see it.
        left: Room for names.
        width: Of the whole.
    """
    most = max((abs(each) for _, each in rows), default=0.0) or 1.0
    middle = (left + width) / 2
    reach = (width - left) / 2 - 62
    height = _STEP * len(rows) + 6
    parts = [f'<line x1="{middle}" x2="{middle}" y1="0" y2="{height:g}" stroke="var(--grid)"/>']
    for i, (name, share) in enumerate(rows):
        at, length = _STEP * i + 5, reach * abs(share) / most
        start = middle if share >= 0 else middle - length
        end = middle + length + 6 if share >= 0 else middle - length - 6
        anchor = "start" if share >= 0 else "end"
        parts.append(
            f'<text x="{left - 10}" y="{at + 13:g}" text-anchor="end">{escape(_cut(name))}</text>'
            f'<rect x="{start:.1f}" y="{at:g}" width="{length:.1f}" height="17" rx="2" '
            f'fill="{_colour(share)}"/>'
            f'<text x="{end:.1f}" y="{at + 13:g}" text-anchor="{anchor}">{share:+.3g}</text>'
        )
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )


def _colour(share: float) -> str:
    return "var(--accent)" if share >= 0 else "var(--down)"


def _cut(name: str, longest: int = 36) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"


def short(value: float | None) -> str:
    """A number to three digits; a dash where there is none."""
    if value is None or isnan(value):
        return "–"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
