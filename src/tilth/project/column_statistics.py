"""Statistics of a column before and after, and which of them really differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tilth.quality.sketch import ColumnSketch, TableSketch

Summary = dict[str, Any]

MEASURES = ("n", "n_null", "n_distinct", "minimum", "median", "mean", "deviation", "maximum")
"""What is compared, as the summary of a column names it."""

_LEVELS = 5
_DISTINCT_ERROR = 0.07
"""Three standard errors of an estimated count of different values, as a share of it."""


def column_statistics(old: TableSketch, new: TableSketch) -> list[dict[str, Any]]:
    """Of each column of both tables, those of the new one first: `old`, `new`, `differs`.

    Large columns are summed up by a part of their values; what two such sums could show
    though nothing differed is not said to differ.
    """
    rows = []
    for name in dict.fromkeys([*new.columns, *old.columns]):
        before, after = old.columns.get(name), new.columns.get(name)
        sums = _summary(before), _summary(after)
        differs = [] if before is None or after is None else _differing(before, after, *sums)
        told = [sums[0] or None, sums[1] or None]
        rows.append({"column": name, "old": told[0], "new": told[1], "differs": differs})
    return rows


def _summary(sketch: ColumnSketch | None) -> Summary:
    """What a person wants to know of a column first."""
    if sketch is None:
        return {}
    return {
        "kind": str(sketch.kind),
        "n": sketch.n,
        "n_null": sketch.n_null,
        "n_distinct": sketch.n_distinct,
        "minimum": sketch.minimum,
        "maximum": sketch.maximum,
        "mean": sketch.mean,
        "deviation": sketch.deviation,
        "median": sketch.quantile(0.5) if sketch.kind.ordered and sketch.n_valid else None,
        "top": [{"level": each.name, "n": each.at_least} for each in sketch.top(_LEVELS)],
    }


def _differing(old: ColumnSketch, new: ColumnSketch, before: Summary, after: Summary) -> list[str]:
    differs = [name for name in MEASURES if before[name] != after[name]]
    if "n_distinct" in differs and _may_be_as_many(old, new):
        differs.remove("n_distinct")
    if "median" in differs and _may_be_one_median(old, new):
        differs.remove("median")
    return differs


def _may_be_as_many(old: ColumnSketch, new: ColumnSketch) -> bool:
    """Whether counts of different values differ by no more than their estimates may."""
    counts = old.n_distinct, new.n_distinct
    if counts[0] is None or counts[1] is None or (_is_counted(old) and _is_counted(new)):
        return False
    return abs(counts[0] - counts[1]) <= _DISTINCT_ERROR * max(counts[0], counts[1])


def _is_counted(sketch: ColumnSketch) -> bool:
    """Whether the number of different values is exact."""
    few_levels = sketch.levels is not None and sketch.levels.exact
    few_values = sketch.kind.ordered and sketch.ranks is not None and sketch.ranks.exact
    return few_levels or few_values


def _may_be_one_median(old: ColumnSketch, new: ColumnSketch) -> bool:
    """Whether the new median, as well as it is known, is one of the old column too."""
    if old.ranks is None or new.ranks is None or old.kind is not new.kind:
        return False
    if (old.ranks.exact and new.ranks.exact) or not (old.n_valid and new.n_valid):
        return False
    from numpy import array  # the sketches have it loaded

    at_least, at_most = old.ranks.at_most(array([new.ranks.quantile(0.5)]))
    error = new.ranks.rank_error + 2 / min(old.n_valid, new.n_valid)  # both ends are whole rows
    return bool(at_least[0] / old.n_valid - error <= 0.5 <= at_most[0] / old.n_valid + error)
