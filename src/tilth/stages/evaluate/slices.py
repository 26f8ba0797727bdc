"""Where the model fails, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars

    from tilth.quality.slices import Known
    from tilth.stages.evaluate.tables import Evaluated, Learned


def find_slices(
    predictions: polars.DataFrame,
    asked: dict[str, Any],
    *,
    rows: polars.DataFrame | None = None,
    k: int = 10,
    conditions: int = 3,
    most_rows: int = 50_000,
    seed: int = 0,
) -> dict[str, Any]:
    """The kinds of rows on which a model does worse, beyond chance.

    Args:
        predictions: What the model said beside what is so.
        asked: What the columns mean; see `tilth.stages.evaluate`.
        rows: What describes the same rows, in the same order.
        k: Slices, at most.
        conditions: In a slice, at most.
        most_rows: Of more rows so many are drawn.
        seed: Of that draw.

    Returns:
        See `tilth.quality.slices.findings.slice_findings`.
    """
    from tilth.quality.slices.findings import slice_findings  # imports Polars and SciPy
    from tilth.stages.evaluate.tables import evaluated

    found = evaluated(predictions, rows, asked)
    return slice_findings(
        found.attributes,
        found.judgement,
        k=k,
        conditions=conditions,
        most_rows=most_rows,
        seed=seed,
    )


def diagnose_slices(
    predictions: polars.DataFrame,
    asked: dict[str, Any],
    *,
    weak: dict[str, Any],
    rows: polars.DataFrame | None = None,
    train: polars.DataFrame | None = None,
    model: Any = None,
    opinions: polars.DataFrame | None = None,
    curve: dict[str, Any] | None = None,
    most_rows: int = 10_000,
    seed: int = 0,
) -> dict[str, Any]:
    """Say of each weak slice what may make it bad, and what would help.

    Args:
        predictions: As for `find_slices`.
        asked: Likewise.
        weak: What that found.
        rows: As for `find_slices`.
        train: What the model learned from.
        model: The model, which is asked about rows that it learned from.
        opinions: What other models say of evaluated rows; see `examine_labels`.
        curve: What more rows would bring; see `learning_curve`.
        most_rows: Of the rows to learn from so many are asked about.
        seed: Of that draw.

    Returns:
        `weak`, each finding with `diagnoses`: `cause`, `action`, `share` of the error, `text`.
    """
    from tilth.stages.evaluate.tables import evaluated, learned

    found = evaluated(predictions, rows, asked)
    lesson = None
    if train is not None:
        lesson = learned(train, asked, found.judgement, model).sample(most_rows, seed)
    known, asked_about = _known(found, lesson, model, opinions)
    learnable = _learnable(curve)
    told = [
        {**each, "diagnoses": _diagnoses(each["slice"], asked_about, known, learnable)}
        for each in weak["findings"]
    ]
    return {**weak, "findings": told}


def _diagnoses(
    text: str, about: Evaluated, known: Known, learnable: Mapping[str, float]
) -> list[dict[str, Any]]:
    from tilth.quality.slices import Slice, diagnose
    from tilth.record import changed

    which = Slice.parse(text)
    if known.train is not None and not _has_columns(which, known.train):
        known = changed(known, train=None, train_error=None)
    known = changed(known, learnable=learnable.get(text))
    found = diagnose(which, about.attributes, about.judgement.loss, known)
    return [
        {
            "cause": str(each.cause),
            "action": str(each.action),
            "share": each.share,
            "text": each.text,
            "numbers": dict(each.numbers),
        }
        for each in found
    ]


def _has_columns(which: Any, table: polars.DataFrame) -> bool:
    return {each.attribute.column for each in which.conditions} <= set(table.columns)


def _learnable(curve: Mapping[str, Any] | None) -> dict[str, float]:
    """Slice -> the share of its error that more rows would take away, where it is known."""
    slices = (curve or {}).get("slices", ())
    return {each["slice"]: each["learnable"] for each in slices if each["learnable"] is not None}


def _known(
    found: Evaluated, lesson: Learned | None, model: Any, opinions: polars.DataFrame | None
) -> tuple[Known, Evaluated]:
    """All that is known besides the errors, and the rows that it is known of."""
    from tilth.quality.slices import Known
    from tilth.record import changed

    known = Known()
    if opinions is not None and opinions.height:
        found = found.only(opinions["row"].to_numpy())
        names = found.judgement.classes
        suspicion = opinions["suspicion"].to_numpy()
        known = changed(
            known,
            suspicion=suspicion,
            given=[str(names[code]) for code in found.judgement.truth],
            suggested=opinions["suggested"].to_list(),
            # Who errs on a label that is wrong is no witness of a hard row.
            panel=opinions["others_wrong"].to_numpy() * (1 - suspicion),
        )
    if lesson is not None:
        known = changed(
            known, train=lesson.table, train_error=_errors_in_training(found, lesson, model)
        )
    return known, found


def _errors_in_training(found: Evaluated, lesson: Learned, model: Any) -> Any:
    """The model's own loss on rows that it learned from; None where it cannot be asked."""
    import numpy as np

    from tilth.quality.judgement import loss_of

    if model is None or not hasattr(model, "predict"):
        return None
    chances, columns = None, lesson.table.select(lesson.features)
    rows = columns if hasattr(model, "feature_names_in_") else columns.to_numpy()
    place = {each: code for code, each in enumerate(lesson.classes)}
    try:
        said = np.asarray(model.predict(rows))
        if found.judgement.loss_name == "log loss":
            chances = np.zeros((len(said), len(place)))
            known = [place[each] for each in np.asarray(model.classes_).tolist()]
            chances[:, known] = model.predict_proba(rows)
    except Exception:  # whatever the user's model says to it, its errors stay unknown
        return None
    if lesson.classes:
        said = np.array([place.get(each, -1) for each in said.tolist()])
    return loss_of(found.judgement.loss_name, lesson.target, said, chances)
