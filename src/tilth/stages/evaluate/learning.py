"""What more rows would bring, and what cleaner ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars

    from tilth.quality.learning_curve import Curve, CurveFit, Refusal
    from tilth.stages.evaluate.tables import Evaluated, Learned

_SCORED = 5_000
"""Evaluated rows that each training is scored on, at most."""

_TIMES = (1, 2, 4)
"""How many times the rows there are the curve is asked about."""

_FAR = 4
"""How many times the largest measured size a curve is followed: intervals were seen to hold as
far as that (`docs/explanation/what_next.md`). As many count as "more rows" of a slice, too."""

_REHEARSED = 500
"""Rows that the prediction from a rehearsal was calibrated on: no more are rehearsed with."""

FEW = 2_000
"""Rows up to which what a rehearsal with `_REHEARSED` of them says is believed."""

NOISY = 0.05
"""The share of labels that has to look wrong for a rehearsal to be worth its time."""


def learning_curve(
    predictions: polars.DataFrame,
    asked: dict[str, Any],
    *,
    weak: dict[str, Any],
    train: polars.DataFrame,
    rows: polars.DataFrame | None = None,
    model: Any = None,
    most_rows: int = 10_000,
    seed: int = 0,
) -> dict[str, Any]:
    """Train on growing parts of the rows, and score on all rows and on each weak slice.

    The evaluated rows score, where they have all that a model is given; else a quarter of the
    rows to learn from is set apart for it. Where not all rows are trained on, the model's own
    predictions are the last point of the curve: it has learned from all of them.

    Args:
        predictions: What the model said beside what is so.
        asked: What the columns mean; see `tilth.stages.evaluate`.
        weak: What `find_slices` found.
        train: What the model learned from.
        rows: What describes the evaluated rows, in the same order.
        model: The model, to be cloned; boosted trees where there is none.
        most_rows: The largest part, at most.
        seed: Of all draws.

    Returns:
        `metric` (`accuracy`, `log loss`, `mean absolute error` or `mean squared error`, as the
        loss is), `train` (the dataset), `rows` there are, `rows_used`, `scored_on`, `sizes`,
        `scores` (size × repeat), `means`, `fit` (`family`, and `at`: the score with 1, 2 and 4
        times as many rows) or `refusal`, `doubling` (what each doubling brought between the two
        largest sizes), `too_far` (why the curve does not reach to twice the rows there are, or
        None), and `slices`, each with the same and with `present` (its rows in training) and
        `learnable`: the share of its error that four times its rows would take away.
    """
    from tilth.quality.curve_measurement import ALL
    from tilth.stages.evaluate.tables import evaluated, learned

    found = evaluated(predictions, rows, asked)
    lesson = learned(train, asked, found.judgement, model)
    used = lesson.sample(most_rows, seed)
    scored = set(lesson.features) <= set(found.table.columns)
    if scored:
        from tilth.quality.slices.findings import drawn_rows

        found = found.only(drawn_rows(found.table.height, _SCORED, seed))
    metric = _metric(found, model)
    curves = _measured(
        found if scored else None, used, lesson, weak=weak, model=model, metric=metric, seed=seed
    )
    too_far = _too_far(_reached(curves[ALL], used), lesson.table.height)
    told = _told(curves[ALL], used.table.height if too_far else lesson.table.height, seed)
    return {
        "metric": metric,
        "greater_is_better": metric == "accuracy",
        "train": asked["train"],
        "rows": lesson.table.height,
        "rows_used": used.table.height,
        "seed": seed,
        "scored_on": "the evaluated rows" if scored else "rows of the training table set apart",
        "too_far": too_far,
        **told,
        "slices": _slices(curves, weak, found, lesson, seed),
    }


def _measured(
    found: Evaluated | None,
    used: Learned,
    lesson: Learned,
    *,
    weak: Mapping[str, Any],
    model: Any,
    metric: str,
    seed: int,
) -> dict[str, Curve | Refusal]:
    import warnings

    from tilth.quality.curve_measurement import ALL, measure_curves
    from tilth.quality.learning_curve import Refusal
    from tilth.quality.panel import few_threads
    from tilth.stages.evaluate.scores import answering, scores
    from tilth.stages.evaluate.tables import learner

    encode, estimator = learner(used, model)
    table = used.table if found is None else found.table
    scored_on = whole = None
    if found is not None:
        scored_on = encode(found.table), _answers(found, used)
        if model is not None and used.table.height < lesson.table.height:
            whole = lesson.table.height, _said(found, used, metric)
    with few_threads(0), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a user's model says of a small part of its rows
        try:
            return measure_curves(
                answering(estimator, metric, used),
                encode(used.table),
                used.answers,
                slices=_masks(weak, table if found is None else found.attributes),
                metric=scores(metric, used),
                greater_is_better=metric == "accuracy",
                scored_on=scored_on,
                whole=whole,
                seed=seed,
            )
        except Exception as error:  # whatever a model says to few rows, the run was no failure
            said = f"{type(error).__name__}: {error}"
            message = f"trained on a part of its rows, the model failed: {said}"
            return {ALL: Refusal(reason="the model failed", message=message)}


def _answers(found: Evaluated, used: Learned) -> Any:
    from tilth.quality.rows import label_array

    truth = found.judgement.truth
    return label_array(used.classes)[truth] if used.classes else truth


def _said(found: Evaluated, used: Learned, metric: str) -> Any:
    """What the model said of the evaluated rows, as the metric takes it."""
    import numpy as np

    from tilth.quality.rows import label_array

    said = found.judgement
    if metric != "log loss":
        return label_array(used.classes)[said.predicted] if used.classes else said.predicted
    assert said.probabilities is not None
    unseen = len(used.classes) - said.probabilities.shape[1]  # in no evaluated row
    return np.pad(said.probabilities, ((0, 0), (0, unseen)))


def _masks(weak: Mapping[str, Any], table: polars.DataFrame) -> dict[str, Any]:
    """Slice -> which rows are in it; those are left out that the table cannot be asked about."""
    from tilth.quality.slices import Slice

    masks = {}
    for each in weak["findings"]:
        which = Slice.parse(each["slice"])
        if {condition.attribute.column for condition in which.conditions} <= set(table.columns):
            masks[each["slice"]] = which.mask(table)
    return masks


def _metric(found: Evaluated, model: Any) -> str:
    """What the curve is of: the loss that rows are judged by, where the model can tell it."""
    loss = found.judgement.loss_name
    if loss == "log loss" and model is not None and not hasattr(model, "predict_proba"):
        return "accuracy"
    return {"error": "accuracy", "log loss": "log loss"}.get(loss, f"mean {loss}")


def _reached(curve: Curve | Refusal, used: Learned) -> int:
    """The most rows that the curve knows a score of."""
    from tilth.quality.learning_curve import Curve

    return curve.sizes[-1] if isinstance(curve, Curve) else used.table.height


def _too_far(used: int, present: int) -> str | None:
    """Why a curve of so many rows says nothing of twice those there are; None where it does."""
    if 2 * present <= _FAR * used:
        return None
    return (
        f"the learning curve was measured up to {used:,} of {present:,} rows, and is followed to "
        f"{_FAR} times as many; `most_rows` measures it further"
    )


def _told(curve: Curve | Refusal, present: int, seed: int) -> dict[str, Any]:
    """A curve as plain data, with what it says of more rows."""
    from tilth.quality.learning_curve import Refusal, fit_curve, last_doubling

    if isinstance(curve, Refusal):
        nothing: dict[str, Any] = {"sizes": [], "scores": [], "means": [], "fit": None}
        return {**nothing, "doubling": None, "refusal": _refused(curve)}
    doubling = last_doubling(curve)
    fit = fit_curve(curve, seed=seed)
    refused = isinstance(fit, Refusal)
    return {
        "sizes": list(curve.sizes),
        "scores": [list(each) for each in curve.scores],
        "means": list(curve.means),
        "fit": None if isinstance(fit, Refusal) else _fitted(fit, present),
        "doubling": None if doubling is None else doubling.as_dict(),
        "refusal": _refused(fit) if isinstance(fit, Refusal) and refused else None,
    }


def _refused(refusal: Refusal) -> dict[str, Any]:
    return {"reason": refusal.reason, "message": refusal.message}


def _fitted(fit: CurveFit, present: int) -> dict[str, Any]:
    most = fit.curve.sizes[-1]
    rows = sorted({most, *(present * each for each in _TIMES)})
    at = [{"rows": each, **fit.at(each).as_dict()} for each in rows if each >= most]
    return {"family": fit.family, "at": at}


def _slices(
    curves: Mapping[str, Curve | Refusal],
    weak: Mapping[str, Any],
    found: Evaluated,
    lesson: Learned,
    seed: int,
) -> list[dict[str, Any]]:
    from tilth.quality.curve_measurement import ALL
    from tilth.quality.learning_curve import Curve

    told = []
    inside = _masks(weak, lesson.table)
    whole = curves[ALL]
    most = whole.sizes[-1] if isinstance(whole, Curve) else 0
    too_far = _too_far(most, lesson.table.height)
    for each in weak["findings"]:
        curve = curves.get(each["slice"])
        if curve is None or each["slice"] not in inside:
            continue
        present = int(inside[each["slice"]].sum())
        of_own = _by_own_rows(curve, present / lesson.table.height)
        learnable = None if present == 0 or too_far else _learnable(of_own, present, seed)
        told.append(
            {
                "slice": each["slice"],
                "title": each["title"],
                "share": each["share"],
                "present": present,
                "too_far": too_far,
                **_told(of_own, max(present, 1), seed),
                "learnable": learnable,
            }
        )
    return told


def _by_own_rows(curve: Curve | Refusal, share: float) -> Curve | Refusal:
    from tilth.quality.collection import by_own_rows
    from tilth.quality.learning_curve import Refusal

    if isinstance(curve, Refusal):
        return curve
    try:
        return by_own_rows(curve, share)
    except ValueError as error:
        return Refusal(reason="too few sizes", message=str(error))


def _learnable(curve: Curve | Refusal, present: int, seed: int) -> float | None:
    """The share of a slice's error that four times its rows would take away."""
    from tilth.quality.learning_curve import Refusal, fit_curve

    fit = curve if isinstance(curve, Refusal) else fit_curve(curve, seed=seed)
    if isinstance(fit, Refusal):
        return None
    now, then = (abs(fit.curve.best - fit.at(n).value) for n in (present, _FAR * present))
    return float(min(1.0, max(0.0, 1 - then / now))) if now > 0 else None


