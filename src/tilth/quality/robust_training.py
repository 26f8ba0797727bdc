"""Training that bears wrong labels, and whether it beats plain training on these rows.

Cleaning labels costs people's time; these three cost the computer's alone. All start from what
models say of rows that they have not seen, and from the noise matrix that follows from it by
confident learning:

- *pruned*: leave out the rows whose label looks wrong (C. Northcutt, L. Jiang, I. Chuang,
  "Confident Learning", JAIR 70, 2021, section 3.2).
- *weighted*: weigh each row by p(its label is the class) / p(its label is given), which makes
  the expected loss that of clean labels (T. Liu, D. Tao, "Classification with noisy labels by
  importance reweighting", IEEE TPAMI 38(3), 2016, section 3).
- *corrected*: fit the class behind the label through the noise matrix. The forward-corrected
  loss -log sum_j T[given, j] h_j(x) (G. Patrini et al., "Making deep neural networks robust to
  label noise: a loss correction approach", CVPR 2017, section 4.2) is the likelihood of a
  mixture, so that any learner that takes weights can lower it by a step of EM: each row counts
  as each class, with the weight p(class | features, given label).

Whether it helps is judged on rows that were held out, whose labels are wrong as well. The score
of a prediction is corrected for that by the inverse of the noise matrix, so that its mean is that
of clean labels (N. Natarajan et al., "Learning with noisy labels", NeurIPS 2013, lemma 1). Since
the matrix is an estimate, which mistakes what is hard for what is wrong, a method is said to beat
plain training only where it does so on the labels as they are as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import has_fit_parameter

from tilth.errors import DefinitionError, suggestion
from tilth.quality.classes import Coded, coded
from tilth.quality.curve_measurement import rows_of
from tilth.quality.folds import stratified_folds
from tilth.quality.intervals import Estimate, bootstrap_mean
from tilth.quality.label_errors import LabelErrors, find_label_errors
from tilth.quality.out_of_fold import out_of_fold
from tilth.quality.rows import label_array
from tilth.record import field, record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Method = Literal["plain", "pruned", "weighted", "corrected"]
METHODS: tuple[Method, ...] = ("pruned", "weighted", "corrected")

LEAST_NOISE = 0.02
"""The share of wrong labels below which there is nothing to bear."""

_LEAST_KEPT = 0.5
"""The share of a class's rows that must keep its label, or the classes cannot be told apart."""

_HEAVIEST = 5.0
"""The largest weight of a row: the ratio of two estimates has no upper bound."""

_LIGHTEST = 0.01
"""A row does not count as a class that it is of with less than this probability."""


class RobustClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # has no types
    """A classifier of scikit-learn's interface, trained so that it bears wrong labels.

    Attributes:
        classes_: The classes in the order of the probabilities.
        estimator_: What was fitted.
        noise_matrix_: p(given label | class), shape (n_classes, n_classes); columns sum to one.
        n_left_out_: Rows that were pruned.
    """

    def __init__(
        self,
        estimator: Any,
        method: Method = "pruned",
        *,
        judge: Any = None,
        n_folds: int = 5,
        seed: int = 0,
    ) -> None:
        """Make one.

        Args:
            estimator: A classifier with probabilities; it is cloned. For `weighted` and
                `corrected` it, or the last step of a pipeline, takes `sample_weight`.
            method: `plain`, `pruned`, `weighted` or `corrected`.
            judge: What judges the labels, a model or several by name; the estimator itself where
                not given. One tree, say, fits well and judges badly: its probabilities are poor.
            n_folds: In which rows are held out to be judged.
            seed: Of the folds.
        """
        self.estimator = estimator
        self.method = method
        self.judge = judge
        self.n_folds = n_folds
        self.seed = seed

    def fit(self, features: Any, labels: ArrayLike) -> RobustClassifier:
        """Fit on rows of which some may be labelled wrongly.

        Args:
            features: Rows as the estimator takes them.
            labels: Shape (n_rows,).

        Raises:
            DefinitionError: There is no such method, or the estimator takes no weights.
            ValueError: As `tilth.quality.out_of_fold.out_of_fold`.
        """
        if self.method not in ("plain", *METHODS):
            raise DefinitionError(
                f"there is no way of training called `{self.method}`",
                hint=suggestion(self.method, ("plain", *METHODS), kind="way of training"),
            )
        if self.method in ("weighted", "corrected") and not takes_weights(self.estimator):
            raise DefinitionError(
                f"{type(self.estimator).__name__} takes no weights of rows",
                hint="`method='pruned'` needs none",
            )
        given = np.asarray(labels)
        if self.method == "plain":
            return self._fitted(features, given, None)
        judge = self.estimator if self.judge is None else self.judge
        return self._fitted(
            features, given, _Known.of(judge, features, given, self.n_folds, self.seed)
        )

    def _fitted(self, features: Any, given: NDArray[Any], known: _Known | None) -> RobustClassifier:
        self.n_left_out_ = 0
        if known is None:
            self.estimator_ = clone(self.estimator).fit(features, given)
            self.classes_ = self.estimator_.classes_
            self.noise_matrix_ = np.eye(len(self.classes_))
            return self
        self.classes_ = label_array(known.coded.classes)
        self.noise_matrix_ = known.noise_matrix
        if self.method == "pruned":
            keep = known.kept
            self.n_left_out_ = len(given) - len(keep)
            self.estimator_ = clone(self.estimator).fit(rows_of(features, keep), given[keep])
        elif self.method == "weighted":
            self.estimator_ = _weighted(self.estimator, features, given, known.importance)
        else:
            rows, codes, weights = known.as_each_class
            self.estimator_ = _weighted(
                self.estimator, rows_of(features, rows), self.classes_[codes], weights
            )
        return self

    def predict(self, features: Any) -> NDArray[Any]:
        """The class of each row, shape (n_rows,)."""
        return np.asarray(self.estimator_.predict(features))

    def predict_proba(self, features: Any) -> Floats:
        """Shape (n_rows, n_classes)."""
        said = self.estimator_.predict_proba(features)
        places = {each: code for code, each in enumerate(self.classes_.tolist())}
        found = np.zeros((len(said), len(self.classes_)))
        found[:, [places[each] for each in self.estimator_.classes_.tolist()]] = said
        return found


