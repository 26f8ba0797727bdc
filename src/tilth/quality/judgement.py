"""What a model said of rows beside what is so, and how wrong it was on each."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import DataError, UnknownNameError
from tilth.record import changed, record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Classes = tuple[Hashable, ...]

Task = Literal["classes", "quantity"]
Loss = Literal["error", "log loss", "absolute error", "squared error"]
LOSSES: tuple[Loss, ...] = get_args(Loss)

_OF_CLASSES: tuple[Loss, ...] = ("error", "log loss")
_FEW_LEVELS = 30
"""Whole numbers with more different values than this are a quantity."""

_TOLERANCE = 1e-3
"""How far the probabilities of a row may sum from one: as in `tilth.quality.confident_joint`."""

_SMALLEST = 1e-15
"""A probability below this counts as this, so that one row's log loss is at most 34.5 nats."""


@record
class Columns:
    """Which columns of a table of predictions hold what.

    Attributes:
        target: What is so.
        prediction: What the model said: a class, or a number.
        probability: How likely the model held it: of two classes, the column with the
            probability of `positive`; of several, `p_{}` with `{}` in the place of the class,
            one column for each. Where predictions are there and no column fits the pattern, the
            model told none.
        positive: Of two classes, the one that `probability` is about; the last in their order
            where not given, as scikit-learn has it.
    """

    target: str
    prediction: str | None = None
    probability: str | None = None
    positive: Hashable | None = None

    def beside(self, names: Sequence[str]) -> list[str]:
        """The columns that describe rows: all that are none of these."""
        own = {self.target, self.prediction, self.probability}
        if self.probability is None or "{}" not in self.probability:
            return [each for each in names if each not in own]
        before, _, after = self.probability.partition("{}")
        return [
            each
            for each in names
            if each not in own and not (each.startswith(before) and each.endswith(after))
        ]


@record
class Judgement:
    """What a model said of rows beside what is so.

    Attributes:
        task: Whether classes or a quantity were predicted.
        truth: Of each row, shape (n_rows,): codes of classes, or numbers.
        predicted: The same, by the model.
        probabilities: Shape (n_rows, n_classes); None where there are none.
        classes: What the codes stand for; none of a quantity.
        loss: How wrong it was, shape (n_rows,), at least 0.
        loss_name: Which loss that is.
    """

    task: Task
    truth: NDArray[Any]
    predicted: NDArray[Any]
    probabilities: Floats | None
    classes: Classes
    loss: Floats
    loss_name: Loss

    @property
    def wrong(self) -> Floats:
        """The error that a person counts: 0 or 1 of classes, the absolute one of a quantity."""
        name: Loss = "error" if self.task == "classes" else "absolute error"
        return loss_of(name, self.truth, self.predicted, None)

    @property
    def confusion(self) -> NDArray[np.int64]:
        """How often each class was taken for each, true class × predicted; empty of a quantity."""
        n = len(self.classes)
        cells = self.truth * n + self.predicted if n else np.zeros(0, np.int64)
        return np.bincount(cells, minlength=n * n).reshape(n, n)

    def shown(self, values: NDArray[Any]) -> pl.Series:
        """Codes as the classes they stand for; a quantity as it is."""
        if self.task == "quantity":
            return pl.Series(values)
        return pl.Series([self.classes[code] for code in values.tolist()])

    def only(self, rows: Integers) -> Judgement:
        """Of some rows, by position."""
        chances = self.probabilities
        return changed(
            self,
            truth=self.truth[rows],
            predicted=self.predicted[rows],
            probabilities=None if chances is None else chances[rows],
            loss=self.loss[rows],
        )

    def of_others(self, values: pl.Series, where: str) -> tuple[NDArray[Any], Classes]:
        """The target of other rows as `truth` has it, and the classes that its codes stand for.

        Classes that occur only there come after those that are known.

        Raises:
            DataError: None of the classes is known here, or values are no numbers.
        """
        if self.task == "quantity":
            return _numbers(values, where), ()
        found = set(_plain(values).unique().to_list())
        if not found & set(self.classes):
            raise DataError(
                f"{where}: column `{values.name}` holds {min(map(repr, found))}, and none of the "
                f"classes that were judged: {', '.join(map(str, self.classes[:8]))}",
                hint="were the predictions made from the same data?",
            )
        classes = (*self.classes, *sorted(found - set(self.classes), key=str))
        return _codes(values, classes), classes


