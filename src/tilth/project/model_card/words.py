"""Numbers, times and names as a card says them."""

from __future__ import annotations

from time import localtime, strftime
from typing import Any


def number(value: Any) -> str:
    """To three digits, thousands in full; what is no number as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def amount(n: int | None) -> str:
    """A count, or nothing."""
    return "" if n is None else f"{n:,}"


def plural(n: int, noun: str) -> str:
    """`1 column`, `2 columns`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def chance(share: float) -> str:
    """A share as people say it: `about 13 of every 100`, or `none`."""
    if share <= 0:
        return "none"
    if share >= 1:
        return "all"
    base = next((each for each in (100, 1_000, 10_000) if share * each >= 0.95), 100_000)
    return f"about {share * base:,.0f} of every {base:,}"


def size(n_bytes: int | None) -> str:
    """Bytes: `512 B`, `3.4 MB`."""
    if n_bytes is None:
        return ""
    found = float(n_bytes)
    for unit in ("B", "kB", "MB"):
        if found < 1000:
            return f"{found:.0f} {unit}" if unit == "B" else f"{found:.1f} {unit}"
        found /= 1000
    return f"{found:.1f} GB"


def clock(seconds: float) -> str:
    """When, in the time of this place."""
    return strftime("%Y-%m-%d %H:%M", localtime(seconds))


def digest(fingerprint: str, n: int = 12) -> str:
    """The beginning of the digest in a fingerprint."""
    return fingerprint.partition(":")[2][:n]
