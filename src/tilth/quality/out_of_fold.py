"""Probabilities for each row by a model that has not seen it.

A model that was fitted on a row tends to agree with its label, right or wrong. So the rows are
held out in turn, a fold at a time, and each is judged by a model of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.errors import DefinitionError
from tilth.quality.classes import Classes, Coded, coded
from tilth.quality.folds import grouped_folds, stratified_folds
from tilth.quality.panel import default_panel, needs_sklearn
from tilth.quality.rows import Rows, label_array, seeded
from tilth.quality.table_features import as_table
from tilth.record import field, record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

Progress = Callable[[int, int, str], None]
"""How many fits are done, of how many, and the name of the model that comes next."""


@record
class OutOfFold:
    """What models say of rows they have not seen.

    Attributes:
        classes: The labels in the order of the columns.
        probabilities: Shape (n, n_classes): the mean over the models; rows sum to one.
        by_model: The same of each model.
        folds: Shape (n,): the fold in which each row was held out.
        unlearned: Rows whose label occurs in no other fold, so that no model could know it.
            They get the same probability for every class: nobody can disown their label.
    """

    classes: Classes
    probabilities: Floats = field(repr=False)
    by_model: Mapping[str, Floats] = field(repr=False)
    folds: Integers = field(repr=False)
    unlearned: Integers


def out_of_fold(
    features: Any,
    labels: ArrayLike | Sequence[Hashable],
    models: Any = None,
    *,
    classes: Sequence[Hashable] | None = None,
    groups: ArrayLike | Sequence[Hashable] | None = None,
    n_folds: int = 5,
    seed: int = 0,
    progress: Progress | None = None,
) -> OutOfFold:
    """Fit each model once for each fold on the other folds, and ask it about that fold.

    Args:
        features: Rows: a frame of Polars or pandas, a matrix, dense or sparse. An estimator of
            one's own gets its rows in this very kind.
        labels: Their labels; an estimator of one's own gets them as they are.
        models: An estimator as in scikit-learn (`fit`, and `predict_proba` or
            `decision_function`), or several by name; None for the panel of
            `tilth.quality.panel`, for which columns of any kind will do. It is copied for each
            fold, and where its `random_state` is None, seeded.
        classes: As for `tilth.quality.classes.coded`.
        groups: What must not be split between folds, one for each row: rows of one patient are
            alike, and a model that has seen some knows the others.
        n_folds: How many; more make the models better and take longer.
        seed: Of the folds and of the models.
        progress: Told before each fit, and once at the end.

    Returns:
        Scores of a model without probabilities become such by isotonic regression on the other
        folds, which uses their ranks alone.

    Raises:
        ValueError: No rows, one class, numbers of rows that differ, more folds than rows or
            groups, or a model that answers with NaN or another shape.
        DefinitionError: A model has neither probabilities nor scores.
        MissingLibraryError: scikit-learn is not installed.

    References:
        B. Zadrozny, C. Elkan, "Transforming classifier scores into accurate multiclass
        probability estimates", KDD 2002 (isotonic regression by class, normalised).
    """
    needs_sklearn()
    given = coded(labels, classes)
    if len(given.classes) < 2:
        raise ValueError(
            f"all {len(given.codes)} rows have the label {given.classes[0]!r}: "
            "there is nothing to tell it from"
        )
    rows = Rows(as_table(features) if models is None else features)
    if len(rows) != len(given.codes):
        raise ValueError(f"{len(rows)} rows of features but {len(given.codes)} labels")
    if groups is None:
        folds = stratified_folds(given, n_folds, seed=seed)
    else:
        folds = grouped_folds(given, groups, n_folds, seed=seed)
    panel = _named(models, len(given.classes))
    unlearned = _unlearned(given, folds)
    by_model = {}
    for number, (name, model) in enumerate(panel.items()):
        told = _Told(progress, number * n_folds, len(panel) * n_folds, name)
        found = _held_out(model, name, rows, given, folds, told=told, seed=seed)
        found[unlearned] = 1.0 / len(given.classes)
        by_model[name] = found
    if progress is not None:
        progress(len(panel) * n_folds, len(panel) * n_folds, "")
    return OutOfFold(
        classes=given.classes,
        probabilities=np.mean(list(by_model.values()), axis=0),
        by_model=by_model,
        folds=folds,
        unlearned=unlearned,
    )


@record(kw_only=False)
class _Told:
    """Whom to tell of progress, and where this model's fits begin."""

    progress: Progress | None
    start: int
    total: int
    name: str

    def __call__(self, fold: int) -> None:
        if self.progress is not None:
            self.progress(self.start + fold, self.total, self.name)


