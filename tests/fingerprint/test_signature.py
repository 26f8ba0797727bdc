from __future__ import annotations

import functools
import importlib
import sys
import textwrap

import pytest

from tilth.errors import UnknownNameError
from tilth.fingerprint.function import Sources
from tilth.fingerprint.inspection import signature_of_object
from tilth.installed import Installed

SHAPES = {
    "shapes/__init__.py": "",
    "shapes/nodes.py": '''
        from __future__ import annotations

        import functools
        import typing
        import typing as t
        from collections.abc import Iterator
        from dataclasses import dataclass
        from pathlib import Path
        from typing import Annotated, Any, Literal, NamedTuple, Optional, TypedDict, Union

        import numpy as np
        import pandas as pd
        import polars as pl
        from polars import LazyFrame

        from . import more
        from .more import Settings, keep, replace

        Frame = pl.DataFrame
        Frames = dict[str, Frame]

        @dataclass
        class Parts:
            train: pl.DataFrame
            test: pl.DataFrame

        class Pair(NamedTuple):
            left: int
            right: int = 0

        class Keys(TypedDict):
            a: int

        def clean(flights: pl.DataFrame, rates: dict[str, pd.DataFrame], late_after: int = 15,
                  *rest: int, settings: Settings, mode: Literal["a", "b"] = "a", limit=np.inf,
                  **more: Any) -> pl.DataFrame:
            """Clean flights.

            More.
            """
            return flights

        def only(a, /, b, *, c=None): ...
        def nothing() -> None: ...
        def aliased(a: Frame, b: Frames) -> Frame: ...
        def choice(a: int | None, b: Optional[LazyFrame], c: Union[int, str],
                   d: "Frame | None"): ...
        def quoted(a: "pl.DataFrame", b: list["Settings"]) -> "more.Settings": ...
        def nested(a: t.Annotated[typing.List[int], 3], b: typing.Callable[[int], str]): ...
        def two() -> tuple[pl.DataFrame, np.ndarray]: ...
        def many() -> tuple[int, ...]: ...
        def parts() -> Parts: ...
        def pair() -> Pair: ...
        def keys() -> Keys: ...
        def generated(path: Path) -> Iterator[int]:
            def inner():
                yield 1
            for each in inner():
                yield each
        def not_generated():
            return lambda: (yield 1)
        async def waits(): ...

        @functools.lru_cache(maxsize=3)
        def cached(a: int): ...

        @keep
        def kept(a: int): ...

        @more.keep_with(3)
        def kept_with(a: int): ...
    ''',
    "shapes/more.py": '''
        import functools
        from dataclasses import dataclass, field
        from typing import ClassVar
        import pydantic

        @dataclass
        class Base:
            kind: ClassVar[int] = 1
            depth: int

        @dataclass(kw_only=True)
        class Settings(Base):
            """Settings."""
            rate: float = 0.1
            names: list[str] = field(default_factory=list)
            must: int = field(repr=False)

        class Model(pydantic.BaseModel):
            rate: float = pydantic.Field(gt=0)
            size: int = 3

        class Plain:
            def __init__(self, a: int, b=2): ...
            def go(self, x: int): ...
            @classmethod
            def make(cls, x: int): ...
            @staticmethod
            def fresh(x: int): ...

        class Child(Plain): ...

        class Odd: ...

        def keep(function):
            @functools.wraps(function)
            def inner(*args, **kwargs):
                return function(*args, **kwargs)
            return inner

        def keep_with(n):
            def wrap(function):
                from functools import wraps
                @wraps(function)
                def inner(*args):
                    return function(*args)
                return inner
            return wrap

        def replace(function):
            def inner(*args):
                return function(*args)
            return inner

        @replace
        def replaced(a): ...

        half = functools.partial(keep, 1)
        second = keep
        third = lambda x, y=2: x

        if half:
            def twice(a): ...
        else:
            def twice(a, b): ...
    ''',
}


@pytest.fixture
def shapes(write):
    return Sources([write(SHAPES)])


