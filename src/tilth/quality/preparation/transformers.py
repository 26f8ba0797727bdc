"""The one class of ours in a preparation: from a table as it comes to columns as they are meant.

All that follows it are scikit-learn's own parts. A file with a preparation (skops) is read with
this class and scikit-learn's trusted, and runs no other code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from tilth.errors import DataError, nearest
from tilth.quality.preparation.dates import first_day, moments_of, part_of
from tilth.quality.table_features import as_table

Floats = NDArray[np.float64]
Spec = Mapping[str, Any]

LARGEST = 1e30
"""A number at least as large counts as infinite: its square still fits a float, and it a float32
once it is divided by any spread that columns have."""

_FARTHEST = 1e6
"""So many times the largest size of the training rows is as far as a number is followed."""


class ReadColumns(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Reads each column as what it was decided to be, and names those that are not there.

    It takes tables of Polars, pandas and Arrow, mappings of columns, lists of rows as mappings,
    and arrays with as many columns as it was fitted on, and gives a Polars frame: numbers and
    truth values as floats with NaN for what is missing or infinite, levels and texts as texts,
    dates as the parts that were asked for. A number may be stored as text later on, and a level
    as a number, as columns of a file change their type with one odd cell.

    Args:
        columns: Column -> `as` (`number`, `truth`, `level`, `text` or `date`), `lenient` (whether
            cells that cannot be read count as missing), and of a date its `parts` and what they
            are `called` where that is not the column's name.
        ignored: Further columns that may be there.
        new_columns: `refuse` for an error where a table has columns that were not there when it
            was fitted, or `ignore`.

    Attributes:
        feature_names_in_: The columns that it reads.
        known_: All columns that may be there.
        bounds_: Of numbers, the largest size that they are followed to.
        first_days_: Of dates, the first day of the training rows, counted from 1970.
    """

    def __init__(
        self,
        columns: Mapping[str, Spec] | None = None,
        ignored: Iterable[str] = (),
        new_columns: str = "refuse",
    ) -> None:
        self.columns = columns
        self.ignored = ignored
        self.new_columns = new_columns

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803  # scikit-learn's names
        """Learn sizes of numbers and the first day of dates.

        Raises:
            DataError: A column is not there, or holds what cannot be read.
        """
        specs = self._specs
        frame = _as_frame(X)
        self._refuse_lost(frame)
        self.feature_names_in_ = np.array(list(specs), dtype=object)
        self.n_features_in_ = len(specs)
        self.known_ = sorted({*specs, *self.ignored, *frame.columns})
        self.bounds_: dict[str, float] = {}
        self.first_days_: dict[str, int] = {}
        for name, spec in specs.items():
            if spec["as"] == "number":
                sizes = np.abs(_finite(_read_number(frame[name], spec)))
                largest = float(np.nanmax(sizes)) if np.isfinite(sizes).any() else 0.0
                self.bounds_[name] = min(largest * _FARTHEST, LARGEST) or LARGEST
            elif spec["as"] == "date":
                self.first_days_[name] = first_day(_read_date(frame[name], spec))
        return self

    def transform(self, X: Any) -> pl.DataFrame:  # noqa: N803  # scikit-learn's names
        """The columns as they are meant, with as many rows.

        Raises:
            DataError: A column is not there, is new, or holds what cannot be read.
        """
        check_is_fitted(self)
        frame = self._named(X)
        self._refuse_lost(frame)
        self._refuse_new(frame)
        found: list[pl.Series] = []
        for name, spec in self._specs.items():
            found += self._read(frame[name], spec)
        return pl.DataFrame(found)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """What the columns that it gives are called."""
        names = [each for name, spec in self._specs.items() for each in names_of(name, spec)]
        return np.array(names, dtype=object)

    @property
    def _specs(self) -> Mapping[str, Spec]:
        return self.columns or {}

    def _read(self, series: pl.Series, spec: Spec) -> list[pl.Series]:
        name = series.name
        match spec["as"]:
            case "number":
                bound = self.bounds_[name]
                values = np.clip(_finite(_read_number(series, spec)), -bound, bound)
                return [pl.Series(name, values)]
            case "truth":
                return [pl.Series(name, _finite(_read_truth(series, spec)))]
            case "date":
                moments, first = _read_date(series, spec), self.first_days_[name]
                return [
                    pl.Series(out, part_of(moments, part, first))
                    for out, part in zip(names_of(name, spec), spec["parts"], strict=True)
                ]
            case "level":
                return [as_level(series)]
            case _:
                return [as_level(series).fill_null("")]

    def _named(self, table: Any) -> pl.DataFrame:
        if not isinstance(table, np.ndarray):
            return _as_frame(table)
        names = [str(each) for each in self.feature_names_in_]
        if table.ndim != 2 or table.shape[1] != len(names):
            raise DataError(
                f"an array of shape {table.shape} was given, where {len(names)} columns are read",
                hint=f"give a table with the columns {_shown(names)}",
            )
        return pl.DataFrame(dict(zip(names, table.T, strict=True)))

    def _refuse_lost(self, frame: pl.DataFrame) -> None:
        lost = [each for each in self._specs if each not in frame.columns]
        if not lost:
            return
        near = nearest(lost[0], frame.columns)
        raise DataError(
            f"{_columns(lost)} missing from the table, and the model needs "
            f"{'it' if len(lost) == 1 else 'them'}: {_shown(lost)}",
            hint=f"is `{near}` what was called `{lost[0]}`?" if near else None,
        )

    def _refuse_new(self, frame: pl.DataFrame) -> None:
        if self.new_columns != "refuse":
            return
        known = set(self.known_)
        new = [each for each in frame.columns if each not in known]
        if new:
            raise DataError(
                f"{_columns(new)} in the table, but not in the training rows: {_shown(new)}",
                hint="leave them out, train anew, or say `new_columns: ignore`",
            )


