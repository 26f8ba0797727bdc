"""Judge a change of the data by a panel of models, not by the one that was at hand.

A change that helps one model may only suit its quirks. One that helps most of a panel whose
members learn differently has made the data better.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.quality.intervals import Estimate, bootstrap, bootstrap_mean
from tilth.record import record

Floats = NDArray[np.float64]
RowScore = Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]
"""True values and predictions, each (n_rows,) -> a score for each row, greater is better."""


@record
class DataVerdict:
    """Whether a change of the data is kept.

    Attributes:
        accepted: The median gain is above 0, and so is the lower end of its interval.
        gain: The median over the models of what each gained.
        by_model: Model -> its own gain.
        reason: In one sentence.
    """

    accepted: bool
    gain: Estimate
    by_model: Mapping[str, Estimate]
    reason: str


def judge(
    before: Mapping[str, ArrayLike],
    after: Mapping[str, ArrayLike],
    *,
    level: float = 0.95,
    n_draws: int = 2000,
    seed: int = 0,
) -> DataVerdict:
    """Judge by the scores of each model, trained on the old and on the new data.

    Args:
        before: Model -> a score for each test row, shape (n_rows,), or for each row and each of
            several trainings, shape (n_rows, n_trainings); greater is better.
        after: The same models on the same test rows.
        level: Of confidence.
        n_draws: Of the bootstrap, which draws test rows, the same for all models.
        seed: Of the draws.

    Raises:
        ValueError: No models, other models, other rows, no rows, or a score that is not finite.
    """
    gains = _gains(before, after)
    table = np.stack(list(gains.values()), axis=1)
    n_rows = table.shape[0]

    def median(weights: Floats) -> Floats:
        of_models = weights @ table / weights.sum(axis=1, keepdims=True)
        return np.asarray(np.median(of_models, axis=1))

    # A median over models is not smooth, so the corrections of BCa have no ground.
    interval = bootstrap(
        median, n_rows, level=level, method="percentile", n_draws=n_draws, seed=seed
    )
    gain = Estimate(float(np.median(table.mean(axis=0))), interval)
    by_model = {
        name: Estimate(
            float(values.mean()), bootstrap_mean(values, level=level, n_draws=n_draws, seed=seed)
        )
        for name, values in gains.items()
    }
    accepted = gain.value > 0 and interval.low > 0
    return DataVerdict(
        accepted=accepted, gain=gain, by_model=by_model, reason=_reason(gain, by_model)
    )


def judge_data(
    panel: Mapping[str, Any],
    *,
    before: tuple[Any, ArrayLike],
    after: tuple[Any, ArrayLike],
    test: tuple[Any, ArrayLike],
    score: RowScore = np.equal,
    level: float = 0.95,
    seed: int = 0,
) -> DataVerdict:
    """Train a panel on the old and on the new data, and judge by the same test rows.

    Args:
        panel: Name -> classifier of scikit-learn's interface, with `predict` or at least with
            `predict_proba` and `classes_`; it is cloned, never fitted itself. The models should
            learn differently: a linear one, neighbours, a forest, boosting.
        before: Features and target of the old training rows.
        after: Those of the new.
        test: Those of rows that neither training has seen, with labels that can be trusted.
        score: For each row; whether the prediction is right, by default.
        level: Of confidence.
        seed: Of the draws. An estimator brings its own `random_state`.

    Raises:
        ValueError: As for `judge`.
    """
    truth = np.asarray(test[1])
    scores = [
        {name: _scored(each, data, test[0], truth, score) for name, each in panel.items()}
        for data in (before, after)
    ]
    return judge(scores[0], scores[1], level=level, seed=seed)


def _gains(before: Mapping[str, ArrayLike], after: Mapping[str, ArrayLike]) -> dict[str, Floats]:
    if not before or set(before) != set(after):
        raise ValueError(
            f"the same models judge both: {sorted(before)} before, {sorted(after)} after"
        )
    gains = {}
    for name in before:
        old, new = (np.asarray(each[name], dtype=float) for each in (before, after))
        if old.shape != new.shape or old.ndim not in {1, 2} or old.size == 0:
            raise ValueError(f"`{name}` has scores of shape {old.shape} and of {new.shape}")
        gains[name] = (new - old).reshape(len(old), -1).mean(axis=1)
        if not np.isfinite(gains[name]).all():
            raise ValueError(f"a score of `{name}` is not finite")
    if len({values.size for values in gains.values()}) > 1:
        counts = {name: values.size for name, values in gains.items()}
        raise ValueError(f"all models score the same rows, unlike {counts}")
    return gains


def _reason(gain: Estimate, by_model: Mapping[str, Estimate]) -> str:
    better = sum(each.value > 0 for each in by_model.values())
    said = (
        f"the median gain of {len(by_model)} models is {gain.value:+.4g} "
        f"[{gain.interval.low:+.4g}, {gain.interval.high:+.4g}]; {better} of them gain"
    )
    if gain.value > 0 and gain.interval.low > 0:
        return said
    if gain.interval.high < 0:
        return f"{said}: it does harm"
    return f"{said}: it may be no gain at all"


def _scored(
    estimator: Any, data: tuple[Any, ArrayLike], features: Any, truth: NDArray[Any], score: RowScore
) -> Floats:
    from sklearn.base import clone  # loads half of scikit-learn, which `judge` does not need

    model = clone(estimator).fit(data[0], np.asarray(data[1]))
    if hasattr(model, "predict"):
        predicted = np.asarray(model.predict(features))
    else:
        predicted = np.asarray(model.classes_)[model.predict_proba(features).argmax(axis=1)]
    return np.asarray(score(truth, predicted), dtype=float)
