"""The scope of a project: what it is for, in people's words, before anything is built."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tilth.record import record

PARTS: Mapping[str, str] = MappingProxyType(
    {
        "problem": "what is to be done better, and for whom",
        "metric": "the number that says how good it is",
        "baseline": "what is done today, or the simplest rule: it has to be beaten",
        "costs": "what it costs to make, to run, and to be wrong",
        "risks": "what may go wrong, and for whom",
    }
)
"""What belongs to a scope -> what it says."""


@record
class ScopeSettings:
    """What stands below `scope` in tilth.yml; a part of which nothing is said is empty.

    Attributes:
        problem: What is to be done better, and for whom.
        metric: The number that says how good it is.
        baseline: What is done today, or the simplest rule.
        costs: Of making it, of running it, and of errors.
        risks: What may go wrong, and for whom.
    """

    problem: str = ""
    metric: str = ""
    baseline: str = ""
    costs: str = ""
    risks: str = ""

    def parts(self) -> dict[str, str]:
        """Part -> what is said of it, in the order in which one asks."""
        return {name: getattr(self, name) for name in PARTS}

    def unsaid(self) -> tuple[str, ...]:
        """The parts of which nothing is said."""
        return tuple(name for name, text in self.parts().items() if not text)
