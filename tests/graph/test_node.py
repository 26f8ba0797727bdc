"""What a node is made of, and what it refuses."""

from __future__ import annotations

import pickle
from fnmatch import fnmatch
from functools import partial, wraps
from typing import Any

import pytest

from tilth import each, node
from tilth.errors import DefinitionError
from tilth.graph.input import NOTHING
from tilth.graph.node import Node
from tilth.graph.options import DEFAULT


def clean(flights: Any, weather: Any, late_after: int = 15) -> Any: ...
def only_by_position(first: Any, second: int = 0, third: int = 0, /, last: int = 0) -> Any: ...
def only_by_name(table: Any, *, depth: int, width: int = 1) -> Any: ...
def many(first: Any, *others: Any) -> Any: ...
def anything(first: Any = 0, **named: Any) -> Any: ...
def nothing() -> Any: ...


def arguments(made: Node) -> dict[str | int, str]:
    return {each.argument: each.name for each in made.inputs}


def refusal(*positional: Any, **named: Any) -> DefinitionError:
    with pytest.raises(DefinitionError) as raised:
        node(*positional, **named)
    return raised.value


# What is left out


def test_inputs_default_to_the_arguments_without_a_default() -> None:
    assert arguments(node(clean)) == {"flights": "flights", "weather": "weather"}


def test_the_output_and_the_name_default_to_the_function_s_name() -> None:
    made = node(clean)

    assert (made.name, made.makes, made.named) == ("clean", ["clean"], False)


def test_a_function_without_arguments_reads_nothing() -> None:
    assert node(nothing).inputs == ()


def test_rest_arguments_are_not_inputs_by_default() -> None:
    assert arguments(node(many)) == {"first": "first"}
    assert arguments(node(anything)) == {}


def test_what_goes_by_position_only_does_so_by_default_too() -> None:
    assert arguments(node(only_by_position)) == {0: "first"}


# The lenient forms


def test_one_name_stands_for_a_list_of_one() -> None:
    assert node(many, "rows", "kept") == node(many, ["rows"], ["kept"])


def test_a_list_goes_by_position_and_a_mapping_by_argument() -> None:
    by_position = node(clean, ["a", "b", "params:late"])
    by_argument = node(clean, {"late_after": "params:late", "weather": "b", "flights": "a"})

    assert by_position == by_argument
    assert arguments(by_position) == {"flights": "a", "weather": "b", "late_after": "params:late"}


def test_inputs_may_be_a_tuple() -> None:
    assert node(clean, ("a", "b")) == node(clean, ["a", "b"])


def test_a_literal_is_given_as_it_is() -> None:
    made = node(clean, {"flights": "a", "weather": "b", "late_after": {"value": None}})

    assert made.inputs[2].value is None
    assert made.inputs[0].value is NOTHING
    assert made.reads == ["a", "b"]


def test_parameters_are_no_datasets() -> None:
    made = node(clean, ["a", "params:weather.station", "params"])

    assert made.reads == ["a"]
    assert [each.is_parameter for each in made.inputs] == [False, True, True]


@pytest.mark.parametrize("given", [each("flights"), {"each": "flights"}])
def test_each_makes_a_node_run_per_partition(given: Any) -> None:
    made = node(many, [given])

    assert made.fans_out
    assert made.reads == ["flights"]


def test_several_outputs_are_a_tuple_and_named_ones_a_mapping() -> None:
    split = node(many, "rows", ["train", "test"])
    fitted = node(many, "rows", {"model": "tree", "score": "tree_score"})

    assert [(each.name, each.key) for each in split.outputs] == [("train", 0), ("test", 1)]
    assert [(each.name, each.key) for each in fitted.outputs] == [
        ("tree", "model"),
        ("tree_score", "score"),
    ]


def test_one_output_in_a_mapping_is_a_part_and_in_a_list_the_whole() -> None:
    assert node(many, "rows", {"model": "tree"}).outputs[0].key == "model"
    assert node(many, "rows", ["tree"]).outputs[0].key is None


def test_a_node_may_keep_nothing() -> None:
    assert node(many, "rows", []).outputs == ()


def test_tags_may_be_one_word() -> None:
    assert node(clean, tags="daily") == node(clean, tags=["daily"])
    assert node(clean, tags="daily") != node(clean)


