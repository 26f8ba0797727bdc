"""What changed since the last model: why the new one answers otherwise than the old one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import DataError, DefinitionError
from tilth.quality.classes import classes_of
from tilth.quality.explanation.answers import Answers, answers_of
from tilth.quality.explanation.explain import explain
from tilth.quality.explanation.explanation import TOLERANCE, Explanation
from tilth.quality.explanation.table import Table, columns_of
from tilth.record import changed, field, record

Floats = NDArray[np.float64]


@record
class Change:
    """Why one model says something else of the same rows than an earlier one.

    All three are of the same rows, the same rows to compare with and the same columns: those that
    either model is given. A column that a model is not given has no part in what it says.

    Attributes:
        now: Why the new model says what it says.
        before: Why the earlier one said what it said.
        difference: What each column adds to the difference of their answers: base and values of
            the one less those of the other.
    """

    now: Explanation
    before: Explanation
    difference: Explanation

    @property
    def is_exact(self) -> bool:
        """Whether the parts are; otherwise `difference.errors` says how near they are."""
        return self.difference.errors is None

    @property
    def tolerance(self) -> float:
        """By so much the parts may miss the difference of the answers."""
        return self.now.tolerance + self.before.tolerance

    def only(self, rows: Sequence[int]) -> Change:
        """Of some of its rows, by position."""
        three = (each.only(rows) for each in (self.now, self.before, self.difference))
        return Change(now=next(three), before=next(three), difference=next(three))

    def between(self, this: Any, that: Any) -> Change:
        """How the lead of one class over another changed.

        Raises:
            UnknownNameError: There is no such class.
        """
        three = (each.between(this, that) for each in (self.now, self.before, self.difference))
        return Change(now=next(three), before=next(three), difference=next(three))


@record
class _Side:
    """One of the two models: what it is given, and how it is asked."""

    model: Any
    features: tuple[str, ...]
    answers: Answers = field(repr=False)

    def ask(self, frame: Any) -> Floats:
        """What it says of rows that may have other columns too."""
        return self.answers.ask(self.answers.table(_taken(frame, self.features)))


def change(
    model: Any,
    before: Any,
    rows: Any,
    background: Any,
    *,
    features: Sequence[str] | None = None,
    features_before: Sequence[str] | None = None,
    positive: Any = None,
    scale: str = "chance",
    target: str = "",
    method: str | None = None,
    seed: int = 0,
) -> Change:
    """Share the difference between what two models say of the same rows among the columns.

    Shapley values of a difference are the difference of the Shapley values, as long as both are
    of the same rows and compare with the same ones. So wherever the parts of both models are
    exact, those of the difference are. Otherwise both models are asked along the same drawn
    orders, and errors are of the difference itself.

    Args:
        model: The new one, as for `explain`.
        before: The earlier one.
        rows: As for `explain`, with the columns of both.
        background: Likewise.
        features: Columns that the new model is given; all of them if not given.
        features_before: Columns that the earlier one is given, likewise.
        positive: As for `explain`, as all that follows.
        scale: `chance` or `score`.
        target: What a model of a quantity predicts.
        method: For both; what fits each best if not given.
        seed: Of orders that are drawn.

    Raises:
        DefinitionError: They tell of other classes, or only one of them tells of classes.
        DataError: One of the two cannot predict these rows, or nothing adds up.

    References:
        L. Shapley, "A value for n-person games", 1953: axiom 3, of the sum of two games.
    """
    every = columns_of(rows)
    asked: dict[str, Any] = {"positive": positive, "scale": scale, "target": target}
    sample = background[:2]
    sides = [_side(model, tuple(features or every), sample, asked)]
    try:
        sides.append(_side(before, tuple(features_before or every), sample, asked))
    except (DataError, DefinitionError) as error:
        raise type(error)(f"the earlier model: {error}", hint=error.hint) from error
    _check_outputs(sides[0].answers, sides[1].answers)
    either = tuple(dict.fromkeys((*sides[0].features, *sides[1].features)))
    table = Table.of(_taken(rows, either), _taken(background, either), either)
    found: list[Explanation] = []
    for each in sides:
        given = (_taken(frame, each.features) for frame in (rows, background))
        found.append(explain(each.model, *given, method=method, seed=seed, **asked))
        if found[-1].errors is not None:
            return _together(sides, table, found[0], seed)
    now, earlier = (_widened(each, table) for each in found)
    return Change(now=now, before=earlier, difference=_less(now, earlier))


def _side(model: Any, features: tuple[str, ...], sample: Any, asked: Mapping[str, Any]) -> _Side:
    answers = answers_of(model, _taken(sample, features), **asked)
    return _Side(model=model, features=features, answers=answers)


def _less(now: Explanation, before: Explanation) -> Explanation:
    methods = dict.fromkeys((now.method, before.method))
    return changed(
        now,
        values=now.values - before.values,
        base=now.base - before.base,
        predictions=now.predictions - before.predictions,
        method=" and ".join(methods),
    )


def _together(sides: Sequence[_Side], table: Table, like: Explanation, seed: int) -> Change:
    """Both models and their difference along the same orders, so that errors are of that."""

    def ask(frame: Any) -> Floats:
        now, before = (each.ask(frame) for each in sides)
        return np.hstack([now, before, now - before])

    n = table.n_rows
    found = explain(ask, table.frame[:n], table.frame[n:], method="sampled", seed=seed)
    k = len(like.outputs)
    three = (
        changed(
            found,
            table=table,
            outputs=like.outputs,
            scale=like.scale,
            target=like.target,
            values=found.values[..., at],
            base=found.base[at],
            predictions=found.predictions[:, at],
            errors=None if found.errors is None else found.errors[..., at],
        )
        for at in (slice(0, k), slice(k, 2 * k), slice(2 * k, 3 * k))
    )
    return Change(now=next(three), before=next(three), difference=next(three))


def _widened(found: Explanation, table: Table) -> Explanation:
    """With the columns of both models, of which those that are not its own have no part."""
    values = np.zeros((found.n_rows, len(table.columns), len(found.outputs)))
    values[:, [table.columns.index(each) for each in found.columns]] = found.values
    return changed(found, table=table, values=values)


def _taken(frame: Any, names: Sequence[str]) -> Any:
    if isinstance(frame, np.ndarray):
        return frame
    return frame.select(names) if isinstance(frame, pl.DataFrame) else frame[list(names)]


def _check_outputs(now: Answers, before: Answers) -> None:
    kinds = ["a quantity" if each.scale == "value" else "classes" for each in (now, before)]
    if kinds[0] != kinds[1]:
        raise DefinitionError(
            f"the model tells of {kinds[0]}, and the earlier one of {kinds[1]}",
            hint="there is no difference between such answers",
        )
    if now.outputs == before.outputs:
        return
    if now.scale == "value":
        raise DefinitionError(
            f"the model predicts {len(now.outputs)} values, and the earlier one "
            f"{len(before.outputs)}",
            hint="there is no difference between such answers",
        )
    raise DefinitionError(
        f"the model tells of {_listed(now.outputs)}, and the earlier one of "
        f"{_listed(before.outputs)}",
        hint="name a class that both of them know: their chances of it can be compared",
    )


def _listed(names: Sequence[str]) -> str:
    more = " ..." if len(names) > 6 else ""
    return ", ".join(f"`{each}`" for each in names[:6]) + more


# Answers


@record
class ChangedAnswers:
    """How often two models answer otherwise.

    Attributes:
        asked: Rows that both were asked about.
        changed: Rows of which they say another class, or another value beyond rounding.
        moves: What was said, and what is now said -> rows, the most first; none for quantities.
        mean: Of a quantity: the mean difference, the new model less the earlier one; else None.
        size: Likewise the mean of its absolute value.
    """

    asked: int
    changed: int
    moves: dict[tuple[str, str], int] = field(default_factory=dict)
    mean: float | None = None
    size: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "asked": self.asked,
            "changed": self.changed,
            "share": self.changed / self.asked,
            "moves": [
                {"from": old, "to": new, "rows": rows} for (old, new), rows in self.moves.items()
            ],
            "mean": self.mean,
            "size": self.size,
        }


def changed_answers(
    model: Any,
    before: Any,
    rows: Any,
    *,
    features: Sequence[str] | None = None,
    features_before: Sequence[str] | None = None,
) -> ChangedAnswers:
    """Count the rows of which two models do not say the same.

    Args:
        model: The new one.
        before: The earlier one.
        rows: At least one.
        features: Columns that the new model is given; all of them if not given.
        features_before: Columns that the earlier one is given, likewise.

    Raises:
        DataError: One of the two cannot predict these rows.
    """
    said: list[NDArray[Any]] = []
    for each, names in ((model, features), (before, features_before)):
        own = _taken(rows, names or columns_of(rows))
        answers = answers_of(each, own[:2])
        if classes_of(each) is None or not hasattr(each, "predict"):
            said.append(answers.ask(answers.table(own)))
        else:
            said.append(_classes_said(each, answers.table(own)))
    now, earlier = said
    if now.dtype.kind == "U":
        other = now != earlier
        moves = Counter(zip(earlier[other].tolist(), now[other].tolist(), strict=True))
        return ChangedAnswers(
            asked=len(now), changed=int(other.sum()), moves=dict(moves.most_common())
        )
    apart = now - earlier
    least = TOLERANCE * max(1.0, float(np.abs(now).max()))
    return ChangedAnswers(
        asked=len(now),
        changed=int((np.abs(apart) > least).any(axis=1).sum()),
        mean=float(apart.mean()),
        size=float(np.abs(apart).mean()),
    )


def _classes_said(model: Any, table: Any) -> NDArray[np.str_]:
    try:
        return np.asarray(model.predict(table)).ravel().astype(str)
    except Exception as error:  # whatever the user's model says to it
        raise DataError(
            f"the model ({type(model).__name__}) fails in `predict`: "
            f"{type(error).__name__}: {error}"
        ) from error
