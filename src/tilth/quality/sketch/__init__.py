"""Small mergeable statistics of a table: what is kept of data that is not kept itself.

`sketch_of(table)` reads a Polars frame once, batch by batch, and gives a `TableSketch` of at most
10 kB per column, up to 10^12 rows. The sketch of two tables together is `first.merge(second)`:
the order does not matter, and grouping matters within bounds that the sketch itself carries.

Example:
    >>> import polars as pl
    >>> from tilth.quality.sketch import TableSketch, sketch_of
    >>> monday = sketch_of(pl.DataFrame({"age": [31, 45, None], "city": ["Bonn", "Ulm", "Ulm"]}))
    >>> tuesday = sketch_of(pl.DataFrame({"age": [28], "city": ["Bonn"]}))
    >>> both = monday.merge(tuesday)
    >>> both.n_rows, both.columns["age"].n_null, both.columns["age"].quantile(0.5)
    (4, 1, 31)
    >>> [(each.name, each.at_least) for each in both.columns["city"].top(2)]
    [('Bonn', 2), ('Ulm', 2)]
    >>> TableSketch.from_json(both.to_json()) == both
    True
"""

from __future__ import annotations

from tilth.quality.sketch.column import ColumnSketch
from tilth.quality.sketch.kind import Kind, kind_of
from tilth.quality.sketch.levels import Level, Levels
from tilth.quality.sketch.moments import Moments
from tilth.quality.sketch.ranks import Ranks
from tilth.quality.sketch.table import TableSketch, sketch_of

__all__ = [
    "ColumnSketch",
    "Kind",
    "Level",
    "Levels",
    "Moments",
    "Ranks",
    "TableSketch",
    "kind_of",
    "sketch_of",
]
