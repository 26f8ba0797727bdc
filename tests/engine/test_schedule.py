"""What is ready, what starts first, and what can run no more: events in, instructions out."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth import node, pipeline
from tilth.engine.schedule import Schedule, ranks


def step(*inputs):
    return list(inputs)


def made(edges, **options):
    """A pipeline: node -> what it reads; each node makes a dataset of its name."""
    return pipeline(
        [
            node(step, inputs=list(reads), outputs=name, name=name, **options.get(name, {}))
            for name, reads in edges.items()
        ]
    )


DIAMOND = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}


def drained(schedule):
    ready = []
    while (each := schedule.ready()) is not None:
        ready.append(each.name)
    return ready


def test_a_node_is_ready_when_all_that_it_reads_is_made():
    nodes = made(DIAMOND)
    schedule = Schedule(nodes)
    assert drained(schedule) == ["a"]
    schedule.finished(nodes["a"])
    assert drained(schedule) == ["b", "c"]
    schedule.finished(nodes["c"])
    assert drained(schedule) == []
    schedule.finished(nodes["b"])
    assert drained(schedule) == ["d"]
    assert not schedule.is_over
    schedule.finished(nodes["d"])
    assert schedule.is_over


def test_a_node_that_reads_one_maker_twice_waits_for_it_once():
    nodes = pipeline(
        [
            node(step, [], ["x", "y"], name="a"),
            node(step, ["x", "y", "x"], "z", name="b"),
        ]
    )
    schedule = Schedule(nodes)
    drained(schedule)
    schedule.finished(nodes["a"])
    assert drained(schedule) == ["b"]


def test_finishing_twice_makes_nothing_ready_twice():
    nodes = made(DIAMOND)
    schedule = Schedule(nodes)
    drained(schedule)
    schedule.finished(nodes["a"])
    schedule.finished(nodes["a"])
    assert drained(schedule) == ["b", "c"]


def test_the_longest_remaining_path_starts_first():
    nodes = made({"short": [], "long": [], "after": ["long"]})
    schedule = Schedule(nodes, seconds={"short": 5.0, "long": 1.0, "after": 10.0})
    for each in ("short", "long"):
        schedule.queue(nodes[each], each)
    assert schedule.start()[1] == "long"
    assert schedule.start()[1] == "short"
    assert schedule.start() is None


def test_without_recorded_durations_the_order_of_the_pipeline_holds():
    nodes = made({"a": [], "b": [], "c": []})
    schedule = Schedule(nodes)
    for each in ("c", "a", "b"):
        schedule.queue(nodes[each], each)
    assert [schedule.start()[1] for _ in range(3)] == ["a", "b", "c"]


def test_where_a_duration_is_not_known_the_mean_of_the_others_counts():
    nodes = made(DIAMOND)
    feeds = {"a": [nodes["b"], nodes["c"]], "b": [nodes["d"]], "c": [nodes["d"]]}
    assert ranks(nodes, feeds, {"b": 1.0, "c": 3.0}) == {"a": 7.0, "b": 3.0, "c": 5.0, "d": 2.0}


def test_resources_bound_what_runs_at_once():
    nodes = made(
        {"a": [], "b": [], "c": []},
        a={"resources": {"gpu": 1}},
        b={"resources": {"gpu": 1}},
    )
    schedule = Schedule(nodes, resources={"gpu": 1})
    for each in ("a", "b", "c"):
        schedule.queue(nodes[each], each)
    assert [schedule.start()[1], schedule.start()[1]] == ["a", "c"]
    assert schedule.start() is None
    assert schedule.has_more
    schedule.release(nodes["a"])
    assert schedule.start()[1] == "b"


def test_a_resource_that_is_not_named_is_not_bounded():
    nodes = made({"a": [], "b": []}, a={"resources": {"gpu": 1}}, b={"resources": {"gpu": 1}})
    schedule = Schedule(nodes)
    for each in ("a", "b"):
        schedule.queue(nodes[each], each)
    assert {schedule.start()[1], schedule.start()[1]} == {"a", "b"}


def test_what_depends_on_a_failed_node_can_not_run_and_the_rest_can():
    nodes = made({**DIAMOND, "other": []})
    schedule = Schedule(nodes)
    drained(schedule)
    schedule.finished(nodes["a"])
    drained(schedule)
    assert [each.name for each in schedule.failed(nodes["b"])] == ["d"]
    assert schedule.failed(nodes["b"]) == []
    schedule.finished(nodes["c"])
    assert drained(schedule) == []
    schedule.finished(nodes["other"])
    assert schedule.is_over


def test_a_reader_waits_again_for_a_maker_that_must_run_again():
    nodes = made(DIAMOND)
    schedule = Schedule(nodes)
    drained(schedule)
    schedule.finished(nodes["a"])
    assert drained(schedule) == ["b", "c"]
    schedule.reopen(nodes["b"], [nodes["a"]])
    schedule.finished(nodes["c"])
    assert drained(schedule) == []
    schedule.finished(nodes["a"])
    assert drained(schedule) == ["b"], "and `c`, which had what it needs, is not ready twice"


def test_a_maker_that_runs_again_lets_nobody_go_who_waits_for_another():
    nodes = made({"a": [], "b": [], "early": ["a"], "late": ["a", "b"]})
    schedule = Schedule(nodes)
    drained(schedule)
    schedule.finished(nodes["a"])
    assert drained(schedule) == ["early"]
    schedule.reopen(nodes["early"], [nodes["a"]])
    schedule.finished(nodes["a"])
    assert drained(schedule) == ["early"], "`late` still waits for `b`"
    schedule.finished(nodes["b"])
    assert drained(schedule) == ["late"]


def test_two_readers_wait_for_one_maker_that_runs_again_once():
    nodes = made({"a": [], "b": ["a"], "c": ["a"]})
    schedule = Schedule(nodes)
    drained(schedule)
    schedule.finished(nodes["a"])
    drained(schedule)
    schedule.reopen(nodes["b"], [nodes["a"]])
    schedule.reopen(nodes["c"], [nodes["a"]])
    schedule.finished(nodes["a"])
    assert sorted(drained(schedule)) == ["b", "c"]


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 12))
    return {
        f"n{i}": draw(
            st.lists(st.sampled_from([f"n{j}" for j in range(i)]), unique=True, max_size=3)
        )
        if i
        else []
        for i in range(n)
    }


@given(graphs(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_whatever_runs_again_each_node_is_ready_once_all_that_it_reads_is_made(edges, random):
    nodes = made(edges)
    schedule = Schedule(nodes)
    done: set[str] = set()
    under_way: list[str] = []
    for _ in range(len(edges) * 20):
        ready = drained(schedule)
        assert all(set(edges[name]) <= done for name in ready)
        under_way += ready
        assert len(under_way) == len(set(under_way))
        if not under_way:
            break
        name = under_way.pop(random.randrange(len(under_way)))
        gone = [each for each in edges[name] if each in done or each in under_way]
        if gone and random.random() < 0.3:
            maker = random.choice(gone)
            schedule.reopen(nodes[name], [nodes[maker]])
            done.discard(maker)
            if maker not in under_way:
                under_way.append(maker)
        else:
            schedule.finished(nodes[name])
            done.add(name)
    under_way += drained(schedule)
    while under_way:
        name = under_way.pop()
        schedule.finished(nodes[name])
        done.add(name)
        under_way += drained(schedule)
    assert done == set(edges)
    assert schedule.is_over


def test_a_hundred_thousand_nodes_take_linear_time():
    def seconds(n):
        nodes = made({f"n{i}": [f"n{i - 1}"] if i else [] for i in range(n)})
        started = process_time()
        schedule = Schedule(nodes, seconds={"n0": 1.0})
        while (each := schedule.ready()) is not None:
            schedule.queue(each, each.name)
            schedule.start()
            schedule.release(each)
            schedule.finished(each)
        assert schedule.is_over
        return process_time() - started

    small, large = seconds(5_000), seconds(100_000)
    assert large < 60 * small + 0.5, (small, large)


@pytest.mark.parametrize("n", [0, 1])
def test_the_smallest_pipelines_are_over_at_once(n):
    nodes = made({f"n{i}": [] for i in range(n)})
    schedule = Schedule(nodes)
    for each in nodes:
        schedule.finished(each)
    assert schedule.is_over
