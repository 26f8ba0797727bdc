"""A stage: a pipeline by its settings."""

from __future__ import annotations

from typing import Any

import pytest

from tilth import node, pipeline
from tilth.errors import DefinitionError
from tilth.graph.pipeline import Pipeline
from tilth.graph.stage import staged


def train(table: Any) -> Any: ...


def stage(table: str, depth: int = 3, *, target: str) -> Pipeline:
    return pipeline([node(train, table, f"{target}_{depth}")])


def open_stage(**settings: Any) -> Pipeline:
    return pipeline([node(train, "rows", name) for name in settings])


def test_a_stage_makes_a_pipeline_of_its_settings() -> None:
    assert staged(stage, {"table": "trips", "target": "late"}).outputs == ("late_3",)


def test_a_stage_may_take_whatever_is_given() -> None:
    assert staged(open_stage, {"a": 1, "b": 2}).outputs == ("a", "b")


def test_a_pipeline_is_its_own_stage() -> None:
    made = pipeline([node(train)])

    assert staged(made, {}) is made


@pytest.mark.parametrize(
    ("factory", "settings", "said", "hint"),
    [
        (stage, {"table": "t", "target": "y", "dept": 1}, "no setting `dept`", "`depth`"),
        (stage, {"table": "t"}, "needs the setting `target`", None),
        (stage, {}, "needs the setting `table`", None),
        (pipeline([]), {"depth": 1}, "takes no settings", None),
        (lambda: None, {}, "returned nothing", "return pipeline"),
        (lambda: [node(train)], {}, "returned a value of type `list`", "return pipeline"),
        ([node(train)], {}, "of type `list` is neither", "pipeline("),
        ("stage", {}, "of type `str` is neither", "pipeline("),
    ],
)
def test_what_does_not_fit_is_refused(
    factory: Any, settings: dict[str, Any], said: str, hint: str | None
) -> None:
    with pytest.raises(DefinitionError) as raised:
        staged(factory, settings)

    assert said in str(raised.value)
    assert hint is None or hint in str(raised.value.hint)


def test_what_a_stage_raises_is_its_own() -> None:
    def broken() -> Pipeline:
        raise ZeroDivisionError("division by zero")

    with pytest.raises(ZeroDivisionError):
        staged(broken, {})
