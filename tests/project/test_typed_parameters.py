"""Typed parameters, from params.yml to the function."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tilth import Project

SOURCE = """
from __future__ import annotations
from dataclasses import dataclass, field
from typing import Optional

@dataclass
class Tree:
    depth: int
    width: int = 2

@dataclass
class Forest:
    trees: list[Tree] = field(default_factory=list)
    best: Optional[Tree] = None

def grow(forest: Forest) -> str: return repr(forest)
def maybe(tree: Tree | None = None) -> str: return repr(tree)
def counts(depths: list[int], limit: Optional[int] = 7) -> str: return repr((depths, limit))
def several(trees: dict[str, Tree]) -> str: return repr(trees)
"""

PARAMS = """
forest: {trees: [{depth: 1}], best: {depth: 2, width: 3}}
nothing:
tree: {depth: 4}
depths: [1, 2]
trees: {a: {depth: 5}}
"""


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A project with a module of its own."""
    name = f"orchard_{abs(hash(request.node.nodeid))}"
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / f"{name}.py").write_text(SOURCE)
    (tmp_path / "params.yml").write_text(PARAMS)
    (tmp_path / "name").write_text(name)
    return tmp_path


def made(folder: Path, node: str) -> str:
    name = (folder / "name").read_text()
    (folder / "tilth.yml").write_text(
        f"pipelines:\n  all:\n    nodes:\n      - {node.replace('orchard', name)}\n"
    )
    with Project(folder) as project:
        return str(project.run().checked()["made"])


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (
            '{call: orchard.grow, inputs: "params:forest", outputs: made}',
            "Forest(trees=[Tree(depth=1, width=2)], best=Tree(depth=2, width=3))",
        ),
        ('{call: orchard.maybe, inputs: "params:nothing", outputs: made}', "None"),
        ('{call: orchard.maybe, inputs: "params:tree", outputs: made}', "Tree(depth=4, width=2)"),
        ("{call: orchard.maybe, outputs: made}", "None"),
        ('{call: orchard.counts, inputs: "params:depths", outputs: made}', "([1, 2], 7)"),
        (
            '{call: orchard.counts, inputs: ["params:depths", "params:nothing"], outputs: made}',
            "([1, 2], None)",
        ),
        (
            '{call: orchard.several, inputs: "params:trees", outputs: made}',
            "{'a': Tree(depth=5, width=2)}",
        ),
    ],
)
def test_a_function_gets_what_it_asks_for(folder: Path, node: str, expected: str) -> None:
    assert made(folder, node) == expected


def test_a_typed_project_is_opened_again_without_its_modules(folder: Path) -> None:
    node = '{call: orchard.grow, inputs: "params:forest", outputs: made}'
    made(folder, node)
    name = (folder / "name").read_text()
    del sys.modules[name]

    made(folder, node)

    assert name not in sys.modules
