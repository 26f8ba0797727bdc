"""Values in memory are kept while somebody needs them, and watched while they are shared."""

from __future__ import annotations

import gc
import weakref

from tilth import each, node, pipeline
from tilth.engine.values import Values
from tilth.graph.node import NOTHING


def step(*inputs):
    return list(inputs)


NODES = pipeline(
    [
        node(step, [], "a", name="make"),
        node(step, ["a"], "b", name="first"),
        node(step, ["a", "a"], "c", name="second"),
        node(step, ["b"], "d", name="last"),
    ]
)


class Thing(list):
    """A value that can be watched."""


def through(values, name):
    """The node with this name has read what it reads."""
    values.finished(name, dict.fromkeys(NODES[name].reads))


def test_a_value_is_let_go_when_its_last_reader_has_finished():
    values = Values(NODES)
    thing = Thing([1])
    watched = weakref.ref(thing)
    values.put("a", thing)
    del thing
    through(values, "first")
    assert values.get("a") is not None
    through(values, "second")
    gc.collect()
    assert values.get("a") is None
    assert watched() is None


def test_a_reader_that_finishes_twice_counts_once():
    values = Values(NODES)
    values.put("a", [1])
    through(values, "first")
    through(values, "first")
    assert values.get("a") is not None


def test_a_value_that_nobody_reads_is_not_kept():
    values = Values(NODES)
    values.put("d", [1])
    assert values.get("d") is None


def test_a_value_that_is_wanted_is_kept_to_the_end():
    values = Values(NODES, ["d", "a"])
    values.put("d", [1])
    values.put("a", [2])
    for name in ("first", "second"):
        through(values, name)
    assert values.final == {"d": [1], "a": [2]}


def test_nothing_is_not_a_value():
    values = Values(NODES)
    values.put("a", NOTHING)
    assert values.get("a") is None


def test_only_what_is_shared_and_can_change_has_a_snapshot():
    values = Values(NODES)
    values.put("a", [1])
    values.put("b", [1])
    assert values.get("a").snapshot is not None
    assert values.get("b").snapshot is None
    values.put("a", (1, "x"))
    assert values.get("a").snapshot is None


def test_a_fan_out_reads_its_value_more_than_once():
    nodes = pipeline([node(step, [], "a", name="make"), node(step, [each("a")], "b", name="use")])
    values = Values(nodes)
    values.put("a", {"x": [1]})
    assert values.get("a").snapshot is not None
    assert values.is_wanted_again("a")


def test_calls_that_are_under_way_at_the_same_time_know_of_each_other():
    values = Values(NODES)
    values.reading(1)
    values.reading(2)
    assert values.read(1)
    values.reading(3)
    assert values.read(2)
    assert values.read(3)
    values.reading(4)
    assert not values.read(4)


def test_after_a_change_in_place_nothing_is_trusted_that_could_have_changed_unseen():
    values = Values(NODES)
    values.put("a", [1])
    values.put("b", [2])
    values.put("c", [3])
    values.distrust(["a"])
    assert values.get("a") is None, "it changed"
    assert values.get("b") is None, "it may share its memory with `a`"


def test_a_value_that_cannot_be_loaded_again_stays():
    values = Values(NODES)
    values.put("b", object(), kept=False)
    values.distrust(["a"])
    assert values.get("b") is not None


def test_no_change_is_no_reason_for_distrust():
    values = Values(NODES)
    values.put("b", [2])
    values.distrust([])
    assert values.get("b") is not None
