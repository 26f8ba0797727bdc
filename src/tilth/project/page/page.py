"""Puts the page together: drawing, facts, style and script in one file that needs no network."""

from __future__ import annotations

import json
import time
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.graph.pipeline import Pipeline
from tilth.project.page.drawing import drawing
from tilth.project.page.facts import dataset_facts, node_facts

if TYPE_CHECKING:
    from tilth.project.project import Project

_HERE = Path(__file__).parent


def page(project: Project, chosen: Pipeline | None = None) -> str:
    """The pipelines, or a part of them, as an HTML page.

    Args:
        project: What it is about.
        chosen: The part; everything if not given.
    """
    shown = project.everything if chosen is None else chosen
    nodes = node_facts(project, shown)
    datasets = dataset_facts(project)
    known = {name: datasets[name] for name in shown.datasets if name in datasets}
    facts = {"project": project.name, "nodes": nodes, "datasets": known}
    parts = {
        "title": escape(project.name),
        "summary": escape(_summary(project, shown, nodes)),
        "legend": _legend(nodes),
        "style": _part("page.css"),
        "graph": drawing(shown, nodes),
        "facts": _embedded(facts),
        "script": _part("page.js"),
    }
    text = _part("page.html")
    for name, part in parts.items():
        text = text.replace(f"<!--{name}-->", part, 1)
    return text


def _part(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _embedded(facts: dict[str, Any]) -> str:
    """As JSON that cannot end the element that holds it."""
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"), default=str)
    return text.replace("<", "\\u003c")


def _summary(project: Project, shown: Pipeline, nodes: dict[str, dict[str, Any]]) -> str:
    n_waiting = sum(each["state"] in ("waits", "never") for each in nodes.values())
    states = "all up to date" if not n_waiting else f"{n_waiting} to run"
    day = time.strftime("%Y-%m-%d %H:%M")
    return f"{len(shown):,} nodes, {len(shown.datasets):,} datasets, {states} · {day}"


def _legend(nodes: dict[str, dict[str, Any]]) -> str:
    layers = dict.fromkeys(each["layer"] for each in nodes.values() if each["layer"])
    return "".join(
        f'<button class="key" data-layer="{escape(each)}"><i></i>{escape(each)}</button>'
        for each in layers
    )
