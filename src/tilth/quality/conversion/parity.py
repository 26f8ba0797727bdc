"""Whether a converted model says what the model says: asked the same rows, row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.record import changed, field, record

Given = Callable[[pl.DataFrame], Any]
"""Rows -> the table as the model takes it."""

TOLERANCE: Mapping[str, float] = {"chances": 1e-5, "numbers": 1e-5}
"""How far chances may be apart; and numbers, as a share of the value itself, or of the spread of
the model's answers where that is larger."""


@record
class Said:
    """What was said of some rows.

    Attributes:
        labels: Labels or numbers; None where the row was refused.
        chances: Of each row; None where it was refused, or there are none.
        errors: Of each row that was refused, the type of the error; else empty.
    """

    labels: tuple[Any, ...] = field(repr=False)
    chances: tuple[NDArray[np.float64] | None, ...] = field(repr=False)
    errors: tuple[str, ...] = field(repr=False)


@record
class Parity:
    """What came of a comparison.

    Attributes:
        passed: Whether every row is answered alike.
        why: In words.
        rows: That were asked.
        refused: Of them, those that both refuse.
        largest: Difference of chances, or of numbers as a share; 0 without a row that both answer.
        labels_differ: The share of rows whose label is another; of numbers, whose value is.
        off: Rows that are answered otherwise.
        worst: The worst row: `why` it was asked, `row`, what is `expected` and what was `found`.
        tolerance: That was allowed.
        spread: Of the model's numbers, between quartiles; 0 of classes.
    """

    passed: bool
    why: str
    rows: int
    refused: int
    largest: float
    labels_differ: float
    off: int
    worst: Mapping[str, Any] | None
    tolerance: float
    spread: float = 0.0

    @property
    def allowed(self) -> dict[str, float]:
        """The same as shares of a value, and as a difference, of which the larger counts."""
        if self.spread:
            return {"relative": self.tolerance, "absolute": self.tolerance * self.spread}
        return {"relative": 0.0, "absolute": self.tolerance}

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "passed": self.passed,
            "why": self.why,
            "rows": self.rows,
            "refused_by_both": self.refused,
            "largest_difference": self.largest,
            "labels_differ": self.labels_differ,
            "rows_off": self.off,
            "worst": self.worst,
            "tolerance": self.tolerance,
            "allowed": self.allowed,
        }


