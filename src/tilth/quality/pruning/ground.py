"""Rows to learn from with the original model fitted on them, from which smaller ones are made."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.errors import DataError
from tilth.quality.classes import classes_of
from tilth.quality.pruning.answers import answers_of, own_columns
from tilth.quality.pruning.material import Material, fit
from tilth.quality.pruning.metric import Metric
from tilth.quality.pruning.packing import packed_if_trees
from tilth.quality.rows import seeded

_INNER_FOLDS = 4
"""One of so many parts is held out to see which columns matter."""

_ROWS = 1000
"""So many of these rows are asked about: once for each column."""

_MOVED = 1000
"""Among so many rows values change places, to see which numbers a column becomes."""


class Ground:
    """Rows, and what the original becomes on them.

    Args:
        model: The fitted original; copies of it are fitted anew.
        material: What to learn from.
        metric: By which columns are ranked.
        seed: Of what models draw, where they leave it open.
        original: The original as fitted on just these rows, where that is at hand.
    """

    def __init__(
        self, model: Any, material: Material, metric: Metric, seed: int, *, original: Any = None
    ) -> None:
        self.model, self.material, self.metric, self.seed = model, material, metric, seed
        if original is not None:
            self.original = original

    @cached_property
    def original(self) -> Any:
        """The original, fitted on these rows.

        Raises:
            DataError: It cannot be fitted anew.
        """
        try:
            return fit(self.fresh(), self.material)
        except Exception as error:  # of the user's own classes, for one
            raise DataError(
                f"{named(self.model)} cannot be fitted on {len(self.material):,} rows: "
                f"{type(error).__name__}: {error}",
                hint="smaller models are judged on rows that are held out, so it is fitted on the "
                "others again",
            ) from error

    def fresh(self, **settings: Any) -> Any:
        """The original, unfitted, with other settings of its last step."""
        made = seeded(self.model, self.seed)
        step = f"{made.steps[-1][0]}__" if hasattr(made, "steps") else ""
        return made.set_params(**{f"{step}{name}": value for name, value in settings.items()})

    @cached_property
    def numbers(self) -> Any:
        """What the original's last step is given."""
        return prepared(self.original, self.material.table)

    @cached_property
    def answers(self) -> Any:
        """What the original says of these rows: chances of classes where it tells them."""
        ask = self.original.predict
        if is_classifier(self.original) and hasattr(self.original, "predict_proba"):
            ask = self.original.predict_proba
        return np.asarray(ask(self.material.table))

    @cached_property
    def reach(self) -> dict[str, NDArray[np.bool_]]:
        """Column -> which of the last step's numbers move as its values change places."""
        table = self.material.table.head(_MOVED)
        others = (np.arange(table.height) + 1) % table.height
        before = _dense(prepared(self.original, table))
        found = {}
        for name in table.columns:
            moved = table.with_columns(table[name].gather(others))
            found[name] = (_dense(prepared(self.original, moved)) != before).any(axis=0)
        return found

    @cached_property
    def ranking(self) -> list[str]:
        """The columns, the one first without which most is lost.

        The original is fitted on three quarters of the rows, and each column's values change
        places among the others. All of this happens within the rows of this ground: were columns
        chosen by rows that a smaller model is judged on, it would look better than it is.

        References:
            L. Breiman, "Random forests", Machine Learning 45, 2001, section 10; C. Ambroise,
            G. J. McLachlan, "Selection bias in gene extraction on the basis of microarray
            gene-expression data", PNAS 99, 2002.
        """
        is_classes = is_classifier(self.original)
        trained, held = self.material.folds(_INNER_FOLDS, classes=is_classes, seed=self.seed)[0]
        model = packed_if_trees(fit(self.fresh(), self.material.only(trained)))
        rest = self.material.only(held[:_ROWS])
        value = self.metric.of(answers_of(model, rest.table), rest.truth)
        random = np.random.default_rng(self.seed)
        worse = {}
        for name in rest.table.columns:
            moved = rest.table[name][random.permutation(len(rest))]
            said = answers_of(model, rest.table.with_columns(moved.alias(name)))
            worse[name] = self.metric.sign * (value - self.metric.of(said, rest.truth))
        return sorted(worse, key=lambda name: -worse[name])


def prepared(model: Any, table: Any) -> Any:
    """What a model's last step is given of a table: an array, sparse or not, or a table."""
    found = own_columns(model, table)
    for _, step in getattr(model, "steps", ())[:-1]:
        if step not in (None, "passthrough"):
            found = step.transform(found)
    return found


def _dense(numbers: Any) -> NDArray[np.float64]:
    found = numbers.toarray() if hasattr(numbers, "toarray") else numbers
    return np.asarray(found, np.float64)


def named(model: Any) -> str:
    """The class of a model's last step."""
    return type(last_of(model)).__name__


def last_of(model: Any) -> Any:
    """A model's last step."""
    return model.steps[-1][1] if hasattr(model, "steps") else model


def with_last(model: Any, last: Any) -> Any:
    """A model with its last step exchanged, the others as they are."""
    if not hasattr(model, "steps"):
        return last
    from sklearn.pipeline import Pipeline  # the model is one of its own

    return Pipeline([*model.steps[:-1], (model.steps[-1][0], last)])


def is_classifier(model: Any) -> bool:
    """Whether it tells classes."""
    return classes_of(model) is not None
