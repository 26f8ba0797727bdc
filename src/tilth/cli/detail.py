"""One node or one dataset in detail, for `tilth show NAME`."""

from __future__ import annotations

from typing import Any

from tilth.cli.command import Invocation
from tilth.cli.output import clock, count, duration, paint, show, show_json, size, table
from tilth.graph.node import Node
from tilth.graph.pipeline import Pipeline
from tilth.project import Project
from tilth.project.datasets import DatasetState
from tilth.project.listing import all_nodes
from tilth.project.page.facts import node_facts


def show_node(invocation: Invocation, project: Project, node: Node) -> None:
    """Its signature, what it reads and makes, and when and why it ran last."""
    facts = node_facts(project, Pipeline.sorted([node]))[node.name]
    why = project.why(node.name)
    facts |= {"now": why.now, "now_details": list(why.now_details)}
    if invocation.json:
        show_json({"name": node.name, **facts})
        return
    show(paint(facts["signature"], "bold"))
    if facts["doc"]:
        show(f"\n{facts['doc']}\n")
    show(table([row for row in _rows(facts) if row[1]]))


def _rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    now = f"would run: {facts['now']}" if facts["now"] else "its result still holds"
    return [
        ("function", facts["function"]),
        ("defined at", facts["place"]),
        ("pipeline", facts["pipeline"]),
        ("layer", facts["layer"]),
        ("owner", facts["owner"]),
        ("tags", ", ".join(facts["tags"])),
        ("runs", ", ".join(facts["options"])),
        *((_first("reads", i), _input(each)) for i, each in enumerate(facts["inputs"])),
        *((_first("makes", i), each) for i, each in enumerate(facts["outputs"])),
        ("last ran", _last(facts)),
        ("now", now),
    ]


def _first(word: str, i: int) -> str:
    return word if i == 0 else ""


def _input(given: dict[str, Any]) -> str:
    if "dataset" in given:
        text = given["dataset"] + (", one partition at a time" if given["each"] else "")
    else:
        text = given.get("parameter") or given["value"]
    return text if given["argument"] in (text, "") else f"{given['argument']} = {text}"


def _last(facts: dict[str, Any]) -> str:
    if not facts["run"]:
        return "never"
    when = clock(facts["at"])
    return f"run {facts['run']}, {when}, in {duration(facts['seconds'])}: {facts['reason']}"


def show_dataset(invocation: Invocation, project: Project, state: DatasetState) -> None:
    """Where it lies, how big it is, who makes and who reads it."""
    readers = [each.name for each in all_nodes(project).values() if state.name in each.reads]
    if invocation.json:
        show_json({**state.as_dict(), "readers": readers})
        return
    made = f"run {state.run}, {clock(state.made_at)}" if state.made_at is not None else ""
    rows = [
        ("dataset", state.name),
        ("about", state.description),
        ("state", state.state),
        ("format", state.format),
        ("lies in", state.location or ("the store" if state.state == "made" else "")),
        ("layer", state.layer),
        ("rows", count(state.rows)),
        ("columns", count(state.columns)),
        ("size", size(state.n_bytes)),
        ("made by", state.maker),
        ("made in", made),
        ("read by", ", ".join(readers)),
        ("digest", state.fingerprint),
    ]
    show(table([row for row in rows if row[1]]))
