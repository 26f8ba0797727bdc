"""One page for people: what the labels are worth, and where people read the same image apart."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import Any

import numpy as np
import polars as pl

from digits.agreement import blind
from digits.images import pixels
from digits.page import figure, page, section, table
from digits.pictures import png

MOST_IMAGES = 24
Interval = dict[str, float]
Drawn = dict[int, str]
"""Number of an image -> the picture as HTML."""


def write_report(
    *,
    to_label: pl.DataFrame,
    delivered: pl.DataFrame,
    labelled: pl.DataFrame,
    decisions: pl.DataFrame,
    agreement: list[dict[str, Any]],
    metrics: dict[str, Interval],
    wrong: dict[str, dict[str, int]],
) -> str:
    """Write the report as one page of HTML, pictures included."""
    drawn = draw(to_label)
    told = [
        "<p class='simulated'>Ada and Ben are <b>simulated</b>: two functions in "
        "<code>src/digits/labelers.py</code>, each with slips and a habit. "
        "The images are real, and so is all that is measured.</p>",
        tell_worth(metrics, wrong),
        tell_agreement(agreement),
        tell_differences(blind(decisions), agreement, drawn),
        tell_changes(delivered, labelled, drawn),
        tell_limits(),
    ]
    return page("Whose label is right?", "\n".join(told))


def draw(images: pl.DataFrame) -> Drawn:
    """Each image as a picture in the page; the browser enlarges its pixels."""
    return {
        number: f"<img alt='image {number}' src='data:image/png;base64,"
        f"{b64encode(png(ink)).decode()}'>"
        for number, ink in zip(images.get_column("image"), pixels(images), strict=True)
    }


def tell_worth(metrics: dict[str, Interval], wrong: dict[str, dict[str, int]]) -> str:
    """What the labels of now are worth, measured on images that nobody here has labelled."""
    before, now, gain = (metrics[key] for key in ("accuracy_before", "accuracy", "gain"))
    doubt = f"{points(gain, 'low')} to {points(gain, 'high')}"
    figures = [
        figure(percent(before), f"right, by labels as delivered ({ends(before)})"),
        figure(percent(now), f"right, by the labels of now ({ends(now)})"),
        figure(f"{points(gain)} points", f"gained, image by image ({doubt})"),
    ]
    counts = " and ".join(
        f"{wrong[key]['wrong']} of {wrong[key]['labels']} {words}"
        for key, words in (("delivered", "as delivered"), ("now", "now"))
    )
    return section(
        "What the labels are worth",
        f"<div class='figures'>{''.join(figures)}</div>"
        "<p>The same model, the same images: nothing but the labels differs. "
        "It is judged on images that nobody labels here, by their published digit. "
        "In brackets: 95 % intervals.</p>"
        f"<p class='note'>Labels that differ from the published digit: {counts}. "
        "Only a simulation can count them.</p>",
    )


def tell_agreement(agreement: list[dict[str, Any]]) -> str:
    """How far people agree, by each version of the instruction."""
    title = "Do people agree?"
    if not agreement:
        return section(
            title,
            "<p>Nobody knows yet: no image was labelled by two people. "
            "<code>tilth labels sample digits -n 100</code> asks them.</p>",
        )
    rows = [
        [
            f"instruction {number}",
            str(each["images"]),
            f"{each['agree']} <small>{100 * each['agree'] / each['images']:.0f} %</small>",
            *tell_alpha(each["alpha"]),
        ]
        for number, each in enumerate(agreement, 1)
    ]
    head = ["labelled by", "images", "agree on", "alpha", "0.5 to 1"]
    return section(
        title,
        table(head, rows)
        + "<p class='note'>Krippendorff's alpha: 1 if people always agree, 0 if they agree no more "
        "often than by chance. Both saw the image alone, with neither a label nor what the other "
        "said.</p>",
    )


def tell_alpha(alpha: Interval | None) -> tuple[str, str]:
    """A value with its interval, in digits and drawn; a dash where it is not defined."""
    if alpha is None:
        return "–", ""
    doubt = f"<small>{alpha['low']:.2f} to {alpha['high']:.2f}</small>"
    return f"{alpha['value']:.2f} {doubt}", draw_interval(alpha)


def draw_interval(alpha: Interval, first: float = 0.5) -> str:
    """A value and its interval on a line from `first` to 1."""
    low, value, high = (
        100 * (max(alpha[key], first) - first) / (1 - first) for key in ("low", "value", "high")
    )
    return (
        "<svg viewBox='0 0 100 10' preserveAspectRatio='none' aria-hidden='true'>"
        "<rect y='4.5' width='100' height='1' fill='var(--grid)'/>"
        f"<rect x='{low:.1f}' y='3' width='{high - low:.1f}' height='4' fill='var(--accent)' "
        "opacity='0.35'/>"
        f"<rect x='{value - 0.4:.1f}' y='0' width='0.8' height='10' fill='var(--accent)'/></svg>"
    )


def tell_differences(said: pl.DataFrame, agreement: list[dict[str, Any]], drawn: Drawn) -> str:
    """The images on which people differ, by each version of the instruction."""
    told = ""
    for number, each in enumerate(agreement, 1):
        differing = (
            said.filter(pl.col("instruction") == each["version"])
            .sort("labeler")
            .group_by("item", maintain_order=True)
            .agg("labeler", "label")
            .filter(pl.col("label").list.n_unique() > 1)
            .sort(pl.col("label").list.min(), pl.col("label").list.max(), "item")
        )
        told += f"<h3>By instruction {number}: {count(differing.height, 'image')}</h3>"
        told += gallery([(item, votes(*rest)) for item, *rest in differing.rows()], drawn)
    return section("Where they differ", told) if told else ""


def votes(people: list[str], labels: list[int]) -> str:
    """Who said what, a line each."""
    pairs = zip(people, labels, strict=True)
    return "<br>".join(f"{escape(who)} {label}" for who, label in pairs)


def tell_changes(delivered: pl.DataFrame, labelled: pl.DataFrame, drawn: Drawn) -> str:
    """The labels that are no longer those that were delivered."""
    changed = (
        delivered.join(labelled, on="image", suffix="_now", maintain_order="left")
        .filter(pl.col("label").ne_missing(pl.col("label_now")))
        .sort("label", "label_now", "image")
    )
    if not changed.height:
        return ""
    shown = [
        (image, f"{label} &rarr; {'?' if now is None else now}")
        for image, label, now in changed.select("image", "label", "label_now").rows()
    ]
    n_open = changed.get_column("label_now").null_count()
    doubt = f" To be talked about first: {n_open}." if n_open else ""
    return section(
        "What people have changed",
        f"<p>{count(changed.height, 'label')} of {delivered.height} "
        f"{'is' if changed.height == 1 else 'are'} not what was delivered.{doubt}</p>"
        + gallery(shown, drawn),
    )


def gallery(shown: list[tuple[int, str]], drawn: Drawn) -> str:
    """Images with a few words each; evenly chosen where there are too many."""
    n_shown = min(len(shown), MOST_IMAGES)
    chosen = np.linspace(0, len(shown) - 1, n_shown).round().astype(int) if shown else []
    images = "".join(
        f"<figure>{drawn[int(image)]}<figcaption>{words}</figcaption></figure>"
        for image, words in (shown[i] for i in chosen)
    )
    left = len(shown) - n_shown
    more = f"<p class='note'>and {left} more</p>" if left else ""
    return f"<div class='images'>{images}</div>{more}"


def tell_limits() -> str:
    """What a reader must not take from this page."""
    points = [
        "Simulated people err as they were told to. Real ones have more habits than one, tire, and "
        "do not heed a rule because it stands there.",
        "That published digits are right is taken on trust; a few are doubtful.",
        "Images of one writer may be on both sides, so the shares are a little too good for "
        "writers whom the model has never seen. The gain is measured on both sides alike.",
    ]
    return section("What this does not say", f"<ul><li>{'</li><li>'.join(points)}</li></ul>")


def percent(interval: Interval) -> str:
    """A share as it is spoken."""
    return f"{100 * interval['value']:.1f}\N{NO-BREAK SPACE}%"


def ends(interval: Interval) -> str:
    """The ends of an interval of shares, in per cent."""
    return f"{100 * interval['low']:.1f} to {100 * interval['high']:.1f}"


def points(interval: Interval, end: str = "value") -> str:
    """A difference of shares in per cent, with its sign."""
    return f"{100 * interval[end]:+.1f}"


def count(n: int, noun: str) -> str:
    """A number of things."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