def _as_frame(table: Any) -> pl.DataFrame:
    """A table of any kind; of rows as a server gets them, what is odd decides a column's type."""
    if isinstance(table, list | Mapping):
        return pl.DataFrame(table, infer_schema_length=None, strict=False)
    return as_table(table)


def names_of(column: str, spec: Spec) -> list[str]:
    """What becomes of a column: itself, or one column for each part of a date."""
    if spec["as"] != "date":
        return [column]
    return [f"{spec.get('called', column)}.{part}" for part in spec["parts"]]


def as_level(series: pl.Series) -> pl.Series:
    """Values as texts that are the same however a value is stored: 3, 3.0 and `3` are one level."""
    dtype, name = series.dtype, series.name
    if dtype == pl.String:
        return series
    if dtype.is_float() or dtype.is_decimal():
        value = pl.col(name).cast(pl.Float64).fill_nan(None)
        whole = value.is_finite() & (value.abs() < 2.0**53) & (value.round() == value)
        short = pl.when(whole).then(value.cast(pl.Int64, strict=False).cast(pl.String))
        return series.to_frame().select(short.otherwise(value.cast(pl.String)).alias(name))[name]
    if dtype.is_nested() or dtype in (pl.Object, pl.Binary):
        texts = [None if each is None else str(each) for each in series.to_list()]
        return pl.Series(name, texts, pl.String)
    if isinstance(dtype, pl.Duration):
        return series.dt.to_string("iso")
    return series.cast(pl.String)


def _finite(series: pl.Series) -> Floats:
    """NaN for what is missing, infinite, or as good as infinite."""
    values = series.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return np.where(np.abs(values) < LARGEST, values, np.nan)


def read_numbers(series: pl.Series) -> pl.Series | None:
    """Numbers, null where texts are none; None for a column of another kind."""
    dtype = series.dtype
    if dtype.is_numeric() or dtype in (pl.Boolean, pl.Null):
        return series.cast(pl.Float64)
    if isinstance(dtype, pl.Duration):
        return series.dt.total_microseconds() / 1e6
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return series.cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
    return None


def read_truths(series: pl.Series) -> pl.Series | None:
    """0 and 1, null for texts that are neither; None for a column of another kind."""
    if series.dtype in (pl.String, pl.Categorical, pl.Enum):
        texts = series.cast(pl.String).str.strip_chars().str.to_lowercase()
        return texts.replace_strict(_TRUTHS, default=None, return_dtype=pl.Float64)
    found = read_numbers(series)
    return None if found is None else (found.fill_nan(None) != 0).cast(pl.Float64)


_TRUTHS = {"true": 1.0, "yes": 1.0, "1": 1.0, "1.0": 1.0, "t": 1.0, "y": 1.0,
           "false": 0.0, "no": 0.0, "0": 0.0, "0.0": 0.0, "f": 0.0, "n": 0.0}  # fmt: skip


def read_dates(series: pl.Series) -> pl.Series | None:
    """Datetimes, null where texts are none; None for a column of another kind."""
    dtype = series.dtype
    readable = dtype.is_temporal() and not isinstance(dtype, pl.Duration)
    if not readable and dtype not in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        return None
    return moments_of(series)


def _checked(
    read: Callable[[pl.Series], pl.Series | None], what: str
) -> Callable[[pl.Series, Spec], pl.Series]:
    """The same, with an error for what cannot be read."""

    def reading(series: pl.Series, spec: Spec) -> pl.Series:
        found = read(series)
        if found is None:
            raise DataError(
                f"column `{series.name}` was read as {what}s, and is now of type {series.dtype}",
                hint="bring it to the type that it had in training",
            )
        unread = found.is_null() & _is_filled(series)
        if spec.get("lenient") or not unread.any():
            return found
        example = series.filter(unread)[0]
        raise DataError(
            f"column `{series.name}` holds what is no {what} in {int(unread.sum()):,} of "
            f"{len(series):,} rows, such as {example!r:.60}",
            hint="mend these cells, or leave them empty",
        )

    return reading


def _is_filled(series: pl.Series) -> pl.Series:
    """Whether there is a value; blank texts and NaN are none."""
    if series.dtype == pl.String:
        return (series.str.strip_chars() != "").fill_null(False)
    found = series.fill_nan(None) if series.dtype.is_float() else series
    return found.is_not_null()


_read_number = _checked(read_numbers, "number")
_read_truth = _checked(read_truths, "truth value")
_read_date = _checked(read_dates, "date")


def _columns(names: list[str]) -> str:
    return "1 column is" if len(names) == 1 else f"{len(names)} columns are"


def _shown(names: list[str]) -> str:
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(f"`{each}`" for each in names[:8]) + more
