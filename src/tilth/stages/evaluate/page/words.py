"""Numbers and findings as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from math import isfinite
from typing import Any


def short(value: float | None) -> str:
    """A number to three digits, or all that stand before its point; a dash where there is none."""
    if value is None or not isfinite(value):
        return "–"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def count(number: float) -> str:
    """A whole number with its thousands apart."""
    return f"{number:,.0f}"


def percent(share: float | None, digits: int = 0) -> str:
    """A share in per cent; a dash where there is none."""
    if share is None or not isfinite(share):
        return "–"
    return f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def between(estimate: Mapping[str, Any], digits: int = 1) -> str:
    """A share with its interval."""
    low, high = (percent(estimate[end], digits) for end in ("low", "high"))
    return f"{percent(estimate['value'], digits)} ({low} to {high})"


def exchange(rate: Mapping[str, Any]) -> str:
    """What a checked label is worth in new rows; None stands for more than was tried."""
    value, low, high = (rate[end] for end in ("value", "low", "high"))
    if value is None:
        least = "" if low is None or low <= 0 else f", but for {short(low)} at the least"
        return f"No number of new rows is expected to do what correcting these labels does{least}."
    ends = f"{short(low)} to {'more than was tried' if high is None else short(high)}"
    return f"To check one of these labels is worth as much as {short(value)} new rows ({ends})."


def gain(estimate: Mapping[str, Any], metric: str) -> str:
    """What an action is expected to gain, with its interval, in words."""
    value, low, high = (estimate[end] for end in ("value", "low", "high"))
    if metric == "accuracy":
        points = [f"{100 * each:+.1f}" for each in (value, low, high)]
        return f"{points[0]} points of accuracy ({points[1]} to {points[2]})"
    ends = [short(each) for each in (value, low, high)]
    return f"{ends[0]} less {metric or 'error'} ({ends[1]} to {ends[2]})"


VERDICTS = {
    "gains": "surely a gain",
    "may gain": "may gain, or not",
    "does not gain": "no gain to be expected",
}


def code(text: str) -> str:
    """A text in which names stand in backticks, as HTML."""
    parts = escape(text).split("`")
    return "".join(
        f"<code>{part}</code>" if i % 2 and i < len(parts) - 1 else part if i % 2 == 0
        else "`" + part
        for i, part in enumerate(parts)
    )  # fmt: skip