# Signatures of every kind


def test_what_goes_by_position_only_is_told_by_its_position() -> None:
    assert arguments(node(only_by_position, ["a", "b"])) == {0: "a", 1: "b"}
    assert arguments(node(only_by_position, {"last": "c", "first": "a"})) == {0: "a", "last": "c"}


def test_no_argument_before_a_positional_one_may_be_left_out() -> None:
    error = refusal(only_by_position, {"first": "a", "third": "c"})

    assert "gives its function `third`, but not `second`" in str(error)


def test_more_inputs_than_arguments_go_to_the_rest() -> None:
    made = node(many, ["a", "b", "c"])

    assert arguments(made) == {0: "a", 1: "b", 2: "c"}


def test_named_arguments_that_a_function_takes_openly_come_last() -> None:
    made = node(anything, {"depth": "params:depth", "first": "a"})

    assert arguments(made) == {"first": "a", "depth": "params:depth"}


def test_keyword_only_arguments_are_given_by_name() -> None:
    assert arguments(node(only_by_name, {"table": "t", "depth": "params:d"})) == {
        "table": "t",
        "depth": "params:d",
    }
    assert "by name" in str(refusal(only_by_name, ["t", "params:d"]).hint)


def test_what_a_partial_has_given_already_has_a_default() -> None:
    made = node(partial(clean, weather=None))

    assert (made.name, arguments(made)) == ("clean", {"flights": "flights"})
    assert not made.function.importable


def test_a_lambda_is_called_lambda() -> None:
    made = node(lambda rows: rows)

    assert (made.name, made.reads, made.function.importable) == ("lambda", ["rows"], False)


def test_a_decorated_function_takes_what_it_wraps_takes() -> None:
    @wraps(clean)
    def timed(*positional: Any, **named: Any) -> Any: ...

    assert node(timed).reads == ["flights", "weather"]


def test_a_callable_object_and_a_bound_method_lose_self() -> None:
    class Model:
        def __call__(self, rows: Any) -> Any: ...

        def fit(self, rows: Any, labels: Any) -> Any: ...

    assert node(Model()).reads == ["rows"]
    assert node(Model().fit).reads == ["rows", "labels"]


# What is refused


def test_too_many_inputs_are_refused_with_what_the_function_takes() -> None:
    error = refusal(clean, ["a", "b", "c", "d"])

    assert str(error) == (
        "node `clean` has 4 inputs, but its function takes 3: "
        "`flights`, `weather`, `late_after (optional)`"
    )


def test_too_few_inputs_are_refused_with_the_first_that_is_missing() -> None:
    assert "gives its function no `weather`" in str(refusal(clean, "a"))
    assert "gives its function no `weather`" in str(refusal(clean, {"flights": "a"}))


def test_an_argument_that_a_function_lacks_is_refused_with_the_nearest() -> None:
    error = refusal(clean, {"flights": "a", "wether": "b"})

    assert "gives its function `wether`, which it does not take" in str(error)
    assert error.hint == "did you mean `weather`?"


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "two words",
        "../secret",
        "a/b",
        "a\\b",
        ".a",
        "a.",
        "a..b",
        "-a",
        "a\n",
        "a\0b",
        "~",
    ],
)
def test_a_name_that_is_a_path_or_cannot_be_typed_is_refused(name: str) -> None:
    refusal(many, name)
    refusal(many, "rows", name)
    refusal(many, "rows", name=name)
    refusal(many, each(name))


@pytest.mark.parametrize(
    "name", ["rows", "rows_2", "Größe", "航班", "a.b.c", "a-b", "f:rows", "2013"]
)
def test_names_may_be_of_any_script_with_dots_between_namespaces(name: str) -> None:
    made = node(many, name, name, name=name)

    assert (made.name, made.reads, made.makes) == (name, [name], [name])


@pytest.mark.parametrize("given", [3, object(), [3], {"first": 3}, [{"odd": 1}], [None]])
def test_an_input_that_names_nothing_is_refused(given: Any) -> None:
    assert "\n" not in str(refusal(many, given))


@pytest.mark.parametrize("given", [3, [3], {"key": 3}, {"a", "b"}])
def test_an_output_that_names_nothing_is_refused(given: Any) -> None:
    refusal(many, "rows", given)


