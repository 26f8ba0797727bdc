"""Did every node run, and did contracts hold?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tilth.contract.part import holds_for_parts
from tilth.project.mini.tested import Check, failed, left_out, passed

if TYPE_CHECKING:
    from tilth.contract.contract import Contract
    from tilth.contract.finding import Finding
    from tilth.project.mini.looked import Looked

NODES = "every node runs"
CONTRACTS = "contracts hold"


def nodes(looked: Looked) -> Iterator[Check]:
    """A line for each node that failed, or one for all."""
    result = looked.result
    for node, failure in result.failures.items():
        yield failed(NODES, _short(failure.message) or failure.kind, node, node)
    skipped = result.counts.get("skipped", 0)
    if skipped:
        yield left_out(NODES, f"{skipped:,} that wait for what failed did not run")
    if not result.failures:
        yield passed(NODES, f"{looked.n_nodes:,} ran")


def _short(message: str) -> str:
    """Its first line, and the second where the first only announces it."""
    lines = [each.strip() for each in message.splitlines() if each.strip()]
    return " ".join(lines[: 2 if lines and lines[0].endswith(":") else 1])


def contracts(looked: Looked) -> Iterator[Check]:
    """A line for each breach, or one for all; what a part cannot show is told apart."""
    reports = looked.result.reports
    if not reports:
        if not looked.result.failures:
            yield left_out(CONTRACTS, "there are none")
        return
    broken, unshown = False, dict[str, list[str]]()
    for name, report in reports.items():
        written = looked.home.definition.contracts.get(name)
        for each in report.findings:
            if each.severity == "stop":
                broken = True
                yield failed(CONTRACTS, each.message, name, looked.maker(name))
            elif each.severity == "warn" and _is_about_the_whole(written, each):
                unshown.setdefault(name, []).append(each.message)
    for name, messages in unshown.items():
        more = f", and {len(messages) - 1} more like it" if len(messages) > 1 else ""
        yield left_out(CONTRACTS, f"a part cannot show it: {messages[0]}{more}", name)
    if not broken:
        n = sum(each.n_checks for each in reports.values())
        yield passed(CONTRACTS, f"{n:,} promises about {len(reports):,} datasets")


def _is_about_the_whole(contract: Contract | None, finding: Finding) -> bool:
    """Whether the project itself would stop here, and only the part may not."""
    return contract is not None and any(
        each.name == finding.check
        and each.column == finding.column
        and each.severity == "stop"
        and not holds_for_parts(each)
        for each in contract.promises
    )
