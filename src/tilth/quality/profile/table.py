"""The profile of a table: what a person wants to know of it before anything is made of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from tilth.quality.profile.association import Association, associations
from tilth.quality.profile.column import ColumnProfile, column_profile
from tilth.quality.profile.defect import MOST_ROWS, Defect, DefectKind, by_weight
from tilth.quality.profile.looking import Looking
from tilth.quality.profile.plain import as_plain, from_plain
from tilth.quality.profile.prediction import Power, powers
from tilth.quality.profile.sample import RowSample
from tilth.quality.profile.suggestion import Suggestion, suggestions_of, told_power
from tilth.quality.sketch import TableSketch, sketch_of
from tilth.record import record

VERSION = 1
"""Of the form in which a profile is kept."""

SAMPLE = 20_000
"""Rows for what looks at pairs of columns or of rows."""


MOST_ASSOCIATIONS = 1_000
"""Pairs of columns that are kept, the strongest ones."""


@record
class Profile:
    """What is known of a table; it depends on the rows, the target and the seed alone.

    Attributes:
        n_rows: How many.
        columns: Of each, in the table's order.
        target: The column that is to be predicted; empty for none.
        n_sample: Rows that were drawn for what looks at pairs of columns or of texts.
        seed: Of that draw.
        defects: What is probably not meant, the worst first.
        suggestions: What to do before training, what matters most first.
        associations: Between columns, in the sample, the strongest first.
        powers: How well each column alone tells the target, in the sample, the best first.
        n_duplicates: Rows that repeat an earlier one, whether that is odd or not.
        n_compared: Rows that were compared with one another for near-duplicates.
    """

    n_rows: int
    columns: tuple[ColumnProfile, ...]
    target: str = ""
    n_sample: int = 0
    seed: int = 0
    defects: tuple[Defect, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    associations: tuple[Association, ...] = ()
    powers: tuple[Power, ...] = ()
    n_duplicates: int = 0
    n_compared: int = 0

    @property
    def by_name(self) -> Mapping[str, ColumnProfile]:
        """Its columns by name."""
        return {each.name: each for each in self.columns}

    def as_dict(self) -> dict[str, Any]:
        """As plain data; fields that are as by default are left out."""
        return {"version": VERSION, **as_plain(self)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Profile:
        """Back from `as_dict`.

        Raises:
            ValueError: It was written by another version of Tilth, in a form not known here.
        """
        kept = dict(stored)
        version = kept.pop("version", None)
        if version != VERSION:
            raise ValueError(f"this is no profile of version {VERSION}, but of version {version}")
        return from_plain(
            cls,
            kept,
            columns=ColumnProfile.from_dict,
            defects=Defect.from_dict,
            suggestions=Suggestion.from_dict,
            associations=Association.from_dict,
            powers=Power.from_dict,
        )

    def to_json(self) -> str:
        """The same profile gives the same text."""
        return json.dumps(
            self.as_dict(), ensure_ascii=False, separators=(",", ":"), allow_nan=False
        )

    @classmethod
    def from_json(cls, text: str) -> Profile:
        """Back from `to_json`.

        Raises:
            ValueError: The text is no JSON, or no profile of this version.
        """
        return cls.from_dict(json.loads(text))


def profile_of(
    table: pl.DataFrame | pl.LazyFrame,
    target: str | None = None,
    *,
    sample: int = SAMPLE,
    seed: int = 0,
    most_rows: int = MOST_ROWS,
) -> Profile:
    """Read a table and tell what is in it.

    One scan gathers statistics of each column and draws a sample; a second one looks at cells
    and rows, knowing where to look. A lazy table is streamed both times, and held in memory for
    the second where it is small (256 MB).

    Args:
        table: Any columns. A lazy frame is streamed.
        target: The column that is to be predicted, so that columns that give it away are found.
        sample: Rows that are drawn for what looks at pairs of columns or of texts.
        seed: Of that draw.
        most_rows: Numbers of rows that are kept of each defect.

    Raises:
        ValueError: There is no column `target`, or `sample` is not positive.
    """
    names = table.collect_schema().names()
    if target is not None and target not in names:
        raise ValueError(f"there is no column `{target}`; there are {_shown(names)}")
    if sample < 1:
        raise ValueError(f"a sample has at least one row, not {sample}")
    drawn = RowSample(sample, seed)
    sketch = _scanned(table, drawn)
    columns = tuple(column_profile(name, sketch.columns[name], drawn.frame[name]) for name in names)
    looked = Looking(table, sketch, drawn, most_rows).look(seed)
    powered = powers(drawn.frame, target, seed=seed) if target is not None else []
    associated = associations(drawn.frame)
    defects = sorted([*looked.defects, *_leaks(powered, len(drawn.numbers))], key=by_weight)
    return Profile(
        n_rows=sketch.n_rows,
        columns=columns,
        target=target or "",
        n_sample=len(drawn.numbers),
        seed=seed,
        defects=tuple(defects),
        suggestions=tuple(suggestions_of(columns, defects, associated, powered, target or "")),
        associations=tuple(associated[:MOST_ASSOCIATIONS]),
        powers=tuple(powered),
        n_duplicates=looked.n_duplicates,
        n_compared=looked.n_compared,
    )


def _leaks(powered: Iterable[Power], n: int) -> Iterator[Defect]:
    for each in powered:
        if each.leaks:
            reason = f"tells the target by itself ({told_power(each)})"
            if each.gaps:
                reason = f"is missing just where the target is {each.gaps}"
            yield Defect(kind=DefectKind.LEAK, column=each.column, of=n, reason=reason)


def _scanned(table: pl.DataFrame | pl.LazyFrame, drawn: RowSample) -> TableSketch:
    def watched(batches: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        for batch in batches:
            drawn.see(batch)
            yield batch

    return sketch_of(table, through=watched)


def _shown(names: list[str]) -> str:
    told = ", ".join(f"`{name}`" for name in names[:8])
    return told + (f" and {len(names) - 8} more" if len(names) > 8 else "") if names else "none"
