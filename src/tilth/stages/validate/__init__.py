"""Hold a model against its goals in each run, and say whether it may go live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tilth.errors import ConfigError, DefinitionError
from tilth.graph.node import node
from tilth.graph.pipeline import Pipeline, pipeline
from tilth.models.goals import goals_from
from tilth.stages.validate.nodes import validate_model

__all__ = ["validate"]


def validate(
    model: str,
    rows: str,
    target: str,
    goals: Sequence[Mapping[str, Any]],
    *,
    baseline: str | None = None,
    live: str | None = None,
    features: Sequence[str] | None = None,
    positive: Any = None,
    together: str | None = None,
    alpha: float = 0.05,
    draws: int = 2000,
    must_pass: bool = False,
    prefix: str | None = None,
    seed: int = 0,
) -> Pipeline:
    """Hold a model against its goals on rows that nothing was learned from.

    It makes `<prefix>_verdict` (the outcome, and each goal's number with its interval, as metrics
    on record) and `<prefix>_goals` (a table: each goal, its outcome, the evidence in words, the
    reason). What a registered version has to meet stands in `goals.yml`; `tilth models validate`
    holds it against that, beside what is live, and opens the door to `tilth models promote`,
    which this stage does not.

    Args:
        model: The dataset with the fitted model, of scikit-learn's interface.
        rows: The dataset with rows that nothing was learned from.
        target: The column with what is so.
        goals: What the model must meet, as in `goals.yml`: each with a `why`.
        baseline: A dataset with a simple model; the best constant answer if not given.
        live: A dataset with the model that is live, where goals compare with it.
        features: Columns that the model is given; those that it was fitted on if not given.
        positive: Of two classes, the one that precision and recall are about; the rarer one if
            not given.
        together: A column that says which rows belong together; these are drawn anew as one.
        alpha: The chance of passing a model that does not meet a goal, at most.
        draws: How often rows are drawn anew.
        must_pass: Whether the run fails where the model does not pass.
        prefix: Of what it makes; the name of the model if not given.
        seed: Of the draws.
    """
    told = {
        "rows": rows, "target": target, "goals": [dict(each) for each in goals],
        "features": None if features is None else list(features), "positive": positive,
        "together": together, "alpha": alpha, "draws": draws, "seed": seed,
    }  # fmt: skip
    try:
        read = goals_from(told, model, parsed=False)
    except ConfigError as error:
        raise DefinitionError(f"stage `validate`: {error}") from error
    if live is None and any(each.against == "live" for each in read.goals):
        raise DefinitionError(
            "stage `validate`: a goal compares with what is live, and `live` names no dataset",
            hint="a registered version is compared by `tilth models validate`, which knows it",
        )
    inputs = {"model": model, "rows": rows, "goals": {"value": told}}
    names = {"model": model, "live": live, "baseline": baseline, "must_pass": must_pass}
    inputs["asked"] = {"value": names}
    inputs |= {name: each for name, each in (("live", live), ("baseline", baseline)) if each}
    cases = dict.fromkeys(each.dataset for each in read.goals if each.kind == "minimum")
    inputs |= {f"case_{at}": name for at, name in enumerate(cases)}
    made = prefix or model
    return pipeline(
        [
            node(
                validate_model,
                inputs=inputs,
                outputs=[f"{made}_verdict", f"{made}_goals"],
                name=f"validate_{made}",
            )
        ]
    )
