"""The profile of a dataset, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tilth.cli.output import count, paint, table

if TYPE_CHECKING:
    from tilth.project.profiling import DatasetProfile
    from tilth.quality.profile import ColumnProfile, Defect, Profile
    from tilth.quality.profile.suggestion import Suggestion

_MOST_SUGGESTIONS = 12
_BLOCKS = " ▁▂▃▄▅▆▇█"
_BARS = 16
_WIDEST = 28


def told(found: DatasetProfile) -> Iterator[str]:
    """What to do first, then what looks wrong, then each column in a line."""
    profile = found.profile
    head = f"{count(profile.n_rows)} rows, {len(profile.columns)} columns"
    yield f"{paint(found.name, 'bold')}  {head}"
    yield from _section("what to do", _suggestions(profile.suggestions))
    yield from _section("what looks wrong", _defects(profile))
    if profile.powers:
        yield from _section(f"what tells {profile.target}", _powers(profile))
    yield from _section("columns", _columns(profile).splitlines())
    yield from _section("", [_how(profile)])


def _section(title: str, lines: Iterator[str] | list[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        if title:
            yield paint(title, "bold")
        yield from (f"  {line}" for line in found)


def _suggestions(found: tuple[Suggestion, ...]) -> Iterator[str]:
    rows = [
        (_weighed(each), paint(each.column, "cyan"), each.reason)
        for each in found[:_MOST_SUGGESTIONS]
    ]
    yield from table(rows).splitlines()
    if len(found) > _MOST_SUGGESTIONS:
        yield f"... and {len(found) - _MOST_SUGGESTIONS} more: see `--html`"


def _weighed(each: Suggestion) -> str:
    return paint(
        each.action, "red" if each.weight >= 5 else "yellow" if each.weight >= 4 else "dim"
    )


def _defects(profile: Profile) -> Iterator[str]:
    rows = [
        (str(each.kind), paint(each.column or "rows", "cyan"), _extent(each), _where(each))
        for each in profile.defects
    ]
    yield from table(rows, right=(2,)).splitlines()


def _extent(each: Defect) -> str:
    return count(each.n) if each.n else "all"


def _where(each: Defect) -> str:
    if not each.n:
        return each.reason
    shown = ", ".join(map(_shown, each.examples)) if each.column else ""
    rows = ", ".join(str(row) for row in each.rows[:3]) + (" ..." if each.n > 3 else "")
    return f"{shown or each.reason}  (row {rows})"


def _shown(text: str) -> str:
    """As Python writes it, so that blanks and control characters are seen."""
    return repr(text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "...")


def _powers(profile: Profile) -> Iterator[str]:
    from tilth.quality.profile.suggestion import told_power  # it is loaded by now

    rows = [
        (each.column, told_power(each), "█" * round(20 * each.share))
        for each in profile.powers[:8]
        if each.share > 0.01
    ]
    yield from table(rows).splitlines() if rows else ["no column by itself"]


def _columns(profile: Profile) -> str:
    from tilth.quality.profile.page.words import percent  # it is loaded by now

    rows = []
    for each in profile.columns:
        missing = each.n_null + each.n_nan
        distinct = count(each.n_distinct)
        rows.append(
            (
                each.name if len(each.name) <= _WIDEST else each.name[: _WIDEST - 3] + "...",
                each.kind,
                percent(missing, each.n) if missing else "",
                distinct if each.distinct_exact else f"~{distinct}",
                _picture(each),
                _range(each),
            )
        )
    titles = ("name", "kind", "missing", "distinct", "", "values")
    return table(rows, titles=titles, right=(2, 3))


def _picture(column: ColumnProfile) -> str:
    """A histogram in one line; of texts and levels none."""
    if column.histogram is None or column.kind == "text":
        return ""
    counts = column.histogram.counts
    step = -(-len(counts) // _BARS)
    sums = [sum(counts[i : i + step]) for i in range(0, len(counts), step)]
    tallest = max(sums) or 1
    return "".join(_BLOCKS[-(-8 * each // tallest)] for each in sums)


def _range(column: ColumnProfile) -> str:
    from tilth.quality.profile.page.words import number  # it is loaded by now

    if column.levels:
        names = ", ".join(_shown(each.name)[1:-1] for each in column.levels[:3])
        return names + (", ..." if (column.n_distinct or 0) > 3 else "")
    if column.minimum is None:
        return ""
    return f"{number(column.minimum)} to {number(column.maximum)}"


def _how(profile: Profile) -> str:
    if profile.n_sample >= profile.n_rows:
        return paint("pairs of columns and texts were looked at in all rows", "dim")
    drawn = f"{count(profile.n_sample)} rows drawn with seed {profile.seed}"
    return paint(f"pairs of columns and texts were looked at in {drawn}", "dim")