def written(told):
    """An annotation as full names."""
    if told is None:
        return None
    inner = ", ".join(written(each) for each in told.args)
    name = told.text if told.origin in ("=", "") else told.origin
    return f"{name}[{inner}]" if told.args else name


def parameters(told):
    return {each.name: written(each.annotation) for each in told.parameters}


def test_parameters_are_read(shapes):
    told = shapes.signature("shapes.nodes.clean")

    assert told.complete
    assert [(each.name, each.kind, each.has_default) for each in told.parameters] == [
        ("flights", "any", False),
        ("rates", "any", False),
        ("late_after", "any", True),
        ("rest", "rest", False),
        ("settings", "keyword only", False),
        ("mode", "keyword only", True),
        ("limit", "keyword only", True),
        ("more", "rest by keyword", False),
    ]
    assert parameters(told) == {
        "flights": "polars.DataFrame",
        "rates": "dict[str, pandas.DataFrame]",
        "late_after": "int",
        "rest": "int",
        "settings": "shapes.more.Settings",
        "mode": "typing.Literal['a', 'b']",
        "limit": None,
        "more": "typing.Any",
    }
    assert written(told.returns) == "polars.DataFrame"
    assert told.arity is None
    assert told.return_fields is None


def test_defaults_are_told_where_they_are_literals(shapes):
    told = {each.name: each for each in shapes.signature("shapes.nodes.clean").parameters}

    assert (told["late_after"].default, told["late_after"].default_known) == (15, True)
    assert (told["limit"].default, told["limit"].default_known) == (None, False)


def test_words_and_place_are_told(shapes):
    told = shapes.signature("shapes.nodes:clean")

    assert told.summary == "Clean flights."
    assert told.doc == "Clean flights.\n\nMore."
    assert (told.file, told.line) == ("src/shapes/nodes.py", 34)


ANNOTATIONS = {
    "only": {"a": None, "b": None, "c": None},
    "aliased": {"a": "polars.DataFrame", "b": "dict[str, polars.DataFrame]"},
    "choice": {
        "a": "typing.Union[int, None]",
        "b": "typing.Union[polars.LazyFrame, None]",
        "c": "typing.Union[int, str]",
        "d": "typing.Union[polars.DataFrame, None]",
    },
    "quoted": {"a": "polars.DataFrame", "b": "list[shapes.more.Settings]"},
    "nested": {"a": "list[int]", "b": "typing.Callable[[][int], str]"},
    "cached": {"a": "int"},
    "kept": {"a": "int"},
    "kept_with": {"a": "int"},
}


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_annotations_are_resolved(shapes, name):
    told = shapes.signature(f"shapes.nodes.{name}")

    assert parameters(told) == ANNOTATIONS[name]
    assert told.complete


@pytest.mark.parametrize(
    ("name", "returns", "arity", "fields"),
    [
        ("nothing", "None", None, None),
        ("only", None, None, None),
        ("quoted", "shapes.more.Settings", None, ("depth", "rate", "names", "must")),
        ("two", "tuple[polars.DataFrame, numpy.ndarray]", 2, None),
        ("many", "tuple[int, ...]", None, None),
        ("parts", "shapes.nodes.Parts", None, ("train", "test")),
        ("pair", "shapes.nodes.Pair", None, ("left", "right")),
        ("keys", "shapes.nodes.Keys", None, ("a",)),
    ],
)
def test_what_comes_back_is_read(shapes, name, returns, arity, fields):
    told = shapes.signature(f"shapes.nodes.{name}")

    assert written(told.returns) == returns
    assert told.arity == arity
    assert told.return_fields == fields


