from __future__ import annotations

import pytest

from tilth.errors import UnknownNameError
from tilth.history.lineage import Version, downstream, upstream
from tilth.history.stores.memory import MemoryHistory
from tilth.history.stores.sql import SqlHistory
from tilth.testing.histories import a_node_run, a_run, made


@pytest.fixture(params=["memory", "sql"])
def history(request, tmp_path):
    if request.param == "memory":
        yield MemoryHistory()
        return
    with SqlHistory(tmp_path / "history.db") as history:
        yield history


@pytest.fixture
def run(history):
    return history.begin(a_run(), {})


def ran(history, run, node, inputs, outputs, identity="1"):
    """Record that a node read and made these, written as `dataset=content`."""

    def pairs(text):
        return [each.split("=") for each in text.split()]

    return history.record(
        a_node_run(
            run,
            node,
            identity,
            inputs={name: f"bytes:{content}" for name, content in pairs(inputs)},
            outputs=tuple(made(name, content) for name, content in pairs(outputs)),
        )
    )


def shown(lineage):
    return [
        (
            f"{step.version.dataset}={step.version.fingerprint[6:]}",
            step.maker and step.maker.node,
            " ".join(f"{each.dataset}={each.fingerprint[6:]}" for each in step.next),
        )
        for step in lineage.steps.values()
    ]


@pytest.fixture
def diamond(history, run):
    """Two sources, two nodes side by side, one that joins them."""
    ran(history, run, "clean", "raw=r", "rows=1")
    ran(history, run, "label", "raw=r extra=e", "labels=2 report=3")
    ran(history, run, "train", "rows=1 labels=2", "model=4")
    return history


def test_upstream_leads_back_to_the_sources_each_version_once(diamond):
    lineage = upstream(diamond, "bytes:4")

    assert lineage.start == Version("model", "bytes:4")
    assert lineage.complete
    assert shown(lineage) == [
        ("model=4", "train", "rows=1 labels=2"),
        ("rows=1", "clean", "raw=r"),
        ("labels=2", "label", "raw=r extra=e"),
        ("raw=r", None, ""),
        ("extra=e", None, ""),
    ]
    assert lineage.ends() == [Version("raw", "bytes:r"), Version("extra", "bytes:e")]


def test_downstream_leads_to_all_that_was_made_of_it(diamond):
    lineage = downstream(diamond, "bytes:e")

    assert lineage.start == Version("extra", "bytes:e")
    assert shown(lineage) == [
        ("extra=e", None, "labels=2 report=3"),
        ("labels=2", "label", "model=4"),
        ("report=3", "label", ""),
        ("model=4", "train", ""),
    ]


def test_bytes_that_nobody_knows_have_no_lineage(history, run):
    for ask in (upstream, downstream):
        with pytest.raises(UnknownNameError, match="there is no version `bytes:x`"):
            ask(history, "bytes:x")


def test_a_copy_is_not_its_own_maker(history, run):
    ran(history, run, "load", "raw=r", "a=x")
    ran(history, run, "copy", "a=x", "b=x")

    assert shown(upstream(history, "bytes:x")) == [
        ("b=x", "copy", "a=x"),
        ("a=x", "load", "raw=r"),
        ("raw=r", None, ""),
    ]
    assert shown(upstream(history, "bytes:x", dataset="a"))[0] == ("a=x", "load", "raw=r")
    assert shown(downstream(history, "bytes:x", dataset="a")) == [
        ("a=x", "load", "b=x"),
        ("b=x", "copy", ""),
    ]


def test_the_maker_is_the_last_before_it_was_read(history, run):
    ran(history, run, "load", "raw=old", "rows=x")
    first = ran(history, run, "train", "rows=x", "model=m")
    again = history.begin(a_run(), {})
    ran(history, again, "load", "raw=new", "rows=x", "2")

    lineage = upstream(history, "bytes:m")

    assert lineage.steps[lineage.start].maker.id == first.id
    assert lineage.ends() == [Version("raw", "bytes:old")]


def test_what_a_later_run_made_may_have_been_read_by_an_earlier_one(history, run):
    later = history.begin(a_run(), {})
    ran(history, later, "load", "raw=r", "rows=x")
    ran(history, run, "train", "rows=x", "model=m")

    assert upstream(history, "bytes:m").ends() == [Version("raw", "bytes:r")]


def test_a_circle_of_equal_bytes_ends(history, run):
    ran(history, run, "there", "a=x", "b=y")
    ran(history, run, "back", "b=y", "a=x")

    assert len(upstream(history, "bytes:x").steps) == 2
    assert len(downstream(history, "bytes:x").steps) == 2


def test_a_lineage_can_be_cut(diamond):
    lineage = upstream(diamond, "bytes:4", n=2)

    assert [name for name, _, _ in shown(lineage)] == ["model=4", "rows=1"]
    assert not lineage.complete


def test_a_long_chain_is_followed_to_its_end(history, run):
    for i in range(1500):
        ran(history, run, f"node{i}", f"d{i}={i}", f"d{i + 1}={i + 1}")

    assert upstream(history, "bytes:1500").ends() == [Version("d0", "bytes:0")]
    assert downstream(history, "bytes:0").ends() == [Version("d1500", "bytes:1500")]
