"""What to do with a table before a model is trained on it, with reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from tilth.quality.profile.association import Association
from tilth.quality.profile.column import ColumnProfile
from tilth.quality.profile.defect import Defect, DefectKind
from tilth.quality.profile.plain import from_plain
from tilth.quality.profile.prediction import Power
from tilth.record import record

_SKEWED = 2.0
_RARE = 0.01
_MANY_LEVELS = 50
_SAME = 0.98
_IMBALANCED = 0.1
_MOSTLY_MISSING = 0.6
_SOME_MISSING = 0.001
_SCALES_APART = 100.0
_PROSE = 40
_TELLING = 0.3
_SPOILING = frozenset({DefectKind.SENTINEL, DefectKind.OUT_OF_RANGE})
"""Moments of a column with -999 among ages say nothing of ages."""


@record
class Suggestion:
    """One thing to do.

    Attributes:
        action: In few words: `drop`, `log`, `pool rare levels` ...
        column: Which; empty for the table as a whole.
        reason: Why, with numbers.
        weight: How much it matters: 5 for what makes results untrue, 1 for what may help.
    """

    action: str
    column: str
    reason: str
    weight: int

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Suggestion:
        """Back from plain data."""
        return from_plain(cls, stored)


def suggestions_of(
    columns: Sequence[ColumnProfile],
    defects: Sequence[Defect],
    associations: Iterable[Association],
    powers: Iterable[Power],
    target: str,
) -> list[Suggestion]:
    """What to do, what matters most first; of equal weight, like with like.

    A column that is to be dropped gets no other advice.

    Args:
        columns: Of the table.
        defects: That were found in it.
        associations: Between its columns, the strongest first.
        powers: What each column alone tells of the target.
        target: What is to be predicted; empty for nothing.
    """
    found = list(_of_defects(defects, {each.name: each.kind for each in columns}, target))
    dropped = {each.column for each in found if each.action == "drop"}
    kinds = {
        column.name: {e.kind for e in defects if e.column == column.name} for column in columns
    }
    kept = [each for each in columns if each.name not in dropped]
    for column in kept:
        found += _of_column(column, target, kinds[column.name])
    found += _of_scales([each for each in kept if not kinds[each.name] & _SPOILING], target)
    found += _of_twins(associations, dropped, target)
    found += _of_best(powers)
    order = {each.name: i for i, each in enumerate(columns)}
    return sorted(found, key=lambda e: (-e.weight, e.action, order.get(e.column, -1)))


_BY_DEFECT: Mapping[DefectKind, tuple[str, int]] = {
    DefectKind.LEAK: ("drop or check", 5),
    DefectKind.CORRUPTED: ("mend the encoding", 4),
    DefectKind.UNREADABLE: ("mend or set to null", 4),
    DefectKind.MIXED_TYPES: ("bring to one type", 4),
    DefectKind.SENTINEL: ("set to null", 5),
    DefectKind.OUT_OF_RANGE: ("check or clip", 4),
    DefectKind.DUPLICATE: ("drop repeats", 4),
    DefectKind.NEAR_DUPLICATE: ("check for repeats", 3),
    DefectKind.OFF_TOPIC: ("check", 3),
    DefectKind.MISSPELT: ("merge levels", 4),
    DefectKind.ODD_PATTERN: ("check", 3),
    DefectKind.EMPTY: ("drop empty rows", 4),
    DefectKind.CONSTANT: ("drop", 3),
    DefectKind.ID_LIKE: ("drop", 4),
}


def _of_defects(
    defects: Iterable[Defect], kinds: Mapping[str, str], target: str
) -> Iterator[Suggestion]:
    for each in defects:
        action, weight = _BY_DEFECT[each.kind]
        if each.kind is DefectKind.SENTINEL and kinds[each.column] == "text":
            weight = 3  # a word is a level like any other; a number is taken at its value
        if each.is_column and each.kind in (DefectKind.DUPLICATE, DefectKind.EMPTY):
            action, weight = "drop", 3
        if each.column == target and action == "drop":
            action, weight = "check the target", 5
        where = f"{each.n:,} of {each.of:,} rows: " if each.n else ""
        yield Suggestion(
            action=action, column=each.column, reason=where + each.reason, weight=weight
        )


def _of_column(
    column: ColumnProfile, target: str, kinds: Collection[DefectKind]
) -> Iterator[Suggestion]:
    if column.name == target:
        yield from _of_target(column)
        return
    yield from _of_missing(column)
    if column.kind == "number" and not _SPOILING & set(kinds):
        yield from _of_number(column)
    if column.kind in ("date", "datetime", "instant"):
        yield _advice(
            "take parts", column, "a model reads year, month, weekday and hour, not a moment", 2
        )
    if column.kind == "text":
        # A misspelt level is rare, and is merged rather than pooled.
        yield from _of_text(column, may_pool=DefectKind.MISSPELT not in kinds)
    if column.kind == "other":
        yield _advice("unnest or drop", column, f"values of type {column.dtype} are no features", 3)


def _advice(action: str, column: ColumnProfile, reason: str, weight: int) -> Suggestion:
    return Suggestion(action=action, column=column.name, reason=reason, weight=weight)


def _of_target(column: ColumnProfile) -> Iterator[Suggestion]:
    missing = column.n_null + column.n_nan
    if missing and column.n:
        share = _percent(missing / column.n)
        yield _advice("drop rows", column, f"{share} of the rows have no target", 4)
    if column.kind in ("text", "boolean") and len(column.levels) > 1 and column.levels_exact:
        least = column.levels[-1]
        if least.n < _IMBALANCED * column.n_valid:
            share = _percent(least.n / column.n_valid)
            reason = f"the level `{least.name}` has {share} of the rows: weigh or stratify, "
            reason += "and do not judge by accuracy"
            yield _advice("mind the imbalance", column, reason, 4)
    if column.kind == "number" and _is_skewed(column) and _positive(column):
        yield _advice("log", column, f"the target is skewed ({column.skewness:.1f})", 2)


def _of_missing(column: ColumnProfile) -> Iterator[Suggestion]:
    missing = (column.n_null + column.n_nan + column.n_infinite) / max(column.n, 1)
    if missing > _MOSTLY_MISSING:
        reason = f"{_percent(missing)} are missing: whether there is a value may tell more"
        yield _advice("drop or flag", column, reason, 3)
    elif missing > _SOME_MISSING:
        reason = f"{_percent(missing)} are missing"
        if column.n_infinite:
            reason += f", {column.n_infinite:,} of them infinite"
        yield _advice("fill in and flag", column, reason, 2)


def _of_number(column: ColumnProfile) -> Iterator[Suggestion]:
    if not _is_skewed(column):
        return
    if _positive(column):
        action = "log" if column.minimum > 0 else "log1p"
        reason = f"skewed ({column.skewness:.1f}): a few large values outweigh all others"
        yield _advice(action, column, reason, 2)
    else:
        side = "large" if (column.skewness or 0) > 0 else "small"
        reason = f"skewed ({column.skewness:.1f}): a few {side} values outweigh all others"
        yield _advice("take ranks or quantiles", column, reason, 1)


def _is_skewed(column: ColumnProfile) -> bool:
    many = column.n_distinct is not None and column.n_distinct > 10
    return many and column.skewness is not None and abs(column.skewness) >= _SKEWED


def _positive(column: ColumnProfile) -> bool:
    return column.minimum is not None and column.minimum >= 0 and (column.skewness or 0) > 0


def _of_text(column: ColumnProfile, *, may_pool: bool) -> Iterator[Suggestion]:
    what = _written_for(column)
    if what:
        yield _advice(f"read as {what}s", column, f"texts that are {what}s", 4)
        return
    n = column.n_distinct or 0
    if n > _MANY_LEVELS and (column.mean or 0) >= _PROSE:
        reason = f"{column.mean:.0f} characters on average: prose, not levels"
        yield _advice("take words or an embedding", column, reason, 2)
    elif n > _MANY_LEVELS:
        reason = f"{n:,} levels: one column for each would be too many"
        yield _advice("encode by target or hash", column, reason, 3)
    elif may_pool:
        rare = [each for each in column.levels if each.n < _RARE * column.n_valid]
        if len(rare) > 1 or (len(rare) == 1 and n > 2):
            names = ", ".join(f"`{each.name}`" for each in rare[:3])
            reason = f"{names} and so on: each has under 1 % of the rows"
            yield _advice("pool rare levels", column, reason, 2)


def _written_for(column: ColumnProfile) -> str:
    """What the patterns of texts say that they are: `number`, `date` or nothing."""
    n = sum(each.n for each in column.patterns)
    numbers = sum(each.n for each in column.patterns if each.form in _NUMBERS)
    # A leading zero means something: 01234 is a postal code.
    is_code = any(e.form == "9" and e.example[:1] == "0" and len(e.example) > 1
                  for e in column.patterns)  # fmt: skip
    if n and numbers >= 0.9 * n and not is_code:
        return "number"
    dates = sum(each.n for each in column.patterns if each.form.startswith(_DATES))
    return "date" if n and dates >= 0.9 * n else ""


_NUMBERS = frozenset({"9", "-9", "9.9", "-9.9", "9,9", "-9,9", "9.9a-9", "9%", "9.9%", "9 %"})
_DATES = ("9-9-9", "9/9/9", "9.9.9")


def _of_scales(columns: Sequence[ColumnProfile], target: str) -> Iterator[Suggestion]:
    spreads = {
        each.name: each.deviation
        for each in columns
        if each.kind == "number" and each.deviation and each.name != target
    }
    if len(spreads) < 2:
        return
    widest, least = max(spreads, key=lambda e: spreads[e]), min(spreads, key=lambda e: spreads[e])
    ratio = spreads[widest] / spreads[least]
    if ratio >= _SCALES_APART:
        reason = f"`{widest}` varies {ratio:,.0f} times as much as `{least}`: for linear models, "
        reason += "neighbours and networks; trees do not mind"
        yield Suggestion(action="scale", column="", reason=reason, weight=1)


def _of_twins(
    associations: Iterable[Association], dropped: set[str], target: str
) -> Iterator[Suggestion]:
    gone = set(dropped)
    for each in associations:
        if each.strength < _SAME:
            return
        if target in (each.first, each.second) or {each.first, each.second} & gone:
            continue
        gone.add(each.second)
        how = {"correlation": "correlation", "cramers_v": "Cramér's V"}.get(
            each.measure, "correlation ratio"
        )
        reason = f"tells what `{each.first}` tells ({how} {each.strength:.3f})"
        yield Suggestion(action="drop one of two", column=each.second, reason=reason, weight=2)


def _of_best(powers: Iterable[Power]) -> Iterator[Suggestion]:
    """The one that tells most: where a person should look first."""
    best = next((each for each in powers if not each.leaks), None)
    if best is not None and best.share >= _TELLING:
        reason = f"tells most of the target by itself ({told_power(best)})"
        yield Suggestion(action="look at first", column=best.column, reason=reason, weight=1)


def told_power(power: Power) -> str:
    """A power in words: `AUC 0.83`, `R² 0.40`."""
    return f"{'AUC' if power.measure == 'auc' else 'R²'} {power.value:.3f}"


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "under 0.1%"
