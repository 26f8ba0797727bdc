"""Pictures of a unit square: how chances come true, and what thresholds can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tilth.stages.evaluate.page.words import count, percent, short

_SIZE, _LEFT, _TOP = 220.0, 46.0, 10.0
_BOTTOM = 40.0

Point = tuple[float, float]


def calibration_plot(bins: Sequence[Mapping[str, Any]]) -> str:
    """What came true by the chance that was told; on the diagonal, chances are right."""
    marks = "".join(
        f'<line x1="{_x(each["chance"]):.1f}" x2="{_x(each["chance"]):.1f}" '
        f'y1="{_y(each["low"]):.1f}" y2="{_y(each["high"]):.1f}" stroke="var(--accent)" '
        f'stroke-width="1.5"/><circle cx="{_x(each["chance"]):.1f}" '
        f'cy="{_y(each["share"]):.1f}" r="4" fill="var(--accent)"><title>'
        f"{percent(each['chance'])} told, {percent(each['share'])} came true "
        f"({count(each['rows'])} rows)</title></circle>"
        for each in bins
    )
    return _square("chance told", "came true", f"{_diagonal()}{marks}", "How chances come true")


def roc_plot(points: Sequence[Mapping[str, float]], chosen: Mapping[str, float]) -> str:
    """What is found by what is called so though it is not; with the advised threshold."""
    line = [(each["false_alarm_rate"], each["recall"]) for each in points]
    at = (chosen["false_alarm_rate"], chosen["recall"])
    inside = f"{_diagonal()}{_line(line)}{_dot(at, chosen)}"
    return _square("false alarms", "found", inside, "What is found, by false alarms (ROC)")


def precision_plot(points: Sequence[Mapping[str, float]], chosen: Mapping[str, float]) -> str:
    """How many of those that are called so are, by how many are found."""
    line = [(each["recall"], each["precision"]) for each in points]
    inside = f"{_line(line)}{_dot((chosen['recall'], chosen['precision']), chosen)}"
    return _square("found", "right of called", inside, "Precision, by what is found")


def residual_plot(bins: Sequence[Mapping[str, float]]) -> str:
    """Mean residual by the prediction, with its interval and the spread around it."""
    reach = (
        max(
            max(abs(each["bias"]) + each["spread"], abs(each["low"]), abs(each["high"]))
            for each in bins
        )
        or 1.0
    )
    ends = bins[0]["predicted"], bins[-1]["predicted"]
    width = (ends[1] - ends[0]) or 1.0

    def x(value: float) -> float:
        return _x(0.03 + 0.94 * (value - ends[0]) / width)

    def y(value: float) -> float:
        return _y(0.5 + 0.48 * value / reach)

    marks = "".join(
        f'<line x1="{x(each["predicted"]):.1f}" x2="{x(each["predicted"]):.1f}" '
        f'y1="{y(each["bias"] - each["spread"]):.1f}" y2="{y(each["bias"] + each["spread"]):.1f}" '
        'stroke="var(--grid)" stroke-width="6"/>'
        f'<line x1="{x(each["predicted"]):.1f}" x2="{x(each["predicted"]):.1f}" '
        f'y1="{y(each["low"]):.1f}" y2="{y(each["high"]):.1f}" stroke="var(--accent)" '
        'stroke-width="2"/>'
        f'<circle cx="{x(each["predicted"]):.1f}" cy="{y(each["bias"]):.1f}" r="3.5" '
        'fill="var(--accent)"/>'
        for each in bins
    )
    level = f'<line x1="{_LEFT}" x2="{_LEFT + _SIZE}" y1="{_y(0.5)}" y2="{_y(0.5)}" '
    level += 'stroke="var(--faint)" stroke-dasharray="3 3"/>'
    labels = (
        (short(ends[0]), short(ends[1])),
        (short(-reach), short(reach)),
    )
    return _square("predicted", "residual", level + marks, "Residuals by prediction", labels)


def ageing_plot(ageing: Mapping[str, Any]) -> str:
    """How much worse than a fresh model, by age."""
    ages = ageing["ages"]
    reach = max(*(max(abs(e["extra"]["low"]), abs(e["extra"]["high"])) for e in ages),
                ageing["allowed"]) or 1.0  # fmt: skip
    last = ages[-1]["age"]

    def x(age: float) -> float:
        return _x(0.04 + 0.92 * (age - 1) / max(1, last - 1))

    def y(value: float) -> float:
        return _y(0.5 + 0.48 * value / reach)

    marks = "".join(
        f'<line x1="{x(e["age"]):.1f}" x2="{x(e["age"]):.1f}" y1="{y(e["extra"]["low"]):.1f}" '
        f'y2="{y(e["extra"]["high"]):.1f}" stroke="var(--accent)" stroke-width="1.5"/>'
        f'<circle cx="{x(e["age"]):.1f}" cy="{y(e["extra"]["value"]):.1f}" r="4" '
        'fill="var(--accent)"/>'
        for e in ages
    )
    lines = "".join(
        f'<line x1="{_LEFT}" x2="{_LEFT + _SIZE}" y1="{y(at):.1f}" y2="{y(at):.1f}" '
        f'stroke="var(--{colour})"{dash}/>'
        for at, colour, dash in (
            (0.0, "faint", ""),
            (ageing["allowed"], "bad", ' stroke-dasharray="3 3"'),
        )
    )
    labels = ("1", str(last)), (short(-reach), short(reach))
    return _square("age in windows", "worse by", lines + marks, "How it ages", labels)


# The square


def _x(share: float) -> float:
    return _LEFT + _SIZE * share


def _y(share: float) -> float:
    return _TOP + _SIZE * (1 - share)


def _diagonal() -> str:
    return (
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="var(--faint)" '
        'stroke-dasharray="3 3"/>'
    )


def _line(points: Sequence[Point]) -> str:
    path = "L".join(f"{_x(a):.1f} {_y(b):.1f}" for a, b in points)
    return f'<path d="M{path}" fill="none" stroke="var(--accent)" stroke-width="2"/>'


def _dot(at: Point, chosen: Mapping[str, float]) -> str:
    return (
        f'<circle cx="{_x(at[0]):.1f}" cy="{_y(at[1]):.1f}" r="5" fill="var(--paper)" '
        f'stroke="var(--bad)" stroke-width="2.5"><title>threshold {short(chosen["threshold"])}'
        "</title></circle>"
    )


def _square(
    across: str,
    up: str,
    inside: str,
    label: str,
    ends: tuple[tuple[str, str], tuple[str, str]] = (("0", "1"), ("0", "1")),
) -> str:
    (left, right), (bottom, top) = ends
    frame = (
        f'<rect x="{_LEFT}" y="{_TOP}" width="{_SIZE}" height="{_SIZE}" fill="none" '
        'stroke="var(--grid)"/>'
    )
    below = _TOP + _SIZE + 16
    texts = (
        f'<text x="{_LEFT}" y="{below}">{left}</text>'
        f'<text x="{_x(0.5)}" y="{below + 16}" text-anchor="middle">{across}</text>'
        f'<text x="{_LEFT + _SIZE}" y="{below}" text-anchor="end">{right}</text>'
        f'<text x="{_LEFT - 6}" y="{_TOP + 11}" text-anchor="end">{top}</text>'
        f'<text x="{_LEFT - 6}" y="{_TOP + _SIZE}" text-anchor="end">{bottom}</text>'
        f'<text transform="translate(14 {_y(0.5)}) rotate(-90)" text-anchor="middle">{up}</text>'
    )
    width, height = _LEFT + _SIZE + 12, _TOP + _SIZE + _BOTTOM
    return (
        f'<figure class="square"><svg viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{label}">{frame}{inside}{texts}</svg><figcaption>{label}</figcaption></figure>'
    )
