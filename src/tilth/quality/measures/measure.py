"""The measures of predictions by name: what each is, which way is better, and what it needs.

Nothing heavy is imported here, so that files of goals can be checked against the names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tilth.errors import UnknownNameError, nearest
from tilth.record import record

Needs = Literal["label", "probability", "number"]
"""What a measure is worked out from: a class, chances of classes, or a quantity."""


@record(kw_only=False)
class Measure:
    """How good predictions are, as a number.

    Attributes:
        name: As it is written in files.
        what: In words, as the end of "it is ...".
        needs: What the model must say.
        higher_is_better: Which way.
        bounded: Whether one row of n moves it by about 1 / n at most, as in a share of rows.
        by_class: Whether that is one of the n rows of a class, as in a recall.
        of_two: Whether it is of two classes alone; others are of several classes as well.
    """

    name: str
    what: str
    needs: Needs
    higher_is_better: bool = True
    bounded: bool = False
    by_class: bool = False
    of_two: bool = False

    @property
    def of_classes(self) -> bool:
        """Whether the target holds classes."""
        return self.needs != "number"

    def gain(self, before: float, after: float) -> float:
        """By how much `after` is better; below zero where it is worse."""
        return after - before if self.higher_is_better else before - after


_ALL = (
    Measure("accuracy", "the share of rows with the right class", "label", bounded=True),
    Measure(
        "balanced_accuracy", "the mean of each class's recall", "label",
        bounded=True, by_class=True,
    ),
    Measure(
        "precision", "of what it calls positive, the share that is", "label",
        bounded=True, by_class=True,
    ),
    Measure(
        "recall", "of what is positive, the share that it finds", "label",
        bounded=True, by_class=True,
    ),
    Measure(
        "specificity", "of what is negative, the share that it leaves alone", "label",
        bounded=True, by_class=True, of_two=True,
    ),
    Measure(
        "f1", "the harmonic mean of precision and recall", "label", bounded=True, by_class=True
    ),
    Measure("mcc", "the correlation of what is so and what was said (Matthews)", "label"),
    Measure("kappa", "agreement beyond chance (Cohen)", "label"),
    Measure(
        "roc_auc", "the chance that a positive row is placed above a negative one",
        "probability", bounded=True, by_class=True,
    ),
    Measure(
        "average_precision", "the mean precision over the recalls", "probability",
        bounded=True, by_class=True,
    ),
    Measure("log_loss", "the mean surprise, in nats", "probability", higher_is_better=False),
    Measure(
        "brier", "the mean squared distance of chances from what is so", "probability",
        higher_is_better=False, bounded=True,
    ),
    Measure(
        "calibration_error", "how far chances are from shares, on average over 15 bins",
        "probability", higher_is_better=False, bounded=True,
    ),
    Measure("mae", "the mean absolute error", "number", higher_is_better=False),
    Measure("median_absolute_error", "the median absolute error", "number",
            higher_is_better=False),
    Measure("mse", "the mean squared error", "number", higher_is_better=False),
    Measure("rmse", "the root of the mean squared error", "number", higher_is_better=False),
    Measure("mape", "the mean error as a share of what is so", "number", higher_is_better=False),
    Measure("r2", "the share of the variance that is explained", "number"),
)  # fmt: skip

MEASURES: Mapping[str, Measure] = {each.name: each for each in _ALL}
"""Every measure by its name."""

_ELSEWHERE = {
    "mean_absolute_error": "mae",
    "mean_squared_error": "mse",
    "root_mean_squared_error": "rmse",
    "mean_absolute_percentage_error": "mape",
    "brier_score": "brier",
    "brier_score_loss": "brier",
    "matthews_corrcoef": "mcc",
    "cohen_kappa": "kappa",
    "auc": "roc_auc",
    "pr_auc": "average_precision",
    "auprc": "average_precision",
    "ece": "calibration_error",
    "sensitivity": "recall",
    "f1_score": "f1",
    "f1_macro": "f1",
    "logloss": "log_loss",
    "cross_entropy": "log_loss",
    "r2_score": "r2",
    **{f"roc_auc_{each}": "roc_auc" for each in ("ovr", "ovo")},
    **{f"{each}_macro": each for each in ("precision", "recall")},
}
"""What other libraries call a measure -> our name, for hints."""


def find_measure(name: str, *, where: str | None = None) -> Measure:
    """The measure with a name.

    Raises:
        UnknownNameError: There is none; says which is nearest.
    """
    if name in MEASURES:
        return MEASURES[name]
    error = UnknownNameError("measure", name, MEASURES, where=where)
    error.hint = measure_hint(name) or error.hint
    raise error


def measure_hint(name: str) -> str | None:
    """What to write instead of a name that no measure has; None where nothing is alike."""
    plain = name.lower().removeprefix("neg_").replace(" ", "_").replace("-", "_")
    near = _ELSEWHERE.get(plain) or (plain if plain in MEASURES else nearest(plain, MEASURES))
    return f"did you mean `{near}`?" if near else None
