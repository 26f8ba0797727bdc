"""What two versions of a dataset hold, compared as what they are: tables, texts, trees."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tilth.data.library import is_installed, need
from tilth.data.shape import LAZY, NUMPY, describe, is_table
from tilth.data.table import convert
from tilth.engine.load import load_parts
from tilth.engine.step import PARTITIONS
from tilth.errors import DataError
from tilth.history.record import Made
from tilth.project.contents import parts_of, stored, value_of
from tilth.project.sketches import TABLES
from tilth.record import record

if TYPE_CHECKING:
    from tilth.project.project import Project
    from tilth.quality.difference import TableDifference
    from tilth.quality.structure import Edit


@record
class Asked:
    """How tables are compared.

    Attributes:
        key: Columns that tell rows apart.
        label: The column whose changes are told apart.
        tolerance: As for `table_difference`.
        n_examples: Of cells that changed, for each column.
        noted_key: A key for tables that have its columns, where none is asked for; by the
            catalog.
        noted_label: Likewise a label.
    """

    key: tuple[str, ...] = ()
    label: str = ""
    tolerance: float = 0.0
    n_examples: int = 3
    noted_key: tuple[str, ...] = ()
    noted_label: str = ""


@record
class Content:
    """What differs in what two versions hold: one of these says it, as the value is.

    Attributes:
        table: For tables.
        lines: For texts: a unified diff.
        edits: For mappings and lists.
        told: For anything else: what either is.
    """

    table: TableDifference | None = None
    lines: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    told: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether both hold the same."""
        if self.table is not None and not self.table.is_empty:
            return False
        return not (self.lines or self.edits or self.told)


@record
class Held:
    """A version, and which of its partitions are to be looked at; None for all of it."""

    made: Made
    parts: Mapping[str, Made] | None = None

    def value(self, project: Project, shape: str) -> Any:
        """Its value, or that of its partitions."""
        if self.parts is None:
            return value_of(project, self.made, shape)
        places = {key: stored(project, each, key) for key, each in self.parts.items()}
        if not places:
            return None
        return load_parts(places, shape, self.made.dataset)

    @property
    def is_table(self) -> bool:
        """Whether it is known to be one before it is loaded."""
        every = [self.made] if self.parts is None else list(self.parts.values())
        return all(each.format in TABLES or is_table(each.shape) for each in every)


def held(project: Project, old: Made, new: Made) -> tuple[dict[str, str], tuple[Held, Held]]:
    """What is to be looked at: of partitioned data, those parts that are not the same."""
    if not old.format == new.format == PARTITIONS:
        return {}, (Held(made=old), Held(made=new))
    before, after = parts_of(project, old), parts_of(project, new)
    kinds = {
        key: "added" if key not in before else "removed" if key not in after else "changed"
        for key in sorted({*before, *after})
        if key not in before
        or key not in after
        or before[key].fingerprint != after[key].fingerprint
    }
    return kinds, (_only(old, before, kinds), _only(new, after, kinds))


def _only(made: Made, parts: Mapping[str, Made], wanted: Collection[str]) -> Held:
    return Held(made=made, parts={key: each for key, each in parts.items() if key in wanted})


def compared(project: Project, old: Held, new: Held, asked: Asked) -> Content:
    """What differs in what two versions hold.

    Raises:
        MissingDataError: The bytes of one are gone.
        DataError: They cannot be compared as asked.
    """
    name = new.made.dataset
    if old.is_table and new.is_table:
        return _of_tables([each.value(project, LAZY) for each in (old, new)], name, asked)
    before, after = old.value(project, ""), new.value(project, "")
    tables = [as_table(each, name) for each in (before, after)]
    if all(each is not None for each in tables):
        return _of_tables(tables, name, asked)
    if isinstance(before, str) and isinstance(after, str):
        return Content(lines=_unified(before, after))
    if _is_plain(before) and _is_plain(after):
        from tilth.quality.structure import structural_difference

        return Content(edits=tuple(structural_difference(before, after)))
    return Content(told=_described(before, after))


def _described(old: Any, new: Any) -> tuple[str, ...]:
    """What either is, where there is no closer look."""
    told = [describe(each).text for each in (old, new)]
    if all(describe(each).shape == NUMPY for each in (old, new)) and old.shape == new.shape:
        numpy = need("numpy", "comparing arrays")
        same = old == new
        if old.dtype.kind == new.dtype.kind == "f":
            same |= numpy.isnan(old) & numpy.isnan(new)
        told.append(f"{int(numpy.size(same) - same.sum()):,} of {same.size:,} elements differ")
    return tuple(told)


def _of_tables(tables: Sequence[Any], name: str, asked: Asked) -> Content:
    need("polars", "comparing tables", extra="polars")
    from tilth.quality.difference import table_difference  # it imports Polars

    old, new = (_present(each, other) for each, other in (tables, tables[::-1]))
    shared = {*_names(old)} & {*_names(new)}
    try:
        found = table_difference(
            old,
            new,
            key=asked.key or (asked.noted_key if shared.issuperset(asked.noted_key) else ()),
            label=asked.label or (asked.noted_label if asked.noted_label in shared else ""),
            tolerance=asked.tolerance,
            n_examples=asked.n_examples,
        )
    except ValueError as error:
        raise DataError(
            f"the versions of `{name}` cannot be compared as asked: {error}",
            hint="`--key` and `--label` name columns; so may `metadata` in its catalog entry",
        ) from error
    return Content(table=found)


def _names(table: Any) -> list[str]:
    return list(table.collect_schema())


def _present(table: Any, other: Any) -> Any:
    """The table; where there is no partition left of it, an empty one of the other's columns."""
    return other.head(0) if table is None else table


def as_table(value: Any, name: str) -> Any:
    """A table in whatever library, or rows as JSON has them; None for anything else."""
    if is_table(describe(value).shape):
        return convert(value, LAZY, f"`{name}`")
    if not isinstance(value, list) or not _is_regular(value) or not is_installed("polars"):
        return None
    polars = need("polars", "comparing tables")
    return polars.DataFrame(value, infer_schema_length=None).lazy()


_KINDS: Mapping[type, str] = {str: "text", bool: "truth", int: "number", float: "number"}


def _is_regular(rows: list[Any]) -> bool:
    """Whether these are rows of which each column holds one kind of scalar, or nothing."""
    kinds: dict[str, set[str]] = {}
    for row in rows:
        if not isinstance(row, Mapping):
            return False
        for name, cell in row.items():
            if cell is not None:
                kinds.setdefault(str(name), set()).add(_KINDS.get(type(cell), ""))
    return bool(kinds) and all(len(each) == 1 and "" not in each for each in kinds.values())


def _is_plain(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple | str | int | float | bool | None)


def _unified(old: str, new: str) -> tuple[str, ...]:
    from difflib import unified_diff  # 3 ms, and only texts need it

    return tuple(unified_diff(old.splitlines(), new.splitlines(), "old", "new", lineterm=""))
