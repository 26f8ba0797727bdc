"""Why a slice is bad, and what would help: from what is known of its rows, a ranked list.

Each cause is asked the same question, so that the answers can be compared: *what share of the
slice's error could it account for?* Shares may overlap, and are not made to sum to one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from tilth.quality.slices.condition import Mask, Slice
from tilth.quality.slices.evidence import p_value
from tilth.quality.slices.losses import finite_per_row, losses_of
from tilth.record import record

Floats = NDArray[np.float64]

_ONE_CONVENTION = 0.5
"""From this share of suspicious labels with one swap of classes on, the instruction is at fault."""

_FEW_SWAPS = 5.0
"""So many labels must be expected to be swapped alike before that is a pattern."""

_REAL = 0.05
"""A shift of the slice's share is one if chance would make it less often than this."""


class Cause(StrEnum):
    """What makes a slice bad."""

    NOISY_LABELS = "noisy labels"
    HARD = "hard"
    FEW_ROWS = "few rows"
    DRIFTED = "drifted"
    NOT_TOLD_APART = "not told apart"


class Action(StrEnum):
    """What to do about it."""

    FIX_LABELS = "fix labels"
    REVISE_INSTRUCTION = "revise the instruction"
    COLLECT = "collect rows"
    ADD_FEATURE = "add a feature"
    LEAVE = "leave it"


@record
class Diagnosis:
    """One cause, and what to do about it.

    Attributes:
        cause: What makes the slice bad.
        action: What would help.
        share: What share of the slice's error this could account for, between 0 and 1.
        numbers: What it rests on, by name.
        text: The same as one sentence.
    """

    cause: Cause
    action: Action
    share: float
    numbers: Mapping[str, float]
    text: str


@record
class Known:
    """What is known besides the errors; all of it is optional.

    Attributes:
        suspicion: For each evaluated row, the chance that its label is wrong, 0 to 1.
        given: For each evaluated row, its label.
        suggested: For each evaluated row, the label that it should rather have.
        panel: For each evaluated row, the mean error that other good models (an upper bound, the
            nearest neighbours, people) make there, 0 to 1.
        train: The rows that the model learned from.
        train_error: Its errors on those, shape (n_train,).
        production: Rows as they come in now.
        learnable: What share of the slice's error more rows would take away, as its own
            learning curve tells, 0 to 1.
    """

    suspicion: ArrayLike | None = None
    given: ArrayLike | None = None
    suggested: ArrayLike | None = None
    panel: ArrayLike | None = None
    train: pl.DataFrame | None = None
    train_error: ArrayLike | None = None
    production: pl.DataFrame | None = None
    learnable: float | None = None

    def __post_init__(self) -> None:
        if self.learnable is not None and not 0 <= self.learnable <= 1:
            raise ValueError(f"`learnable` must lie between 0 and 1, and is {self.learnable}")


def diagnose(which: Slice, frame: pl.DataFrame, error: ArrayLike, known: Known) -> list[Diagnosis]:
    """Rank what may make a slice bad.

    - *Noisy labels*: the error-weighted mean suspicion. If one swap of classes makes up half of
      it, a rule is understood in two ways, and the instruction is what to revise.
    - *Hard*: the error-weighted mean error of the panel, but for what more rows would mend.
    - *Few rows*: what more rows would mend, where the slice's learning curve is known. Otherwise
      by how much the error on unseen rows exceeds that on the rows that were learned from, which
      is much for models that know their rows by heart; and where that is not known, how
      uncertain the slice's mean error would be if known from so many rows alone, as a share of it.
    - *Drifted*: the slice is rarer in training than where it is used. If errors fall with the
      root of the number of rows, training in proportion would save `1 - sqrt(ratio)`.
    - *Not told apart*: errors that the model makes on the rows it learned from, and that are
      neither the labels' fault nor made by the panel: it lacks what would tell these rows apart.

    Args:
        which: The slice.
        frame: The evaluated rows.
        error: Of each, at least 0, shape (n_rows,).
        known: Whatever there is to know.

    Returns:
        The largest share first; nothing where nothing is known, or where the slice has no error.

    Raises:
        ValueError: Shapes that do not fit, or shares outside of 0 to 1.
        UnknownNameError: A frame lacks a column of the slice.
    """
    loss = losses_of(error, frame.height)
    inside = which.mask(frame)
    if not loss[inside].any():
        return []
    suspicion = _shares("suspicion", known.suspicion, frame.height)
    panel = _shares("panel", known.panel, frame.height)
    excused = sum(
        _part_of_error(loss, each, inside)[0] for each in (suspicion, panel) if each is not None
    )
    found = [
        _noisy(loss, inside, suspicion, known) if suspicion is not None else None,
        _hard(loss, inside, panel, known.learnable or 0.0) if panel is not None else None,
        *_training(which, loss, inside, known, excused),
        _drifted(which, inside, known),
    ]
    return sorted((each for each in found if each and each.share > 0), key=lambda d: -d.share)


def _noisy(loss: Floats, inside: Mask, suspicion: Floats, known: Known) -> Diagnosis:
    share, usual = _part_of_error(loss, suspicion, inside)
    expected = float(suspicion[inside].sum())
    numbers = {"wrong labels expected": expected, "share in all rows": usual}
    action, swap = Action.FIX_LABELS, ""
    pattern = _one_swap(inside, suspicion, known)
    if pattern is not None:
        action, (swap, numbers["share of one swap"]) = Action.REVISE_INSTRUCTION, pattern
    text = f"{share:.0%} of its error is on labels that look wrong (in all rows {usual:.0%})"
    return Diagnosis(
        cause=Cause.NOISY_LABELS,
        action=action,
        share=share,
        numbers=numbers,
        text=text + (f", most of them {swap}" if swap else ""),
    )


