"""What a model answers, as numbers that can be added up: chances, scores or values."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import DataError, DefinitionError
from tilth.quality.classes import classes_of
from tilth.quality.explanation.table import as_pandas
from tilth.record import field, record

Floats = NDArray[np.float64]
Scale = Literal["chance", "score", "value", "lead"]
"""A lead is by how much one class is ahead of another."""


@record
class Answers:
    """How a model is asked.

    Attributes:
        ask: A table -> what the model says, shape (n_rows, n_outputs); raises DataError.
        pick: All that the model says -> what is asked for, shape (n_rows, n_outputs).
        outputs: What each of these is about: a class, or the target.
        scale: `chance` of a class, `score` behind it (log-odds, for most), or a `value`.
        given: How it wants its tables: `polars`, `pandas` or `numpy`; empty for as they come.
    """

    ask: Callable[[Any], Floats] = field(repr=False)
    pick: Callable[[Floats], Floats] = field(repr=False)
    outputs: tuple[str, ...]
    scale: Scale
    given: str = ""

    def table(self, frame: Any) -> Any:
        """A table as the model wants it."""
        return _given_as(frame, self.given)


def answers_of(
    model: Any, sample: Any, *, positive: Any = None, scale: str = "chance", target: str = ""
) -> Answers:
    """Find out how to ask a model.

    Args:
        model: Of scikit-learn's interface, or a function of a table.
        sample: A few rows to try it on.
        positive: Of two classes, the one whose chance is asked for; the last if not given.
        scale: `chance`, or `score` for what a classifier adds up before it says a chance.
        target: What a model of a quantity predicts, for messages and pages.

    Raises:
        DataError: It fails on these rows, however they are given.
        DefinitionError: It has no `predict`, no such class, or no scores.
    """
    if scale not in ("chance", "score"):
        raise DefinitionError(f"`{scale}` is no scale; there is `chance` and `score`")
    called, classes = _method(model, scale)
    method = _in_one_thread(called)
    ways = _ways(model, sample)
    failures: list[Exception] = []
    for way in ways:
        try:
            with warnings.catch_warnings():
                # Scikit-learn only warns of names that it does not find, and goes by position.
                warnings.filterwarnings("error", message="X (has|does not have)")
                said = np.asarray(method(_given_as(sample, way)))
        except Exception as error:  # whatever the user's model says to it
            failures.append(error)
            continue
        outputs, pick = _outputs(said, classes, positive, target)
        kind: Scale = "value" if classes is None else "score" if scale == "score" else "chance"
        return Answers(ask=_asking(method, pick), pick=pick, outputs=outputs, scale=kind, given=way)
    first = failures[0]
    raise DataError(
        f"the model ({_name(model)}) cannot predict these rows: {type(first).__name__}: {first}",
        hint="if these are not the columns that it was trained on, name those as `features`",
    ) from first


def _method(model: Any, scale: str) -> tuple[Callable[[Any], Any], Sequence[Any] | None]:
    """What is called, and the classes it tells of."""
    classes = classes_of(model)
    if classes is not None and scale == "score":
        if hasattr(model, "decision_function"):
            return model.decision_function, list(classes)
        raise DefinitionError(
            f"the model ({_name(model)}) has no scores", hint="explain its chances instead"
        )
    if classes is not None and hasattr(model, "predict_proba"):
        return model.predict_proba, list(classes)
    if classes is not None:
        return _votes(model, list(classes)), list(classes)
    if hasattr(model, "predict"):
        return model.predict, None
    if callable(model):
        return model, None
    raise DefinitionError(f"{_name(model)} cannot be explained: it has no `predict`")


def _votes(model: Any, classes: list[Any]) -> Callable[[Any], Any]:
    """A classifier without chances is as sure as can be of the class that it says."""
    return lambda table: (
        np.asarray(model.predict(table))[:, None] == np.asarray(classes)[None, :]
    ).astype(float)


def _ways(model: Any, sample: Any) -> tuple[str, ...]:
    if not isinstance(sample, pl.DataFrame):
        return ("",)
    if not hasattr(model, "predict"):
        return "", "numpy"
    if hasattr(model, "feature_names_in_") or _has_steps(model):
        return "polars", "pandas", "numpy"
    return "numpy", "polars", "pandas"


def _has_steps(model: Any) -> bool:
    """A pipeline of scikit-learn tells by its first step what it was fitted on."""
    return hasattr(model, "steps")


def _given_as(frame: Any, way: str) -> Any:
    if way == "numpy" and isinstance(frame, pl.DataFrame):
        return frame.to_numpy()
    if way == "pandas" and isinstance(frame, pl.DataFrame):
        return as_pandas(frame)
    return frame


def _outputs(
    said: NDArray[Any], classes: Sequence[Any] | None, positive: Any, target: str
) -> tuple[tuple[str, ...], Callable[[Floats], Floats]]:
    """What is told of, and how it is picked from an answer."""
    if classes is None:
        if positive is not None:
            raise DefinitionError(
                f"`positive` is `{positive}`, but the model predicts a quantity",
                hint="leave it out",
            )
        if said.ndim == 1 or said.shape[1] == 1:
            return (target or "prediction",), lambda each: each.reshape(len(each), 1)
        return tuple(f"{target or 'output'} {i}" for i in range(said.shape[1])), lambda each: each
    names = [str(each) for each in classes]
    if positive is not None and str(positive) not in names:
        raise DefinitionError(
            f"the model has no class `{positive}`",
            hint=f"there is {', '.join(f'`{each}`' for each in names[:8])}",
        )
    if said.ndim == 1:  # scores of two classes: those of the last
        sign = -1.0 if positive is not None and str(positive) == names[0] else 1.0
        return (names[0 if sign < 0 else -1],), lambda each: sign * each.reshape(len(each), 1)
    if positive is not None or len(names) == 2:
        at = names.index(str(positive)) if positive is not None else 1
        return (names[at],), lambda each: each[:, at : at + 1]
    return tuple(names), lambda each: each


def _asking(
    method: Callable[[Any], Any], pick: Callable[[Floats], Floats]
) -> Callable[[Any], Floats]:
    def ask(table: Any) -> Floats:
        try:
            said = np.asarray(method(table), float)
        except Exception as error:  # whatever the user's model says to it
            raise DataError(
                "the model fails on rows whose values come from two rows: "
                f"{type(error).__name__}: {error}",
                hint="an explanation asks it what it would say if some columns were others; it "
                "must not refuse combinations that it has never seen",
            ) from error
        if said.shape[:1] != (len(table),):
            raise DataError(f"the model gave {said.shape[:1]} answers to {len(table)} rows")
        if not np.isfinite(said).all():
            raise DataError(
                "the model says NaN or infinity for some rows",
                hint="nothing can be added up from that",
            )
        return pick(said)

    return ask


def _in_one_thread(method: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same, by one thread of OpenMP.

    Boosting asks its trees one after the other, and has its threads wait for each other after
    each: on a machine that has other things to do, two take ten times as long as one.
    """
    if "sklearn" not in sys.modules:
        return method
    # It comes with scikit-learn.
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # has no types

    threads = ThreadpoolController()

    def one(table: Any) -> Any:
        with threads.limit(limits=1, user_api="openmp"):
            return method(table)

    return one


def _name(model: Any) -> str:
    return str(getattr(model, "__name__", type(model).__name__))
