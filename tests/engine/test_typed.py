"""Typed parameters: what plain data becomes for a function that asks for more."""

from __future__ import annotations

import enum
import pickle
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from tilth.engine.typed import instance
from tilth.errors import DefinitionError, ParameterError

HERE = __name__


class Kind(enum.Enum):
    TREE = "tree"
    FOREST = "forest"


@dataclass
class Tree:
    depth: int
    width: int = 2


@dataclass
class Forest:
    trees: list[Tree] = field(default_factory=list)
    best: Tree | None = None
    weights: dict[str, float] = field(default_factory=dict)
    kind: Kind = Kind.TREE
    since: date | None = None
    page: Path = Path("page.html")

    @dataclass
    class Inner:
        n: int


class Leaf(BaseModel):
    n: int = Field(gt=0)


class Branch(BaseModel):
    leaf: Leaf = Leaf(n=1)
    length: float = Field(default=1.0, alias="how_long")


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a plain name, as a user's module is."""
    import sys

    monkeypatch.setitem(sys.modules, "orchard", sys.modules[HERE])


def refusal(kind: str, value: Any) -> ParameterError:
    with pytest.raises(ParameterError) as raised:
        instance(kind, value, "who")
    return raised.value


@pytest.mark.parametrize(
    ("kind", "value", "made"),
    [
        ("orchard.Tree", {"depth": 3}, Tree(3)),
        ("orchard.Tree", None, None),
        ("list[orchard.Tree]", [{"depth": 3}, {"depth": 4, "width": 1}], [Tree(3), Tree(4, 1)]),
        ("dict[str, orchard.Tree]", {"a": {"depth": 3}}, {"a": Tree(3)}),
        ("dict[str, list[orchard.Tree]]", {"a": [{"depth": 3}]}, {"a": [Tree(3)]}),
        (
            "orchard.Forest",
            {
                "trees": [{"depth": 1}],
                "best": {"depth": 2},
                "weights": {"late": 2},
                "kind": "forest",
                "since": "2013-01-01",
                "page": "a.html",
            },
            Forest(
                [Tree(1)], Tree(2), {"late": 2.0}, Kind.FOREST, date(2013, 1, 1), Path("a.html")
            ),
        ),
        ("orchard.Forest", {"best": None}, Forest()),
        ("orchard.Forest.Inner", {"n": 3}, Forest.Inner(3)),
        ("orchard.Kind", "forest", Kind.FOREST),
        ("datetime.date", "2013-01-01", date(2013, 1, 1)),
        ("pathlib.Path", "data/a.csv", Path("data/a.csv")),
        ("orchard.Leaf", {"n": 3}, Leaf(n=3)),
        ("list[orchard.Leaf]", [{"n": 3}], [Leaf(n=3)]),
        ("orchard.Branch", {"how_long": 2.5}, Branch(how_long=2.5)),
        ("orchard.Open", {"whatever": 1}, Open(whatever=1)),  # type: ignore[call-arg]  # open
        ("typing.Any", {"a": 1}, {"a": 1}),
        ("typing.Literal[=, =]", "a", "a"),
        ("int", 3, 3),
    ],
)
def test_plain_data_becomes_what_a_function_asks_for(kind: str, value: Any, made: Any) -> None:
    assert instance(kind, value, "who") == made


@pytest.mark.parametrize(
    ("kind", "value", "path", "said"),
    [
        ("orchard.Tree", {"depth": "deep"}, ("depth",), "Expected `int`"),
        ("orchard.Tree", {}, (), "missing required field `depth`"),
        ("orchard.Forest", {"trees": [{"depth": 1}, {"depth": 1.5}]}, ("trees", 1, "depth"), "int"),
        ("orchard.Kind", "bush", (), "bush"),
        ("orchard.Branch", {"leaf": {"n": 0}}, ("leaf", "n"), "greater than 0 (got 0)"),
        ("orchard.Branch", {"leaf": {"m": 1, "n": 1}}, ("leaf", "m"), "is no field of `Leaf`"),
        ("orchard.Branch", {"how_lon": 1}, ("how_lon",), "did you mean `how_long`?"),
    ],
)
def test_what_does_not_fit_is_told_with_its_path(
    kind: str, value: Any, path: tuple[str | int, ...], said: str
) -> None:
    error = refusal(kind, value)

    assert error.faults[0][0] == path
    assert said in error.faults[0][1]
    assert str(error).startswith("who: ")


def test_all_that_a_model_refuses_is_told() -> None:
    error = refusal("orchard.Branch", {"leaf": {"n": 0}, "how_long": "long"})

    assert [path for path, _ in error.faults] == [("leaf", "n"), ("how_long",)]


def test_a_type_that_is_not_there_is_refused() -> None:
    for name in ("orchard.Bush", "nowhere.at.All"):
        with pytest.raises(DefinitionError, match="there is no type"):
            instance(name, {}, "who")


def test_the_error_survives_pickling() -> None:
    error = refusal("orchard.Tree", {"depth": "deep"})

    back = pickle.loads(pickle.dumps(error))

    assert (str(back), back.faults) == (str(error), error.faults)