def rehearse_cleaning(
    train: polars.DataFrame,
    asked: dict[str, Any],
    noise: dict[str, Any],
    model: Any = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Rehearse what cleaning the labels would gain, where many look wrong and rows are few.

    Args:
        train: What the model learned from.
        asked: What the columns mean; see `tilth.stages.evaluate`.
        noise: What `examine_labels` found.
        model: The model, to be cloned; boosted trees where there is none.
        seed: Of all draws.

    Returns:
        `clean` and `collect` (gains of accuracy by cleaning all labels, and by as many rows
        again), `looks_like`, `chance` that the better of both is better; or `left_out`, why not.
    """
    reason = _why_not(train, asked, noise)
    if reason:
        return {"left_out": reason}
    from tilth.quality.decision import clean_or_collect
    from tilth.quality.out_of_fold import out_of_fold
    from tilth.quality.panel import default_panel, few_threads
    from tilth.quality.rehearsal import rehearse
    from tilth.stages.evaluate.tables import learned, learner

    lesson = learned(train, asked, None, model).sample(_REHEARSED, seed)
    panel = {name: each for name, each in default_panel(2).items() if name in ("linear", "forest")}
    encode, estimator = learner(lesson, model)
    with few_threads(0):
        opinions = out_of_fold(
            lesson.table.select(lesson.features), lesson.target, panel,
            classes=range(len(lesson.classes)), seed=seed,
        )  # fmt: skip
        rehearsal = rehearse(
            estimator, encode(lesson.table), lesson.target, opinions.probabilities, seed=seed,
            repeats=2,
        )  # fmt: skip
    decision = clean_or_collect(rehearsal)
    return {
        "rows": lesson.table.height,
        "better": decision.better,
        "chance": decision.chance,
        "clean": decision.clean.as_dict(),
        "collect": decision.collect.as_dict(),
        "looks_like": decision.looks_like,
    }


def _why_not(train: polars.DataFrame, asked: Mapping[str, Any], noise: Mapping[str, Any]) -> str:
    """Why no rehearsal is made; empty where one is."""
    from tilth.stages.evaluate.labels import clear_rate

    if "left_out" in noise:
        return str(noise["left_out"])
    if asked["loss"] == "log loss" or (asked["loss"] is None and asked["prediction"] is None):
        return "rehearsals are scored by accuracy, and the rows are judged by log loss"
    if train.height > FEW:
        return f"{train.height:,} rows are more than what a rehearsal was calibrated on"
    rate = clear_rate(noise)["value"]
    if not rate > NOISY:
        return f"about {rate:.1%} of the labels look wrong, which is too few to rehearse for"
    return ""
