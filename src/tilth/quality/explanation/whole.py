"""An explanation of a model as a whole, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from tilth.quality.explanation.explanation import Explanation
from tilth.quality.explanation.importance import Importance, importances
from tilth.quality.explanation.words import reasons, sentences, subject

_REASONS = 8


def whole(found: Explanation, at: Sequence[int], *, losses: Any = None) -> dict[str, Any]:
    """Sum up an explanation of many rows.

    Args:
        found: Of rows that were drawn.
        at: The positions of these rows in their table.
        losses: Of `losses_by_shuffling`, where what is so is known.

    Returns:
        `outputs`, `scale`, `target`, `method`, `base` (output -> mean answer), `rows` (that were
        explained), `background` (rows compared with), `gap` and `tolerance` (of adding up),
        `columns` (see `Importance`), `agreement` (rank correlation with losses by shuffling,
        None where not known), and `examples`: the rows with the lowest, a middle and the highest
        answer, with `row`, `output`, `prediction`, `base`, `sentences` and `reasons`.
    """
    listed = importances(found, losses=losses)
    return {
        "target": found.target,
        "outputs": list(found.outputs),
        "scale": found.scale,
        "method": found.method,
        "base": dict(zip(found.outputs, found.base.tolist(), strict=True)),
        "rows": found.n_rows,
        "background": found.table.n_background,
        "gap": found.gap,
        "tolerance": found.tolerance,
        "columns": [each.as_dict() for each in listed],
        "agreement": _agreement(listed),
        "examples": [example(found, row, int(at[row])) for row in _typical(found)],
    }


def example(found: Explanation, row: int, at: int, output: int | None = None) -> dict[str, Any]:
    """One row's explanation as plain data; of its likeliest class where none is named."""
    which = int(np.argmax(found.predictions[row])) if output is None else output
    listed = reasons(found, row, which)
    return {
        "row": at,
        "output": found.outputs[which],
        "subject": subject(found, which),
        "prediction": float(found.predictions[row, which]),
        "base": float(found.base[which]),
        "sentences": sentences(found, row, which),
        "reasons": [each.as_dict() for each in listed[:_REASONS]],
        "others": float(sum(each.share for each in listed[_REASONS:])),
    }


def _typical(found: Explanation) -> list[int]:
    """The rows with the lowest, the middle and the highest answer."""
    strongest = found.predictions.max(axis=1)
    order = np.argsort(strongest, kind="stable")
    return [int(each) for each in dict.fromkeys((order[-1], order[len(order) // 2], order[0]))]


def _agreement(listed: Sequence[Importance]) -> float | None:
    losses = [each.loss for each in listed if each.loss is not None]
    strengths = [each.strength.value for each in listed]
    if len(losses) < 3 or not np.ptp(losses) or not np.ptp(strengths):
        return None
    return float(np.corrcoef(rankdata(losses), rankdata(strengths))[0, 1])
