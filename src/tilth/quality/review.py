"""What people decide about suspected labels: a queue, decisions, and what follows from them.

A label changes only where everyone asked said the same. What they do not agree on, and what no
label fits, comes back as something to talk about; nothing is settled by a vote.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from enum import StrEnum

import numpy as np
import polars as pl

from tilth.quality.label_errors import LabelErrors
from tilth.quality.noise_kinds import Kind, NoiseKinds
from tilth.record import record


class Verdict(StrEnum):
    """What a person says about a row's label."""

    KEEP = "keep"
    """The given label is right."""
    CHANGE = "change"
    """Another label is right: it comes with the decision."""
    BOTH = "both"
    """More than one label is right."""
    NEITHER = "neither"
    """No label is right."""
    UNSURE = "unsure"
    """I cannot tell. It settles nothing."""


class Outcome(StrEnum):
    """Where a row stands."""

    AGREED = "agreed"
    DISPUTED = "disputed"
    OPEN = "open"


@record
class Decision:
    """What one person said about one row.

    Attributes:
        row: Its position in the data.
        reviewer: Who said it.
        verdict: What.
        label: The right label, with `CHANGE` alone.
    """

    row: int
    reviewer: str
    verdict: Verdict
    label: Hashable | None = None

    def __post_init__(self) -> None:
        if (self.label is not None) != (self.verdict is Verdict.CHANGE):
            how = "needs" if self.verdict is Verdict.CHANGE else "takes no"
            raise ValueError(f"`{self.verdict}` for row {self.row} {how} label")


@record
class Resolution:
    """What the decisions about one row come to.

    Attributes:
        row: Its position in the data.
        outcome: Where it stands.
        verdict: What was agreed; None otherwise.
        label: The new label, where a change was agreed.
        decisions: The last of each reviewer, by name.
    """

    row: int
    outcome: Outcome
    verdict: Verdict | None
    label: Hashable | None
    decisions: tuple[Decision, ...]


@record
class LabelChange:
    """A change that is proposed, for whoever may write labels.

    Attributes:
        row: Its position in the data.
        before: The given label.
        after: What it should be.
        reviewers: Who agreed.
    """

    row: int
    before: Hashable
    after: Hashable
    reviewers: tuple[str, ...]


@record
class Review:
    """What a round of reviews comes to.

    Attributes:
        resolutions: One for each row of the queue, in its order.
        changes: Agreed changes.
        to_discuss: Rows that are disputed, and rows that are agreed to fit several labels or
            none: the instruction does not cover them.
        open: Rows that not enough people have decided.
    """

    resolutions: tuple[Resolution, ...]
    changes: tuple[LabelChange, ...]
    to_discuss: tuple[Resolution, ...]
    open: tuple[int, ...]


def resolve(
    decisions: Iterable[Decision],
    given: Mapping[int, Hashable] | Sequence[Hashable],
    *,
    rows: Iterable[int] | None = None,
    reviewers: int = 1,
) -> Review:
    """Put the decisions of one, two or more people together.

    Args:
        decisions: In the order they were made: of one person about one row, the last counts.
        given: Row -> its given label.
        rows: The queue; None for the rows that were decided, in that order.
        reviewers: How many have to be sure before a row is settled. Where more are, all of them
            have to agree.

    Raises:
        ValueError: `reviewers` is below one, or a decision is about a row that is not in the
            queue.
    """
    if reviewers < 1:
        raise ValueError(f"a row is settled by at least one person, not {reviewers}")
    last: dict[int, dict[str, Decision]] = {}
    for decision in decisions:
        last.setdefault(decision.row, {})[decision.reviewer] = decision
    queue = list(last) if rows is None else [int(row) for row in rows]
    strange = sorted(set(last) - set(queue))
    if strange:
        raise ValueError(f"{len(strange)} rows were decided but not asked, such as {strange[0]}")
    resolutions = tuple(_resolution(row, given[row], last.get(row, {}), reviewers) for row in queue)
    return Review(
        resolutions=resolutions,
        changes=tuple(_change(each, given[each.row]) for each in resolutions if _changes(each)),
        to_discuss=tuple(each for each in resolutions if _needs_talk(each)),
        open=tuple(each.row for each in resolutions if each.outcome is Outcome.OPEN),
    )


def hits(review: Review) -> tuple[bool, ...]:
    """Whether each agreed row's label was wrong, in the order of the queue.

    It was where it is to change or where no label fits; not where it is right among others.
    """
    return tuple(
        each.verdict in (Verdict.CHANGE, Verdict.NEITHER)
        for each in review.resolutions
        if each.outcome is Outcome.AGREED
    )


def review_queue(errors: LabelErrors, kinds: NoiseKinds | None = None) -> pl.DataFrame:
    """The suspected rows as a table, the worst first.

    Returns:
        Columns `row`, `given`, `suggested`, `score`, and `kind` where the kinds are known.
        Labels that are neither text nor numbers are shown as text.
    """
    names = _column(errors.classes)
    table = pl.DataFrame(
        {
            "row": errors.rows,
            "given": names.gather(errors.given),
            "suggested": names.gather(errors.suggested),
            "score": errors.scores,
        }
    )
    if kinds is None:
        return table
    return table.with_columns(
        pl.Series(
            "kind", [str(kind) for kind in kinds.kinds], dtype=pl.Enum([str(kind) for kind in Kind])
        )
    )


def _resolution(
    row: int, given: Hashable, last: Mapping[str, Decision], reviewers: int
) -> Resolution:
    decisions = tuple(last[name] for name in sorted(last))
    sure = [_plain(each, given) for each in decisions if each.verdict is not Verdict.UNSURE]
    verdict, label = None, None
    if len(sure) < reviewers:
        outcome = Outcome.OPEN
    elif len(set(sure)) > 1:
        outcome = Outcome.DISPUTED
    else:
        outcome = Outcome.AGREED
        verdict, label = sure[0]
    # Two who already differ need no third to be a dispute.
    if outcome is Outcome.OPEN and len(set(sure)) > 1:
        outcome = Outcome.DISPUTED
    return Resolution(row=row, outcome=outcome, verdict=verdict, label=label, decisions=decisions)


def _plain(decision: Decision, given: Hashable) -> tuple[Verdict, Hashable | None]:
    """To change a label to what it is, is to keep it."""
    if decision.verdict is Verdict.CHANGE and decision.label == given:
        return Verdict.KEEP, None
    return decision.verdict, decision.label


def _changes(each: Resolution) -> bool:
    return each.verdict is Verdict.CHANGE


def _change(each: Resolution, given: Hashable) -> LabelChange:
    who = tuple(d.reviewer for d in each.decisions if d.verdict is not Verdict.UNSURE)
    return LabelChange(row=each.row, before=given, after=each.label, reviewers=who)


def _needs_talk(each: Resolution) -> bool:
    return each.outcome is Outcome.DISPUTED or each.verdict in (Verdict.BOTH, Verdict.NEITHER)


def _column(classes: Sequence[Hashable]) -> pl.Series:
    kinds = {type(each) for each in classes}
    if kinds <= {str} or kinds <= {int, bool, float}:
        return pl.Series(np.array(classes))
    return pl.Series([str(each) for each in classes])
