"""Tells on the screen what changed since an earlier model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isnan
from typing import Any

from tilth.cli.output import paint, plural, table
from tilth.cli.told_parts import bar, number, share
from tilth.project.explaining import ModelExplanation

_BAR = 16
_SHOWN = 12


def whole_change(found: ModelExplanation) -> Iterator[str]:
    """How often answers changed, and how the importance of columns moved."""
    told = found.told
    rows = f"{told['rows']:,} of {told['rows_in_all']:,} rows"
    yield f"{found.model} since {found.since}, on {rows} of {found.rows}"
    yield answers(told["answers"])
    columns = [each for each in told["columns"] if each["change"]["value"] > told["tolerance"]]
    if not columns:
        yield "no column has another part in the answers"
        return
    most = columns[0]["change"]["value"]
    lines = [
        (
            each["column"],
            f"{each['before']['value']:.3g}",
            f"{each['now']['value']:.3g}",
            f"{each['moved']['value']:+.2g}",
            _interval(each["moved"]),
            f"{each['change']['value']:.3g}",
            bar(each["change"]["value"], most, "cyan", width=_BAR),
        )
        for each in columns[:_SHOWN]
    ]
    titles = ("column", "moved answers by", "now by", "", "95 %", "changes them by", "")
    yield table(lines, titles=titles, right=(1, 2, 3, 5))
    rest = len(told["columns"]) - len(lines)
    if rest:
        yield paint(f"{plural(rest, 'column')} more: see --json", "dim")
    yield paint(_method(told), "dim")


def answers(told: Mapping[str, Any]) -> str:
    """In how many rows the answer changed, and what became of what."""
    share = f"{told['changed']:,} of {plural(told['asked'], 'row')} ({100 * told['share']:.1f} %)"
    moves = [f"{each['rows']:,} from {each['from']} to {each['to']}" for each in told["moves"]]
    more = f" and {plural(len(moves) - 4, 'other move')}" if len(moves) > 4 else ""
    became = f": {', '.join(moves[:4])}{more}" if moves else ""
    if told["mean"] is not None:
        became = f", by {told['size']:.3g} on average, up and down ({told['mean']:+.3g} in all)"
    return f"it answers otherwise in {share}{became}"


def row_change(found: ModelExplanation) -> Iterator[str]:
    """Why it answers otherwise of one row."""
    told = found.told
    now, before = number(told["now"], told), number(told["before"], told)
    yield f"{found.model}: {told['subject']} is {now} for row {told['row']} of {found.rows}"
    yield f"it was {before} by {found.since}; what makes the difference:"
    reasons = [each for each in told["reasons"] if abs(each["contribution"]) > told["tolerance"]]
    base = told["base"]
    if not reasons and abs(base["difference"]) <= told["tolerance"]:
        yield "nothing does"
        return
    most = max(abs(base["difference"]), *(abs(each["contribution"]) for each in reasons), 0.0)
    lines = [
        ("on average", f"{told['background']} rows", *_sides(base, told),
         *share(base["difference"], most, told, width=_BAR)),
    ]  # fmt: skip
    lines += [
        (each["column"], each["value"], *_sides(each, told, "+"),
         *share(each["contribution"], most, told, width=_BAR))
        for each in reasons
    ]  # fmt: skip
    if abs(told["others"]) > told["tolerance"]:
        lines.append(("all others", "", "", "", *share(told["others"], most, told, width=_BAR)))
    yield table(
        lines, titles=("column", "value", "added", "now", "differs", ""), right=(1, 2, 3, 4)
    )
    errors = [each["error"] for each in told["reasons"] if each["error"] is not None]
    yield paint(_method(told, max(errors, default=0.0)), "dim")


def _sides(each: Mapping[str, float], told: Mapping[str, Any], sign: str = "") -> tuple[str, str]:
    def figure(value: float) -> str:
        plus = "-" if value < 0 else sign
        return f"{plus}{number(abs(value), told)}"

    return figure(each["before"]), figure(each["now"])


def _interval(own: Mapping[str, Any]) -> str:
    return "" if isnan(own["low"]) else f"{own['low']:+.2g} to {own['high']:+.2g}"


def _method(told: Mapping[str, Any], error: float = 0.0) -> str:
    within = f" within {told['gap']:.0e}" if told["gap"] else ""
    end = f"; the parts add up to the difference{within}"
    if told["exact"]:
        return f"exact: so are the parts of both models{end}"
    errors = f", standard errors up to {error:.1g}" if error else ""
    return f"both models by the same drawn orders of the columns{errors}{end}"
