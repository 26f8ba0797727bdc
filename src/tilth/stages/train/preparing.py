"""What stands before a model where nobody prepared anything."""

from __future__ import annotations

from typing import Any

import polars as pl

from tilth.quality.preparation import decided, preparation_of
from tilth.quality.preparation.decide import may_encode
from tilth.quality.quantity import Task
from tilth.record import record
from tilth.stages.train.lesson import Lesson


@record
class Default:
    """The preparation that columns get of which nobody said anything.

    Attributes:
        preparation: An unfitted pipeline of scikit-learn.
        left_out: Columns that it has no use for -> why.
    """

    preparation: Any
    left_out: dict[str, str]


def default_preparation(lesson: Lesson) -> Default:
    """What `stage: prepare` would make of these rows.

    Raises:
        DataError: There is no column of any use.
    """
    task: Task = "classification" if lesson.classes else "regression"
    by_target = may_encode(pl.Series(lesson.answers.tolist(), strict=False), task)
    treatments = decided(lesson.table, by_target=by_target, where=lesson.where)
    made = preparation_of(
        treatments, n_rows=len(lesson), quantity=not lesson.classes, beside=lesson.others
    )
    left_out = {each.column: each.why for each in treatments if not each.is_used}
    return Default(preparation=made, left_out=left_out)
