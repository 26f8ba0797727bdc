"""How nodes become a pipeline, and what is refused."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest

from tilth import each, node, pipeline
from tilth.errors import CycleError, DefinitionError, DuplicateOutputError
from tilth.graph.node import Node
from tilth.graph.pipeline import Pipeline


def join(*tables: Any) -> Any: ...
def train(table: Any) -> Any: ...
def tell(table: Any) -> Any: ...


def chain(n: int) -> list[Node]:
    return [node(train, f"d{i}", f"d{i + 1}") for i in range(n)]


def names(made: Pipeline) -> list[str]:
    return [each.name for each in made]


# Order


def test_the_names_of_datasets_say_which_node_comes_first() -> None:
    made = pipeline([node(train, "b", "c", name="last"), node(join, "a", "b", name="first")])

    assert names(made) == ["first", "last"]


def test_nodes_that_do_not_wait_for_one_another_keep_their_order() -> None:
    made = pipeline([node(join, [], each, name=each) for each in "cab"])

    assert names(made) == ["c", "a", "b"]


def test_a_pipeline_knows_what_goes_in_and_what_comes_out() -> None:
    made = pipeline(
        [
            node(join, ["rows", "params:depth", {"value": 3}], ["left", "right"]),
            node(train, "left", "model"),
        ]
    )

    assert made.inputs == ("rows",)
    assert made.outputs == ("right", "model")
    assert made.datasets == ("rows", "left", "right", "model")
    assert made.parameters == ("params:depth",)
    assert made.makers["right"].name == "join"
    assert [each.name for each in made.readers["left"]] == ["train"]


def test_an_empty_pipeline_is_one() -> None:
    made = pipeline([])

    assert (len(made), made.inputs, made.outputs) == (0, (), ())


def test_a_node_that_reads_a_dataset_twice_waits_for_it_once() -> None:
    made = pipeline([node(join, ["a", "a"], "b", name="twice"), node(join, [], "a", name="once")])

    assert names(made) == ["once", "twice"]


# What is refused


def test_a_cycle_is_told_in_order() -> None:
    ring = [
        node(train, "a", "b", name="one"),
        node(train, "b", "c", name="two"),
        node(train, "c", "a", name="three"),
    ]

    with pytest.raises(CycleError) as raised:
        pipeline([node(train, "a", "beside"), *ring, node(tell, "c", "behind")])

    assert str(raised.value) == (
        "the pipeline goes in a circle: `one` makes `b`, which goes into `two` makes `c`, "
        "which goes into `three` makes `a`, which goes into `one`"
    )
    assert raised.value.nodes == ("one", "two", "three")


def test_a_node_that_reads_what_it_makes_is_a_cycle_of_one() -> None:
    with pytest.raises(CycleError) as raised:
        pipeline([node(train, "a", "a")])

    assert str(raised.value) == (
        "the pipeline goes in a circle: `train` makes `a`, which goes into `train`"
    )


def test_two_makers_of_a_dataset_are_both_named() -> None:
    with pytest.raises(DuplicateOutputError) as raised:
        pipeline([node(join, "a", "x"), node(train, "b", ["y", "x"])])

    assert "dataset `x` is made by two nodes, `join` and `train`" in str(raised.value)


def test_two_lambdas_that_make_the_same_are_two_makers() -> None:
    with pytest.raises(DuplicateOutputError):
        pipeline([node(lambda a: a, "a", "b"), node(lambda a: -a, "a", "b")])


def test_two_nodes_of_one_name_are_refused_with_what_they_make() -> None:
    with pytest.raises(DefinitionError) as raised:
        pipeline([node(join, "a", "x", name="n"), node(train, "a", "y", name="n")])

    assert str(raised.value) == "two nodes are called `n`; they make `x` and `y`"


def test_what_is_no_node_is_refused() -> None:
    for given in (train, [train], node(train), 3, ["train"]):
        with pytest.raises(DefinitionError, match="a pipeline"):
            pipeline(given)  # type: ignore[arg-type]  # that is the question


def test_a_pipeline_is_joined_with_pipelines_only() -> None:
    with pytest.raises(TypeError):
        pipeline([]) | [node(train)]  # type: ignore[operator]  # that is the question
    with pytest.raises(TypeError):
        pipeline([]) - [node(train)]  # type: ignore[operator]  # that is the question
    with pytest.raises(TypeError):
        pipeline([]) & [node(train)]  # type: ignore[operator]  # that is the question
    with pytest.raises(TypeError):
        3 + pipeline([])  # type: ignore[operator]  # that is the question


# Names that nobody gave


def test_nodes_of_one_function_are_told_apart_by_what_they_make() -> None:
    made = pipeline([node(train, "a", "x"), node(train, "b", "y"), node(tell, "a", "z")])

    assert names(made) == ["train:x", "train:y", "tell"]


def test_a_name_that_somebody_gave_stays() -> None:
    made = pipeline([node(train, "a", "x", name="train"), node(train, "b", "y")])

    assert names(made) == ["train", "train:y"]


def test_names_do_not_depend_on_the_way_a_pipeline_was_put_together() -> None:
    x, y = node(train, "a", "x"), node(train, "b", "y")
    small = pipeline([x])

    assert set(names(small | pipeline([y]))) == {"train:x", "train:y"}
    assert set(names(small | pipeline([x, y]))) == {"train:x", "train:y"}
    assert names(pipeline(pipeline([x, y]) - small)) == ["train"]


def test_nodes_that_nothing_tells_apart_are_refused() -> None:
    with pytest.raises(DefinitionError, match="two nodes are called `tell`"):
        pipeline([node(tell, "a", []), node(tell, "b", [])])


def test_the_same_node_twice_is_one_node() -> None:
    assert len(pipeline([node(train), node(train)])) == 1


# Renaming, namespaces, mounting


def test_a_pipeline_is_mounted_twice_in_namespaces() -> None:
    inner = pipeline([node(train, ["rows"], "model"), node(join, ["model", "params:p"], "score")])

    made = pipeline(
        [
            pipeline(inner, namespace="tree", inputs={"rows": "small"}, parameters={"p": "tree.p"}),
            pipeline(inner, namespace="forest", outputs={"score": "forest_score"}),
        ]
    )

    assert names(made) == ["tree.train", "forest.train", "tree.join", "forest.join"]
    assert made.inputs == ("small", "rows")
    assert made.outputs == ("tree.score", "forest_score")
    assert made.parameters == ("params:tree.p", "params:p")


def test_a_fan_out_stays_one_when_it_is_renamed() -> None:
    inner = pipeline([node(train, each("months"), "models")])

    made = pipeline(inner, namespace="a", inputs={"months": "weeks"})

    assert made.nodes[0].inputs[0].each
    assert made.inputs == ("weeks",)


def test_names_in_a_namespace_below_another_grow_to_the_left() -> None:
    inner = pipeline([node(train, "rows", "model")], namespace="b")

    assert names(pipeline(inner, namespace="a")) == ["a.b.train"]
    assert pipeline(inner, namespace="a").outputs == ("a.b.model",)


def test_renaming_what_is_not_there_is_refused_with_the_nearest() -> None:
    inner = pipeline([node(train, "rows", "model"), node(join, "params:depth", "x")])

    for given, said, hint in [
        ({"inputs": {"rowz": "a"}}, "reads no dataset `rowz`", "did you mean `rows`?"),
        ({"inputs": {"model": "a"}}, "reads no dataset `model`", None),
        ({"outputs": {"modell": "a"}}, "makes no dataset `modell`", "did you mean `model`?"),
        ({"parameters": {"deph": "a"}}, "no parameter `params:deph`", "`params:depth`"),
    ]:
        with pytest.raises(DefinitionError) as raised:
            pipeline(inner, **given)  # type: ignore[arg-type]  # one of several
        assert said in str(raised.value)
        assert hint is None or hint in str(raised.value.hint)


@pytest.mark.parametrize("name", ["../up", "two words", "", "a/b"])
def test_nothing_is_renamed_to_what_is_no_name(name: str) -> None:
    inner = pipeline([node(train, "rows", "model")])

    for given in ({"inputs": {"rows": name}}, {"outputs": {"model": name}}, {"namespace": name}):
        with pytest.raises(DefinitionError, match=r"cannot be (the name of|called)"):
            pipeline(inner, **given)  # type: ignore[arg-type]  # one of several


def test_a_dataset_does_not_become_a_parameter() -> None:
    inner = pipeline([node(train, "rows", "model")])

    with pytest.raises(DefinitionError, match=re.escape("cannot be called `params:rows`")):
        pipeline(inner, inputs={"rows": "params:rows"})


def test_renaming_two_datasets_to_one_has_two_makers() -> None:
    inner = pipeline([node(train, "rows", ["a", "b"])])

    with pytest.raises(DefinitionError, match="made by two nodes"):
        pipeline(inner, outputs={"a": "c", "b": "c"})


def test_a_namespace_that_closes_a_ring_is_found() -> None:
    with pytest.raises(CycleError):
        pipeline([node(train, "one.model", "model")], namespace="one")


def test_tags_are_given_to_all_nodes() -> None:
    made = pipeline([node(train, "rows", "model", tags="a")], tags=["b"])

    assert made.nodes[0].tags == {"a", "b"}


# Values


def test_a_pipeline_is_a_value() -> None:
    assert pipeline(chain(3)) == pipeline(reversed(chain(3)))
    assert hash(pipeline(chain(3))) == hash(pipeline(reversed(chain(3))))
    assert pipeline(chain(3)) != pipeline(chain(4))
    assert pipeline(chain(3)) != chain(3)


def test_a_pipeline_shows_some_of_its_nodes() -> None:
    assert repr(pipeline(chain(1))) == "Pipeline(train)"
    assert repr(pipeline(chain(9))).endswith(", ...)")


def test_nodes_are_found_by_name() -> None:
    made = pipeline([node(train), node(tell, "train", "told")])

    assert "train" in made
    assert made["tell"].makes == ["told"]


# Size


def work(n: int) -> int:
    """How many calls building takes, as a clock that a busy machine does not slow down."""
    counted = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    nodes = chain(n)
    sys.setprofile(count)
    try:
        made = Pipeline(reversed(nodes))
        _ = made | made, made - made, made.inputs
    finally:
        sys.setprofile(None)
    return counted


def test_the_work_of_building_grows_with_the_number_of_nodes() -> None:
    assert work(2000) < 10.5 * work(200)


@pytest.mark.slow
def test_a_pipeline_of_a_hundred_thousand_nodes_is_a_hundred_times_one_of_a_thousand() -> None:
    assert work(100_000) < 105 * work(1000)


def test_a_ring_of_many_nodes_is_found_and_told_shortly() -> None:
    ring = [*chain(20_000), node(train, "d20000", "d0")]

    with pytest.raises(CycleError) as raised:
        Pipeline(ring)

    assert len(raised.value.nodes) == 20_001
    assert len(str(raised.value)) < 1000