def test_generators_are_told(shapes):
    assert shapes.signature("shapes.nodes.generated").is_generator
    assert not shapes.signature("shapes.nodes.not_generated").is_generator
    assert shapes.signature("shapes.nodes.waits").is_async


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("replaced", "its decorator `replace` may change it"),
        ("half", "`half` is made by `functools.partial(keep, 1)`"),
        ("twice", "`twice` is bound 2 times"),
        ("Odd", "it is a class whose making is not told by its fields"),
        ("Child.go", "`Child.go` is inherited"),
    ],
)
def test_where_reading_is_not_enough_it_says_why(shapes, name, why):
    told = shapes.signature(f"shapes.more.{name}")

    assert not told.complete
    assert told.why_incomplete == why


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("second", ["function"]),
        ("third", ["x", "y"]),
        ("Plain", ["a", "b"]),
        ("Plain.go", ["self", "x"]),
        ("Plain.make", ["x"]),
        ("Plain.fresh", ["x"]),
        ("Settings", ["depth", "rate", "names", "must"]),
    ],
)
def test_other_callables_are_read(shapes, name, expected):
    told = shapes.signature(f"shapes.more.{name}")

    assert [each.name for each in told.parameters] == expected
    assert told.complete


def test_annotations_are_resolved_though_the_library_is_missing(write):
    told = Sources([write(SHAPES)], path=[], installed=Installed([]))

    assert parameters(told.signature("shapes.nodes.aliased")) == ANNOTATIONS["aliased"]


def test_a_function_of_a_library_is_not_read(shapes):
    told = shapes.signature("pandas.read_csv")

    assert not told.complete
    assert told.why_incomplete == "it is not the project's own code"


@pytest.mark.parametrize("name", ["cleen", "Parts.cleen"])
def test_an_unknown_name_is_told(shapes, name):
    with pytest.raises(UnknownNameError):
        shapes.signature(f"shapes.nodes.{name}")


def test_fields_of_a_dataclass_are_read(shapes):
    told = shapes.fields("shapes.more.Settings")

    assert (told.kind, told.complete, told.doc) == ("dataclass", True, "Settings.")
    assert [(each.name, written(each.annotation), each.has_default) for each in told.fields] == [
        ("depth", "int", False),
        ("rate", "float", True),
        ("names", "list[str]", True),
        ("must", "int", False),
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("more.Model", "model"), ("nodes.Pair", "named tuple"), ("nodes.Keys", "typed dict")],
)
def test_kinds_of_classes_are_told(shapes, name, kind):
    told = shapes.fields(f"shapes.{name}")

    assert told.kind == kind
    assert told.complete


def test_the_fields_of_a_function_are_refused(shapes):
    with pytest.raises(UnknownNameError, match="there is no class `clean`"):
        shapes.fields("shapes.nodes.clean")


@pytest.mark.parametrize(
    "name",
    [
        "clean",
        "only",
        "nothing",
        "aliased",
        "choice",
        "quoted",
        "nested",
        "two",
        "many",
        "parts",
        "pair",
        "keys",
        "generated",
        "waits",
        "cached",
        "kept",
    ],
)
def test_reading_and_asking_the_object_agree(shapes, write, name, monkeypatch):
    monkeypatch.syspath_prepend(write({}))
    for each in [each for each in sys.modules if each.partition(".")[0] == "shapes"]:
        monkeypatch.delitem(sys.modules, each)
    module = importlib.import_module("shapes.nodes")
    read = shapes.signature(f"shapes.nodes.{name}")

    asked = signature_of_object(getattr(module, name))

    assert parameters(asked) == parameters(read)
    assert written(asked.returns) == written(read.returns)
    assert asked.return_fields == read.return_fields
    assert [(each.name, each.kind, each.has_default) for each in asked.parameters] == [
        (each.name, each.kind, each.has_default) for each in read.parameters
    ]
    assert (asked.ref, asked.doc, asked.line) == (read.ref, read.doc, read.line)
    assert (asked.is_generator, asked.is_async) == (read.is_generator, read.is_async)


def test_a_partial_is_asked_for_what_it_still_takes():
    told = signature_of_object(functools.partial(textwrap.indent, prefix="  "))

    assert [each.name for each in told.parameters] == ["text", "prefix", "predicate"]
    assert told.complete