def loss_of(
    name: Loss, truth: NDArray[Any], predicted: NDArray[Any], probabilities: Floats | None
) -> Floats:
    """How wrong each row is, shape (n_rows,), at least 0.

    Args:
        name: Which loss.
        truth: Codes of classes, or numbers, shape (n_rows,).
        predicted: The same.
        probabilities: Shape (n_rows, n_classes), for `log loss` alone.
    """
    if name == "error":
        return np.asarray(truth != predicted, dtype=float)
    if name == "log loss":
        assert probabilities is not None  # who asks for it has some
        own = probabilities[np.arange(truth.size), truth]
        return np.asarray(-np.log(np.clip(own, _SMALLEST, 1.0)))
    away = np.abs(truth - predicted)
    return np.asarray(away if name == "absolute error" else away**2)


def judged(
    frame: pl.DataFrame,
    columns: Columns,
    *,
    loss: Loss | None = None,
    where: str = "the predictions",
) -> Judgement:
    """Read a table of predictions.

    A quantity is what has numbers with a fraction, or more than 30 different whole ones;
    anything else, and whatever has a probability, is of classes.

    Args:
        frame: One row for each prediction.
        columns: Which columns hold what.
        loss: How wrong a row is; of classes `log loss` where only probabilities are known and
            otherwise `error`, of a quantity `absolute error`.
        where: What the table is called in messages.

    Raises:
        UnknownNameError: A column is not there.
        DataError: No rows, a value that is missing or not finite, one class, a constant
            quantity, probabilities that are none, or a loss that does not fit.
    """
    _check_columns(frame, columns, where)
    if _is_vain(frame, columns):
        columns = changed(columns, probability=None)
    if loss is not None and loss not in LOSSES:
        raise DataError(f"{where}: there is no loss `{loss}`", hint=f"one of {', '.join(LOSSES)}")
    if _is_quantity(frame, columns):
        return _quantity(frame, columns, loss, where)
    return _classes(frame, columns, loss, where)


def _check_columns(frame: pl.DataFrame, columns: Columns, where: str) -> None:
    if columns.prediction is None and columns.probability is None:
        raise DataError(
            f"{where}: neither a column of predictions nor one of probabilities is named",
            hint="say `prediction:` or `probability:`",
        )
    asked = [columns.target, columns.prediction, columns.probability]
    for name in asked:
        if name is not None and "{}" not in name and name not in frame.columns:
            raise UnknownNameError("column", name, frame.columns, where=where)
    if frame.height == 0:
        raise DataError(
            f"{where}: there are no rows", hint="see what the node that makes them was given"
        )
    for name in asked[:2]:
        if name is not None:
            _refuse_missing(frame[name], where)


def _is_vain(frame: pl.DataFrame, columns: Columns) -> bool:
    """Whether a pattern for probabilities fits no column, and predictions are there without."""
    pattern = columns.probability or ""
    if "{}" not in pattern or columns.prediction is None:
        return False
    return not _class_columns(frame, columns, pl.String())


def _refuse_missing(values: pl.Series, where: str) -> None:
    missing = values.null_count() + (values.is_nan().sum() if values.dtype.is_float() else 0)
    if missing:
        raise DataError(
            f"{where}: column `{values.name}` has no value in {missing:,} of {values.len():,} rows",
            hint="leave these rows out: they cannot be judged",
        )
    if values.dtype.is_float() and not values.is_finite().all():
        raise DataError(f"{where}: column `{values.name}` has values that are infinite")


def _is_quantity(frame: pl.DataFrame, columns: Columns) -> bool:
    if columns.probability is not None:
        return False
    target = frame[columns.target]
    if target.dtype.is_decimal():
        return True
    if target.dtype.is_float():
        return bool((target != target.round()).any()) or target.n_unique() > _FEW_LEVELS
    return target.dtype.is_integer() and target.n_unique() > _FEW_LEVELS


# A quantity


