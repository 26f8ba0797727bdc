"""The node that tries smaller models and makes the one that is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars

    from tilth.quality.pruning.candidate import Candidate, Pruning
    from tilth.quality.pruning.metric import Metric


def make_small(
    model: Any, train: polars.DataFrame, asked: dict[str, Any]
) -> tuple[polars.DataFrame, dict[str, Any], Any]:
    """Try all that the model may become, and take the smallest that loses no more than allowed.

    Args:
        model: Fitted, of scikit-learn's interface.
        train: What it learned from.
        asked: What the stage was told; see `tilth.stages.prune`.

    Returns:
        A table of all candidates, the original first and then from large to small: `model`,
        `means`, `size_bytes`, `times_smaller`, the metric (mean of the folds), `loss` (relative)
        with `low` and `high`, `lead_lost` (of what the original is better than a guess),
        `within`, `chosen`, `one_row_us`, `thousand_rows_ms`, `worst_slice`,
        `worst_slice_loss`, `parity` (of a model in ONNX, how alike it answers at the edges),
        `slices` (loss by slice) and `folds`. Which one was chosen, with the
        reason in words, with what could not be made and with what was given up early. And that
        model, fitted on all rows.

    Raises:
        UnknownNameError: A column or the metric is not there.
        DataError: Nothing can be tried, and why.
    """
    from tilth.errors import DataError
    from tilth.quality.classes import classes_of
    from tilth.quality.pruning.ground import last_of
    from tilth.quality.pruning.guess import guess_from
    from tilth.quality.pruning.metric import metric_of
    from tilth.quality.pruning.trial import Limits, pruned
    from tilth.stages.prune.rows import material_of
    from tilth.stages.prune.size import size_by

    where = f"stage `prune`, dataset `{asked['train']}`"
    model = getattr(model, "best_estimator_", model)
    classes = classes_of(last_of(model))
    if getattr(last_of(model), "n_outputs_", 1) > 1:
        raise DataError(
            f"stage `prune`, dataset `{asked['model']}`: the model predicts several targets",
            hint="`tilth.quality.pruning.packing.packed` packs it all the same",
        )
    material = material_of(model, train, asked, "train", classes)
    metric = metric_of(asked["metric"], classes, material.truth, where)
    weighed, size_of = size_by(model)
    found = pruned(
        model,
        material,
        metric,
        size_of,
        means=asked["means"],
        limits=Limits(
            allowed=asked["allowed"],
            in_slices=asked["allowed_in_slices"],
            relative_to=asked["relative_to"],
            cautious=asked["cautious"],
        ),
        n_folds=asked["folds"],
        most_rows=asked["most_rows"],
        seed=asked["seed"],
        where=where,
    )
    choice = {
        "weighed_as": weighed,
        "rows": len(material),
        "rows_tried": min(len(material), asked["most_rows"]),
        "slices": list(material.slices),
        "guess": guess_from(material.truth, classes),
    }
    return _table(found), {**choice, **_chosen(found, metric, asked)}, found.chosen.model


def _chosen(found: Pruning, metric: Metric, asked: dict[str, Any]) -> dict[str, Any]:
    """What was taken, and why."""
    lead = asked["relative_to"] == "lead"
    lost_of = f"what its {metric.name} is better than a guess" if lead else metric.name
    return {
        "chosen": found.chosen.name,
        "why": why(found, lost_of),
        "lost_of": lost_of,
        "metric": metric.name,
        "positive": metric.positive,
        "relative_to": asked["relative_to"],
        "allowed": found.allowed,
        "times_smaller": found.times_smaller,
        "folds": asked["folds"],
        "left_out": dict(found.left_out),
        "given_up": dict(found.given_up),
    }


def _table(found: Pruning) -> polars.DataFrame:
    import polars as pl

    return pl.DataFrame([_row(each, found) for each in found.candidates], infer_schema_length=None)


def _row(each: Candidate, found: Pruning) -> dict[str, Any]:
    slice_, worst = each.worst_slice or (None, None)
    ends = each.loss.interval
    return {
        "model": each.name,
        "means": ", ".join(each.means),
        "size_bytes": each.cost.n_bytes,
        "times_smaller": found.original.cost.n_bytes / each.cost.n_bytes,
        found.metric: each.value,
        "loss": each.loss.value,
        "low": ends.low,
        "high": ends.high,
        "lead_lost": each.lead_lost,
        "within": each.within,
        "chosen": each is found.chosen,
        "one_row_us": each.cost.one_row,
        "thousand_rows_ms": each.cost.thousand_rows,
        "worst_slice": slice_,
        "worst_slice_loss": worst,
        "parity": each.parity,
        "slices": [{"slice": name, "loss": loss} for name, loss in each.slices.items()],
        "folds": list(each.values),
    }


def why(found: Pruning, lost_of: str) -> str:
    """Why this one was chosen, as a sentence.

    Args:
        found: All that was tried.
        lost_of: What losses are shares of.
    """
    first, chosen = found.original, found.chosen
    limit = f"{100 * found.allowed:.3g} %"
    if chosen is first:
        return f"nothing smaller loses at most {limit} of {lost_of}, so it stays as it is"
    smaller = [each for each in found.candidates if each.cost.n_bytes < chosen.cost.n_bytes]
    given_up = f"{len(found.given_up)} that lose far more were given up early"
    rest = (
        f"the {len(smaller)} that are smaller lose more than is allowed"
        if smaller
        else "it is the smallest of all that were tried to the end"
        if found.given_up
        else "it is the smallest of all that were tried"
    )
    if found.given_up:
        rest = f"{rest}, and {given_up}"
    loss = 100 * chosen.loss.value
    lost = f"{loss:.2g} %" if loss > 0 else "nothing"
    return (
        f"`{chosen.name}` is {found.times_smaller:.1f} times smaller and loses "
        f"{lost} of {lost_of} ({100 * chosen.loss.interval.low:.2g} "
        f"to {100 * chosen.loss.interval.high:.2g} %) on rows held out, where {limit} are "
        f"allowed; {rest}"
    )
