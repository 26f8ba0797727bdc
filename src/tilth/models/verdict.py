"""What a gate says of a version: goal by goal, with the evidence, in numbers and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Literal

from tilth.fingerprint.canonical import of_value
from tilth.models.goals import Goal
from tilth.record import field, fields_of, record

Outcome = Literal["passed", "failed", "undecided"]


@record
class Part:
    """What the rows of one slice, or all rows, say of a goal.

    Attributes:
        slice: Its conditions; empty for all rows.
        outcome: What can be said of it.
        n_rows: Rows in it.
        value: The number that the bound is for: a measure, or a gain; NaN where it is not defined.
        low: The lower end of its interval, at the level of 1 - 2 alpha; NaN without one.
        high: The upper end.
        before: The measure of the other model, where there is one; else NaN.
        after: The measure of the version.
        p_value: How likely such rows are where the goal is not met, at the most favourable.
        p_against: How likely they are where it is met.
        evidence: In words.
    """

    slice: str = ""
    outcome: Outcome
    n_rows: int
    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    before: float = float("nan")
    after: float = float("nan")
    p_value: float = 1.0
    p_against: float = 1.0
    evidence: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As plain data; what is not a number is None."""
        return _plain(self)


@record
class Judged:
    """A goal, and what is shown of it.

    Attributes:
        goal: Which.
        outcome: `passed` where it is shown to be met, `failed` where it is shown not to be, and
            `undecided` where the rows show neither.
        parts: Of each slice, or of all rows; the weightiest first.
        evidence: In words.
    """

    goal: Goal
    outcome: Outcome
    parts: tuple[Part, ...]
    evidence: str

    @property
    def stands_in_the_way(self) -> bool:
        """Whether it keeps the version from passing."""
        if self.outcome == "undecided":
            return not self.goal.unproven_passes
        return self.outcome == "failed"

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        goal = self.goal
        return {
            "goal": goal.text,
            "place": goal.place,
            "why": goal.why,
            "outcome": self.outcome,
            "stands_in_the_way": self.stands_in_the_way,
            "threshold": goal.bound,
            "alpha": goal.alpha,
            "evidence": self.evidence,
            "parts": [each.as_dict() for each in self.parts],
        }


@record
class Verdict:
    """Whether a version may go live.

    Attributes:
        model: What was judged, such as `late@2`, or a dataset.
        rows: The dataset that it was judged on.
        rows_digest: The fingerprint of that.
        n_rows: How many there were.
        goals_digest: Of the goals that it was held against.
        live: What it was compared with as live; empty where nothing was.
        baseline: The simple model that it was compared with.
        judged: Each goal, in order.
    """

    model: str
    rows: str
    rows_digest: str = ""
    n_rows: int
    goals_digest: str
    live: str = ""
    baseline: str = ""
    judged: tuple[Judged, ...] = field(repr=False)

    @property
    def outcome(self) -> Outcome:
        """`passed` where no goal stands in the way, `failed` where one is shown not to be met."""
        if any(each.outcome == "failed" for each in self.judged):
            return "failed"
        return "undecided" if any(each.stands_in_the_way for each in self.judged) else "passed"

    @property
    def text(self) -> str:
        """In one line."""
        met = sum(not each.stands_in_the_way for each in self.judged)
        beside = f", beside {self.live}" if self.live else ", and nothing is live"
        if self.live == self.model:
            beside = "; it is what is live"
        return (
            f"{self.model} has {_SAID[self.outcome]}: {met} of {len(self.judged)} goals met on "
            f"{self.n_rows:,} rows of `{self.rows}`{beside}"
        )

    @property
    def digest(self) -> str:
        """What stands for all that it says."""
        return of_value("verdict", self._told())

    def as_dict(self, *, most_parts: int | None = None) -> dict[str, Any]:
        """As plain data, for `--json` and for the record.

        Args:
            most_parts: Slices of each goal that are told, the weightiest first; all if None.
        """
        told = self._told()
        for each in told["goals"]:
            each["parts"] = each["parts"][:most_parts]
        return {**told, "digest": self.digest}

    def _told(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "outcome": self.outcome,
            "rows": self.rows,
            "rows_digest": self.rows_digest,
            "n_rows": self.n_rows,
            "goals_digest": self.goals_digest,
            "live": self.live,
            "baseline": self.baseline,
            "goals": [each.as_dict() for each in self.judged],
        }

    def _repr_html_(self) -> str:
        from html import escape  # for notebooks alone

        rows = "".join(
            f"<tr><td>{each.outcome}</td><td>{escape(each.goal.text)}</td>"
            f"<td>{escape(each.evidence)}</td></tr>"
            for each in self.judged
        )
        return f"<p><b>{escape(self.text)}</b></p><table>{rows}</table>"


_SAID: Mapping[Outcome, str] = {
    "passed": "passed",
    "failed": "failed",
    "undecided": "not passed, and not failed",
}


def worst_first(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Failed ones, then undecided ones; among them what is least likely to be met first."""
    order = {"failed": 0, "undecided": 1, "passed": 2}
    return tuple(sorted(parts, key=lambda each: (order[each.outcome], each.p_against)))


def _plain(part: Part) -> dict[str, Any]:
    found = {name: getattr(part, name) for name in fields_of(part)}
    return {
        name: None if isinstance(value, float) and not isfinite(value) else value
        for name, value in found.items()
    }
