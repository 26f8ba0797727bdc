"""Votes: who labelled which item how, in one form, whichever way they were written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from tilth.record import record

Codes = NDArray[np.int64]

Column = ArrayLike | pl.Series
"""One value for each row; None and NaN are missing."""

Repeats = Literal["refuse", "last", "keep"]


@record
class Votes:
    """Labels that labelers gave to items, as whole numbers, ordered by item, then labeler.

    Attributes:
        item: The item of each vote, a position in `items`, shape (n_votes,).
        labeler: Its labeler, a position in `labelers`.
        label: What was voted for, a position in `classes`.
        items: Every item in order of appearance, those without a vote too, shape (n_items,).
        labelers: Every labeler, sorted.
        classes: Every class: sorted, or in the order that was given.
    """

    item: Codes
    labeler: Codes
    label: Codes
    items: NDArray[Any]
    labelers: tuple[Any, ...]
    classes: tuple[Any, ...]

    @classmethod
    def of(
        cls,
        item: Column,
        labeler: Column,
        label: Column,
        *,
        classes: Sequence[Any] | None = None,
        repeats: Repeats = "refuse",
    ) -> Votes:
        """Votes from three columns of equal length, such as those of a label log.

        Args:
            item: Which item; never missing.
            labeler: Who; never missing.
            label: What; a row where it is missing is no vote.
            classes: All classes in order, where the order means something, or where some got
                no vote. Otherwise those that occur, sorted.
            repeats: What to do where a labeler labelled an item more than once: `refuse`, take
                the `last`, or `keep` all, which makes sense for Dawid and Skene's model only.

        Raises:
            ValueError: Lengths differ, types are mixed, a label is infinite or not among
                `classes`, a labeler repeats himself, or there is no vote at all.
        """
        labels, known = _labels(label, classes)
        items, item_names = encoded("item", item, by_appearance=True)
        labelers, labeler_names = encoded("labeler", labeler)
        if not len(items) == len(labelers) == len(labels):
            raise ValueError(
                f"{len(items)} items, {len(labelers)} labelers and {len(labels)} labels "
                "are no columns of one table"
            )
        for name, codes in (("item", items), ("labeler", labelers)):
            if (codes < 0).any():
                raise ValueError(f"row {int(np.argmax(codes < 0))} has no {name}")
        cast = labels >= 0
        item, labeler, label = _sorted(
            items[cast], labelers[cast], labels[cast], len(labeler_names)
        )
        votes = cls(
            item=item,
            labeler=labeler,
            label=label,
            items=item_names,
            labelers=tuple(labeler_names.tolist()),
            classes=known,
        )
        return _without_repeats(votes, repeats)

    @classmethod
    def from_matrix(
        cls,
        matrix: ArrayLike | pl.DataFrame,
        *,
        items: Column | None = None,
        labelers: Sequence[Any] | None = None,
        classes: Sequence[Any] | None = None,
    ) -> Votes:
        """Votes from a table with a row for each item and a column for each labeler.

        Args:
            matrix: Labels, None or NaN where there is none, shape (n_items, n_labelers).
            items: Names of the rows; otherwise their positions.
            labelers: Names of the columns; otherwise those of the frame, or their positions.
            classes: As for `of`.

        Raises:
            ValueError: As for `of`; or the matrix is none, or names do not fit it.
        """
        table, columns = _matrix(matrix)
        n_items, n_labelers = table.shape
        names = encoded("item", items, by_appearance=True)[1] if items is not None else None
        who = tuple(labelers) if labelers is not None else columns
        if (names is not None and len(names) != n_items) or len(set(who)) != n_labelers:
            raise ValueError(
                f"each of {n_items} rows and {n_labelers} columns needs a name of its own"
            )
        labels, known = _labels(table.ravel(), classes)
        cast = np.flatnonzero(labels >= 0)
        return cls(
            item=cast // n_labelers,
            labeler=cast % n_labelers,
            label=labels[cast],
            items=np.arange(n_items) if names is None else names,
            labelers=who,
            classes=known,
        )

    @property
    def per_item(self) -> Codes:
        """How many votes each item has, shape (n_items,)."""
        return np.bincount(self.item, minlength=len(self.items))

    @property
    def repeated(self) -> NDArray[np.bool_]:
        """Whether a vote is by the same labeler on the same item as the one before it."""
        again = (np.diff(self.item) == 0) & (np.diff(self.labeler) == 0)
        return np.concatenate([[False], again])[: self.item.size]

    def values(self) -> NDArray[np.float64]:
        """The classes as numbers, shape (n_classes,), for metrics that need distances.

        Raises:
            ValueError: A class is not a number.
        """
        strange = next((each for each in self.classes if not isinstance(each, int | float)), None)
        if strange is not None:
            raise ValueError(f"class {strange!r} is not a number, so it has no distance to others")
        return np.array(self.classes, float)

    def where(self, kept: NDArray[np.bool_]) -> Votes:
        """Some of the votes; items, labelers and classes keep their positions.

        Args:
            kept: Which, shape (n_votes,).
        """
        return Votes(
            item=self.item[kept],
            labeler=self.labeler[kept],
            label=self.label[kept],
            items=self.items,
            labelers=self.labelers,
            classes=self.classes,
        )


def _labels(label: Column, classes: Sequence[Any] | None) -> tuple[Codes, tuple[Any, ...]]:
    """Positions among the classes, -1 where there is no label; and the classes."""
    codes, found = encoded("label", label)
    if not found.size:
        raise ValueError("there is no vote: every label is missing")
    if classes is None:
        return codes, tuple(found.tolist())
    known = tuple(classes)
    place = {each: position for position, each in enumerate(known)}
    if len(place) != len(known):
        raise ValueError("a class is named twice")
    strange = next((each for each in found.tolist() if each not in place), None)
    if strange is not None:
        raise ValueError(f"label {strange!r} is not among the {len(known)} classes")
    # The last one answers for -1.
    return np.array([*(place[each] for each in found.tolist()), -1])[codes], known


def _matrix(matrix: ArrayLike | pl.DataFrame) -> tuple[NDArray[Any], tuple[Any, ...]]:
    if isinstance(matrix, pl.DataFrame):
        return matrix.to_numpy(), tuple(matrix.columns)
    # As objects where it is no array yet: NumPy would make numbers beside text to text.
    table = matrix if isinstance(matrix, np.ndarray) else np.array(matrix, object)
    if table.ndim != 2:
        raise ValueError(f"shape {table.shape} is not one of items by labelers")
    return table, tuple(range(table.shape[1]))


def _sorted(item: Codes, labeler: Codes, label: Codes, n_labelers: int) -> tuple[Codes, ...]:
    """In order of item, then labeler, then as they came."""
    key = item * n_labelers + labeler
    if (np.diff(key) < 0).any():
        order = np.argsort(key, kind="stable")
        return item[order], labeler[order], label[order]
    return item, labeler, label


def _without_repeats(votes: Votes, repeats: Repeats) -> Votes:
    again = votes.repeated
    if repeats == "keep" or not again.any():
        return votes
    if repeats == "last":
        return votes.where(~np.append(again[1:], False))
    if repeats != "refuse":
        raise ValueError(f"`repeats` is `refuse`, `last` or `keep`, not `{repeats}`")
    first = int(np.argmax(again))
    who = votes.labelers[votes.labeler[first]]
    what = votes.items[votes.item[first : first + 1]].tolist()[0]
    raise ValueError(
        f"labeler {who!r} labelled item {what!r} more than once; repeats='last' takes the last"
    )


def encoded(
    name: str, values: Column, *, by_appearance: bool = False
) -> tuple[Codes, NDArray[Any]]:
    """Codes, -1 where missing, and what they stand for: sorted, or in order of appearance."""
    plain = values if isinstance(values, np.ndarray) else None
    if plain is not None and plain.ndim == 1 and plain.dtype.kind in "iu":
        return _encoded_numbers(plain, by_appearance)
    series = _series(name, values)
    names = series.drop_nulls().unique(maintain_order=by_appearance)
    if not by_appearance:
        names = names.sort()
    if names.is_empty():
        return np.full(len(series), -1), names.to_numpy()
    positions = pl.arange(len(names), eager=True, dtype=pl.Int64)
    codes = series.replace_strict(names, positions, default=None, return_dtype=pl.Int64)
    return codes.fill_null(-1).to_numpy(), names.to_numpy()


def _encoded_numbers(values: NDArray[Any], by_appearance: bool) -> tuple[Codes, NDArray[Any]]:
    if by_appearance and (values[1:] >= values[:-1]).all():  # as in most logs
        starts = np.concatenate([[True], np.diff(values) != 0])[: values.size]
        return np.cumsum(starts) - 1, values[starts]
    if not by_appearance:
        names, codes = np.unique(values, return_inverse=True)
        return codes.astype(np.int64, copy=False), names
    names, first, codes = np.unique(values, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return place[codes], names[order]


def _series(name: str, values: Column) -> pl.Series:
    """As a column of one type, with nulls where something is missing."""
    series = values if isinstance(values, pl.Series) else _new_series(name, values)
    if series.dtype.is_nested() or series.dtype == pl.Object:
        raise ValueError(f"{name}s are text, numbers, truth values or dates, not {series.dtype}")
    if series.dtype in (pl.Categorical, pl.Enum):
        return series.cast(pl.String)
    if series.dtype.is_float():
        if series.is_infinite().any():
            raise ValueError(f"a {name} is infinite")
        return _whole(series.fill_nan(None))
    return series


def _whole(series: pl.Series) -> pl.Series:
    """Whole numbers again, where they are decimal only because some are missing."""
    numbers = series.drop_nulls().to_numpy()
    if not numbers.size or (numbers % 1).any() or np.abs(numbers).max() > 2**53:
        return series
    return series.cast(pl.Int64)


def _new_series(name: str, values: ArrayLike) -> pl.Series:
    given = np.asarray(values, object) if not isinstance(values, np.ndarray) else values
    if given.ndim != 1:
        raise ValueError(f"{name}s have shape {given.shape}, and one value for each row is needed")
    if given.dtype != object:
        return pl.Series(given)
    # Tables of mixed columns write a missing text as NaN.
    found = [None if each is None or each != each else each for each in given.tolist()]  # noqa: PLR0124 - NaN alone differs from itself
    kinds = {type(each) for each in found} - {type(None)}
    if len(kinds) > 1 and not all(issubclass(kind, int | float) for kind in kinds):
        shown = " and ".join(sorted(kind.__name__ for kind in kinds)[:4])
        raise ValueError(f"{name}s are of several types: {shown}")
    return pl.Series(found, dtype=pl.Float64 if float in kinds and int in kinds else None)
