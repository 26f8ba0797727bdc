"""Contracts in a run: where data enters, and where something is made.

What comes from outside is held against its contract when the run first meets it, once for each
version and not once for each reader: what was found is on record. What a node makes is held
where it is made, before anybody can see it. What is taken over from an earlier run is held
again only where the contract has changed since.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from tilth.contract.contract import Contract
from tilth.contract.report import Report, report_of
from tilth.data.shape import LAZY
from tilth.engine.call import Promised, Reported, Stored
from tilth.engine.load import format_for, load
from tilth.engine.save import parts_in
from tilth.engine.step import PARTITIONS
from tilth.engine.workspace import Workspace
from tilth.errors import ContractError, MissingDataError, TilthError
from tilth.fingerprint.canonical import combine
from tilth.history.record import Checked, Made


class Promises:
    """Holds the data of one run against the contracts of its datasets.

    Args:
        contracts: Dataset -> its contract.
        workspace: Where data and the record are.
        run: The run's number.
        version: Gives the version of a dataset that this run reads or has made.
        tell: Tells a person what they should know.
        masked: Takes secrets out of a text.
    """

    def __init__(
        self,
        contracts: Mapping[str, Contract],
        workspace: Workspace,
        run: int,
        *,
        version: Callable[[str], Made],
        tell: Callable[[str], None],
        masked: Callable[[str], str],
    ) -> None:
        self._contracts = contracts
        self._space = workspace
        self._run = run
        self._version = version
        self._tell = tell
        self._masked = masked
        self._told: set[tuple[str, str]] = set()
        self.reports: dict[str, Report] = {}

    # Where data enters, or is taken over

    def hold(self, made: Made, key: str | None = None) -> None:
        """Hold a version against its contract, unless that was done before.

        Raises:
            ContractError: It is broken.
        """
        contract = self._contracts.get(made.dataset)
        if contract is None:
            return
        if made.format == PARTITIONS:
            for part, each in parts_in(self._space.bytes_of(made), made.dataset).items():
                self.hold(each, part)
            return
        if not made.kept and made.fingerprint.startswith("live:"):
            return  # it was held where it was made, in this very run
        promised = self.looked_up(contract)
        known = self._space.history.checked(made.dataset, made.fingerprint, promised.identity)
        if known is None:
            report = self._held(contract, promised, made, key)
            self._record(made.dataset, made.fingerprint, promised.identity, report)
        else:
            report = report_of(json.loads(known.report), contract.dataset)
            if contract.fleeting:
                before, report = report, self._renewed(contract, promised, made, key, report)
                if report.text != before.text:  # its age in seconds always differs
                    self._record(made.dataset, made.fingerprint, promised.identity, report)
        self._show(made.dataset, made.fingerprint, report)
        report.checked()

    def _held(self, contract: Contract, promised: Promised, made: Made, key: str | None) -> Report:
        from tilth.contract.hold import hold  # late, as Polars comes with it

        stored = self._space.stored(made, verified=False, key=key)
        return hold(contract, scanned(stored), references=promised.references())

    def _renewed(
        self,
        contract: Contract,
        promised: Promised,
        made: Made,
        key: str | None,
        report: Report,
    ) -> Report:
        """What was found, but for what depends on the time, which is judged anew."""
        part = contract.only(lambda each: each.check.fleeting)
        again = self._held(part, promised, made, key)
        names = {each.name for each in part.promises}
        lasting = [each for each in report.findings if each.check not in names]
        fleeting = [each for each in again.findings if each.check in names]
        return report.with_findings([*lasting, *fleeting])

    # Where something is made

    def promised(self, dataset: str) -> Promised | None:
        """What an output must satisfy; None where nothing is said."""
        contract = self._contracts.get(dataset)
        return self.looked_up(contract) if contract is not None else None

    def made(self, reported: tuple[Reported, ...], made: tuple[Made, ...]) -> None:
        """Keep what was found where outputs were made; those that broke theirs are no versions."""
        wholes = {each.dataset: each for each in made}
        for one in reported:
            contract = self._contracts.get(one.dataset)
            if contract is None:
                continue
            version = self._version_of(wholes.get(one.dataset), one.partition)
            report = report_of(one.report, contract.dataset)
            self._record(one.dataset, version, one.identity, report)
            self._show(one.dataset, version, report)

    def _version_of(self, made: Made | None, partition: str | None) -> str:
        """The fingerprint of what was reported on: a whole, or a partition of what was made."""
        if made is None:
            return ""
        if made.format != PARTITIONS or partition is None:
            return made.fingerprint  # one partition of a fan-out is a version by itself
        return parts_in(self._space.bytes_of(made), made.dataset)[partition].fingerprint

    # What checks look up

    def looked_up(self, contract: Contract) -> Promised:
        """A contract with the tables that its checks look up."""
        tables = {name: self._looked_up(contract, name) for name in contract.sources}
        parts = [contract.fingerprint]
        for name, (made, _) in tables.items():
            parts += (name, made.fingerprint)
        return Promised(
            contract=contract,
            identity=combine("contract", *parts),
            tables={name: stored for name, (_, stored) in tables.items()},
        )

    def _looked_up(self, contract: Contract, name: str) -> tuple[Made, dict[str, Stored]]:
        dataset, at, version = name.partition("@")
        dataset = dataset or contract.dataset
        try:
            made = self._space.chosen(dataset, version) if at else self._version(dataset)
            return made, self._stored(made)
        except ContractError:
            raise
        except (TilthError, OSError) as error:
            raise ContractError(
                contract.dataset,
                f"it refers to `{name}`, which cannot be read: {error}",
                hint=getattr(error, "hint", None),
            ) from error

    def _stored(self, made: Made) -> dict[str, Stored]:
        if made.format == PARTITIONS:
            parts = parts_in(self._space.bytes_of(made), made.dataset)
            return {key: self._space.stored(each, verified=False, key=key)
                    for key, each in parts.items()}  # fmt: skip
        stored = self._space.stored(made, verified=False)
        if stored.state is not None and stored.path is not None:
            self._refuse_another(made, stored.path)
        return {"": stored}

    def _refuse_another(self, made: Made, path: str) -> None:
        """A source lies where a person put it; its earlier versions are not kept."""
        if self._space.files.of_file(path) != made.fingerprint:
            raise MissingDataError(
                f"that version of `{made.dataset}` is no longer at its location",
                hint="versions of a source are not kept: compare with a dataset that a node makes",
            )

    # Keeping and telling

    def _record(self, dataset: str, version: str, identity: str, report: Report) -> None:
        text = json.dumps(discreet_report(report, self._masked).as_dict(), ensure_ascii=False)
        state = "broken" if not report.ok else "warned" if report.findings else "kept"
        self._space.history.add_checked(
            Checked(
                run=self._run,
                dataset=dataset,
                version=version,
                contract=identity,
                state=state,
                checked_at=time.time(),
                report=text,
            )
        )

    def _show(self, dataset: str, version: str, report: Report) -> None:
        """Tell once in a run what does not stop it."""
        if (dataset, version) in self._told:
            return
        self._told.add((dataset, version))
        report = discreet_report(report, self._masked)
        self.reports[dataset] = report
        for each in report.findings:
            if each.severity != "stop":
                set_apart = f" (set apart in `{report.dataset}.rejected`)"
                more = set_apart if each.severity == "quarantine" else ""
                where = f" ({each.place})" if each.place else ""
                self._tell(f"`{report.dataset}`: {each.message}{more}{where}")


def discreet_report(report: Report, masked: Callable[[str], str]) -> Report:
    """The report without secrets, which a contract may hold and data may repeat."""

    def hidden(value: Any) -> Any:
        if isinstance(value, str):
            return masked(value)
        if isinstance(value, dict):
            return {name: hidden(each) for name, each in value.items()}
        return [hidden(each) for each in value] if isinstance(value, list) else value

    return report_of(hidden(report.as_dict()), report.dataset)


def scanned(stored: Stored) -> Any:
    """Stored bytes as a table that is read only as far as it must be."""
    kind = format_for(stored.format, read=stored.options)
    return load(stored, LAZY) if LAZY in kind.shapes else load(stored, stored.shape)
