"""How good the model is, how it treats groups, and how it ages: sections of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from tilth.stages.evaluate.page.plots import (
    ageing_plot,
    calibration_plot,
    precision_plot,
    residual_plot,
    roc_plot,
)
from tilth.stages.evaluate.page.words import count, percent, short

_CLASSES = 12
"""Classes of a table of confusions that is shown."""

_RATES = {
    "right": "right",
    "picked": "called positive",
    "found": "found",
    "alarmed": "false alarms",
    "error": "mean error",
    "bias": "bias",
}


def quality_parts(quality: Mapping[str, Any]) -> Iterator[str]:
    """Measures with intervals, and what is behind them."""
    rows = "".join(
        f"<tr><td>{escape(name)}<small>{escape(each['what'])}</small></td>"
        f"<td class='number'>{short(each['value'])}</td>"
        f"<td class='number'>{short(each['low'])} to {short(each['high'])}</td></tr>"
        for name, each in quality["measures"].items()
    )
    yield (
        "<div class='wide' tabindex='0'><table><thead><tr><th>measure</th><th class='number'>"
        "value</th><th class='number'>95 % interval</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )
    pictures = list(_pictures(quality))
    if pictures:
        yield f"<div class='squares'>{''.join(pictures)}</div>"
    if quality.get("threshold"):
        yield _threshold(quality)
    if quality.get("confusion"):
        yield from _confusion(quality["confusion"], quality["classes"])
    if quality.get("residuals"):
        yield _residuals(quality["residuals"])


def _pictures(quality: Mapping[str, Any]) -> Iterator[str]:
    if quality.get("calibration"):
        yield calibration_plot(quality["calibration"])
    if quality.get("points"):
        yield roc_plot(quality["points"], quality["threshold"])
        yield precision_plot(quality["points"], quality["threshold"])
    if quality.get("residuals"):
        yield residual_plot(quality["residuals"]["bins"])


def _threshold(quality: Mapping[str, Any]) -> str:
    told, costs = quality["threshold"], quality["costs"]
    positive = f"<code>{escape(quality['positive'])}</code>"
    cost = "" if told["cost"] is None else f" A row then costs {short(told['cost'])}"
    beside = (
        f"; with a threshold of 0.5 {short(told['cost_at_half'])}, where none is called so "
        f"{short(told['cost_of_none'])}, and where all are {short(told['cost_of_all'])}."
    )
    return (
        f"<h3>Where to draw the line</h3><p>With costs of {short(costs['false_positive'])} for a "
        f"false alarm and {short(costs['false_negative'])} for a miss, mistakes cost least where "
        f"a row is called {positive} from a chance of <b>{short(told['threshold'])}</b> on "
        f"(by theory, where chances are right, {short(told['by_theory'])}): "
        f"{percent(told['recall'])} are found, and {percent(told['precision'])} of those that are "
        f"called so are.{cost}{beside if cost else ''}</p>"
        "<p class='note'>That cost is of rows that the threshold was not chosen on; "
        "<code>costs</code> of the stage says other ones.</p>"
    )


def _confusion(cells: Sequence[Sequence[int]], classes: Sequence[str]) -> Iterator[str]:
    shown = range(min(len(classes), _CLASSES))
    head = "".join(f"<th class='number'>{escape(classes[i])}</th>" for i in shown)
    rows = "".join(
        f"<tr><th>{escape(classes[i])}</th>"
        + "".join(
            f"<td class='number'{' data-right' if i == j else ''}>{count(cells[i][j])}</td>"
            for j in shown
        )
        + "</tr>"
        for i in shown
    )
    more = "" if len(classes) <= _CLASSES else f" The first {_CLASSES} of {len(classes)} classes."
    yield (
        f"<h3>What was taken for what</h3><p class='note'>Rows are what is so, columns what was "
        f"said.{more}</p><div class='wide' tabindex='0'><table class='confusion'><thead><tr>"
        f"<th></th>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _residuals(found: Mapping[str, Any]) -> str:
    bias, shares = found["bias"], found["quantiles"]
    text = (
        f"What is so lies {short(abs(bias['value']))} "
        f"{'above' if bias['value'] >= 0 else 'below'} what was predicted, on average "
        f"({short(bias['low'])} to {short(bias['high'])}); the middle half of the residuals is "
        f"between {short(shares['0.25'])} and {short(shares['0.75'])}, and nine in ten between "
        f"{short(shares['0.05'])} and {short(shares['0.95'])}."
    )
    if abs(found["growing"]) > 0.2:
        way = "larger" if found["growing"] > 0 else "smaller"
        text += f" They are {way} for large predictions (rank correlation {found['growing']:.2f})."
    return f"<p>{text}</p>"


def group_parts(groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """How each level of a column is treated."""
    for each in groups:
        yield f"<h3><code>{escape(each['column'])}</code></h3>"
        told = [
            f"{_RATES[rate]}: {_gap(rate, gap['gap'])} between <code>{escape(gap['low'])}</code> "
            f"and <code>{escape(gap['high'])}</code>"
            + (", whose intervals do not meet" if gap["apart"] else "")
            for rate, gap in each["gaps"].items()
        ]
        if told:
            yield f"<p>The largest gaps: {'; '.join(told)}.</p>"
        yield _levels(each)


def _gap(rate: str, gap: float) -> str:
    return short(gap) if rate in ("error", "bias") else f"{100 * gap:.1f} points"


def _levels(group: Mapping[str, Any]) -> str:
    rates = list(group["levels"][0]["rates"]) if group["levels"] else []
    head = "".join(f"<th class='number'>{_RATES[each]}</th>" for each in rates)
    rows = "".join(
        f"<tr><td>{escape(each['level'])}</td><td class='number'>{count(each['rows'])}</td>"
        + "".join(f"<td class='number'>{_rate(rate, each['rates'][rate])}</td>" for rate in rates)
        + "</tr>"
        for each in group["levels"]
    )
    more = f"<p class='note'>and {group['others']:,} rarer levels</p>" if group["others"] else ""
    return (
        "<div class='wide' tabindex='0'><table class='dense'><thead><tr><th>level</th>"
        f"<th class='number'>rows</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>{more}"
    )


def _rate(rate: str, found: Mapping[str, Any]) -> str:
    tell = short if rate in ("error", "bias") else percent
    if found["value"] is None:
        return "–"
    return f"{tell(found['value'])} <small>{tell(found['low'])} to {tell(found['high'])}</small>"


def ageing_parts(ageing: Mapping[str, Any]) -> Iterator[str]:
    """How much worse an older model is, and when to train anew."""
    if "left_out" in ageing:
        yield f"<p>Not measured: {escape(ageing['left_out'])}.</p>"
        return
    words = escape(ageing["retrain_after_words"])
    if ageing["is_bounded"]:
        lead = f"Train anew at least every {words}."
    else:
        lead = f"A model is as good after {words} as a fresh one, as far as was measured."
    yield f"<p class='lead'>{lead}</p>"
    yield (
        f"<p>Models that learned up to one time were asked about each later stretch of "
        f"{escape(ageing['window'])}, beside a fresh one on the same {count(ageing['rows'])} rows "
        f"(mean {escape(ageing['metric'])} of a fresh one: {short(ageing['fresh'])}). An older one "
        f"counts as worse from {short(ageing['allowed'])} more on.</p>"
    )
    yield f"<div class='squares'>{ageing_plot(ageing)}</div>"
