"""How good a model is on images whose label is beyond doubt, and how sure that is."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from digits.models import flat

Interval = dict[str, float]


def measure_models(
    held_out: pl.DataFrame, truth: pl.DataFrame, model: Any, before: Any, resamples: int = 1000
) -> dict[str, Interval]:
    """Measure the model of now, and what it gains over the one on delivered labels.

    Both see the same images, so the gain is measured image by image.

    Returns:
        `accuracy`, `accuracy_before` and `gain`, shares with their intervals.
    """
    judged = held_out.join(truth, on="image", maintain_order="left")
    digits = judged.get_column("digit").to_numpy()
    right = model.predict(flat(held_out)) == digits
    right_before = before.predict(flat(held_out)) == digits
    return {
        "accuracy": interval(right, resamples),
        "accuracy_before": interval(right_before, resamples),
        "gain": interval(right.astype(float) - right_before, resamples),
    }


def interval(values: np.ndarray, resamples: int) -> Interval:
    """A mean, and between which ends 95 in 100 draws of as many images are.

    Args:
        values: One for each image, of which few differ, shape (n,).
        resamples: Draws, with replacement.

    References:
        B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3.
    """
    kinds, counts = np.unique(values, return_counts=True)
    random = np.random.default_rng(0)
    # Drawing images with replacement is drawing how many there are of each kind.
    draws = random.multinomial(len(values), counts / len(values), size=resamples)
    low, high = np.quantile(draws @ kinds / len(values), [0.025, 0.975])
    return {"value": float(np.mean(values)), "low": float(low), "high": float(high)}
