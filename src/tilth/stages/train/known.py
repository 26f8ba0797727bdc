"""Estimators that have a name here: what they are, how simple, and where to look when tuning.

The ranges hold for tables of some hundred to some hundred thousand rows. They come from studies
that tuned the same estimators on many data sets, and reach a little less far where a parameter
costs time:

- P. Probst, A.-L. Boulesteix, B. Bischl, "Tunability: importance of hyperparameters of machine
  learning algorithms", Journal of Machine Learning Research 20, 2019, table 1 (ranges of trees,
  forests, boosting and penalised linear models).
- R. G. Mantovani and others, "An empirical study on hyperparameter tuning of decision trees",
  arXiv:1812.02207, 2018, table 3 (CART: depth 1 to 30, leaves of 1 to 50 rows).
- P. Probst, M. N. Wright, A.-L. Boulesteix, "Hyperparameters and tuning strategies for random
  forest", WIREs Data Mining and Knowledge Discovery 9, 2019 (columns and rows that a tree sees).
- Y. Gorishniy and others, "Revisiting deep learning models for tabular data", NeurIPS 2021,
  appendix E (XGBoost and CatBoost).

Nothing here is imported before a model is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilth.record import field, record
from tilth.stages.train.spaces import Range, Space

BASELINES = ("dummy", "linear", "small_tree")
"""What always comes along: M. Zinkevich, "Rules of Machine Learning", rule 4; and E. Breck and
others, "The ML Test Score", 2017, test Model 5: a simpler model is not better."""

USUAL = ("forest", "boosting")
"""What is trained where nobody says otherwise."""

OWN = 6
"""How simple a class of one's own counts as: as the least simple."""


@record(kw_only=False)
class Known:
    """An estimator with a name.

    Attributes:
        classes: Dotted name of what tells classes.
        quantities: Dotted name of what tells quantities.
        simplicity: Rank among the others, 0 for the simplest: how many words it takes to say
            how the model comes to an answer.
        about: What it is, in a few words.
        settings: What it is made with, beside its own defaults.
        of_classes: The same, for classes alone.
        of_quantities: The same, for quantities alone.
        space: Where to look when tuning.
        space_of_classes: What comes on top for classes.
        space_of_quantities: What comes on top for quantities.
        coded: Whether classes are handed to it as whole numbers from nought: it takes no others,
            or makes something else of them.
        stopping: Settings that end training early, by rows that nothing is learned from.
        extra: The extra of Tilth that brings its library.
    """

    classes: str
    quantities: str
    simplicity: int
    about: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    of_classes: Mapping[str, Any] = field(default_factory=dict)
    of_quantities: Mapping[str, Any] = field(default_factory=dict)
    space: Space = field(default_factory=dict)
    space_of_classes: Space = field(default_factory=dict)
    space_of_quantities: Space = field(default_factory=dict)
    coded: bool = False
    stopping: tuple[str, ...] = ()
    extra: str = "skops"

    @property
    def library(self) -> str:
        """The module that has to be installed."""
        return self.classes.partition(".")[0]

    def settings_for(self, task: str) -> dict[str, Any]:
        """What it is made with."""
        own = self.of_classes if task == "classification" else self.of_quantities
        return {**self.settings, **own}

    def space_for(self, task: str) -> dict[str, Any]:
        """Where to look when tuning."""
        own = self.space_of_classes if task == "classification" else self.space_of_quantities
        return {**self.space, **own}


_TREE: Space = {
    "max_depth": Range(1, 30, lowest=1),
    "min_samples_leaf": Range(1, 50, log=True, lowest=1),
    "min_samples_split": Range(2, 50, log=True, lowest=2),
}

_FOREST: Space = {
    "max_features": Range(0.1, 1.0, lowest=0.0, highest=1.0),
    "min_samples_leaf": Range(1, 50, log=True, lowest=1),
    "max_samples": Range(0.3, 1.0, lowest=0.0, highest=1.0),
}

_SHARES = Range(0.3, 1.0, lowest=0.0, highest=1.0)