def _named(models: Any, n_classes: int) -> Mapping[str, Any]:
    if models is None:
        return default_panel(n_classes)
    found = models if isinstance(models, Mapping) else {type(models).__name__: models}
    if not found:
        raise ValueError("there is no model: give at least one, or None for the panel")
    for name, model in found.items():
        if not hasattr(model, "predict_proba") and not hasattr(model, "decision_function"):
            raise DefinitionError(
                f"model `{name}` ({type(model).__name__}) tells neither probabilities nor scores",
                hint="`tilth.quality.out_of_bag` takes any model that has `predict`; "
                "`tilth.quality.neighbour_votes.neighbour_probabilities` takes none at all",
            )
    return found


def _unlearned(given: Coded, folds: Integers) -> Integers:
    """Rows whose class lies wholly in their own fold."""
    n_folds = int(folds.max()) + 1
    cells = np.bincount(
        given.codes * n_folds + folds, minlength=len(given.classes) * n_folds
    ).reshape(-1, n_folds)
    return np.flatnonzero(cells[given.codes, folds] == given.counts[given.codes])


def _held_out(
    model: Any,
    name: str,
    rows: Rows,
    given: Coded,
    folds: Integers,
    *,
    told: _Told,
    seed: int,
) -> Floats:
    """One model's probabilities, shape (n, n_classes)."""
    names = label_array(given.classes)
    proper = hasattr(model, "predict_proba")
    found = np.full((len(folds), len(given.classes)), 0.0 if proper else -np.inf)
    for fold in range(int(folds.max()) + 1):
        told(fold)
        held, others = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        seen = np.unique(given.codes[others])
        if len(seen) == 1:  # no classifier takes that; there is one answer to give
            found[held, seen[0]] = 1.0
            continue
        fitted = seeded(model, seed + fold)
        fitted.fit(rows.pick(others), names[given.codes[others]])
        answers = _answers(fitted, rows.pick(held), proper)
        columns = _columns(fitted, seen, given)
        if answers.shape != (len(held), len(columns)) or not np.isfinite(answers).all():
            raise ValueError(
                f"model `{name}` answered for {len(held)} rows and {len(columns)} classes with "
                f"shape {answers.shape}{'' if np.isfinite(answers).all() else ', and with NaN'}"
            )
        found[np.ix_(held, columns)] = answers
    return found if proper else _from_scores(found, given, folds)


def _answers(fitted: Any, rows: Any, proper: bool) -> Floats:
    if proper:
        return np.asarray(fitted.predict_proba(rows), dtype=np.float64)
    scores = np.asarray(fitted.decision_function(rows), dtype=np.float64)
    return np.stack([-scores, scores], axis=1) if scores.ndim == 1 else scores


def _columns(fitted: Any, seen: Integers, given: Coded) -> Integers:
    """The class, as code, of each column of the answers."""
    if not hasattr(fitted, "classes_"):
        return seen
    place = {label: code for code, label in enumerate(given.classes)}
    return np.array([place[label] for label in np.asarray(fitted.classes_).tolist()])


def _from_scores(scores: Floats, given: Coded, folds: Integers) -> Floats:
    """Probabilities from scores: how often rows of the other folds that score alike are right."""
    from sklearn.isotonic import IsotonicRegression  # as above

    found = np.zeros_like(scores)
    for fold in range(int(folds.max()) + 1):
        held = folds == fold
        for code in range(scores.shape[1]):
            known = ~held & np.isfinite(scores[:, code])
            asked = held & np.isfinite(scores[:, code])
            if known.any() and asked.any():
                curve = IsotonicRegression(out_of_bounds="clip")
                curve.fit(scores[known, code], given.codes[known] == code)
                found[asked, code] = curve.predict(scores[asked, code])
    # A little of everything: a row that scores low everywhere still has to sum to one.
    found += 1e-3
    return np.asarray(found / found.sum(axis=1, keepdims=True))
