"""Names of things that lie on both sides: of rows, or of whom or what several rows are about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from tilth.quality.leakage.leak import Leak
from tilth.quality.profile.whole import is_called_an_id

_ENTITY = re.compile(
    r"(?:^|[_\W])(?:patient|subject|person|user|customer|client|member|account|household|student|"
    r"pupil|employee|driver|rider|session|device|sensor|machine|vehicle|speaker|author|case)s?"
    r"(?:$|[_\W])",
    re.IGNORECASE,
)
_FEWEST, _ALIKE, _CHANCE = 20, 0.1, 1e-3
"""Things that it takes to speak of groups; how alike the target has to be within them, and how
unlikely that by chance."""


def shared_names(
    known: pl.DataFrame, new: pl.DataFrame, names: Sequence[str], kind: str, sides: str
) -> Iterator[Leak]:
    """Rows of one side whose key or group is there on the other.

    Args:
        known: Rows of the first side.
        new: Rows of the second.
        names: The columns of the key, or the group's.
        kind: `same_key` or `same_group`.
        sides: What both are called.
    """
    n = _n_shared(known, new, names)
    if not n:
        return
    first, _, second = sides.partition(", ")
    what = ", ".join(f"`{each}`" for each in names)
    yield Leak(
        kind=kind, severity="sure", column=", ".join(names), sides=sides, n=n, of=new.height,
        evidence=f"{n:,} of {new.height:,} rows of `{second}` have the {what} of a row of "
        f"`{first}`",
    )  # fmt: skip


def entities(
    known: pl.DataFrame, new: pl.DataFrame, target: str, columns: Sequence[str], sides: str
) -> Iterator[Leak]:
    """Columns that name whom rows are about, where the target is alike within one name.

    Args:
        known: Rows to train on.
        new: Rows of another side.
        target: What is to be predicted.
        columns: Where to look.
        sides: What both are called.
    """
    for name in columns:
        series = known[name]
        if not (is_called_an_id(name) or _ENTITY.search(name)) or series.dtype.is_nested():
            continue
        n_levels = series.drop_nulls().n_unique()
        if not _FEWEST <= n_levels <= known.height / 2:
            continue
        n = _n_shared(known, new, [name])
        alike, chance = intraclass_correlation(known[target], series)
        if n and alike >= _ALIKE and chance < _CHANCE:
            yield Leak(
                kind="same_group", severity="likely", column=name, sides=sides, n=n,
                of=new.height,
                evidence=f"{n:,} of {new.height:,} rows have a `{name}` that is in the training "
                f"rows, and `{target}` is alike within one (intraclass correlation {alike:.2f})",
            )  # fmt: skip


def intraclass_correlation(values: pl.Series, groups: pl.Series) -> tuple[float, float]:
    """How much alike values are within groups, and how likely so much is by chance.

    Of classes, whether it is the most frequent one.

    Returns:
        0 for no more alike than among all, up to 1 for all the same; and the p-value of the F
        test of unlike groups.

    References:
        P. E. Shrout, J. L. Fleiss, "Intraclass correlations: uses in assessing rater
        reliability", Psychological Bulletin 86(2), 1979, ICC(1, 1); for groups of unlike size
        with the k_0 of A. Donner, "A review of inference procedures for the intraclass
        correlation coefficient", International Statistical Review 54, 1986, equation 2.2.
    """
    from scipy.special import fdtrc  # a tenth of a second, and only this needs it

    numbers = values
    if not values.dtype.is_numeric():
        numbers = values == values.drop_nulls().mode().sort()[0]
    frame = pl.DataFrame({"group": groups, "value": numbers.cast(pl.Float64)}).drop_nulls()
    of = frame.group_by("group").agg(
        n=pl.len().cast(pl.Float64), mean=pl.col("value").mean(), spread=pl.col("value").var(ddof=0)
    )
    n, mean, spread = (of[each].to_numpy() for each in ("n", "mean", "spread"))
    total, k = float(n.sum()), len(n)
    if k < 2 or total <= k:
        return 0.0, 1.0
    with np.errstate(all="ignore"):
        between = float((n * (mean - (n @ mean) / total) ** 2).sum()) / (k - 1)
        within = float((n * spread).sum()) / (total - k)
        size = (total - float((n**2).sum()) / total) / (k - 1)
        found = np.float64(between - within) / (between + (size - 1) * within)
        chance = fdtrc(k - 1, total - k, np.float64(between) / within)
    if not np.isfinite(found):
        return 0.0, 1.0
    return float(np.clip(found, 0.0, 1.0)), float(chance)


def _n_shared(known: pl.DataFrame, new: pl.DataFrame, names: Sequence[str]) -> int:
    """Rows of the second whose names are all there, and are those of a row of the first."""
    there = new.select(names).drop_nulls()
    return there.join(known.select(names).unique(), on=list(names), how="semi").height
