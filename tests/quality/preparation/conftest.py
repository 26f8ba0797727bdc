from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest


def trips(n=600, seed=0):
    """A column of each kind, and two classes."""
    rng = np.random.default_rng(seed)
    start = datetime(2024, 1, 1)
    words = ["late", "early", "parcel", "broken", "gift", "letter", "red", "blue"]
    return pl.DataFrame(
        {
            "trip": np.arange(n) + 1000,
            "distance": rng.normal(size=n),
            "delay": [None if i % 7 == 0 else float(i % 13) for i in range(n)],
            "ratio": [float("inf") if i % 50 == 0 else i * 0.5 for i in range(n)],
            "paid": [None if i % 9 == 0 else i % 3 == 0 for i in range(n)],
            "town": rng.choice(["Oslo", "Bonn", "Ulm"], n, p=[0.5, 0.3, 0.2]),
            "street": [f"street {each}" for each in rng.integers(0, 80, n)],
            "start": [start + timedelta(hours=int(h)) for h in rng.integers(0, 9000, n)],
            "day": [f"2024-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(n)],
            "note": [" ".join(rng.choice(words, 4)) for _ in range(n)],
            "price": [f"{each:.2f}" for each in rng.normal(size=n)],
            "country": ["Norway"] * n,
            "nothing": pl.Series([None] * n, dtype=pl.String),
            "stops": [[1, 2]] * n,
            "back": rng.choice(["yes", "no"], n),
        }
    )


@pytest.fixture(scope="session")
def make_trips():
    return trips


@pytest.fixture(scope="session")
def rows():
    return trips()
