"""What was decided, as a table that people read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import polars as pl

from tilth.quality.preparation.build import (
    DATES,
    LEVELS,
    NUMBERS,
    TAKE,
    TARGET_MEANS,
    TRUTHS,
    WORDS,
)
from tilth.quality.preparation.treatment import Treatment


def told(treatments: Sequence[Treatment], fitted: Any) -> pl.DataFrame:
    """A row for each column: `column`, `kind`, `treatment`, `why`, and `n_out`.

    Args:
        treatments: Of all columns.
        fitted: The preparation, fitted on the training rows.
    """
    counts = n_out(treatments, fitted)
    rows = [
        (each.column, each.kind, each.treatment, each.why, counts[each.column])
        for each in treatments
    ]
    schema = {"column": pl.String, "kind": pl.String, "treatment": pl.String, "why": pl.String,
              "n_out": pl.Int64}  # fmt: skip
    return pl.DataFrame(rows, schema, orient="row")


def n_out(treatments: Sequence[Treatment], fitted: Any) -> Counter[str]:
    """Column -> how many numbers it became."""
    found: Counter[str] = Counter()
    for name, part, columns in fitted.named_steps[TAKE].transformers_:
        if name in (NUMBERS, TRUTHS):
            filled = part.named_steps["fill"] if name == NUMBERS else part
            found.update(columns)
            found.update(columns[i] for i in filled.indicator_.features_)
        elif name == LEVELS:
            found.update(dict(zip(columns, _n_levels(part), strict=True)))
        elif name == TARGET_MEANS:
            encoder = part.named_steps["encode"]
            each = len(encoder.encodings_) // len(columns)
            found.update(dict.fromkeys(columns, each))
        elif name.startswith(WORDS):
            found[columns] += len(part.vocabulary_)
        elif name == DATES:
            found.update({e.column: len(e.parts) for e in treatments if e.treatment == "date"})
    return found


def _n_levels(encoder: Any) -> list[int]:
    """Columns of each encoded one; rare levels share one."""
    shared = encoder.infrequent_categories_
    return [
        len(levels) if rare is None else len(levels) - len(rare) + 1
        for levels, rare in zip(encoder.categories_, shared, strict=True)
    ]
