"""Say why a model says what it says: of each row, and on the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tilth.graph.node import node
from tilth.graph.pipeline import Pipeline, pipeline
from tilth.stages.explain.change import explain_change
from tilth.stages.explain.page import write_page
from tilth.stages.explain.rows import explain_rows
from tilth.stages.explain.tree import tell_tree

__all__ = ["explain"]


def explain(
    model: str,
    rows: str,
    *,
    background: str | None = None,
    target: str | None = None,
    features: Sequence[str] | None = None,
    positive: Any = None,
    scale: str = "chance",
    method: str | None = None,
    most_rows: int = 500,
    background_rows: int = 100,
    since: str | None = None,
    prefix: str | None = None,
    seed: int = 0,
) -> Pipeline:
    """Find out what each column adds to what a model says, and which columns matter.

    It reads a model and rows, and makes `<prefix>_explanations` (a table: for each row and column
    its value and what that adds), `<prefix>_importance` (which columns matter, with intervals and
    which way they push), `<prefix>_tree_in_words` (a decision tree split by split; of another
    model, that it is none) and `<prefix>_explanation_page`, one page with all of it that needs no
    network. Shares are Shapley values of the table's own columns, however the model encodes
    them, and are shown only where they add up to what the model says.

    Args:
        model: The dataset with the model, of scikit-learn's interface.
        rows: The dataset with the rows to explain.
        background: The dataset with the rows to compare with, such as those it was trained on;
            `rows` if not given.
        target: The column with what is so; then it is also told by how much the error grows
            where a column is shuffled.
        features: Columns that the model is given; those that it was fitted on, or all.
        positive: Of two classes, the one whose chance is explained; the last if not given.
        scale: `chance`, or `score` for what a classifier adds up before it says a chance.
        method: `exact`, `linear`, `trees` or `sampled`; the best that fits if not given.
        most_rows: So many rows are explained at most, drawn by the seed.
        background_rows: So many are compared with at most, drawn likewise.
        since: A dataset with an earlier model, such as `{of: model@3}` in the catalog; then
            `<prefix>_change` and the page say what changed since.
        prefix: Of what it makes; the name of the model if not given.
        seed: Of all draws.
    """
    asked = {
        "model": model, "rows": rows, "background": background or rows, "target": target,
        "features": None if features is None else list(features), "positive": positive,
        "scale": scale, "method": method, "most_rows": most_rows,
        "background_rows": background_rows, "seed": seed,
    }  # fmt: skip
    read = {"model": model, "rows": rows, "asked": {"value": asked}}
    if background not in (None, rows):
        read["background"] = background
    name = prefix or model
    made = {
        each: f"{name}_{each}"
        for each in ("explanations", "importance", "tree_in_words", "explanation_page")
    }
    nodes = [
        node(
            explain_rows,
            inputs=read,
            outputs=[made["explanations"], made["importance"]],
            name=f"explain_{name}",
        ),
        node(
            tell_tree,
            inputs=read,
            outputs=made["tree_in_words"],
            name=f"tell_tree_of_{name}",
        ),
    ]
    shown: dict[str, Any] = {
        "explanations": made["explanations"],
        "importance": made["importance"],
        "tree_in_words": made["tree_in_words"],
        "title": {"value": name},
    }
    if since is not None:
        shown["change"] = f"{name}_change"
        nodes.append(
            node(
                explain_change,
                inputs={**read, "since": since, "asked": {"value": {**asked, "since": since}}},
                outputs=shown["change"],
                name=f"explain_change_of_{name}",
            )
        )
    nodes.append(
        node(
            write_page,
            inputs=shown,
            outputs=made["explanation_page"],
            name=f"page_of_{name}_explanation",
        )
    )
    return pipeline(nodes)
