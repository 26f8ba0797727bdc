"""Exact Shapley values: each coalition of columns is asked about. For few columns."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.quality.explanation.table import Table

Floats = NDArray[np.float64]
Ask = Callable[[Any], Floats]

MOST_COLUMNS = 16
"""That vary; with more, 65,536 coalitions become too many to ask about each."""

_AT_ONCE = 200_000
"""Rows that a model is asked about in one call."""


def exact_values(table: Table, ask: Ask) -> Floats:
    """Shapley values of the game in which a column that is left out is drawn from the background.

    The worth of a coalition S for a row x is the mean over the background of what the model says
    where columns in S are those of x, and the others those of the background: what happens if
    they are *set* so, whatever they go along with in the data.

    Args:
        table: The rows, and the background; at most `MOST_COLUMNS` columns vary. A column that
            is the same in all of them is no player: its share is nought.
        ask: A table -> what the model says, shape (n_rows, n_outputs).

    Returns:
        Shape (n_rows, n_columns, n_outputs).

    References:
        L. S. Shapley, "A value for n-person games", 1953; S. Lundberg and S.-I. Lee, "A unified
        approach to interpreting model predictions", NeurIPS 2017; D. Janzing, L. Minorics and
        P. Bloebaum, "Feature relevance quantification in explainable AI: a causal problem",
        AISTATS 2020, on why not to condition on the columns of S.
    """
    players = table.varying
    if not players:
        return np.zeros((table.n_rows, len(table.columns), ask(table.rows).shape[1]))
    weights = shapley_weights(len(players))
    inside = np.zeros((2 ** len(players), len(table.columns)), bool)
    inside[:, players] = coalitions(len(players))
    shares = [weights @ _worths(table, ask, inside, row) for row in range(table.n_rows)]
    values = np.zeros((table.n_rows, len(table.columns), shares[0].shape[-1]))
    values[:, players] = np.stack(shares)
    return values


def _worths(table: Table, ask: Ask, inside: NDArray[np.bool_], row: int) -> Floats:
    """The worth of each coalition for a row, shape (n_coalitions, n_outputs)."""
    of_others = np.arange(table.n_rows, table.n_rows + table.n_background)
    step = max(1, _AT_ONCE // table.n_background)
    worths = []
    for start in range(0, len(inside), step):
        some = inside[start : start + step]
        places = np.where(some.T[:, :, None], row, of_others)
        said = ask(table.picked(places.reshape(len(table.columns), -1)))
        worths.append(said.reshape(len(some), len(of_others), -1).mean(axis=1))
    return np.concatenate(worths)


def coalitions(n_columns: int) -> NDArray[np.bool_]:
    """All subsets, shape (2 ** n_columns, n_columns); the row's number tells them in binary."""
    bits: NDArray[np.bool_] = (np.arange(2**n_columns)[:, None] >> np.arange(n_columns)) & 1 == 1
    return bits


@lru_cache(maxsize=4)
def shapley_weights(n_columns: int) -> Floats:
    """From worths of coalitions to Shapley values, shape (n_columns, 2 ** n_columns).

    A coalition of s columns without i counts 1 / (n * comb(n - 1, s)), with i plus, without
    it minus (Shapley 1953, equation 12).
    """
    inside = coalitions(n_columns)
    sizes = inside.sum(axis=1)
    joined = np.array([1 / (n_columns * comb(n_columns - 1, s)) for s in range(n_columns)])
    weight_if_in = joined[np.maximum(sizes - 1, 0)]
    weight_if_out = joined[np.minimum(sizes, n_columns - 1)]
    weights: Floats = np.where(inside, weight_if_in[:, None], -weight_if_out[:, None]).T
    weights.setflags(write=False)
    return weights
