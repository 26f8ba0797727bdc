"""What is promised of data on its way into a model, and was held in a run."""

from __future__ import annotations

from collections.abc import Iterable

from tilth.engine.step import PARTITIONS
from tilth.project.contents import parts_of
from tilth.project.scoring.evidence import Proof
from tilth.project.scoring.facts import Facts, named


def promises_to(facts: Facts, datasets: Iterable[str]) -> tuple[list[Proof], list[str]]:
    """Walk back from datasets, until something is promised of what is there.

    Returns:
        What is promised on the way, and held; and the sources that one comes to without that.
    """
    held: list[Proof] = []
    gaps: list[str] = []
    waiting = list(datasets)
    seen = set()
    while waiting:
        dataset = waiting.pop()
        if dataset in seen:
            continue
        seen.add(dataset)
        proof = held_contract(facts, dataset)
        maker = facts.makers.get(dataset)
        if proof is not None:
            held.append(proof)
        elif maker is None or not maker.reads:
            gaps.append(named(dataset))
        else:
            waiting += reversed(maker.reads)
    return held, list(dict.fromkeys(gaps))


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