@record
class _Known:
    """What models say of rows they have not seen, and what follows of the labels."""

    coded: Coded
    chances: Floats = field(repr=False)
    errors: LabelErrors = field(repr=False)

    @classmethod
    def of(
        cls, estimator: Any, features: Any, labels: NDArray[Any], n_folds: int, seed: int
    ) -> _Known:
        opinions = out_of_fold(features, labels, estimator, n_folds=n_folds, seed=seed)
        given = coded(labels.tolist(), opinions.classes)
        errors = find_label_errors(
            labels.tolist(), opinions.probabilities, classes=opinions.classes
        )
        return cls(coded=given, chances=opinions.probabilities, errors=errors)

    @property
    def noise_matrix(self) -> Floats:
        """p(given label | class); a class that no row is truly of keeps its label."""
        matrix = self.errors.joint.given_if_true.copy()
        for code in np.flatnonzero(~np.isfinite(matrix).all(axis=0)):
            matrix[:, code] = np.eye(len(matrix))[:, code]
        return matrix

    @property
    def kept(self) -> Integers:
        """Rows that are not suspected."""
        return np.setdiff1d(np.arange(len(self.coded.codes)), self.errors.rows)

    @property
    def class_chances(self) -> Floats:
        """p(class | features), shape (n_rows, n_classes): the chances of labels, corrected."""
        found = np.clip(self.chances @ np.linalg.pinv(self.noise_matrix).T, 0.0, None)
        sums = found.sum(axis=1, keepdims=True)
        return np.where(sums > 0, found / np.where(sums > 0, sums, 1.0), self.chances)

    @property
    def importance(self) -> Floats:
        """The weight of each row; shape (n_rows,), with mean 1."""
        rows = np.arange(len(self.coded.codes))
        clean, given = (
            self.class_chances[rows, self.coded.codes],
            self.chances[rows, self.coded.codes],
        )
        weights = np.minimum(clean / np.maximum(given, 1e-12), _HEAVIEST)
        mean = float(weights.mean())
        return weights / mean if mean > 0 else np.ones_like(weights)

    @property
    def as_each_class(self) -> tuple[Integers, Integers, Floats]:
        """Row, class and weight: the step of EM."""
        joint = self.class_chances * self.noise_matrix[self.coded.codes]
        sums = joint.sum(axis=1, keepdims=True)
        own = np.eye(joint.shape[1])[self.coded.codes]
        posterior = np.where(sums > 0, joint / np.where(sums > 0, sums, 1.0), own)
        rows, codes = np.nonzero(posterior >= _LIGHTEST)
        return rows, codes, posterior[rows, codes]


def takes_weights(estimator: Any) -> bool:
    """Whether rows may have weights when it, or the last step of a pipeline, is fitted."""
    steps = getattr(estimator, "steps", None)
    return bool(has_fit_parameter(steps[-1][1] if steps else estimator, "sample_weight"))


def _weighted(estimator: Any, features: Any, labels: NDArray[Any], weights: Floats) -> Any:
    steps = getattr(estimator, "steps", None)
    name = f"{steps[-1][0]}__sample_weight" if steps else "sample_weight"
    return clone(estimator).fit(features, labels, **{name: weights})


@record
class RobustComparison:
    """What ways of training that bear wrong labels gain over plain training.

    Attributes:
        n_rows: That were learned from and, in turn, scored.
        noise: The share of labels that look wrong.
        plain: Accuracy of plain training, corrected for wrong labels; too high where the noise
            matrix takes hard rows for wrong ones.
        gains: Method -> what it gains on that, as an interval over rows that allows for all
            methods together.
        as_labelled: The same on the labels as they are: without bias by the noise matrix, and
            smaller than it is.
        left_out: Method -> why it was not tried.
    """

    n_rows: int
    noise: float
    plain: float
    gains: Mapping[str, Estimate]
    as_labelled: Mapping[str, Estimate]
    left_out: Mapping[str, str]

    @property
    def better(self) -> tuple[str, ...]:
        """Methods that surely beat plain training, the best first."""
        sure = [
            name
            for name, gain in self.gains.items()
            if gain.interval.low > 0 and self.as_labelled[name].interval.low > 0
        ]
        return tuple(sorted(sure, key=lambda name: -self.gains[name].value))


