"""A model of the labels, and what it says of labels that it has not seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from digits.images import pixels


def train_model(
    images: pl.DataFrame, labels: pl.DataFrame, settings: dict[str, Any]
) -> ExtraTreesClassifier:
    """Train trees on the images that have a label."""
    known = images.join(labels.drop_nulls("label"), on="image", maintain_order="left")
    return forest(settings).fit(flat(known.select(images.columns)), known.get_column("label"))


def judge_labels(
    images: pl.DataFrame, labels: pl.DataFrame, settings: dict[str, Any]
) -> pl.DataFrame:
    """How probable each digit is for an image, by models that have not seen its label.

    Returns:
        `image` and a column for each digit, `0` to `9`; images without a label are left out.
    """
    known = images.join(labels.drop_nulls("label"), on="image", maintain_order="left")
    given = known.get_column("label").to_numpy()
    folds = StratifiedKFold(settings["folds"], shuffle=True, random_state=settings["random_state"])
    probabilities = cross_val_predict(
        forest(settings), flat(known.select(images.columns)), given, cv=folds,
        method="predict_proba",
    )  # fmt: skip
    names = [str(digit) for digit in np.unique(given)]
    return known.select("image").hstack(pl.DataFrame(probabilities, schema=names))


def forest(settings: dict[str, Any]) -> ExtraTreesClassifier:
    """Trees that are not trained yet."""
    return ExtraTreesClassifier(settings["trees"], random_state=settings["random_state"])


def flat(images: pl.DataFrame) -> np.ndarray:
    """Pixels in a row, shape (n, 64)."""
    return pixels(images).reshape(images.height, -1)
