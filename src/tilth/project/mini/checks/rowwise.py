"""Does a model, or what prepares for it, treat each row by itself?

What is served comes one row at a time, in any order, with values that training never saw. So
as many rows come out as went in; a row's result depends neither on its place nor on the rows
beside it; and neither a missing value nor an unseen category makes it raise, unless a contract
rules them out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tilth.project.mini.checks.told import Told

if TYPE_CHECKING:
    from tilth.project.mini.checks.fitting import Fitted

MOST_ROWS, ALONE = 200, 5
_RELATIVE, _ABSOLUTE = 1e-5, 1e-6
_UNSEEN = "never seen before"
_MOST_COLUMNS = 60

_ODD = {
    "missing": ("a missing value", "not_null: true"),
    "unseen": ("an unseen category", "levels: [...]"),
}
"""Kinds of odd values, in words, and the promise that rules them out."""


def row_by_row(fitted: Fitted, promised: Mapping[str, set[str]]) -> Told | None:
    """What is found of one model or transformer; None where nothing can be asked of it.

    Args:
        fitted: The object, and what it was fitted on.
        promised: Column -> `missing` and `unseen`, where contracts rule them out.
    """
    if fitted.rows is None:
        message = f"{fitted.name}: nobody saw what it was fitted on"
        return Told(state="left out", message=message)
    rows, n = _some_of(fitted.rows)
    asked = list(_asked(fitted))
    if not n or not asked:
        return None
    for what, function in asked:
        wrong = _of_rows(what, function, rows, n)
        if wrong:
            return Told(state="failed", message=wrong)
    n_borne, failures = _of_odd_values(*asked[-1], _odd(rows, promised))
    if failures:
        more = f"; so do {len(failures) - 1} other odd values" if len(failures) > 1 else ""
        return Told(state="failed", message=f"{failures[0]}{more}")
    names = " and ".join(what for what, _ in asked)
    odd = f"; {n_borne:,} missing values and unseen categories are borne" if n_borne else ""
    return Told(state="passed", message=f"{names}: {n:,} rows in any order, and alone{odd}")


def _some_of(rows: Any) -> tuple[Any, int]:
    """Rows from all over, and how many."""
    import numpy as np

    n = _height(rows)
    if n <= MOST_ROWS:
        return rows, n
    return _taken(rows, np.linspace(0, n - 1, MOST_ROWS).astype(int)), MOST_ROWS


def _asked(fitted: Fitted) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """What can be asked of it: to prepare, and to predict."""
    value = fitted.value
    if hasattr(value, "transform"):
        yield f"{type(value).__name__}.transform", value.transform
    elif len(getattr(value, "steps", ())) > 1:
        yield "its preparation", value[:-1].transform
    for name in ("predict_proba", "predict"):
        if hasattr(value, name):
            yield f"{fitted.name}.{name}", getattr(value, name)
            return


def _of_rows(what: str, function: Callable[[Any], Any], rows: Any, n: int) -> str:
    """What is wrong; empty where nothing is."""
    import numpy as np

    try:
        whole = _dense(function(rows))
        if len(whole) != n:
            return f"{what} makes {len(whole):,} rows of {n:,}"
        order = np.random.default_rng(0).permutation(n)
        moved = _dense(function(_taken(rows, order)))
        if not _same(moved, whole[order]):
            return f"{what} depends on the order of rows"
        for i in order[:ALONE]:
            if not _same(_dense(function(_taken(rows, np.array([i])))), whole[i : i + 1]):
                return f"{what} says something else of a row alone than among others"
    except Exception as error:  # whatever a model of the user's raises
        return f"{what} fails on rows that it was fitted on: {_first_line(error)}"
    return ""


def _of_odd_values(
    what: str, function: Callable[[Any], Any], odd: Iterable[tuple[str, str, Any]]
) -> tuple[int, list[str]]:
    """How many odd values are borne, and what is wrong with the others."""
    n_borne, failures = 0, []
    for column, kind, rows in odd:
        try:
            function(rows)
        except Exception as error:  # whatever a model of the user's raises
            noun, promise = _ODD[kind]
            failures.append(
                f"{what} raises on {noun} in `{column}`: {_first_line(error)}; "
                f"let it be borne, or let a contract promise `{promise}`"
            )
        else:
            n_borne += 1
    return n_borne, failures


def _odd(rows: Any, promised: Mapping[str, set[str]]) -> Iterator[tuple[str, str, Any]]:
    """Column, kind and rows, for each odd value that may come; where columns have names."""
    for name in [str(each) for each in getattr(rows, "columns", ())][:_MOST_COLUMNS]:
        for kind in _ODD:
            if kind not in promised.get(name, ()):
                odd = _with_odd(rows, name, kind)
                if odd is not None:
                    yield name, kind, odd


def _with_odd(rows: Any, name: str, kind: str) -> Any:
    """The rows with one odd value in a column; None where the column cannot have it."""
    if hasattr(rows, "iloc"):
        return _odd_pandas(rows, name, kind)
    import polars as pl

    if not isinstance(rows, pl.DataFrame):
        return None
    is_text = rows.schema[name] == pl.String
    if kind == "unseen" and not is_text:
        return None
    value = pl.lit(_UNSEEN) if kind == "unseen" else pl.lit(None, rows.schema[name])
    first = pl.int_range(pl.len()) == 0
    return rows.with_columns(pl.when(first).then(value).otherwise(pl.col(name)).alias(name))


def _odd_pandas(rows: Any, name: str, kind: str) -> Any:
    import pandas as pd

    column = rows[name]
    is_text = pd.api.types.is_string_dtype(column) or column.dtype == object
    if kind == "unseen" and not is_text:
        return None
    changed = column.astype(object).copy() if is_text else column.copy()
    if kind == "missing" and pd.api.types.is_bool_dtype(column):
        return None
    if kind == "missing" and pd.api.types.is_integer_dtype(column):
        changed = changed.astype(float)
    changed.iloc[0] = _UNSEEN if kind == "unseen" else None
    return rows.assign(**{name: changed})


# Rows of any library


def _height(rows: Any) -> int:
    shape = getattr(rows, "shape", None)
    return int(shape[0]) if shape else len(rows)


def _taken(rows: Any, chosen: Any) -> Any:
    if hasattr(rows, "iloc"):
        return rows.iloc[chosen]
    return [rows[i] for i in chosen] if isinstance(rows, list | tuple) else rows[chosen]


def _dense(value: Any) -> Any:
    import numpy as np

    if hasattr(value, "toarray"):
        value = value.toarray()
    return value.to_numpy() if hasattr(value, "to_numpy") else np.asarray(value)


def _same(one: Any, other: Any) -> bool:
    import numpy as np

    if one.shape != other.shape:
        return False
    if one.dtype.kind in "fc" and other.dtype.kind in "fc":
        return bool(np.allclose(one, other, _RELATIVE, _ABSOLUTE, equal_nan=True))
    missing = (one != one) & (other != other)  # noqa: PLR0124 - NaN is not itself
    return bool(np.all((one == other) | missing))


def _first_line(error: Exception) -> str:
    text = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {text}"[:200]
