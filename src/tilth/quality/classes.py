"""Labels as codes: which label is which column of a model's probabilities."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.record import record

Codes = NDArray[np.int64]
Classes = tuple[Hashable, ...]


@record(kw_only=False)
class Coded:
    """Labels as numbers.

    Attributes:
        codes: Shape (n,): the position of each row's label in `classes`.
        classes: What the codes stand for, each once.
    """

    codes: Codes
    classes: Classes

    @property
    def counts(self) -> Codes:
        """Rows of each class, shape (n_classes,)."""
        return np.bincount(self.codes, minlength=len(self.classes))


def coded(
    labels: ArrayLike | Sequence[Hashable],
    classes: Sequence[Hashable] | None = None,
    *,
    n_classes: int | None = None,
) -> Coded:
    """Turn labels into codes.

    Args:
        labels: One for each row: whole numbers, text, or anything hashable; a Polars or pandas
            column will do.
        classes: Every label there may be, in the order of the columns of the probabilities
            (an estimator's `classes_`). Without it, whole numbers are taken for codes where
            `n_classes` is known, and otherwise the labels that occur, sorted, are the classes.
        n_classes: How many there must be; None for as many as there are.

    Raises:
        ValueError: There are no labels; a label is missing, or is none of the classes; or there
            are not `n_classes` classes.
    """
    values = _as_array(labels)
    if len(values) == 0:
        raise ValueError("there are no labels: at least one row is needed")
    if classes is not None:
        known = tuple(classes)
    elif n_classes is not None and values.dtype.kind in "iu":
        return Coded(_in_range(values, n_classes), tuple(range(n_classes)))
    else:
        known = _sorted(values)
    _check_classes(known, n_classes, given=classes is not None)
    return Coded(_looked_up(values, known), known)


def _as_array(labels: Any) -> NDArray[Any]:
    if hasattr(labels, "to_list"):  # Polars and pandas columns: categories become their text
        labels = labels.to_list()
    elif hasattr(labels, "to_numpy"):
        labels = labels.to_numpy()
    if isinstance(labels, np.ndarray):
        values = labels
    else:
        listed = list(labels)
        values = np.asarray(listed) if _all_whole(listed) else _as_objects(listed)
    if values.ndim != 1:
        raise ValueError(f"labels must be one for each row, not of shape {values.shape}")
    return values


def _all_whole(listed: list[Any]) -> bool:
    return all(type(each) is int for each in listed)


def _as_objects(listed: list[Any]) -> NDArray[Any]:
    # `np.asarray` would turn [1, "a"] into text and a list of tuples into a matrix.
    values = np.empty(len(listed), dtype=object)
    values[:] = listed
    return values


def _in_range(values: NDArray[Any], n_classes: int) -> Codes:
    codes: Codes = values.astype(np.int64, copy=False)
    low, high = int(codes.min()), int(codes.max())
    if low < 0 or high >= n_classes:
        wrong = low if low < 0 else high
        row = int(np.flatnonzero(codes == wrong)[0])
        raise ValueError(
            f"label {wrong} of row {row} is none of the codes 0 to {n_classes - 1}: there are "
            f"{n_classes} columns of probabilities (name them with `classes=`)"
        )
    return codes


def _sorted(values: NDArray[Any]) -> Classes:
    found = set(values.tolist())
    _refuse_missing(values, found)
    try:
        return tuple(sorted(found))
    except TypeError:  # mixed kinds have no order of their own
        return tuple(sorted(found, key=lambda each: (type(each).__name__, repr(each))))


def _check_classes(known: Classes, n_classes: int | None, *, given: bool) -> None:
    if len(set(known)) != len(known):
        raise ValueError("a class is named twice in `classes`")
    if n_classes is not None and len(known) != n_classes:
        who = "`classes` names" if given else "the labels have"
        hint = "" if given else ": say with `classes=` which is which"
        raise ValueError(
            f"{who} {len(known)} classes but there are {n_classes} columns of probabilities{hint}"
        )


def _looked_up(values: NDArray[Any], known: Classes) -> Codes:
    place = {label: code for code, label in enumerate(known)}
    listed = values.tolist()
    try:
        return np.fromiter((place[label] for label in listed), dtype=np.int64, count=len(listed))
    except KeyError:
        wrong = next(row for row, label in enumerate(listed) if label not in place)
        _refuse_missing(values, {listed[wrong]})
        raise ValueError(
            f"label {listed[wrong]!r} of row {wrong} is none of the {len(known)} classes"
        ) from None


def _refuse_missing(values: NDArray[Any], found: set[Any]) -> None:
    # NaN is the one value that is not itself.
    if any(each is None or each != each for each in found):  # noqa: PLR0124
        rows = [row for row, each in enumerate(values.tolist()) if each is None or each != each]  # noqa: PLR0124
        raise ValueError(
            f"{len(rows)} rows have no label, the first is row {rows[0]}: leave them out"
        )


def classes_of(model: Any) -> Any:
    """What a fitted classifier tells apart, in the order of its probabilities.

    None where it predicts a quantity; regressors of CatBoost have `classes_` too, with nothing
    in them.
    """
    found = getattr(model, "classes_", None)
    return None if found is None or len(found) == 0 else found
