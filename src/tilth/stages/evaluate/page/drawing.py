"""Small drawings: a learning curve, and where an interval lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, isfinite, log10
from typing import Any

from tilth.stages.evaluate.page.words import count, short

_WIDTH, _HEIGHT = 640.0, 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 58.0, 20.0, 14.0, 44.0


def whisker(estimate: Mapping[str, Any], most: float) -> str:
    """A number and its interval on a line from minus to plus `most`, with nought marked.

    Args:
        estimate: `value`, `low`, `high`; what is None or out of reach lies at the end.
        most: What the ends of the line stand for, above 0.
    """
    low, value, high = (_at(estimate[end], most) for end in ("low", "value", "high"))
    return (
        '<svg class="whisker" viewBox="0 0 144 18" role="img" '
        f'aria-label="{short(estimate["value"])}, from {short(estimate["low"])} '
        f'to {short(estimate["high"])}">'
        '<line x1="6" x2="138" y1="9" y2="9" stroke="var(--grid)"/>'
        '<line x1="72" x2="72" y1="1" y2="17" stroke="var(--faint)"/>'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="9" y2="9" stroke="var(--accent)" '
        'stroke-width="3" stroke-linecap="round"/>'
        f'<circle cx="{value:.1f}" cy="9" r="5" fill="var(--accent)"/></svg>'
    )


def _at(value: float | None, most: float) -> float:
    share = 1.0 if value is None or not isfinite(value) else max(-1.0, min(1.0, value / most))
    return 72 + 66 * share


def curve_drawing(curve: Mapping[str, Any]) -> str:
    """Measured scores by rows, and what is expected of more of them, with its interval."""
    measured = list(zip(curve["sizes"], curve["means"], strict=True))
    beyond = [] if curve["fit"] is None else curve["fit"]["at"]
    scale = _Scale(curve, beyond)
    parts = [scale.axes()]
    if beyond:
        band = [*((each["rows"], each["high"]) for each in beyond)]
        band += [(each["rows"], each["low"]) for each in reversed(beyond)]
        parts.append(f'<path d="{scale.path(band)}Z" fill="var(--wash)"/>')
        line = [(each["rows"], each["value"]) for each in beyond]
        parts.append(
            f'<path d="{scale.path(line)}" fill="none" stroke="var(--accent)" '
            'stroke-width="2" stroke-dasharray="5 4"/>'
        )
    parts.append(
        f'<path d="{scale.path(measured)}" fill="none" stroke="var(--accent)" stroke-width="2.5"/>'
    )
    parts += [
        f'<circle cx="{scale.x(n):.1f}" cy="{scale.y(score):.1f}" r="2.2" fill="var(--faint)" '
        'opacity="0.6"/>'
        for n, scores in zip(curve["sizes"], curve["scores"], strict=True)
        for score in scores
    ]
    return (
        f'<svg viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" '
        f'aria-label="Learning curve: {curve["metric"]} by rows to learn from">'
        f"{''.join(parts)}</svg>"
    )


class _Scale:
    """From rows and scores to places; rows in equal ratios."""

    def __init__(self, curve: Mapping[str, Any], beyond: Sequence[Mapping[str, Any]]) -> None:
        rows = [*curve["sizes"], *(each["rows"] for each in beyond)]
        scores = [score for each in curve["scores"] for score in each]
        scores += [each["value"] for each in beyond]
        scores += [each[end] for each in beyond[:2] for end in ("low", "high")]
        low, high = min(scores), max(scores)
        room = (high - low) * 0.06 or abs(high) * 0.05 or 1.0
        self._rows = log10(min(rows)), log10(max(rows)) + 1e-9
        self._scores = low - room, high + room
        self._metric = curve["metric"]

    def x(self, rows: float) -> float:
        low, high = self._rows
        share = (log10(rows) - low) / (high - low)
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * share

    def y(self, score: float) -> float:
        low, high = self._scores
        share: float = min(1.0, max(0.0, (score - low) / (high - low)))
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share

    def path(self, points: Sequence[tuple[float, float]]) -> str:
        placed = [f"{self.x(rows):.1f} {self.y(score):.1f}" for rows, score in points]
        return "M" + "L".join(placed)

    def axes(self) -> str:
        parts = [
            f'<line x1="{_LEFT:g}" x2="{_WIDTH - _RIGHT:g}" y1="{self.y(each):.1f}" '
            f'y2="{self.y(each):.1f}" stroke="var(--grid)"/>'
            f'<text x="{_LEFT - 8:g}" y="{self.y(each) + 4:.1f}" text-anchor="end">'
            f"{short(each)}</text>"
            for each in self._score_marks()
        ]
        parts += [
            f'<text x="{self.x(each):.1f}" y="{_HEIGHT - _BOTTOM + 18:g}" text-anchor="middle">'
            f"{count(each)}</text>"
            for each in self._row_marks()
        ]
        middle = (_LEFT + _WIDTH - _RIGHT) / 2
        parts.append(
            f'<text x="{middle:g}" y="{_HEIGHT - 6:g}" text-anchor="middle">'
            "rows to learn from, in equal ratios</text>"
        )
        return "".join(parts)

    def _score_marks(self) -> list[float]:
        """Round scores: three to seven of them."""
        low, high = self._scores
        power = 10.0 ** floor(log10(high - low))
        step = next(each for each in (0.2, 0.5, 1.0, 2.0) if (high - low) / (each * power) < 7)
        step *= power
        first = ceil(low / step)
        return [round(each * step, 12) for each in range(first, floor(high / step) + 1)]

    def _row_marks(self) -> list[int]:
        """Round numbers of rows: 1, 2 and 5 times powers of ten; fewer where these are many."""
        low, high = self._rows
        found = [
            times * 10**power
            for power in range(int(low), int(high) + 2)
            for times in ((1, 2, 5) if high - low < 2 else (1, 3) if high - low < 3.5 else (1,))
        ]
        return [each for each in found if low <= log10(each) <= high]
