"""Families of learning curves: what a model still lacks, as a function of how many rows it saw.

Each family is `floor + drop * shape(n)`, linear but for the one or two parameters of its shape.
These are tried on a grid, and for each point of the grid the rest is a least-squares problem of
two unknowns with a closed form, for all draws of a bootstrap at once. So a fit cannot be caught
in a local minimum, needs no starting value, and a thousand of them cost a few hundredths of a
second.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.record import fields_of, record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_RATES = np.geomspace(0.05, 3.0, 120)
_COARSE_RATES = np.geomspace(0.05, 3.0, 30)
_SCALES = np.geomspace(1e-3, 1e3, 30)


@record
class Family:
    """One form of curve.

    Attributes:
        name: As the literature has it.
        n_parameters: Free ones in all, as the information criterion counts them.
        has_floor: False where what is lacking falls to nothing in the end.
        shape: Takes `x` (rows, in units of a middle size), a scale and a rate; falls in `x`.
        grid: Pairs of scale and rate to try, shape (n_points, 2).
    """

    name: str
    n_parameters: int
    has_floor: bool
    shape: Callable[[Floats, Floats, Floats], Floats]
    grid: tuple[tuple[float, float], ...]


def _power(x: Floats, _scale: Floats, rate: Floats) -> Floats:
    return x**-rate


def _exponential(x: Floats, scale: Floats, rate: Floats) -> Floats:
    return np.exp(-rate * x / scale)


def _logistic(x: Floats, scale: Floats, rate: Floats) -> Floats:
    return 1.0 / (1.0 + (x / scale) ** rate)


def _pairs(scales: ArrayLike, rates: ArrayLike) -> tuple[tuple[float, float], ...]:
    return tuple((float(s), float(r)) for s in np.ravel(scales) for r in np.ravel(rates))


FAMILIES: tuple[Family, ...] = (
    Family(name="pow3", n_parameters=3, has_floor=True, shape=_power, grid=_pairs(1.0, _RATES)),
    Family(
        name="exp3",
        n_parameters=3,
        has_floor=True,
        shape=_exponential,
        grid=_pairs(1.0, np.geomspace(0.02, 20.0, 120)),
    ),
    Family(
        name="log power",
        n_parameters=3,
        has_floor=False,
        shape=_logistic,
        grid=_pairs(_SCALES, _COARSE_RATES),
    ),
    Family(
        name="mmf",
        n_parameters=4,
        has_floor=True,
        shape=_logistic,
        grid=_pairs(_SCALES, _COARSE_RATES),
    ),
)
"""Those that extrapolate best over 246 data sets and 20 learners, each of another character.

References:
    F. Mohr, T. J. Viering, M. Loog, J. N. van Rijn, "LCDB 1.0: an extensive learning curves
    database for classification tasks", ECML PKDD 2022, table 2 (the formulas; there `a` and `b`
    are named otherwise); T. J. Viering and M. Loog, "The shape of learning curves: a review",
    IEEE TPAMI 45(6), 2023, table 1.
"""


@record
class Fitted:
    """One curve for each of many draws.

    Attributes:
        families: Index into `FAMILIES`, shape (n_draws,).
        floors: What is lacking in the end, shape (n_draws,), at least 0.
        drops: What more rows can still win, shape (n_draws,), at least 0.
        scales, rates: Of the shape, shape (n_draws,).
        misfits: Weighted sum of squares, shape (n_draws,).
    """

    families: Integers
    floors: Floats
    drops: Floats
    scales: Floats
    rates: Floats
    misfits: Floats

    def at(self, x: Floats) -> Floats:
        """What is lacking at `x`, which broadcasts with (n_draws,); of that shape."""
        found = np.zeros(np.broadcast_shapes(np.shape(x), self.families.shape))
        for index, family in enumerate(FAMILIES):
            shape = family.shape(x, self.scales, self.rates)
            found = np.where(self.families == index, self.floors + self.drops * shape, found)
        return found

    def taken(self, draws: Integers) -> Fitted:
        """Some of the draws."""
        return Fitted(**{name: getattr(self, name)[draws] for name in fields_of(self)})


def fit_family(index: int, x: Floats, shortfalls: Floats, whitener: Floats) -> Fitted:
    """Fit one family to each row of `shortfalls`, by generalised least squares.

    Args:
        index: Of the family in `FAMILIES`.
        x: Sizes in units of a middle size, shape (n_sizes,).
        shortfalls: What was lacking at each, shape (n_draws, n_sizes).
        whitener: Matrix W with W' W the inverse of the covariance, shape (n_sizes, n_sizes).

    References:
        G. H. Golub and V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least
        squares problems whose variables separate", SIAM J. Numerical Analysis 10(2), 1973.
    """
    family = FAMILIES[index]
    grid = np.asarray(family.grid)
    shapes = family.shape(x[None, :], grid[:, :1], grid[:, 1:])
    floors, drops, misfits = _two_unknowns(
        ones=whitener.sum(1),
        shapes=shapes @ whitener.T,
        targets=shortfalls @ whitener.T,
        has_floor=family.has_floor,
    )
    best = np.argmin(misfits, axis=1)
    rows = np.arange(best.size)
    return Fitted(
        families=np.full(best.size, index),
        floors=floors[rows, best],
        drops=drops[rows, best],
        scales=grid[best, 0],
        rates=grid[best, 1],
        misfits=misfits[rows, best],
    )


def _two_unknowns(
    *, ones: Floats, shapes: Floats, targets: Floats, has_floor: bool
) -> tuple[Floats, Floats, Floats]:
    """Floor, drop and misfit for each draw and point of the grid, none of the first two below 0.

    With two unknowns the constrained optimum is the free one, or lies on an edge.
    """
    floor_floor, drop_drop, floor_drop = ones @ ones, (shapes**2).sum(1), shapes @ ones
    floor_y, drop_y = (targets @ ones)[:, None], targets @ shapes.T
    determinant = np.maximum(floor_floor * drop_drop - floor_drop**2, 1e-300)
    floors = (drop_drop * floor_y - floor_drop * drop_y) / determinant
    drops = (floor_floor * drop_y - floor_drop * floor_y) / determinant
    no_floor = (floors < 0) | (not has_floor)
    floors = np.where(no_floor, 0.0, floors)
    drops = np.where(no_floor, drop_y / drop_drop, drops)
    no_drop = (drops < 0) & has_floor
    floors = np.where(no_drop, np.maximum(floor_y / floor_floor, 0.0), floors)
    drops = np.maximum(np.where(no_drop, 0.0, drops), 0.0)
    misfits = (
        (targets**2).sum(1)[:, None]
        - 2 * (floors * floor_y + drops * drop_y)
        + floors**2 * floor_floor
        + 2 * floors * drops * floor_drop
        + drops**2 * drop_drop
    )
    return floors, drops, np.maximum(misfits, 0.0)
