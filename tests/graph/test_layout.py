from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.graph.layout import ROW_GAP, Box, Line, layout


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 14))
    boxes = [
        Box(
            name=f"b{i}",
            width=draw(st.integers(10, 200)),
            height=draw(st.integers(20, 90)),
            floating=draw(st.booleans()),
        )
        for i in range(n)
    ]
    pairs = [(i, j) for j in range(n) for i in range(j)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=30)) if pairs else []
    fed = {j for _, j in chosen}
    # What floats has nothing before it, as a source has not.
    boxes = [
        Box(name=b.name, width=b.width, height=b.height, floating=b.floating and i not in fed)
        for i, b in enumerate(boxes)
    ]
    return boxes, [Line(source=f"b{i}", port="out", target=f"b{j}") for i, j in chosen]


@settings(deadline=None, max_examples=150)
@given(graphs())
def test_boxes_never_overlap(graph):
    boxes, lines = graph
    placed = layout(boxes, lines)

    spans = [(*placed.places[each.name], each.width, each.height) for each in boxes]
    for i, (x, y, width, height) in enumerate(spans):
        for other_x, other_y, other_width, other_height in spans[:i]:
            apart_x = x + width <= other_x or other_x + other_width <= x
            apart_y = y + height + ROW_GAP <= other_y + 0.01 or (
                other_y + other_height + ROW_GAP <= y + 0.01
            )
            assert apart_x or apart_y


@settings(deadline=None, max_examples=150)
@given(graphs())
def test_every_line_runs_from_left_to_right_between_its_boxes(graph):
    boxes, lines = graph
    by_name = {each.name: each for each in boxes}
    placed = layout(boxes, lines)

    for line, points in zip(lines, placed.routes, strict=True):
        x, y = placed.places[line.source]
        assert points[0] == (x + by_name[line.source].width, y + by_name[line.source].height / 2)
        x, y = placed.places[line.target]
        assert points[-1] == (x, y + by_name[line.target].height / 2)
        assert [p[0] for p in points] == sorted(p[0] for p in points)


@settings(deadline=None)
@given(graphs())
def test_everything_is_inside_of_the_drawing(graph):
    boxes, lines = graph
    placed = layout(boxes, lines)

    for each in boxes:
        x, y = placed.places[each.name]
        assert x >= 0
        assert y >= -0.01
        assert x + each.width <= placed.width + 0.01
        assert y + each.height <= placed.height + 0.01


def test_the_same_graph_is_drawn_the_same():
    boxes = [Box(name=name, width=50, height=20) for name in "abcd"]
    lines = [Line(source=s, port="out", target=t) for s, t in ("ac", "bc", "cd", "ad")]

    assert layout(boxes, lines) == layout(boxes, lines)


def test_a_crossing_that_can_be_avoided_is():
    boxes = [Box(name=name, width=50, height=20) for name in "abxy"]
    lines = [Line(source="a", port="out", target="y"), Line(source="b", port="out", target="x")]

    places = layout(boxes, lines).places

    assert (places["a"][1] < places["b"][1]) == (places["y"][1] < places["x"][1])


def test_a_chain_is_a_straight_line():
    boxes = [
        Box(name=name, width=50, height=height)
        for name, height in zip("abc", (20, 60, 20), strict=True)
    ]
    lines = [Line(source=s, port="out", target=t) for s, t in ("ab", "bc")]

    for points in layout(boxes, lines).routes:
        assert len({round(y, 3) for _, y in points}) == 1


def test_a_source_stands_just_before_its_first_reader():
    boxes = [
        Box(name="late", width=10, height=10, floating=True),
        *(Box(name=name, width=50, height=20) for name in "abc"),
    ]
    lines = [
        Line(source=s, port="out", target=t) for s, t in (("a", "b"), ("b", "c"), ("late", "c"))
    ]

    places = layout(boxes, lines).places

    assert places["late"][0] == places["b"][0]


def test_nothing_is_drawn_of_nothing():
    assert layout([], []).width == 0
