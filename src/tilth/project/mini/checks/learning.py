"""Has a model learned: does it say more of its own training rows than a constant would?

A low bar, and one that wiring mistakes do not pass: a target shifted by a row, probabilities of
the wrong class, a loss that diverges. It is the first thing that E. Breck et al., "The ML Test
Score" (IEEE Big Data 2017), ask of a training algorithm, and A. Karpathy's "overfit one batch".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tilth.project.mini.checks.told import Told

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tilth.project.mini.checks.fitting import Fitted

_SLACK = 1e-9
_LEAST_CHANCE = 1e-15
_EASY = "balanced accuracy"
"""Whoever always says the same class, however rare, is as good as a constant by this one."""


def learned(fitted: Fitted) -> Iterator[Told]:
    """Whether it does at least as well as a constant, and whether its loss went down."""
    if fitted.predictor is None:
        if hasattr(fitted.value, "predict"):
            yield Told(state="left out", message=f"{fitted.name}: nobody saw its target")
        return
    try:
        yield _scored(fitted)
    except Exception as error:  # whatever a model of the user's raises
        message = f"{fitted.name} fails on its own training rows: {type(error).__name__}: {error}"
        yield Told(state="failed", message=message.splitlines()[0])
    yield from _curve(fitted)


def _scored(fitted: Fitted) -> Told:
    import numpy as np

    target = np.asarray(fitted.target)
    if target.ndim > 1 and target.shape[1] == 1:
        target = target[:, 0]
    if target.ndim != 1:
        return Told(state="left out", message=f"{fitted.name} has several targets")
    said = np.asarray(fitted.predictor.predict(fitted.predictor_rows))
    if said.dtype.kind == "f" and not np.isfinite(said).all():
        n = int((~np.isfinite(said)).sum())
        return Told(state="failed", message=f"{fitted.name} predicts NaN or infinity in {n:,} rows")
    from tilth.quality.classes import classes_of  # it imports NumPy

    classes = classes_of(fitted.predictor)
    if classes is not None:
        return _classifies(fitted, said, target, np.asarray(classes))
    return _regresses(fitted, said.astype(float), target.astype(float))


def _classifies(fitted: Fitted, said: Any, target: Any, classes: Any) -> Told:
    """Better than a constant by any of three measures, or as good by one of the first two."""
    import numpy as np

    shares = np.array([(target == each).mean() for each in classes])
    hits = said == target
    recalls = [hits[target == each].mean() for each in classes if (target == each).any()]
    measures = {
        "accuracy": (float(hits.mean()), float(shares.max())),
        _EASY: (float(np.mean(recalls)), 1 / max(len(recalls), 1)),
    }
    chances = _chances(fitted, target, classes)
    if chances is not None:
        if not np.isfinite(chances).all():
            return Told(state="failed", message=f"{fitted.name} gives chances that are no numbers")
        loss = float(-np.log(np.clip(chances, _LEAST_CHANCE, 1)).mean())
        there = shares[shares > 0]
        measures = {"log loss": (-loss, float((there * np.log(there)).sum())), **measures}
    return _verdict(fitted, measures)


def _chances(fitted: Fitted, target: Any, classes: Any) -> NDArray[np.float64] | None:
    """What it says of each row's own class; None where it gives no chances."""
    import numpy as np

    if not hasattr(fitted.predictor, "predict_proba") or not np.isin(target, classes).all():
        return None
    places = {each: i for i, each in enumerate(classes.tolist())}
    columns = np.array([places[each] for each in target.tolist()])
    told = np.asarray(fitted.predictor.predict_proba(fitted.predictor_rows), float)
    found: NDArray[np.float64] = told[np.arange(len(columns)), columns]
    return found


def _regresses(fitted: Fitted, said: Any, target: Any) -> Told:
    """Better than the mean by squared errors, or than the median by absolute ones."""
    import numpy as np

    error = said - target
    measures = {
        "squared error": (-float((error**2).mean()), -float(target.var())),
        "absolute error": (
            -float(np.abs(error).mean()),
            -float(np.abs(target - np.median(target)).mean()),
        ),
    }
    return _verdict(fitted, measures)


def _verdict(fitted: Fitted, measures: dict[str, tuple[float, float]]) -> Told:
    """Greater is better in all measures; losses are below zero."""
    gains = {name: own - constant for name, (own, constant) in measures.items()}
    name, gain = max(gains.items(), key=lambda each: each[1] > _SLACK)
    own, constant = measures[name]
    n = len(fitted.target)
    figures = f"{name} {abs(own):.4g}, a constant {abs(constant):.4g}, on {n:,} training rows"
    if gain > _SLACK:
        return Told(state="passed", message=f"{fitted.name}: {figures}")
    if any(each >= -_SLACK for name, each in gains.items() if name != _EASY):
        return Told(state="passed", message=f"{fitted.name} says what a constant says: {figures}")
    return Told(state="failed", message=f"{fitted.name} is worse than a constant: {figures}")


def _curve(fitted: Fitted) -> Iterator[Told]:
    """The loss of each pass over the data, where the model keeps it."""
    curve = getattr(fitted.predictor, "loss_curve_", None)
    if curve is None and hasattr(fitted.predictor, "init_"):  # gradient boosting: of each tree
        curve = getattr(fitted.predictor, "train_score_", None)
    if curve is None or len(curve) < 2:
        return
    first, last = float(curve[0]), float(curve[-1])
    told = f"{fitted.name}: its loss went from {first:.4g} to {last:.4g} in {len(curve):,} passes"
    yield Told(state="passed" if last < first else "failed", message=told)  # NaN is not less
