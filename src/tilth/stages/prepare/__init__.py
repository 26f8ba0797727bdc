"""Split a table without leaking, look for what leaks all the same, and prepare its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tilth.errors import DefinitionError, UnknownNameError
from tilth.graph.node import Node, node
from tilth.graph.pipeline import Pipeline, pipeline
from tilth.graph.stage import FINDINGS
from tilth.stages.prepare.nodes import find_leaks, prepare_columns, split_table

__all__ = ["prepare"]

_TASKS = ("auto", "classification", "regression")


def prepare(
    table: str,
    target: str,
    *,
    split: Mapping[str, Any] | None = None,
    task: str = "auto",
    features: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    drop: str | Sequence[str] = (),
    preparation: Mapping[str, Any] | None = None,
    strict: bool = False,
    prefix: str | None = None,
) -> Pipeline:
    """Split a table, prepare its columns, and say what leaks from one side to the other.

    It makes `<prefix>_train` and `<prefix>_test` (and `<prefix>_validation`, where asked for): the
    rows as they were, but for those without a target; `<prefix>_split`, shares and whether a row
    stays on its side when others come, as metrics on record; `<prefix>_preparation`, an unfitted
    pipeline of scikit-learn that `stage: train` fits within each fold; `<prefix>_columns`, a table
    of what was decided for each column and why; `<prefix>_leakage`, a table of what leaks, and
    `<prefix>_leaks`, its counts as metrics on record. So `stage: train` goes on with
    `train: <prefix>_train`, `test: <prefix>_test` and `preparation: <prefix>_preparation`.

    Args:
        table: The dataset, in any format of tables.
        target: The column that is to be predicted.
        split: `by` (`random`, `group`, `stratum` or `time`), `column` (the group's, stratum's or
            time's), `key` (columns that name a row), `test` and `validation` (shares), `seed`, `at`
            and `validation_at` (dates), `exact` (of strata); a random fifth if not given.
        task: `classification` or `regression`; `auto` finds it out as `stage: train` does.
        features: Columns that the model is given; all if not given, but for keys, groups and
            what has no use.
        columns: Column -> `number`, `truth`, `levels`, `target_mean`, `date`, `words` or `drop`,
            for those that are not to be decided on.
        drop: Columns that are left out.
        preparation: `max_levels` (of a category that get a column each, 30), `rare` (rows that a
            level needs for that), `words` (of a text, 200), `scale` (true), `new_columns`
            (`refuse` or `ignore` columns that were not there in training).
        strict: Whether what surely leaks fails the run.
        prefix: Of what it makes; the name of the table if not given.
    """
    # They are light, and mistakes in settings are told before anything runs.
    from tilth.quality.preparation_plan import PreparationPlan
    from tilth.quality.split_plan import SplitPlan

    if task not in _TASKS:
        raise UnknownNameError("task", str(task), _TASKS, where="stage `prepare`")
    if features is not None and (isinstance(features, str) or target in features):
        raise DefinitionError(
            f"stage `prepare`: `features` is {features!r:.80}, and should be a list of columns "
            f"without the target `{target}`"
        )
    planned = SplitPlan.of(split)
    prepared = PreparationPlan.of(preparation, columns=columns, drop=drop)
    asked = {"table": table, "target": target, "task": task, "split": planned.as_dict()}
    more = {
        "features": None if features is None else list(features),
        "preparation": prepared.as_dict(),
    }
    return pipeline(
        _nodes(
            prefix or table, planned.sides, asked, {**asked, **more}, {**asked, "strict": strict}
        )
    )


def _nodes(
    prefix: str,
    sides: Sequence[str],
    split: Mapping[str, Any],
    prepared: Mapping[str, Any],
    checked: Mapping[str, Any],
) -> list[Node]:
    """Each node is told what it needs and no more, or it would run where that changes."""
    made = {side: f"{prefix}_{side}" for side in sides}
    columns = f"{prefix}_columns"
    return [
        node(
            split_table,
            inputs={"table": split["table"], "asked": {"value": split}},
            outputs=[f"{prefix}_split", *made.values()],
            name=f"split_{prefix}",
        ),
        node(
            prepare_columns,
            inputs={"train": made["train"], "asked": {"value": prepared}},
            outputs=[f"{prefix}_preparation", columns],
            name=f"prepare_{prefix}",
            depends_on=("sklearn",),
        ),
        node(
            find_leaks,
            inputs={**made, "columns": columns, "asked": {"value": checked}},
            outputs=[f"{prefix}_leakage", f"{prefix}_leaks"],
            name=f"find_leaks_{prefix}",
            tags=FINDINGS,
        ),
    ]
