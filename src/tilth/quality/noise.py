"""How many labels are wrong, how sure that is, and what it costs.

The estimate is the off-diagonal mass of the calibrated confident joint (C. Northcutt, L. Jiang,
I. Chuang, JAIR 70, 2021, section 3.1). It has biases that no interval shows, since they are the
model's: it counts rows of overlapping classes as noise where there is none, and overlooks wrong
labels on rows that are hard anyway. `docs/explanation/label_errors.md` has their size.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from tilth.quality import confident_joint
from tilth.quality.classes import Classes, Coded, coded
from tilth.quality.confident_joint import ConfidentJoint, Integers, Reading
from tilth.quality.intervals import Estimate, Interval, bootstrap
from tilth.record import field, record

Floats = NDArray[np.float64]

SMALL = 10_000
"""Rows below which wrong labels are not drowned by right ones."""

NOISY = 0.05
"""A share of wrong labels that is worth a word."""


@record
class Noise:
    """How many labels are wrong.

    Attributes:
        classes: The labels in the order of the matrices' rows and columns.
        n_rows: Labels that were looked at.
        rate: The estimated share of wrong ones. Its interval is about which rows happen to be
            in the data, given what the model says; not about the model.
        by_model: The share by each model's own probabilities: how far apart they are tells of
            the models what the interval leaves out.
        joint: Counts of given label × true class, and the noise matrices.
        disagreement: The share of rows whose most probable class is not the given label.
    """

    classes: Classes
    n_rows: int
    rate: Estimate
    by_model: Mapping[str, float]
    joint: ConfidentJoint = field(repr=False)
    disagreement: float


def estimate_noise(
    labels: ArrayLike | Sequence[Hashable],
    probabilities: ArrayLike,
    *,
    by_model: Mapping[str, ArrayLike] | None = None,
    classes: Sequence[Hashable] | None = None,
    level: float = 0.95,
    n_draws: int = 1000,
    seed: int = 0,
) -> Noise:
    """Estimate the share of wrong labels and the noise matrix.

    Args:
        labels: The given labels.
        probabilities: As for `tilth.quality.label_errors.find_label_errors`.
        by_model: The same by each of several models, as `out_of_fold` gives them.
        classes: The labels in the order of the columns.
        level: Of confidence.
        n_draws: Resamples for the interval. The rows are drawn by their cell of the joint, and
            the thresholds stay, so that it costs the same for a million rows.
        seed: Of the draws.

    Raises:
        ValueError: As `find_label_errors`.
    """
    matrix = confident_joint.as_probabilities(probabilities)
    given = coded(labels, classes, n_classes=matrix.shape[1])
    reading = confident_joint.read(given, matrix)
    joint = confident_joint.joint_of(given, reading)
    rate = joint.noise
    interval = _interval(given, reading, rate, level=level, n_draws=n_draws, seed=seed)
    return Noise(
        classes=given.classes,
        n_rows=len(given.codes),
        rate=Estimate(rate, interval),
        by_model={name: _rate(given, each) for name, each in (by_model or {}).items()},
        joint=joint,
        disagreement=float(reading.doubtful.mean()),
    )


def _rate(given: Coded, probabilities: ArrayLike) -> float:
    reading = confident_joint.read(given, confident_joint.as_probabilities(probabilities))
    return confident_joint.joint_of(given, reading).noise


def _interval(
    given: Coded, reading: Reading, rate: float, *, level: float, n_draws: int, seed: int
) -> Interval:
    cells, counts = _cells(given, reading)
    found = bootstrap(
        _noise_of(cells), counts, level=level, method="percentile", n_draws=n_draws, seed=seed
    )
    # Where no row speaks against its label, no draw does, and that is no proof.
    if rate == 0:
        return Interval(0.0, 1 - (1 - level) ** (1 / len(given.codes)), level)
    return found


def _cells(given: Coded, reading: Reading) -> tuple[Integers, Integers]:
    """The cells of given label × confident class (or nobody) that occur; how often each does."""
    width = len(given.classes) + 1
    keys, counts = np.unique(given.codes * width + reading.confident + 1, return_counts=True)
    return np.stack([keys // width, keys % width - 1], axis=1), counts


def _noise_of(cells: Integers) -> Callable[[Floats], Floats]:
    """The off-diagonal mass from how often each cell is drawn."""
    code, confident = cells.T
    n_classes = int(code.max()) + 1
    each = np.arange(len(code))

    def by_class(chosen: NDArray[np.bool_]) -> sparse.csr_array:
        shape = (n_classes, len(code))
        return sparse.csr_array((chosen.astype(np.float64), (code, each)), shape=shape)

    everyone, sure, right = (
        by_class(chosen)
        for chosen in (confident >= -1, confident != confident_joint.NOBODY, confident == code)
    )

    def noise(weights: Floats) -> Floats:
        n, n_sure, n_right = ((part @ weights.T).T for part in (everyone, sure, right))
        # As in the joint, a diagonal entry is at least one.
        n_sure = n_sure + np.maximum(1.0 - n_right, 0.0)
        kept = n * np.maximum(n_right, 1.0) / n_sure
        return np.asarray(1.0 - kept.sum(axis=1) / n.sum(axis=1))

    return noise


@record
class NoiseWarning:
    """Few rows, and too many of them labeled wrong.

    Attributes:
        n_rows: How many there are.
        rate: The estimated share of wrong labels.
        factor: By how much more rows are needed to learn the same.
        worth: How many rows with right labels would teach as much.
        accuracy_cost: What the wrong labels are estimated to cost in accuracy (0 to 1).
    """

    n_rows: int
    rate: Estimate
    factor: float
    worth: float
    accuracy_cost: Estimate

    def __str__(self) -> str:
        low, high = self.rate.interval.low, self.rate.interval.high
        return (
            f"about {self.rate.value:.1%} of {self.n_rows:,} labels look wrong "
            f"({low:.1%} to {high:.1%}): if at random, they teach what {self.worth:,.0f} right "
            f"ones would, at a cost of about {100 * self.accuracy_cost.value:.1f} points of "
            "accuracy"
        )


def noise_warning(
    noise: Noise, *, accuracy_at: Callable[[float], float] | None = None, decay: float = 0.5
) -> NoiseWarning | None:
    """Warn where the data is small and its labels are noisy; None where not.

    It warns below 10,000 rows where more than 5 % of the labels are estimated to be wrong.

    Args:
        noise: The estimate.
        accuracy_at: A learning curve on data as noisy as this: number of rows -> accuracy.
            Right labels would be worth `factor` times as many rows, which it is asked about.
            Without it, the model's whole error is taken to fall with n^-decay, so that where
            classes overlap the cost is told several times too large.
        decay: One half is what holds for every class of models of finite dimension; measured
            curves of deep models fall more slowly.

    Raises:
        ValueError: `decay` is below zero.

    References:
        Errors at random: D. Angluin, P. Laird, "Learning from noisy examples", Machine Learning
        2, 1988 (see `sample_size_factor`). The rate n^-1/2: V. Vapnik, Statistical Learning
        Theory, 1998. Slower curves: J. Hestness and others, "Deep learning scaling is
        predictable, empirically", 2017.
    """
    if decay < 0:
        raise ValueError(f"an error that falls has a decay above zero, not {decay}")
    if noise.n_rows >= SMALL or not noise.rate.value > NOISY:
        return None
    n_classes = len(noise.classes)
    factor = sample_size_factor(noise.rate.value, n_classes)
    ends = [noise.rate.value, noise.rate.interval.low, noise.rate.interval.high]
    value, low, high = (_cost(noise, rate, accuracy_at, decay) for rate in ends)
    return NoiseWarning(
        n_rows=noise.n_rows,
        rate=noise.rate,
        factor=factor,
        worth=noise.n_rows / factor,
        accuracy_cost=Estimate(
            value, Interval(min(low, value, high), max(low, value, high), noise.rate.interval.level)
        ),
    )


def _cost(
    noise: Noise, rate: float, accuracy_at: Callable[[float], float] | None, decay: float
) -> float:
    factor = sample_size_factor(rate, len(noise.classes))
    if accuracy_at is not None:
        return accuracy_at(noise.n_rows * factor) - accuracy_at(noise.n_rows)
    return float(true_error(noise.disagreement, rate, len(noise.classes)) * (1 - factor**-decay))


def sample_size_factor(rate: float, n_classes: int) -> float:
    """How many times as many rows it takes to learn the same, with labels wrong at random.

    (1 - rate K / (K - 1))^-2; for two classes (1 - 2 rate)^-2, the factor by which the sample
    that suffices grows in theorem 2 of D. Angluin, P. Laird, "Learning from noisy examples",
    Machine Learning 2, 1988. For K classes: labels wrong with this rate are uniform with
    probability rate K / (K - 1) and right otherwise, so that a difference of two classes'
    frequencies shrinks by what remains, and its variance does not.

    Args:
        rate: The share of wrong labels, 0 to 1.
        n_classes: K, at least two.

    Returns:
        At least 1; infinite where the labels say nothing any more.

    Raises:
        ValueError: A number is out of range.
    """
    left = _left(rate, n_classes)
    return left**-2 if left > 0 else float("inf")


def true_error(disagreement: float, rate: float, n_classes: int) -> float:
    """A model's error on right labels, from how often it differs from labels wrong at random.

    With e for the error, a right label is missed with probability e, and a wrong one is met by
    a wrong answer with probability 1 / (K - 1): differ = e (1 - rate K / (K - 1)) + rate.

    Args:
        disagreement: Share of rows where it differs from the given label.
        rate: The share of wrong labels.
        n_classes: K, at least two.

    Returns:
        Between 0 and 1; 1 - 1 / K where the labels say nothing.
    """
    left = _left(rate, n_classes)
    if left <= 0:
        return 1 - 1 / n_classes
    return float(np.clip((disagreement - rate) / left, 0.0, 1.0))


def _left(rate: float, n_classes: int) -> float:
    if n_classes < 2 or not 0 <= rate <= 1:
        raise ValueError(f"a rate of {rate} among {n_classes} classes is out of range")
    return 1 - rate * n_classes / (n_classes - 1)
