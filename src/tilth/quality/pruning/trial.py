"""Try all that a model may become on rows that are held out, and choose the smallest that will do.

Each fold is held out in turn; the original and all that is made of it are fitted on the others.
So what a smaller model loses is seen on rows that neither it nor the original has learned from,
and never on the test rows, which are for one final look.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from tilth.errors import DataError
from tilth.quality.fold_scores import mean_of_folds
from tilth.quality.intervals import Estimate, Interval
from tilth.quality.panel import few_threads
from tilth.quality.pruning.answers import Answers, Integers, answers_of
from tilth.quality.pruning.candidate import Candidate, Cost, Pruning
from tilth.quality.pruning.cost import cost_of
from tilth.quality.pruning.ground import Ground, is_classifier, last_of, named, prepared
from tilth.quality.pruning.guess import guess_from, guessed
from tilth.quality.pruning.material import Material
from tilth.quality.pruning.means import Cut, cuts_of, variants_of
from tilth.quality.pruning.metric import Metric, check_metric
from tilth.quality.pruning.variant import Variant
from tilth.record import changed, field, record

ORIGINAL = "as it is"


@record
class Attempt:
    """A smaller model that is to be tried.

    Attributes:
        variant: How it is fitted.
        cut: What is done with it then.
        name: Both in words.
        model: Made of all rows.
    """

    variant: Variant
    cut: Cut
    name: str
    model: Any = field(repr=False)

    @property
    def means(self) -> tuple[str, ...]:
        """By which means."""
        return (*self.variant.means, *self.cut.means)


def pruned(
    model: Any,
    material: Material,
    metric: Metric,
    size_of: Callable[[Any], int],
    *,
    means: Sequence[str],
    allowed: float = 0.1,
    allowed_in_slices: float | None = None,
    relative_to: str = "value",
    cautious: bool = False,
    n_folds: int = 5,
    most_rows: int = 20_000,
    seed: int = 0,
    where: str = "pruning",
) -> Pruning:
    """The smallest model that loses no more than is allowed.

    Args:
        model: Fitted, of scikit-learn's interface.
        material: What it was fitted on.
        metric: Of which a share may be lost.
        size_of: A model -> bytes of its file.
        means: Some of `tilth.quality.pruning.names.MEANS`.
        allowed: The largest relative loss, 0 or more.
        allowed_in_slices: The largest on any slice; no matter how large if not given.
        relative_to: `value`, the original's metric, or `lead`, what it is better than a guess.
        cautious: Whether the upper end of the interval must be within `allowed`, and not only the
            loss as measured.
        n_folds: Parts that are held out in turn.
        most_rows: Of more rows so many are drawn for the folds.
        seed: Of folds and draws.
        where: Who asks, in messages.

    Raises:
        DataError: There are too few rows, the metric is not defined for them, the model cannot be
            fitted anew, or none of the means does anything for it.
    """
    with _quietly(material):
        _check_answers(model, material)
        asked = _drawn(material, most_rows, seed)
        splits = _splits(asked, n_folds, seed, where, classes=is_classifier(model))
        whole = Ground(model, material, metric, seed, original=model)
        attempts, left_out = _attempts(whole, means)
        if len(attempts) == 1:
            raise DataError(
                f"{where}: none of the means `{', '.join(means)}` does anything for "
                f"{named(model)}{_first(left_out)}",
                hint="see the page on making models smaller for which means are for which models",
            )
        of_lead = relative_to == "lead"
        trial = _tried(whole, attempts, left_out, asked, splits, of_lead=of_lead)
        classes = trial.answers[0].classes
        check_metric(metric, trial.before.folds, trial.lead_from, classes, where)
        made = [
            _candidate(trial, i, attempt, cost_of(attempt.model, material.table, size_of))
            for i, attempt in enumerate(attempts)
            if attempt.name not in left_out
        ]
    fits = partial(_is_within, allowed=allowed, in_slices=allowed_in_slices, cautious=cautious)
    original, *others = [changed(each, within=fits(each)) for each in made]
    ordered = (original, *sorted(others, key=lambda each: -each.cost.n_bytes))
    within = [each for each in others if each.within]
    chosen = min([original, *within], key=lambda each: (each.cost.n_bytes, each.loss.value))
    return Pruning(
        candidates=ordered, chosen=chosen, left_out=left_out, metric=metric.name, allowed=allowed
    )


def _first(left_out: dict[str, str]) -> str:
    return "".join(f": {name}: {why}" for name, why in list(left_out.items())[:1])


def _is_within(
    candidate: Candidate, *, allowed: float, in_slices: float | None, cautious: bool
) -> bool:
    loss = candidate.loss
    if not (loss.interval.high if cautious else loss.value) <= allowed:
        return False
    worst = candidate.worst_slice
    return in_slices is None or worst is None or worst[1] <= in_slices


@contextmanager
def _quietly(material: Material) -> Iterator[None]:
    """Without warnings, which would come once for each fit, and on little data with one thread."""
    n_numbers = material.table.height * material.table.width * 4
    with few_threads(n_numbers), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _check_answers(model: Any, material: Material) -> None:
    try:
        answers_of(model, material.table.head(1))
    except Exception as error:  # of the user's own classes, for one
        raise DataError(
            f"{named(model)} cannot be asked about its rows: {_reason(error)}",
            hint="is `train` what the model was trained on?",
        ) from error


def _drawn(material: Material, most_rows: int, seed: int) -> Material:
    if len(material) <= most_rows:
        return material
    rows = np.random.default_rng(seed).choice(len(material), most_rows, replace=False)
    return material.only(np.sort(rows))


def _splits(
    material: Material, n_folds: int, seed: int, where: str, *, classes: bool
) -> list[tuple[Integers, Integers]]:
    try:
        return material.folds(n_folds, classes=classes, seed=seed)
    except ValueError as error:
        raise DataError(
            f"{where}: {error}", hint="give more rows, or ask for fewer `folds`"
        ) from None


# What there is to try


def _attempts(ground: Ground, means: Sequence[str]) -> tuple[list[Attempt], dict[str, str]]:
    """The original first; and what cannot be made, with the reason."""
    variants = variants_of(ground, means)
    found = [Attempt(variant=variants[0], cut=Cut(), name=ORIGINAL, model=ground.original)]
    left_out: dict[str, str] = {}
    for variant in variants:
        try:
            model = variant.fit(ground)
            cuts = cuts_of(model, means, ground)
            if variant.means and not (cuts and cuts[0].n_trees is None):
                cuts = [Cut(), *cuts]
            found += [_attempt(variant, cut, model, ground) for cut in cuts]
        except Exception as error:  # what was made of a user's model may raise anything
            left_out[variant.told or ORIGINAL] = _reason(error)
    return found, left_out


def _attempt(variant: Variant, cut: Cut, model: Any, ground: Ground) -> Attempt:
    told = [variant.told] if variant.told else []
    name = ", ".join([*told, *cut.told(model)])
    return Attempt(variant=variant, cut=cut, name=name, model=cut.of(model, ground))


def _reason(error: Exception) -> str:
    text = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {text:.200}"


# On folds


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
class Tried:
    """What all attempts said of rows that were held out.

    Attributes:
        material: The rows.
        metric: By which they are judged.
        splits: Rows trained on and rows held out, for each fold.
        answers: Of each attempt, about all rows, by its position.
        before: The metric of the original.
        guess: Of somebody who has seen no column.
        of_lead: Whether losses are relative to the lead before that.
    """

    material: Material
    metric: Metric
    splits: list[tuple[Integers, Integers]]
    answers: Mapping[int, Answers]
    before: Values
    guess: Values
    of_lead: bool

    @property
    def lead_from(self) -> float | None:
        """The guess, where losses are relative to the lead."""
        return self.guess.mean if self.of_lead else None


def _tried(
    whole: Ground,
    attempts: Sequence[Attempt],
    left_out: dict[str, str],
    asked: Material,
    splits: list[tuple[Integers, Integers]],
    *,
    of_lead: bool,
) -> Tried:
    parts: dict[int, list[Answers]] = {i: [] for i in range(len(attempts))}
    for trained, held in splits:
        ground = Ground(whole.model, asked.only(trained), whole.metric, whole.seed)
        _ = ground.original  # where it cannot be fitted, nothing can be said at all
        _ask(ground, attempts, asked.table[held], parts, left_out)
    rows = [held for _, held in splits]
    known = {i: Answers.joined(each, rows) for i, each in parts.items() if len(each) == len(splits)}
    classes = known[0].classes
    guesses = [
        guessed(guess_from(asked.truth[trained], classes), classes, len(held))
        for trained, held in splits
    ]
    judge = partial(_values, asked, whole.metric, splits)
    return Tried(
        material=asked,
        metric=whole.metric,
        splits=splits,
        answers=known,
        before=judge(known[0]),
        guess=judge(Answers.joined(guesses, rows)),
        of_lead=of_lead,
    )


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
    attempts: Sequence[Attempt],
    table: Any,
    parts: dict[int, list[Answers]],
    left_out: dict[str, str],
) -> None:
    """Make all attempts on the rows of one ground, and ask them about others."""
    fitted: dict[int, tuple[Any, Any]] = {}
    for i, attempt in enumerate(attempts):
        if attempt.name in left_out:
            continue
        try:
            at = id(attempt.variant)
            if at not in fitted:
                model = attempt.variant.fit(ground)
                # Those of one variant come together, and differ in the last step alone.
                fitted = {at: (model, prepared(model, table))}
            model, numbers = fitted[at]
            parts[i].append(answers_of(last_of(attempt.cut.of(model, ground)), numbers))
        except Exception as error:  # as in `_attempts`
            if attempt.name == ORIGINAL:
                raise
            left_out[attempt.name] = _reason(error)


def _candidate(trial: Tried, at: int, attempt: Attempt, cost: Cost) -> Candidate:
    metric, before = trial.metric, trial.before
    own = _values(trial.material, metric, trial.splits, trial.answers[at])
    guesses = trial.guess.slices if trial.of_lead else {}
    return Candidate(
        name=attempt.name,
        means=attempt.means,
        cost=cost,
        values=tuple(own.folds),
        value=own.mean,
        loss=_loss(trial, own),
        lead_lost=metric.relative_loss(before.mean, own.mean, trial.guess.mean),
        slices={
            name: metric.relative_loss(before.slices[name], value, guesses.get(name))
            for name, value in own.slices.items()
        },
        model=attempt.model,
    )


def _loss(trial: Tried, own: Values) -> Estimate:
    """The relative loss, with the interval of differences that are paired by fold."""
    metric, before, guess = trial.metric, trial.before, trial.lead_from
    value = metric.relative_loss(before.mean, own.mean, guess)
    worse = metric.sign * (np.array(before.folds) - np.array(own.folds))
    if not np.isfinite(value) or not worse.any():
        return Estimate(value, Interval(value, value, 0.95))
    shares = worse / metric.stake(before.mean, guess)
    return mean_of_folds(shares, *zip(*((len(a), len(b)) for a, b in trial.splits), strict=True))
