"""What changed since an earlier model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

_ASKED = 10_000
"""Rows of which it is counted whether the two models answer otherwise, at most."""


def explain_change(
    model: Any,
    since: Any,
    rows: pl.DataFrame,
    asked: dict[str, Any],
    background: pl.DataFrame | None = None,
) -> dict[str, Any]:
    """Find out which columns make a model answer otherwise than an earlier one.

    Args:
        model: Of scikit-learn's interface.
        since: The earlier one.
        rows: What both are asked about.
        asked: What the stage was told, see `tilth.stages.explain`, with `since`.
        background: Rows to compare with; `rows` if not given.

    Returns:
        See `tilth.quality.explanation.told_change.whole_change`, with `since` and `rows_in_all`.

    Raises:
        UnknownNameError: The rows lack a column of one of the two.
        DefinitionError: They tell of other classes.
        DataError: One of them cannot predict these rows.
    """
    from tilth.quality.explanation.change import change, changed_answers
    from tilth.quality.explanation.features import features_before
    from tilth.quality.explanation.told_change import whole_change
    from tilth.quality.slices.findings import drawn_rows
    from tilth.stages.explain.drawn import Drawn

    target, where = asked["target"] or "", f"stage `explain`, dataset `{asked['rows']}`"
    new = Drawn.of(model, rows, background, asked).rows.columns
    old = features_before(since, rows.columns, asked["features"], target, where)
    both = list(dict.fromkeys((*new, *old)))
    drawn = Drawn.of(None, rows, background, {**asked, "features": both})
    found = change(
        model,
        since,
        drawn.rows,
        drawn.background,
        features=new,
        features_before=old,
        positive=asked["positive"],
        scale=asked["scale"],
        target=target,
        method=asked["method"],
        seed=asked["seed"],
    )
    at = drawn_rows(rows.height, _ASKED, asked["seed"])
    answers = changed_answers(model, since, rows[at], features=new, features_before=old)
    told = whole_change(found, answers, drawn.at.tolist())
    return {"since": asked["since"], "rows_in_all": rows.height, **told}
