"""Say why a model says what it says: of one row, or on the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isnan
from typing import Any

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import datasets
from tilth.cli.opening import opened
from tilth.cli.output import paint, plural, show, show_json, table
from tilth.cli.told_change import row_change, whole_change
from tilth.cli.told_parts import bar, number, share
from tilth.project.explaining import ModelExplanation

__all__ = ["explain"]

_BAR = 24
_SHOWN = 12
_WORDS = 5


@command(
    examples=(
        ("tilth explain tree --rows test", "which columns matter to the model `tree`"),
        ("tilth explain boosting --row 5", "why it says so of row 5, as the stage reads rows"),
        ("tilth explain boosting --row carrier=UA,flight=15", "of a row by its values"),
        ("tilth explain boosting --row 5 --against 9", "why of this row and not of that"),
        ("tilth explain digits --row 5 --of 3 --rather-than 8", "why one class and not another"),
        ("tilth explain late@production --row 5", "of what is live"),
        ("tilth explain tree --since", "what changed since the version before"),
        ("tilth explain tree --since late@production --row 5", "and why of row 5"),
        ("tilth explain tree --row 5 --json", "for programs"),
    )
)
@click.argument("model", shell_complete=datasets)
@click.option("--rows", metavar="DATASET", shell_complete=datasets, help="Where the rows are.")
@click.option("--row", metavar="ROW", help="Its number, from 0, or values: `flight=15,day=3`.")
@click.option("--against", metavar="ROW", help="Compare with this row instead of with many.")
@click.option("--of", metavar="CLASS", help="Explain this class; the likeliest, if of several.")
@click.option("--rather-than", metavar="CLASS", help="And not this one.")
@click.option(
    "--since",
    metavar="VERSION",
    is_flag=False,
    flag_value="",
    help="What changed since this model, or the one before.",
)
@click.option(
    "--background",
    metavar="DATASET",
    shell_complete=datasets,
    help="Rows to compare with; those of `--rows` as usual.",
)
@click.option("--target", metavar="COLUMN", help="What it predicts, so that texts can say so.")
@click.option("--features", metavar="COLUMNS", help="What it is given, such as `pixel_*`.")
@click.option(
    "--scale",
    type=click.Choice(["chance", "score"]),
    help="Explain chances, or the scores behind them.",
)
@click.option(
    "--method",
    type=click.Choice(["exact", "linear", "trees", "sampled"]),
    help="The best that fits the model as usual.",
)
def explain(
    invocation: Invocation,
    model: str,
    *,
    rows: str | None,
    row: str | None,
    against: str | None,
    of: str | None,
    rather_than: str | None,
    background: str | None,
    target: str | None,
    features: str | None,
    scale: str | None,
    method: str | None,
    since: str | None,
) -> None:
    """Show what each column adds to what MODEL says.

    MODEL is a dataset with a model, or a registered version such as `late@production`. With
    `--row`: of one row, from what the model says of rows on average to what it says of this
    one; the parts add up to it. Without: which columns move its answers the most. What is not
    given is taken from the stage `explain` where a pipeline has it for this model.
    """
    with opened(invocation) as project:
        found = project.explain(
            model, rows=rows, row=row, against=against, of=of, rather_than=rather_than,
            background=background, target=target, scale=scale, method=method, since=since,
            features=features.split(",") if features else None,
        )  # fmt: skip
    if invocation.json:
        show_json(found.as_dict())
        return
    told = {"rows": _whole, "change": whole_change, "row change": row_change}
    show("\n".join(told.get(found.about, _one)(found)))


def _whole(found: ModelExplanation) -> Iterator[str]:
    told = found.told
    rows = f"{told['rows']:,} of {told['rows_in_all']:,} rows"
    yield f"{found.model} on {rows} of {found.rows}: how far each column moves its answers"
    columns = [each for each in told["columns"] if each["strength"]["value"] > 0]
    if not columns:
        yield "no column makes a difference"
        return
    most = columns[0]["strength"]["value"]
    lines: list[tuple[str, ...]] = [
        (
            each["column"],
            f"{each['strength']['value']:.3g}",
            _interval(each["strength"]),
            bar(each["strength"]["value"], most, "cyan", width=_BAR),
            _direction(each),
        )
        for each in columns[:_SHOWN]
    ]
    if len(told["outputs"]) > 1:  # what raises one class lowers another
        lines = [each[:-1] for each in lines]
    titles = ("column", "by", "95 %", "", "direction")
    yield table(lines, titles=titles[: len(lines[0])], right=(1,))
    hidden = len(told["columns"]) - len(lines)
    if hidden:
        yield paint(f"and {plural(hidden, 'column')} more: see --json", "dim")
    yield paint(_method(told), "dim")


def _interval(own: Mapping[str, Any]) -> str:
    return "" if isnan(own["low"]) else f"{own['low']:.3g} to {own['high']:.3g}"


def _direction(each: Mapping[str, Any]) -> str:
    if each["direction"]:
        words = {"raises": "more raises", "lowers": "more lowers", "mixed": "both ways"}
        return words[each["direction"]]
    levels = list(each["levels"])
    return f"{levels[0]} … {levels[-1]}" if len(levels) > 1 else ""


def _one(found: ModelExplanation) -> Iterator[str]:
    told = found.told
    said, base = number(told["prediction"], told), number(told["base"], told)
    yield f"{found.model}: {told['subject']} is {said} for row {told['row']} of {found.rows}"
    if told["against"] is not None:
        yield f"it is {base} for row {told['against']}; what makes the difference:"
    else:
        yield f"it is {base} on average for {told['background']} rows; what makes the difference:"
    reasons = [each for each in told["reasons"] if abs(each["contribution"]) > 0]
    if not reasons:
        yield "no column does"
        return
    most = abs(reasons[0]["contribution"])
    lines = [
        (
            each["column"],
            each["value"],
            *share(each["contribution"], most, told, width=_BAR),
            each["place"],
        )
        for each in reasons
    ]
    if abs(told["others"]) > 0:
        lines.append(("all others", "", *share(told["others"], most, told, width=_BAR), ""))
    yield table(lines, titles=("column", "value", "adds", "", ""), right=(1, 2))
    for column, words in told["words"].items():
        listed = ", ".join(
            f"{each['word']} {'+' if each['effect'] >= 0 else '-'}"
            f"{number(abs(each['effect']), told)}"
            for each in words[:_WORDS]
        )
        yield f"words of {column}, each by what would be missing without it: {listed}"
    errors = [each["error"] for each in reasons if each["error"] is not None]
    yield paint(_method(told, max(errors, default=0.0)), "dim")


def _method(told: Mapping[str, Any], error: float = 0.0) -> str:
    how = {
        "exact": "exact: every coalition of columns was asked about",
        "linear": "exact: the model is linear",
        "trees": "exact: all paths of its trees were gone through",
        "sampled": "by drawn orders of the columns",
    }[told["method"]]
    errors = f", standard errors up to {error:.1g}" if error else ""
    within = f" within {told['gap']:.0e}" if told["gap"] else ""
    return f"{how}{errors}; the parts add up{within}"
