"""A smaller model beside the original: what it saves, and what it loses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilth.quality.intervals import Estimate
from tilth.record import field, record


@record
class Cost:
    """What a model takes.

    Attributes:
        n_bytes: Of its file.
        one_row: Microseconds to predict one row, the median of several calls.
        thousand_rows: Milliseconds to predict a thousand rows, likewise.
    """

    n_bytes: int
    one_row: float
    thousand_rows: float


@record
class Candidate:
    """A smaller model.

    Attributes:
        name: What was done, in few words; `as it is` for the original.
        means: By which means.
        cost: What it takes, fitted on all rows.
        values: The metric on each fold, shape (n_folds,).
        value: The mean of these.
        loss: How much worse than the original, as a share of its value or of its lead; the
            interval is paired by fold. Below nought where it is better.
        lead_lost: How much of what the original is better than a guess.
        slices: Slice -> relative loss on the rows held out that are in it; NaN where the metric
            is not defined for them.
        model: Fitted on all rows.
        within: Whether it loses no more than is allowed, on the whole and on slices.
        parity: Of a model in ONNX, how alike it answers at the edges; else empty.
    """

    name: str
    means: tuple[str, ...]
    cost: Cost
    values: tuple[float, ...]
    value: float
    loss: Estimate
    lead_lost: float
    slices: Mapping[str, float]
    model: Any = field(repr=False, compare=False)
    within: bool = False
    parity: str = ""

    @property
    def worst_slice(self) -> tuple[str, float] | None:
        """Where most is lost, and how much; None where there are no slices."""
        known = {name: each for name, each in self.slices.items() if each == each}  # noqa: PLR0124
        if not known:
            return None
        name = max(known, key=lambda each: known[each])
        return name, known[name]


@record
class Pruning:
    """All that was tried.

    Attributes:
        candidates: The original first, then the others from large to small; of those that were
            tried on all folds.
        chosen: Which of them is taken.
        left_out: What could not be made, in words -> why.
        given_up: What was not tried on all folds, in words -> what it lost on the first.
        metric: What losses are of.
        allowed: The largest relative loss.
    """

    candidates: tuple[Candidate, ...]
    chosen: Candidate
    left_out: Mapping[str, str]
    given_up: Mapping[str, float]
    metric: str
    allowed: float

    @property
    def original(self) -> Candidate:
        """The model that all was made from."""
        return self.candidates[0]

    @property
    def times_smaller(self) -> float:
        """How often the chosen one goes into the original."""
        return self.original.cost.n_bytes / self.chosen.cost.n_bytes
