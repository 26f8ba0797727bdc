"""What people have decided of columns: which no model may be given, and which are personal."""

from __future__ import annotations

from collections.abc import Iterator

from tilth.contract.contract import Contract
from tilth.project.scoring.evidence import FULL, HALF, Evidence, Proof, found_wrong, listed, nothing
from tilth.project.scoring.facts import Facts
from tilth.project.scoring.known import EXPLAINS, FITS, FORBIDDEN, PERSONAL
from tilth.project.scoring.of_models import of_each_model
from tilth.project.scoring.promised import held_contract
from tilth.project.scoring.sources import noted_of_all
from tilth.project.scoring.stage_nodes import asked_of

# Data 4


@of_each_model
def requirements(facts: Facts, model: str) -> Evidence:
    """Columns that models must not be given: written down, kept to, and held at each run."""
    noted, proofs, silent = noted_of_all(facts, model, FORBIDDEN)
    columns = columns_of(facts, model)
    used = [each for each in columns if each in noted]
    if used:
        where = {name: noted[name] for name in used}
        told = ", ".join(f"`{name}` ({place})" for name, place in where.items())
        return found_wrong(
            f"`{model}` is given {told}, which no model may be given",
            f"take {listed(used)} out: `features` of `stage: train`, or of its preparation",
            proofs=proofs,
        )
    if silent:
        return nothing(
            f"it is not written down what models may not be given of {listed(silent)}",
            f"catalog.yml: `metadata: {{{FORBIDDEN}: [COLUMN]}}` at `{silent[0]}`; `[]` for none",
        )
    text = f"none of {len(columns)} columns that `{model}` is given is forbidden"
    kept = (*proofs, facts.proof_of_data(model, text))
    closed = _closed(facts, model)
    if closed is None:
        return Evidence(
            points=HALF,
            proofs=kept,
            lacks=("nothing stops a run in which a forbidden column comes in",),
            earn=("catalog.yml: a `contract` that names all columns, without `others: allow`",),
        )
    return Evidence(points=FULL, proofs=(*kept, closed))


def _closed(facts: Facts, model: str) -> Proof | None:
    """A contract that lets only those columns through that it names."""
    for lesson in facts.lessons(model):
        for dataset in (lesson, *(name for node in facts.before(lesson) for name in node.reads)):
            contract: Contract | None = facts.project.contracts.get(dataset)
            proof = held_contract(facts, dataset)
            if contract is not None and proof is not None and contract.others == "stop":
                return proof
    return None


def columns_of(facts: Facts, model: str) -> list[str]:
    """The columns that a model is given, without loading it.

    Raises:
        MissingDataError: What it learned from is gone.
        DataError: That is no table.
    """
    for node, _ in facts.reading(model, EXPLAINS):
        return [str(each["column"]) for each in facts.told(node.makes[-1]).get("columns", ())]
    maker = facts.makers[model]
    asked = asked_of(maker) if maker.function.name == FITS else {}
    if asked.get("features"):
        return [str(each) for each in asked["features"]]
    roles = {asked.get(role) for role in ("target", "group", "time", "weights")}
    tables = [name for name in facts.lessons(model) if facts.is_table(name)]
    found = dict.fromkeys(column for name in tables for column in facts.columns(name))
    return [each for each in found if each not in roles]


# Data 5


@of_each_model
def privacy(facts: Facts, model: str) -> Evidence:
    """Personal columns are marked, and neither models nor files that nodes write have them."""
    noted, proofs, silent = noted_of_all(facts, model, PERSONAL)
    shown = {f"model `{model}`": columns_of(facts, model)}
    shown |= {f"`{name}`": facts.columns(name) for name in _written(facts)}
    leaks = [
        f"{what} has {listed(each for each in columns if each in noted)}"
        for what, columns in shown.items()
        if set(columns) & set(noted)
    ]
    if leaks:
        return found_wrong(
            f"personal columns go on: {'; '.join(leaks)}",
            "leave these columns out in the node that reads them first",
            proofs=proofs,
        )
    if silent:
        return nothing(
            f"it is not written down which columns of {listed(silent)} are personal",
            f"catalog.yml: `metadata: {{{PERSONAL}: [COLUMN]}}` at `{silent[0]}`; `[]` for none",
        )
    text = f"none of the personal columns is in {', '.join(shown)}"
    return Evidence(points=HALF, proofs=(*proofs, facts.proof_of_data(model, text)))


def _written(facts: Facts) -> Iterator[str]:
    """Tables that nodes put where people find them."""
    for name, entry in facts.project.catalog.items():
        if entry.location and name in facts.newest and facts.is_table(name):
            yield name
