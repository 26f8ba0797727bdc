"""What the page tells of each node and dataset."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from tilth.engine.plan import Planned
from tilth.errors import TilthError
from tilth.fingerprint.signature import Signature
from tilth.graph.node import Input, Node
from tilth.graph.pipeline import Pipeline
from tilth.history.record import NodeRun
from tilth.project.datasets import dataset_states

if TYPE_CHECKING:
    from tilth.project.project import Project

Facts = dict[str, Any]

_LONGEST_DOC = 2000


def node_facts(project: Project, chosen: Pipeline) -> dict[str, Facts]:
    """Node -> what there is to know of it; none of the user's modules is imported for it."""
    last = project.history.recall([each.name for each in chosen])
    planned = _planned(project, chosen)
    homes = {node: name for name, each in project.pipelines.items() for node in each.by_name}
    return {
        node.name: {
            **_defined(project, node),
            "pipeline": homes.get(node.name, ""),
            **_lived(last.get(node.name), planned.get(node.name)),
        }
        for node in chosen
    }


def _planned(project: Project, chosen: Pipeline) -> dict[str, Planned]:
    try:
        found = project.plan(selection=None) if chosen is project.everything else None
    except TilthError:
        return {}  # a source is missing, say; the drawing has its worth all the same
    return {each.node.name: each for each in found.nodes} if found is not None else {}


def _defined(project: Project, node: Node) -> Facts:
    """What its definition and its source say."""
    signature = _signature(project, node)
    options = node.options
    place = f"{signature.file}:{signature.line}" if signature and signature.file else node.place
    return {
        "function": node.function.name.replace(":", "."),
        "signature": signature_text(node, signature),
        "doc": (signature.doc or "").strip()[:_LONGEST_DOC] if signature else "",
        "place": place,
        "inputs": [_input(each) for each in node.inputs],
        "outputs": node.makes,
        "tags": sorted(node.tags),
        "layer": options.layer,
        "owner": options.owner,
        "description": options.description,
        "options": option_texts(node),
    }


def _signature(project: Project, node: Node) -> Signature | None:
    try:
        return project.code.sources.signature(node.function.name)
    except TilthError:
        return None  # a function that has no name to find it by


def signature_text(node: Node, signature: Signature | None) -> str:
    """As in the source: `clean(flights: polars.DataFrame, late_after: int = 15) -> ...`."""
    if signature is None:
        return f"{node.function.short}(...)"
    parts = []
    for each in signature.parameters:
        text = {"rest": "*", "rest by keyword": "**"}.get(each.kind, "") + each.name
        text += f": {each.annotation.text}" if each.annotation else ""
        if each.has_default:
            default = repr(each.default) if each.default_known else "..."
            text += f" = {default}" if each.annotation else f"={default}"
        parts.append(text)
    returns = f" -> {signature.returns.text}" if signature.returns else ""
    return f"{node.function.short}({', '.join(parts)}){returns}"


def _input(given: Input) -> Facts:
    if given.is_dataset:
        return {"argument": str(given.argument), "dataset": given.name, "each": given.each}
    if given.is_parameter:
        return {"argument": str(given.argument), "parameter": given.name}
    return {"argument": str(given.argument), "value": repr(given.value)}


def option_texts(node: Node) -> list[str]:
    """What is unusual about how it is run."""
    options = node.options
    told = []
    if options.retries:
        told.append(f"tried again up to {options.retries} times")
    if options.timeout is not None:
        told.append(f"stopped after {options.timeout:g} s")
    if not options.cache:
        told.append("impure: runs each time")
    if options.refresh is not None:
        told.append(f"trusted for {options.refresh:g} s")
    told += [f"takes {amount:g} of {name}" for name, amount in options.resources.items()]
    return told


def _lived(last: NodeRun | None, planned: Planned | None) -> Facts:
    reason = planned.reason if planned is not None else None
    state = "unknown"
    if planned is not None:
        state = "holds" if reason is None else "waits"
    if last is None:
        state = "never"
    return {
        "state": state,
        "now": str(reason) if reason is not None else "",
        "run": last.run if last else 0,
        "at": last.started_at if last else None,
        "seconds": last.seconds if last else None,
        "reason": last.reason if last else "",
        "metrics": [
            {
                "name": each.name,
                "value": _finite(each.value),
                "low": _finite(each.low),
                "high": _finite(each.high),
            }
            for each in (last.metrics if last else ())
            if each.value is not None
        ][:40],
    }


def _finite(value: float | None) -> float | None:
    """JSON has no words for NaN and infinities."""
    return value if value is not None and isfinite(value) else None


def dataset_facts(project: Project) -> dict[str, Facts]:
    """Dataset -> where it lies, how big it is, and so on."""
    # What is not known is left out, since a large graph has thousands of these.
    return {
        each.name: {key: value for key, value in each.as_dict().items() if value not in ("", None)}
        for each in dataset_states(project)
    }
