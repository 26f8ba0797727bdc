"""Values and columns in words, for people."""

from __future__ import annotations

from typing import Any

from tilth.quality.profile.column import ColumnProfile


def number(value: Any) -> str:
    """A value of a column, short: `1,234`, `0.125`, `2013-01-01`."""
    if value is None:
        return "none"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _moment(str(value))
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e15 else f"{value:.4g}"


def _moment(text: str) -> str:
    """A day or time in ISO 8601 without what is zero or finer than seconds."""
    found = text.removesuffix("+00:00").partition(".")[0]
    if found.endswith("T00:00:00"):
        return found[:-9]
    if found[-9:-5].startswith("T") and found.endswith(":00"):
        found = found[:-3]
    return found.replace("T", " ") if found[4:5] == "-" else found


def percent(part: int, whole: int) -> str:
    """A share: `12.3 %`; `< 0.1 %` where it is small but not nothing."""
    if not whole or not part:
        return "0 %"
    share = 100 * part / whole
    if share < 0.1:
        return "< 0.1 %"
    return "> 99.9 %" if part < whole and share > 99.9 else f"{share:.1f} %"


def facts(column: ColumnProfile) -> list[tuple[str, str]]:
    """What to say of a column in a few lines: title, text."""
    missing = column.n_null + column.n_nan
    found = [("missing", percent(missing, column.n))] if missing else []
    if column.n_infinite:
        found.append(("infinite", percent(column.n_infinite, column.n)))
    if column.n_distinct is not None:
        about = "" if column.distinct_exact else "about "
        found.append(("distinct", f"{about}{column.n_distinct:,}"))
    if column.kind == "text" and column.quantiles:
        at = column.quantiles
        length = f"{number(at['0.05'])} to {number(at['0.95'])}, median {number(at['0.5'])}"
        found.append(("characters", length))
    elif column.quantiles:
        found.append(("range", f"{number(column.minimum)} to {number(column.maximum)}"))
        found.append(("median", number(column.quantiles["0.5"])))
    if column.kind == "number" and column.mean is not None:
        spread = "" if column.deviation is None else f" ± {number(column.deviation)}"
        found.append(("mean", f"{number(column.mean)}{spread}"))
    if column.gaps:
        gap = column.gaps[0]
        found.append(("no value", f"{number(gap.after)} to {number(gap.before)}"))
    return found
