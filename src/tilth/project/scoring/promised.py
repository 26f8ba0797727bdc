"""What is promised of data on its way into a model, and was held in a run."""

from __future__ import annotations

from tilth.project.scoring.evidence import Proof
from tilth.project.scoring.facts import Facts, named


def follow(facts: Facts, dataset: str, held: list[Proof], gaps: list[str], seen: set[str]) -> None:
    """Walk from a dataset to its sources, until something is promised of what is there."""
    if dataset in seen:
        return
    seen.add(dataset)
    proof = held_contract(facts, dataset)
    maker = facts.makers.get(dataset)
    if proof is not None:
        held.append(proof)
    elif maker is None:
        gaps.append(named(dataset))
    else:
        for name in maker.reads:
            follow(facts, name, held, gaps, seen)
        if not maker.reads:
            gaps.append(dataset)


def held_contract(facts: Facts, dataset: str) -> Proof | None:
    """The contract of a dataset, where its newest version was held against it."""
    contract = facts.project.contracts.get(dataset)
    if contract is None or not (contract.columns or contract.schema):
        return None
    version = facts.version(dataset).fingerprint
    for each in facts.project.history.checks(dataset=dataset):
        if each.version == version and each.state != "broken":
            where = contract.place or facts.place_of(dataset)
            text = f"`{dataset}` was held against its contract in run {each.run}: {each.state}"
            return Proof(kind="contract", place=where, text=text)
    return None
