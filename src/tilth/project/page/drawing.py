"""Draws a pipeline as SVG: a card for each node, a pill for each dataset."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any
from unicodedata import east_asian_width

from tilth.graph.layout import Box, Layout, Line, layout
from tilth.graph.pipeline import Pipeline

_TITLE = 30.0
_PILL = 21.0
_FOOT = 7.0
_MARGIN = 24.0
_NARROW = frozenset("fijlrtIJ.,:;'|!()[]- ")
_WIDE = frozenset("ABCDEGHKNOQRUVX")
_WIDEST = frozenset("mwMW@%")
_MOST_CHARACTERS = 34


def drawing(pipeline: Pipeline, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """The pipeline as an SVG element.

    Args:
        pipeline: What to draw.
        facts: Node -> `layer` and `state`, which give a card its colours.
    """
    boxes, lines = _boxes(pipeline), _lines(pipeline)
    placed = layout(boxes, lines)
    width, height = placed.width + 2 * _MARGIN, placed.height + 2 * _MARGIN
    parts = [
        f'<svg id="graph" xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="{-_MARGIN:g} {-_MARGIN:g} {width:.0f} {height:.0f}" '
        f'role="group" aria-label="The pipelines as a graph">',
        "<g id='lines'>",
        *_paths(lines, placed),
        "</g>",
        *(_source(box, placed) for box in boxes if box.floating),
        *(
            _card(pipeline, box, placed, facts.get(box.name[1:], {}))
            for box in boxes
            if not box.floating
        ),
        "</svg>",
    ]
    return "\n".join(parts)


def _boxes(pipeline: Pipeline) -> list[Box]:
    """Sources first, then nodes in order; `d` and `n` keep names of both kinds apart."""
    sources = [
        Box(name=f"d{name}", width=_text_width(name) + 34, height=26.0, floating=True)
        for name in pipeline.inputs
    ]
    nodes = []
    for node in pipeline:
        pills = node.makes
        widest = max(
            [_text_width(node.name, bold=True) + 36, *(_text_width(each) + 44 for each in pills)]
        )
        ports = {each: _TITLE + _PILL * i + _PILL / 2 for i, each in enumerate(pills)}
        height = _TITLE + _PILL * len(pills) + _FOOT
        nodes.append(Box(name=f"n{node.name}", width=widest, height=height, ports=ports))
    return [*sources, *nodes]


def _lines(pipeline: Pipeline) -> list[Line]:
    found = []
    for node in pipeline:
        for dataset in dict.fromkeys(node.reads):
            maker = pipeline.makers.get(dataset)
            source = f"n{maker.name}" if maker is not None else f"d{dataset}"
            found.append(Line(source=source, port=dataset, target=f"n{node.name}"))
    return found


def _paths(lines: list[Line], placed: Layout) -> list[str]:
    return [
        f'<path class="line" data-from="{escape(line.source)}" data-to="{escape(line.target)}" '
        f'data-dataset="{escape(line.port)}" d="{_curve(points)}"/>'
        for line, points in zip(lines, placed.routes, strict=True)
    ]


def _curve(points: tuple[tuple[float, float], ...]) -> str:
    """Through gaps straight, between columns in an S."""
    x, y = points[0]
    parts = [f"M{x:.0f} {y:.1f}"]
    for i in range(1, len(points)):
        to_x, to_y = points[i]
        if i % 2 == 0:  # along a gap
            parts.append(f"L{to_x:.0f} {to_y:.1f}")
        else:
            half = (to_x - x) / 2
            parts.append(
                f"C{x + half:.0f} {y:.1f} {to_x - half:.0f} {to_y:.1f} {to_x:.0f} {to_y:.1f}"
            )
        x, y = to_x, to_y
    return "".join(parts)


def _source(box: Box, placed: Layout) -> str:
    x, y = placed.places[box.name]
    name = box.name[1:]
    return (
        f'<g class="source" data-box="{escape(box.name)}" tabindex="0" '
        f'transform="translate({x:.0f} {y:.1f})">{_hint(name)}'
        f'<rect width="{box.width:.0f}" height="{box.height:.0f}" rx="13"/>'
        f'<ellipse cx="15" cy="9.5" rx="4.5" ry="1.8"/>'
        f'<path class="drum" d="M10.5 9.5v7a4.5 1.8 0 0 0 9 0v-7"/>'
        f'<text x="26" y="17.5">{escape(_cut(name))}</text></g>'
    )


def _card(pipeline: Pipeline, box: Box, placed: Layout, facts: Mapping[str, Any]) -> str:
    x, y = placed.places[box.name]
    name = box.name[1:]
    node = pipeline[name]
    size = f'width="{box.width:.0f}" height="{box.height:.0f}" rx="9"'
    many = f'<rect class="behind" x="4" y="4" {size}/>'
    pills = "".join(
        f'<g class="pill" data-dataset="{escape(dataset)}"><rect x="10" y="{port - 8.5:.1f}" '
        f'width="{box.width - 16:.0f}" height="17" rx="8.5"/>'
        f'<text x="20" y="{port + 4:.1f}">{escape(_cut(dataset))}</text>'
        f'<circle cx="{box.width:.0f}" cy="{port:.1f}" r="2.6"/></g>'
        for dataset, port in box.ports.items()
    )
    layer = facts.get("layer") or ""
    return (
        f'<g class="node {escape(facts.get("state", "unknown"))}" data-box="{escape(box.name)}" '
        f'data-layer="{escape(layer)}" tabindex="0" transform="translate({x:.0f} {y:.1f})">'
        f"{_hint(name)}{many if node.fans_out else ''}"
        f'<rect class="card" {size}/>'
        f'<rect class="layer" x="0" y="6" width="3.5" height="{box.height - 12:.0f}" rx="1.7"/>'
        f'<text class="name" x="12" y="19.5">{escape(_cut(name))}</text>'
        f'<circle class="state" cx="{box.width - 12:.0f}" cy="15" r="4"/>{pills}</g>'
    )


def _text_width(text: str, *, bold: bool = False) -> float:
    """About as wide as 12 pixels of DejaVu Sans, the widest of the systems' letters, draw it."""
    return sum(map(_letter_width, _cut(text))) * (1.18 if bold else 1.0)


def _letter_width(letter: str) -> float:
    if letter in _WIDEST or east_asian_width(letter) in "WF":
        return 11.8
    return 4.6 if letter in _NARROW else 9.2 if letter in _WIDE else 7.4


def _hint(name: str) -> str:
    """The whole name on hovering, where it had to be cut."""
    return f"<title>{escape(name)}</title>" if _cut(name) != name else ""


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"
