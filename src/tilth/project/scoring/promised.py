"""What is promised of data on its way into a model, and was held in a run."""

from __future__ import annotations

from tilth.engine.step import PARTITIONS
from tilth.project.contents import parts_of
from tilth.project.scoring.evidence import Proof
from tilth.project.scoring.facts import Facts, named


def follow(facts: Facts, dataset: str, held: list[Proof], gaps: list[str], seen: set[str]) -> None:
    """Walk from a dataset to its sources, until something is promised of what is there.

    Args:
        facts: Of the project.
        dataset: Where to begin.
        held: Gets what is promised on the way.
        gaps: Gets the sources that one comes to without a promise.
        seen: Gets where one was.
    """
    if dataset in seen:
        return
    seen.add(dataset)
    proof = held_contract(facts, dataset)
    maker = facts.makers.get(dataset)
    if proof is not None:
        held.append(proof)
    elif maker is None or not maker.reads:
        gaps.append(named(dataset))
    else:
        for name in maker.reads:
            follow(facts, name, held, gaps, seen)


def has_schema(facts: Facts, dataset: str) -> bool:
    """Whether a dataset has a contract that says something of its columns."""
    contract = facts.project.contracts.get(dataset)
    return contract is not None and bool(contract.columns or contract.schema)


def held_contract(facts: Facts, dataset: str) -> Proof | None:
    """The contract of a dataset, where its newest version, or all its parts, kept it.

    Raises:
        MissingDataError: There is no version of it.
    """
    if not has_schema(facts, dataset):
        return None
    kept = {
        each.version: each
        for each in facts.project.history.checks(dataset=dataset)[::-1]
        if each.state != "broken"
    }
    versions = _versions(facts, dataset)
    if not versions or not versions <= set(kept):
        return None
    last = max((kept[each] for each in versions), key=lambda each: each.run)
    parts = f", {len(versions)} parts" if len(versions) > 1 else ""
    text = f"`{dataset}`{parts} was held against its contract in run {last.run}: {last.state}"
    contract = facts.project.contracts[dataset]
    return Proof(kind="contract", place=contract.place or facts.place_of(dataset), text=text)


def _versions(facts: Facts, dataset: str) -> set[str]:
    """The newest version of a dataset, or of each of its partitions."""
    made = facts.version(dataset)
    if made.format != PARTITIONS:
        return {made.fingerprint}
    return {each.fingerprint for each in parts_of(facts.project, made).values()}
