"""Laws that hold for all pipelines, and for all parts that one may ask for."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tilth.graph.node import Node, node
from tilth.graph.pipeline import Pipeline
from tilth.graph.select import Selection, select


def join(*tables: Any) -> Any: ...
def train(*tables: Any) -> Any: ...


@st.composite
def acyclic(draw: st.DrawFn) -> list[Node]:
    """Nodes in any order; each reads what others of them make, or what comes from outside."""
    made = []
    for i in range(draw(st.integers(0, 8))):
        known = [f"d{n}" for n in range(i)] + ["outside_a", "outside_b", "params:p"]
        made.append(
            node(
                draw(st.sampled_from([join, train])),
                draw(st.lists(st.sampled_from(known), max_size=3)),
                f"d{i}",
                name=draw(st.sampled_from([None, f"n{i}", f"left.n{i}", f"left.inner.n{i}"])),
                tags=draw(st.sets(st.sampled_from(["red", "blue"]))),
            )
        )
    return draw(st.permutations(made))


@st.composite
def parts(draw: st.DrawFn) -> tuple[Pipeline, Pipeline, Pipeline]:
    """Three pipelines, each of some nodes of one larger pipeline."""
    whole = draw(acyclic())
    chosen = [draw(st.sets(st.integers(0, 7))) for _ in range(3)]
    one, two, three = (Pipeline(n for i, n in enumerate(whole) if i in each) for each in chosen)
    return one, two, three


def names(pipeline: Pipeline) -> set[str]:
    return {each.name for each in pipeline}


# Order


@given(acyclic())
def test_each_node_comes_after_the_makers_of_what_it_reads(nodes: list[Node]) -> None:
    made = Pipeline(nodes)

    place = {each.name: i for i, each in enumerate(made)}
    for each in made:
        for dataset in each.reads:
            if dataset in made.makers:
                assert place[made.makers[dataset].name] < place[each.name]
    assert len(made) == len(nodes)


@given(acyclic(), st.randoms())
def test_the_order_of_nodes_in_a_list_does_not_matter(nodes: list[Node], random: Any) -> None:
    shuffled = list(nodes)
    random.shuffle(shuffled)

    assert Pipeline(nodes) == Pipeline(shuffled)
    assert names(Pipeline(nodes)) == names(Pipeline(shuffled))
    assert hash(Pipeline(nodes)) == hash(Pipeline(shuffled))


@given(acyclic())
def test_a_sorted_pipeline_keeps_its_order(nodes: list[Node]) -> None:
    made = Pipeline(nodes)

    assert Pipeline(made.nodes).nodes == made.nodes


# The algebra


@given(parts())
def test_union_is_idempotent_commutative_and_associative(
    given: tuple[Pipeline, Pipeline, Pipeline],
) -> None:
    a, b, c = given

    assert a | a == a
    assert a | b == b | a
    assert names(a | b) == names(b | a)
    assert (a | b) | c == a | (b | c)
    assert names((a | b) | c) == names(a | (b | c))
    assert a | Pipeline() == a
    assert sum([a, b, c]) == a | b | c


@given(parts())
def test_what_a_union_gained_can_be_taken_away(given: tuple[Pipeline, Pipeline, Pipeline]) -> None:
    a, b, _ = given

    assert (a | b) - b == a - b
    assert (a - b) | (a & b) == a
    assert (a - b) & b == Pipeline()
    assert a - a == Pipeline()


@given(parts())
def test_intersection_is_what_both_have(given: tuple[Pipeline, Pipeline, Pipeline]) -> None:
    a, b, c = given

    assert a & b == b & a
    assert a & a == a
    assert (a & b) & c == a & (b & c)
    assert a & (b | c) == (a & b) | (a & c)
    assert (a | b) & a == a


# Selection, against the same said in the plainest way


def reachable(pipeline: Pipeline, start: set[str], *, forwards: bool) -> set[str]:
    """By walking all edges again and again until nothing is new."""
    edges = {
        (maker.name, reader.name)
        for maker in pipeline
        for reader in pipeline
        if set(maker.makes) & set(reader.reads)
    }
    found = set(start)
    while True:
        more = {b if forwards else a for a, b in edges if (a if forwards else b) in found} - found
        if not more:
            return found
        found |= more


@given(acyclic(), st.data())
def test_from_nodes_gives_all_that_depends_on_them(nodes: list[Node], data: st.DataObject) -> None:
    whole = Pipeline(nodes)
    chosen = data.draw(st.sets(st.sampled_from(sorted(names(whole))))) if nodes else set()

    forwards = select(whole, Selection(from_nodes=tuple(chosen)))
    backwards = select(whole, Selection(to_nodes=tuple(chosen)))

    if chosen:
        assert names(forwards) == reachable(whole, chosen, forwards=True)
        assert names(backwards) == reachable(whole, chosen, forwards=False)
    else:
        assert forwards == backwards == whole


@given(acyclic(), st.data())
def test_from_inputs_and_to_outputs_follow_datasets(nodes: list[Node], data: st.DataObject) -> None:
    whole = Pipeline(nodes)
    if whole.readers:
        read = data.draw(st.sampled_from(sorted(whole.readers)))
        readers = {each.name for each in whole if read in each.reads}
        found = select(whole, Selection(from_inputs=(read,)))
        assert names(found) == reachable(whole, readers, forwards=True)
    if whole.makers:
        made = data.draw(st.sampled_from(sorted(whole.makers)))
        maker = {each.name for each in whole if made in each.makes}
        found = select(whole, Selection(to_outputs=(made,)))
        assert names(found) == reachable(whole, maker, forwards=False)


@given(acyclic(), st.data())
def test_what_is_given_narrows_together_and_keeps_the_order(
    nodes: list[Node], data: st.DataObject
) -> None:
    whole = Pipeline(nodes)
    if not nodes:
        return
    start, end, gone = (data.draw(st.sampled_from(sorted(names(whole)))) for _ in range(3))

    found = select(whole, Selection(from_nodes=(start,), to_nodes=(end,), without=(gone,)))

    both = reachable(whole, {start}, forwards=True) & reachable(whole, {end}, forwards=False)
    assert [each.name for each in found] == [
        each.name for each in whole if each.name in both - {gone}
    ]


@given(acyclic(), st.sampled_from(["red", "blue"]))
def test_tags_choose_the_nodes_that_have_one(nodes: list[Node], tag: str) -> None:
    whole = Pipeline(nodes)
    tagged = {each.name for each in whole if tag in each.tags}

    if tagged:
        assert names(select(whole, Selection(tags=(tag,)))) == tagged


# Copies with a change


@given(acyclic())
def test_a_namespace_parts_what_is_made_and_leaves_what_is_read(nodes: list[Node]) -> None:
    made = Pipeline(nodes)

    inside = made.namespaced("one")

    assert inside.inputs == made.inputs
    assert inside.parameters == made.parameters
    assert set(inside.makers) == {f"one.{each}" for each in made.makers}
    assert len(inside | made.namespaced("two")) == 2 * len(made)


@given(acyclic())
def test_renaming_back_gives_the_same_pipeline(nodes: list[Node]) -> None:
    made = Pipeline(nodes)
    there = {each: f"{each}_x" for each in (*made.datasets, *made.parameters)}

    assert made.renamed(there).renamed({new: old for old, new in there.items()}) == made


@given(acyclic())
def test_a_tag_more_changes_nothing_else(nodes: list[Node]) -> None:
    made = Pipeline(nodes)

    tagged = made.tagged("new")

    assert [each.name for each in tagged] == [each.name for each in made]
    assert all("new" in each.tags for each in tagged)
