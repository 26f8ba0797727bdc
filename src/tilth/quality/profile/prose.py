"""Columns of prose: texts that repeat others, and texts about something else."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.quality.profile.defect import Defect, DefectKind
from tilth.quality.profile.found import Found
from tilth.quality.profile.sample import RowSample
from tilth.quality.profile.similar import LEAST, similar
from tilth.quality.profile.topic import off_topic
from tilth.quality.sketch import ColumnSketch, Kind, TableSketch

_LENGTH = 30
_DIFFERENT = 0.5
_MOST_COLUMNS = 4
_MOST_ALIKE = 0.2
_MOST_OFF_TOPIC = 0.1


def prose_defects(
    sample: RowSample, sketch: TableSketch, repeats: Collection[int], most_rows: int, seed: int
) -> Iterator[Defect]:
    """What is wrong in the texts of a sample.

    A column is prose whose texts have 30 characters or more on average, and of which half are
    different or more; of many such columns the four with the longest texts are looked at.

    Args:
        sample: Some rows.
        sketch: Of all rows.
        repeats: Numbers of rows that are known to repeat another.
        most_rows: Numbers of rows that are kept of each defect.
        seed: Of the hash functions.
    """
    prose = {name: each for name, each in sketch.columns.items() if _is_prose(each)}
    longest = sorted(prose, key=lambda name: -_length(prose[name]))[:_MOST_COLUMNS]
    for name in (each for each in prose if each in longest):
        texts = sample.frame[name].cast(pl.String)
        usable = texts.is_not_null().to_numpy() & ~np.isin(sample.numbers, list(repeats))
        yield from _of_column(
            name, texts.filter(pl.Series(usable)), sample.numbers[usable], most_rows, seed
        )


def _is_prose(column: ColumnSketch) -> bool:
    different = (column.n_distinct or 0) >= _DIFFERENT * max(column.n_valid, 1)
    return column.kind is Kind.TEXT and different and _length(column) >= _LENGTH


def _length(column: ColumnSketch) -> float:
    return column.moments.mean if column.moments else 0.0


def _of_column(
    name: str, texts: pl.Series, rows: NDArray[np.int64], most_rows: int, seed: int
) -> Iterator[Defect]:
    n = len(texts)
    first = texts.is_first_distinct().to_numpy()
    found = [
        (DefectKind.DUPLICATE, _few(np.flatnonzero(~first), n, _MOST_ALIKE),
         "the same text as in an earlier row"),
        (DefectKind.NEAR_DUPLICATE, _near(texts.filter(pl.Series(first)), np.flatnonzero(first),
                                          n, seed),
         f"a text that shares {LEAST:.0%} of its five-letter shingles, or more, with an earlier"),
        (DefectKind.OFF_TOPIC, _few(off_topic(texts), n, _MOST_OFF_TOPIC),
         "its words hardly occur in other texts"),
    ]  # fmt: skip
    for kind, places, reason in found:
        if len(places):
            seen = Found(most_rows)
            seen.see(rows[places], texts.gather(places[:20]).to_list())
            yield seen.defect(kind, name, reason, n)


def _near(different: pl.Series, places: NDArray[np.int64], n: int, seed: int) -> NDArray[np.int64]:
    pairs = similar(different.to_list(), seed=seed)
    return _few(places[np.array(sorted(pairs), np.int64)], n, _MOST_ALIKE)


def _few(places: NDArray[np.int64], n: int, share: float) -> NDArray[np.int64]:
    """The places, or none where they are so many that texts are so by nature."""
    return places if len(places) <= max(1, share * n) else places[:0]
