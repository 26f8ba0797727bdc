from __future__ import annotations

import numpy as np
import polars as pl
import pytest


def asked(**changes):
    told = dict.fromkeys(("metric", "group", "time", "weights", "positive", "features"))
    told |= {"train": "rows", "target": "y", "task": "auto", "folds": 5, "balanced": False}
    return {**told, "seed": 0, **changes}


def candidate(name, kind=None, baseline=False, **settings):
    return {"name": name, "kind": kind or name, "settings": settings, "baseline": baseline}


@pytest.fixture(scope="session")
def ask():
    return asked


@pytest.fixture(scope="session")
def model():
    return candidate


@pytest.fixture(scope="session")
def quantity():
    """A number that is a sum, and one column that has nothing to do with it."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(240, 3))
    y = 2 * x[:, 0] - x[:, 1] + rng.normal(size=240) * 0.3
    return pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": y})
