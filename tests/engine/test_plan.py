"""What would run is told without running: what follows from what is not known yet."""

from __future__ import annotations

from tilth import node, pipeline
from tilth.engine.plan import Planned, plan
from tilth.engine.reason import Reason


def step(*inputs):
    return list(inputs)


NODES = pipeline(
    [
        node(step, [], "a", name="a"),
        node(step, ["a"], "b", name="b"),
        node(step, ["b"], "c", name="c"),
        node(step, [], "other", name="other"),
    ]
)


def decide(reasons, asked=None):
    def decided(each):
        if asked is not None:
            asked.append(each.name)
        return Planned(each, reasons.get(each.name), seconds=2.0)

    return decided


def test_where_all_results_hold_nothing_runs():
    planned = plan(NODES, decide({}), {})
    assert planned.runs == []
    assert [each.node.name for each in planned.reused] == [each.name for each in NODES]
    assert planned.seconds == 0


def test_what_comes_after_a_node_that_runs_waits_and_is_not_asked_for():
    asked: list[str] = []
    planned = plan(NODES, decide({"a": Reason.CODE_CHANGED}, asked), {})
    assert {each.node.name: each.reason for each in planned.nodes} == {
        "a": Reason.CODE_CHANGED,
        "b": Reason.UPSTREAM,
        "c": Reason.UPSTREAM,
        "other": None,
    }
    assert sorted(asked) == ["a", "other"]


def test_the_time_that_it_took_last_time_is_summed_over_what_runs():
    planned = plan(NODES, decide({"other": Reason.FORCED, "c": Reason.FORCED}), {})
    assert planned.seconds == 4.0


def test_what_waits_is_counted_with_the_time_that_it_took():
    planned = plan(NODES, decide({"b": Reason.CODE_CHANGED}), {"c": 30.0})
    assert [each.seconds for each in planned.runs] == [2.0, 30.0]
    assert planned.seconds == 32.0


def test_a_plan_of_nothing_is_empty():
    assert plan(pipeline([]), decide({}), {}).nodes == []
