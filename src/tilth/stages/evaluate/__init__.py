"""Look at where a model errs, why, and what to do about it next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tilth.errors import DefinitionError
from tilth.graph.name import is_parameter
from tilth.graph.node import Node, node
from tilth.graph.pipeline import Pipeline, pipeline
from tilth.graph.stage import FINDINGS
from tilth.stages.evaluate.advice import advise
from tilth.stages.evaluate.ageing import measure_ageing
from tilth.stages.evaluate.labels import examine_labels
from tilth.stages.evaluate.learning import learning_curve, rehearse_cleaning
from tilth.stages.evaluate.measuring import measure
from tilth.stages.evaluate.page import write_page
from tilth.stages.evaluate.robust import compare_training
from tilth.stages.evaluate.slices import diagnose_slices, find_slices
from tilth.stages.evaluate.worst import worst_rows

__all__ = ["evaluate"]


def evaluate(
    predictions: str,
    target: str,
    *,
    prediction: str | None = None,
    probability: str | None = None,
    positive: Any = None,
    loss: str | None = None,
    rows: str | None = None,
    attributes: Sequence[str] | None = None,
    train: str | None = None,
    model: str | None = None,
    features: Sequence[str] | None = None,
    labels: bool = True,
    robust: bool = False,
    measures: Sequence[str] | None = None,
    costs: Mapping[str, float] | None = None,
    groups: Sequence[str] | str | None = None,
    time: str | None = None,
    prices: Mapping[str, float] | str | None = None,
    least_gain: float | None = None,
    prefix: str | None = None,
    most_rows: int = 10_000,
    slice_rows: int = 50_000,
    k: int = 10,
    conditions: int = 3,
    seed: int = 0,
) -> Pipeline:
    """Find where a model errs, say why, and rank what to do next.

    It reads predictions that stand beside what is so, and makes `<prefix>_measures` (each with an
    interval, as metrics on record), `<prefix>_quality` (the same with confusions, calibration,
    thresholds or residuals, and how groups are treated), `<prefix>_slices` (kinds of rows
    on which the model does worse, each with an interval and a diagnosis), `<prefix>_worst_rows`,
    `<prefix>_label_errors` (labels that look wrong, ranked for people), `<prefix>_noise`,
    `<prefix>_learning_curve`, `<prefix>_advice`, and `<prefix>_errors_page`, one page with all
    of it that needs no network. Without `train` there is no learning curve and no price on
    anything. Of a quantity, the part about labels is left out, and says so.

    Args:
        predictions: The dataset: one row for each prediction.
        target: The column with what is so.
        prediction: The column with what the model said: a class, or a number.
        probability: Of two classes, the column with the probability of `positive`; of several,
            such as `p_{}`, one column for each class.
        positive: Of two classes, the one that `probability` is about; the last if not given.
        loss: How wrong a row is: `error` or `log loss` of classes, `absolute error` or `squared
            error` of a quantity. The first that is known of these if not given.
        rows: A dataset with the same rows in the same order that describes them, where the
            predictions do not.
        attributes: Columns to describe rows by; all but those above if not given.
        train: The dataset that the model learned from.
        model: The dataset with the model, of scikit-learn's interface; it is cloned. Trees that
            are boosted if not given.
        features: Columns that the model is given; those that it was fitted on, or all.
        labels: Whether somebody has set the labels, so that some may be wrong.
        robust: Whether to see if training that bears wrong labels (pruning, weighting, forward
            correction) beats plain training; it makes `<prefix>_robust`, takes some fifty
            trainings on at most 2,000 rows, and needs `train`.
        measures: What is measured, such as `[roc_auc, brier]`; what fits the target if not given.
        costs: What a `false_positive` and a `false_negative` cost, in any unit: of two classes,
            the threshold is told at which mistakes cost least. 1 each if not given.
        groups: Columns such as `[sex, region]`: whether the model is as often right, picks and
            misses as many for each of their levels.
        time: A column that says when a row was: it makes `<prefix>_ageing`, how much worse an
            older model is than a fresh one and when to train anew. Needs `train`.
        prices: What labour costs, in any unit: `check_label`, `collect_row` and `decide`, or
            `params:` and the name of a parameter that says so.
        least_gain: A gain below this is not worth doing; 0.002 of accuracy, or of another
            metric 2 % of what it is now, where not given.
        prefix: Of what it makes; the name of the predictions if not given.
        most_rows: Models are trained on so many rows at most, drawn by the seed.
        slice_rows: Slices are looked for in so many rows at most, drawn likewise.
        k: Slices, at most.
        conditions: In a slice, at most.
        seed: Of all draws.
    """
    if prediction is None and probability is None:
        raise DefinitionError(
            "stage `evaluate` needs to know what the model said",
            hint="give `prediction` or `probability`, or both: columns of the predictions",
        )
    asked = {
        "predictions": predictions, "rows": rows, "train": train, "model": model,
        "target": target, "prediction": prediction, "probability": probability,
        "positive": positive, "loss": loss,
        "attributes": None if attributes is None else list(attributes),
        "features": None if features is None else list(features),
    }  # fmt: skip
    judged = _datasets(predictions=predictions, rows=rows) | _values(asked=asked)
    learned = judged | _datasets(train=train, model=model)
    made = _Made(prefix or predictions)
    drawn = _values(most_rows=most_rows, seed=seed)
    found = _values(k=k, conditions=conditions, most_rows=slice_rows, seed=seed)
    named = [groups] if isinstance(groups, str) else list(groups or ())
    measured = judged | _values(
        measures=None if measures is None else list(measures),
        costs=None if costs is None else dict(costs),
        groups=named,
        seed=seed,
    )
    nodes = [
        made.by(measure, measured, "measures", "quality"),
        made.by(find_slices, judged | found, "weak_slices"),
        made.by(worst_rows, judged, "worst_rows").tagged([FINDINGS]),
    ]
    if labels:
        outputs = "label_errors", "noise", "label_opinions"
        nodes.append(made.by(examine_labels, learned | drawn, *outputs).tagged([FINDINGS]))
    if train is not None:
        curve = learned | made.named(weak="weak_slices") | drawn
        nodes.append(made.by(learning_curve, curve, "learning_curve"))
    if train is not None and labels:
        rehearsed = _datasets(train=train, model=model) | _values(asked=asked, seed=seed)
        rehearsed |= made.named(noise="noise")
        nodes.append(made.by(rehearse_cleaning, rehearsed, "rehearsal"))
    if time is not None and train is None:
        raise DefinitionError(
            "stage `evaluate` cannot tell how a model ages without rows to train on",
            hint="give `train`, or leave `time` out",
        )
    if time is not None:
        aged = _datasets(train=train, rows=rows, model=model) | _values(asked=asked, time=time)
        nodes.append(made.by(measure_ageing, aged | drawn, "ageing"))
    if robust and train is None:
        raise DefinitionError(
            "stage `evaluate` cannot compare ways of training without rows to train on",
            hint="give `train`, or leave `robust` out",
        )
    if robust:
        tried = _datasets(train=train, model=model) | _values(asked=asked) | drawn
        nodes.append(made.by(compare_training, tried, "robust"))
    causes = learned | made.there(nodes, opinions="label_opinions", curve="learning_curve")
    causes |= made.named(weak="weak_slices") | drawn
    nodes.append(made.by(diagnose_slices, causes, "slices"))
    known = made.there(
        nodes, noise="noise", curve="learning_curve", rehearsal="rehearsal", robust="robust"
    )
    known |= made.named(slices="slices")
    priced = {"prices": _prices(prices)} | _values(least_gain=least_gain)
    nodes.append(made.by(advise, known | priced, "advice"))
    shown = made.named(advice="advice", slices="slices", worst="worst_rows")
    shown |= made.there(
        nodes,
        noise="noise",
        suspects="label_errors",
        curve="learning_curve",
        quality="quality",
        ageing="ageing",
    ) | _values(title=predictions)
    nodes.append(made.by(write_page, shown, "errors_page"))
    return pipeline(nodes)


class _Made:
    """What the stage makes, by short names."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def by(self, function: Callable[..., Any], inputs: Mapping[str, Any], *names: str) -> Node:
        """A node and what it makes."""
        outputs = [self._full(each) for each in names]
        return node(
            function, inputs=inputs, outputs=outputs, name=f"{function.__name__}_{self._prefix}"
        )

    def named(self, **names: str) -> dict[str, Any]:
        """Arguments that get these."""
        return {argument: self._full(name) for argument, name in names.items()}

    def there(self, nodes: Sequence[Node], **names: str) -> dict[str, Any]:
        """Arguments that get these, where one of the nodes makes them."""
        makes = {name for each in nodes for name in each.makes}
        return {argument: full for argument, full in self.named(**names).items() if full in makes}

    def _full(self, name: str) -> str:
        return f"{self._prefix}_{name}"


def _datasets(**given: str | None) -> dict[str, Any]:
    return {argument: name for argument, name in given.items() if name is not None}


def _values(**given: Any) -> dict[str, Any]:
    return {argument: {"value": value} for argument, value in given.items()}


def _prices(given: Mapping[str, float] | str | None) -> Any:
    if isinstance(given, str):
        if is_parameter(given):
            return given
        raise DefinitionError(
            f"the prices of stage `evaluate` are `{given}`",
            hint="write `{check_label: 1, collect_row: 2}`, or `params:prices`",
        )
    return {"value": dict(given or {})}
