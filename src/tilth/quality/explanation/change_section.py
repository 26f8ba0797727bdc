"""What changed since an earlier model, as a part of a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from math import isnan
from typing import Any

from tilth.quality.explanation.words import number
from tilth.sheet import table

_COLUMNS = 10

_MOVES = 4


def change_section(told: Mapping[str, Any]) -> str:
    """HTML of what `whole_change` told, without a heading of its own.

    Args:
        told: With `since`, what the earlier model is called.
    """
    return "".join(_parts(told))


def _parts(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"<p class='lead'>{answers_in_words(told['answers'], escape(told['since']))}</p>"
    columns = [each for each in told["columns"] if each["change"]["value"] > told["tolerance"]]
    if not columns:
        yield "<p>No column has another part in the answers.</p>"
        return
    rows = [
        [
            f"<code>{escape(each['column'])}</code>",
            f"{each['before']['value']:.3g}",
            f"{each['now']['value']:.3g}",
            f"{each['moved']['value']:+.2g}{_interval(each['moved'])}",
            f"{each['change']['value']:.3g}",
        ]
        for each in columns[:_COLUMNS]
    ]
    head = ["column", "moved answers by", "now moves them by", "difference", "changes them by"]
    yield table(head, rows, numbers=(1, 2, 3, 4))
    same = [f"<code>{escape(each['column'])}</code>" for each in told["columns"][len(columns) :]]
    if same:
        yield f"<p>What they make of {', '.join(same)} is the same.</p>"
    yield (
        f"<p class='note'>Both models were explained by the same {told['rows']:,} rows, each "
        f"compared with the same {told['background']:,}. The difference has its 95 % interval for "
        "other rows from the same source; the last column is how far this column's part of an "
        f"answer changed on average, up or down. {_exactness(told)}</p>"
    )
    for each in told["examples"]:
        yield from _example(each)


def answers_in_words(told: Mapping[str, Any], since: str) -> str:
    """How often the two answer otherwise."""
    share = 100 * told["share"]
    text = (
        f"It answers otherwise than {since or 'the earlier model'} in {told['changed']:,} of "
        f"{told['asked']:,} rows ({share:.1f}\N{NO-BREAK SPACE}%)"
    )
    if told["mean"] is not None:
        return f"{text}, by {told['size']:.3g} on average, up or down."
    moves = [
        f"{each['rows']:,} from {escape(each['from'])} to {escape(each['to'])}"
        for each in told["moves"][:_MOVES]
    ]
    return f"{text}: {', '.join(moves)}." if moves else f"{text}."


def _interval(own: Mapping[str, Any]) -> str:
    if isnan(own["low"]):
        return ""
    return f"<small>{own['low']:+.2g} to {own['high']:+.2g}</small>"


def _exactness(told: Mapping[str, Any]) -> str:
    if told["exact"]:
        return "The parts of both models are exact, and so are these."
    return "The parts are of drawn orders of the columns, the same for both, and have an error."


def _example(told: Mapping[str, Any]) -> Iterator[str]:
    now, before = (number(told[each], told["scale"]) for each in ("now", "before"))
    yield f"<h3>Row {told['row']}: {escape(told['subject'])} was {before} and is {now}</h3>"
    said = "".join(f"<li>{escape(line)}</li>" for line in told["sentences"][1:])
    yield f"<ul>{said}</ul>"