def _quantity(frame: pl.DataFrame, columns: Columns, loss: Loss | None, where: str) -> Judgement:
    assert columns.prediction is not None  # otherwise there is a probability, so it is of classes
    chosen = loss or "absolute error"
    if chosen in _OF_CLASSES:
        raise DataError(
            f"{where}: `{columns.target}` is a quantity, which has no {chosen}",
            hint="take `absolute error` or `squared error`",
        )
    truth = frame[columns.target].cast(pl.Float64).to_numpy()
    predicted = _numbers(frame[columns.prediction], where)
    if truth.min() == truth.max():
        raise DataError(
            f"{where}: column `{columns.target}` is {truth[0]:g} in all {truth.size:,} rows",
            hint="where nothing differs there is nothing to predict",
        )
    return Judgement(
        task="quantity",
        truth=truth,
        predicted=predicted,
        probabilities=None,
        classes=(),
        loss=loss_of(chosen, truth, predicted, None),
        loss_name=chosen,
    )


def _numbers(values: pl.Series, where: str) -> Floats:
    if not (values.dtype.is_numeric() or values.dtype.is_decimal()):
        raise DataError(f"{where}: column `{values.name}` must be numbers, and is {values.dtype}")
    return values.cast(pl.Float64).to_numpy()


# Classes


def _classes(frame: pl.DataFrame, columns: Columns, loss: Loss | None, where: str) -> Judgement:
    chosen = loss or ("error" if columns.prediction is not None else "log loss")
    if chosen not in _OF_CLASSES:
        raise DataError(
            f"{where}: `{columns.target}` holds classes, which have no {chosen}",
            hint="take `error` or `log loss`",
        )
    if chosen == "log loss" and columns.probability is None:
        raise DataError(f"{where}: `log loss` needs probabilities", hint="say `probability:`")
    classes = _known_classes(frame, columns, where)
    truth = _codes(frame[columns.target], classes)
    chances = _chances(frame, columns, classes, where)
    if columns.prediction is not None:
        predicted = _codes(frame[columns.prediction], classes)
    else:
        assert chances is not None  # a prediction or a probability is there
        predicted = chances.argmax(axis=1)
    return Judgement(
        task="classes",
        truth=truth,
        predicted=predicted,
        probabilities=chances,
        classes=classes,
        loss=loss_of(chosen, truth, predicted, chances),
        loss_name=chosen,
    )


def _known_classes(frame: pl.DataFrame, columns: Columns, where: str) -> Classes:
    """All that occur among what is so, what was said, and what has a probability; sorted."""
    given = frame[columns.target]
    found = set(_plain(given).unique().to_list())
    if len(found) < 2:
        raise DataError(
            f"{where}: column `{columns.target}` is {next(iter(found))!r} in all "
            f"{given.len():,} rows",
            hint="with one class there is nothing to tell apart; judge on more rows",
        )
    if columns.prediction is not None:
        said = _plain(frame[columns.prediction])
        if _kind(said) != _kind(_plain(given)):
            raise DataError(
                f"{where}: `{columns.target}` is {given.dtype} and `{columns.prediction}` "
                f"{frame[columns.prediction].dtype}: they cannot be compared",
                hint="have both be texts, or numbers, or truth values",
            )
        found |= set(said.unique().to_list())
    if columns.probability is not None and "{}" in columns.probability:
        found |= {each for _, each in _class_columns(frame, columns, _plain(given).dtype)}
    return tuple(sorted(found))


def _plain(values: pl.Series) -> pl.Series:
    """Booleans and whole numbers as they are, whole floats as whole numbers, others as text."""
    if values.dtype.is_float() and (values == values.round()).all():
        return values.cast(pl.Int64)
    if values.dtype == pl.Boolean or values.dtype.is_numeric():
        return values
    return values.cast(pl.String)


def _kind(values: pl.Series) -> str:
    """Of plain values: those of two kinds have no common order, and are never alike."""
    if values.dtype == pl.Boolean:
        return "truth values"
    return "numbers" if values.dtype.is_numeric() else "texts"