KNOWN: Mapping[str, Known] = {
    "dummy": Known(
        "sklearn.dummy.DummyClassifier",
        "sklearn.dummy.DummyRegressor",
        0,
        "the most frequent class, or the mean",
        of_classes={"strategy": "prior"},
    ),
    "last_value": Known(
        "tilth.stages.train.last_value.LastClass",
        "tilth.stages.train.last_value.LastQuantity",
        0,
        "what came last in time",
    ),
    "linear": Known(
        "sklearn.linear_model.LogisticRegression",
        "sklearn.linear_model.Ridge",
        1,
        "a weighted sum",
        of_classes={"max_iter": 1000},
        space_of_classes={"C": Range(1e-4, 1e4, log=True, lowest=0.0)},
        space_of_quantities={"alpha": Range(1e-4, 1e4, log=True, lowest=0.0)},
    ),
    "small_tree": Known(
        "sklearn.tree.DecisionTreeClassifier",
        "sklearn.tree.DecisionTreeRegressor",
        1,
        "three questions, one after the other",
        settings={"max_depth": 3},
    ),
    "tree": Known(
        "sklearn.tree.DecisionTreeClassifier",
        "sklearn.tree.DecisionTreeRegressor",
        2,
        "questions, one after the other",
        settings={"min_samples_leaf": 5},
        space=_TREE,
        space_of_classes={"ccp_alpha": Range(1e-5, 1e-1, log=True, lowest=1e-5)},
    ),
    "forest": Known(
        "sklearn.ensemble.RandomForestClassifier",
        "sklearn.ensemble.RandomForestRegressor",
        4,
        "the mean of many trees",
        space=_FOREST,
    ),
    "boosting": Known(
        "sklearn.ensemble.HistGradientBoostingClassifier",
        "sklearn.ensemble.HistGradientBoostingRegressor",
        5,
        "many small trees, each correcting those before",
        settings={"early_stopping": False},
        space={
            "learning_rate": Range(0.01, 0.5, log=True, lowest=0.0, highest=1.0),
            "max_iter": Range(30, 500, log=True, lowest=1),
            "max_leaf_nodes": Range(4, 64, log=True, lowest=2),
            "min_samples_leaf": Range(2, 100, log=True, lowest=1),
            "l2_regularization": Range(1e-6, 1e2, log=True, lowest=1e-6),
            "max_features": _SHARES,
        },
    ),
    "lightgbm": Known(
        "lightgbm.LGBMClassifier",
        "lightgbm.LGBMRegressor",
        5,
        "many small trees, each correcting those before",
        settings={"verbosity": -1, "n_jobs": 1, "deterministic": True, "force_row_wise": True},
        space={
            "learning_rate": Range(0.01, 0.5, log=True, lowest=0.0, highest=1.0),
            "n_estimators": Range(30, 500, log=True, lowest=1),
            "num_leaves": Range(4, 64, log=True, lowest=2),
            "min_child_samples": Range(2, 100, log=True, lowest=1),
            "reg_lambda": Range(1e-6, 1e2, log=True, lowest=1e-6),
            "colsample_bytree": _SHARES,
        },
        stopping=(
            "early_stopping",
            "early_stopping_round",
            "early_stopping_rounds",
            "n_iter_no_change",
        ),
        extra="boosting",
    ),
    "xgboost": Known(
        "xgboost.XGBClassifier",
        "xgboost.XGBRegressor",
        5,
        "many small trees, each correcting those before",
        settings={"verbosity": 0, "n_jobs": 1},
        space={
            "learning_rate": Range(0.01, 0.5, log=True, lowest=0.0, highest=1.0),
            "n_estimators": Range(30, 500, log=True, lowest=1),
            "max_depth": Range(1, 12, lowest=1),
            "min_child_weight": Range(1.0, 100.0, log=True, lowest=0.0),
            "reg_lambda": Range(1e-3, 1e2, log=True, lowest=1e-3),
            "subsample": _SHARES,
            "colsample_bytree": _SHARES,
        },
        coded=True,
        stopping=("early_stopping_rounds",),
        extra="boosting",
    ),
    "catboost": Known(
        "catboost.CatBoostClassifier",
        "catboost.CatBoostRegressor",
        5,
        "many small trees, each correcting those before",
        settings={"verbose": False, "thread_count": 1, "allow_writing_files": False},
        space={
            "learning_rate": Range(0.01, 0.5, log=True, lowest=0.0, highest=1.0),
            "iterations": Range(50, 500, log=True, lowest=1),
            "depth": Range(2, 10, lowest=1, highest=16),
            "l2_leaf_reg": Range(1.0, 100.0, log=True, lowest=0.0),
        },
        coded=True,  # of truth values it would make texts
        stopping=("early_stopping_rounds", "od_pval", "od_type", "od_wait", "use_best_model"),
        extra="catboost",
    ),
}
