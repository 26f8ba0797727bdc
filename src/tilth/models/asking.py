"""Asking models about rows: what they say, how long single answers take, how they behave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import DataError, TilthError, UnknownNameError
from tilth.models.behaviour import Behaviour, direction, invariance, minimum
from tilth.models.goals import Goal, ModelGoals
from tilth.quality.classes import classes_of
from tilth.quality.explanation.answers import Answers, answers_of
from tilth.quality.explanation.features import features_of
from tilth.quality.judgement import Columns, Judgement, judged, unseen_classes
from tilth.quality.panel import few_threads
from tilth.quality.slices.findings import drawn_rows
from tilth.record import field, record

_SO, _SAID, _CHANCE = "is so", "was said", "chance of {}"
_TRIED, _SINGLE, _WARM = 20, 200, 20
"""Rows to find out how a model is asked; single answers that are timed, and those before."""

_CHANGED = 10_000
"""Rows that are changed on purpose, at most; each is asked about a dozen times."""


@record
class Asked:
    """A model, and how it is asked.

    Attributes:
        name: What it is called in messages: `late@2`.
        model: The model.
        features: The columns that it is given.
        answers: How it wants them.
    """

    name: str
    model: Any = field(repr=False)
    features: tuple[str, ...]
    answers: Answers = field(repr=False)

    @classmethod
    def of(cls, name: str, model: Any, rows: pl.DataFrame, goals: ModelGoals) -> Asked:
        """Find out how a model is asked.

        Raises:
            UnknownNameError: The rows lack a column that it was fitted on.
            DataError: It fails on these rows.
        """
        what = f"model `{name}`, dataset `{goals.rows}`"
        try:
            names = features_of(model, rows.columns, goals.features, goals.target)
        except UnknownNameError as error:
            raise UnknownNameError("column", error.name, rows.columns, where=what) from None
        if not hasattr(model, "predict"):
            raise DataError(
                f"model `{name}` ({type(model).__name__}) has no `predict`",
                hint="only what answers rows can be judged: a model of scikit-learn's interface",
            )
        try:
            answers = answers_of(model, rows.select(names)[:_TRIED], target=goals.target)
        except TilthError as error:
            raise DataError(f"{what}: {error}", hint=error.hint) from error
        return cls(name=name, model=model, features=tuple(names), answers=answers)

    def table(self, rows: pl.DataFrame) -> Any:
        """Rows as the model wants them."""
        return self.answers.table(rows.select(self.features))

    def ask(self, rows: pl.DataFrame) -> NDArray[np.float64]:
        """Chances, or values; shape (n_rows, n_outputs)."""
        return self.answers.ask(self.table(rows))

    def judgement(self, rows: pl.DataFrame, target: str, where: str) -> Judgement:
        """What it says of rows, beside what is so.

        Raises:
            DataError: It fails, or the rows cannot be judged.
        """
        given = self.table(rows)
        said = {_SAID: _series(self._call("predict", given))}
        self._check_kind(rows[target], said[_SAID], where)
        has_chances = hasattr(self.model, "predict_proba") and classes_of(self.model) is not None
        if has_chances:
            chances = np.asarray(self._call("predict_proba", given), float)
            known = self.model.classes_.tolist()
            for label, column in zip(known, chances.T, strict=True):
                said[_CHANCE.replace("{}", str(label))] = pl.Series(column)
            for label in unseen_classes(rows[target], known, f"model `{self.name}`", where):
                # A class that it has never seen it holds impossible.
                said[_CHANCE.replace("{}", str(label))] = pl.zeros(rows.height, eager=True)
        frame = pl.DataFrame({_SO: rows[target], **said})
        columns = Columns(
            target=_SO, prediction=_SAID, probability=_CHANCE if has_chances else None
        )
        return judged(frame, columns, where=where)

    def milliseconds(self, rows: pl.DataFrame) -> NDArray[np.float64]:
        """How long it takes to answer a single row, in one thread, shape (n_answers,)."""
        given = [self.table(rows[at % rows.height]) for at in range(_WARM + _SINGLE)]
        took = []
        with few_threads(0):
            for each in given:
                start = perf_counter()
                self._call("predict", each)
                took.append(perf_counter() - start)
        return np.array(took[_WARM:]) * 1000

    def _check_kind(self, so: pl.Series, said: pl.Series, where: str) -> None:
        kinds = [_kind(each.dtype) for each in (so, said)]
        if kinds[0] != kinds[1]:
            raise DataError(
                f"{where}: `{so.name}` holds {kinds[0]}, and model `{self.name}` says {kinds[1]}",
                hint="judge it on rows whose target is as it was when the model was fitted",
            )

    def _call(self, method: str, given: Any) -> Any:
        try:
            return getattr(self.model, method)(given)
        except Exception as error:  # whatever the user's model says to it
            raise DataError(
                f"model `{self.name}` fails in `{method}`: {type(error).__name__}: {error}",
                hint="a version that cannot answer these rows cannot go live",
            ) from error


def behaviour_of(
    asked: Asked, goals: ModelGoals, rows: pl.DataFrame, load: Callable[[str], pl.DataFrame]
) -> dict[int, Behaviour]:
    """Position of a goal -> what came of changing rows, for each goal that is about that.

    Args:
        asked: The model.
        goals: What it must meet.
        rows: The rows that are changed; of many, 10,000 that are drawn by the goals' seed.
        load: Gives the rows of a dataset, for `minimum`.
    """
    found = {}
    drawn = drawn_rows(rows.height, _CHANGED, goals.seed)
    some = rows[drawn] if len(drawn) < rows.height else rows
    for at, goal in enumerate(goals.goals):
        if goal.kind == "invariance":
            found[at] = invariance(goal, asked.ask, some, drawn)
        elif goal.kind == "direction":
            found[at] = direction(goal, asked.ask, some, drawn)
        elif goal.kind == "minimum":
            found[at] = _minimum(goal, asked, goals, load(goal.dataset))
    return found


def _minimum(goal: Goal, asked: Asked, goals: ModelGoals, cases: pl.DataFrame) -> Behaviour:
    where = f"{goal.place or goal.text}, dataset `{goal.dataset}`"
    for name in (*asked.features, goals.target):
        if name not in cases.columns:
            raise UnknownNameError("column", name, cases.columns, where=where)
    so = cases[goals.target]
    if so.null_count():
        raise DataError(f"{where}: column `{goals.target}` has no value in some rows")
    said = _series(asked._call("predict", asked.table(cases))) if cases.height else so
    if so.dtype.is_numeric() and said.dtype.is_numeric():
        return minimum(goal, said.to_numpy(), so.to_numpy())
    texts = [_texts(said), _texts(so)]
    codes = {name: at for at, name in enumerate(sorted({*texts[0], *texts[1]}))}
    first, second = (np.array([codes[each] for each in some], int) for some in texts)
    return minimum(goal, np.sign(np.abs(first - second)), np.zeros(len(second)))


def _kind(dtype: pl.DataType) -> str:
    if dtype == pl.Boolean:
        return "truth values"
    return "numbers" if dtype.is_numeric() else "texts"


def _texts(values: pl.Series) -> Sequence[str]:
    return [str(each) for each in values.to_list()]


def _series(values: Any) -> pl.Series:
    return pl.Series(np.asarray(values).ravel().tolist())