def said_of(model: Any, rows: pl.DataFrame, given: Given) -> Said:
    """Ask a model about rows; those that it refuses are found, however many it is asked at once."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of levels never seen, for one, which are meant
        parts = _asked(model, rows, given)
    return Said(
        labels=tuple(each for part in parts for each in part.labels),
        chances=tuple(each for part in parts for each in part.chances),
        errors=tuple(each for part in parts for each in part.errors),
    )


def _asked(model: Any, rows: pl.DataFrame, given: Given) -> list[Said]:
    n = rows.height
    try:
        table = given(rows)
        labels = np.asarray(model.predict(table)).ravel().tolist()
        ask = getattr(model, "predict_proba", None)
        chances: Any = [None] * n if ask is None else list(np.asarray(ask(table), float))
    except Exception as error:  # a model may refuse in any way
        if n == 1:
            return [Said(labels=(None,), chances=(None,), errors=(type(error).__name__,))]
        half = n // 2
        return [*_asked(model, rows[:half], given), *_asked(model, rows[half:], given)]
    return [Said(labels=tuple(labels), chances=tuple(chances), errors=("",) * n)]


def parity_of(
    native: Said, other: Said, rows: pl.DataFrame, why: Sequence[str], classes: Sequence[Any] | None
) -> Parity:
    """Compare two models row by row.

    A label that is another counts, unless the model itself holds both equally likely: sums of
    chances are rounded in another order.

    Args:
        native: What the model says.
        other: What its conversion says.
        rows: The rows.
        why: Each was asked.
        classes: Of the model, in the order of chances; None of a quantity.
    """
    tolerance = TOLERANCE["numbers" if classes is None else "chances"]
    spread = _spread(native) if classes is None else 0.0
    apart, refused, differ = np.zeros(len(why)), 0, np.zeros(len(why), bool)
    for i in range(len(why)):
        if native.errors[i] or other.errors[i]:
            both = bool(native.errors[i] and other.errors[i])
            refused += both
            apart[i] = 0 if both else np.inf
        elif classes is None:
            apart[i] = _share(native.labels[i], other.labels[i], spread)
            differ[i] = not apart[i] <= tolerance
        else:
            chances = native.chances[i], other.chances[i]
            apart[i] = 0.0 if chances[0] is None else _away(*chances)
            differ[i] = not _same_label(
                native.labels[i], other.labels[i], chances[0], classes, tolerance
            )
    off = differ | ~(apart <= tolerance)
    known = apart[np.isfinite(apart)]
    found = Parity(
        passed=not off.any(),
        why="",
        rows=len(why),
        refused=refused,
        largest=float(known.max(initial=0.0)),
        labels_differ=float(differ.mean()) if len(why) else 0.0,
        off=int(off.sum()),
        worst=None,
        tolerance=tolerance,
        spread=spread,
    )
    if found.passed:
        told = (
            f"all {found.rows:,} rows are answered alike: the largest difference is "
            f"{found.largest:.2g}, and {found.tolerance:g} is allowed"
        )
        return changed(found, why=told)
    at = int(np.where(off, np.nan_to_num(apart, nan=np.inf), -1).argmax())
    worst = {
        "why": why[at],
        "row": [_plain(each) for each in rows.row(at)],
        "expected": _answer(native, at),
        "found": _answer(other, at),
    }
    return changed(found, why=_sentence(found, worst, classes is None), worst=worst)


def _sentence(found: Parity, worst: Mapping[str, Any], is_number: bool) -> str:
    return (
        f"{found.off:,} of {found.rows:,} rows are answered otherwise "
        f"({100 * found.labels_differ:.2g} % by another {'value' if is_number else 'label'}); "
        f"the worst: {worst['why']}, expected {_short(worst['expected'])}, found "
        f"{_short(worst['found'])}"
    )


def _spread(said: Said) -> float:
    numbers = [each for each in said.labels if isinstance(each, int | float)]
    known = np.array(numbers, float)
    known = known[np.isfinite(known)]
    if not len(known):
        return 0.0
    low, high = np.quantile(known, [0.25, 0.75])  # edges are far out, and must not excuse others
    return float(high - low)


def _share(one: Any, other: Any, spread: float) -> float:
    if np.isnan(one) and np.isnan(other):
        return 0.0
    if one == other:
        return 0.0
    return float(abs(one - other) / max(abs(one), spread, 1e-300))


def _away(one: Any, other: Any) -> float:
    if other is None or len(one) != len(other):
        return float("inf")
    both = np.isnan(one) & np.isnan(other)
    away = np.abs(np.where(both, 0, one - np.where(both, 0, other)))
    return float(np.where(both, 0, away).max(initial=0.0))


def _same_label(one: Any, other: Any, chances: Any, classes: Sequence[Any], near: float) -> bool:
    if one == other:
        return True
    if chances is None or one not in classes or other not in classes:
        return False
    held = [float(chances[list(classes).index(each)]) for each in (one, other)]
    return abs(held[0] - held[1]) <= near


def _answer(said: Said, at: int) -> Any:
    if said.errors[at]:
        return {"error": said.errors[at]}
    found: dict[str, Any] = {"prediction": _plain(said.labels[at])}
    chances = said.chances[at]
    if chances is not None:
        found["probability"] = [_plain(float(each)) for each in chances]
    return found


def _short(answer: Mapping[str, Any]) -> str:
    if "error" in answer:
        return f"a refusal ({answer['error']})"
    chances = answer.get("probability")
    told = f"{answer['prediction']!r:.40}"
    if chances is None:
        return told
    listed = ", ".join(f"{each:.4g}" if isinstance(each, float) else each for each in chances[:4])
    return f"{told} ({listed}{', ...' if len(chances) > 4 else ''})"


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not np.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124
    return value if isinstance(value, bool | int | float | str | None) else str(value)
