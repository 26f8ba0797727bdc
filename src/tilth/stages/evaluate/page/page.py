"""Puts the page together: one file that needs no network and no script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.sheet import sheet
from tilth.stages.evaluate.page.drawing import curve_drawing, whisker
from tilth.stages.evaluate.page.quality import ageing_parts, group_parts, quality_parts
from tilth.stages.evaluate.page.words import (
    VERDICTS,
    between,
    code,
    count,
    exchange,
    gain,
    percent,
    short,
)

if TYPE_CHECKING:
    import polars

_ROWS = 20
"""Rows of a table that are shown; the datasets have them all."""

_COLUMNS = 8
"""Columns that describe rows, and are shown."""

_LONGEST = 60


def write_page(
    advice: dict[str, Any],
    slices: dict[str, Any],
    worst: polars.DataFrame,
    *,
    title: str,
    noise: dict[str, Any] | None = None,
    suspects: polars.DataFrame | None = None,
    curve: dict[str, Any] | None = None,
    quality: dict[str, Any] | None = None,
    ageing: dict[str, Any] | None = None,
) -> str:
    """All that was found as a page that a person can read, on a screen or on paper.

    Args:
        advice: What `advise` ranked.
        slices: What `diagnose_slices` found.
        worst: What `worst_rows` found.
        title: What was evaluated.
        noise: What `examine_labels` estimated.
        suspects: The labels that it suspects.
        curve: What `learning_curve` measured.
        quality: What `measure` measured.
        ageing: What `measure_ageing` measured.
    """
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    sections = [
        *_section("What to do next", _next(advice)),
        *(_section("How good it is", quality_parts(quality)) if quality else ()),
        *_section("Where the model fails", _slices(slices)),
        *_groups(quality),
        *_section("Labels that look wrong", _labels(noise, suspects)),
        *_section("What more rows would bring", _curve(curve)),
        *(_section("How it ages", ageing_parts(ageing)) if ageing else ()),
        *_section("The worst rows", _worst(worst)),
    ]
    name = f"Errors of {title}"
    head = f"<header><h1>{escape(name)}</h1><p>{_summary(slices)}</p></header>\n"
    return sheet(name, head + "".join(sections), style=style)


def _section(title: str, parts: Iterable[str]) -> Iterator[str]:
    yield f"<section><h2>{title}</h2>{''.join(parts)}</section>\n"


def _groups(quality: Mapping[str, Any] | None) -> Iterator[str]:
    if quality and quality["groups"]:
        yield from _section("How groups are treated", group_parts(quality["groups"]))


def _summary(slices: Mapping[str, Any]) -> str:
    rows = f"{count(slices['rows'])} rows were judged"
    if slices["rows_looked_at"] < slices["rows"]:
        rows += f", and slices looked for in {count(slices['rows_looked_at'])} of them"
    if slices["loss"] == "error":
        return f"{rows}; {percent(slices['overall'], 1)} are wrong."
    return f"{rows}; the mean {slices['loss']} is {short(slices['overall'])}."


# What to do next


def _next(advice: Mapping[str, Any]) -> Iterator[str]:
    yield f"<p class='lead'>{code(_first(advice))}</p>"
    actions = advice["actions"]
    if len(actions) > 1:
        steps = "".join(_step(each, advice) for each in actions)
        yield f"<ol class='steps'>{steps}</ol>"
    if advice["exchange"]:
        yield f"<p>{escape(exchange(advice['exchange']))}</p>"
    if advice["too_small"]:
        items = "".join(
            f"<li>{escape(each['kind'])} ({code(each['what'])}): "
            f"{escape(gain(each['gain'], advice['metric']))}</li>"
            for each in advice["too_small"]
        )
        yield (
            f"<h3>Looked at, and not worth it</h3><p class='note'>These gain less than "
            f"{short(advice['least_gain'])}.</p><ul>{items}</ul>"
        )
    if advice["notes"]:
        notes = "".join(f"<li>{code(_sentence(each))}</li>" for each in advice["notes"])
        yield f"<h3>Also to know</h3><ul>{notes}</ul>"
    yield f"<p class='note'>{escape(_priced(advice))}</p>"


def _first(advice: Mapping[str, Any]) -> str:
    actions = advice["actions"]
    if advice["summary"].startswith("cannot say"):
        return _sentence(advice["summary"])
    best = [each for each in actions if each["rank"] == 1]
    if best[0]["kind"] == "leave it":
        return "Leave the data as it is: nothing that was measured is expected to gain enough."
    names = [f"{each['kind']} ({each['what']})" for each in best]
    if len(names) > 1:
        return f"{_sentence(' or '.join(names))} What was measured does not tell which is better."
    sure = "" if advice["clear"] else " It may gain nothing: see its interval."
    return f"{_sentence(names[0])}{sure}"


def _step(action: Mapping[str, Any], advice: Mapping[str, Any]) -> str:
    rank = f"<span class='rank'>{action['rank']}</span>"
    if action["kind"] == "leave it":
        return f"<li>{rank}<div><b>Leave it</b><p>Free, and gains nothing.</p></div></li>"
    most = max(_reach(each["gain"]) for each in advice["actions"]) or 1.0
    caveat = f"<small>{escape(_sentence(action['caveat']))}</small>" if action["caveat"] else ""
    command = f"<p><code>{escape(action['command'])}</code></p>" if action["command"] else ""
    return (
        f"<li>{rank}<div><b>{escape(action['kind'].capitalize())}</b>: {code(action['what'])}"
        f"<p>{escape(gain(action['gain'], advice['metric']))}, for a price of "
        f"{short(action['price'])}: {VERDICTS[action['verdict']]}."
        f"{whisker(action['gain'], most)}</p>{command}{caveat}</div></li>"
    )


def _reach(estimate: Mapping[str, Any]) -> float:
    return max(abs(float(estimate[end] or 0.0)) for end in ("value", "low", "high"))


def _priced(advice: Mapping[str, Any]) -> str:
    prices = advice["prices"]
    return (
        f"Ranked by gain for each unit of the price: to check a label {prices['check_label']:g}, "
        f"to collect a row {prices['collect_row']:g}, to settle a definition "
        f"{prices['decide']:g}. Actions that share a rank cannot be told apart. Intervals are "
        "told at their level: 80 % where a rehearsal predicts, otherwise 90 %."
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


# Slices


def _slices(slices: Mapping[str, Any]) -> Iterator[str]:
    found = slices["findings"]
    if not found:
        yield (
            "<p>On no kind of rows that its attributes describe is it worse than on the others, "
            f"beyond chance. {count(sum(slices['candidates']))} kinds of at least "
            f"{count(slices['support'])} rows were looked at.</p>"
        )
        return
    most = max(_reach(each["difference"]) for each in found)
    head = ["kind of rows", "rows", slices["loss"], "against all rows", "of all errors", "why"]
    rows = [_slice(each, most, slices["loss"] == "error") for each in found]
    yield _table(head, rows, words=(0, 3, 5), kind="slices")
    yield (
        f"<p class='note'>Overall: {_loss(slices['overall'], slices['loss'] == 'error')}. "
        f"{count(sum(slices['candidates']))} kinds of rows were looked at; the intervals hold "
        f"together for all of them with {percent(1 - slices['level'])}.</p>"
    )


def _slice(each: Mapping[str, Any], most: float, is_share: bool) -> list[str]:
    also = f"<small>or: {code(', '.join(f'`{a}`' for a in each['also']))}</small>"
    difference = each["difference"]
    ends = " to ".join(_signed(difference[end], is_share) for end in ("low", "high"))
    return [
        f"<code>{escape(each['title'])}</code>{also if each['also'] else ''}",
        f"{count(each['rows'])}<small>{percent(each['share'], 1)}</small>",
        _loss(each["error"], is_share),
        f"{_signed(difference['value'], is_share)}<small>{ends}</small>{whisker(difference, most)}",
        f"{percent(each['share_of_error'])}{_bar(each['share_of_error'])}",
        _why(each["diagnoses"]),
    ]


def _loss(value: float, is_share: bool) -> str:
    return percent(value, 1) if is_share else short(value)


def _signed(value: float, is_share: bool) -> str:
    return f"{100 * value:+.1f}" if is_share else f"{value:+.3g}"


def _why(diagnoses: Sequence[Mapping[str, Any]]) -> str:
    if not diagnoses:
        return "<span class='note'>not known</span>"
    first, *others = diagnoses
    more = "; ".join(f"{each['cause']} {percent(each['share'])}" for each in others)
    told = f"<b>{escape(first['cause'])}</b>: {escape(first['action'])}"
    return (
        f"{told}<small>{code(_sentence(first['text']))}"
        f"{' Then ' + escape(more) + '.' if more else ''}</small>"
    )


# Labels


def _labels(noise: Mapping[str, Any] | None, suspects: polars.DataFrame | None) -> Iterator[str]:
    if noise is None or suspects is None:
        yield "<p>They were not looked at: the stage was told that nobody set them.</p>"
        return
    if "left_out" in noise:
        yield f"<p>{escape(_sentence(noise['left_out']))}</p>"
        return
    if not noise["suspects"]:
        yield (
            f"<p>None of {count(noise['rows_looked_at'])} does: at most "
            f"{percent(noise['rate']['high'], 2)} of all are wrong, with "
            f"{percent(noise['rate']['level'])}, as far as models can tell.</p>"
        )
        return
    yield (
        f"<p class='lead'>About {between(noise['rate'])} of the labels look wrong; "
        f"{count(noise['suspects'])} of {count(noise['rows_looked_at'])} rows are suspected.</p>"
    )
    kinds = [
        [f"<b>{kind}</b><small>{escape(meaning)}</small>", between(noise["kinds"][kind])]
        for kind, meaning in _KINDS.items()
    ]
    yield _table(["of these", "share"], kinds, words=(0, 1))
    for each in noise["conventions"][:5]:
        yield (
            f"<p><code>{escape(each['given'])}</code> stands for "
            f"<code>{escape(each['suggested'])}</code> {count(each['n'])} times, where slips "
            f"would make {count(each['expected'])}: by another convention?</p>"
        )
    yield "<h3>Look at these first</h3>"
    yield _frame(suspects)
    yield (
        "<p class='note'>Nothing was changed. Models see what labels have in common, not what "
        "is so: about half of what they suspect proves wrong when people look.</p>"
    )


_KINDS = {
    "random": "slips: set wrongly, as likely on any row of the class",
    "systematic": "set by another convention: one pair of classes, one way",
    "ambiguous": "on hard rows: the models find both labels nearly as likely",
}


# The curve, and the rows


def _curve(curve: Mapping[str, Any] | None) -> Iterator[str]:
    if curve is None:
        yield "<p>Not measured: the stage was not given the rows to learn from (`train`).</p>"
        return
    if curve["refusal"]:
        yield f"<p>{escape(_sentence(curve['refusal']['message']))} So it is not extended.</p>"
    elif curve["too_far"]:
        yield f"<p>{code(_sentence(curve['too_far']))}</p>"
    if not curve["sizes"]:
        return
    if curve["fit"] and not curve["too_far"]:
        at = {each["rows"]: each for each in curve["fit"]["at"]}
        now, twice = at[curve["rows"]], at[2 * curve["rows"]]
        yield (
            f"<p class='lead'>With twice the rows, {curve['metric']} is expected to go from "
            f"{short(now['value'])} to {short(twice['value'])} "
            f"({short(twice['low'])} to {short(twice['high'])}).</p>"
        )
    yield (
        f"<figure>{curve_drawing(curve)}<figcaption>{curve['metric'].capitalize()} on "
        f"{escape(curve['scored_on'])}, trained on up to {count(curve['rows_used'])} of "
        f"{count(curve['rows'])} rows. A dot is one training; the dashed line and its band are "
        "what families of curves expect, with 90 %.</figcaption></figure>"
    )


def _worst(worst: polars.DataFrame) -> Iterator[str]:
    if not worst.height:
        yield "<p>There is no row on which it was wrong.</p>"
        return
    yield _frame(worst)
    n = min(_ROWS, worst.height)
    yield f"<p class='note'>The first {n} of {worst.height} that are kept.</p>"


def _frame(frame: polars.DataFrame) -> str:
    names = frame.columns[: _COLUMNS + 6]
    rows = [[_cell(value) for value in row] for row in frame.select(names).head(_ROWS).rows()]
    kinds = [frame[name].dtype.is_numeric() for name in names]
    words = tuple(i for i, is_number in enumerate(kinds) if not is_number)
    return _table([escape(name) for name in names], rows, words=words, kind="dense")


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return short(value)
    text = str(value)
    return escape(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


def _table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, words: Sequence[int], kind: str = ""
) -> str:
    """A table whose columns are numbers, but for those that are words."""

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{'' if i in words else ' class=number'}>{cell}</{tag}>"
            for i, cell in enumerate(row)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        f"<div class='wide' tabindex='0'><table class='{kind}'>"
        f"<thead><tr>{cells('th', head)}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _bar(share: float) -> str:
    return f"<span class='bar'><i style='width:{100 * min(1.0, share or 0.0):.1f}%'></i></span>"
