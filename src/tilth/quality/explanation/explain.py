"""Explains any model, by the best method that fits it, and shows nothing that does not add up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.errors import DefinitionError
from tilth.quality.explanation.answers import Answers, answers_of
from tilth.quality.explanation.exact import MOST_COLUMNS, exact_values
from tilth.quality.explanation.explanation import TOLERANCE, Explanation
from tilth.quality.explanation.joined_trees import added_up
from tilth.quality.explanation.linear import linear_values, weights_of
from tilth.quality.explanation.pairs import pair_values
from tilth.quality.explanation.paths import path_values
from tilth.quality.explanation.prepared import Prepared, last_step, prepared
from tilth.quality.explanation.sampled import sampled_values
from tilth.quality.explanation.table import Table, columns_of
from tilth.quality.explanation.trees import Tree, trees_of
from tilth.record import record

Floats = NDArray[np.float64]

METHODS = ("exact", "linear", "trees", "sampled")

_QUESTIONS = 600_000
"""Rows that a model is asked about, at most, to be exact unasked: two seconds for boosted trees."""

_LIGHT = 100_000
"""Rows that it is asked about in any case where orders are drawn."""

_MOST_ORDERS = 2000

_PAIRS = 700
"""Of rows and background, times the root of the leaves that a tree has: up to so many,
roughly, going through pairs takes less time than going through leaves."""


def explain(
    model: Any,
    rows: Any,
    background: Any,
    *,
    positive: Any = None,
    scale: str = "chance",
    target: str = "",
    method: str | None = None,
    seed: int = 0,
) -> Explanation:
    """Say what each column adds to what a model says of each row.

    A column's share is its Shapley value, where a column that is left out is drawn from the
    background, apart from all others. For chances these are shares of the chance itself and
    not of the log-odds behind it.

    Args:
        model: Of scikit-learn's interface, such as a pipeline with encoders, or any function of a
            table that returns numbers.
        rows: To be explained: a table of the columns that the model is given, of Polars, pandas
            or NumPy.
        background: Rows to compare with, of the same kind; about a hundred.
        positive: Of two classes, the one whose chance is explained; the last if not given.
        scale: `chance`, or `score` for what a classifier adds up before it says a chance.
        target: What a model of a quantity predicts, for messages and pages.
        method: One of `METHODS`; the first that fits if not given.
        seed: Of orders that are drawn.

    Raises:
        DataError: The model cannot predict these rows, or nothing adds up.
        DefinitionError: The method does not fit the model.
    """
    if method is not None and method not in METHODS:
        raise DefinitionError(
            f"`{method}` is no method", hint=f"there is {', '.join(f'`{m}`' for m in METHODS)}"
        )
    answers = answers_of(model, background[:2], positive=positive, scale=scale, target=target)
    table = Table.of(answers.table(rows), answers.table(background), columns_of(rows))
    said = answers.ask(table.frame)
    asked = _Asked(model=model, table=table, answers=answers, said=said, seed=seed, target=target)
    return asked.first(method)


@record
class _Asked:
    """A model that is asked about rows, and all ways to explain it."""

    model: Any
    table: Table
    answers: Answers
    said: Floats
    seed: int
    target: str

    def first(self, method: str | None) -> Explanation:
        """What the method finds, or the first that fits."""
        parts, trees = self._parts()
        ways: dict[str, Callable[[], Floats | None]] = {
            "linear": lambda: self._linear(parts),
            "trees": lambda: self._trees(parts, trees),
            "exact": self._exact,
        }
        for name in [method] if method else self._order(parts, trees):
            if name == "sampled":
                return self._sampled()
            values = ways[name]()
            if values is not None:
                found = self._explanation(name, values)
                if found.adds_up:
                    return found
        raise DefinitionError(
            f"method `{method}` does not fit {type(self.model).__name__} on these "
            f"{len(self.table.columns)} columns",
            hint="leave `method` out: `sampled` fits any model",
        )

    def _order(self, parts: Prepared | None, trees: list[Tree] | None) -> list[str]:
        """The methods to try, the best first; which these are depends on no clock."""
        found = [] if parts is None else ["linear" if trees is None else "trees"]
        if self._n_questions() <= _QUESTIONS and len(self.table.varying) <= MOST_COLUMNS:
            found.append("exact")
        return [*found, "sampled"]

    def _n_questions(self) -> int:
        """Rows to ask about for each coalition of each row."""
        return int(self.table.n_rows * self.table.n_background * 2 ** len(self.table.varying))

    def _parts(self) -> tuple[Prepared | None, list[Tree] | None]:
        """What prepares the numbers of a linear model or of trees, and these.

        Neither where the answers are something else than what they add up to: chances of a
        boosted classifier, say. That is found by comparing, so that private parts of other
        libraries are never read for granted.
        """
        _, last = last_step(self.model)
        trees = trees_of(self.model)
        if trees is None and not hasattr(last, "coef_"):
            return None, None
        parts = prepared(self.model, self.table)
        if parts is None or not parts.is_apart:
            return None, None
        some = np.unique(np.linspace(0, len(self.said) - 1, 40).astype(int))
        numbers, weights = parts.numbers[some], weights_of(parts)
        if trees is not None:
            added = self._picked(added_up(trees, numbers))
        else:
            added = None if weights is None else self._picked(numbers @ weights)
        if added is None or not _is_constant(self.said[some] - added, self.said):
            return None, None
        return parts, trees

    def _picked(self, of_all: Floats) -> Floats | None:
        """What is asked for, of values for all that the model says; shape (..., n_outputs)."""
        flat = self.answers.pick(of_all.reshape(-1, of_all.shape[-1]))
        if flat.shape[1:] != self.said.shape[1:]:
            return None
        return flat.reshape(*of_all.shape[:-1], -1)

    def _linear(self, parts: Prepared | None) -> Floats | None:
        weights = None if parts is None else weights_of(parts)
        if parts is None or weights is None:
            return None
        n_columns = len(self.table.columns)
        return self._picked(linear_values(parts, weights, self.table.n_rows, n_columns))

    def _trees(self, parts: Prepared | None, trees: list[Tree] | None) -> Floats | None:
        if parts is None or trees is None:
            return None
        n_leaves = sum(each.n_leaves for each in trees) / len(trees)
        few = self.table.n_rows * self.table.n_background <= _PAIRS * n_leaves**0.5
        values_of = pair_values if few else path_values
        found = values_of(trees, parts, self.table.n_rows, len(self.table.columns))
        return None if found is None else self._picked(found)

    def _exact(self) -> Floats | None:
        if len(self.table.varying) > MOST_COLUMNS:
            return None
        return exact_values(self.table, self.answers.ask)

    def _sampled(self) -> Explanation:
        """By drawn orders; more of them for fewer rows."""
        for_one = 2 * self.table.n_background * (len(self.table.columns) + 1)
        passes = min(
            max(1, _MOST_ORDERS // self.table.n_background),
            max(1, _LIGHT // (for_one * self.table.n_rows)),
        )
        values, errors = sampled_values(self.table, self.answers.ask, passes=passes, seed=self.seed)
        return self._explanation("sampled", values, errors).checked()

    def _explanation(
        self, method: str, values: Floats, errors: Floats | None = None
    ) -> Explanation:
        n = self.table.n_rows
        return Explanation(
            table=self.table,
            outputs=self.answers.outputs,
            scale=self.answers.scale,
            values=values,
            base=self.said[n:].mean(axis=0),
            predictions=self.said[:n],
            target=self.target,
            errors=errors,
            method=method,
        )


def _is_constant(rest: Floats, said: Floats) -> bool:
    return bool(np.ptp(rest, axis=0).max() <= TOLERANCE * max(1.0, float(np.abs(said).max())))
