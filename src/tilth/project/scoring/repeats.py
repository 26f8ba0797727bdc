"""Whether the same code, data and parameters made the same model again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tilth.graph.node import Node
from tilth.history.record import NodeRun
from tilth.project.scoring.evidence import FULL, HALF, Evidence, Proof, found_wrong, listed
from tilth.project.scoring.facts import Facts
from tilth.project.scoring.tested import of_mini
from tilth.record import record

_MOST = 100
"""Node runs of a node that are looked through, the newest first."""


@record
class Repeat:
    """A node that did the same thing twice.

    Attributes:
        node: Its name.
        first: The run in which it did it first.
        again: The run in which it did it once more.
        same: Whether it made the same bytes.
    """

    node: str
    first: int
    again: int
    same: bool


def reproduced(facts: Facts, model: str) -> Evidence:
    """What is on record of making a model again.

    A node that made other bytes is to blame only where the model was another one, too: what a
    node tells of its own seconds differs each time, and does no harm.
    """
    runs = {node.name: executed(facts, node) for node in facts.before(model)}
    made = _models_by_run(facts, model)
    for of_node in runs.values():
        for each in repeats(of_node):
            if not each.same and made.get(each.first) != made.get(each.again):
                return _differs(facts, model, each)
    maker = facts.makers[model].name
    newest = facts.done[maker]
    whole = _whole_repeat(runs, made, newest)
    earn = f"tilth run --to {model} --force '*'"
    if whole is not None:
        text = f"made `{model}` again from its sources: the same bytes as in run {whole.first}"
        return Evidence(
            points=FULL, proofs=(Proof(kind="run", place=f"run {whole.again}", text=text),)
        )
    again = next((each for each in repeats(runs[maker]) if each.same), None)
    if again is None:
        once = f"`{model}` was made once only from the same code, data and parameters"
        by_rote = of_mini(facts, "compares the bytes of two runs on a small data set")
        return Evidence(
            points=HALF if by_rote else 0.0, proofs=by_rote, lacks=(once,), earn=(earn,)
        )
    rest = [name for name, each in runs.items() if name != maker and len(each) < 2]
    lacks = "not all nodes before it ran again"
    text = f"`{maker}` made the same bytes as in run {again.first}"
    return Evidence(
        points=HALF,
        proofs=(Proof(kind="run", place=f"run {again.again}", text=text),),
        lacks=(f"{lacks}: {listed(rest)}" if rest else lacks,),
        earn=(earn,),
    )


def executed(facts: Facts, node: Node) -> list[NodeRun]:
    """What a node really did, the newest first."""
    found = facts.project.history.attempts(node.name, _MOST)
    return [each for each in found if each.state == "done" and each.same_as is None]


def repeats(runs: Sequence[NodeRun]) -> Iterator[Repeat]:
    """Runs in which a node did what it had done before, each beside the last time before it."""
    for i, each in enumerate(runs):
        before = next((e for e in runs[i + 1 :] if e.fingerprint == each.fingerprint), None)
        if before is not None:
            same = digests(each) == digests(before)
            yield Repeat(node=each.node, first=before.run, again=each.run, same=same)


def digests(node_run: NodeRun) -> list[str]:
    """What it made, by bytes."""
    return [made.fingerprint for made in node_run.outputs]


def _models_by_run(facts: Facts, model: str) -> dict[int, str]:
    """Run -> the bytes that the model had in it."""
    maker = facts.makers[model]
    place = maker.makes.index(model)
    return {
        each.run: each.outputs[place].fingerprint
        for each in facts.project.history.attempts(maker.name, _MOST)
        if each.state in ("done", "reused") and len(each.outputs) == len(maker.makes)
    }


def _whole_repeat(
    runs: dict[str, list[NodeRun]], made: dict[int, str], newest: NodeRun
) -> Repeat | None:
    """A run in which every node ran, and the model had the bytes that another run had given it.

    Both by the code and parameters of the newest model, and from the same sources: where inputs
    differ between the two runs, nodes before it differ, and the bytes agree all the same.
    """
    numbers = [{each.run for each in of_node} for of_node in runs.values()]
    whole = set.intersection(*numbers) if numbers else set()
    own = [e for e in runs[newest.node] if e.recipe == newest.recipe and e.run in whole]
    for again in own:
        for first in (e for e in own if e.run < again.run):
            if made.get(first.run) == made.get(again.run) is not None:
                return Repeat(node=newest.node, first=first.run, again=again.run, same=True)
    return None


def _differs(facts: Facts, model: str, each: Repeat) -> Evidence:
    node = facts.nodes[each.node]
    proof = Proof(
        kind="run",
        place=f"run {each.again}",
        text=f"node `{each.node}` made other bytes than in run {each.first} of the same code, "
        "data and parameters",
    )
    return found_wrong(
        f"`{model}` is another each time: node `{each.node}` is not reproducible",
        f"give `{node.function.short}` a seed, or sort what has no order",
        proofs=(proof,),
    )
