"""Whether a parameter fits what a function asks for, told from source alone."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tilth.fingerprint.signature import Annotation, ClassFields, Field
from tilth.project.fit import misfits

WHOLE = Annotation(origin="int", text="int")
TREE = ClassFields(
    ref="shop:Tree",
    kind="dataclass",
    fields=(Field(name="depth", annotation=WHOLE, has_default=False),),
)


def fields_of(name: str) -> ClassFields | None:
    return TREE if name == "shop.Tree" else None


def of(origin: str, *args: Annotation) -> Annotation:
    return Annotation(origin=origin, args=args, text=origin)


def told(value: object, asked: Annotation) -> list[tuple[tuple[str | int, ...], str]]:
    return [(each.path, each.found) for each in misfits(value, asked, fields_of)]


LEAVES: list[tuple[Annotation, st.SearchStrategy[Any]]] = [
    (WHOLE, st.integers()),
    (of("float"), st.floats(allow_nan=False) | st.integers()),
    (of("str"), st.text()),
    (of("bool"), st.booleans()),
    (of("shop.Tree"), st.builds(lambda n: {"depth": n}, st.integers())),
    (of("pandas.Timestamp"), st.text()),
]


@st.composite
def fitting(draw: st.DrawFn, depth: int = 3) -> tuple[Annotation, Any]:
    """A type, and a value of it."""
    if depth == 0 or draw(st.booleans()):
        asked, values = draw(st.sampled_from(LEAVES))
        return asked, draw(values)
    asked, value = draw(fitting(depth - 1))
    kind = draw(st.sampled_from(["list", "dict", "optional", "annotated", "tuple"]))
    if kind == "list":
        return of("list", asked), [value] * draw(st.integers(0, 2))
    if kind == "dict":
        return of("dict", of("str"), asked), dict.fromkeys(draw(st.sets(st.text())), value)
    if kind == "tuple":
        return of("tuple", asked, WHOLE), [value, 3]
    if kind == "annotated":
        return of("typing.Annotated", asked), value
    return of("typing.Union", asked, of("None")), draw(st.sampled_from([value, None]))


@given(fitting())
def test_a_value_of_the_type_fits(pair: tuple[Annotation, Any]) -> None:
    asked, value = pair

    assert told(value, asked) == []


@given(fitting())
def test_something_else_in_a_list_is_told_with_its_position(pair: tuple[Annotation, Any]) -> None:
    asked, value = pair
    odd = object()

    found = told([value, odd], of("list", of("list", asked)))

    assert (1,) in [path for path, _ in found]


def test_true_is_no_number() -> None:
    assert told(True, WHOLE) == [((), "is `true`, not `int`")]


def test_nothing_fits_only_where_it_may() -> None:
    assert told(None, WHOLE) == [((), "is nothing, not `int`")]
    assert told(None, of("typing.Optional", WHOLE)) == []


def test_what_may_be_several_things_is_told_as_a_whole() -> None:
    choice = Annotation(origin="typing.Union", args=(WHOLE, of("str")), text="int | str")

    assert told(3.5, choice) == [((), "is `3.5`, not `int | str`")]


def test_all_that_is_wrong_with_a_class_is_told() -> None:
    assert told({"dept": 1}, of("shop.Tree")) == [
        (("dept",), "is no field of `Tree`"),
        ((), "lacks the field `depth` of `Tree`"),
    ]


def test_a_pair_has_two_values() -> None:
    pair = of("tuple", WHOLE, WHOLE)

    assert told([1, 2], pair) == []
    assert told([1, 2, 3], pair) == [((), "has 3 values, not 2")]
    assert told([1, "two"], pair) == [((1,), "is `'two'`, not `int`")]
    assert (
        told(
            [1, 2, 3],
            of(
                "tuple",
                WHOLE,
                of(
                    "...",
                ),
            ),
        )
        == []
    )


def test_a_type_that_nobody_knows_fits() -> None:
    assert told({"a": object()}, of("polars.DataFrame")) == []
    assert told(3, of("")) == []
