"""The rows on which the model was most wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars

_MOST = 100


def worst_rows(
    predictions: polars.DataFrame,
    asked: dict[str, Any],
    rows: polars.DataFrame | None = None,
) -> polars.DataFrame:
    """The hundred rows on which the model was most wrong, the worst first.

    Of classes, those come first that it was surest of, where probabilities are known.

    Returns:
        `row` (its position, from 0), `given`, `predicted`, `loss`, and what describes it.
    """
    import numpy as np
    import polars as pl

    from tilth.stages.evaluate.tables import evaluated

    found = evaluated(predictions, rows, asked)
    judged = found.judgement
    own = judged.loss
    if judged.probabilities is not None:
        own = judged.probabilities[np.arange(judged.truth.size), judged.truth]
    worst = np.lexsort((own, -judged.loss))[:_MOST]
    worst = worst[judged.wrong[worst] > 0]
    told = pl.DataFrame(
        {
            "row": worst,
            "given": judged.shown(judged.truth[worst]),
            "predicted": judged.shown(judged.predicted[worst]),
            "loss": judged.loss[worst],
        }
    )
    described = found.attributes[worst]
    clash = {name: f"{name} (told)" for name in described.columns if name in told.columns}
    return told.hstack(described.rename(clash))
