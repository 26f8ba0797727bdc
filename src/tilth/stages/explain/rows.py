"""What the model is asked about, and what each column adds to its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl


def explain_rows(
    model: Any,
    rows: pl.DataFrame,
    asked: dict[str, Any],
    background: pl.DataFrame | None = None,
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Explain rows one by one, and sum that up.

    Args:
        model: Of scikit-learn's interface.
        rows: What it is asked about.
        asked: What the stage was told; see `tilth.stages.explain`.
        background: Rows to compare with; `rows` if not given.

    Returns:
        The explanations, see `tilth.quality.explanation.Explanation.long`, whose `row` is a
        position in `rows`; and the whole, see `tilth.quality.explanation.whole`.

    Raises:
        UnknownNameError: A column is not there.
        DataError: There are no rows, or the model cannot predict them.
    """
    from tilth.quality.explanation import explain
    from tilth.quality.explanation.whole import whole
    from tilth.stages.explain.drawn import Drawn, losses_of

    drawn = Drawn.of(model, rows, background, asked)
    found = explain(
        model,
        drawn.rows,
        drawn.background,
        positive=asked["positive"],
        scale=asked["scale"],
        target=asked["target"] or "",
        method=asked["method"],
        seed=asked["seed"],
    )
    losses = None
    if asked["target"] is not None and asked["scale"] == "chance":
        losses = losses_of(model, drawn, rows[asked["target"]][drawn.at], asked)
    told = found.long()
    told = told.with_columns(row=drawn.at[told["row"].to_numpy()])
    return told, {**whole(found, drawn.at.tolist(), losses=losses), "rows_in_all": rows.height}
