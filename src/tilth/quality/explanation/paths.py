"""Exact Shapley values of sums of trees, leaf by leaf, with whole columns as the players.

A row x and a background row z reach a leaf together, for some coalition of columns, if each
column on its path leads there in x or in z. Where only x's value leads there the column has to
be in the coalition, where only z's does it has to be out. So the leaf's part in the game is that
of the columns A that must be in and B that must be out, whose Shapley values are known:
(a - 1)! b! / (a + b)! for each in A, and - a! (b - 1)! / (a + b)! for each in B.

Which of a path's columns lead to the leaf is a pattern of bits, and few patterns occur, so that
pairs of patterns are gone through in place of pairs of rows. All numbers that come from one
column stand or fall together: the ones and noughts of its categories are never mixed, so that no
row is ever made up that no table could hold.

This takes as long as there are leaves, however many pairs of rows there are; for few pairs, see
`pairs`.

References:
    S. Lundberg et al., "From local explanations to global understanding with explainable AI for
    trees", Nature Machine Intelligence 2, 2020, algorithm 3 (one number, one player);
    G. Laberge and Y. Pequignot, "Understanding interventional TreeSHAP: how and why it works",
    arXiv 2209.15123, 2022, section 5 (players of several numbers); A. Nadel and R. Wettenstein,
    "From decision trees to Boolean logic: a fast and unified SHAP algorithm", AAAI 2026
    (patterns).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import factorial

import numpy as np
from numpy.typing import NDArray

from tilth.quality.explanation.prepared import Prepared
from tilth.quality.explanation.seats import MOST_PLAYERS
from tilth.quality.explanation.trees import LEAF, Tree

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def path_values(
    trees: Sequence[Tree], prepared: Prepared, n_rows: int, n_columns: int
) -> Floats | None:
    """Shapley values of what the trees add up to.

    Args:
        trees: At least one.
        prepared: The numbers of rows and background, and the columns that these come from.
        n_rows: How many of them are to be explained.
        n_columns: Of the table.

    Returns:
        Shape (n_rows, n_columns, n_outputs); None where a path asks about too many columns.
    """
    values = np.zeros((n_rows, n_columns, trees[0].values.shape[1]))
    for tree in trees:
        for leaf, players, leads in _leaves(tree, prepared):
            if len(players) > MOST_PLAYERS:
                return None
            rows, shares = _shares(leads, n_rows)
            if rows.size:
                values[np.ix_(rows, np.array(players))] += shares[:, :, None] * tree.values[leaf]
    return values


def _leaves(tree: Tree, prepared: Prepared) -> Iterator[tuple[int, list[int], Bools]]:
    """Each leaf to which every column on its path leads in some row.

    Yields:
        The leaf, the columns on its path, and which rows' values of each lead there, shape
        (n_players, n_rows + n_background).
    """
    waiting: list[tuple[int, dict[int, Bools]]] = [(0, {})]
    while waiting:
        node, path = waiting.pop()
        if tree.left[node] == LEAF:
            if path:
                yield node, list(path), np.array(list(path.values()))
            continue
        player = int(prepared.owners[tree.feature[node]])
        goes_left = tree.goes_left(node, prepared.numbers)
        for child, goes in ((tree.left[node], goes_left), (tree.right[node], ~goes_left)):
            if player < 0:  # the same for all
                if goes[0]:
                    waiting.append((int(child), path))
                continue
            leads = path[player] & goes if player in path else goes
            if leads.any():
                waiting.append((int(child), {**path, player: leads}))


def _shares(leads: Bools, n_rows: int) -> tuple[NDArray[np.int64], Floats]:
    """The Shapley values of one path whose leaf says 1.

    Args:
        leads: As `_leaves` yields.
        n_rows: As there.

    Returns:
        The rows that have any, and theirs, shape (n_found, n_players).
    """
    n_players = len(leads)
    codes = (1 << np.arange(n_players, dtype=np.int64)) @ leads
    theirs, back = np.unique(codes[:n_rows], return_inverse=True)
    others, counts = np.unique(codes[n_rows:], return_counts=True)
    full = (1 << n_players) - 1
    meet = (theirs[:, None] | others) == full
    own = np.flatnonzero(meet.any(axis=1))
    if not own.size:
        return own, np.zeros((0, n_players))
    theirs, meet = theirs[own], meet[own]
    bits = np.arange(n_players)
    x = (theirs[:, None] >> bits & 1).astype(float)
    z = (others[:, None] >> bits & 1).astype(float)
    n_in = np.rint(x @ (1 - z).T).astype(np.int64)
    n_out = np.rint((1 - x) @ z.T).astype(np.int64)
    inside, outside = path_weights(n_players)
    weight = meet * (counts / counts.sum())
    gained = (inside[n_in, n_out] * weight) @ (1 - z) * x
    lost = (outside[n_in, n_out] * weight) @ z * (1 - x)
    place = np.full(back.max() + 1, -1)
    place[own] = np.arange(own.size)
    at = place[back]
    rows = np.flatnonzero(at >= 0)
    return rows, (gained - lost)[at[rows]]


@lru_cache(maxsize=64)
def path_weights(n: int) -> tuple[Floats, Floats]:
    """What each of `a` columns that must be in gets, and of `b` that must be out; (a, b)."""
    inside, outside = np.zeros((2, n + 1, n + 1))
    for a in range(n + 1):
        for b in range(n + 1 - a):
            whole = factorial(a + b)
            if a:
                inside[a, b] = factorial(a - 1) * factorial(b) / whole
            if b:
                outside[a, b] = factorial(a) * factorial(b - 1) / whole
    return inside, outside
