"""Does a model, or what prepares for it, treat each row by itself?

What is served comes one row at a time, in any order, with values that training never saw. So
as many rows come out as went in; a row's result depends neither on its place nor on the rows
beside it; and neither a missing value nor an unseen category makes it raise, unless a contract
rules them out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tilth.project.mini.checks.told import Told

if TYPE_CHECKING:
    from tilth.project.mini.checks.fitting import Fitted

MOST_ROWS, ALONE = 200, 5
_RELATIVE, _ABSOLUTE = 1e-5, 1e-6
_UNSEEN = "never seen before"
_MOST_COLUMNS = 60


def row_by_row(fitted: Fitted, promised: Mapping[str, set[str]]) -> Iterator[Told]:
    """What is found of one model or transformer.

    Args:
        fitted: The object, and what it was fitted on.
        promised: Column -> `missing` and `unseen`, where contracts rule them out.
    """
    import numpy as np

    if fitted.rows is None:
        yield Told(state="left out", message=f"{fitted.name}: nobody saw what it was fitted on")
        return
    n = _height(fitted.rows)
    chosen = np.unique(np.linspace(0, n - 1, min(n, MOST_ROWS)).astype(int)) if n else np.arange(0)
    rows = _taken(fitted.rows, chosen)
    asked = list(_asked(fitted))
    if not len(chosen) or not asked:
        return
    broken = [told for what, f in asked if (told := _of_rows(what, f, rows, len(chosen)))]
    if broken:
        yield Told(state="failed", message=broken[0])
        return
    what, function = asked[-1]
    raised = [0, *_of_odd_values(what, function, rows, promised)]
    n_tried = sum(each for each in raised if isinstance(each, int))
    failures = [each for each in raised if isinstance(each, str)]
    if failures:
        more = f"; so do {len(failures) - 1} other odd values" if len(failures) > 1 else ""
        yield Told(state="failed", message=f"{failures[0]}{more}")
        return
    names = " and ".join(what for what, _ in asked)
    odd = f"; {n_tried:,} missing values and unseen categories are borne" if n_tried else ""
    message = f"{names}: {len(chosen):,} rows in any order, and alone{odd}"
    yield Told(state="passed", message=message)


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
    what: str, function: Callable[[Any], Any], rows: Any, promised: Mapping[str, set[str]]
) -> Iterator[str | int]:
    """Tries missing values and unseen categories, column by column, where columns have names.

    Yields what is wrong, or 1 for each that was borne.
    """
    names = [str(each) for each in getattr(rows, "columns", ())][:_MOST_COLUMNS]
    for name in names:
        for kind in ("missing", "unseen"):
            if kind in promised.get(name, ()):
                continue
            odd = _with_odd(rows, name, kind)
            if odd is None:
                continue
            try:
                function(odd)
            except Exception as error:  # whatever a model of the user's raises
                noun = "a missing value" if kind == "missing" else "an unseen category"
                promise = "not_null: true" if kind == "missing" else "levels: [...]"
                yield (
                    f"{what} raises on {noun} in `{name}`: {_first_line(error)}; "
                    f"let it be borne, or let a contract promise `{promise}`"
                )
            else:
                yield 1


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