def _one_swap(inside: Mask, suspicion: Floats, known: Known) -> tuple[str, float] | None:
    """The swap of classes that most suspicious labels have in common, and its share."""
    if known.given is None or known.suggested is None:
        return None
    given, suggested = np.asarray(known.given), np.asarray(known.suggested)
    if given.shape != inside.shape or suggested.shape != inside.shape:
        raise ValueError(
            f"`given` and `suggested` have shapes {given.shape} and {suggested.shape}, "
            f"and there are {inside.size} rows"
        )
    weight: dict[tuple[str, str], float] = {}
    for row in np.flatnonzero(inside & (given != suggested)):
        swap = (str(given[row]), str(suggested[row]))
        weight[swap] = weight.get(swap, 0.0) + float(suspicion[row])
    if not any(weight.values()):
        return None
    (was, should), most = max(weight.items(), key=lambda each: (each[1], each[0]))
    share = most / sum(weight.values())
    if share < _ONE_CONVENTION or most < _FEW_SWAPS:
        return None
    return f"`{was}` that should be `{should}`", share


def _hard(loss: Floats, inside: Mask, panel: Floats, learnable: float) -> Diagnosis:
    share, usual = _part_of_error(loss, panel, inside)
    share *= 1 - learnable
    stays = " and would stay with more rows" if learnable else ""
    return Diagnosis(
        cause=Cause.HARD,
        action=Action.LEAVE,
        share=share,
        numbers={"share in all rows": usual},
        text=f"{share:.0%} of its error is made by other models too{stays} "
        f"(in all rows {usual:.0%})",
    )


def _training(
    which: Slice, loss: Floats, inside: Mask, known: Known, excused: float
) -> list[Diagnosis]:
    """What the rows that were learned from tell; `excused` is explained already."""
    if known.train is None:
        return []
    learned = which.mask(known.train)
    n_learned, error = int(learned.sum()), float(loss[inside].mean())
    numbers = {"training rows": float(n_learned), "error": error}
    if known.learnable is not None:
        text = f"more rows than its {n_learned} would take away {known.learnable:.0%} of its error"
        mended = _few(known.learnable, numbers, text)
        if known.train_error is None or n_learned == 0:
            return [mended]
        return [mended, _not_told_apart(_fitted(known, learned), error, numbers, excused)]
    if known.train_error is None or n_learned == 0:
        spread = float(loss[inside].std())
        share = min(1.0, spread / math.sqrt(n_learned) / error) if n_learned else 1.0
        return [_few(share, numbers, f"the model learned from {n_learned} of its rows")]
    fitted = _fitted(known, learned)
    gap = max(0.0, 1 - fitted / error)
    text = (
        f"the error is {error:.3g} on new rows and {fitted:.3g} on the {n_learned} rows "
        "that the model learned from"
    )
    few = _few(gap, {**numbers, "error in training": fitted}, text)
    return [few, _not_told_apart(fitted, error, numbers, excused)]


def _fitted(known: Known, learned: Mask) -> float:
    """The mean error on the slice's rows that were learned from."""
    assert known.train is not None  # who asks has both
    assert known.train_error is not None
    return float(losses_of(known.train_error, known.train.height)[learned].mean())


def _not_told_apart(
    fitted: float, error: float, numbers: Mapping[str, float], excused: float
) -> Diagnosis:
    apart = max(0.0, min(1.0, fitted / error) - excused)
    return Diagnosis(
        cause=Cause.NOT_TOLD_APART,
        action=Action.ADD_FEATURE,
        share=apart,
        numbers={**numbers, "error in training": fitted},
        text=f"{apart:.0%} of its error is already there in training, and not explained else",
    )


def _few(share: float, numbers: Mapping[str, float], text: str) -> Diagnosis:
    return Diagnosis(
        cause=Cause.FEW_ROWS, action=Action.COLLECT, share=share, numbers=numbers, text=text
    )


def _drifted(which: Slice, inside: Mask, known: Known) -> Diagnosis | None:
    """Whether training has less of the slice than the place where it is used."""
    if known.train is None or known.train.height == 0:
        return None
    now, place = inside, "evaluated"
    if known.production is not None and known.production.height:
        now, place = which.mask(known.production), "production"
    learned = which.mask(known.train)
    before, after = float(learned.mean()), float(now.mean())
    both = np.concatenate([learned, now]).astype(float)
    is_now = np.arange(both.size) >= learned.size
    p = p_value(both, is_now)
    if before >= after or p > _REAL:
        return None
    return Diagnosis(
        cause=Cause.DRIFTED,
        action=Action.COLLECT,
        share=1 - math.sqrt(before / after),
        numbers={"share in training": before, f"share in {place} rows": after, "p": p},
        text=f"it is {before:.1%} of the training rows and {after:.1%} of the {place} rows",
    )


def _part_of_error(loss: Floats, weight: Floats, inside: Mask) -> tuple[float, float]:
    """The error-weighted mean of something, in a slice and in all rows."""
    own = float(loss[inside] @ weight[inside]) / float(loss[inside].sum())
    return own, float(loss @ weight) / float(loss.sum())


def _shares(name: str, values: ArrayLike | None, n_rows: int) -> Floats | None:
    if values is None:
        return None
    found = finite_per_row(name, values, n_rows)
    if found.max() > 1:
        raise ValueError(f"`{name}` must lie between 0 and 1, and one is {found.max()}")
    return found
