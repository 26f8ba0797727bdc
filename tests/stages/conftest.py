"""Worlds with a known weakness, to see whether it is found."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

FEATURES = ["a", "b", "c", "d", "region"]


def world(n, *, seed, noise=0.0, own_rule=False, swapped=0.0):
    """Two classes by the sign of `a + b`, which a line tells apart.

    Args:
        n: Rows.
        seed: Of all draws.
        noise: Share of labels that are wrong at random.
        own_rule: Whether the north, a tenth of the rows, goes by `c - d` instead.
        swapped: Share of `yes` in the south that is labelled `no`.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4))
    region = rng.choice(["north", "south", "east", "west"], n, p=[0.1, 0.3, 0.3, 0.3])
    yes = x[:, 0] + x[:, 1] > 0
    if own_rule:
        yes = np.where(region == "north", x[:, 2] - x[:, 3] > 0, yes)
    yes = np.where((rng.random(n) < swapped) & (region == "south"), False, yes)
    yes = np.where(rng.random(n) < noise, ~yes, yes)
    numbers = {name: x[:, i].round(4) for i, name in enumerate("abcd")}
    return pl.DataFrame({**numbers, "region": region, "y": np.where(yes, "yes", "no")})


@pytest.fixture
def worlds():
    return world
