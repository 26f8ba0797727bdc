"""A leak: what a model is told in training, and is not told where it is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from tilth.record import record

KINDS: Mapping[str, str] = {
    "same_row": "drop the copies, or name what rows share as `key` of the split",
    "near_row": "look whether they are one thing measured twice; if so, split by what they share",
    "same_key": "split by `key`, so that all rows of one name lie on one side",
    "same_group": "split by the group: `split: {by: group, column: ...}`",
    "late_training": "split by time, so that nothing is learned from what came later",
    "target_copy": "drop the column: it is the target under another name",
    "tells_target": "ask how it comes about; drop it if it is known only after the target is",
    "gaps_tell_target": "drop it if its values are written down only once the target is known",
    "known_later": "drop it, unless it is planned in advance and known when the model is asked",
}
"""Kind -> what to do about it. Those of rows first, then those of columns."""

Severity = Literal["sure", "likely"]


@record
class Leak:
    """Something that leaks.

    Attributes:
        kind: One of `KINDS`.
        severity: `sure` where it follows from the data alone; `likely` where a person has to say.
        column: Which; several with commas; empty for whole rows.
        sides: The two sides, such as `train, test`; empty where the sides do not matter.
        n: Rows that it was seen in.
        of: Rows that were looked at.
        evidence: What was seen, with numbers.

    References:
        S. Kaufman, S. Rosset, C. Perlich, "Leakage in data mining: formulation, detection, and
        avoidance", ACM Transactions on Knowledge Discovery from Data 6(4), 2012; S. Kapoor,
        A. Narayanan, "Leakage and the reproducibility crisis in machine-learning-based science",
        Patterns 4(9), 2023, table 1 (the kinds).
    """

    kind: str
    severity: Severity
    column: str = ""
    sides: str = ""
    n: int
    of: int
    evidence: str

    @property
    def advice(self) -> str:
        """What to do about it."""
        return KINDS[self.kind]

    def as_dict(self) -> dict[str, Any]:
        """As plain data, with the advice."""
        return {
            "kind": self.kind, "severity": self.severity, "column": self.column,
            "sides": self.sides, "n": self.n, "of": self.of, "evidence": self.evidence,
            "advice": self.advice,
        }  # fmt: skip
