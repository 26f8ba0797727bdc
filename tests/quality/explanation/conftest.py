"""Tables to learn from, with what they hide told."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from threadpoolctl import threadpool_limits


def numbers_of(n=400, n_columns=5, seed=0, missing=0.0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, n_columns))
    y = x[:, 0] + x[:, 1] * x[:, 2] + 0.3 * random.normal(size=n)
    x[random.random(x.shape) < missing] = np.nan
    return x, y


def shop_of(n=400, seed=0):
    """Numbers, text, nulls, a whole number; a class and a quantity."""
    random = np.random.default_rng(seed)
    town = random.choice(["Oslo", "Bonn", "Ulm"], n)
    price, age = random.normal(size=(2, n)).round(3)
    items = random.integers(1, 6, n)
    worth = price * items + 2 * (town == "Oslo") + 0.2 * random.normal(size=n)
    frame = pl.DataFrame({"price": price, "town": town, "items": items, "age": age})
    frame = frame.with_columns(age=pl.when(pl.col("age") < 1).then("age"))
    return frame, worth, np.where(worth > 1, "big", "small")


@pytest.fixture(scope="session")
def numbers():
    return numbers_of


@pytest.fixture(scope="session")
def shop():
    return shop_of


@pytest.fixture(autouse=True)
def one_thread():
    """Threads that wait for one another spin: on a busy machine they take longer than one."""
    with threadpool_limits(1):
        yield
