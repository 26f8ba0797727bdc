"""The doctor: looks at a project from all sides, and says what is wrong or soon will be.

Each rule has a code that stays, so that it can be looked up and spoken of:
T1 is the layout that `tilth new` makes, T2 the definition, T3 what is installed, T4 what is kept.
How serious the layout's rules are, a project says itself: `strict: off|warn|error`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tilth.errors import TilthError
from tilth.project.checkups import (
    consistency,
    definition,
    goals,
    installed,
    kept,
    layout,
    scope,
    unseen,
)
from tilth.project.checkups.finding import Finding, Rule
from tilth.record import changed, record

if TYPE_CHECKING:
    from tilth.project.project import Project

RULES: tuple[Rule, ...] = (
    *layout.RULES,
    *definition.RULES,
    *consistency.RULES,
    *unseen.RULES,
    *goals.RULES,
    *scope.RULES,
    *installed.RULES,
    *kept.RULES,
)
"""All rules, by their codes."""

_LEVELS = {"off": "note", "warn": "warning", "error": "error"}


@record
class Examination:
    """What the doctor found.

    Attributes:
        findings: In the order of their codes.
        n_rules: How many rules were looked at.
    """

    findings: tuple[Finding, ...]
    n_rules: int

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; warnings and notes are allowed."""
        return all(each.level != "error" for each in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "ok": self.ok,
            "rules": self.n_rules,
            "findings": [each.as_dict() for each in self.findings],
        }


def examine(project: Project) -> Examination:
    """Look at a project by all rules."""
    layout_level = _LEVELS[project.config.settings.strict]
    found: list[Finding] = []
    for rule in RULES:
        level = layout_level if rule.code.startswith("T1") else rule.level
        found += [_named(each, rule, level) for each in _looked(rule.look, project)]
    return Examination(findings=tuple(found), n_rules=len(RULES))


def _named(finding: Finding, rule: Rule, level: str) -> Finding:
    return changed(finding, code=rule.code, level=finding.level or level)


def _looked(look: Callable[[Project], Iterable[Finding]], project: Project) -> list[Finding]:
    """What one rule finds; one that cannot look says so instead of ending the others."""
    try:
        return list(look(project))
    except (TilthError, OSError) as error:
        return [Finding(message=str(error), hint=getattr(error, "hint", None), level="error")]
