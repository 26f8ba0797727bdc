"""Models side by side, and which one is chosen, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from tilth.data.metrics import Metrics
from tilth.quality.fold_scores import mean_of_folds, simplest_within_noise
from tilth.quality.intervals import Estimate
from tilth.record import changed, record
from tilth.stages.train.asked import Candidate


@record
class _Side:
    """All models on the same folds.

    Attributes:
        scores: Model -> its scores, greater is better.
        sign: What a score is multiplied with for people.
        metric: What they are told that it is.
        trained: Rows trained on, for each fold.
        scored: Rows scored, likewise.
    """

    scores: Mapping[str, np.ndarray[Any, np.dtype[np.float64]]]
    sign: int
    metric: str
    trained: Sequence[int]
    scored: Sequence[int]

    def own(self, name: str) -> Estimate:
        """What people are told of one."""
        found = mean_of_folds(self.sign * self.scores[name], self.trained, self.scored)
        ends = found.interval
        # No error is below 0, and no score of scikit-learn's but one above 1.
        if self.sign < 0:
            return Estimate(found.value, changed(ends, low=max(0.0, ends.low)))
        if self.metric != "positive_likelihood_ratio":
            return Estimate(found.value, changed(ends, high=min(1.0, ends.high)))
        return found

    @property
    def ranked(self) -> list[str]:
        """The best first."""
        return sorted(self.scores, key=lambda name: -float(self.scores[name].mean()))

    def ahead(self, name: str, other: str) -> Estimate:
        """How much better one is than another, in the metric; above 0 is better."""
        behind = self.scores[name] - self.scores[other]
        return mean_of_folds(behind, self.trained, self.scored)


def compared(
    candidates: Sequence[Mapping[str, Any]], scores: Sequence[Mapping[str, Any]], *, prefer: str
) -> tuple[pl.DataFrame, Metrics, dict[str, Any]]:
    """See `tilth.stages.train.nodes.choose`."""
    models = {each["name"]: Candidate(**each) for each in candidates}
    found = {each["name"]: each for each in scores}
    first = scores[0]
    side = _Side(
        scores={name: np.array(each["scores"], float) for name, each in found.items()},
        sign=first["metric"]["sign"],
        metric=first["metric"]["name"],
        trained=first["n_trained"],
        scored=first["n_scored"],
    )
    order = {
        name: (float(model.simplicity), _mean(found[name]["n_bytes"]))
        for name, model in models.items()
    }
    best, simplest = simplest_within_noise(side.scores, order, side.trained, side.scored)
    chosen = simplest if prefer == "simplest" else best
    least = min(order, key=lambda name: order[name])
    choice = _Choice(chosen=chosen, best=best, simplest=simplest, least=least)
    rows = [_row(side, choice, models[name], found[name]) for name in side.ranked]
    fixed = models[chosen].settings
    tuned = {key: v for key, v in found[chosen]["settings"].items() if key not in fixed}
    return (
        pl.DataFrame(rows),
        _metrics(side, choice, found, rows),
        {"name": chosen, "tuned": tuned},
    )


@record
class _Choice:
    """Names of models.

    Attributes:
        chosen: The one that is taken.
        best: The one with the best mean.
        simplest: The simplest that the folds do not tell apart from it.
        least: The simplest of all.
    """

    chosen: str
    best: str
    simplest: str
    least: str


_PARTS = ("value", "low", "high")


def _row(
    side: _Side, choice: _Choice, model: Candidate, scores: Mapping[str, Any]
) -> dict[str, Any]:
    """One line of the table."""
    own = side.own(model.name).as_dict()
    to_best = side.ahead(model.name, choice.best).as_dict()
    to_least = side.ahead(model.name, choice.least).as_dict()
    return {
        "model": model.name,
        side.metric: own["value"],
        "low": own["low"],
        "high": own["high"],
        "why": _why_one(side, model.name, choice),
        "role": "baseline" if model.baseline else "candidate",
        **{f"to_best_{part}": to_best[part] for part in _PARTS},
        **{f"to_simplest_{part}": to_least[part] for part in _PARTS},
        "fit_seconds": _mean(scores["fit_seconds"]),
        "predict_us_per_row": _mean(scores["predict_us"]),
        "size_bytes": round(_mean(scores["n_bytes"])),
        "settings": ", ".join(f"{key}={value!r}" for key, value in scores["settings"].items()),
        "folds": (side.sign * side.scores[model.name]).tolist(),
    }


def _metrics(
    side: _Side,
    choice: _Choice,
    found: Mapping[str, Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
) -> Metrics:
    costs = ("fit_seconds", "predict_us_per_row", "size_bytes")
    return Metrics(
        metric=side.metric,
        score=_interval(side.own(choice.chosen)),
        chosen=choice.chosen,
        best=choice.best,
        simplest_within_noise=choice.simplest,
        why=_why(side, choice),
        warnings=_warnings(side, choice, found),
        models={
            each["model"]: {
                side.metric: {part: each[key] for part, key in _columns(side.metric)},
                **{cost: each[cost] for cost in costs},
            }
            for each in rows
        },
    )


def _columns(metric: str) -> list[tuple[str, str]]:
    return [("value", metric), ("low", "low"), ("high", "high")]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _interval(estimate: Estimate) -> dict[str, float]:
    ends = estimate.interval
    return {"value": estimate.value, "low": ends.low, "high": ends.high}


# In words


def _short(value: float) -> str:
    """To three digits, and thousands in full."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _why(side: _Side, choice: _Choice) -> str:
    best, simplest = choice.best, choice.simplest
    first = f"`{best}` has the best mean {side.metric} of {len(side.trained)} folds, "
    first += _shown(side.own(best))
    if simplest == best:
        return f"{first}, and nothing simpler is within the noise"
    near = f"`{simplest}` is simpler, and {_shown(side.ahead(best, simplest), 'worse ')}"
    near += ", which is within the noise"
    if choice.chosen == best:
        return f"{first}; {near}: `prefer: simplest` would take it"
    return f"{first}; {near}, so it is taken"


def _shown(estimate: Estimate, what: str = "") -> str:
    low, high = _short(estimate.interval.low), _short(estimate.interval.high)
    return f"{_short(estimate.value)} {what}({low} to {high})"


def _why_one(side: _Side, name: str, choice: _Choice) -> str:
    best = choice.best
    if name == choice.chosen:
        return "chosen: " + ("the best mean" if name == best else "simplest within the noise")
    if name == best:
        return "the best mean, but not told apart from a simpler one"
    behind = side.ahead(best, name)
    if behind.interval.low > 0:
        least = _short(behind.interval.low)
        return f"worse than `{best}` by {_short(behind.value)}, at least {least}"
    if name == choice.simplest:
        return f"the simplest that is not told apart from `{best}`"
    return f"not told apart from `{best}`"


def _warnings(side: _Side, choice: _Choice, found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    told = []
    if choice.chosen == choice.least or (side.ahead(choice.chosen, choice.least).interval.low <= 0):
        told.append(
            f"no model is told apart from `{choice.least}`, which looks at no column: there may "
            "be nothing to learn, or too few rows"
        )
    left_out = found[choice.chosen]["left_out"]
    if left_out:
        whys = "; ".join(f"`{name}` ({why})" for name, why in list(left_out.items())[:8])
        more = f"; and {len(left_out) - 8} more" if len(left_out) > 8 else ""
        told.append(f"the default preparation leaves out {whys}{more}")
    return told
