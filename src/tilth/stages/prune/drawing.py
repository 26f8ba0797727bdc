"""One picture: what each candidate weighs, and what it loses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from typing import Any

Scale = Callable[[float], float]

_LEFT, _RIGHT, _TOP, _BOTTOM = 58.0, 700.0, 16.0, 300.0


def curve(rows: Sequence[Mapping[str, Any]], allowed: float) -> str:
    """Bytes, on a logarithmic scale, against relative loss; what loses too much is at the top edge.

    Args:
        rows: Of each candidate `model`, `size_bytes`, `loss` (finite) and `chosen`.
        allowed: Where the line is drawn.
    """
    powers = [log10(each["size_bytes"]) for each in rows]
    losses = [float(each["loss"]) for each in rows]
    low, high = min(powers), max(powers)
    low, high = low - 0.06 * (high - low) - 0.01, high + 0.06 * (high - low) + 0.01
    ceiling = max(2.5 * allowed, 0.02)
    ground = min(0.0, max(-ceiling, min(losses))) - 0.04 * ceiling

    def x(power: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (power - low) / (high - low)

    def y(loss: float) -> float:
        seen = min(max(loss, ground), ceiling)
        return _BOTTOM - (_BOTTOM - _TOP) * (seen - ground) / (ceiling - ground)

    parts = [*_grid(x, y, low, high), _limit(y, allowed)]
    front = [(x(log10(each["size_bytes"])), y(each["loss"])) for each in frontier(rows)]
    if len(front) > 1:
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in front)
        parts.append(f'<polyline points="{path}" fill="none" stroke="var(--grid)"/>')
    parts += [
        _mark(x(power), y(each["loss"]), each, allowed)
        for power, each in zip(powers, rows, strict=True)
    ]
    return (
        '<svg viewBox="0 0 720 348" role="img" '
        f'aria-label="Size and relative loss of {len(rows)} models">{"".join(parts)}</svg>'
    )


def frontier(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those than which nothing is both smaller and better; the smallest first."""
    found: list[Mapping[str, Any]] = []
    for each in sorted(rows, key=lambda row: (row["size_bytes"], row["loss"])):
        if not found or each["loss"] < found[-1]["loss"]:
            found.append(each)
    return found


def _grid(x: Scale, y: Scale, low: float, high: float) -> list[str]:
    parts = [
        f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="{y(0):.1f}" y2="{y(0):.1f}" stroke="var(--grid)"/>'
        f'<text x="{_LEFT - 8}" y="{y(0) + 4:.1f}" text-anchor="end">0\N{NO-BREAK SPACE}%</text>'
        f'<text x="{_LEFT}" y="{_BOTTOM + 42}">size, on a logarithmic scale</text>'
        f'<text x="{_LEFT - 46}" y="{_TOP + 4}">loss</text>'
    ]
    for power in range(ceil(low) - 1, floor(high) + 1):
        for digit in (1, 2, 5):
            at = power + log10(digit)
            if low <= at <= high:
                parts.append(
                    f'<line x1="{x(at):.1f}" x2="{x(at):.1f}" y1="{_TOP}" y2="{_BOTTOM}" '
                    'stroke="var(--grid)" stroke-dasharray="1 4"/>'
                    f'<text x="{x(at):.1f}" y="{_BOTTOM + 20}" text-anchor="middle">'
                    f"{size(round(10**at))}</text>"
                )
    return parts


def _limit(y: Scale, allowed: float) -> str:
    at = y(allowed)
    return (
        f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="var(--down)" '
        f'stroke-dasharray="6 4"/><text x="{_RIGHT}" y="{at - 6:.1f}" text-anchor="end">'
        f"{100 * allowed:.3g}\N{NO-BREAK SPACE}% are allowed</text>"
    )


def _mark(x: float, y: float, each: Mapping[str, Any], allowed: float) -> str:
    told = f"{each['model']}: {size(each['size_bytes'])}, {percent(each['loss'])}"
    colour = "var(--accent)" if each["loss"] <= allowed else "var(--faint)"
    ring = ""
    if each["chosen"]:
        ring = (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="none" stroke="var(--accent)" '
            'stroke-width="2"/>'
        )
    return (
        f'{ring}<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}" opacity="0.75">'
        f"<title>{escape(told)}</title></circle>"
    )


def size(n_bytes: int) -> str:
    """Bytes for people; a kB is a thousand."""
    if n_bytes < 1000:
        return f"{n_bytes}\N{NO-BREAK SPACE}B"
    if n_bytes < 1_000_000:
        return f"{n_bytes / 1000:.3g}\N{NO-BREAK SPACE}kB"
    return f"{n_bytes / 1_000_000:.3g}\N{NO-BREAK SPACE}MB"


def percent(share: float | None) -> str:
    """A share in per cent, with its sign; a dash where there is none."""
    if share is None or share != share:  # noqa: PLR0124 - NaN is not itself
        return "–"
    if abs(share) < 5e-5:
        return "0\N{NO-BREAK SPACE}%"
    if share == float("inf"):
        return "all"
    return f"{100 * share:+.2g}\N{NO-BREAK SPACE}%".replace("-", "\N{MINUS SIGN}")
