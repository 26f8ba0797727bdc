"""The tables that the stage reads: what was predicted, what describes it, what was learned from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import DataError, UnknownNameError
from tilth.quality.judgement import Classes, Columns, Judgement, codes_of, judged
from tilth.quality.quantity import is_quantity
from tilth.quality.rows import label_array
from tilth.quality.slices.findings import drawn_rows
from tilth.quality.table_features import TableFeatures
from tilth.record import changed, record


@record
class Evaluated:
    """Rows that a model was asked about.

    Attributes:
        table: All that is known of them.
        attributes: What describes them.
        judgement: How the model did.
        where: What the table is called in messages.
    """

    table: pl.DataFrame
    attributes: pl.DataFrame
    judgement: Judgement
    where: str

    def only(self, rows: NDArray[np.int64]) -> Evaluated:
        """Of some rows, by position."""
        return changed(
            self,
            table=self.table[rows],
            attributes=self.attributes[rows],
            judgement=self.judgement.only(rows),
        )


@record
class Learned:
    """Rows that a model learned from.

    Attributes:
        table: All that is known of them.
        target: Codes of classes, or numbers; shape (n_rows,).
        classes: What the codes stand for; none of a quantity.
        features: The columns that models are given.
        where: What the table is called in messages.
    """

    table: pl.DataFrame
    target: NDArray[Any]
    classes: Classes
    features: list[str]
    where: str

    def sample(self, most: int, seed: int) -> Learned:
        """At most so many rows, drawn without replacement."""
        rows = drawn_rows(self.table.height, most, seed)
        return changed(self, table=self.table[rows], target=self.target[rows])

    @property
    def answers(self) -> NDArray[Any]:
        """The target as a model is taught it, shape (n_rows,)."""
        return self.target if not self.classes else label_array(self.classes)[self.target]


def evaluated(
    predictions: pl.DataFrame, rows: pl.DataFrame | None, asked: Mapping[str, Any]
) -> Evaluated:
    """Put predictions and what describes them together.

    Raises:
        UnknownNameError: A column is not there.
        DataError: The rows are others than the predictions', or cannot be judged.
    """
    where = where_of(asked["predictions"])
    columns = columns_of(asked)
    for each, name in ((predictions, asked["predictions"]), (rows, asked["rows"])):
        _refuse_synthetic(each, name)
    judgement = judged(predictions, columns, loss=asked["loss"], where=where)
    if rows is not None:
        _check_same_rows(predictions, rows, asked)
    table = predictions if rows is None else rows
    names = asked["attributes"] or columns.beside(table.columns)
    place = where if rows is None else where_of(asked["rows"])
    _check_there(table, names, place)
    return Evaluated(table=table, attributes=table.select(names), judgement=judgement, where=place)


def columns_of(asked: Mapping[str, Any]) -> Columns:
    """Which columns hold what."""
    names = ("target", "prediction", "probability", "positive")
    return Columns(**{name: asked[name] for name in names})


def learned(
    train: pl.DataFrame, asked: Mapping[str, Any], judgement: Judgement | None, model: Any = None
) -> Learned:
    """Read the rows that a model learned from.

    Args:
        train: The rows.
        asked: What their columns mean; see `tilth.stages.evaluate`.
        judgement: Of the predictions, so that codes of classes mean the same; None where these
            are not at hand. Then the model says whether the target is a quantity, and without
            one the numbers do.
        model: The model, which may know what it was fitted on.

    Raises:
        UnknownNameError: A column is not there.
        DataError: No rows, no target in some of them, or other classes than were judged.
    """
    where = where_of(asked["train"])
    target = asked["target"]
    _check_there(train, [target], where)
    if train.height == 0:
        raise DataError(f"{where}: there are no rows", hint="nothing can be learned from it")
    values = train[target]
    missing = values.null_count()
    if missing:
        raise DataError(
            f"{where}: column `{target}` has no value in {missing:,} of {train.height:,} rows",
            hint="leave these rows out: nothing can be learned from them",
        )
    features = _features(train, asked, model)
    _check_there(train, features, where)
    if judgement:
        codes, classes = judgement.of_others(values, where)
    elif _is_of_quantity(values, asked, model):
        codes, classes = values.cast(pl.Float64).to_numpy(), ()
    else:
        codes, classes = codes_of(values)
    return Learned(table=train, target=codes, classes=classes, features=features, where=where)


def _is_of_quantity(values: pl.Series, asked: Mapping[str, Any], model: Any) -> bool:
    if model is None:
        return asked["probability"] is None and is_quantity(values)
    from sklearn.base import is_regressor  # as in `learner`

    return values.dtype.is_numeric() and bool(is_regressor(model))


def _features(train: pl.DataFrame, asked: Mapping[str, Any], model: Any) -> list[str]:
    if asked["features"]:
        return list(asked["features"])
    fitted = [str(each) for each in getattr(model, "feature_names_in_", ())]
    if fitted and set(fitted) <= set(train.columns):
        return fitted
    return columns_of(asked).beside(train.columns)


def learner(learned: Learned, model: Any) -> tuple[Callable[[pl.DataFrame], Any], Any]:
    """What turns a table into what a model is given, and a model to be cloned.

    Without a model of one's own these are numbers for all columns, and boosted trees.

    Raises:
        DataError: The model is for classes and the target a quantity, or the reverse.
    """
    if model is not None:
        _check_kind(learned, model)
        return (lambda table: table.select(learned.features)), model
    from sklearn.ensemble import (  # a second, and only those who train need it
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
    )

    numbers = TableFeatures().fit(learned.table.select(learned.features))
    kind = HistGradientBoostingClassifier if learned.classes else HistGradientBoostingRegressor
    made = kind(max_iter=60, max_leaf_nodes=15, random_state=0, early_stopping=False)
    return (lambda table: numbers.transform(table.select(learned.features))), made


def _check_kind(learned: Learned, model: Any) -> None:
    from sklearn.base import is_classifier  # as above

    if is_classifier(model) != bool(learned.classes):
        is_for, has = (
            ("classes", "a quantity") if is_classifier(model) else ("a quantity", "classes")
        )
        raise DataError(
            f"{learned.where}: the model ({type(model).__name__}) is for {is_for}, and the "
            f"target is {has}",
            hint="`model` needs the model that made the predictions",
        )


def has_all(table: pl.DataFrame, names: Sequence[str]) -> bool:
    """Whether all columns are there."""
    return set(names) <= set(table.columns)


def where_of(dataset: str) -> str:
    """How messages begin."""
    return f"stage `evaluate`, dataset `{dataset}`"


def _check_there(table: pl.DataFrame, names: Sequence[str], where: str) -> None:
    for name in names:
        if name not in table.columns:
            raise UnknownNameError("column", name, table.columns, where=where)


def _refuse_synthetic(table: pl.DataFrame | None, name: str) -> None:
    """Rows that somebody made say nothing of those that will come."""
    if table is None or table.schema.get("synthetic") != pl.Boolean:
        return
    if n := int(table["synthetic"].sum()):
        raise DataError(
            f"{where_of(name)}: {n:,} of {table.height:,} rows are synthetic",
            hint="evaluate on observed rows: filter out those with `synthetic`",
        )


def _check_same_rows(
    predictions: pl.DataFrame, rows: pl.DataFrame, asked: Mapping[str, Any]
) -> None:
    where, target = where_of(asked["rows"]), asked["target"]
    if rows.height != predictions.height:
        raise DataError(
            f"{where}: it has {rows.height:,} rows, and `{asked['predictions']}` "
            f"{predictions.height:,}",
            hint="`rows` needs the rows that were asked about, in the same order",
        )
    if target in rows.columns and not rows[target].equals(predictions[target]):
        raise DataError(
            f"{where}: column `{target}` differs from that of `{asked['predictions']}`",
            hint="`rows` needs the rows that were asked about, in the same order",
        )
