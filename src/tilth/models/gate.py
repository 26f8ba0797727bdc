"""The gate: facts about a version in, a verdict out; blind to files, clocks and the registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import DataError, UnknownNameError
from tilth.models.behaviour import Behaviour
from tilth.models.gap import few_levels, gap_parts
from tilth.models.goals import Goal, ModelGoals
from tilth.models.proof import CANDIDATE, part_of, together, told_few, told_p
from tilth.models.verdict import Judged, Outcome, Part, Verdict, worst_first
from tilth.quality.intervals import wilson
from tilth.quality.measures.mcnemar import mcnemar
from tilth.quality.measures.measure import Measure
from tilth.quality.measures.outcome import Outcome as Answered
from tilth.quality.measures.outcome import Said
from tilth.quality.measures.resampled import Resampled, resampled
from tilth.quality.measures.shares import p_of_gain, p_of_share, rows_of_share
from tilth.quality.measures.statistic import check_fits
from tilth.quality.slices.condition import Attribute, Equal, Missing, Slice
from tilth.record import changed, field, record

Floats = NDArray[np.float64]

LIVE, BASELINE, MEDIAN = "live", "baseline", "baseline, median"
"""What the others are called among the models; the last is the best constant by absolute error."""

_SLOW = 0.05
"""The share of answers that may take longer than is allowed."""

_MOST_LEVELS = 100
_BY_ABSOLUTE_ERROR = frozenset({"mae", "median_absolute_error", "mape"})


@record
class Facts:
    """What is known of a version.

    Attributes:
        model: Its name.
        rows: The dataset that it is judged on.
        rows_digest: The fingerprint of that.
        table: Its rows, to describe slices by.
        answered: What is so, and what the models said: `candidate`, and `live` and `baseline`
            where there are such.
        live: What is live, by name; empty where nothing is.
        baseline: The simple model by name; empty for the best constant answer.
        milliseconds: How long single rows took to answer, shape (n_answers,); None unless asked.
        megabytes: What the version takes as bytes, in millions; None unless asked.
        behaviour: Position of a goal -> what came of changing rows.
    """

    model: str
    rows: str
    rows_digest: str = ""
    table: pl.DataFrame = field(repr=False)
    answered: Answered = field(repr=False)
    live: str = ""
    baseline: str = ""
    milliseconds: Floats | None = field(repr=False, default=None)
    megabytes: float | None = None
    behaviour: Mapping[int, Behaviour] = field(repr=False, default_factory=dict)


def judge(goals: ModelGoals, facts: Facts) -> Verdict:
    """Hold a version against its goals.

    All goals must be met, so that the chance of passing a version that fails one of them is no
    larger than the alpha of that goal, however many there are.

    Raises:
        UnknownNameError: A goal names a column that the rows lack.
        DataError: A measure does not fit the target, or a slice cannot be asked of a column.
    """
    rows = _Rows(goals, facts)
    judged = [
        Judged(goal=goal, outcome=outcome, parts=worst_first(parts), evidence=evidence)
        for goal, (outcome, parts, evidence) in (
            (goal, _JUDGES[goal.kind](goal, at, facts, rows)) for at, goal in enumerate(goals.goals)
        )
    ]
    return Verdict(
        model=facts.model,
        rows=facts.rows,
        rows_digest=facts.rows_digest,
        n_rows=facts.table.height,
        goals_digest=goals.digest,
        live=facts.live,
        baseline=facts.baseline or "the best constant",
        judged=tuple(judged),
    )


Found = tuple[Outcome, Sequence[Part], str]


class _Rows:
    """The rows and their slices; each is drawn anew once for all goals that look at it."""

    def __init__(self, goals: ModelGoals, facts: Facts) -> None:
        self.goals = goals
        self.facts = facts
        self.answered = with_constants(facts.answered) if not facts.baseline else facts.answered
        self.groups = self._codes(goals.together)
        self._wanted = self._all_wanted()
        self._found: dict[str, Resampled] = {}

    def slices(self, goal: Goal) -> list[str]:
        """The texts of the slices that a goal is about; one that is empty for all rows."""
        levels = [text for text, n in self._levels(goal) if n >= goal.least_rows]
        return [*goal.slices, *levels] or ([] if goal.by else [""])

    def left_out(self, goal: Goal) -> str:
        """In words, which levels have too few rows to be judged, the most frequent first."""
        return told_few([each for each in self._levels(goal) if each[1] < goal.least_rows], goal)

    def members(self, text: str, goal: Goal) -> NDArray[np.int64]:
        """The rows of a slice, by position."""
        table = self.facts.table
        if not text:
            return np.arange(table.height)
        try:
            return np.flatnonzero(Slice.parse(text).mask(table))
        except UnknownNameError as error:
            raise UnknownNameError("column", error.name, table.columns, where=where(goal)) from None
        except ValueError as error:
            raise DataError(f"{where(goal)}: {error}") from None

    def resampled(self, text: str, goal: Goal) -> tuple[Resampled | None, int]:
        """All measures that goals ask of a slice, and how many rows it has."""
        rows = self.members(text, goal)
        if len(rows) < min(2, goal.least_rows):
            return None, len(rows)
        if text not in self._found:
            groups = None if self.groups is None else self.groups[rows]
            whole = len(rows) == len(self.answered)
            self._found[text] = resampled(
                self.answered if whole else self.answered.only(rows),
                list(self._wanted[text]),
                groups=groups,
                n_draws=self.goals.draws,
                seed=self.goals.seed,
            )
        return self._found[text], len(rows)

    def known(self, text: str, goal: Goal, other: str | None) -> tuple[float, float]:
        """What a test for shares of right answers says; nothing of other measures.

        Of rows that belong together it knows nothing either: it would take each for evidence.
        """
        assert goal.measure is not None  # it is of one
        rows = self.members(text, goal)
        some = self.answered.only(rows)
        counted = rows_of_share(goal.measure, some) if self.groups is None else None
        if counted is None or not counted.any():
            return 0.0, 0.0
        right = {who: (each.predicted == some.truth)[counted] for who, each in some.said.items()}
        if other is None:
            return p_of_share(right[CANDIDATE], goal.bound)
        return p_of_gain(right[other], right[CANDIDATE], goal.bound)

    def apart(self, text: str, goal: Goal, other: str) -> str:
        """On how many rows only one of two models is right, and whether that may be chance."""
        rows = self.members(text, goal)
        truth, said = self.answered.truth[rows], self.answered.said
        found = mcnemar(
            said[other].predicted[rows] == truth, said[CANDIDATE].predicted[rows] == truth
        )
        return (
            f"; right alone in {found.only_second:,} rows, and wrong alone in "
            f"{found.only_first:,} (McNemar's p = {told_p(found.p_value)})"
        )

    def _all_wanted(self) -> dict[str, dict[Measure, None]]:
        found: dict[str, dict[Measure, None]] = {}
        for goal in self.goals.goals:
            if goal.measure is None:
                continue
            for who in self.answered.said:
                _fits(goal, goal.measure, self.answered, who)
            if goal.kind == "measure":
                for text in self.slices(goal):
                    found.setdefault(text, {})[goal.measure] = None
        return found

    def _levels(self, goal: Goal) -> list[tuple[str, int]]:
        """The slices of the levels that a goal is about, most frequent first, with their rows."""
        return [each for column in goal.by for each in self._levels_of(column, goal)]

    def _levels_of(self, column: str, goal: Goal) -> list[tuple[str, int]]:
        table = self.facts.table
        if column not in table.columns:
            raise UnknownNameError("column", column, table.columns, where=where(goal))
        counts = table[column].value_counts(sort=True, name="n")
        if counts.height > _MOST_LEVELS:
            raise DataError(
                f"{where(goal)}: column `{column}` has {counts.height:,} levels",
                hint=f"at most {_MOST_LEVELS}; name `slices` such as `{column} >= 10` instead",
            )
        counts = counts.sort(["n", column], descending=[True, False])
        texts = counts[column].cast(pl.String).to_list()
        levels = [Slice((_level(column, each),)).text for each in texts]
        return list(zip(levels, counts["n"].to_list(), strict=True))

    def _codes(self, column: str) -> NDArray[np.int64] | None:
        table = self.facts.table
        if not column:
            return None
        if column not in table.columns:
            raise UnknownNameError("column", column, table.columns, where=self.goals.place)
        return np.unique(table[column].cast(pl.String).fill_null(""), return_inverse=True)[1]


def _level(column: str, value: str | None) -> Any:
    attribute = Attribute(column)
    return Missing(attribute) if value is None else Equal(attribute, value)


def _fits(goal: Goal, measure: Measure, answered: Answered, who: str) -> None:
    try:
        check_fits(measure, answered, who)
    except DataError as error:
        raise DataError(f"{where(goal)}: {error}", hint=error.hint) from None


def where(goal: Goal) -> str:
    """How messages about a goal begin."""
    return goal.place or f"goal `{goal.text}`"


def with_constants(answered: Answered) -> Answered:
    """With the constant answers that fit these rows best, which need no model at all.

    They are chosen on the rows that are judged, so that a model has to beat the best of them.
    """
    n = len(answered)
    if answered.classes:
        shares = np.bincount(answered.truth, minlength=len(answered.classes)) / n
        prior = Said(
            predicted=np.full(n, int(shares.argmax())), probabilities=np.tile(shares, (n, 1))
        )
        return changed(answered, said={**answered.said, BASELINE: prior})
    mean = Said(predicted=np.full(n, answered.truth.mean()))
    median = Said(predicted=np.full(n, np.median(answered.truth)))
    return changed(answered, said={**answered.said, BASELINE: mean, MEDIAN: median})


# One kind of goal after the other


def _judge_measure(goal: Goal, at: int, facts: Facts, rows: _Rows) -> Found:
    if goal.against == "live" and LIVE not in rows.answered.said:
        why = "it is what is live" if facts.live else "nothing is live yet"
        return "passed", (), f"{why}, so there is nothing to be worse than"
    assert goal.measure is not None  # it is of one
    other = {"live": LIVE, "baseline": BASELINE}.get(goal.against)
    if other == BASELINE and goal.measure.name in _BY_ABSOLUTE_ERROR:
        other = MEDIAN if MEDIAN in rows.answered.said else BASELINE
    parts = []
    for text in rows.slices(goal):
        found, n_rows = rows.resampled(text, goal)
        known = rows.known(text, goal, other)
        part = part_of(goal, found, n_rows, other=other, text=text, known=known)
        if other is not None and found is not None and goal.measure.name == "accuracy":
            part = changed(part, evidence=part.evidence + rows.apart(text, goal, other))
        parts.append(part)
    left_out = rows.left_out(goal)
    if not parts:
        return "undecided", (), left_out
    outcome, judged = together(goal, parts)
    return outcome, judged, "; ".join(filter(None, [_evidence(judged), left_out]))


def _evidence(parts: Sequence[Part]) -> str:
    if len(parts) == 1:
        return parts[0].evidence
    worst = worst_first(parts)[0]
    counts = [
        f"{n} {outcome}"
        for outcome in ("passed", "undecided", "failed")
        if (n := sum(each.outcome == outcome for each in parts))
    ]
    return f"{len(parts)} slices, {', '.join(counts)}; where {worst.slice}: {worst.evidence}"


def _judge_gap(goal: Goal, at: int, facts: Facts, rows: _Rows) -> Found:
    parts = gap_parts(
        goal, rows.answered, facts.table, groups=rows.groups, draws=rows.goals.draws,
        seed=rows.goals.seed,
    )  # fmt: skip
    outcome, judged = together(goal, parts)
    found = [worst_first(judged)[0].evidence, few_levels(goal, facts.table)]
    return outcome, judged, "; ".join(filter(None, found))


def _judge_latency(goal: Goal, at: int, facts: Facts, rows: _Rows) -> Found:
    took = facts.milliseconds
    if took is None or not took.size:
        return "undecided", (), "it was not measured how long answers take"
    slow = int((took > goal.bound).sum())
    share = wilson(slow, took.size, level=1 - 2 * goal.alpha)
    outcome: Outcome = "undecided"
    if share.high <= _SLOW:
        outcome = "passed"
    elif share.low > _SLOW:
        outcome = "failed"
    value = float(np.quantile(took, 1 - _SLOW))
    evidence = (
        f"95 of 100 answers to a single row within {value:.3g} ms; {slow:,} of {took.size:,} took "
        f"longer than {goal.bound:g} ms"
    )
    part = Part(outcome=outcome, n_rows=took.size, value=value, after=value, evidence=evidence)
    return outcome, (part,), evidence


def _judge_size(goal: Goal, at: int, facts: Facts, rows: _Rows) -> Found:
    if facts.megabytes is None:
        return "undecided", (), "it is not known how large it is"
    outcome: Outcome = "passed" if facts.megabytes <= goal.bound else "failed"
    evidence = f"it takes {facts.megabytes:.3g} MB"
    value = facts.megabytes
    return outcome, (Part(outcome=outcome, n_rows=0, value=value, evidence=evidence),), evidence


def _judge_behaviour(goal: Goal, at: int, facts: Facts, rows: _Rows) -> Found:
    if at not in facts.behaviour:
        return "undecided", (), "the model was not asked"
    seen = facts.behaviour[at]
    broken = seen.n_broken / seen.n_rows
    outcome: Outcome = "passed" if broken <= goal.share else "failed"
    part = Part(outcome=outcome, n_rows=seen.n_rows, value=broken, evidence=seen.evidence)
    return outcome, (part,), seen.evidence


_JUDGES: Mapping[str, Callable[[Goal, int, Facts, _Rows], Found]] = {
    "measure": _judge_measure,
    "gap": _judge_gap,
    "latency_ms": _judge_latency,
    "size_mb": _judge_size,
    "invariance": _judge_behaviour,
    "direction": _judge_behaviour,
    "minimum": _judge_behaviour,
}

__all__ = ["BASELINE", "CANDIDATE", "LIVE", "Facts", "judge", "where", "with_constants"]
