"""Tests that are asked of each model of a project."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from tilth.project.scoring.evidence import Evidence, nothing, together
from tilth.project.scoring.facts import Facts

Ask = Callable[[Facts, str], Evidence]


def of_each_model(ask: Ask) -> Callable[[Facts], Evidence]:
    """As much as the model with the least has to show; nothing where there is no model."""

    @wraps(ask)
    def look(facts: Facts) -> Evidence:
        if not facts.models:
            return nothing(
                "no model is on record",
                "tilth.yml: `model: {stage: train, with: {train: TABLE, target: COLUMN}}` "
                "below `pipelines`",
                "tilth run",
            )
        return together(ask(facts, model) for model in facts.models)

    return look
