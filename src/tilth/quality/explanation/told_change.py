"""What changed since the last model, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.quality.explanation.change import Change, ChangedAnswers
from tilth.quality.explanation.words import number, reasons, subject
from tilth.quality.intervals import Estimate, Interval, bootstrap_each, mean_of

_REASONS = 8

_SAID = 5

_EXAMPLES = 3


def whole_change(
    found: Change, answers: ChangedAnswers, at: Sequence[int], *, seed: int = 0
) -> dict[str, Any]:
    """Sum up how the importance of columns moved on the same rows.

    Args:
        found: Of rows that were drawn.
        answers: How often the two models answer otherwise.
        at: The positions of the rows in their table.
        seed: Of the bootstrap.

    Returns:
        `outputs`, `scale`, `target`, `methods` (of both), `exact`, `base` (output -> `now`,
        `before` and `difference`: mean answers on the rows compared with), `rows`, `background`,
        `gap` and `tolerance` (of adding up), `answers` (see `ChangedAnswers`), `columns`, those
        that change answers the most first: `column`, `now` and `before` (mean absolute part),
        `moved` (the one less the other) and `change` (mean absolute difference of the parts: how
        far the column changes answers), each with its interval for other rows; and `examples`:
        the rows whose answers changed the most, see `row_change`.
    """
    now, before = (np.abs(each.values).mean(axis=2) for each in (found.now, found.before))
    sizes = np.abs(found.difference.values).mean(axis=2)
    told = {
        name: _estimates(each, seed)
        for name, each in {
            "now": now, "before": before, "moved": now - before, "change": sizes,
        }.items()
    }  # fmt: skip
    order = sorted(range(sizes.shape[1]), key=lambda i: -told["change"][i].value)
    outputs = found.now.outputs
    return {
        **_common(found),
        "outputs": list(outputs),
        "target": found.now.target,
        "base": {name: _base(found, i) for i, name in enumerate(outputs)},
        "rows": found.now.n_rows,
        "answers": answers.as_dict(),
        "columns": [
            {
                "column": found.now.columns[i],
                **{name: listed[i].as_dict() for name, listed in told.items()},
            }
            for i in order
        ],
        "examples": _examples(found, at),
    }


def _examples(found: Change, at: Sequence[int]) -> list[dict[str, Any]]:
    """The rows whose answers changed the most, each by the class that changed the most."""
    apart = np.abs(found.difference.predictions)
    order = np.argsort(-apart.max(axis=1), kind="stable")[:_EXAMPLES]
    return [
        row_change(found.only([int(i)]), int(at[i]), int(apart[i].argmax()))
        for i in order
        if apart[i].max() > found.tolerance
    ]


def row_change(found: Change, at: int, output: int | None = None) -> dict[str, Any]:
    """Why the new model answers otherwise of one row, the first of those that were explained.

    Args:
        found: Of this row.
        at: Its position in its table.
        output: What is told of; of several the class that is likeliest by now.

    Returns:
        `row`, `output`, `subject`, `now` and `before` (what the two say), `difference`, `base`,
        `sentences`, `reasons` (columns with `value`, `place`, `now`, `before`, `contribution`:
        the part of the difference, and its `error` where orders were drawn), `others` (the parts
        of the difference that are not listed), and of how it was found `scale`, `methods`,
        `exact`, `background`, `gap` and `tolerance`. Base and parts give the difference.
    """
    which = int(np.argmax(found.now.predictions[0])) if output is None else output
    listed = reasons(found.difference, 0, which)
    places = {name: i for i, name in enumerate(found.now.columns)}

    def part(side: Any, column: str) -> float:
        return float(side.values[0, places[column], which])

    return {
        "row": at,
        "output": found.now.outputs[which],
        "subject": subject(found.now, which),
        "now": float(found.now.predictions[0, which]),
        "before": float(found.before.predictions[0, which]),
        "difference": float(found.difference.predictions[0, which]),
        "base": _base(found, which),
        "sentences": change_sentences(found, which),
        "reasons": [
            {
                **each.as_dict(),
                "now": part(found.now, each.column),
                "before": part(found.before, each.column),
            }
            for each in listed[:_REASONS]
        ],
        "others": float(sum(each.share for each in listed[_REASONS:])),
        **_common(found),
    }


def change_sentences(found: Change, output: int = 0) -> list[str]:
    """Why the answer to the first row is another, for people."""
    scale, about = found.now.scale, subject(found.now, output)

    def figure(value: float) -> str:
        return f"{'+' if value >= 0 else '-'}{number(abs(value), scale)}"

    now, before = (
        number(float(each.predictions[0, output]), scale) for each in (found.now, found.before)
    )
    difference = float(found.difference.predictions[0, output])
    listed = reasons(found.difference, 0, output)
    least = found.tolerance
    said = [
        f"{about[0].upper()}{about[1:]} was {before} by the earlier model and is {now} by this "
        f"one: {figure(difference)}."
    ]
    base = float(found.difference.base[output])
    if abs(base) > least:
        said.append(f"For the rows compared with it changed by {figure(base)} on average.")
    for each in listed[:_SAID]:
        if abs(each.share) > least:
            said.append(f"{each.column} = {each.value} counts for {figure(each.share)} of it.")
    rest = sum(each.share for each in listed[_SAID:])
    if abs(rest) > least:
        said.append(f"All other columns together: {figure(rest)}.")
    return said


def _common(found: Change) -> dict[str, Any]:
    return {
        "scale": found.now.scale,
        "methods": {"now": found.now.method, "before": found.before.method},
        "exact": found.is_exact,
        "background": found.now.table.n_background,
        "gap": found.difference.gap,
        "tolerance": found.tolerance,
    }


def _base(found: Change, output: int) -> dict[str, float]:
    return {
        "now": float(found.now.base[output]),
        "before": float(found.before.base[output]),
        "difference": float(found.difference.base[output]),
    }


def _estimates(values: NDArray[np.float64], seed: int) -> list[Estimate]:
    """The mean of each column with its interval, NaN for a single row; shape (n_rows, n)."""
    intervals = [Interval(float("nan"), float("nan"), 0.95)] * values.shape[1]
    if len(values) > 1:
        intervals = bootstrap_each(
            mean_of(values), len(values), method="percentile", n_draws=1000, seed=seed
        )
    means = values.mean(axis=0)
    return [Estimate(float(each), told) for each, told in zip(means, intervals, strict=True)]
