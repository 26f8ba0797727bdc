"""Something to make smaller, and how it is weighed."""

from __future__ import annotations

import pickle
import zlib

import numpy as np
import polars as pl
import pytest
from threadpoolctl import threadpool_limits

from tilth.quality.pruning.material import Material
from tilth.quality.pruning.metric import metric_of
from tilth.quality.pruning.names import MEANS
from tilth.quality.pruning.trial import Limits, pruned


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


def material_of(n=240, *, classes=2, seed=0, **more):
    """Two columns that matter, and three that do not."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 5))
    worth = x[:, 0] + 2 * np.abs(x[:, 1]) + 0.3 * random.normal(size=n)
    edges = np.quantile(worth, np.arange(1, classes) / classes) if classes else ()
    truth = np.digitize(worth, edges) if classes else worth
    return Material(table=pl.DataFrame(x, schema=list("abcde")), truth=truth, **more)


LIMITS = ("allowed", "in_slices", "relative_to", "cautious")


def made_smaller(model, material, *, metric=None, **asked):
    """All that was tried, weighed as compressed pickles."""
    classes = getattr(model, "classes_", None)
    limits = Limits(**{name: asked.pop(name) for name in LIMITS if name in asked})
    asked = {"means": MEANS, "n_folds": 3, "limits": limits, **asked}
    chosen = metric_of(metric, classes, material.truth, "here")
    return pruned(model, material, chosen, lambda m: len(zlib.compress(pickle.dumps(m))), **asked)


@pytest.fixture(scope="session")
def make_material():
    return material_of


@pytest.fixture(scope="session")
def smaller():
    return made_smaller