def unseen_classes(so: pl.Series, known: Sequence[Any], who: str, where: str) -> list[Any]:
    """Classes among true labels that a model cannot name.

    Args:
        so: The labels; rows without one do not count.
        known: Classes of the model.
        who: The model, for messages.
        where: For messages: what holds the labels.

    Raises:
        DataError: It can name none of them.
    """
    classes = codes_of(so.drop_nulls())[1]
    unseen = [each for each in classes if each not in known]
    if classes and len(unseen) == len(classes):
        raise DataError(
            f"{where}: column `{so.name}` holds {unseen[0]!r:.40}, and {who} tells apart "
            f"{', '.join(map(repr, known[:8]))}",
            hint="is it the column that the model was trained on, in the same form?",
        )
    return unseen


def codes_of(values: pl.Series) -> tuple[Integers, Classes]:
    """Labels as codes, and the classes that these stand for, in order."""
    classes = tuple(sorted(_plain(values).unique().to_list()))
    return _codes(values, classes), classes


def _codes(values: pl.Series, classes: Classes) -> Integers:
    place = {each: code for code, each in enumerate(classes)}
    return np.fromiter((place[each] for each in _plain(values).to_list()), np.int64, values.len())


def _class_columns(
    frame: pl.DataFrame, columns: Columns, kind: pl.DataType
) -> list[tuple[str, Hashable]]:
    """Columns of probabilities, each with its class."""
    assert columns.probability is not None
    before, _, after = columns.probability.partition("{}")
    found: list[tuple[str, Hashable]] = []
    for name in frame.columns:
        if name in (columns.target, columns.prediction):
            continue
        if name.startswith(before) and name.endswith(after) and len(name) > len(before + after):
            found.append((name, _as_class(name[len(before) : len(name) - len(after)], kind)))
    return found


def _as_class(text: str, kind: pl.DataType) -> Hashable:
    if kind == pl.Boolean:
        return text.lower() == "true"
    if kind.is_integer():
        try:
            return int(text)
        except ValueError:
            return text
    return text


def _chances(frame: pl.DataFrame, columns: Columns, classes: Classes, where: str) -> Floats | None:
    if columns.probability is None:
        return None
    if "{}" not in columns.probability:
        return _of_two(frame, columns, classes, where)
    named = {
        each: name
        for name, each in _class_columns(frame, columns, _plain(frame[columns.target]).dtype)
    }
    lacking = [each for each in classes if each not in named]
    if lacking:
        wanted = columns.probability.replace("{}", str(lacking[0]))
        raise UnknownNameError("column", wanted, frame.columns, where=where)
    parts = [_probability(frame[named[each]], where) for each in classes]
    found = np.stack(parts, axis=1)
    sums = found.sum(axis=1)
    off = np.flatnonzero(np.abs(sums - 1) > _TOLERANCE)
    if off.size:
        raise DataError(
            f"{where}: the probabilities `{columns.probability}` of row {off[0]} sum to "
            f"{sums[off[0]]:.4g}, and in {off.size:,} of {sums.size:,} rows not to one",
            hint="each row needs a probability of every class; scores are none",
        )
    return np.asarray(found / sums[:, None])


def _of_two(frame: pl.DataFrame, columns: Columns, classes: Classes, where: str) -> Floats:
    if len(classes) != 2:
        raise DataError(
            f"{where}: column `{columns.target}` has {len(classes)} classes, and "
            f"`{columns.probability}` is one column of probabilities",
            hint="name one column for each class, as in `probability: p_{}`",
        )
    positive = classes[1] if columns.positive is None else columns.positive
    if positive not in classes:
        raise UnknownNameError(
            "class", str(positive), map(str, classes), where=f"{where}, column `{columns.target}`"
        )
    assert columns.probability is not None
    chance = _probability(frame[columns.probability], where)
    both = (1 - chance, chance) if positive == classes[1] else (chance, 1 - chance)
    return np.stack(both, axis=1)


def _probability(values: pl.Series, where: str) -> Floats:
    _refuse_missing(values, where)
    found = _numbers(values, where)
    off = np.flatnonzero((found < -_TOLERANCE) | (found > 1 + _TOLERANCE))
    if off.size:
        raise DataError(
            f"{where}: column `{values.name}` has {found[off[0]]:.4g} in row {off[0]}, "
            "and probabilities lie between 0 and 1"
        )
    return np.clip(found, 0.0, 1.0)
