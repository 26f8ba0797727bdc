"""What an explanation is: a share for each column, which add up to what the model said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import DataError, UnknownNameError
from tilth.quality.explanation.answers import Scale
from tilth.quality.explanation.table import Table
from tilth.record import changed, field, record

Floats = NDArray[np.float64]

TOLERANCE = 1e-6
"""By so much of the largest answer (or of 1) the shares may miss what they add up to."""


@record
class Explanation:
    """Why a model said what it said of some rows.

    Attributes:
        table: The rows, and those that they are compared with.
        outputs: What is explained: a class, or the target.
        scale: `chance` of a class, its `score`, a `value`, or the `lead` of a class over another.
        values: What each column adds, shape (n_rows, n_columns, n_outputs).
        base: What the model says of the background on average, shape (n_outputs,).
        predictions: What it says of the rows, shape (n_rows, n_outputs).
        errors: Standard errors of the values where orders were drawn; None where they are exact.
        method: How they were found: `exact`, `linear`, `trees` or `sampled`.
        target: What the model predicts, empty where that is not known.
    """

    table: Table = field(repr=False)
    outputs: tuple[str, ...]
    scale: Scale
    values: Floats = field(repr=False)
    base: Floats
    predictions: Floats = field(repr=False)
    errors: Floats | None = field(default=None, repr=False)
    method: str
    target: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, in the order of `values`."""
        return self.table.columns

    @property
    def n_rows(self) -> int:
        """How many rows are explained."""
        return len(self.values)

    @property
    def gap(self) -> float:
        """By how much base and values miss the prediction, at the most."""
        total = self.base + self.values.sum(axis=1)
        return float(np.abs(total - self.predictions).max())

    @property
    def tolerance(self) -> float:
        """How large the gap may be."""
        return TOLERANCE * max(1.0, float(np.abs(self.predictions).max()))

    @property
    def adds_up(self) -> bool:
        """Whether base and values give the prediction, within the tolerance."""
        return self.gap <= self.tolerance

    def checked(self) -> Explanation:
        """The same.

        Raises:
            DataError: It does not add up, so that nobody should see it.
        """
        if self.adds_up:
            return self
        raise DataError(
            f"the explanation does not add up: it misses what the model said by {self.gap:.3g}, "
            f"and {self.tolerance:.1g} is tolerated (method `{self.method}`)",
            hint="a model that says another thing each time it is asked cannot be explained",
        )

    def output(self, name: Any = None) -> int:
        """The position of an output; for none the only one, or the first row's likeliest.

        Raises:
            UnknownNameError: There is none of this name.
        """
        if name is None:
            return int(np.argmax(self.predictions[0]))
        if str(name) not in self.outputs:
            raise UnknownNameError("class", str(name), self.outputs)
        return self.outputs.index(str(name))

    def between(self, this: Any, that: Any) -> Explanation:
        """Why one class and not the other: what each column adds to the difference.

        Raises:
            UnknownNameError: There is no such class.
        """
        a, b = self.output(this), self.output(that)

        def lead(each: Floats) -> Floats:
            return each[..., a : a + 1] - each[..., b : b + 1]

        return changed(
            self,
            outputs=(f"{self.outputs[a]} over {self.outputs[b]}",),
            scale="lead",
            values=lead(self.values),
            base=lead(self.base),
            predictions=lead(self.predictions),
            # As if the two were drawn apart, which is on the safe side for what sums to one.
            errors=None if self.errors is None else self.errors[..., [a]] + self.errors[..., [b]],
        )

    def only(self, rows: Sequence[int]) -> Explanation:
        """Of some of its rows, by position."""
        at = np.asarray(rows)
        places = np.concatenate([at, np.arange(self.n_rows, len(self.table.frame))])
        taken = self.table.picked(np.tile(places, (len(self.columns), 1)))
        return changed(
            self,
            table=changed(self.table, frame=taken, n_rows=len(at)),
            values=self.values[at],
            predictions=self.predictions[at],
            errors=None if self.errors is None else self.errors[at],
        )

    def shown(self, row: int) -> list[Any]:
        """The row's own value of each column, as plain Python."""
        at = np.full((len(self.columns), 1), row)
        return [each[0] for each in values_by_column(self.table.picked(at))]

    def long(self) -> pl.DataFrame:
        """One line for each row, output and column: `row`, `output`, `column`, `value` (as
        text), `contribution`, and `error` where orders were drawn."""
        n, d, k = self.values.shape
        texts = [[told(each) for each in column] for column in values_by_column(self.table.rows)]
        text = np.array(texts, dtype=object).T  # (n_rows, n_columns)
        frame = pl.DataFrame(
            {
                "row": np.repeat(np.arange(n), d * k),
                "output": list(self.outputs) * (n * d),
                "column": np.tile(np.repeat(np.array(self.columns), k), n).tolist(),
                "value": np.repeat(text.ravel(), k).tolist(),
                "contribution": self.values.ravel(),
            }
        )
        if self.errors is None:
            return frame
        return frame.with_columns(error=self.errors.ravel())


def values_by_column(frame: Any) -> list[list[Any]]:
    """A table's values as lists of plain Python, one for each column; None where missing."""
    if isinstance(frame, np.ndarray):
        columns = [each.tolist() for each in frame.T]
    elif isinstance(frame, pl.DataFrame):
        columns = [each.to_list() for each in frame]
    else:
        columns = [frame[name].tolist() for name in frame.columns]
    return [[_plain(each) for each in column] for column in columns]


def told(value: Any) -> str:
    """A value as text: numbers to four digits, and a dash where there is none."""
    value = _plain(value)
    if value is None:
        return "–"
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.4g}"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) < 1e15 else f"{value:.4g}"
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value != value:  # noqa: PLR0124 - NaN and pandas' NaT differ from themselves
        return None
    return value
