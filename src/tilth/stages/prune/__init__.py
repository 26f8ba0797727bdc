"""Make a model smaller, and say what that costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tilth.errors import DefinitionError
from tilth.graph.node import node
from tilth.graph.pipeline import Pipeline, pipeline
from tilth.quality.pruning.names import ONNX, RELATIVE_TO, checked_means
from tilth.stages.prune.page import write_page
from tilth.stages.prune.report import compare_small
from tilth.stages.prune.trying import make_small

__all__ = ["prune"]


def prune(
    model: str,
    train: str,
    target: str,
    *,
    test: str | None = None,
    metric: str | None = None,
    allowed: float = 0.1,
    allowed_in_slices: float | None = None,
    relative_to: str = "value",
    cautious: bool = False,
    means: Sequence[str] | str | None = None,
    slices: Sequence[str] | None = None,
    group: str | None = None,
    weights: str | None = None,
    balanced: bool = False,
    features: Sequence[str] | None = None,
    folds: int = 5,
    most_rows: int = 20_000,
    prefix: str | None = None,
    seed: int = 0,
) -> Pipeline:
    """Make the smallest model that loses no more than is allowed.

    It reads a fitted model and the rows that it learned from, and makes `<prefix>_small_model`,
    `<prefix>_small_candidates` (a table of all that was tried: bytes, loss with its interval,
    time, the worst slice), `<prefix>_small_choice` (which was taken and why, and what could not be
    made), `<prefix>_small_comparison` (original and small model side by side, as metrics on
    record, on the test rows where there are some) and `<prefix>_small_page`, one page with all of
    it that needs no network. What a model loses is measured on rows of `train` that are held out;
    test rows have no part in the choice. The names fit what `stage: train` makes.

    Args:
        model: The dataset with the model, of scikit-learn's interface.
        train: The dataset that it learned from.
        target: The column that it predicts.
        test: Rows that nothing was learned from, for one final look.
        metric: What losses are of: the name of a scorer of scikit-learn, with or without
            `neg_`; what `stage: train` would compare models by if not given.
        allowed: The largest relative loss, 0 or more.
        allowed_in_slices: The largest on any slice; as large as it comes if not given.
        relative_to: `value`, so that `allowed` is a share of the original's metric; or `lead`, so
            that it is a share of what that is better than a guess which sees no column.
        cautious: Whether the whole interval of a loss must be within `allowed`, and not only the
            loss as measured.
        means: Some of `pack`, `fewer_trees`, `prune_trees`, `fewer_features`, `sparse`,
            `distil` and `onnx`; all that fit the model but the last if not given.
        slices: Columns by whose values losses are told apart; numbers are cut into ranges.
        group: A column of which no value shall be on both sides of a fold, such as a patient.
        weights: A column that says how much each row counted in training.
        balanced: Whether each class counted as much as every other in training.
        features: Columns that the model is given; those that it was fitted on if not given.
        folds: Parts that are held out in turn.
        most_rows: Of more rows so many are drawn for the folds; the model is made of all.
        prefix: Of what it makes; the name of the model without `_model` if not given.
        seed: Of folds and draws.
    """
    where = "stage `prune`"
    _check_share("allowed", allowed)
    if allowed_in_slices is not None:
        _check_share("allowed_in_slices", allowed_in_slices)
    if relative_to not in RELATIVE_TO:
        raise DefinitionError(
            f"{where}: `relative_to` is {relative_to!r:.80}",
            hint=f"one of {', '.join(RELATIVE_TO)}",
        )
    if isinstance(folds, bool) or not isinstance(folds, int) or folds < 2:
        raise DefinitionError(f"{where}: `folds` is {folds!r:.80}, not 2 or more")
    names = checked_means(means, where)
    asked = {
        "model": model, "train": train, "test": test, "target": target, "metric": metric,
        "allowed": allowed, "allowed_in_slices": allowed_in_slices,
        "relative_to": relative_to, "cautious": cautious,
        "means": list(names),
        "slices": list(slices or ()), "group": group, "weights": weights, "balanced": balanced,
        "features": None if features is None else list(features), "folds": folds,
        "most_rows": most_rows, "seed": seed,
    }  # fmt: skip
    name = prefix or model.removesuffix("_model")
    made = {
        each: f"{name}_small_{each}"
        for each in ("candidates", "choice", "model", "comparison", "page")
    }
    compared: dict[str, Any] = {
        "model": model,
        "small_model": made["model"],
        "candidates": made["candidates"],
        "choice": made["choice"],
        "asked": {"value": asked},
    }
    if test is not None:
        compared["test"] = test
    return pipeline(
        [
            node(
                make_small,
                inputs={"model": model, "train": train, "asked": {"value": asked}},
                outputs=[made["candidates"], made["choice"], made["model"]],
                name=f"make_small_{name}",
                depends_on=("sklearn", *_needs(names)),
            ),
            node(
                compare_small,
                inputs=compared,
                outputs=made["comparison"],
                name=f"compare_small_{name}",
                depends_on=("sklearn",),
            ),
            node(
                write_page,
                inputs={
                    "candidates": made["candidates"],
                    "choice": made["choice"],
                    "comparison": made["comparison"],
                    "title": {"value": name},
                },
                outputs=made["page"],
                name=f"page_of_small_{name}",
            ),
        ]
    )


def _needs(means: Sequence[str]) -> tuple[str, ...]:
    """Libraries whose versions count, beside scikit-learn's."""
    return ("onnxruntime", "skl2onnx") if ONNX in means else ()


def _check_share(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise DefinitionError(
            f"stage `prune`: `{name}` is {value!r:.80}, not a share of 0 or more",
            hint="0.1 allows a tenth to be lost; 0 allows only what loses nothing",
        )
