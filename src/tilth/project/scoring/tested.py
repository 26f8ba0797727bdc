"""Whether tests of the project call what its nodes call."""

from __future__ import annotations

from collections.abc import Sequence

from tilth.graph.node import Node
from tilth.project.scoring.evidence import FULL, HALF, Evidence, Proof, listed
from tilth.project.scoring.facts import Facts


def tested(facts: Facts, nodes: Sequence[Node]) -> Evidence:
    """Half a point where tests use all functions of nodes, one where a workflow runs them."""
    places = {node.name: facts.tests.of(node.function.name) for node in nodes}
    proofs = [
        Proof(kind="file", place=place, text=f"uses the function of node `{name}`")
        for name, place in places.items()
        if place
    ]
    bare = [node for node in nodes if not places[node.name]]
    if bare:
        names = listed(f"{each.function.name.replace(':', '.')}" for each in bare)
        return Evidence(
            proofs=tuple(proofs),
            lacks=(f"no test uses {names}",),
            earn=(f"tests/test_{_module(bare[0])}.py: call `{bare[0].function.short}` on a "
                  "small table, and assert what it returns",),
        )  # fmt: skip
    return run_by_rote(facts, proofs)


def run_by_rote(facts: Facts, proofs: Sequence[Proof]) -> Evidence:
    """Half a point for tests that are there, one where a workflow runs them by itself."""
    if not facts.tests.workflow:
        lacks = "no workflow runs these tests by itself"
        return Evidence(points=HALF, proofs=tuple(proofs), lacks=(lacks,), earn=("tilth ci",))
    by_rote = Proof(kind="file", place=facts.tests.workflow, text="runs the tests by itself")
    return Evidence(points=FULL, proofs=(*proofs, by_rote))


def of_mini(facts: Facts, text: str) -> tuple[Proof, ...]:
    """A workflow that runs `tilth test`, which trains on a small data set and looks at all."""
    mini = facts.tests.mini
    return (Proof(kind="file", place=mini, text=f"`tilth test` {text}"),) if mini else ()


def _module(node: Node) -> str:
    return node.function.name.partition(":")[0].rpartition(".")[2]
