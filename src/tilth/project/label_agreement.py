"""How far the labelers of a set agree, where they do not, and which passages to revise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tilth.errors import DataError, UnknownNameError
from tilth.labels.entry import Decision, Key
from tilth.labels.instruction import Instruction, Passage
from tilth.labels.standing import Resolution
from tilth.labels.votes import is_independent, votes
from tilth.project.label_set import LabelSet
from tilth.quality.agreement import Agreement, Change, agreement, by_slice, compare
from tilth.quality.disagreement import ClassAgreement, Confusion, by_class, confusions
from tilth.quality.labelers import LabelerAgreement, PairAgreement, by_labeler, pairwise
from tilth.quality.votes import Votes
from tilth.record import record

_MANY = 12
"""Distinct numbers beyond which a column is cut at its quartiles to make slices."""


@record
class VersionAgreement:
    """Agreement under one version of the instruction.

    Attributes:
        version: Its digest; empty where there was no instruction.
        number: Counts versions from 1; 0 where there was none.
        seen: When it was first seen.
        agreement: Of the labels made by it.
        change: Since the version before; None for the first.
    """

    version: str
    number: int
    seen: str
    agreement: Agreement
    change: Change | None


@record
class Revision:
    """Two classes that people do not tell apart, and what the instruction says of them.

    Attributes:
        confusion: The classes, and how often they are confused.
        passages: Those that name both; none where the instruction does not tell them apart.
        items: On which people differ between the two.
    """

    confusion: Confusion
    passages: tuple[Passage, ...]
    items: tuple[Key, ...]


@record
class LabelAgreement:
    """How far the labelers of a set agree.

    Attributes:
        overall: Over all items, by the newest instruction that labels were made by.
        classes: Per class, the one most surely disagreed upon first.
        labelers: Each against the others.
        pairs: Every two labelers.
        slices: Slice -> agreement within it; empty where none were asked for.
        versions: In the order they were first seen.
        revise: What to revise, the most confused classes first.
        to_discuss: Items on which people differ, or which they find no single class for.
    """

    overall: Agreement
    classes: Sequence[ClassAgreement]
    labelers: Sequence[LabelerAgreement]
    pairs: Sequence[PairAgreement]
    slices: Mapping[Any, Agreement]
    versions: Sequence[VersionAgreement]
    revise: Sequence[Revision]
    to_discuss: Sequence[Resolution]


def label_agreement(
    labels: LabelSet, *, by: str | None = None, n_draws: int = 1000
) -> LabelAgreement:
    """Measure how far people agree who were shown neither a label nor a suggestion.

    Args:
        labels: Whose labels.
        by: A column of the data; agreement is told for each of its values, or its quartiles.
        n_draws: Resamples for the intervals.

    Raises:
        DataError: No two people have labelled the same item blind.
        UnknownNameError: The data has no such column.
    """
    cast = _by_version(labels)
    if not cast:
        raise DataError(
            f"label set `{labels.name}`: no item was labelled by two people who saw no label, "
            "and by the same instruction",
            hint=f"`tilth labels sample {labels.name}`, then `tilth labels review {labels.name}`",
        )
    newest = list(cast.values())[-1]
    return LabelAgreement(
        overall=agreement(newest, n_draws=n_draws),
        classes=by_class(newest, n_draws=n_draws),
        labelers=by_labeler(newest, n_draws=n_draws),
        pairs=pairwise(newest, least=1, n_draws=n_draws),
        slices=by_slice(newest, _slices(labels, newest, by), n_draws=n_draws) if by else {},
        versions=_versions(labels, cast, n_draws),
        revise=_revise(newest, labels.instruction(), n_draws),
        to_discuss=[
            each for each in labels.standing.resolved(labels.settings.reviewers) if each.needs_talk
        ],
    )


def _by_version(labels: LabelSet) -> dict[str, Votes]:
    """The votes by each version of the instruction that two people labelled an item by.

    Of one person and item the latest by each version counts, so that what was said by the old
    one is still known after the item was labelled anew.
    """
    known = labels.standing
    latest: dict[str, dict[tuple[Key, str], Decision]] = {}
    for each in filter(is_independent, known.decisions()):
        latest.setdefault(each.instruction, {})[each.item, each.labeler] = each
    found = {}
    for version in ("", *known.instructions):
        said = latest.get(version, {}).values()
        if any(each.verdict.is_sure for each in said):
            cast = _votes(labels, said)
            if (cast.per_item > 1).any():
                found[version] = cast
    return found


def _votes(labels: LabelSet, said: Iterable[Decision]) -> Votes:
    try:
        return votes(said, labels.classes)
    except ValueError as error:
        raise DataError(f"label set `{labels.name}`: {error}") from error


def _versions(labels: LabelSet, cast: Mapping[str, Votes], n_draws: int) -> list[VersionAgreement]:
    found: list[VersionAgreement] = []
    before: Votes | None = None
    for version, now in cast.items():
        seen = labels.standing.instructions.get(version)
        found.append(
            VersionAgreement(
                version=version,
                number=seen.number if seen else 0,
                seen=seen.time if seen else "",
                agreement=agreement(now, n_draws=n_draws),
                change=compare(before, now, n_draws=n_draws) if before is not None else None,
            )
        )
        before = now
    return found


def _revise(cast: Votes, instruction: Instruction | None, n_draws: int) -> list[Revision]:
    return [
        Revision(
            confusion=each,
            passages=instruction.on(each.first, each.second) if instruction else (),
            items=_between(cast, each),
        )
        for each in confusions(cast, n=5, n_draws=n_draws)
    ]


def _between(cast: Votes, confusion: Confusion) -> tuple[Key, ...]:
    """The items that got votes for both classes."""
    sides = [cast.classes.index(each) for each in (confusion.first, confusion.second)]
    first, second = (cast.item[cast.label == side] for side in sides)
    return tuple(cast.items[np.intersect1d(first, second)].tolist())


def _slices(labels: LabelSet, cast: Votes, by: str) -> Any:
    """The slice of each voted item; None for one that is gone from the data."""
    frame = labels.items.frame
    if by not in frame.columns:
        where = f"label set `{labels.name}`, dataset `{labels.settings.data}`"
        raise UnknownNameError("column", by, frame.columns, where=where)
    column = frame[by]
    if column.dtype.is_numeric() and column.n_unique() > _MANY:
        cuts = sorted({float(column.quantile(q)) for q in (0.25, 0.5, 0.75)})
        column = column.cut(cuts, left_closed=False)
    words = column.cast(str).to_list()
    rows = [labels.items.rows.get(each) for each in cast.items.tolist()]
    return np.array([None if row is None else words[row] for row in rows], object)
