"""Schema skew: columns that are gone, new, or of another type. Apart from drift of values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilth.quality.sketch import ColumnSketch, Kind
from tilth.record import record


@record
class TypeChange:
    """A column that is of another type than in the reference.

    Attributes:
        column: Its name.
        reference: The types there, as Polars writes them; one, unless sketches were merged.
        current: The types now.
        comparable: Whether values are of one kind all the same, and so were compared.
    """

    column: str
    reference: tuple[str, ...]
    current: tuple[str, ...]
    comparable: bool


@record
class SchemaSkew:
    """How the columns differ.

    Attributes:
        missing: Columns of the reference that are gone, in its order.
        unexpected: Columns that the reference does not have, in the current order.
        changed: Columns of another type.
    """

    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    changed: tuple[TypeChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.unexpected or self.changed)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "missing": list(self.missing),
            "unexpected": list(self.unexpected),
            "changed": [
                {
                    "column": each.column,
                    "reference": list(each.reference),
                    "current": list(each.current),
                    "comparable": each.comparable,
                }
                for each in self.changed
            ],
        }


def skew_between(
    reference: Mapping[str, ColumnSketch], current: Mapping[str, ColumnSketch]
) -> SchemaSkew:
    """Compare names and types. A column that is null throughout is of no type of its own."""
    changes = (
        _change(name, column, current[name])
        for name, column in reference.items()
        if name in current
    )
    return SchemaSkew(
        missing=tuple(name for name in reference if name not in current),
        unexpected=tuple(name for name in current if name not in reference),
        changed=tuple(each for each in changes if each is not None),
    )


def _change(name: str, reference: ColumnSketch, current: ColumnSketch) -> TypeChange | None:
    if reference.dtypes == current.dtypes or Kind.NULL in (reference.kind, current.kind):
        return None
    return TypeChange(
        column=name,
        reference=reference.dtypes,
        current=current.dtypes,
        comparable=reference.kind is current.kind,
    )
