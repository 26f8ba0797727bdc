"""Which rows a model may learn from, and which it is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl


@dataclass(frozen=True, kw_only=True)
class SplitDates:
    """Where the year is cut.

    Attributes:
        validation_from: First day of the validation months; all days before are for training.
        test_from: First day of the test months, which run to the end.
    """

    validation_from: date
    test_from: date


def split_by_time(
    trips: pl.DataFrame, dates: SplitDates
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Cut the year into months to learn from, to choose by, and to be judged on.

    Cut by time and not by chance: flights of one day share storms and knock-on delays, so
    that a random split asks about days whose outcome the model has seen.

    Raises:
        ValueError: A part would be empty.
    """
    day = pl.col("date")
    parts = (
        trips.filter(day < dates.validation_from),
        trips.filter(day >= dates.validation_from, day < dates.test_from),
        trips.filter(day >= dates.test_from),
    )
    for name, part in zip(("training", "validation", "test"), parts, strict=True):
        if part.is_empty():
            raise ValueError(f"no {name} rows: {dates} leaves none of {trips.height} for them")
    return parts
