"""Compare a table with a reference, column by column."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import polars as pl

from tilth.quality.drift.column import (
    Aspect,
    ColumnDrift,
    Comparison,
    is_material,
    outcomes_of,
    unknown_levels,
)
from tilth.quality.drift.effect import MinimumEffect
from tilth.quality.drift.multiple import Control, adjusted
from tilth.quality.drift.outcome import Outcome
from tilth.quality.drift.schema import SchemaSkew, skew_between
from tilth.quality.sketch import ColumnSketch, TableSketch, kind_of, sketch_of
from tilth.record import fields_of, record

Table = pl.DataFrame | pl.LazyFrame


@record
class Drift:
    """How a table differs from a reference: its schema, and apart from that its values.

    Attributes:
        n_reference: Rows of the reference.
        n_current: Rows of the table.
        alpha: The level: the chance of any false alarm, or the share of them (see `control`).
        control: Which of the two.
        minimum: Below it a difference does not matter.
        schema: Columns that are gone, new or of another type.
        columns: What is known of each column that both have, in the reference's order.
    """

    n_reference: int
    n_current: int
    alpha: float
    control: Control
    minimum: MinimumEffect
    schema: SchemaSkew
    columns: tuple[ColumnDrift, ...]

    @property
    def drifted(self) -> tuple[str, ...]:
        """Names of columns of which an aspect differs significantly and materially."""
        return tuple(column.name for column in self.columns if column.drifted)

    @property
    def significant(self) -> bool:
        """Whether any test is significant, however small the difference."""
        return any(each.significant for each in self.comparisons)

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """All tests, the largest differences of those that drifted first, then by p-value."""
        found = (each for column in self.columns for each in column.comparisons)
        return tuple(sorted(found, key=_rank))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "n_reference": self.n_reference,
            "n_current": self.n_current,
            "alpha": self.alpha,
            "control": str(self.control),
            "minimum": _plain(self.minimum),
            "schema": self.schema.as_dict(),
            "columns": [_column_as_dict(column) for column in self.columns],
        }


def drift_between(
    reference: Table | TableSketch,
    current: Table | TableSketch,
    *,
    columns: Collection[str] | None = None,
    alpha: float = 0.05,
    control: Control = Control.HOLM,
    minimum: MinimumEffect | None = None,
) -> Drift:
    """Say in which columns a table has other values than the reference.

    A column has drifted if and only if a difference is significant after the adjustment for all
    tests of the data set, and large enough to matter. The first alone would call everything
    drifted in a million rows; the second alone would take chance for drift in a hundred.

    Args:
        reference: A frame, or the sketch that was kept of one; no raw rows are needed.
        current: Likewise. A frame is compared with a sketch without error; of two sketches of
            more than some hundred rows only that part of a difference counts which is certain.
        columns: Compare only these; leave out what must change, such as the time of an event.
        alpha: Level of all tests together, between 0 and 1.
        control: By default the chance of any false alarm is kept below alpha.
        minimum: The smallest difference that matters.

    Raises:
        ValueError: Alpha is out of range, or the reference lacks a column that was asked for.

    Example:
        >>> import polars as pl
        >>> from tilth.quality.drift import drift_between
        >>> before = pl.DataFrame({"x": range(1000), "y": [1, 2] * 500})
        >>> after = before.with_columns(pl.col("x") + 400)
        >>> drift_between(before, after).drifted
        ('x',)
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha lies between 0 and 1, and {alpha} does not")
    minimum = minimum or MinimumEffect()
    known = _chosen(_sketch(reference, columns), columns)
    if lacking := sorted(set(columns or ()) - known.columns.keys()):
        raise ValueError(f"the reference has no column `{lacking[0]}`")
    seen = _chosen(_sketch(current, columns, pinned=known), columns)
    tests = list(_tests(known, seen))
    comparisons = _judged(tests, alpha, control, minimum)
    return Drift(
        n_reference=known.n_rows,
        n_current=seen.n_rows,
        alpha=alpha,
        control=control,
        minimum=minimum,
        schema=skew_between(known.columns, seen.columns),
        columns=tuple(
            _column(name, column, seen.columns[name], comparisons)
            for name, column in known.columns.items()
            if name in seen.columns
        ),
    )


def _sketch(
    table: Table | TableSketch,
    columns: Collection[str] | None,
    pinned: TableSketch | None = None,
) -> TableSketch:
    """What is known of the columns asked for; of unexpected columns of a frame only their type."""
    if isinstance(table, TableSketch):
        return table
    schema = table.collect_schema()
    wanted = [
        name
        for name in schema
        if (columns is None or name in columns) and (pinned is None or name in pinned.columns)
    ]
    sketch = sketch_of(table.select(wanted), pinned=pinned)
    others = {} if pinned is None or columns is not None else schema
    found = {
        name: sketch.columns.get(name)
        or ColumnSketch(kind=kind_of(dtype), dtypes=(str(dtype),), n=sketch.n_rows)
        for name, dtype in schema.items()
        if name in sketch.columns or name in others
    }
    return TableSketch(n_rows=sketch.n_rows, columns=found)


def _chosen(sketch: TableSketch, columns: Collection[str] | None) -> TableSketch:
    if columns is None:
        return sketch
    found = {name: column for name, column in sketch.columns.items() if name in columns}
    return TableSketch(n_rows=sketch.n_rows, columns=found)


def _tests(reference: TableSketch, current: TableSketch) -> Iterator[tuple[str, Aspect, Outcome]]:
    for name, column in reference.columns.items():
        if name in current.columns:
            for aspect, outcome in outcomes_of(column, current.columns[name]):
                yield name, aspect, outcome


def _judged(
    tests: list[tuple[str, Aspect, Outcome]],
    alpha: float,
    control: Control,
    minimum: MinimumEffect,
) -> list[Comparison]:
    """All tests of the data set are one family."""
    p_adjusted = adjusted([outcome.p for _, _, outcome in tests], control)
    return [
        Comparison(
            column=name,
            aspect=aspect,
            outcome=outcome,
            p_adjusted=p,
            significant=p <= alpha,
            material=is_material(aspect, outcome, minimum),
        )
        for (name, aspect, outcome), p in zip(tests, p_adjusted, strict=True)
    ]


def _column(
    name: str, reference: ColumnSketch, current: ColumnSketch, comparisons: list[Comparison]
) -> ColumnDrift:
    return ColumnDrift(
        name=name,
        kind=reference.kind,
        comparisons=tuple(each for each in comparisons if each.column == name),
        new_levels=unknown_levels(reference, current),
        vanished_levels=unknown_levels(current, reference),
    )


def _rank(each: Comparison) -> tuple[bool, float, float, str]:
    size = each.outcome.effect.share if each.drifted else 0.0
    return not each.drifted, -size, each.outcome.p, each.column


def _column_as_dict(column: ColumnDrift) -> dict[str, Any]:
    return {
        "name": column.name,
        "kind": str(column.kind),
        "drifted": column.drifted,
        "tests": [
            {
                "aspect": str(each.aspect),
                "method": each.outcome.method,
                "statistic": each.outcome.statistic,
                "p": each.outcome.p,
                "p_adjusted": each.p_adjusted,
                "significant": each.significant,
                "material": each.material,
                "effect": _plain(each.outcome.effect),
            }
            for each in column.comparisons
        ],
        "new_levels": list(column.new_levels),
        "vanished_levels": list(column.vanished_levels),
    }


def _plain(flat: Any) -> dict[str, Any]:
    return {name: getattr(flat, name) for name in fields_of(flat)}