@record
class RobustRefusal:
    """Why no comparison was made.

    Attributes:
        noise: The share of labels that look wrong.
        message: For people.
    """

    noise: float
    message: str


def compare_robust(
    estimator: Any,
    features: Any,
    labels: ArrayLike,
    *,
    judge: Any = None,
    verified: Mapping[int, Any] | None = None,
    n_folds: int = 5,
    level: float = 0.95,
    seed: int = 0,
) -> RobustComparison | RobustRefusal:
    """Train in each way on four fifths of the rows in turn, and score on the others.

    Args:
        estimator: A classifier with probabilities, of scikit-learn's interface.
        features: Array, sparse matrix, or Polars or pandas frame of n_rows rows.
        labels: Shape (n_rows,), of which some may be wrong.
        judge: As for `RobustClassifier`.
        verified: Row -> its class, where people have looked; then these rows alone are scored,
            and no correction is needed.
        n_folds: Outer folds, and inner ones.
        level: Of confidence, for all methods together (Bonferroni).
        seed: Of the folds.

    Raises:
        ValueError: As `out_of_fold`; or a verified row is not there.
    """
    given = np.asarray(labels)
    judge = estimator if judge is None else judge
    known = _Known.of(judge, features, given, n_folds, seed)
    noise, matrix = known.errors.joint.noise, known.noise_matrix
    if noise < LEAST_NOISE and verified is None:
        message = f"about {noise:.1%} of the labels look wrong, which any training bears"
        return RobustRefusal(noise=noise, message=message)
    if (least := float(matrix.diagonal().min())) < _LEAST_KEPT:
        odd = known.coded.classes[int(matrix.diagonal().argmin())]
        return RobustRefusal(
            noise=noise,
            message=f"only {least:.0%} of the rows of class {odd!r} seem to have that label: "
            "what is wrong cannot be told from what is hard",
        )
    tried, left_out = _tried(estimator)
    folds = stratified_folds(known.coded, n_folds, seed=seed + 1)
    said = {name: np.empty(len(given), dtype=np.int64) for name in ("plain", *tried)}
    places = {each: code for code, each in enumerate(known.coded.classes)}
    for fold in range(n_folds):
        lesson, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        rows, labels_of = rows_of(features, lesson), given[lesson]
        within = _Known.of(judge, rows, labels_of, n_folds, seed)
        for name, codes in said.items():
            model = RobustClassifier(estimator, name)  # type: ignore[arg-type]  # one of METHODS
            model._fitted(rows, labels_of, None if name == "plain" else within)
            answers = model.predict(rows_of(features, test)).tolist()
            codes[test] = [places[each] for each in answers]
    truth = known.coded.codes
    table: Floats = np.asarray(np.linalg.inv(matrix.T), dtype=np.float64)
    scored = np.arange(len(given))
    if verified is not None:
        scored, truth = _verified(verified, places, truth)
        table = np.eye(len(matrix))
    share = 1 - (1 - level) / max(1, len(tried))
    truth = truth[scored]
    exact: dict[str, Floats] = {name: table[truth, codes[scored]] for name, codes in said.items()}
    raw: dict[str, Floats] = {
        name: np.asarray(codes[scored] == truth, dtype=np.float64) for name, codes in said.items()
    }
    return RobustComparison(
        n_rows=len(given),
        noise=noise,
        plain=float(exact["plain"].mean()),
        gains={name: _gain(exact["plain"], exact[name], share) for name in tried},
        as_labelled={name: _gain(raw["plain"], raw[name], share) for name in tried},
        left_out=left_out,
    )


def _tried(estimator: Any) -> tuple[tuple[str, ...], dict[str, str]]:
    if takes_weights(estimator):
        return METHODS, {}
    why = f"{type(estimator).__name__} takes no weights of rows"
    return ("pruned",), dict.fromkeys(("weighted", "corrected"), why)


def _verified(
    verified: Mapping[int, Any], places: Mapping[Any, int], truth: Integers
) -> tuple[Integers, Integers]:
    rows = np.array(sorted(verified), dtype=np.int64)
    if rows.size == 0 or rows[0] < 0 or rows[-1] >= len(truth):
        raise ValueError(f"{rows.size} verified rows, which are not all among {len(truth)}")
    found = truth.copy()
    found[rows] = [places[verified[row]] for row in rows.tolist()]
    return rows, found


def _gain(before: Floats, after: Floats, level: float) -> Estimate:
    gains = after - before
    return Estimate(float(gains.mean()), bootstrap_mean(gains, level=level, method="percentile"))
