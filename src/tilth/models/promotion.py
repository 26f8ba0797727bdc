"""What an alias asks of a version before it may point at it, beside the goals."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tilth.history.record import ModelEvent
from tilth.models.registry import ModelVersion
from tilth.record import record


@record
class PromotionRule:
    """What one alias asks for; without a rule it is one approval.

    Attributes:
        alias: Which, such as `production`.
        approvals: People who have to approve; with 0 nobody has to, and the goals decide.
        after: An alias that must have pointed at the version before; empty for none.
        passes: On so many versions of the rows the version must have met its goals since then.
    """

    alias: str
    approvals: int = 1
    after: str = ""
    passes: int = 0


def obstacle(rule: PromotionRule, found: ModelVersion) -> tuple[str, str] | None:
    """What the rule still asks of a version, and what to do about it; None for nothing."""
    return _not_approved(rule, found) or _not_tried(rule, found)


def _not_approved(rule: PromotionRule, found: ModelVersion) -> tuple[str, str] | None:
    if found.state in ("refused", "retired"):
        return (
            f"it is {found.state}, not approved",
            f"`tilth models approve {found.name} --why ...` says that it may go live",
        )
    people = sorted(_approving(found.decisions))
    if len(people) >= rule.approvals:
        return None
    so_far = f", and {' and '.join(people)} alone did" if people else ""
    needed = "somebody" if rule.approvals == 1 else f"{rule.approvals} people"
    return (
        f"{needed} must approve it for `{rule.alias}`{so_far}",
        f"`tilth models approve {found.name} --why ...` says that it may go live",
    )


def _approving(decisions: Iterable[ModelEvent]) -> set[str]:
    """Who approved since it was last refused or retired."""
    people: set[str] = set()
    for each in decisions:
        if each.kind == "approved":
            people.add(each.person or "somebody")
        elif each.kind in ("refused", "retired"):
            people.clear()
    return people


def _not_tried(rule: PromotionRule, found: ModelVersion) -> tuple[str, str] | None:
    if not rule.after:
        return None
    since = [
        at
        for at, each in enumerate(found.decisions)
        if each.kind in ("aliased", "rolled_back") and each.alias == rule.after
    ]
    if not since:
        return (
            f"it was never `{rule.after}`, which comes before `{rule.alias}`",
            f"`tilth models promote {found.name} --alias {rule.after}` comes first",
        )
    passed = _passed_on(found.decisions[since[0] :])
    if len(passed) >= rule.passes:
        return None
    times = "version of the rows" if rule.passes == 1 else "versions of the rows"
    return (
        f"as `{rule.after}` it has to meet its goals on {rule.passes} {times}, and did on "
        f"{len(passed)}",
        f"`tilth models validate {found.name} --rows ...` holds it against the goals on others",
    )


def _passed_on(decisions: Iterable[ModelEvent]) -> set[str]:
    """The fingerprints of rows on which all goals were met; the same rows twice show no more."""
    verdicts = (json.loads(each.details) for each in decisions if each.kind == "validated")
    return {each["rows_digest"] for each in verdicts if each["outcome"] == "passed"}
