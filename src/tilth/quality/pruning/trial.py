"""Try all that a model may become on rows that are held out, and choose the smallest that will do.

Each fold is held out in turn; the original and all that is made of it are fitted on the others.
So what a smaller model loses is seen on rows that neither it nor the original has learned from,
and never on the test rows, which are for one final look.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from tilth.errors import DataError
from tilth.quality.panel import few_threads
from tilth.quality.pruning.answers import Integers, answers_of
from tilth.quality.pruning.attempt import Attempt, attempts_of, reason
from tilth.quality.pruning.candidate import Candidate, Pruning
from tilth.quality.pruning.cost import Scales
from tilth.quality.pruning.ground import Ground, is_classifier, named
from tilth.quality.pruning.held_out import HeldOut, candidate_of, hold_out
from tilth.quality.pruning.material import Material
from tilth.quality.pruning.metric import Metric, check_metric
from tilth.record import changed, record


@record
class Limits:
    """What may be lost.

    Attributes:
        allowed: The largest relative loss, 0 or more.
        in_slices: The largest on any slice; no matter how large if not given.
        relative_to: `value`, the original's metric, or `lead`, what it is better than a guess.
        cautious: Whether the upper end of the interval must be within `allowed`, and not only the
            loss as measured.
    """

    allowed: float = 0.1
    in_slices: float | None = None
    relative_to: str = "value"
    cautious: bool = False

    def allow(self, candidate: Candidate) -> bool:
        """Whether a candidate loses no more."""
        loss, worst = candidate.loss, candidate.worst_slice
        if not (loss.interval.high if self.cautious else loss.value) <= self.allowed:
            return False
        return self.in_slices is None or worst is None or worst[1] <= self.in_slices


def pruned(
    model: Any,
    material: Material,
    metric: Metric,
    size_of: Callable[[Any], int],
    *,
    means: Sequence[str],
    limits: Limits | None = None,
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
        limits: What may be lost; a tenth of the metric if not given.
        n_folds: Parts that are held out in turn.
        most_rows: Of more rows so many are drawn for the folds.
        seed: Of folds and draws.
        where: Who asks, in messages.

    Raises:
        DataError: There are too few rows, the metric is not defined for them, the model cannot be
            fitted anew, or none of the means does anything for it.
    """
    limits = limits or Limits()
    with _quietly(material):
        _check_answers(model, material)
        asked = _drawn(material, most_rows, seed)
        splits = _splits(asked, n_folds, seed, where, classes=is_classifier(model))
        whole = Ground(model, material, metric, seed, original=model)
        attempts, left_out = attempts_of(whole, means)
        _check_means(model, means, attempts, left_out, where)
        of_lead = limits.relative_to == "lead"
        held = hold_out(
            whole, attempts, left_out, asked, splits, of_lead=of_lead, allowed=limits.allowed
        )
        check_metric(metric, held.before.folds, held.lead_from, held.classes, where)
        made = _candidates(held, attempts, material, size_of)
    original, *others = [changed(each, within=limits.allow(each)) for each in made]
    within = [each for each in others if each.within]
    return Pruning(
        candidates=(original, *sorted(others, key=lambda each: -each.cost.n_bytes)),
        chosen=min([original, *within], key=lambda each: (each.cost.n_bytes, each.loss.value)),
        left_out=left_out,
        given_up=held.given_up,
        metric=metric.name,
        allowed=limits.allowed,
    )


def _candidates(
    held: HeldOut,
    attempts: Sequence[Attempt],
    material: Material,
    size_of: Callable[[Any], int],
) -> list[Candidate]:
    """Those that answered on every fold, the original first."""
    scales = Scales(material.table, size_of)
    return [
        candidate_of(held, i, attempt, scales.cost_of(attempt.model))
        for i, attempt in enumerate(attempts)
        if i in held.answers
    ]


def _check_means(
    model: Any,
    means: Sequence[str],
    attempts: Sequence[Attempt],
    left_out: Mapping[str, str],
    where: str,
) -> None:
    if len(attempts) > 1:
        return
    why = "".join(f": {name}: {text}" for name, text in list(left_out.items())[:1])
    raise DataError(
        f"{where}: none of the means `{', '.join(means)}` does anything for {named(model)}{why}",
        hint="see the page on making models smaller for which means are for which models",
    )


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
            f"{named(model)} cannot be asked about its rows: {reason(error)}",
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
