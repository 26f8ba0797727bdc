"""The rows that are explained, and those that they are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import DataError, UnknownNameError
from tilth.quality.explanation.answers import answers_of
from tilth.quality.explanation.features import features_of
from tilth.quality.explanation.importance import losses_by_shuffling
from tilth.quality.explanation.table import Table
from tilth.quality.slices.findings import drawn_rows
from tilth.record import field, record


@record
class Drawn:
    """The rows that are explained, and those that they are compared with.

    Attributes:
        rows: With the columns that the model is given.
        background: Likewise.
        at: The positions of `rows` in their dataset.
    """

    rows: pl.DataFrame = field(repr=False)
    background: pl.DataFrame = field(repr=False)
    at: NDArray[np.int64] = field(repr=False)

    @classmethod
    def of(
        cls,
        model: Any,
        rows: pl.DataFrame,
        background: pl.DataFrame | None,
        asked: Mapping[str, Any],
    ) -> Drawn:
        """Draw both.

        Raises:
            UnknownNameError: A column is not there.
            DataError: One of them has no rows.
        """
        where, target = f"stage `explain`, dataset `{asked['rows']}`", asked["target"]
        if target is not None and target not in rows.columns:
            raise UnknownNameError("column", target, rows.columns, where=where)
        names = features_of(model, rows.columns, asked["features"], target or "")
        others = rows if background is None else background
        for name in names:
            if name not in others.columns:
                place = f"stage `explain`, dataset `{asked['background']}`"
                raise UnknownNameError("column", name, others.columns, where=place)
        for what, table in ((asked["rows"], rows), (asked["background"], others)):
            if not table.height:
                raise DataError(
                    f"stage `explain`, dataset `{what}`: there are no rows",
                    hint="nothing can be explained by it",
                )
        at = drawn_rows(rows.height, asked["most_rows"], asked["seed"])
        # Another seed, so that rows are not compared with themselves where both are one table.
        compared = drawn_rows(others.height, asked["background_rows"], asked["seed"] + 1)
        return cls(rows=rows.select(names)[at], background=others.select(names)[compared], at=at)


def losses_of(model: Any, drawn: Drawn, truth: pl.Series, asked: Mapping[str, Any]) -> Any:
    """By how much shuffling hurts; None where what is so is missing, or is no number."""
    answers = answers_of(model, drawn.background[:2], positive=asked["positive"])
    if truth.null_count() or (answers.scale == "value" and not truth.dtype.is_numeric()):
        return None
    table = Table.of(answers.table(drawn.rows), answers.table(drawn.background))
    return losses_by_shuffling(answers, table, truth.to_list(), seed=asked["seed"])
