"""Three ways to say how likely a flight is to be late: a guess, a tree, many trees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits


@dataclass(frozen=True, kw_only=True)
class Columns:
    """What the models are told about a flight.

    Attributes:
        numbers: Columns of numbers; a missing value is a value of its own to the trees.
        categories: Columns of names.
    """

    numbers: list[str]
    categories: list[str]


@dataclass(frozen=True, kw_only=True)
class TreeSettings:
    """How far the readable tree may grow.

    Attributes:
        max_depth: Questions from the root to a leaf, at most.
        min_samples_leaf: Training flights that a leaf holds, at least.
        ccp_alpha: What a split must gain in impurity, as a share of all training flights,
            for each leaf that it adds; branches that gain less are cut off again.
    """

    max_depth: int = 4
    min_samples_leaf: int = 1000
    ccp_alpha: float = 0.0003


@dataclass(frozen=True, kw_only=True)
class BoostingSettings:
    """How the many trees grow.

    Attributes:
        learning_rate: How much of its predecessors' error a tree corrects.
        max_trees: Trees, at most; the validation months may stop it earlier.
        patience: Trees in a row that do not help on the validation months before it stops.
        max_leaf_nodes: Leaves of one tree, at most.
        min_samples_leaf: Training flights that a leaf holds, at least.
        l2_regularization: How strongly extreme leaves are pulled back.
    """

    learning_rate: float = 0.15
    max_trees: int = 100
    patience: int = 10
    max_leaf_nodes: int = 15
    min_samples_leaf: int = 200
    l2_regularization: float = 1.0


def train_baseline(train: pl.DataFrame, columns: Columns) -> Pipeline:
    """Say the same of every flight: the share of training flights that were late."""
    baseline = Pipeline([("model", DummyClassifier(strategy="prior"))])
    return baseline.fit(known(train, columns), answer(train))


def train_tree(
    train: pl.DataFrame, columns: Columns, settings: TreeSettings, random_state: int = 0
) -> Pipeline:
    """Grow one tree that fits on a page, so that each of its splits can be read."""
    names = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    tree = DecisionTreeClassifier(
        max_depth=settings.max_depth,
        min_samples_leaf=settings.min_samples_leaf,
        ccp_alpha=settings.ccp_alpha,
        random_state=random_state,
    )
    model = Pipeline([("columns", encoding(columns, names)), ("model", tree)])
    return model.fit(known(train, columns), answer(train))


def train_boosting(
    train: pl.DataFrame,
    validation: pl.DataFrame,
    columns: Columns,
    settings: BoostingSettings,
    random_state: int = 0,
) -> Pipeline:
    """Grow many small trees, each on what the others got wrong, until it stops helping.

    The validation months say when to stop; they are not learned from.
    """
    names = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan
    )
    encoder = encoding(columns, names).fit(known(train, columns))
    trees = HistGradientBoostingClassifier(
        learning_rate=settings.learning_rate,
        max_iter=settings.max_trees,
        n_iter_no_change=settings.patience,
        max_leaf_nodes=settings.max_leaf_nodes,
        min_samples_leaf=settings.min_samples_leaf,
        l2_regularization=settings.l2_regularization,
        categorical_features=list(range(len(columns.categories))),
        early_stopping=True,
        random_state=random_state,
    )
    # Threads that wait for one another spin: on a busy machine two take longer than one.
    with threadpool_limits(1, user_api="openmp"):
        trees.fit(
            encoder.transform(known(train, columns)),
            answer(train),
            X_val=encoder.transform(known(validation, columns)),
            y_val=answer(validation),
        )
    return Pipeline([("columns", encoder), ("model", trees)])


def encoding(columns: Columns, names: OneHotEncoder | OrdinalEncoder) -> ColumnTransformer:
    """Turn the known columns into numbers: the names first, then what is a number already."""
    return ColumnTransformer(
        [("names", names, columns.categories), ("numbers", "passthrough", columns.numbers)],
        verbose_feature_names_out=False,
    )


def known(rows: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Take what a model is told about the flights, with numbers as floats."""
    return rows.select(*columns.categories, pl.col(columns.numbers).cast(pl.Float64))


def answer(rows: pl.DataFrame) -> np.ndarray:
    """Take what a model has to find out: was the flight late?"""
    return rows.get_column("late").to_numpy()
