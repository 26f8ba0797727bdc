"""A rule of the doctor's, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tilth.record import record


@record
class Finding:
    """Something that is wrong, or soon will be.

    Attributes:
        message: What, with names and numbers.
        hint: What to do.
        code: The rule's.
        level: `error`, `warning` or `note`; the rule's own where empty.
    """

    message: str
    hint: str | None = None
    code: str = ""
    level: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "code": self.code,
            "level": self.level,
            "message": self.message,
            "hint": self.hint,
        }


@record
class Rule:
    """What must hold of a project.

    Attributes:
        code: For ever the same.
        what: The rule, as a sentence.
        look: Gives each breach.
        level: How serious a breach is.
    """

    code: str
    what: str
    look: Callable[[Any], Iterable[Finding]]
    level: str = "warning"
