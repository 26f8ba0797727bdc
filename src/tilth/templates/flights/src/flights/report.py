"""The report: what was asked, what came out, how sure it is, and what it does not say."""

from __future__ import annotations

from html import escape
from io import StringIO
from math import isnan
from typing import Any

import matplotlib as mpl
import polars as pl
from matplotlib.figure import Figure

from flights.evaluate import MODELS
from flights.intervals import Interval
from flights.page import page
from flights.pictures import FAINT, GRID, INK, draw_calibration, draw_roc, draw_tree
from flights.tree import TreeNode, opening, size, tell_node
from flights.words import count, percent

NAMES = {
    "baseline": "Baseline: the same chance for all",
    "tree": "Decision tree",
    "boosting": "Gradient boosting",
}
MEASURES = {
    "auc": ("AUC", "how often a late flight got a higher chance than one on time; guessing: 0.5"),
    "average_precision": ("average precision", "guessing: the share of late flights"),
    "log_loss": ("log loss", "surprise at what came; lower is better"),
    "brier": ("Brier score", "squared error of the chances; lower is better"),
    "cost": ("cost per flight", "at the chosen threshold; lower is better"),
    "accuracy": ("accuracy", "share of right calls at that threshold"),
    "recall": ("late flights found", "at that threshold"),
    "precision": ("called late and late", "at that threshold"),
}
IN_PERCENT = {"accuracy", "recall", "precision"}
INKS = {INK: "var(--ink)", FAINT: "var(--faint)", GRID: "var(--grid)"}


def write_report(
    *,
    outcomes: dict[str, int],
    parts: dict[str, dict[str, Any]],
    airlines: pl.DataFrame,
    metrics: dict[str, dict[str, Interval]],
    monthly: dict[str, dict[str, dict[str, Interval]]],
    thresholds: dict[str, float],
    curves: dict[str, Any],
    tree_nodes: list[TreeNode],
    late_after: int = 15,
    miss_cost: float = 3.0,
    confidence: float = 0.95,
    weather_hours_before: int = 0,
    slices: dict[str, Any],
    advice: dict[str, Any],
) -> str:
    """Write one page that needs nothing beside itself, for a screen or for paper."""
    sections = [
        asked(parts, late_after),
        answered(metrics, parts, confidence),
        data(outcomes, parts, airlines),
        measured(metrics, thresholds, miss_cost, confidence),
        by_month(monthly),
        curves_drawn(curves),
        errors_told(slices, advice),
        tree_told(tree_nodes),
        limits(weather_hours_before),
    ]
    return page("Which flights will be late?", "\n".join(sections))


def asked(parts: dict[str, dict[str, Any]], late_after: int) -> str:
    """The question, and how it is put to the test."""
    return section(
        "What was asked",
        f"<p>Before a flight leaves New York: how likely is it to arrive more than {late_after} "
        "minutes late? The models know the timetable, the airline, the plane, the weather at "
        "the airport, and how the airline did there on the days before. They know nothing of "
        "how the day has gone so far, nor of the flight once it has left.</p>"
        f"<p>They learned from {part_told(parts['train'])}, were stopped and tuned by "
        f"{part_told(parts['validation'])}, and are judged here on "
        f"{part_told(parts['test'])}, which none of them has seen.</p>",
    )


def part_told(part: dict[str, Any]) -> str:
    """A part of the year as part of a sentence."""
    return f"{count(part['flights'])} flights from {part['first']} to {part['last']}"


def answered(
    metrics: dict[str, dict[str, Interval]], parts: dict[str, dict[str, Any]], confidence: float
) -> str:
    """The result in a few sentences, with its doubt."""
    best, tree, guess = (metrics[name] for name in ("boosting", "tree", "baseline"))
    saved = 1 - best["cost"]["value"] / guess["cost"]["value"]
    return section(
        "What came out",
        "<p class='lead'>Of a late flight and one on time, gradient boosting gives the late one "
        f"the higher chance in {spoken(best['auc'], confidence)} of cases; a coin would in half. "
        f"One tree that fits on a page reaches {spoken(tree['auc'], confidence)}.</p>"
        f"<p>Of the test flights, {percent(parts['test']['late'], 1)} were late. Boosting finds "
        f"{spoken(best['recall'], confidence)} of them, and is right in "
        f"{spoken(best['precision'], confidence)} of its warnings. Its mistakes cost "
        f"{percent(abs(saved))} {'less' if saved >= 0 else 'more'} than the baseline's. It is a "
        "help, not an oracle: much of what makes a flight late is in nothing that it is told."
        "</p>",
    )


