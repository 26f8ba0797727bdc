"""What smaller models say of rows that neither they nor the original have learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from tilth.quality.classes import classes_of
from tilth.quality.fold_scores import mean_of_folds
from tilth.quality.intervals import Estimate, Interval
from tilth.quality.pruning.answers import Answers, Integers, answers_of
from tilth.quality.pruning.attempt import ORIGINAL, Attempt, reason
from tilth.quality.pruning.candidate import Candidate, Cost
from tilth.quality.pruning.ground import Ground, last_of, prepared
from tilth.quality.pruning.guess import guess_from, guessed
from tilth.quality.pruning.material import Material
from tilth.quality.pruning.metric import Metric
from tilth.record import record

_ENOUGH = 300
"""Rows that have to be asked about before a candidate may be given up."""

_FAR, _FAR_AT_LEAST = 3, 0.3
"""A candidate is given up where it loses so many times what is allowed, and so much at least."""


@record
class Values:
    """The metric of one attempt.

    Attributes:
        folds: On each fold.
        slices: On each slice.
    """

    folds: list[float]
    slices: dict[str, float]

    @property
    def mean(self) -> float:
        """Of the folds."""
        return float(np.mean(self.folds))


@record
class HeldOut:
    """What all attempts said of rows that were held out.

    Attributes:
        material: The rows.
        metric: By which they are judged.
        splits: Rows trained on and rows held out, for each fold.
        answers: Of each attempt, about all rows, by its position.
        before: The metric of the original.
        guess: Of somebody who has seen no column.
        of_lead: Whether losses are relative to the lead before that.
        given_up: Candidate -> what it lost on the folds that it was tried on.
    """

    material: Material
    metric: Metric
    splits: list[tuple[Integers, Integers]]
    answers: Mapping[int, Answers]
    before: Values
    guess: Values
    of_lead: bool
    given_up: Mapping[str, float]

    @property
    def classes(self) -> Any:
        """That the models tell apart; None of a quantity."""
        return self.answers[0].classes

    @property
    def lead_from(self) -> float | None:
        """The guess, where losses are relative to the lead."""
        return self.guess.mean if self.of_lead else None


def hold_out(
    whole: Ground,
    attempts: Sequence[Attempt],
    left_out: dict[str, str],
    asked: Material,
    splits: list[tuple[Integers, Integers]],
    *,
    of_lead: bool,
    allowed: float,
) -> HeldOut:
    """Make all attempts on all folds but one, in turn, and ask them about that one.

    What has lost far more than is allowed on the first folds is not made for the others.

    References:
        O. Maron, A. Moore, "The racing algorithm: model selection for lazy learners", Artificial
        Intelligence Review 11, 1997 (candidates are dropped before all rows are used; the bound
        here is a wide margin and not theirs).

    Args:
        whole: All rows, with the original.
        attempts: The original first.
        left_out: What cannot be made -> why; what fails on a fold is added.
        asked: The rows that are parted.
        splits: Rows to train on and rows to ask about, for each fold.
        of_lead: Whether losses are relative to the lead before a guess.
        allowed: The largest loss that is allowed.

    Raises:
        DataError: The original cannot be fitted anew.
    """
    parts: dict[int, list[Answers]] = {i: [] for i in range(len(attempts))}
    rows = [held for _, held in splits]
    too_much = max(_FAR * allowed, _FAR_AT_LEAST)
    given_up: dict[str, float] = {}
    for n_done, (trained, held) in enumerate(splits, 1):
        ground = Ground(whole.model, asked.only(trained), whole.metric, whole.seed)
        _ = ground.original  # where it cannot be fitted, nothing can be said at all
        left = {i: each for i, each in enumerate(attempts) if each.name not in given_up}
        _ask(ground, left, asked.table[held], parts, left_out)
        if n_done < len(splits) and sum(map(len, rows[:n_done])) >= _ENOUGH:
            lost = _lost(asked, whole.metric, splits[:n_done], parts, of_lead=of_lead)
            given_up |= {
                attempts[i].name: each for i, each in lost.items() if i and each > too_much
            }
    known = {i: Answers.joined(each, rows) for i, each in parts.items() if len(each) == len(splits)}
    classes = known[0].classes
    guesses = [
        guessed(guess_from(asked.truth[trained], classes), classes, len(held))
        for trained, held in splits
    ]
    judge = partial(_values, asked, whole.metric, splits)
    return HeldOut(
        material=asked,
        metric=whole.metric,
        splits=splits,
        answers=known,
        before=judge(known[0]),
        guess=judge(Answers.joined(guesses, rows)),
        of_lead=of_lead,
        given_up=given_up,
    )


def _lost(
    asked: Material,
    metric: Metric,
    splits: Sequence[tuple[Integers, Integers]],
    parts: Mapping[int, list[Answers]],
    *,
    of_lead: bool,
) -> dict[int, float]:
    """What each attempt has lost by now, of those that answered on all of these folds."""

    def mean(answers: Sequence[Answers]) -> float:
        folds = zip(answers, splits, strict=True)
        return float(np.mean([metric.of(said, asked.truth[held]) for said, (_, held) in folds]))

    classes = parts[0][0].classes
    guess = None
    if of_lead:
        guess = mean(
            [
                guessed(guess_from(asked.truth[trained], classes), classes, len(held))
                for trained, held in splits
            ]
        )
    before = mean(parts[0])
    return {
        i: metric.relative_loss(before, mean(each), guess)
        for i, each in parts.items()
        if len(each) == len(splits)
    }


def _values(
    material: Material,
    metric: Metric,
    splits: Sequence[tuple[Integers, Integers]],
    said: Answers,
) -> Values:
    """The metric of what was said, on each fold and on each slice."""
    slices = {name: np.flatnonzero(rows) for name, rows in material.slices.items()}
    return Values(
        folds=[metric.of(said, material.truth, held) for _, held in splits],
        slices={name: metric.of(said, material.truth, rows) for name, rows in slices.items()},
    )


def _ask(
    ground: Ground,
    attempts: Mapping[int, Attempt],
    table: Any,
    parts: dict[int, list[Answers]],
    left_out: dict[str, str],
) -> None:
    """Make attempts on the rows of one ground, and ask them about others."""
    fitted: dict[int, tuple[Any, Any]] = {}
    classes = classes_of(last_of(ground.model))
    for i, attempt in attempts.items():
        if attempt.name in left_out:
            continue
        try:
            at = id(attempt.variant)
            if at not in fitted:
                model = attempt.variant.fit(ground)
                # Those of one variant come together, and differ in the last step alone.
                fitted = {at: (model, prepared(model, table))}
            model, numbers = fitted[at]
            made = attempt.cut.of(model, ground)
            if attempt.cut.onnx is not None:  # which prepares rows itself
                said = answers_of(made, table)
            else:
                said = answers_of(last_of(made), numbers)
            parts[i].append(said.among(classes))
        except Exception as error:  # as in `_attempts`
            if attempt.name == ORIGINAL:
                raise
            left_out[attempt.name] = reason(error)


def candidate_of(found: HeldOut, at: int, attempt: Attempt, cost: Cost) -> Candidate:
    metric, before = found.metric, found.before
    own = _values(found.material, metric, found.splits, found.answers[at])
    guesses = found.guess.slices if found.of_lead else {}
    return Candidate(
        name=attempt.name,
        means=attempt.means,
        cost=cost,
        values=tuple(own.folds),
        value=own.mean,
        loss=_loss(found, own),
        lead_lost=metric.relative_loss(before.mean, own.mean, found.guess.mean),
        slices={
            name: metric.relative_loss(before.slices[name], value, guesses.get(name))
            for name, value in own.slices.items()
        },
        model=attempt.model,
        parity=attempt.parity,
    )


def _loss(found: HeldOut, own: Values) -> Estimate:
    """The relative loss, with the interval of differences that are paired by fold."""
    metric, before, guess = found.metric, found.before, found.lead_from
    value = metric.relative_loss(before.mean, own.mean, guess)
    worse = metric.sign * (np.array(before.folds) - np.array(own.folds))
    if not np.isfinite(value) or not worse.any():
        return Estimate(value, Interval(value, value, 0.95))
    shares = worse / metric.stake(before.mean, guess)
    return mean_of_folds(shares, *zip(*((len(a), len(b)) for a, b in found.splits), strict=True))
