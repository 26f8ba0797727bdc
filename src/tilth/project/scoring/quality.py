"""How a model does on kinds of rows, and on groups of people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tilth.graph.node import Node
from tilth.history.record import NodeRun
from tilth.project.scoring.evidence import FULL, HALF, Evidence, Proof, found_wrong, listed, nothing
from tilth.project.scoring.facts import Facts
from tilth.project.scoring.known import DIAGNOSES, FINDS_SLICES, GROUP_COLUMNS, MEASURES
from tilth.project.scoring.of_models import of_each_model
from tilth.project.scoring.sources import noted_of_all
from tilth.project.scoring.stage_nodes import asked_of
from tilth.project.scoring.verdicts import GAPS, SLICES, told_by_goals

_EVALUATE = (
    "tilth.yml: `errors: {stage: evaluate, with: {predictions: TABLE, target: COLUMN, "
    "prediction: COLUMN}}` below `pipelines`"
)
_GROUPS = "tilth.yml: `groups: [COLUMN]` in `stage: evaluate`"
_MAX_GAP = "goals.yml: `{measure: recall, group: COLUMN, max_gap: 0.05, why: REASON}`"


# Model 6


@of_each_model
def slices(facts: Facts, model: str) -> Evidence:
    """Slices that were looked for or named, and how the model does on them."""
    by_goals = told_by_goals(facts, model, SLICES)
    if by_goals is not None:
        return by_goals
    for node, node_run in _judging(facts, model, DIAGNOSES):
        told = facts.told(node.makes[0])
        found = [str(each.get("title", "")) for each in told.get("findings", ())]
        looked = sum(told.get("candidates", ()))
        text = f"looked at {looked:,} kinds of rows, and found {len(found)} that are worse"
        proofs = (facts.proof_of_node(node, node_run, text),)
        if not found:
            return Evidence(points=FULL, proofs=proofs)
        return Evidence(
            points=HALF,
            proofs=proofs,
            lacks=(f"`{model}` is worse where {found[0]}; nobody has said what is good enough",),
            earn=("tilth slices", "goals.yml: a floor for each of these slices"),
        )
    return nothing(f"nobody has looked where `{model}` fails", _EVALUATE)


def _judging(facts: Facts, model: str, *functions: str) -> Iterator[tuple[Node, NodeRun]]:
    """Nodes that judged what the newest version of a model predicts."""
    for node, node_run in facts.of(*functions):
        about = [name for name in node.reads if name == model or _comes_from(facts, name, model)]
        if about and all(facts.is_newest(node_run, name) for name in about):
            yield node, node_run


def _comes_from(facts: Facts, dataset: str, model: str) -> bool:
    return any(model in node.reads for node in facts.before(dataset))


# Model 7


@of_each_model
def inclusion(facts: Facts, model: str) -> Evidence:
    """Groups of people that were named, and how the model does on each."""
    by_goals = told_by_goals(facts, model, GAPS)
    if by_goals is not None:
        return by_goals
    noted, proofs, _ = noted_of_all(facts, model, GROUP_COLUMNS)
    for node, node_run in _judging(facts, model, MEASURES):
        measured = facts.told(node.makes[-1]).get("groups", ())
        columns = [str(each["column"]) for each in measured]
        if columns and set(noted) <= set(columns):
            return _of_groups(facts.proof_of_node(node, node_run, _gaps(measured)), measured)
    if not noted:
        return nothing(
            f"nobody has named groups of people that `{model}` may treat unlike", _GROUPS
        )
    for node, node_run in _judging(facts, model, FINDS_SLICES):
        return _of_slices(facts, node, node_run, set(noted), proofs)
    return nothing(f"nobody has looked whether `{model}` is worse for one of {listed(noted)}",
                   _EVALUATE)  # fmt: skip


def _of_groups(proof: Proof, measured: Sequence[Mapping[str, Any]]) -> Evidence:
    """One point where no two groups are told apart, half where nobody said how far they may be."""
    apart = [
        f"{rate} by `{each['column']}` is {gap['gap']:.2g} apart, of {gap['high']} and {gap['low']}"
        for each in measured
        for rate, gap in each.get("gaps", {}).items()
        if gap.get("apart")
    ]
    if not apart:
        return Evidence(points=FULL, proofs=(proof,))
    return Evidence(
        points=HALF,
        proofs=(proof,),
        lacks=(f"{apart[0]}; nobody has said how far apart it may be",),
        earn=(_MAX_GAP,),
    )


def _gaps(measured: Sequence[Mapping[str, Any]]) -> str:
    return f"measured how groups by {listed(str(each['column']) for each in measured)} are treated"


def _of_slices(
    facts: Facts, node: Node, node_run: NodeRun, groups: set[str], noted: tuple[Proof, ...]
) -> Evidence:
    """Half a point where errors were looked at by group, and no group stands out."""
    told = facts.told(node.makes[0])
    attributes = asked_of(node).get("attributes")
    left_out = set(told.get("left_out", {}))
    unseen = groups & left_out if attributes is None else groups - set(attributes)
    if unseen:
        return nothing(f"slices were not looked for by {listed(sorted(unseen))}",
                       "tilth.yml: `attributes` in `stage: evaluate`")  # fmt: skip
    worse = [
        str(each.get("title", ""))
        for each in told.get("findings", ())
        if any(_names(str(each.get("slice", "")), group) for group in groups)
    ]
    text = f"looked for slices by {listed(sorted(groups))}"
    proof = facts.proof_of_node(node, node_run, text)
    if worse:
        return found_wrong(f"the model is worse where {worse[0]}", "tilth slices", proofs=(proof,))
    return Evidence(
        points=HALF,
        proofs=(*noted, proof),
        lacks=("errors were looked at by group, not who is chosen and who is not",),
        earn=(_GROUPS,),
    )


def _names(conditions: str, column: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(column)}(?![\w.])", conditions) is not None
