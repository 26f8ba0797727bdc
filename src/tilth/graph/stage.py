"""A stage: a pipeline factory with typed settings, one step of the ML life cycle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from tilth.errors import DefinitionError, suggestion
from tilth.graph.function import function_name, parameters_of
from tilth.graph.pipeline import Pipeline

FINDINGS = "findings"
"""The tag of a node that lists what it found: that its tables have no rows is well."""


class Stage(Protocol):
    """Any function that returns a pipeline; its arguments are the stage's settings.

    In tilth.yml a stage is named, and its settings are given by `with`::

        pipelines:
          model:
            stage: flights.stages.train
            with: {table: trips, target: late}

    A stage describes work and does none: it reads no data and starts nothing, so that a
    project can be opened without waiting for it.
    """

    def __call__(self, **settings: Any) -> Pipeline:
        """The pipeline for these settings."""


def staged(factory: Callable[..., Any] | Pipeline, settings: Mapping[str, Any]) -> Pipeline:
    """The pipeline that a stage, a function or a variable gives.

    Raises:
        DefinitionError: The settings do not fit, or what comes out is no pipeline.
    """
    if isinstance(factory, Pipeline):
        if settings:
            raise DefinitionError("a pipeline that is a value takes no settings")
        return factory
    if not callable(factory):
        raise DefinitionError(
            f"{_kind(factory)} is neither a pipeline nor a function that makes one",
            hint="write `pipeline([node(...), ...])`",
        )
    name = function_name(factory)
    _refuse_unknown(name, factory, settings)
    made = factory(**settings)
    if not isinstance(made, Pipeline):
        raise DefinitionError(
            f"`{name}` should return a pipeline, but returned {_kind(made)}",
            hint="end it with `return pipeline([...])`",
        )
    return made


def _refuse_unknown(name: str, factory: Callable[..., Any], settings: Mapping[str, Any]) -> None:
    parameters = parameters_of(factory)
    known = {each.name for each in parameters}
    if not any(each.kind == "rest_named" for each in parameters):
        for setting in settings:
            if setting not in known:
                raise DefinitionError(
                    f"stage `{name}` has no setting `{setting}`",
                    hint=suggestion(setting, known, kind="setting"),
                )
    missing = [e.name for e in parameters if e.required and e.name not in settings]
    if missing:
        raise DefinitionError(f"stage `{name}` needs the setting `{missing[0]}`")


def _kind(value: object) -> str:
    # Not its text, which may be as long as a table.
    return "nothing" if value is None else f"a value of type `{type(value).__qualname__}`"
