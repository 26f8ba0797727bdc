"""Whether the same code, parameters and sources made the same model again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tilth.graph.node import Node
from tilth.history.record import NodeRun
from tilth.project.scoring.evidence import FULL, HALF, Evidence, Proof, found_wrong, listed, nothing
from tilth.project.scoring.facts import Facts
from tilth.project.scoring.tested import of_mini
from tilth.record import record

_MOST = 100
"""Node runs of a node that are looked through, the newest first."""


@record
class Making:
    """A run in which a model was made, or would have been made again but was known.

    Attributes:
        run: Its number.
        node_runs: The nodes on the way to the model that were part of it -> what they did.
        model: The bytes of the model.
        made_of: What decides them: all recipes, and the versions of the sources.
    """

    run: int
    node_runs: Mapping[str, NodeRun]
    model: str
    made_of: Any

    @property
    def executed(self) -> set[str]:
        """The nodes that ran, and did not take over what they had done before."""
        return {name for name, each in self.node_runs.items() if each.state == "done"}


def reproduced(facts: Facts, model: str) -> Evidence:
    """What is on record of making a model again.

    Runs count that have all recipes and sources of the newest model. A node that made other
    bytes is to blame only where the model was another one, too: what a node tells of its own
    seconds differs each time, and does no harm.
    """
    nodes = facts.before(model)
    makings = _makings(facts, model)
    alike = [each for each in makings if each.made_of == makings[0].made_of]
    if not alike:
        return nothing(f"no run that made `{model}` is among the last {_MOST}", "tilth run")
    other = next((each for each in alike if each.model != alike[0].model), None)
    if other is not None:
        return _differs(facts, model, alike[0], other)
    maker = facts.makers[model].name
    again = [each for each in alike[:-1] if maker in each.executed]
    whole = next((each for each in again if len(each.executed) == len(nodes)), None)
    earn = f"tilth run --to {model} --force '*'"
    if whole is not None:
        text = f"made `{model}` again from its sources: the same bytes as in run {alike[-1].run}"
        proof = Proof(kind="run", place=f"run {whole.run}", text=text)
        return Evidence(points=FULL, proofs=(proof,))
    if not again:
        once = f"`{model}` was made once only from the same code, data and parameters"
        by_rote = of_mini(facts, "compares the bytes of two runs on a small data set")
        points = HALF if by_rote else 0.0
        return Evidence(points=points, proofs=by_rote, lacks=(once,), earn=(earn,))
    rest = sorted({each.name for each in nodes} - again[0].executed)
    text = f"`{maker}` made the same bytes as in run {alike[-1].run}"
    return Evidence(
        points=HALF,
        proofs=(Proof(kind="run", place=f"run {again[0].run}", text=text),),
        lacks=(f"{listed(rest)} did not run again",),
        earn=(earn,),
    )


def _makings(facts: Facts, model: str) -> list[Making]:
    """All runs in which the model was made or taken over, newest first."""
    by_run: dict[int, dict[str, NodeRun]] = {}
    for node in facts.before(model):
        for each in facts.project.history.attempts(node.name, _MOST):
            if each.state in ("done", "reused") and len(each.outputs) == len(node.makes):
                by_run.setdefault(each.run, {}).setdefault(node.name, each)
    maker = facts.makers[model]
    place = maker.makes.index(model)
    return [
        Making(
            run=run,
            node_runs=node_runs,
            model=node_runs[maker.name].outputs[place].fingerprint,
            made_of=_made_of(facts, node_runs),
        )
        for run, node_runs in sorted(by_run.items(), reverse=True)
        if maker.name in node_runs
    ]


def _made_of(facts: Facts, node_runs: Mapping[str, NodeRun]) -> Any:
    """All that decides what comes of a run: recipes of nodes, versions of what came from outside.

    Where pipelines ran one by one, outside is what another of them had made.
    """
    made = {dataset for name in node_runs for dataset in facts.nodes[name].makes}
    recipes = {(name, each.recipe) for name, each in node_runs.items()}
    sources = {
        (name, fingerprint)
        for each in node_runs.values()
        for name, fingerprint in each.inputs.items()
        if name not in made
    }
    return recipes, sources


def _differs(facts: Facts, model: str, newest: Making, other: Making) -> Evidence:
    """Name the first node on the way that made something else of the same."""
    order = [each for each in facts.before(model)[::-1] if each.name in newest.node_runs]
    blamed = next((each for each in order if _made_other(each, newest, other)), order[-1])
    text = f"node `{blamed.name}` made other bytes than in run {other.run} of the same code, "
    text += "data and parameters"
    return found_wrong(
        f"`{model}` is another each time: node `{blamed.name}` is not reproducible",
        f"give `{blamed.function.short}` a seed, or sort what has no order",
        f"tilth reproduce {newest.run}",
        proofs=(Proof(kind="run", place=f"run {newest.run}", text=text),),
    )


def _made_other(node: Node, newest: Making, other: Making) -> bool:
    one, two = newest.node_runs[node.name], other.node_runs[node.name]
    return one.fingerprint == two.fingerprint and _bytes(one) != _bytes(two)


def _bytes(node_run: NodeRun) -> Sequence[str]:
    return [made.fingerprint for made in node_run.outputs]
