"""Has each class of what is to be predicted a row?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tilth.data.shape import POLARS
from tilth.project.mini.tested import Check, left_out, passed

if TYPE_CHECKING:
    from tilth.project.mini.looked import Looked

CLASSES = "every class is there"

_MOST_CLASSES = 100
_MOST_TOLD = 4


def classes(looked: Looked) -> Iterator[Check]:
    """A line for each target of a stage of which classes are missing, or one for all.

    Of rows that were drawn not all may get as far as a stage: then what it says is nothing
    about the classes that are missing, and more rows would be better.
    """
    n_looked, fine = 0, True
    for table, target in dict.fromkeys(_targets(looked)):
        there = _values(looked.table(table), target)
        whole = _values(looked.before_value(table, POLARS), target)
        if there is None or (whole is None and not there):
            continue
        n_looked += 1
        missing = sorted(map(str, (whole or set()) - there))
        if missing:
            fine = False
            shown = ", ".join(missing[:_MOST_TOLD])
            more = f" and {len(missing) - _MOST_TOLD:,} more" if len(missing) > _MOST_TOLD else ""
            message = f"of `{target}` no row is {shown}{more}: ask for more `--rows`"
            yield left_out(CLASSES, message, table)
    if n_looked and fine:
        yield passed(CLASSES, f"{n_looked:,} target{'' if n_looked == 1 else 's'} of stages")


def _targets(looked: Looked) -> Iterator[tuple[str, str]]:
    """Tables that stages name, with the target's column, where a node makes them."""
    for each in looked.home.config.settings.pipelines.values():
        target = each.settings.get("target")
        if not isinstance(target, str):
            continue
        for name in each.settings.values():
            if isinstance(name, str) and name in looked.made and looked.is_table(name):
                yield name, target


def _values(table: Any, column: str) -> set[Any] | None:
    """The values of a column with classes; None where it has none, or is not there."""
    if table is None or column not in table.columns:
        return None
    values = table[column].drop_nulls()
    if values.dtype.is_float() or values.n_unique() > _MOST_CLASSES:
        return None
    return set(values.unique().to_list())
