"""Tables whose rows are put together from two others, column by column.

To ask what a model would say without a column, its value is taken from another row. Values are
picked from where they are and never built, so that categories, dates and nulls stay what they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import DataError, UnknownNameError
from tilth.record import record

Indices = NDArray[np.int64]


@record
class Table:
    """Rows to be explained, and below them the rows to compare with.

    Attributes:
        frame: Both, of Polars, pandas or NumPy; as the model is to be given them.
        columns: Their names.
        n_rows: How many are to be explained; the others are the background.
    """

    frame: Any
    columns: tuple[str, ...]
    n_rows: int

    @classmethod
    def of(cls, rows: Any, background: Any, names: tuple[str, ...] | None = None) -> Table:
        """Put both together.

        Args:
            rows: To be explained.
            background: To compare with, of the same kind.
            names: What the columns are called where these do not say so themselves.

        Raises:
            UnknownNameError: The background lacks a column that the rows have.
            DataError: One of them is empty, or they are not of one kind.
        """
        if type(rows) is not type(background):
            kinds = [
                f"{type(each).__module__}.{type(each).__name__}" for each in (rows, background)
            ]
            raise DataError(
                f"the rows are a `{kinds[0]}`, and the background is a `{kinds[1]}`",
                hint="give both as tables of one kind",
            )
        own = columns_of(rows)
        for name in own:
            if name not in columns_of(background):
                raise UnknownNameError("column", name, columns_of(background), where="background")
        for what, given in (("rows to explain", rows), ("rows to compare with", background)):
            if len(given) == 0:
                raise DataError(f"there are no {what}")
        frame = _below(rows, background, own)
        return cls(frame=frame, columns=names or own, n_rows=len(rows))

    @property
    def n_background(self) -> int:
        """How many rows to compare with."""
        return len(self.frame) - self.n_rows

    @property
    def rows(self) -> Any:
        """The rows to be explained."""
        return self.frame[: self.n_rows]

    @property
    def background(self) -> Any:
        """The rows to compare with."""
        return self.frame[self.n_rows :]

    @property
    def varying(self) -> list[int]:
        """Positions of the columns that are not the same in all rows."""
        if isinstance(self.frame, pl.DataFrame):
            return [i for i, each in enumerate(self.frame) if each.n_unique() > 1]
        if isinstance(self.frame, np.ndarray):
            columns, first = self.frame.T, self.frame[:1].T
            same = (columns == first) | ((columns != columns) & (first != first))  # noqa: PLR0124
            return [int(i) for i in np.flatnonzero(~same.all(axis=1))]
        counts = self.frame.nunique(dropna=False)
        return [i for i, n in enumerate(counts) if n > 1]

    def picked(self, places: Indices) -> Any:
        """A table whose every value comes from a place of its column.

        Args:
            places: Positions of rows, shape (n_columns, n_made).
        """
        if isinstance(self.frame, pl.DataFrame):
            return pl.DataFrame(
                [each.gather(at) for each, at in zip(self.frame, places, strict=True)]
            )
        if isinstance(self.frame, np.ndarray):
            return self.frame[places.T, np.arange(len(self.columns))]
        import pandas as pd  # the frame is of pandas

        taken = {
            name: self.frame[name].array.take(at)
            for name, at in zip(self.frame.columns, places, strict=True)
        }
        return pd.DataFrame(taken)


def columns_of(frame: Any) -> tuple[str, ...]:
    """The names of its columns; `x0`, `x1` where it has none."""
    if isinstance(frame, np.ndarray):
        if frame.ndim != 2:
            raise DataError(f"an array of {frame.ndim} dimensions is no table")
        return tuple(f"x{i}" for i in range(frame.shape[1]))
    return tuple(str(each) for each in frame.columns)


def as_pandas(frame: pl.DataFrame) -> Any:
    """The same as pandas has it: text as objects, categories as categories."""
    import pandas as pd  # only for models that were fitted on pandas

    made = {}
    for each in frame:
        if isinstance(each.dtype, pl.Categorical | pl.Enum):
            made[each.name] = pd.Categorical(each.cast(pl.String).to_list())
        elif each.dtype.is_numeric() or each.dtype == pl.Boolean:
            made[each.name] = each.to_numpy()
        else:
            made[each.name] = pd.Series(each.to_list(), dtype=_pandas_kind(each))
    return pd.DataFrame(made)


def _pandas_kind(series: pl.Series) -> Any:
    return None if series.dtype.is_temporal() else object


def _below(rows: Any, background: Any, names: tuple[str, ...]) -> Any:
    if isinstance(rows, pl.DataFrame):
        below = background.select(names)
        if rows.schema != below.schema:
            try:
                rows = rows.cast(dict(below.schema))
            except pl.exceptions.PolarsError as error:
                raise DataError(
                    f"the rows do not have the types of the background: {error}"
                ) from None
        return pl.concat([rows, below])
    if isinstance(rows, np.ndarray):
        return np.concatenate([rows, background])
    import pandas as pd  # the frames are of pandas

    below = background[list(rows.columns)]
    return pd.concat([rows.astype(below.dtypes), below], ignore_index=True)
