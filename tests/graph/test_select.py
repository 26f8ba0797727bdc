"""Selection: each way to ask for a part."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tilth import node, pipeline
from tilth.errors import UnknownNameError
from tilth.graph.pipeline import Pipeline
from tilth.graph.select import ALL, Selection, matching, select


def f(*tables: Any) -> Any: ...


WHOLE = pipeline(
    [
        node(f, ["flights"], "trips", name="clean.flights", tags="daily"),
        node(f, ["weather"], "skies", name="clean.weather", tags=["daily", "slow"]),
        node(f, ["trips", "skies"], "features", name="features"),
        node(f, ["features", "params:depth"], "tree", name="model.tree.train"),
        node(f, ["features"], "forest", name="model.forest.train", tags="slow"),
        node(f, ["tree", "forest"], "report", name="report"),
    ]
)
CLEAN = ["clean.flights", "clean.weather"]
MODELS = ["model.tree.train", "model.forest.train"]


def chosen(**given: tuple[str, ...]) -> list[str]:
    return [each.name for each in select(WHOLE, Selection(**given))]


def refusal(**given: tuple[str, ...]) -> UnknownNameError:
    with pytest.raises(UnknownNameError) as raised:
        select(WHOLE, Selection(**given))
    return raised.value


def test_nothing_asked_for_is_everything() -> None:
    assert select(WHOLE, ALL) is WHOLE
    assert Selection().is_all


def test_nodes_are_these_alone() -> None:
    assert chosen(nodes=("report", "features")) == ["features", "report"]


def test_from_nodes_goes_on_to_the_end() -> None:
    assert chosen(from_nodes=("features",)) == ["features", *MODELS, "report"]


def test_to_nodes_goes_back_to_the_start() -> None:
    assert chosen(to_nodes=("model.tree.train",)) == [*CLEAN, "features", "model.tree.train"]


def test_from_inputs_begins_at_the_readers_of_a_dataset() -> None:
    assert chosen(from_inputs=("weather",)) == ["clean.weather", "features", *MODELS, "report"]


def test_to_outputs_ends_at_the_makers_of_a_dataset() -> None:
    assert chosen(to_outputs=("skies",)) == ["clean.weather"]


def test_tags_widen() -> None:
    assert chosen(tags=("slow",)) == ["clean.weather", "model.forest.train"]
    assert chosen(tags=("slow", "daily")) == [*CLEAN, "model.forest.train"]


def test_a_namespace_has_those_below_it() -> None:
    assert chosen(namespaces=("model",)) == MODELS
    assert chosen(namespaces=("model.tree",)) == ["model.tree.train"]


def test_what_stands_behind_a_colon_is_no_namespace() -> None:
    twins = pipeline([node(f, "a", "left.x"), node(f, "b", "left.y")])

    with pytest.raises(UnknownNameError):
        select(twins, Selection(namespaces=("f:left",)))


def test_from_and_to_take_nodes_and_datasets() -> None:
    assert chosen(from_=("skies",)) == chosen(from_inputs=("skies",))
    assert chosen(to=("tree",)) == chosen(to_outputs=("tree",))
    assert chosen(from_=("report",)) == chosen(from_nodes=("report",))
    assert chosen(to=("features",)) == chosen(to_nodes=("features",))


def test_what_goes_in_from_outside_is_made_by_nothing() -> None:
    assert chosen(to=("flights",)) == []


def test_without_leaves_nodes_out() -> None:
    assert chosen(without=("model.*",)) == [*CLEAN, "features", "report"]
    assert chosen(from_nodes=("features",), without=("report",)) == ["features", *MODELS]


def test_several_ways_narrow_together() -> None:
    assert chosen(from_=("features",), to=("tree",)) == ["features", "model.tree.train"]
    assert chosen(tags=("slow",), namespaces=("model",)) == ["model.forest.train"]
    assert chosen(tags=("daily",), namespaces=("model",)) == []


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*", [*CLEAN, "features", *MODELS, "report"]),
        ("model.*", MODELS),
        ("*.train", MODELS),
        ("model.?ree.train", ["model.tree.train"]),
        ("[fr]e*", ["features", "report"]),
    ],
)
def test_wildcards_fit_names(pattern: str, found: list[str]) -> None:
    assert chosen(nodes=(pattern,)) == found


def test_wildcards_stand_for_tags_namespaces_and_datasets_too() -> None:
    assert chosen(tags=("da*",)) == CLEAN
    assert chosen(namespaces=("mo*",)) == MODELS
    assert chosen(to_outputs=("s*",)) == ["clean.weather"]


@pytest.mark.parametrize(
    ("field", "name", "said", "hint"),
    [
        ("nodes", "featurs", "there is no node `featurs`", "did you mean `features`?"),
        ("from_nodes", "reprot", "there is no node `reprot`", "did you mean `report`?"),
        ("to_nodes", "reprot", "there is no node `reprot`", "did you mean `report`?"),
        ("from_inputs", "wether", "dataset that is read `wether`", "did you mean `weather`?"),
        ("to_outputs", "tre", "dataset that is made `tre`", "did you mean `tree`?"),
        ("to_outputs", "flights", "dataset that is made `flights`", None),
        ("tags", "dayly", "there is no tag `dayly`", "did you mean `daily`?"),
        ("namespaces", "modell", "there is no namespace `modell`", "did you mean `model`?"),
        ("from_", "wether", "node or dataset `wether`", "did you mean `weather`?"),
        ("to", "reprot", "node or dataset `reprot`", "did you mean `report`?"),
        ("without", "reprot", "there is no node `reprot`", "did you mean `report`?"),
        ("nodes", "x*", "there is no node `x*`", None),
        ("nodes", "", "there is no node ``", None),
    ],
)
def test_a_name_that_fits_nothing_is_refused_with_the_nearest(
    field: str, name: str, said: str, hint: str | None
) -> None:
    error = refusal(**{field: (name,)})

    assert said in str(error)
    assert hint is None or error.hint == hint


def test_names_are_found_in_the_order_in_which_they_are_asked_for_once_each() -> None:
    assert matching(["b*", "a", "b1"], ["a", "b1", "b2"], "node") == ["b1", "b2", "a"]


def test_a_selection_shows_itself_as_one_would_type_it() -> None:
    asked = Selection(from_=("trips",), to_outputs=("tree", "forest"))

    assert asked.as_options() == ["--to-outputs tree,forest", "--from trips"]


# Size


def chain(n: int) -> Pipeline:
    return pipeline([node(f, f"d{i}", f"d{i + 1}", tags=f"t{i % 3}") for i in range(n)])


def work(whole: Pipeline) -> int:
    """How many calls a selection takes."""
    counted = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    asked = Selection(
        from_inputs=("d1",), to_outputs=(f"d{len(whole)}",), tags=("t*",), without=("f:d7",)
    )
    sys.setprofile(count)
    try:
        found = select(whole, asked)
    finally:
        sys.setprofile(None)
    assert len(found) == len(whole) - 2
    return counted


def test_the_work_of_selecting_grows_with_the_number_of_nodes() -> None:
    assert work(chain(2000)) < 10.5 * work(chain(200))


@pytest.mark.slow
def test_selecting_from_a_hundred_thousand_nodes_is_a_hundred_times_from_a_thousand() -> None:
    assert work(chain(100_000)) < 105 * work(chain(1000))
