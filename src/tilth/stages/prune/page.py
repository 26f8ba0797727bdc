"""What was tried and what was taken, as one page that needs no network and no script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import isfinite
from typing import TYPE_CHECKING, Any

from tilth.sheet import marked, sheet, table
from tilth.stages.prune.drawing import curve, frontier, percent, size

if TYPE_CHECKING:
    import polars

_SLICES = 12
_GAP = "\N{NO-BREAK SPACE}"


def write_page(
    candidates: polars.DataFrame,
    choice: dict[str, Any],
    comparison: dict[str, Any],
    title: str,
) -> str:
    """All that was found as a page that a person can read, on a screen or on paper.

    Args:
        candidates: What `make_small` tells of each.
        choice: Which one was taken, and why.
        comparison: What `compare_small` found.
        title: What was made smaller.
    """
    rows = candidates.rows(named=True)
    sections = {
        "What was taken": _taken(comparison),
        "What there was to choose from": _choice(rows, choice),
        "Where it loses": _slices(comparison),
        "How this was found": _method(choice),
    }
    body = "".join(
        f"<section><h2>{name}</h2>{inside}</section>\n"
        for name, parts in sections.items()
        if (inside := "".join(parts))
    )
    name = f"{title}, made smaller"
    n_tried = len(rows) - 1 + len(choice.get("given_up", ()))
    told = f"<p>{n_tried} smaller models were tried.</p>"
    return sheet(name, f"<header><h1>{escape(name)}</h1>{told}</header>\n{body}")


def _taken(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"<p class='lead'>{marked(_sentence(found['why']))}</p>"
    first, small = found["original"], found["small"]
    values = found["values"]
    rows = [
        ["size", size(first["size_bytes"]), size(small["size_bytes"])],
        [
            f"{escape(found['metric'])}<small>{escape(found['measured_on'])}</small>",
            f"{values['original']:.4g}",
            f"{values['small']:.4g}",
        ],
        ["one row", _time(first["one_row_us"]), _time(small["one_row_us"])],
        [
            "1,000 rows",
            _time(1000 * first["thousand_rows_ms"]),
            _time(1000 * small["thousand_rows_ms"]),
        ],
    ]
    yield table(["", "original", "small"], rows, numbers=(1, 2))
    loss = found["loss"]
    yield (
        f"<p>On {escape(found['measured_on'])} the loss is {percent(loss['value'])} of "
        f"{escape(found['lost_of'])}, with a 95{_GAP}% interval from {percent(loss['low'])} to "
        f"{percent(loss['high'])}. "
        f"Of what the original is better than a guess, it is {percent(found['lead_lost'])}."
    )
    if "same_answers" in found:
        yield f" Both say the same of {100 * found['same_answers']:.4g}{_GAP}% of the rows."
    yield "</p>"
    for warning in found["warnings"]:
        yield f"<p class='lead'>{marked(_sentence(warning))}</p>"


def _choice(rows: Sequence[Mapping[str, Any]], choice: Mapping[str, Any]) -> Iterator[str]:
    known = [each for each in rows if isfinite(each["loss"])]
    yield (
        f"<figure>{curve(known, choice['allowed'])}<figcaption>Each dot is a model, the ring is "
        "the one that was taken. The line joins those than which nothing is both smaller and "
        "better; what loses far too much is at the upper edge.</figcaption></figure>"
    )
    front = frontier(known)
    shown = [each for each in rows if each in front or each["chosen"] or each is rows[0]]
    cells = [
        [
            f"<strong>{escape(each['model'])}</strong>"
            if each["chosen"]
            else escape(each["model"]),
            size(each["size_bytes"]),
            f"{each['times_smaller']:.1f}{_GAP}×",
            f"{percent(each['loss'])}<small>{percent(each['low'])} to {percent(each['high'])}"
            "</small>",
            _time(each["one_row_us"]),
            _time(1000 * each["thousand_rows_ms"]),
            percent(each["worst_slice_loss"]),
        ]
        for each in shown
    ]
    head = ["", "size", "smaller", "loss", "one row", "1,000 rows", "worst slice"]
    if not choice["slices"]:
        head, cells = head[:-1], [row[:-1] for row in cells]
    yield table(head, cells, numbers=tuple(range(1, len(head))))
    told = [each for each in rows if each.get("parity")]
    if told:
        listed = "".join(
            f"<li><strong>{escape(each['model'])}</strong>: {escape(each['parity'])}</li>"
            for each in told
        )
        yield (
            "<p>Models in ONNX were asked rows at the edges of the table beside the original:</p>"
            f"<ul>{listed}</ul>"
        )
    yield (
        f"<p class='note'>The original, those on the line, and the one that was taken; the "
        f"dataset has all {len(rows)}.</p>"
    )


def _slices(found: Mapping[str, Any]) -> Iterator[str]:
    slices = found["slices"]
    names = list(slices["slice"])
    order = sorted(range(len(names)), key=lambda i: -_known(slices["loss"][i]))[:_SLICES]
    if not order:
        return
    columns = [each for each in ("rows", "original", "small") if each in slices]
    rows = [
        [
            f"<code>{escape(names[i])}</code>",
            *(f"{slices[each][i]:,.4g}" for each in columns),
            percent(slices["loss"][i]),
        ]
        for i in order
    ]
    yield f"<p>The slices on which most is lost, on {escape(found['measured_on'])}.</p>"
    head = ["slice", *columns, "loss"]
    yield table(head, rows, numbers=tuple(range(1, len(head))))


def _known(loss: float | None) -> float:
    return -1e9 if loss is None or not isfinite(loss) else loss


def _method(choice: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"<p>{choice['rows_tried']:,} of {choice['rows']:,} rows were parted into "
        f"{choice['folds']} folds. Each was held out in turn: the original and everything that is "
        "made of it were fitted on the others, and asked about it. Losses are shares of "
        f"{escape(choice['lost_of'])}; their intervals are paired by fold and widened for what "
        "folds share. Test rows had no part in the choice. Sizes are those of the file "
        f"({escape(choice['weighed_as'])}), with everything that prepares rows.</p>"
    )
    if choice["left_out"]:
        told = "".join(
            f"<li>{escape(name)}: {escape(why)}</li>" for name, why in choice["left_out"].items()
        )
        yield f"<p>These could not be made:</p><ul>{told}</ul>"
    if choice.get("given_up"):  # of which an older Tilth knew nothing
        lost = choice["given_up"].values()
        yield (
            f"<p>{len(lost)} lost so much on the first folds, {percent(min(lost))} to "
            f"{percent(max(lost))}, that they were not tried on the others, nor weighed; "
            "the dataset with the choice names them.</p>"
        )


def _time(microseconds: float) -> str:
    if microseconds < 1000:
        return f"{microseconds:.3g}{_GAP}µs"
    return f"{microseconds / 1000:.3g}{_GAP}ms"


def _sentence(text: str) -> str:
    """With a capital, if it does not begin with a name in marks, and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."
