"""What is so in some rows, and what one or several models said of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.errors import DataError, UnknownNameError
from tilth.quality.judgement import Classes, Judgement
from tilth.record import changed, field, record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@record
class Said:
    """What one model said of rows.

    Attributes:
        predicted: Of each row, shape (n_rows,): codes of classes, or numbers.
        probabilities: Shape (n_rows, n_classes); None where it says none, or of a quantity.
    """

    predicted: NDArray[Any] = field(repr=False)
    probabilities: Floats | None = field(repr=False, default=None)

    def only(self, rows: Integers) -> Said:
        """Of some rows, by position."""
        chances = self.probabilities
        return Said(
            predicted=self.predicted[rows],
            probabilities=None if chances is None else chances[rows],
        )


@record
class Outcome:
    """What is so, and what was said of it by each model; all of the same rows.

    Attributes:
        truth: Of each row, shape (n_rows,): codes of classes, or numbers.
        said: Model -> what it said.
        classes: What the codes stand for; none of a quantity.
        positive: Of two classes, the code of the one that precision and recall are about; None
            of several, where these are means over classes.
    """

    truth: NDArray[Any] = field(repr=False)
    said: Mapping[str, Said] = field(repr=False)
    classes: Classes = ()
    positive: int | None = None

    def __len__(self) -> int:
        return len(self.truth)

    def only(self, rows: Integers) -> Outcome:
        """Of some rows, by position."""
        said = {who: each.only(rows) for who, each in self.said.items()}
        return changed(self, truth=self.truth[rows], said=said)


def outcome_of(
    judgements: Mapping[str, Judgement], *, positive: Hashable = None, where: str = "the rows"
) -> Outcome:
    """Put what several models said of the same rows together.

    Args:
        judgements: Model -> what it said beside what is so, at least one.
        positive: Of two classes, the one that precision and recall are about; the rarer one if
            not given, and of equally frequent ones the last.
        where: What the rows are called in messages.

    Raises:
        DataError: The models were asked of other rows, or one says classes and one a quantity.
        UnknownNameError: There is no such class.
    """
    first = next(iter(judgements.values()))
    if first.task == "quantity" or any(each.task == "quantity" for each in judgements.values()):
        return _quantity(judgements, where)
    classes = _in_order(name for each in judgements.values() for name in each.classes)
    code = {name: at for at, name in enumerate(classes)}
    truth = _recoded(first.truth, first.classes, code)
    said = {}
    for who, each in judgements.items():
        if not np.array_equal(_recoded(each.truth, each.classes, code), truth):
            raise _other_rows(who, where)
        said[who] = Said(
            predicted=_recoded(each.predicted, each.classes, code),
            probabilities=_spread(each, code),
        )
    counts = np.bincount(truth, minlength=len(classes))
    return Outcome(
        truth=truth,
        said=said,
        classes=classes,
        positive=_positive(positive, counts, classes, where),
    )


def _quantity(judgements: Mapping[str, Judgement], where: str) -> Outcome:
    truth = next(iter(judgements.values())).truth
    for who, each in judgements.items():
        if each.task != "quantity":
            raise DataError(
                f"{where}: model `{who}` says classes, and another one a quantity",
                hint="compare models of the same target",
            )
        if not np.array_equal(each.truth, truth):
            raise _other_rows(who, where)
    said = {who: Said(predicted=each.predicted) for who, each in judgements.items()}
    return Outcome(truth=truth, said=said)


def _other_rows(who: str, where: str) -> DataError:
    return DataError(
        f"{where}: what is so differs between the models, first for `{who}`",
        hint="ask all models of the same rows, in the same order",
    )


def _in_order(names: Iterable[Hashable]) -> Classes:
    found: set[Any] = set(names)
    try:
        return tuple(sorted(found))
    except TypeError:  # numbers beside texts
        return tuple(sorted(found, key=str))


def _recoded(codes: Integers, classes: Classes, code: Mapping[Hashable, int]) -> Integers:
    return np.array([code[each] for each in classes], np.int64)[codes]


def _spread(judgement: Judgement, code: Mapping[Hashable, int]) -> Floats | None:
    """Chances with a column for each class; of a class that the model does not know, zero."""
    if judgement.probabilities is None:
        return None
    found = np.zeros((len(judgement.truth), len(code)))
    found[:, [code[each] for each in judgement.classes]] = judgement.probabilities
    return found


def _positive(wanted: Any, counts: Integers, classes: Classes, where: str) -> int | None:
    if wanted is not None:
        named = {str(each): at for at, each in enumerate(classes)}
        if str(wanted) not in named:
            raise UnknownNameError("class", str(wanted), named, where=where)
        return named[str(wanted)] if len(classes) == 2 else None
    if len(classes) != 2:
        return None
    return int(counts[0] >= counts[1])
