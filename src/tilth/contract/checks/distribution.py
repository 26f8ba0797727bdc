"""Value skew: whether values are distributed as they were."""

from __future__ import annotations

from collections.abc import Mapping
from math import log, log2, sqrt
from typing import Any, ClassVar

from tilth.contract.bins import Bins
from tilth.contract.check import TableCheck
from tilth.contract.finding import Verdict
from tilth.contract.setting import Setting, SettingError
from tilth.contract.source import Source
from tilth.contract.view import View
from tilth.record import record

__all__ = ["Distribution"]


class Distribution(TableCheck):
    """Values are distributed as in another version: `distribution: @12`.

    Compared with version `@12` of the same dataset (that of run 12, or by the beginning of a
    digest), or with another dataset (`like: trips_of_may`). The distance is that of Jensen and
    Shannon over twenty bins that hold equal shares there, or over the most frequent levels;
    nulls are a bin of their own. 0 means equal and 1 that no value is shared; above `distance`,
    0.1 where nothing is said, it is a finding. Value skew warns where nothing else is said,
    since it is no mistake in the data: it says that a model may have to be trained anew.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "like": Setting(
            expected="a version, `@12`; a dataset, or a dataset at a version",
            kind="source",
            required=True,
        ),
        "distance": Setting(expected="how far apart they may be, from 0 to 1", kind="share"),
    }
    short = "like"
    about = ("column",)
    kinds = frozenset(
        {"int", "float", "decimal", "date", "datetime", "text", "category", "boolean"}
    )
    usual = "warn"

    def __init__(self, column: str, settings: Mapping[str, Any]) -> None:
        super().__init__(column, settings)
        self._source = Source.of("like", str(settings["like"]))
        self._most = float(self._setting("distance", 0.1))
        if not 0 < self._most <= 1:
            raise SettingError("distance", f"a distance lies between 0 and 1, not at {self._most}")
        self.sources = (self._source.named,)

    def totals(self, view: View) -> Mapping[str, Any]:
        """How many values each bin holds."""
        return self._of(view).bins.counts(self.column, view.schema[self.column])

    def judge(self, totals: Mapping[str, Any], n_rows: int, view: View) -> Verdict | None:
        """Whether they are further apart than may be."""
        reference = self._of(view)
        if n_rows == 0:
            return None  # `row_count` says that there should be rows
        distance = jensen_shannon(reference.counts, reference.bins.read(totals, n_rows))
        if distance <= self._most:
            return None
        return Verdict(
            kind="skew",
            message=f"`{self.column}` is distributed otherwise than in `{self._named}`: "
            f"distance {distance:.3f}, more than {self._most:g}",
            measured=distance,
            hint="see which values came or went before a model is trained on it",
        )

    @property
    def _named(self) -> str:
        return self._source.named

    def _of(self, view: View) -> _Reference:
        """The bins, and what they hold there; looked up once."""

        def make() -> _Reference:
            table = view.table(self._source.dataset, self._source.version)
            return _reference(table, self.column, self._named, view)

        return view.once((self._named, self.column, "bins"), make)


@record
class _Reference:
    """Bins, and how many values each held."""

    bins: Bins
    counts: list[float]


def _reference(table: Any, column: str, named: str, view: View) -> _Reference:
    import polars  # 0.1 s, and only where data is judged

    schema = table.collect_schema()
    if column not in schema:
        raise SettingError("like", f"`{named}` has no column `{column}`")
    bins = Bins.of(table, column, view.kind(column))
    counted = {"n": polars.len(), **bins.counts(column, schema[column])}
    row = table.select(**counted).collect(engine="streaming").row(0, named=True)
    if not row["n"]:
        raise SettingError("like", f"`{named}` has no rows to compare with")
    return _Reference(bins=bins, counts=bins.read(row, row["n"]))


def jensen_shannon(p: list[float], q: list[float]) -> float:
    """How far apart two histograms over the same bins are: 0 for equal shapes, 1 for disjoint.

    The square root of the Jensen-Shannon divergence to base 2, which is a metric, less what
    chance alone would give two samples of these sizes: by the second-order expansion of the
    divergence about p = q that is (k - 1) (1/n + 1/m) / (8 ln 2) on average, for k bins that
    hold anything. Without that, twenty bins of a hundred rows are 0.2 apart by chance.

    Args:
        p: Counts per bin, of n rows.
        q: The same bins of the other sample, of m rows.

    References:
        D. M. Endres, J. E. Schindelin, "A new metric for probability distributions", IEEE
        Transactions on Information Theory 49(7), 2003; I. Grosse et al., "Analysis of symbolic
        sequences using the Jensen-Shannon divergence", Physical Review E 65, 041905, 2002,
        for the expansion.
    """
    n_p, n_q = sum(p), sum(q)
    n_bins, divergence = 0, 0.0
    for a, b in zip(p, q, strict=True):
        share_p, share_q = a / n_p, b / n_q
        middle = (share_p + share_q) / 2
        n_bins += middle > 0
        divergence += sum(each * log2(each / middle) for each in (share_p, share_q) if each) / 2
    by_chance = (n_bins - 1) * (1 / n_p + 1 / n_q) / (8 * log(2))
    if divergence > 1 - 1e-12:
        return 1.0  # they share nothing, which chance does not explain
    return sqrt(max(0.0, divergence - by_chance))
