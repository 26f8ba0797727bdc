"""What can be tested of one column, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import numpy as np

from tilth.quality.drift.counts import compare_counts
from tilth.quality.drift.effect import MinimumEffect
from tilth.quality.drift.numbers import Sample, compare_numbers
from tilth.quality.drift.outcome import Outcome
from tilth.quality.sketch import ColumnSketch, Kind, Levels
from tilth.record import record


class Aspect(StrEnum):
    """What of a column is compared."""

    VALUES = "values"
    """Finite numbers, dates, times or levels."""

    MISSING = "missing"
    """The shares of nulls, NaN and infinities."""

    LENGTHS = "lengths"
    """Lengths of texts, where there are too many levels to count each."""


@record
class Comparison:
    """One aspect of one column, tested.

    Attributes:
        column: Its name.
        aspect: What was compared.
        outcome: Test, p-value and size of the difference.
        p_adjusted: The p-value, adjusted for all tests of the data set.
        significant: Whether that is at most alpha.
        material: Whether the difference is large enough to matter.
    """

    column: str
    aspect: Aspect
    outcome: Outcome
    p_adjusted: float
    significant: bool
    material: bool

    @property
    def drifted(self) -> bool:
        """Both significant and material."""
        return self.significant and self.material


@record
class ColumnDrift:
    """What is known of one column that both sides have.

    Attributes:
        name: The column's.
        kind: Of the reference.
        comparisons: What was tested; nothing where there was nothing to test.
        new_levels: Levels that occur and that the reference surely does not have.
        vanished_levels: Levels of the reference that surely do not occur.
    """

    name: str
    kind: Kind
    comparisons: tuple[Comparison, ...] = ()
    new_levels: tuple[str, ...] = ()
    vanished_levels: tuple[str, ...] = ()

    @property
    def drifted(self) -> bool:
        """Whether any aspect is."""
        return any(each.drifted for each in self.comparisons)


def outcomes_of(reference: ColumnSketch, current: ColumnSketch) -> Iterator[tuple[Aspect, Outcome]]:
    """Every test that these two sketches of a column allow."""
    tested = {Aspect.MISSING: _missing(reference, current)}
    if reference.kind is current.kind:
        if reference.kind.ordered:
            tested[Aspect.VALUES] = _ranked(reference, current)
        elif reference.levels is not None and current.levels is not None:
            tested[Aspect.VALUES] = _levels(reference.levels, current.levels)
            if not (reference.levels.exact and current.levels.exact):
                tested[Aspect.LENGTHS] = _ranked(reference, current)
    return ((aspect, outcome) for aspect, outcome in tested.items() if outcome is not None)


def is_material(aspect: Aspect, outcome: Outcome, minimum: MinimumEffect) -> bool:
    """Whether a difference is as large as the smallest that matters."""
    effect = outcome.effect
    if aspect is Aspect.MISSING:
        return effect.share >= minimum.missing
    return effect.share >= minimum.share or (
        effect.shift is not None and effect.shift >= minimum.shift
    )


def unknown_levels(known: ColumnSketch, other: ColumnSketch) -> tuple[str, ...]:
    """Levels of the other that the first surely does not have, the most frequent first.

    Nothing where the first has more levels than it keeps: any of them may be among the rest.
    """
    if known.levels is None or other.levels is None or not known.levels.exact:
        return ()
    return tuple(name for name in other.levels.counts if name not in known.levels.counts)


def _missing(reference: ColumnSketch, current: ColumnSketch) -> Outcome | None:
    def counts(column: ColumnSketch) -> list[int]:
        return [column.n_valid, column.n_null, column.n_nan, column.n_infinite]

    return compare_counts(np.array(counts(reference)), np.array(counts(current)))


def _ranked(reference: ColumnSketch, current: ColumnSketch) -> Outcome | None:
    samples = [
        Sample(ranks=each.ranks, moments=each.moments)
        for each in (reference, current)
        if each.ranks is not None and each.moments is not None
    ]
    return compare_numbers(*samples) if len(samples) == 2 else None


def _levels(reference: Levels, current: Levels) -> Outcome | None:
    """Level by level where all are counted, else by the buckets that they fall into."""
    if not (reference.exact and current.exact):
        return compare_counts(np.array(reference.buckets), np.array(current.buckets))
    names = sorted(reference.counts.keys() | current.counts.keys())
    counts = (np.array([each.counts.get(n, 0) for n in names]) for each in (reference, current))
    return compare_counts(*counts)
