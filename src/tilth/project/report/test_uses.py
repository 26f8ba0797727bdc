"""How often the same rows were used to measure models: each look wears the test out a little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tilth.project.report.facts import Fact

if TYPE_CHECKING:
    from tilth.project.project import Project

PREDICTS = "tilth.stages.train.nodes:predict_test"

OFTEN = 10
"""More models than this on the same rows are told."""


def n_models_measured(project: Project, predictions: Fact) -> int:
    """How many versions of models have answered for the rows that were predicted.

    Args:
        project: Whose history.
        predictions: What `stage: train` predicted of test rows.

    References:
        C. Dwork et al., "The reusable holdout: preserving validity in adaptive data analysis",
        Science 349, 2015: what is chosen by looking at the test is not tested by it.
    """
    history = project.history
    inputs = predictions.node.inputs if predictions.node is not None else ()
    test = next((each.name for each in inputs if each.argument == "test"), "")
    rows = predictions.made_by.inputs.get(test)
    if rows is None:
        return 0
    models = {
        fingerprint
        for each in history.used_by(rows)
        if history.recipe(each.recipe).function == PREDICTS
        for fingerprint in each.inputs.values()
        if fingerprint != rows
    }
    return len(models)