def data(outcomes: dict[str, int], parts: dict[str, dict[str, Any]], airlines: pl.DataFrame) -> str:
    """What the data holds, and what was left out of it."""
    left_out = outcomes["cancelled"] + outcomes["diverted"]
    rows = [
        [name, part["first"], part["last"], count(part["flights"]), percent(part["late"], 1)]
        for name, part in ((name, parts[name]) for name in ("train", "validation", "test"))
    ]
    carriers = [
        [escape(row["name"]), count(row["flights"]), percent(row["late"], 1), bar(row["late"])]
        for row in airlines.to_dicts()
    ]
    return section(
        "The data",
        f"<p>All {count(outcomes['scheduled'])} flights that were to leave Newark, JFK and "
        f"LaGuardia in 2013. {count(outcomes['cancelled'])} were cancelled and "
        f"{count(outcomes['diverted'])} diverted (or have no recorded arrival). These "
        f"{count(left_out)} cannot be late or on time; they are not among the rows below, but "
        "count as traffic and as trouble on the days before.</p>"
        + table(["part", "from", "to", "flights", "late"], rows, words=3)
        + "<h3>Late arrivals by airline, all year</h3>"
        + table(["airline", "flights", "late", ""], carriers, words=1),
    )


def measured(
    metrics: dict[str, dict[str, Interval]],
    thresholds: dict[str, float],
    miss_cost: float,
    confidence: float,
) -> str:
    """All measures of all models, with intervals."""
    rows = [
        [f"{title}<small>{note}</small>", *(shown(metrics[model][key], key) for model in MODELS)]
        for key, (title, note) in MEASURES.items()
    ]
    limits = [percent(thresholds[model], 1) for model in MODELS]
    rows.append(["threshold<small>called late from this chance on</small>", *limits])
    return section(
        "How good the models are",
        table(["on the test months", *(NAMES[model] for model in MODELS)], rows, words=1)
        + f"<p class='note'>Below each number is its {percent(confidence)} interval: what it might "
        "have been had other days of these months been drawn. Whole days are drawn, since flights "
        "of one day are late together. The threshold is the one at which mistakes cost the least "
        f"on the validation months, where missing a late flight costs {miss_cost:g} times a false "
        f"alarm. {baseline_told(metrics['baseline'])}</p>",
    )


def baseline_told(baseline: dict[str, Interval]) -> str:
    """Why accuracy alone says little."""
    if baseline["recall"]["value"] > 0:
        return "The baseline always warns, and so finds every late flight."
    return (
        "The baseline never warns, and is right whenever a flight is on time: accuracy alone "
        "says little here."
    )


def by_month(monthly: dict[str, dict[str, dict[str, Interval]]]) -> str:
    """AUC and log loss in each month alone."""
    rows = [
        [month, measure_name(key), *(shown(monthly[month][model][key], key) for model in MODELS)]
        for month in sorted(monthly)
        for key in ("auc", "log_loss")
    ]
    return section(
        "Month by month", table(["month", "", *(NAMES[model] for model in MODELS)], rows, words=2)
    )


def measure_name(key: str) -> str:
    """What people call a measure."""
    return MEASURES[key][0]


def curves_drawn(curves: dict[str, Any]) -> str:
    """ROC and calibration, side by side where there is room."""
    return section(
        "What the chances are worth",
        "<div class='pair'>"
        + picture(draw_roc(curves), "roc", "Late flights found against false alarms (ROC).")
        + picture(
            draw_calibration(curves),
            "calibration",
            "What was said against what came, for tenths of the flights. "
            "On the dashed line, a chance of 30&nbsp;% comes true in 30&nbsp;% of cases.",
        )
        + "</div>",
    )


def errors_told(slices: dict[str, Any], advice: dict[str, Any]) -> str:
    """The kinds of flights on which boosting errs most, why, and what may help."""
    rows = [
        [
            f"<code>{escape(each['title'])}</code>",
            escape(why(each)),
            percent(each["share"], 1),
            f"{each['error']:.3f}",
            difference(each["difference"]),
        ]
        for each in slices["findings"]
    ]
    found = (
        table(["flights", "why", "of all", "log loss", "against all"], rows, words=2)
        if rows
        else "<p>None of the kinds of flights that were looked at is worse beyond chance.</p>"
    )
    notes = "".join(f"<li>{escape(note.replace('`', ''))}</li>" for note in advice["notes"])
    return section(
        "Where boosting errs",
        f"<p>Of {count(sum(slices['candidates']))} kinds of test flights, those on which its "
        f"chances are worse than on all ({slices['overall']:.3f}) by more than luck. The intervals "
        f"hold together for all kinds. <code>reports/errors.html</code> has more.</p>{found}"
        f"<p><b>What to do next:</b> {escape(advice['summary'].replace('`', ''))}.</p>"
        f"<ul>{notes}</ul>",
    )


