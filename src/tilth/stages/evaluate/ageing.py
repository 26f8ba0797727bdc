"""How a model ages, and how often it should be trained anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars
    from numpy.typing import NDArray

    from tilth.stages.evaluate.tables import Learned

_WINDOWS = 12
_DAY_MICROSECONDS = 86_400_000_000.0


def measure_ageing(
    train: polars.DataFrame,
    asked: dict[str, Any],
    *,
    time: str,
    rows: polars.DataFrame | None = None,
    model: Any = None,
    windows: int = _WINDOWS,
    most_rows: int = 10_000,
    seed: int = 0,
) -> dict[str, Any]:
    """Train at one time and score at later ones; see `tilth.quality.staleness`.

    Args:
        train: What the model learned from.
        asked: What the columns mean; see `tilth.stages.evaluate`.
        time: The column that says when a row was.
        rows: The evaluated rows; where they have the same columns, they are later windows.
        model: The model, to be cloned; boosted trees where there is none.
        windows: Stretches of time.
        most_rows: Rows that are used at most, drawn by the seed.
        seed: Of the draw.

    Returns:
        What `tilth.quality.staleness.staleness` gives, with `metric` (of the loss), `rows`,
        `from` and `to` (the first and last moment), `window` (its length in words), and
        `retrain_after_words`; or `left_out`, why nothing was measured.

    Raises:
        UnknownNameError: The column is not there.
    """
    import polars as pl

    from tilth.errors import UnknownNameError
    from tilth.quality.panel import few_threads
    from tilth.quality.staleness import staleness, windows_of
    from tilth.stages.evaluate.tables import learned, where_of

    where = where_of(asked["train"])
    if time not in train.columns:
        raise UnknownNameError("column", time, train.columns, where=where)
    if rows is not None and rows.schema == train.schema:
        train = pl.concat([train, rows])
    moments, unit = _moments(train[time])
    train = train.filter(moments.is_not_null())
    if train.height == 0:
        return {"left_out": f"column `{time}` holds no moment that could be read"}
    lesson = learned(train, asked, None, model)
    used = lesson.sample(most_rows, seed)
    times, _ = _moments(used.table[time])
    try:
        parts = windows_of(times.to_numpy(), windows)
        with few_threads(0):
            found = staleness(parts, _losses(used, model), memory=max(2, windows // 4))
    except ValueError as error:
        return {"left_out": str(error)}
    first, last = used.table[time].min(), used.table[time].max()
    return {
        **found,
        "metric": "error" if used.classes else "absolute error",
        "rows": used.table.height,
        "from": str(first),
        "to": str(last),
        "window": _span(parts.length, unit),
        "retrain_after_words": _span(parts.length * found["retrain_after"], unit),
    }


def _moments(column: polars.Series) -> tuple[polars.Series, str]:
    """When rows were, as numbers, and what one unit of them is; missing where nobody knows."""
    import polars as pl

    from tilth.quality.dates import as_moments

    if column.dtype.is_numeric():
        numbers = column.cast(pl.Float64)
        return numbers.set(numbers.is_nan() | numbers.is_infinite(), None), ""
    told = as_moments(column).dt.epoch("us").cast(pl.Float64) / _DAY_MICROSECONDS
    return told, "days"


def _span(length: float, unit: str) -> str:
    """A length of time in words."""
    if not unit:
        return f"{length:.3g} of the time column"
    for days, name in ((365.25, "years"), (30.44, "months"), (7.0, "weeks"), (1.0, "days")):
        if length >= 2 * days or name == "days":
            return f"{length / days:.1f} {name}"
    raise AssertionError("days are the last")


def _losses(lesson: Learned, model: Any) -> Any:
    import warnings

    import numpy as np
    from sklearn.base import clone

    from tilth.stages.evaluate.tables import learner

    encode, estimator = learner(lesson, model)
    answers = lesson.answers

    def losses(train: NDArray[np.int64], scored: NDArray[np.int64]) -> NDArray[np.float64]:
        if lesson.classes and len(np.unique(answers[train])) < 2:
            raise ValueError("a stretch of time has one class alone")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a user's model says of a part of its rows
            fitted = clone(estimator).fit(encode(lesson.table[train]), answers[train])
            said = np.asarray(fitted.predict(encode(lesson.table[scored])))
        if lesson.classes:
            return np.asarray(said != answers[scored], float)
        return np.asarray(np.abs(np.asarray(said, float) - answers[scored]), float)

    return losses
