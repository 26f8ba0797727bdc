"""Worlds with a known weakness, to see whether it is found."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest


def world(n, *, seed, noise=0.0, one_way=0.0, own_rule=False, north=0.1):
    """Two classes by the sign of `a + b`, which a line tells apart.

    Args:
        n: Rows.
        seed: Of all draws.
        noise: Share of labels that are wrong at random.
        one_way: Share of `yes` that is labelled `no`.
        own_rule: Whether the north goes by `c` instead.
        north: Its share.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4))
    region = rng.choice(["north", "south", "east", "west"], n, p=[north, *[(1 - north) / 3] * 3])
    yes = x[:, 0] + x[:, 1] > 0
    if own_rule:
        yes = np.where(region == "north", x[:, 2] > 0, yes)
    yes = yes & (rng.random(n) >= one_way)
    yes = np.where(rng.random(n) < noise, ~yes, yes)
    numbers = {name: x[:, i].round(4) for i, name in enumerate("abcd")}
    return pl.DataFrame({**numbers, "region": region, "y": np.where(yes, "yes", "no")})


@pytest.fixture(scope="session")
def make_world():
    return world
