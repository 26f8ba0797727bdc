"""What came of holding a table against its contract, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from tilth.contract.finding import Finding, finding_of
from tilth.errors import ContractError
from tilth.record import changed, record


@record
class Report:
    """What came of it.

    Attributes:
        dataset: Whose contract it was.
        contract: Fingerprint of the contract.
        n_rows: How many rows there were; None where the schema was so wrong that none was read.
        n_checks: How many checks there are.
        findings: The breaches, in the order of the contract; of the schema first.
    """

    dataset: str
    contract: str
    n_rows: int | None
    n_checks: int
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing stops."""
        return not self.of("stop")

    def of(self, severity: str) -> tuple[Finding, ...]:
        """The findings of a severity."""
        return tuple(each for each in self.findings if each.severity == severity)

    def with_findings(self, findings: Iterable[Finding]) -> Report:
        """The same report with other findings."""
        return changed(self, findings=tuple(findings))

    def checked(self) -> Report:
        """The same report, where nothing stops.

        Raises:
            ContractError: Something does; it tells all of it.
        """
        stopping = self.of("stop")
        if not stopping:
            return self
        n = len(stopping)
        said = f"is broken by {n} check{'' if n == 1 else 's'}"
        hints = list(dict.fromkeys(each.hint for each in stopping if each.hint))
        raise ContractError(
            self.dataset,
            "\n".join([f"{said}:", *(_indented(each) for each in stopping)]),
            hint=hints[0]
            if hints
            else "correct the data where it comes from; or let the check "
            "`severity: warn`, or `quarantine` to set the rows apart",
            checks=[each.check for each in stopping],
        )

    @property
    def text(self) -> str:
        """All of it, for people."""
        return "\n".join([self.title, *(_indented(each) for each in self.findings)])

    @property
    def title(self) -> str:
        """The outcome on one line."""
        rows = "" if self.n_rows is None else f", {self.n_rows:,} rows"
        counts = [
            f"{len(found)} {word}"
            for word, found in (
                ("stop", self.of("stop")),
                ("warn", self.of("warn")),
                ("quarantine", self.of("quarantine")),
            )
            if found
        ]
        outcome = ", ".join(counts) if counts else "all kept"
        return f"{self.dataset}: {self.n_checks} checks{rows}: {outcome}"

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "dataset": self.dataset,
            "contract": self.contract,
            "rows": self.n_rows,
            "checks": self.n_checks,
            "ok": self.ok,
            "findings": [each.as_dict() for each in self.findings],
        }

    def _repr_html_(self) -> str:
        titles = ("severity", "check", "column", "rows", "what", "where", "examples")
        head = "".join(f"<th>{each}</th>" for each in titles)
        rows = "".join(f"<tr>{_cells(each)}</tr>" for each in self.findings)
        table = f"<table><tr>{head}</tr>{rows}</table>" if self.findings else ""
        return f"<p><b>{escape(self.title)}</b></p>{table}"


def report_of(row: Mapping[str, Any], dataset: str) -> Report:
    """The report that `as_dict` wrote down."""
    return Report(
        dataset=dataset,
        contract=row["contract"],
        n_rows=row["rows"],
        n_checks=row["checks"],
        findings=tuple(map(finding_of, row["findings"])),
    )


def _cells(finding: Finding) -> str:
    examples = "<br>".join(escape(each.text) for each in finding.examples)
    texts = (finding.severity, finding.check, finding.column, f"{finding.count:,}",
             finding.message, finding.place)  # fmt: skip
    return "".join(f"<td>{escape(each)}</td>" for each in texts) + f"<td>{examples}</td>"


def _indented(finding: Finding) -> str:
    head = f"{finding.severity}: " if finding.severity != "stop" else ""
    return "\n".join(f"  {line}" for line in f"{head}{finding.text}".split("\n"))