def why(found: dict[str, Any]) -> str:
    """The likeliest cause of a weak kind of flights, and what would help."""
    if not found["diagnoses"]:
        return "–"
    first = found["diagnoses"][0]
    return f"{first['cause']}: {first['action']}"


def difference(estimate: dict[str, float]) -> str:
    """How much worse, above its interval."""
    value, low, high = (estimate[end] for end in ("value", "low", "high"))
    return f"{value:+.3f}<small>{low:+.3f} to {high:+.3f}</small>"


def tree_told(tree_nodes: list[TreeNode]) -> str:
    """The tree as a picture and in words."""
    items = "".join(
        f"<li style='--depth:{node['depth']}'><b>{escape(opening(node))}</b>: "
        f"{escape(size(node))}<br>{escape(tell_node(node))}</li>"
        for node in tree_nodes
    )
    return section(
        "The tree, split by split",
        "<p>Each box is a question, or an end with its share of late training flights. Upward "
        "is yes, downward is no; a broad line carries many flights.</p>"
        + picture(draw_tree(tree_nodes), "tree", "The whole decision tree.")
        + "<h3>In words</h3><p class='note'>Impurity is Gini's: 0 where all flights of a box "
        "are alike, 0.5 where half of them are late. A split's gain is by how much it lowers "
        f"the impurity.</p><ol class='tree'>{items}</ol>",
    )


def limits(weather_hours_before: int) -> str:
    """What these numbers do not say."""
    weather = (
        "The weather is the one observed in the hour of the scheduled departure. It stands in "
        "for a forecast of that hour, and a real forecast is worse: the numbers above are the "
        "better for it. The parameter <code>weather_hours_before</code> makes it older."
        if weather_hours_before == 0
        else f"The weather was observed {weather_hours_before} hours before the departure."
    )
    points = [
        weather,
        "One year, three airports. The models are judged on months of which they have seen no "
        "day, in this year or another; they cannot know what a season brings.",
        "Cancelled and diverted flights have no answer here. A passenger may care about them most.",
        "The plane is the one that flew. Airlines change planes at short notice, sometimes "
        "because of a delay.",
        "&ldquo;The day before&rdquo; ends at midnight of the timetable. A few flights of that "
        "day were still in the air when the first of the next day left.",
        "Chances are about flights that are alike in what the model is told; they are not "
        "causes. That dry morning flights are punctual does not make a flight punctual by "
        "moving it.",
    ]
    return section("What this does not say", f"<ul><li>{'</li><li>'.join(points)}</li></ul>")


def section(title: str, content: str) -> str:
    """A part of the page under its heading."""
    return f"<section><h2>{title}</h2>{content}</section>"


def table(head: list[str], rows: list[list[str]], words: int) -> str:
    """A table whose first columns are words and the others numbers."""

    def cells(kind: str, row: list[str]) -> str:
        return "".join(
            f"<{kind}{'' if i < words else ' class=number'}>{cell}</{kind}>"
            for i, cell in enumerate(row)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        "<div class='wide'><table>"
        f"<thead><tr>{cells('th', head)}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def bar(share: float) -> str:
    """A share as a bar."""
    return f"<span class='bar'><i style='width:{100 * share:.1f}%'></i></span>"


def shown(interval: Interval, key: str) -> str:
    """A number above its interval."""
    value, low, high = (interval[end] for end in ("value", "low", "high"))
    if isnan(value):  # not a number: the baseline's precision, as it never warns
        return "–"
    if key in IN_PERCENT:
        return f"{percent(value, 1)}<small>{100 * low:.1f} to {100 * high:.1f}</small>"
    return f"{value:.3f}<small>{low:.3f} to {high:.3f}</small>"


def spoken(interval: Interval, confidence: float) -> str:
    """A share with its interval, as part of a sentence."""
    low, high = (f"{100 * interval[end]:.0f}" for end in ("low", "high"))
    doubt = f"{percent(confidence)} interval {low} to {high}"
    return f"<b>{percent(interval['value'])}</b> ({doubt})"


def picture(figure: Figure, name: str, caption: str) -> str:
    """A figure as SVG inside the page, in the inks of the page."""
    return f"<figure class='{name}'>{svg(figure, name)}<figcaption>{caption}</figcaption></figure>"


def svg(figure: Figure, name: str) -> str:
    """Draw a figure as SVG that follows the page from light to dark.

    The salt gives its parts names that differ from those of other pictures on the page.
    """
    drawing = StringIO()
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure.savefig(drawing, format="svg", transparent=True, metadata=WITHOUT_A_DATE)
    text = drawing.getvalue()
    text = text[text.index("<svg") :]
    for ink, variable in INKS.items():
        text = text.replace(ink, variable)
    return text


WITHOUT_A_DATE = {"Date": None, "Creator": None, "Format": None, "Type": None}
