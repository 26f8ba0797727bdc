"""Rounds: which items people are asked about, and how many people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tilth.errors import DataError, UnknownNameError
from tilth.labels.entry import Key, Question, Round, Source
from tilth.labels.queue import hits
from tilth.project.label_issues import Issues
from tilth.project.label_set import LabelSet
from tilth.quality.sampling import Allocation, draw, draw_uncertain
from tilth.quality.stopping import Outlook, outlook, review_order


def ask_sample(
    labels: LabelSet,
    n: int,
    *,
    by: str | None = None,
    allocation: Allocation = "proportional",
    probabilities: Any = None,
    reviewers: int = 2,
    seed: int | None = None,
    who: str = "",
) -> Round:
    """Draw items that several people label blind, and ask about them.

    Args:
        labels: Whose items.
        n: How many.
        by: A column whose strata the sample is spread over.
        allocation: `proportional` to the size of a stratum, or `equal`.
        probabilities: Of the classes for each item, shape (n_items, n_classes): then those of
            which they are least sure are taken, and strata do not count.
        reviewers: How many people are asked about each item.
        seed: Of the draw; another one for each sample, if not given.
        who: Asks.

    Raises:
        DataError: There is nothing to draw, or the log cannot be written.
        UnknownNameError: The data has no such column.
    """
    items = labels.items
    if seed is None:
        rounds = labels.standing.rounds.values()
        seed = sum(each.source is Source.SAMPLE for each in rounds)
    if probabilities is not None:
        drawn = draw_uncertain(items.keys, probabilities, n, seed=seed)
        note = f"{drawn.height} least sure"
    else:
        strata = _column(labels, by) if by is not None else None
        drawn = draw(items.keys, n, strata=strata, allocation=allocation, seed=seed)
        note = f"{drawn.height} at random" + (f" by `{by}`, {allocation}" if by else "")
    chosen: Sequence[tuple[Key, str]] = drawn.select("key", "reason").rows()
    return labels.ask(
        Source.SAMPLE,
        lambda id: (Question(round=id, item=key, reason=why) for key, why in chosen),
        reviewers=reviewers,
        by=who,
        note=note,
    )


def ask_issues(labels: LabelSet, issues: Issues, n: int | None = None, *, who: str = "") -> Round:
    """Ask about the items whose labels look wrong, the worst first.

    Every fifth is drawn from the whole queue, so that one can tell from them how many are left.

    Args:
        labels: Whose items.
        issues: What looks wrong.
        n: How many of them at most.
        who: Asks.

    Raises:
        DataError: Nothing looks wrong, or the log cannot be written.
    """
    if not issues.suspects:
        raise DataError(f"label set `{labels.name}`: no label looks wrong, so nothing is asked")
    chosen = issues.suspects[:n]

    def questions(id: str) -> Iterator[Question]:
        for rank in review_order(len(chosen)).tolist():
            each = chosen[rank]
            yield Question(
                round=id,
                item=each.item,
                given=each.given,
                suggested=each.suggested,
                score=each.score,
                rank=rank,
                reason=each.kind,
            )

    return labels.ask(
        Source.ISSUE,
        questions,
        reviewers=labels.settings.reviewers,
        by=who,
        note=f"{len(chosen)} of {len(issues.suspects)} suspects",
    )


def ask_outdated(labels: LabelSet, *, who: str = "") -> Round:
    """Ask again, blind, about the items that were labelled by an older instruction.

    Raises:
        DataError: There is none, or the log cannot be written.
    """
    old = labels.outdated()
    if not old:
        raise DataError(
            f"label set `{labels.name}`: every label was made by the instruction of now"
        )
    items, said = labels.items, labels.standing
    keys = [key for key in dict.fromkeys(each.item for each in old) if key in items.rows]
    people = max((len(said.of_item(key)) for key in keys), default=1)
    return labels.ask(
        Source.RELABEL,
        lambda id: (Question(round=id, item=key) for key in keys),
        reviewers=people,
        by=who,
        note=f"{len(keys)} labelled by an older version",
    )


def ask_unlabelled(labels: LabelSet, *, who: str = "") -> Round:
    """Ask about all items that have no label, and that nobody was asked about for that reason.

    Raises:
        DataError: There is none, or the log cannot be written.
    """
    known = labels.standing
    rounds = [each for each in known.rounds.values() if each.source is Source.UNLABELLED]
    before = {each.item for round in rounds for each in known.questions(round.id)}
    keys = [key for key in labels.items.unlabelled if key not in before]
    return labels.ask(
        Source.UNLABELLED,
        lambda id: (Question(round=id, item=key) for key in keys),
        reviewers=labels.settings.reviewers,
        by=who,
        note=f"{len(keys)} without a label",
    )


def outlook_of(labels: LabelSet, round: Round) -> Outlook:
    """How many wrong labels are left in a round of suspects, and whether to go on."""
    standing = labels.standing
    return outlook(hits(round, standing), len(standing.questions(round.id)))


def _column(labels: LabelSet, name: str) -> Any:
    frame = labels.items.frame
    if name not in frame.columns:
        where = f"label set `{labels.name}`, dataset `{labels.settings.data}`"
        raise UnknownNameError("column", name, frame.columns, where=where)
    return frame[name]
