"""What models learn from: rows, answers, weights and folds, looked through for what cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import DataError, UnknownNameError
from tilth.quality.classes import coded
from tilth.quality.folds import grouped_folds, stratified_folds
from tilth.quality.judgement import Classes, codes_of
from tilth.quality.preparation import reads
from tilth.quality.quantity import Task, check_kind, is_quantity
from tilth.quality.rows import label_array
from tilth.record import changed, record

Integers = NDArray[np.int64]
Split = tuple[Integers, Integers]

_MANY_CLASSES = 100
"""More classes than this need `_ROWS_EACH` rows each on average; else they name the rows."""

_ROWS_EACH = 10


@record
class Lesson:
    """Rows to learn from.

    Attributes:
        table: What models are given: the features alone.
        answers: The target as models are taught it: labels or numbers, shape (n_rows,).
        task: `classification` or `regression`.
        classes: The labels in order; none of a quantity.
        positive: Of two classes, the one that is looked for; else None.
        weights: How much each row counts, shape (n_rows,); None for all alike.
        groups: What must not be parted, one for each row; None without.
        times: The order of the rows, shape (n_rows,); None without. Rows are in this order.
        where: What the table is called in messages.
        others: Columns that stood beside the features, such as the target.
    """

    table: pl.DataFrame
    answers: NDArray[Any]
    task: str
    classes: Classes
    positive: Any
    weights: NDArray[np.float64] | None
    groups: NDArray[np.int64] | None
    times: NDArray[np.int64] | None
    where: str
    others: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.answers)

    @property
    def counts(self) -> dict[Any, int]:
        """Class -> its rows; empty of a quantity."""
        if not self.classes:
            return {}
        codes = coded(self.answers.tolist(), self.classes).codes
        found = np.bincount(codes, minlength=len(self.classes)).tolist()
        return dict(zip(self.classes, found, strict=True))

    def only(self, rows: Integers) -> Lesson:
        """Some of the rows, by position."""
        return changed(
            self,
            table=self.table[rows],
            answers=self.answers[rows],
            weights=None if self.weights is None else self.weights[rows],
            groups=None if self.groups is None else self.groups[rows],
            times=None if self.times is None else self.times[rows],
        )

    def splits(self, n_folds: int, seed: int) -> list[Split]:
        """Rows to train on and rows to score, by position, for each fold.

        With a time, each fold is scored on what comes after all that it was trained on; with
        groups, no group is on both sides; else folds have alike shares of each class.

        Raises:
            DataError: There are fewer rows, groups or moments than folds.
        """
        if self.times is not None:
            return self._by_time(n_folds)
        codes = self.answers.tolist() if self.classes else [0] * len(self)
        given = coded(codes, self.classes or None)
        try:
            if self.groups is None:
                folds = stratified_folds(given, n_folds, seed=seed)
            else:
                folds = grouped_folds(given, self.groups, n_folds, seed=seed)
        except ValueError as error:
            raise DataError(f"{self.where}: {error}", hint="ask for fewer `folds`") from None
        return [(np.flatnonzero(folds != k), np.flatnonzero(folds == k)) for k in range(n_folds)]

    def _by_time(self, n_folds: int) -> list[Split]:
        """Equal parts but for ties: rows of one moment stay together."""
        assert self.times is not None
        starts = np.flatnonzero(np.r_[True, np.diff(self.times) != 0])
        if len(starts) <= n_folds:
            raise DataError(
                f"{self.where}: {len(starts)} moments cannot be parted into {n_folds} folds and "
                "what comes before the first",
                hint="ask for fewer `folds`",
            )
        wanted = np.arange(1, n_folds + 1) * len(self) / (n_folds + 1)
        edges = self._edges(starts, wanted)
        rows = np.arange(len(self))
        ends = [*edges[1:].tolist(), len(self)]
        return [(rows[:e], rows[e:end]) for e, end in zip(edges.tolist(), ends, strict=True)]

    def _edges(self, starts: Integers, wanted: NDArray[np.float64]) -> Integers:
        """The moment nearest to each wanted place, each later than the one before."""
        found: list[int] = []
        first = 1
        for left, place in zip(range(len(wanted), 0, -1), wanted, strict=True):
            among = starts[first : len(starts) - left + 1]
            nearest = first + int(np.abs(among - place).argmin())
            found.append(int(starts[nearest]))
            first = nearest + 1
        return np.array(found, dtype=np.int64)


def lesson_of(train: pl.DataFrame, asked: Mapping[str, Any], preparation: Any = None) -> Lesson:
    """Read the rows to learn from.

    Args:
        train: The table.
        asked: `train` (its name), `target`, `task`, `features`, `group`, `time`, `weights`,
            `balanced` and `positive`; see `tilth.stages.train`.
        preparation: An unfitted transformer; the default one where None. One of `stage: prepare`
            says which columns it reads, and takes infinities as missing.

    Raises:
        UnknownNameError: A column is not there.
        DataError: Nothing can be learned from them, and why.
    """
    where = f"stage `train`, dataset `{asked['train']}`"
    roles = [asked[name] for name in ("target", "group", "time", "weights") if asked[name]]
    _check_there(train, roles, where)
    if train.height == 0:
        raise DataError(f"{where}: there are no rows", hint="nothing can be learned from it")
    if asked["time"]:
        _refuse_gaps(train[asked["time"]], where)
        train = train.sort(asked["time"], maintain_order=True)
    read = None if preparation is None else reads(preparation)
    if read is not None and not asked["features"]:
        _refuse_weights(read, asked["weights"], where)
        asked = {**asked, "features": read}
    features = _features(train, asked, roles, where)
    answers, task, classes = _answers(train[asked["target"]], asked, where)
    table = train.select(features)
    if preparation is not None and read is None:
        _refuse_infinite(table, where)
    made = Lesson(
        table=table,
        answers=answers,
        task=task,
        classes=classes,
        positive=_positive(answers, classes, asked["positive"], where),
        weights=_weights(train, asked["weights"], where),
        groups=_codes(train, asked["group"], where),
        times=_codes(train, asked["time"], where),
        where=where,
        others=tuple(each for each in train.columns if each not in features),
    )
    return _balanced(made) if asked["balanced"] else made


def _refuse_weights(read: Sequence[str], weights: str | None, where: str) -> None:
    if weights in read:
        raise DataError(
            f"{where}: `{weights}` says how much each row counts, and the preparation makes a "
            "feature of it",
            hint=f"`drop: [{weights}]` in `stage: prepare` leaves it out of the features",
        )


def _check_there(table: pl.DataFrame, names: Sequence[str], where: str) -> None:
    for name in names:
        if name not in table.columns:
            raise UnknownNameError("column", name, table.columns, where=where)


def _features(
    train: pl.DataFrame, asked: Mapping[str, Any], roles: Sequence[str], where: str
) -> list[str]:
    if asked["features"]:
        _check_there(train, asked["features"], where)
        if asked["target"] in asked["features"]:
            raise DataError(
                f"{where}: `{asked['target']}` is the target, and among the `features`",
                hint="a model that is told the answer learns nothing else",
            )
        return list(asked["features"])
    found = [each for each in train.columns if each not in roles]
    if not found:
        raise DataError(f"{where}: there is no column beside `{'`, `'.join(roles)}`")
    return found


# The target


def _answers(
    values: pl.Series, asked: Mapping[str, Any], where: str
) -> tuple[NDArray[Any], str, Classes]:
    check_kind(values, where)
    _refuse_gaps(values, where)
    task = _task(values, asked["task"], where)
    if values.n_unique() == 1:
        what = "one class" if task == "classification" else "one value"
        raise DataError(
            f"{where}: column `{values.name}` is {values[0]!r} in all {values.len():,} rows",
            hint=f"with {what} there is nothing to learn",
        )
    if task == "regression":
        return values.cast(pl.Float64).to_numpy(), task, ()
    codes, classes = codes_of(values)
    if len(classes) > _MANY_CLASSES and values.len() < _ROWS_EACH * len(classes):
        raise DataError(
            f"{where}: column `{values.name}` has {len(classes):,} different values in "
            f"{values.len():,} rows, too many to be classes",
            hint="is it a name or a number of the row? or a quantity: `task: regression`",
        )
    return label_array(classes)[codes], task, classes


def _positive(answers: NDArray[Any], classes: Classes, asked: Any, where: str) -> Any:
    """Of two classes, the one that is looked for."""
    if asked is not None and asked not in classes:
        raise UnknownNameError("class", str(asked), map(str, classes), where=where)
    if len(classes) != 2 or asked is not None:
        return asked
    first, last = classes
    if last in (True, 1):
        return last
    return first if (answers == first).mean() < 0.5 else last


def _task(values: pl.Series, asked: Task, where: str) -> str:
    if asked == "regression" and not values.dtype.is_numeric():
        raise DataError(
            f"{where}: column `{values.name}` must be numbers, and is {values.dtype}",
            hint="`task: classification` takes any labels",
        )
    return "regression" if is_quantity(values, asked) else "classification"


def _refuse_gaps(values: pl.Series, where: str) -> None:
    missing = values.null_count() + (values.is_nan().sum() if values.dtype.is_float() else 0)
    if missing:
        raise DataError(
            f"{where}: column `{values.name}` has no value in {missing:,} of {values.len():,} rows",
            hint="leave these rows out: nothing can be learned from them",
        )
    if values.dtype.is_float() and not values.is_finite().all():
        raise DataError(f"{where}: column `{values.name}` has values that are infinite")


def _refuse_infinite(table: pl.DataFrame, where: str) -> None:
    for values in table:
        if values.dtype.is_float():
            n = int(values.is_infinite().sum())
            if n:
                raise DataError(
                    f"{where}: column `{values.name}` is infinite in {n:,} of {values.len():,} "
                    "rows",
                    hint="put a missing value or a bound in their place, leave the column out by "
                    "`features`, or leave `preparation` out, which takes them as missing",
                )


# Weights, groups, times


def _weights(train: pl.DataFrame, name: str | None, where: str) -> NDArray[np.float64] | None:
    if name is None:
        return None
    values = train[name]
    if not values.dtype.is_numeric():
        raise DataError(f"{where}: column `{name}` must be numbers, and is {values.dtype}")
    _refuse_gaps(values, where)
    found = values.cast(pl.Float64).to_numpy()
    if (found < 0).any() or not found.any():
        raise DataError(
            f"{where}: column `{name}` has a weight of {found.min():g}",
            hint="weights are 0 or more, and not all 0",
        )
    return found


def _codes(train: pl.DataFrame, name: str | None, where: str) -> NDArray[np.int64] | None:
    if name is None:
        return None
    _refuse_gaps(train[name], where)
    return train[name].rank("dense").cast(pl.Int64).to_numpy()


def _balanced(lesson: Lesson) -> Lesson:
    """Each class counts as much as every other, whatever its rows.

    The weights are n / (k n_c): G. King, L. Zeng, "Logistic regression in rare events data",
    Political Analysis 9, 2001; scikit-learn calls them `balanced`.
    """
    if not lesson.classes:
        raise DataError(
            f"{lesson.where}: the target is a quantity, and only classes can be balanced",
            hint="leave `balanced` out, or say `task: classification`",
        )
    counts = lesson.counts
    share = {each: len(lesson) / (len(counts) * n) for each, n in counts.items() if n}
    own = np.array([share[each] for each in lesson.answers.tolist()])
    return changed(lesson, weights=own if lesson.weights is None else own * lesson.weights)
