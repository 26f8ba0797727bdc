"""Holding data against contracts on demand: any version, without a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tilth.contract.contract import Contract
from tilth.contract.hold import hold
from tilth.contract.report import Report
from tilth.engine.promises import Promises, discreet_report, scanned
from tilth.engine.save import parts_in
from tilth.engine.step import PARTITIONS
from tilth.errors import DefinitionError, MissingDataError, nearest
from tilth.history.record import Made
from tilth.project.contracts import INCOMING
from tilth.record import changed

if TYPE_CHECKING:
    from tilth.project.project import Project


def contract_in_force(project: Project, dataset: str) -> Contract:
    """The contract of a dataset, as it is written.

    Raises:
        DefinitionError: It has none.
    """
    written = project.definition.written
    found = written.get(dataset) or project.contracts.get(dataset)
    if found is None:
        near = nearest(dataset, written)
        propose = f"`tilth data contract infer {dataset}` proposes one from the data"
        raise DefinitionError(
            f"dataset `{dataset}` has no contract",
            hint=f"did you mean `{near}`?" if near else propose,
        )
    return found


def check_dataset(project: Project, dataset: str, version: str | int | None = None) -> Report:
    """Hold a version of a dataset against the contract in force.

    Where rows are set apart on the way in, it is what arrives that is held, unless a version is
    asked for: what is kept keeps its promises by itself.
    """
    contract = contract_in_force(project, dataset)
    project.prepare_contracts()
    arriving = dataset + INCOMING
    is_set_apart = version is None and arriving in project.contracts
    made = project.version(arriving if is_set_apart else dataset, version)
    promises = Promises(
        {dataset: contract},
        project.workspace,
        0,
        version=project.version,
        tell=lambda message: None,
        masked=project.config.secrets.masked,
    )
    found = _joined(_reports(project, promises, contract, made))
    return discreet_report(found, project.config.secrets.masked)


def _reports(
    project: Project, promises: Promises, contract: Contract, made: Made
) -> Iterable[tuple[str | None, Report]]:
    space = project.workspace
    references = promises.looked_up(contract).references()
    parts: dict[str | None, Made] = {None: made}
    if made.format == PARTITIONS:
        parts = dict(parts_in(space.bytes_of(made), made.dataset).items())
    for key, part in parts.items():
        table = scanned(space.stored(part, verified=False, key=key))
        yield key, hold(contract, table, references=references)


def _joined(reports: Iterable[tuple[str | None, Report]]) -> Report:
    """One report; findings in partitions say in which."""
    found = list(reports)
    if len(found) == 1 and found[0][0] is None:
        return found[0][1]
    findings = [
        changed(each, message=f"in partition `{key}`: {each.message}")
        for key, report in found
        for each in report.findings
    ]
    first = found[0][1]
    n_rows = sum(report.n_rows or 0 for _, report in found)
    return changed(first, n_rows=n_rows, findings=tuple(findings))


def table_of(project: Project, dataset: str, version: str | int | None = None) -> Any:
    """A version of a dataset as a lazy frame; its partitions one below the other."""
    made = project.version(dataset, version)
    space = project.workspace
    if made.format != PARTITIONS:
        return scanned(space.stored(made, verified=False))
    import polars  # 0.1 s, and only where data is looked at

    parts = parts_in(space.bytes_of(made), made.dataset)
    if not parts:
        raise MissingDataError(f"dataset `{made.dataset}` has no partition yet")
    return polars.concat(
        scanned(space.stored(part, verified=False, key=key)) for key, part in parts.items()
    )
