"""Train and tune several models beside the simple ones, and keep the best with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, cast

from tilth import plugins
from tilth.data.library import is_installed, is_library
from tilth.errors import DefinitionError
from tilth.graph.function import Function, Parameter
from tilth.graph.node import Node, build, node
from tilth.graph.pipeline import Pipeline, pipeline
from tilth.stages.train.asked import (
    PREFERENCES,
    TASKS,
    Candidate,
    Tuning,
    checked_choice,
    read_candidates,
    read_tuning,
)
from tilth.stages.train.known import KNOWN
from tilth.stages.train.nodes import (
    choose,
    fit_chosen,
    make_estimator,
    predict_test,
    report_tuning,
    score_candidate,
    tune_candidate,
)

__all__ = ["train"]


def train(
    train: str,
    target: str,
    *,
    test: str | None = None,
    estimators: Sequence[Any] | Mapping[str, Any] | None = None,
    task: str = "auto",
    preparation: str | None = None,
    metric: str | None = None,
    folds: int = 5,
    group: str | None = None,
    time: str | None = None,
    weights: str | None = None,
    balanced: bool = False,
    positive: Any = None,
    features: Sequence[str] | None = None,
    tune: Mapping[str, Any] | int | bool | None = None,
    prefer: str = "best",
    evaluate: bool | Mapping[str, Any] = True,
    prefix: str | None = None,
    seed: int = 0,
) -> Pipeline:
    """Train several models beside the simplest ones, and say which is best and why.

    It makes `<prefix>_candidates` (a table of all models on the same folds, with intervals, what
    they cost and why each was chosen or not), `<prefix>_comparison` (the same as metrics on
    record, with the reason in words), `<prefix>_model` (the chosen one, fitted on all rows, as one
    pipeline of preparation and estimator), with `tune` `<prefix>_tuning` (all trials, and what
    the search left open), and with `test` `<prefix>_predictions` and all that `stage: evaluate`
    makes of them. Always along, as a baseline: the most frequent class or the mean, a linear
    model and a tree of depth 3; with `time`, also what came last.

    Args:
        train: The dataset to learn from, in any format of tables.
        target: The column that is to be predicted.
        test: A dataset with the same columns that nothing is learned from.
        estimators: Which models: `dummy`, `linear`, `small_tree`, `tree`, `forest`, `boosting`,
            `lightgbm`, `xgboost`, `catboost`, or a class of scikit-learn's interface by its
            dotted name. Settings stand behind the name: `{boosting: {max_iter: 300}}`. A forest
            and boosted trees if not given.
        task: `classification` or `regression`; `auto` finds it out: a quantity is what has
            numbers with a fraction, or more than 30 different whole ones.
        preparation: The dataset with an unfitted transformer of scikit-learn; what
            `stage: prepare` would make of the rows if not given.
        metric: What models are compared by: the name of a scorer of scikit-learn, with or
            without `neg_`. The area under the ROC curve of two classes, accuracy of several, the
            mean absolute error of a quantity if not given; where a class is rare, the average
            precision of two and the balanced accuracy of several.
        folds: Parts that are held out in turn.
        group: A column of which no value shall be on both sides of a fold, such as a patient.
        time: A column by which rows are ordered; folds are then scored on what comes later.
        weights: A column that says how much each row counts.
        balanced: Whether each class shall count as much as every other.
        positive: Of two classes, the one that precision and recall are about; the rarer one if
            not given.
        features: Columns that the model is given; all but those above if not given.
        tune: How many settings of each model are tried; or `trials`, `seconds`, `workers`,
            `trial_seconds`, `prune`, `estimators` and `spaces`. Models are taken as they come if
            not given.
        prefer: `best`, or `simplest` for the simplest model that the folds do not tell apart
            from the best.
        evaluate: Whether `stage: evaluate` follows where there is a `test`, or its settings.
        prefix: Of what it makes; the name of `train` if not given.
        seed: Of folds, models and trials.
    """
    checked_choice("task", task, TASKS)
    checked_choice("prefer", prefer, PREFERENCES)
    if isinstance(folds, bool) or not isinstance(folds, int) or folds < 2:
        raise DefinitionError(f"stage `train`: `folds` is {folds!r:.80}, not 2 or more")
    if group is not None and time is not None:
        raise DefinitionError(
            "stage `train`: folds go by `group` or by `time`, not by both",
            hint="with `time`, a group may be known from earlier rows",
        )
    if target in ("prediction", "p_{}"):
        raise DefinitionError(
            f"stage `train`: the target cannot be called `{target}`, as what is predicted is",
            hint="give the column another name in the node before",
        )
    asked = {
        "train": train, "target": target, "task": task, "metric": metric, "folds": folds,
        "group": group, "time": time, "weights": weights, "balanced": balanced,
        "positive": positive, "seed": seed,
        "features": None if features is None else list(features),
    }  # fmt: skip
    candidates = read_candidates(estimators, timed=time is not None)
    made = _Made(prefix or train, train, preparation, asked)
    nodes = made.models(candidates, read_tuning(tune, candidates), prefer)
    if test is not None:
        nodes.append(made.predictions(test))
    made_here = pipeline(nodes)
    if test is None or evaluate is False:
        return made_here
    settings = {} if evaluate is True else dict(evaluate)
    return made_here | made.evaluation(test, settings)


class _Made:
    """The nodes of the stage, and the names of what they make."""

    def __init__(
        self, prefix: str, train: str, preparation: str | None, asked: Mapping[str, Any]
    ) -> None:
        self._prefix = prefix
        self._train = train
        self._asked = dict(asked)
        self._prepared = {} if preparation is None else {"preparation": preparation}

    def models(
        self, candidates: Sequence[Candidate], tuning: Tuning | None, prefer: str
    ) -> list[Node]:
        """From the rows to the model that is chosen."""
        told = {"value": [each.as_dict() for each in candidates]}
        own = [each for each in candidates if each.own]
        nodes = [self._estimator(each) for each in own]
        tuned = [each for each in candidates if tuning is not None and tuning.of(each)]
        nodes += [self._tuned(each, cast(Tuning, tuning)) for each in tuned]
        nodes += [self._scored(each, tuned=each in tuned) for each in candidates]
        scores = [self._full(f"{each.name}_scores") for each in candidates]
        asked = {"value": {"prefer": prefer}}
        chosen = [self._full(each) for each in ("candidates", "comparison", "choice")]
        nodes.append(self._node(choose, [told, asked, *scores], chosen))
        fitted: dict[str, Any] = {"train": self._train, "choice": chosen[-1], "candidates": told}
        fitted |= {"asked": {"value": self._asked}, **self._prepared}
        fitted |= {each.name: self._full(f"{each.name}_estimator") for each in own}
        needs = _libraries(candidates)
        nodes.append(self._node(fit_chosen, fitted, self._full("model"), depends_on=needs))
        if tuned:
            searches = [self._full(f"{each.name}_search") for each in tuned]
            nodes.append(self._node(report_tuning, searches, self._full("tuning")))
        return nodes

    def _estimator(self, candidate: Candidate) -> Node:
        """A class of the user's own is a node: what it makes is another when its code is."""
        library = candidate.kind.partition(".")[0]
        if is_library(library):  # whose version counts, and which is not imported before it runs
            return self._node(
                make_estimator,
                {
                    "kind": {"value": candidate.kind},
                    "settings": {"value": dict(candidate.settings)},
                },
                self._full(f"{candidate.name}_estimator"),
                name=f"make_{candidate.name}",
                depends_on=(library,),
            )
        module, _, name = candidate.kind.replace(":", ".").rpartition(".")
        given = {key: {"value": value} for key, value in candidate.settings.items()}
        return build(
            Function(f"{module}:{name}"),
            [Parameter(each, required=False, kind="keyword") for each in given],
            inputs=given,
            outputs=self._full(f"{candidate.name}_estimator"),
            name=f"make_{candidate.name}_{self._prefix}",
        )

    def _tuned(self, candidate: Candidate, tuning: Tuning) -> Node:
        return self._node(
            tune_candidate,
            self._of(candidate) | {"tuning": {"value": tuning.of(candidate)}},
            [self._full(f"{candidate.name}_settings"), self._full(f"{candidate.name}_search")],
            name=f"tune_{candidate.name}",
            depends_on=(*_libraries([candidate]), *_installed("optuna")),
        )

    def _scored(self, candidate: Candidate, *, tuned: bool) -> Node:
        inputs = self._of(candidate)
        if tuned:
            inputs["tuned"] = self._full(f"{candidate.name}_settings")
        return self._node(
            score_candidate,
            inputs,
            self._full(f"{candidate.name}_scores"),
            name=f"score_{candidate.name}",
            depends_on=_libraries([candidate]),
        )

    def _of(self, candidate: Candidate) -> dict[str, Any]:
        """What each node of one model is given."""
        found: dict[str, Any] = {"train": self._train, "candidate": {"value": candidate.as_dict()}}
        found |= {"asked": {"value": self._asked}, **self._prepared}
        if candidate.own:
            found["estimator"] = self._full(f"{candidate.name}_estimator")
        return found

    def predictions(self, test: str) -> Node:
        """What the model says of rows that it has not seen."""
        inputs = {"test": test, "model": self._full("model"), "where": {"value": test}}
        inputs["asked"] = {"value": {"target": self._asked["target"]}}
        return self._node(predict_test, inputs, self._full("predictions"))

    def evaluation(self, test: str, settings: Mapping[str, Any]) -> Pipeline:
        """What `stage: evaluate` makes of the predictions."""
        from tilth.graph.stage import staged  # few milliseconds, and only this needs it

        task, features = self._asked["task"], self._asked["features"]
        usual = {
            "predictions": self._full("predictions"),
            "target": self._asked["target"],
            "prediction": "prediction",
            "probability": None if task == "regression" else "p_{}",
            "positive": self._asked["positive"],
            "rows": test,
            "train": self._train,
            "model": self._full("model"),
            "features": features,
            "attributes": features,
            "prefix": self._prefix,
            "seed": self._asked["seed"],
        }
        factory = cast(Any, plugins.find("tilth.stages", "evaluate", of=FunctionType))
        return staged(factory, {**usual, **settings})

    def _node(
        self,
        function: Callable[..., Any],
        inputs: Any,
        outputs: str | list[str],
        *,
        name: str = "",
        depends_on: tuple[str, ...] = ("sklearn",),
    ) -> Node:
        return node(
            function,
            inputs=inputs,
            outputs=outputs,
            name=f"{name or function.__name__}_{self._prefix}",
            depends_on=depends_on,
        )

    def _full(self, name: str) -> str:
        return f"{self._prefix}_{name}"


def _libraries(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """What has to be the same for a model to be the same: other versions train it anew."""
    own = {KNOWN[each.kind].library for each in candidates if not each.own}
    return _installed("sklearn", *sorted(own - {"sklearn", "tilth"}))


def _installed(*names: str) -> tuple[str, ...]:
    return tuple(each for each in names if is_installed(each))
