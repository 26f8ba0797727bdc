"""From a name and settings to a model that can be fitted: preparation, then estimator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from tilth.data.library import need
from tilth.errors import DataError, DefinitionError, UnknownNameError
from tilth.quality.preparation import only, reads
from tilth.quality.rows import seeded
from tilth.stages.train.known import KNOWN, Known
from tilth.stages.train.lesson import Lesson
from tilth.stages.train.preparing import default_preparation

STEP = "model"
"""The step of the pipeline that is the estimator."""


def estimator_of(candidate: Mapping[str, Any], own: Any, lesson: Lesson) -> Any:
    """An unfitted estimator.

    Args:
        candidate: What it is; see `tilth.stages.train.asked.Candidate`.
        own: What the user's class or function made; None for a known estimator.
        lesson: What it is going to learn.

    Raises:
        MissingLibraryError: Its library is not installed.
        UnknownNameError: It has no such setting.
        DefinitionError: It shall stop early, and there are no rows to stop by.
        DataError: What was made is no estimator, or for another task.
    """
    if candidate["kind"] not in KNOWN:
        checked = _checked(own, candidate, lesson)
        return WithCodes(checked) if lesson.classes and _wants_codes(checked) else checked
    known = KNOWN[candidate["kind"]]
    made = _made(known, candidate, lesson.task)
    return WithCodes(made) if known.coded and lesson.classes else made


def _made(known: Known, candidate: Mapping[str, Any], task: str) -> Any:
    what = f"estimator `{candidate['name']}`"
    module, _, name = (known.classes if task == "classification" else known.quantities).rpartition(
        "."
    )
    need(known.library, what, extra=known.extra)
    _refuse_stopping(known, candidate["settings"], what)
    kind = getattr(import_module(module), name)
    made = kind(**known.settings_for(task))
    return with_settings(made, candidate["settings"], what)


def _refuse_stopping(known: Known, settings: Iterable[str], what: str) -> None:
    for name in settings:
        if name in known.stopping:
            raise DefinitionError(
                f"{what}: `{name}` needs rows to stop by, and all rows are trained on",
                hint="leave it out, and let `tune` look for the number of trees; or write a class "
                "whose `fit` sets rows aside",
            )


def _wants_codes(estimator: Any) -> bool:
    """Whether it is a classifier of XGBoost, which takes whole numbers from nought alone."""
    return type(estimator).__module__.partition(".")[0] == "xgboost"


def _checked(made: Any, candidate: Mapping[str, Any], lesson: Lesson) -> Any:
    what = f"{lesson.where}: `{candidate['kind']}`"
    lacks = [name for name in ("fit", "predict", "get_params") if not hasattr(made, name)]
    if isinstance(made, type) or lacks:
        shown = made.__name__ if isinstance(made, type) else type(made).__name__
        raise DataError(
            f"{what} makes no estimator: {shown} has no "
            + ", ".join(f"`{each}`" for each in lacks or ["instance"]),
            hint="an estimator inherits from `sklearn.base.BaseEstimator` and has `fit(rows, "
            "target)` and `predict(rows)`",
        )
    from sklearn.base import is_classifier, is_regressor  # beside what is imported above

    wrong = is_regressor(made) if lesson.classes else is_classifier(made)
    if wrong:
        has, is_for = ("classes", "a quantity") if lesson.classes else ("a quantity", "classes")
        raise DataError(f"{what} is for {is_for}, and the target is {has}")
    return made


def made_by_library(kind: str, settings: Mapping[str, Any]) -> Any:
    """What a class or function of an installed library makes.

    Raises:
        MissingLibraryError: The library is not installed.
        UnknownNameError: It has no such class.
        DefinitionError: The class takes other settings.
    """
    module, _, name = kind.replace(":", ".").rpartition(".")
    found = need(module, f"estimator `{kind}`")
    if not hasattr(found, name):
        known = [each for each in dir(found) if not each.startswith("_")]
        raise UnknownNameError("estimator", kind, [f"{module}.{each}" for each in known])
    try:
        return getattr(found, name)(**settings)
    except TypeError as error:
        raise DefinitionError(
            f"estimator `{kind}`: {error}", hint="see its documentation for what it takes"
        ) from error


def with_settings(estimator: Any, settings: Mapping[str, Any], what: str) -> Any:
    """The same estimator with other settings.

    Raises:
        UnknownNameError: It has no such setting.
        DefinitionError: It refuses one.
    """
    refuse_unknown(estimator, settings, what)
    inner = inside(estimator)
    try:
        inner.set_params(**settings)
    except (TypeError, ValueError) as error:
        raise DefinitionError(f"{what}: {error}") from error
    return estimator


def refuse_unknown(estimator: Any, settings: Iterable[str], what: str) -> None:
    """Refuse settings that an estimator does not have.

    Raises:
        UnknownNameError: It has no such setting; says which is nearest.
    """
    own, anything = settings_of(estimator)
    known = own | set(inside(estimator).get_params(deep=True))
    for name in settings:
        if name not in known and not anything:
            raise UnknownNameError("setting", name, own, where=what)


def settings_of(estimator: Any) -> tuple[set[str], bool]:
    """The settings that an estimator has, and whether it takes others as well.

    CatBoost tells of those alone that were set, and LightGBM takes more than it tells.
    """
    from inspect import Parameter, signature  # few milliseconds beside what is imported above

    inner = inside(estimator)
    arguments = signature(type(inner).__init__).parameters.values()
    named = {each.name for each in arguments if each.kind is not Parameter.VAR_KEYWORD}
    found = {*inner.get_params(deep=False), *named} - {"self"}
    return found, any(each.kind is Parameter.VAR_KEYWORD for each in arguments)


def pipeline_of(
    estimator: Any, preparation: Any, lesson: Lesson, *, seed: int, settings: Any = None
) -> Any:
    """An unfitted pipeline of preparation and estimator; what it draws follows from the seed.

    Args:
        estimator: Unfitted; it is cloned.
        preparation: An unfitted transformer, cloned as well; the default one where None.
        lesson: What it is going to learn.
        seed: Of all that is drawn.
        settings: Of the estimator, on top of its own.
    """
    from sklearn.pipeline import Pipeline  # beside what is imported above

    first = preparation
    if first is None:
        first = default_preparation(lesson).preparation
    elif set(reads(first) or ()) & set(lesson.others):  # `features` leave some of them out
        first = only(first, lesson.table.columns)
    own = clone(estimator)
    if settings:
        own = with_settings(own, settings, f"estimator {type(own).__name__}")
    return seeded(Pipeline([("prepare", clone(first)), (STEP, own)]), seed)


def fitted(model: Any, lesson: Lesson) -> Any:
    """Fit a pipeline on all rows of a lesson.

    Raises:
        DataError: Rows have weights, and the estimator takes none.
    """
    more = {}
    if lesson.weights is not None:
        _check_takes_weights(model.named_steps[STEP], lesson)
        more = {f"{STEP}__sample_weight": lesson.weights}
    found = model.fit(lesson.table, lesson.answers, **more)
    _forget_when(found.named_steps[STEP])
    return found


def _forget_when(estimator: Any) -> None:
    """Let a model of CatBoost not tell when it was trained: the same training, the same bytes."""
    inner = getattr(estimator, "estimator_", estimator)
    if type(inner).__module__.partition(".")[0] == "catboost":
        about = inner.get_metadata()
        about["train_finish_time"] = about["model_guid"] = ""


def _check_takes_weights(estimator: Any, lesson: Lesson) -> None:
    from sklearn.utils.validation import has_fit_parameter  # beside what is imported above

    inner = inside(estimator)
    if not has_fit_parameter(inner, "sample_weight"):
        raise DataError(
            f"{lesson.where}: {type(inner).__name__} takes no weights of rows, which `balanced` "
            "and `weights` need",
            hint="leave it out of `estimators`, or let its `fit` take `sample_weight`",
        )


def inside(estimator: Any) -> Any:
    """The estimator itself, without what makes whole numbers of labels."""
    return estimator.estimator if isinstance(estimator, WithCodes) else estimator


class WithCodes(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A classifier of labels around one that knows whole numbers from nought alone.

    Attributes:
        estimator: The one within.
        classes_: The labels, in the order of the columns of `predict_proba`.
    """

    def __init__(self, estimator: Any = None) -> None:
        self.estimator = estimator

    def fit(self, rows: Any, labels: NDArray[Any], sample_weight: Any = None) -> WithCodes:
        """Fit a clone of the estimator on the labels' codes."""
        self.classes_, codes = np.unique(labels, return_inverse=True)
        more = {} if sample_weight is None else {"sample_weight": sample_weight}
        self.estimator_ = clone(self.estimator).fit(rows, codes, **more)
        return self

    def predict(self, rows: Any) -> NDArray[Any]:
        """Labels, shape (n,)."""
        found = np.asarray(self.estimator_.predict(rows)).astype(np.int64).ravel()
        return np.asarray(self.classes_[found])

    def predict_proba(self, rows: Any) -> NDArray[np.float64]:
        """Shape (n, n_classes)."""
        return np.asarray(self.estimator_.predict_proba(rows), float)
