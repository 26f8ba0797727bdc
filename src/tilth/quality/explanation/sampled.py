"""Shapley values by drawing orders of the columns: for any model, with how sure they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.quality.explanation.table import Table

Floats = NDArray[np.float64]
Ask = Callable[[Any], Floats]

_CELLS = 10_000_000
"""Values in a table that a model is asked about in one call."""


def sampled_values(
    table: Table, ask: Ask, *, passes: int = 1, seed: int = 0
) -> tuple[Floats, Floats]:
    """Change a background row into the row to explain, one column after the other.

    What the answer moves by as a column changes is that column's share, and its mean over all
    orders its Shapley value. An order is drawn for each background row, and used forwards and
    backwards. The shares of one order sum to the difference of the answers, so that their means
    add up exactly, however few orders there are.

    Args:
        table: The rows, and the background.
        ask: A table -> what the model says, shape (n_rows, n_outputs).
        passes: Orders for each background row.
        seed: Of the orders; rows share them, so that equal rows get equal values.

    Returns:
        Values and their standard errors by the draw of orders and of background rows, each of
        shape (n_rows, n_columns, n_outputs). Errors are NaN where there is one order alone.

    References:
        J. Castro, D. Gómez and J. Tejada, "Polynomial calculation of the Shapley value based on
        sampling", Computers & Operations Research 36, 2009; R. Mitchell, J. Cooper, E. Frank and
        G. Holmes, "Sampling permutations for Shapley value estimation", JMLR 23, 2022, section
        4 on orders and their reverse.
    """
    n_columns = len(table.columns)
    random = np.random.default_rng(seed)
    others = np.tile(np.arange(table.n_rows, table.n_rows + table.n_background), passes)
    orders = random.permuted(np.tile(np.arange(n_columns), (len(others), 1)), axis=1)
    at_once = max(1, _CELLS // (n_columns * (n_columns + 1)))  # orders, of all rows together
    step = max(1, at_once // len(others))
    values, errors = [], []
    for start in range(0, table.n_rows, step):
        rows = np.arange(start, min(start + step, table.n_rows))
        blocks = [
            (orders[i : i + at_once], others[i : i + at_once])
            for i in range(0, len(others), at_once)
        ]
        shares = np.concatenate([_both_ways(table, ask, *each, rows) for each in blocks], axis=1)
        values.append(shares.mean(axis=1))
        errors.append(_standard_errors(shares))
    return np.concatenate(values), np.concatenate(errors)


def _both_ways(
    table: Table,
    ask: Ask,
    orders: NDArray[np.int64],
    others: NDArray[np.int64],
    rows: NDArray[np.int64],
) -> Floats:
    ways = [_shares(table, ask, each, others, rows) for each in (orders, orders[:, ::-1])]
    return (ways[0] + ways[1]) / 2


def _shares(
    table: Table,
    ask: Ask,
    orders: NDArray[np.int64],
    others: NDArray[np.int64],
    rows: NDArray[np.int64],
) -> Floats:
    """What each column moves in each order, shape (n_rows, n_orders, n_columns, n_outputs)."""
    n_orders, n_columns = orders.shape
    when = np.argsort(orders, axis=1)
    changed = when.T[:, None, :, None] < np.arange(n_columns + 1)
    places = np.where(changed, rows[:, None, None], others[:, None])
    said = ask(table.picked(places.reshape(n_columns, -1)))
    said = said.reshape(len(rows), n_orders, n_columns + 1, -1)
    moved = np.diff(said, axis=2)
    return np.take_along_axis(moved, when[None, :, :, None], axis=2)


def _standard_errors(shares: Floats) -> Floats:
    n = shares.shape[1]
    if n < 2:
        return np.full(shares.mean(axis=1).shape, np.nan)
    errors: Floats = shares.std(axis=1, ddof=1) / np.sqrt(n)
    return errors