def test_parameters_are_not_made() -> None:
    assert "parameters are read only" in str(refusal(many, "rows", "params:depth"))
    assert "parameters are read only" in str(refusal(many, "rows", "params"))


def test_parameters_have_no_partitions() -> None:
    assert "no partitions" in str(refusal(many, each("params:depth")))


def test_a_dataset_is_read_as_a_whole_or_one_by_one() -> None:
    assert "as a whole" in str(refusal(many, [each("months"), "months"]))


def test_an_output_named_twice_is_refused() -> None:
    assert "names one of its outputs twice" in str(refusal(many, "rows", ["a", "a"]))


@pytest.mark.parametrize("given", ["shop.clean", 3, None])
def test_what_is_no_function_is_refused(given: Any) -> None:
    assert "a node needs a function" in str(refusal(given))


def test_a_callable_whose_arguments_nobody_knows_is_refused() -> None:
    error = refusal(max)

    assert "cannot be known" in str(error)
    assert error.hint == "wrap it into a function of your own"


# Options


def test_a_node_without_options_has_the_usual_ones() -> None:
    assert node(clean).options is DEFAULT


def test_options_are_kept() -> None:
    made = node(clean, retries=2, timeout=9.5, depends_on="sql/*.sql", resources={"gpu": 1})

    assert (made.options.retries, made.options.timeout) == (2, 9.5)
    assert made.options.depends_on == ("sql/*.sql",)
    assert made.options.resources == {"gpu": 1}


def test_an_unknown_option_is_refused_with_the_nearest() -> None:
    error = refusal(clean, retrys=2)

    assert str(error) == "node `clean` has no option `retrys`"
    assert error.hint == "did you mean `retries`?"


@pytest.mark.parametrize(
    "option",
    [
        {"retries": -1},
        {"retries": 1.5},
        {"retries": True},
        {"retry_wait": "1s"},
        {"timeout": 0},
        {"timeout": float("nan")},
        {"cache": "no"},
        {"refresh": -1},
        {"resources": ["gpu"]},
        {"resources": {"gpu": "one"}},
        {"depends_on": 3},
        {"depends_on": [3]},
        {"owner": None},
        {"tags": [""]},
        {"tags": [3]},
    ],
    ids=str,
)
def test_an_option_that_makes_no_sense_is_refused(option: dict[str, Any]) -> None:
    assert "clean" in str(refusal(clean, **option))


# Nodes as values


def test_nodes_are_compared_by_what_they_do() -> None:
    assert node(clean) == node(clean)
    assert hash(node(clean)) == hash(node(clean))
    assert node(clean) != node(clean, outputs="other")
    assert node(clean) != node(clean, cache=False)
    assert node(clean) != node(many)


def test_two_lambdas_are_two_functions() -> None:
    first, second = (node(each, "a", "b") for each in (lambda a: a, lambda a: -a))

    assert first != second
    assert first == first.renamed("other")


def test_a_name_counts_once_somebody_gave_it() -> None:
    assert node(clean).renamed("other") == node(clean)
    assert node(clean, name="one") != node(clean, name="two")
    assert node(clean, name="clean") != node(clean)


def test_a_copy_differs_in_one_thing_only() -> None:
    made = node(clean, ["a", "b"], "c", tags="x")
    copy = made.with_datasets({"a": "A", "c": "C", "unknown": "u"})

    assert (copy.reads, copy.makes) == (["A", "b"], ["C"])
    assert made.tagged(["y"]).tags == {"x", "y"}
    assert (made.reads, made.makes, made.tags) == (["a", "b"], ["c"], {"x"})


def test_a_namespace_ends_before_the_name_and_its_dataset() -> None:
    assert node(clean, name="a.b.clean").namespace == "a.b"
    assert node(clean, name="clean").namespace == ""
    assert node(clean).renamed("clean:left.rows").namespace == ""


def test_a_node_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match="name"):
        node(clean).name = "other"  # type: ignore[misc]  # that is the question


def test_a_node_of_an_importable_function_survives_pickling() -> None:
    made = node(fnmatch, ["a", "b"], "c")
    back = pickle.loads(pickle.dumps(made))

    assert back == made
    assert back.inputs[0].value is NOTHING
