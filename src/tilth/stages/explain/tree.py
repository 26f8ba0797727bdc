"""A decision tree in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars

_ROWS = 5000


def tell_tree(
    model: Any,
    rows: polars.DataFrame,
    asked: dict[str, Any],
    background: polars.DataFrame | None = None,
) -> str:
    """Tell a decision tree split by split; of any other model, that there is none to tell.

    Args:
        model: A tree, or a pipeline that ends with one.
        rows: As for `explain_rows`.
        asked: Likewise.
        background: Rows such as it learned from, from which it is seen what its encoders do.
    """
    from tilth.quality.explanation.answers import answers_of
    from tilth.quality.explanation.prepared import last_step
    from tilth.quality.explanation.table import Table
    from tilth.quality.explanation.told_tree import is_one_tree, tree_in_words, tree_nodes
    from tilth.stages.explain.drawn import Drawn

    if not is_one_tree(model):
        return f"{NOT_A_TREE}{type(last_step(model)[1]).__name__} is not one decision tree.\n"
    most = {"most_rows": _ROWS, "background_rows": _ROWS}
    drawn = Drawn.of(model, rows, background, {**asked, **most})
    answers = answers_of(model, drawn.background[:2])
    table = Table.of(
        answers.table(drawn.rows), answers.table(drawn.background), tuple(drawn.rows.columns)
    )
    return tree_in_words(tree_nodes(model, table), asked["target"] or "")


NOT_A_TREE = "There is no tree to tell: "
"""How the text begins where the model is none."""
