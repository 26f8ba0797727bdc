"""How far people agree who label the same image blind, by each version of the instruction.

`tilth labels agree` tells the same and more; this is for the report.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

Interval = dict[str, float]


def measure_agreement(decisions: pl.DataFrame, resamples: int = 1000) -> list[dict[str, Any]]:
    """Krippendorff's alpha by each version of the instruction, the oldest first.

    Args:
        decisions: As the label log has them, those included that were replaced since.
        resamples: Draws behind an interval.

    Returns:
        For each version: `version`, `images` labelled by two or more, `agree`, on how many of
        them they do, and `alpha` with its interval, None where there is only one label.
    """
    told = blind(decisions)
    found = []
    for (version,), said in told.group_by("instruction", maintain_order=True):
        votes = count_votes(said)
        if len(votes):
            agree = int((votes.max(axis=1) == votes.sum(axis=1)).sum())
            found.append(
                {
                    "version": version,
                    "images": len(votes),
                    "agree": agree,
                    "alpha": interval(votes, resamples),
                }
            )
    return found


def blind(decisions: pl.DataFrame) -> pl.DataFrame:
    """The last label by each instruction, image and person who was shown no label."""
    return (
        decisions.filter(
            (pl.col("verdict") == "label")
            & ~pl.col("taken_back")
            & pl.col("given").is_null()
            & pl.col("suggested").is_null()
        )
        .sort("time", maintain_order=True)
        .unique(["instruction", "item", "labeler"], keep="last", maintain_order=True)
    )


def count_votes(said: pl.DataFrame) -> np.ndarray:
    """How many people gave an image which label; images with two labels or more alone.

    Returns:
        Counts, shape (n_images, 10).
    """
    votes = np.zeros((said.get_column("item").n_unique(), 10))
    rows = said.get_column("item").rank("dense").to_numpy() - 1
    np.add.at(votes, (rows, said.get_column("label").cast(pl.Int64).to_numpy()), 1)
    return votes[votes.sum(axis=1) >= 2]


def interval(votes: np.ndarray, resamples: int) -> Interval | None:
    """Alpha, and between which ends 95 in 100 draws of as many images are.

    None where only one label was ever given: then there is no chance to compare with.
    """
    value = alpha(votes, np.ones((1, len(votes))))[0]
    if np.isnan(value):
        return None
    random = np.random.default_rng(0)
    weights = random.multinomial(len(votes), np.full(len(votes), 1 / len(votes)), size=resamples)
    # A draw may hold one label alone; then nothing can be said of it.
    low, high = np.nanquantile(alpha(votes, weights), [0.025, 0.975])
    return {"value": float(value), "low": float(low), "high": float(high)}


def alpha(votes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Krippendorff's alpha for labels: 1 for perfect agreement, 0 for that of chance.

    Args:
        votes: How often each image got each label, two votes or more each, shape (n, 10).
        weights: How often each image counts, shape (draws, n).

    Returns:
        Shape (draws,); not a number where only one label was ever given.

    References:
        K. Krippendorff, "Content Analysis", 4th edition, 2019, section 12.3.3.
    """
    per_image = votes.sum(axis=1)
    differ = (per_image**2 - (votes**2).sum(axis=1)) / (per_image - 1)
    of_label = weights @ votes
    n = of_label.sum(axis=1)
    by_chance = (n**2 - (of_label**2).sum(axis=1)) / (n - 1)
    with np.errstate(invalid="ignore"):
        return 1 - weights @ differ / by_chance
