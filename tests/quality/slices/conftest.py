"""A table of flights as airports make them: levels, hours, dates, numbers with gaps, an id."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest


def flights(n_rows: int, seed: int) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    temperature = random.normal(15, 9, n_rows).round(1)
    temperature[random.random(n_rows) < 0.05] = np.nan
    return pl.DataFrame(
        {
            "flight": np.arange(n_rows),
            "carrier": random.choice(
                ["EV", "UA", "AA", "B6", "DL", "OO", "YV"],
                n_rows,
                p=[0.2, 0.25, 0.2, 0.15, 0.15, 0.04, 0.01],
            ),
            "origin": random.choice(["JFK", "LGA", "EWR"], n_rows),
            "hour": random.integers(5, 24, n_rows),
            "month": random.integers(1, 13, n_rows),
            "distance": random.gamma(2, 400, n_rows).round(),
            "temperature": temperature,
            "wind": random.gamma(2, 5, n_rows),
        }
    )


@pytest.fixture
def make_flights():
    return flights
