"""Tables joined in order, and what became of each source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import polars as pl

from tilth.data.metrics import Metrics
from tilth.data.shape import POLARS, shape_of
from tilth.errors import DataError, DefinitionError, UnknownNameError
from tilth.quality.key import n_repeated
from tilth.stages.join.keys import TIME, Keys, keys_of
from tilth.stages.join.plan import STAGE, JoinPlan, Pairs, Source

HERE, THERE = "here", "there"
"""The columns of matched row numbers."""

_SCHEMA = {
    "source": pl.String, "side": pl.String, "key": pl.String, "rows": pl.Int64,
    "first_row": pl.Int64,
}  # fmt: skip

_EXAMPLES = 5


def joined(
    asked: Mapping[str, Any], tables: Sequence[pl.DataFrame]
) -> tuple[pl.DataFrame, Metrics, pl.DataFrame]:
    """See `tilth.stages.join.join_tables`."""
    plan = JoinPlan.of(asked)
    if len(tables) != len(plan.tables):
        raise DefinitionError(
            f"{STAGE} names {len(plan.tables)} tables, and is given {len(tables)}",
            hint="give the first table, then one for each source, in order",
        )
    for name, table in zip(plan.tables, tables, strict=True):
        if not isinstance(table, pl.DataFrame):
            raise DefinitionError(
                f"{STAGE}, dataset `{name}` is {shape_of(table)}, and should be {POLARS}",
                hint="`.collect()`, or `pl.from_pandas(...)`, makes one",
            )
    first, *others = tables
    rows = _taken(first, plan.columns, f"{STAGE}, dataset `{plan.table}`")
    numbers = pl.DataFrame({plan.table: pl.int_range(first.height, eager=True)})
    origin = dict.fromkeys(rows.columns, plan.table)
    told: dict[str, Any] = {}
    unmatched: list[pl.DataFrame] = []
    warnings: list[str] = []
    for source, other in zip(plan.sources, others, strict=True):
        match = _Match(source, rows, other)
        new = _columns_of(source, other)
        _refuse_collisions(source, new.columns, origin)
        told[source.name] = match.counts()
        unmatched += match.listed(numbers[plan.table], plan.most_keys)
        warnings += match.warnings()
        rows = pl.concat([rows[match.here], new.select(_gathered(match.there))], how="horizontal")
        numbers = numbers[match.here].with_columns(match.there.alias(source.name))
        origin |= dict.fromkeys(new.columns, source.name)
    if plan.provenance:
        rows = _with_provenance(rows, numbers, origin)
    metrics = {
        "rows_in": first.height,
        "rows": rows.height,
        "columns": rows.width,
        "sources": told,
        "warnings": warnings,
    }
    return rows, Metrics(metrics), pl.concat([pl.DataFrame(schema=_SCHEMA), *unmatched])


class _Match:
    """Which rows here belong to which rows there.

    Attributes:
        here: Row numbers in the table so far, in order.
        there: Row numbers in the source, of the same length; null where there is none.
    """

    def __init__(self, source: Source, left: pl.DataFrame, right: pl.DataFrame) -> None:
        self.source = source
        self._left, self._right = keys_of(source, left, right)
        self._repeated = n_repeated(_whole(self._right))
        self._refuse_repeated()
        pairs = (_nearest if source.how == "asof" else _equal)(
            source, self._left.compared, self._right.compared
        )
        self._alone = pairs.filter(pl.col(THERE).is_null())[HERE]
        self._refuse_unmatched()
        wanted = pairs[THERE].drop_nulls().unique()
        there = pl.int_range(right.height, eager=True)
        self._unused = there.filter(~there.is_in(wanted.implode()))
        if source.how == "inner":
            pairs = pairs.filter(pl.col(THERE).is_not_null())
        elif source.relation in ("many_to_one", "one_to_one"):
            assert pairs.height == left.height, "a left join made or lost rows"
        self.here, self.there = pairs[HERE], pairs[THERE]

    def counts(self) -> dict[str, Any]:
        """What became of the rows of both sides."""
        n_left, n_right = self._left.n_rows, self._right.n_rows
        return {
            "rows_before": n_left,
            "rows_after": len(self.here),
            "without_key": int(self._left.lacks.sum()),
            "unmatched": len(self._alone),
            "unmatched_share": len(self._alone) / n_left if n_left else None,
            "unmatched_keys": _examples(self._left, self._alone),
            "rows": n_right,
            "without_key_there": int(self._right.lacks.sum()),
            "repeated": self._repeated,
            "unused": len(self._unused),
            "unused_share": len(self._unused) / n_right if n_right else None,
            "unused_keys": _examples(self._right, self._unused),
        }

    def listed(self, first: pl.Series, most: int) -> list[pl.DataFrame]:
        """The keys that found nothing, on either side.

        Args:
            first: For each row here, its number in the first table.
            most: How many at most, of each side.
        """
        there = pl.int_range(self._right.n_rows, eager=True)
        found = {
            "left": _counted(self._left, self._alone, first, most),
            "right": _counted(self._right, self._unused, there, most),
        }
        return [
            pl.DataFrame(
                {
                    "source": [self.source.name] * table.height,
                    "side": [side] * table.height,
                    "key": _texts(table.drop("lacks", "rows", "first_row")),
                    "rows": table["rows"],
                    "first_row": table["first_row"],
                },
                schema_overrides=_SCHEMA,
            )
            for side, table in found.items()
        ]

    def warnings(self) -> list[str]:
        """What a person should know."""
        where, told = self.source.where, []
        n_left = self._left.n_rows
        for keys, what in (
            (self._left, "the table so far"),
            (self._right, f"`{self.source.table}`"),
        ):
            if keys.n_rows == 0:
                told.append(f"{where}: {what} has no rows")
            elif keys.lacks.all():
                told.append(f"{where}: the key is missing in all {keys.n_rows:,} rows of {what}")
        if not told and len(self._alone) == n_left:
            here, there = _examples(self._left, self._alone), _examples(self._right, self._unused)
            told.append(
                f"{where}: none of {n_left:,} rows found a match; a key here is `{here[0]}`, and "
                f"there `{there[0]}`"
            )
        if self.source.how == "inner" and len(self._alone):
            told.append(
                f"{where}: {len(self._alone):,} of {n_left:,} rows are left out, as they found "
                "no match"
            )
        if len(self.here) > n_left:
            told.append(
                f"{where}: {n_left:,} rows became {len(self.here):,}, as keys occur more than "
                "once there"
            )
        return told

    def _refuse_repeated(self) -> None:
        relation = self.source.relation
        if self._repeated and relation in ("many_to_one", "one_to_one"):
            columns = [there for _, there in self.source.keys]
            hint = "keep one row for each key in a node, with `.unique` or `.group_by`"
            if self.source.how != "asof":
                hint = (
                    "each row here would come out once for each of them; "
                    f"{hint}, or ask for `relation: many_to_many`"
                )
            self._refuse(_whole(self._right), f"of `{self.source.table}`", columns, hint)
        if relation in ("one_to_one", "one_to_many") and n_repeated(_whole(self._left)):
            columns = [here for here, _ in self.source.keys]
            hint = f"`relation: {relation.replace('one_', 'many_', 1)}` allows it"
            self._refuse(_whole(self._left), "of the table so far", columns, hint)

    def _refuse(self, keys: pl.DataFrame, whose: str, columns: list[str], hint: str) -> None:
        twice = (
            keys.with_row_index("row")
            .group_by(keys.columns)
            .agg(pl.len().alias("n"), pl.col("row").min())
            .filter(pl.col("n") > 1)
            .sort(["n", "row"], descending=[True, False])
        )
        named = ", ".join(f"`{each}`" for each in columns)
        worst = _texts(twice.head(1).select(keys.columns))[0]
        more = f"; {twice.height:,} keys occur more than once" if twice.height > 1 else ""
        raise DataError(
            f"{self.source.where}: key {named} {whose} is `{worst}` in {twice['n'][0]:,} of "
            f"{keys.height:,} rows, and `relation` is `{self.source.relation}`{more}",
            hint=hint,
        )

    def _refuse_unmatched(self) -> None:
        n, limit = self._left.n_rows, self.source.at_most
        if limit is None or len(self._alone) <= limit * n:
            return
        lacking = int(self._left.lacks.sum())
        without = f", {lacking:,} of them without a key" if lacking else ""
        keys = ", ".join(f"`{each}`" for each in _examples(self._left, self._alone))
        such = f", such as {keys}" if keys else ""
        raise DataError(
            f"{self.source.where}: {len(self._alone):,} of {n:,} rows "
            f"({len(self._alone) / n:.1%}) found no match{without}{such}; `at_most` is {limit:.1%}",
            hint="is the source complete, and is its key written the same way?",
        )


def _equal(source: Source, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    pairs = _numbered(left, HERE).join(
        _numbered(right, THERE), on=left.columns, how="left", maintain_order="left_right"
    )
    return pairs.select(HERE, THERE)


def _nearest(source: Source, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    kind = left.schema[TIME]
    here = _numbered(left, HERE)
    known, there = here.drop_nulls(), _numbered(right, THERE).drop_nulls()
    if not known.height or not there.height:  # what has no values has no type either
        return here.select(HERE, pl.lit(None, pl.Int64).alias(THERE))
    tolerance = source.tolerance
    if kind.is_temporal():
        seconds = source.seconds
        tolerance = None if seconds is None else timedelta(seconds=seconds)  # type: ignore[assignment]  # Polars takes either
    elif isinstance(tolerance, str):
        raise DefinitionError(
            f"{source.where}: `tolerance` is `{tolerance}`, but `time` is {kind}",
            hint="write a number, in the unit of that column",
        )
    found = (
        known.sort(TIME, maintain_order=True)
        .join_asof(
            there.sort(TIME, maintain_order=True),
            on=TIME,
            by=[each for each in left.columns if each != TIME] or None,
            strategy=source.direction,  # type: ignore[arg-type]  # one of `DIRECTIONS`
            tolerance=tolerance,
            check_sortedness=False,  # it cannot check within groups, and warns of that
        )
        .select(HERE, THERE)
    )
    return here.select(HERE).join(found, on=HERE, how="left", maintain_order="left")


def _numbered(keys: pl.DataFrame, name: str) -> pl.DataFrame:
    return keys.with_columns(pl.int_range(keys.height, eager=True).alias(name))


def _gathered(rows: pl.Series) -> pl.Expr:
    """Rows by number; null where the number is."""
    return pl.all().gather(rows)


def _taken(table: pl.DataFrame, columns: Pairs | None, where: str) -> pl.DataFrame:
    if columns is None:
        return table
    for name, _ in columns:
        if name not in table.columns:
            raise UnknownNameError("column", name, table.columns, where=where)
    return table.select(pl.col(name).alias(new) for name, new in columns)


def _columns_of(source: Source, table: pl.DataFrame) -> pl.DataFrame:
    if source.columns is None:
        return table.drop(list({there for _, there in source.keys}))
    return _taken(table, source.columns, f"{STAGE}, dataset `{source.table}`")


def _refuse_collisions(source: Source, new: Sequence[str], origin: Mapping[str, str]) -> None:
    twice = [name for name in new if name in origin]
    if not twice:
        return
    shown = ", ".join(f"`{name}` (from `{origin[name]}`)" for name in twice[:_EXAMPLES])
    more = f" and {len(twice) - _EXAMPLES} more" if len(twice) > _EXAMPLES else ""
    raise DataError(
        f"{source.where}: the table has these columns already: {shown}{more}",
        hint=f"take what you need, and call it otherwise: `columns: {{{twice[0]}: "
        f"{source.name}_{twice[0]}}}`",
    )


def _with_provenance(
    rows: pl.DataFrame, numbers: pl.DataFrame, origin: Mapping[str, str]
) -> pl.DataFrame:
    named = {name: f"row_of_{name}" for name in numbers.columns}
    for name in named.values():
        if name in origin:
            raise DataError(
                f"{STAGE}: `provenance` would make column `{name}`, which `{origin[name]}` has",
                hint="leave that out, or call it otherwise, with `columns`",
            )
    return pl.concat([rows, numbers.rename(named)], how="horizontal")


def _whole(keys: Keys) -> pl.DataFrame:
    """Those of rows that have one."""
    return keys.told.filter(~keys.lacks)


def _counted(keys: Keys, rows: pl.Series, numbers: pl.Series, most: int) -> pl.DataFrame:
    """The keys of these rows with how many there are; first of all, rows without a key."""
    lacks = keys.lacks[rows].alias("lacks")
    some = keys.told[rows].select(pl.when(~lacks).then(pl.all()))
    return (
        some.with_columns(lacks, numbers[rows].alias("first_row"))
        .group_by([*some.columns, "lacks"])
        .agg(pl.len().cast(pl.Int64).alias("rows"), pl.col("first_row").min())
        .sort(["lacks", "rows", "first_row"], descending=[True, True, False])
        .head(most)
    )


def _examples(keys: Keys, rows: pl.Series) -> list[str]:
    some = rows.filter(~keys.lacks[rows]).head(20 * _EXAMPLES)
    return list(dict.fromkeys(map(str, _texts(keys.told[some]))))[:_EXAMPLES]


def _texts(keys: pl.DataFrame) -> list[str | None]:
    """Each key as people read it; None where it lacks a part."""
    return [None if None in row else ", ".join(map(str, row)) for row in keys.iter_rows()]
