"""The explanation as one page that needs no network and no script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.sheet import sheet, table
from tilth.stages.explain.drawing import dots, pushes, short, strength
from tilth.stages.explain.tree import NOT_A_TREE

if TYPE_CHECKING:
    import polars

_COLUMNS = 15
"""Columns in the table; the dataset has them all."""

_PICTURES = 6
_POINTS = 400

_DIRECTIONS = {"raises": "more of it raises", "lowers": "more of it lowers", "mixed": "both ways"}

_METHODS = {
    "exact": "Every coalition of columns was asked about, so shares are exact.",
    "linear": "The model is linear, so shares are exact.",
    "trees": "All paths of its trees were gone through, so shares are exact.",
    "sampled": "Orders of the columns were drawn, so each share has an error, which the table of "
    "explanations tells.",
}


def write_page(
    explanations: polars.DataFrame,
    importance: dict[str, Any],
    tree_in_words: str,
    title: str,
    change: dict[str, Any] | None = None,
) -> str:
    """All that was found as a page that a person can read, on a screen or on paper.

    Args:
        explanations: What `explain_rows` found of each row.
        importance: What it found on the whole.
        tree_in_words: What `tell_tree` told.
        title: What was explained.
        change: What `explain_change` found of an earlier model; None where there is none.
    """
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    sections = {
        "What matters": _importance(importance),
        "How it pushes": _pictures(explanations, importance),
        "Three rows": _examples(importance),
        "What changed": _change(change),
        "The tree, split by split": _tree(tree_in_words),
        "How this was found": _method(importance),
    }
    body = "".join(
        f"<section><h2>{name}</h2>{inside}</section>\n"
        for name, parts in sections.items()
        if (inside := "".join(parts))
    )
    name = f"Why {title} says what it says"
    head = f"<header><h1>{escape(name)}</h1><p>{_summary(importance)}</p></header>\n"
    return sheet(name, head + body, style=style)


def _summary(found: Mapping[str, Any]) -> str:
    rows = f"{found['rows']:,} rows were explained"
    if found["rows"] < found["rows_in_all"]:
        rows = f"{found['rows']:,} of {found['rows_in_all']:,} rows were explained"
    return f"{rows}, each compared with {found['background']:,} others."


def _about(found: Mapping[str, Any]) -> str:
    """What shares are shares of."""
    if found["scale"] == "value":
        return escape(", ".join(found["outputs"]))
    what = f"the {found['scale']}"
    if len(found["outputs"]) > 1:
        return f"{what} of each class"
    of = f"that {found['target']} is " if found["target"] else "of "
    return escape(f"{what} {of}{found['outputs'][0]}")


# The whole


def _importance(found: Mapping[str, Any]) -> Iterator[str]:
    columns = found["columns"]
    strongest = [each for each in columns if each["strength"]["value"] > 0]
    if not strongest:
        yield "<p class='lead'>No column makes a difference: it says the same of every row.</p>"
        return
    names = [f"<code>{escape(each['column'])}</code>" for each in strongest[:3]]
    part = sum(each["part"] for each in strongest[:3])
    yield (
        f"<p class='lead'>{', '.join(names)} make up {100 * part:.0f}\N{NO-BREAK SPACE}% of what "
        f"moves {_about(found)}.</p>"
    )
    has_losses = any(each["loss"] is not None for each in columns)
    has_ways = len(found["outputs"]) == 1  # what raises one class lowers another
    head = ["column", f"moves {_about(found)} by", ""]
    head += ["direction"] if has_ways else []
    head += ["error grows by"] if has_losses else []
    most = max((each["strength"]["high"] or each["strength"]["value"]) for each in strongest)
    rows = [_row(each, most, has_ways, has_losses) for each in strongest[:_COLUMNS]]
    yield table(head, rows, numbers=(1, len(head) - 1) if has_losses else (1,))
    idle = [f"<code>{escape(each['column'])}</code>" for each in columns[len(strongest) :]]
    if idle:
        yield f"<p>It makes no use of {', '.join(idle)}.</p>"
    yield f"<p class='note'>{_reading(found, has_losses)}</p>"


def _row(each: Mapping[str, Any], most: float, has_ways: bool, has_losses: bool) -> list[str]:
    own = each["strength"]
    ends = f"<small>{short(own['low'])} to {short(own['high'])}</small>"
    cells = [
        f"<code>{escape(each['column'])}</code>",
        f"{short(own['value'])}{ends}",
        strength(own, most),
    ]
    cells += [_direction(each)] if has_ways else []
    return [*cells, f"{each['loss']:+.2g}"] if has_losses else cells


def _direction(each: Mapping[str, Any]) -> str:
    if each["direction"]:
        return _DIRECTIONS[each["direction"]] if each["strength"]["value"] else "–"
    levels = [name for name, share in each["levels"].items() if share]
    if len(levels) > 1:
        return f"highest for {escape(levels[0])}, lowest for {escape(levels[-1])}"
    return "–"


def _reading(found: Mapping[str, Any], has_losses: bool) -> str:
    text = (
        "How far a column moves an answer on average, up or down, with its 95 % interval for "
        "other rows from the same source."
    )
    if not has_losses:
        return text
    text += (
        " The last column is a check from another side: by how much the squared error grows where "
        "the column's values change places among the rows."
    )
    if found["agreement"] is not None:
        text += f" The two orders agree by {found['agreement']:.2f}, where 1 is the same order."
    return text


def _pictures(explanations: polars.DataFrame, found: Mapping[str, Any]) -> Iterator[str]:
    if len(found["outputs"]) > 1:
        return
    drawn = []
    for each in found["columns"][:_PICTURES]:
        if not each["strength"]["value"]:
            continue
        name = each["column"]
        if each["levels"]:
            picture = pushes(
                list(each["levels"].items()), f"What {name} adds", left=80.0, width=320.0
            )
        else:
            own = explanations.filter(column=name).select("value", "contribution").head(_POINTS)
            points = [(float(v), s) for v, s in own.rows() if v != "–"]
            if not points:
                continue
            picture = dots(name, points)
        drawn.append(
            f"<figure><figcaption><code>{escape(name)}</code></figcaption>{picture}</figure>"
        )
    if drawn:
        yield (
            f"<p>What each value adds to {_about(found)}: one dot for a row, and the mean of its "
            f"rows for a category.</p><div class='pictures'>{''.join(drawn)}</div>"
        )


# Rows


def _examples(found: Mapping[str, Any]) -> Iterator[str]:
    for each in found["examples"]:
        heading = f"Row {each['row']}: {escape(each['subject'])} is {short(each['prediction'])}"
        rows = [
            (f"{reason['column']} = {reason['value']}", reason["contribution"])
            for reason in each["reasons"]
            if reason["contribution"]
        ]
        if abs(each["others"]) > 0:
            rows.append(("all other columns", each["others"]))
        told = "".join(f"<li>{escape(line)}</li>" for line in each["sentences"])
        picture = pushes(rows, heading) if rows else ""
        yield (
            f"<h3>{heading}</h3><figure>{picture}<figcaption>From {short(each['base'])}, the mean "
            f"of the rows compared with, to {short(each['prediction'])}.</figcaption></figure>"
            f"<details><summary>in words</summary><ul>{told}</ul></details>"
        )


def _change(found: Mapping[str, Any] | None) -> Iterator[str]:
    if found is not None:
        from tilth.quality.explanation.change_section import change_section  # it imports Polars

        yield change_section(found)


def _tree(told: str) -> Iterator[str]:
    if not told.startswith(NOT_A_TREE):
        yield f"<pre tabindex='0'>{escape(told)}</pre>"


def _method(found: Mapping[str, Any]) -> Iterator[str]:
    yield (
        "<p>Each share is a Shapley value: what a column adds when it takes the row's value in "
        "place of that of a row compared with, averaged over all orders in which columns can do "
        "so. It says what moves this model, and not what moves the world.</p>"
        f"<p>{_METHODS[found['method']]} Base and shares were checked to give the answer of each "
        f"row: they miss it by {found['gap']:.1g} at the most, where {found['tolerance']:.0e} is "
        "tolerated.</p>"
    )
