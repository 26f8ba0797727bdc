"""What people noted in the catalog of the data that a model goes back to."""

from __future__ import annotations

from tilth.project.scoring.evidence import Proof, listed
from tilth.project.scoring.facts import Facts

Noted = tuple[dict[str, str], tuple[Proof, ...], list[str]]


def noted_of_all(facts: Facts, model: str, key: str) -> Noted:
    """The columns that are noted under a key on the way to a model.

    Args:
        facts: Of the project.
        model: Whose sources are asked.
        key: In the catalog's `metadata`, such as `forbidden`.

    Returns:
        Column -> where it is noted; proofs of the notes; and the sources that have none.
    """
    noted: dict[str, str] = {}
    proofs = []
    for dataset in facts.upstream(model):
        columns = facts.noted(dataset, key)
        if columns is None:
            continue
        place = facts.place_of(dataset)
        noted.update((each, noted.get(each, place)) for each in columns)
        text = f"`{dataset}`, {key}: {listed(columns) or 'none'}"
        proofs.append(Proof(kind="setting", place=place, text=text))
    silent = [each for each in facts.origins(model) if facts.noted(each, key) is None]
    return noted, tuple(proofs), silent
