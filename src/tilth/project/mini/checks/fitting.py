"""What a node fitted, and on which rows: its function is called again, and `fit` listened to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

from tilth.errors import NodeError
from tilth.record import record

_METHODS = ("fit", "fit_transform", "fit_predict")


@record
class Fitted:
    """A model or transformer that a node returned, and what it was fitted on.

    Attributes:
        value: The object itself.
        rows: What it, or the first of its steps, was fitted on; None where nobody saw it.
        predictor: Itself or its last step, whichever was fitted with a target; else None.
        predictor_rows: What that was fitted on.
        target: With what.
    """

    value: Any
    rows: Any = None
    predictor: Any = None
    predictor_rows: Any = None
    target: Any = None

    @property
    def name(self) -> str:
        """What it is."""
        steps = steps_of(self.value)
        return type(steps[-1] if steps else self.value).__name__


@record
class _Call:
    estimator: Any
    rows: Any
    target: Any


def fitted_by(call: Callable[[], Any], like: Iterable[Any]) -> list[Fitted]:
    """Call a function that fits models, and tell what it returned was fitted on.

    Args:
        call: The function with its arguments.
        like: What it returned before: the classes to listen to are found there.

    Raises:
        NodeError: It failed.
    """
    kinds = {type(part) for value in like for each in _estimators(value) for part in _parts(each)}
    calls: list[_Call] = []
    with ExitStack() as stack:
        for kind in kinds:
            stack.enter_context(_listening(kind, calls))
        try:
            returned = call()
        except Exception as error:  # whatever the user's function raises
            raise NodeError("", f"{type(error).__name__}: {error}") from error
    return [_fitted(each, calls) for each in _estimators(returned)]


def steps_of(value: Any) -> list[Any]:
    """The steps of a pipeline of scikit-learn's; none for anything else."""
    steps = getattr(value, "steps", None)
    if not isinstance(steps, list):
        return []
    return [each for _, each in steps if each is not None and not isinstance(each, str)]


def _fitted(value: Any, calls: list[_Call]) -> Fitted:
    last = {id(each.estimator): each for each in calls}
    steps = steps_of(value)
    whole = last.get(id(value))
    first = whole or (last.get(id(steps[0])) if steps else None)
    judged = whole or (last.get(id(steps[-1])) if steps else None)
    if judged is None or judged.target is None or not hasattr(judged.estimator, "predict"):
        return Fitted(value=value, rows=first.rows if first else None)
    return Fitted(
        value=value,
        rows=first.rows if first else None,
        predictor=judged.estimator,
        predictor_rows=judged.rows,
        target=judged.target,
    )


def _estimators(value: Any) -> Iterator[Any]:
    """Objects that can be fitted, in what a function returned."""
    if isinstance(value, dict):
        for each in value.values():
            yield from _estimators(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _estimators(each)
    elif not isinstance(value, type) and callable(getattr(value, "fit", None)):
        yield value


def _parts(value: Any) -> Iterator[Any]:
    yield value
    for each in steps_of(value):
        yield from _parts(each)


@contextmanager
def _listening(kind: type, calls: list[_Call]) -> Iterator[None]:
    """Note each call of a class's methods that fit, until it is left."""
    own = {name: vars(kind)[name] for name in _METHODS if name in vars(kind)}
    names = [name for name in _METHODS if callable(getattr(kind, name, None))]
    for name in names:
        setattr(kind, name, _noting(getattr(kind, name), calls))
    try:
        yield
    finally:
        for name in names:
            if name in own:
                setattr(kind, name, own[name])
            else:
                delattr(kind, name)


def _noting(method: Callable[..., Any], calls: list[_Call]) -> Callable[..., Any]:
    @wraps(method)
    def noting(self: Any, *positional: Any, **named: Any) -> Any:
        rows = positional[0] if positional else named.get("X")
        target = positional[1] if len(positional) > 1 else named.get("y")
        result = method(self, *positional, **named)
        calls.append(_Call(estimator=self, rows=rows, target=target))
        return result

    return noting
