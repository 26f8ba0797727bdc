"""Predictions beside what is so, in the form that `stage: evaluate` reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from tilth.errors import DataError, UnknownNameError
from tilth.quality.judgement import unseen_classes

PREDICTION, PROBABILITY = "prediction", "p_{}"


def predicted(
    test: pl.DataFrame, model: Any, asked: Mapping[str, Any], dataset: str
) -> pl.DataFrame:
    """See `tilth.stages.train.nodes.predict_test`.

    Raises:
        UnknownNameError: A column is not there that the model has learned from, or the target.
        DataError: There are no rows, or the target has no class that the model knows.
    """
    where = f"stage `train`, dataset `{dataset}`"
    names = [str(each) for each in model.feature_names_in_]
    for name in (*names, asked["target"]):
        if name not in test.columns:
            raise UnknownNameError("column", name, test.columns, where=where)
    if test.height == 0:
        raise DataError(f"{where}: there are no rows", hint="see what the node that makes it got")
    rows = test.select(names)
    found = {asked["target"]: test[asked["target"]]}
    found[PREDICTION] = pl.Series(np.asarray(model.predict(rows)).tolist())
    if hasattr(model, "predict_proba"):
        chances = np.asarray(model.predict_proba(rows), float)
        known = model.classes_.tolist()
        for label, column in zip(known, chances.T, strict=True):
            found[PROBABILITY.replace("{}", str(label))] = pl.Series(column)
        for label in unseen_classes(test[asked["target"]], known, "the model", where):
            # A class that it has never seen it holds impossible.
            found[PROBABILITY.replace("{}", str(label))] = pl.zeros(test.height, eager=True)
    return pl.DataFrame(found)
