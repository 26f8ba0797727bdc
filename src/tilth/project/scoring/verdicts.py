"""Goals that a model was held against, by a gate or by a stage, and whether it met them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tilth.graph.node import Node
from tilth.history.record import ModelEvent
from tilth.models.registry import ModelVersion
from tilth.project.scoring.evidence import FULL, HALF, Evidence, Proof, found_wrong
from tilth.project.scoring.facts import Facts
from tilth.project.scoring.known import (
    BETWEEN_GROUPS,
    FAILED,
    PASSED,
    TO_BASELINE,
    VALIDATED,
    VALIDATES,
)
from tilth.record import record

BASELINE, SLICES, GAPS = "baseline", "slices", "gaps"
"""What a goal may be about: a simple model, slices, the gap between groups."""


@record
class HeldGoal:
    """A goal, and what came of it.

    Attributes:
        about: What it is about, of the words above.
        outcome: `passed` where it was shown to be met, `failed` where it was shown not to be.
        proof: Where that is on record.
    """

    about: frozenset[str]
    outcome: str
    proof: Proof


def goals_of(facts: Facts, model: str, about: str) -> list[HeldGoal]:
    """The goals about something that the newest version of a model was held against last."""
    held = [*_by_gate(facts, model), *_by_stage(facts, model)]
    return [each for each in held if about in each.about]


def told_by_goals(facts: Facts, model: str, about: str) -> Evidence | None:
    """What goals about something say of a model; None where there are none.

    One point where all are met, half where some could not be shown either way, none where one is
    shown not to be met.
    """
    goals = goals_of(facts, model, about)
    failed = [each.proof for each in goals if each.outcome == FAILED]
    passed = [each.proof for each in goals if each.outcome == PASSED]
    if failed:
        return found_wrong(f"a goal is not met: {failed[0].text}", _MEET, proofs=failed)
    if not goals or len(passed) == len(goals):
        return Evidence(points=FULL, proofs=tuple(passed)) if goals else None
    open_ones = next(each.proof for each in goals if each.outcome != PASSED)
    return Evidence(
        points=HALF,
        proofs=tuple(each.proof for each in goals),
        lacks=(f"it is not shown that a goal is met: {open_ones.text}",),
        earn=("judge it on more rows",),
    )


_MEET = "tilth models diff: what made it worse; or train on, and judge again"


def version_of(facts: Facts, model: str) -> ModelVersion | None:
    """The registered version that the newest model is; None where it is not registered."""
    made = facts.newest[model].fingerprint
    return next(
        (
            each
            for name in facts.registry.models
            for each in facts.registry.versions(name)
            if (each.event.dataset, each.event.fingerprint) == (model, made)
        ),
        None,
    )


def _by_gate(facts: Facts, model: str) -> Iterator[HeldGoal]:
    """What `tilth models validate` put on record."""
    version = version_of(facts, model)
    verdicts = [e for e in version.decisions if e.kind == VALIDATED] if version else []
    goals: Any = details_of(verdicts[-1]).get("goals") if verdicts else ()
    for each in goals if isinstance(goals, list) else ():
        if version is not None and isinstance(each, Mapping):
            goal, outcome = str(each.get("goal", "")), str(each.get("outcome", ""))
            parts = [part for part in each.get("parts", ()) if isinstance(part, Mapping)]
            about = {
                BASELINE: TO_BASELINE in goal,
                SLICES: any(part.get("slice") for part in parts),
                GAPS: BETWEEN_GROUPS in goal,
            }
            text = f"{goal}: {outcome}, {each.get('evidence', '')}"
            yield HeldGoal(
                about=frozenset(name for name, holds in about.items() if holds),
                outcome=outcome,
                proof=Proof(kind="decision", place=version.name, text=text),
            )


def _by_stage(facts: Facts, model: str) -> Iterator[HeldGoal]:
    """What the stage `validate` found in a run: a row for each goal that it was given."""
    for node, node_run in facts.reading(model, VALIDATES):
        rows = facts.rows(node.makes[-1])
        for goal, row in zip(_given(node), rows, strict=False):
            about = {
                BASELINE: goal.get("against") == "baseline",
                SLICES: bool(set(goal) & {"slice", "slices", "by"}),
                GAPS: "group" in goal,
            }
            text = f"{row.get('goal', '')}: {row.get('outcome', '')}, {row.get('evidence', '')}"
            yield HeldGoal(
                about=frozenset(name for name, holds in about.items() if holds),
                outcome=str(row.get("outcome", "")),
                proof=facts.proof_of_node(node, node_run, text),
            )


def _given(node: Node) -> list[Mapping[str, Any]]:
    """The goals that a stage was told, in their order."""
    told = next((each.value for each in node.inputs if each.argument == "goals"), None)
    goals = told.get("goals", ()) if isinstance(told, Mapping) else ()
    return [each for each in goals if isinstance(each, Mapping)]


def details_of(event: ModelEvent) -> Mapping[str, Any]:
    """The evidence that came with a decision; nothing where it cannot be read."""
    try:
        found = json.loads(event.details)
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}
