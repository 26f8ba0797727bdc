"""What `Project.test` looks at once everything has run: each look by itself."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tilth.errors import NodeError
from tilth.project.mini.checks.differing import differing
from tilth.project.mini.checks.fitting import fitted_by
from tilth.project.mini.checks.learning import learned
from tilth.project.mini.checks.rowwise import row_by_row
from tilth.project.mini.checks.values import odd_columns, odd_numbers

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(300, 3))
Y = X[:, 0] + RANDOM.normal(size=300) > 0.8
FRAME = pl.DataFrame(
    {
        "size": X[:, 0],
        "kind": RANDOM.choice(["a", "b", "c"], 300),
        "n": RANDOM.integers(0, 9, 300),
    }
)


def fit(make):
    """What is seen of the one thing that a function fits."""
    (found,) = fitted_by(make, [make()])
    return found


def told(make, promised=None):
    """State -> message of what is found row by row."""
    found = row_by_row(fit(make), promised or {})
    return {found.state: found.message}


# What was fitted, on what


def test_what_fit_was_given_is_seen():
    found = fit(lambda: DecisionTreeClassifier(random_state=0).fit(X, Y))

    assert found.rows is X
    assert found.target is Y
    assert found.name == "DecisionTreeClassifier"


def test_of_a_pipeline_whose_steps_were_fitted_apart_each_step_is_seen():
    def make():
        scaler = StandardScaler().fit(X)
        tree = DecisionTreeClassifier(random_state=0).fit(scaler.transform(X), y=Y)
        return Pipeline([("scaler", scaler), ("tree", tree)])

    found = fit(make)

    assert found.rows is X
    assert found.predictor_rows is not X
    assert found.target is Y


def test_only_what_is_returned_is_looked_at_and_not_what_a_search_fits_on_its_way():
    def make():
        search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}, cv=2)
        return {"model": search.fit(X, Y), "scores": [1.0]}

    assert fit(make).rows is X


def test_classes_are_as_they_were_afterwards():
    before = DecisionTreeClassifier.fit, "fit_transform" in vars(LogisticRegression)

    fit(lambda: DecisionTreeClassifier().fit(X, Y))

    assert (DecisionTreeClassifier.fit, "fit_transform" in vars(LogisticRegression)) == before


def test_classes_are_as_they_were_after_a_failure_too():
    before = DecisionTreeClassifier.fit
    like = DecisionTreeClassifier()

    with pytest.raises(NodeError, match="ZeroDivisionError"):
        fitted_by(lambda: 1 / 0, [like])

    assert DecisionTreeClassifier.fit is before


# Learning


def test_a_classifier_is_measured_by_the_log_loss_that_scikit_learn_computes():
    model = LogisticRegression().fit(X, Y)
    (found,) = learned(fit(lambda: LogisticRegression().fit(X, Y)))

    own = log_loss(Y, model.predict_proba(X))
    constant = log_loss(Y, DummyClassifier(strategy="prior").fit(X, Y).predict_proba(X))
    assert found.state == "passed"
    assert f"log loss {own:.4g}, a constant {constant:.4g}, on 300" in found.message


def test_a_regression_is_measured_by_its_squared_error():
    target = X[:, 0] * 2 + 1
    model = DecisionTreeRegressor(max_depth=2).fit(X, target)
    (found,) = learned(fit(lambda: DecisionTreeRegressor(max_depth=2).fit(X, target)))

    own, constant = mean_squared_error(target, model.predict(X)), target.var()
    assert found.state == "passed"
    assert f"squared error {own:.4g}, a constant {constant:.4g}" in found.message


@pytest.mark.parametrize("dummy", [DummyClassifier(), DummyRegressor()])
def test_a_constant_is_as_good_as_a_constant(dummy):
    (found,) = learned(fit(lambda: dummy.fit(X, Y.astype(int))))

    assert found.state == "passed"
    assert "says what a constant says" in found.message


def test_a_model_of_few_positives_that_weighs_them_more_has_learned():
    rare = Y & (X[:, 1] > 0.5)
    assert rare.mean() < 0.15

    (found,) = learned(fit(lambda: LogisticRegression(class_weight="balanced").fit(X, rare)))

    assert found.state == "passed"


def test_a_model_that_turns_its_target_round_has_not_learned():
    class Contrary(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_ = np.unique(y)
            self._model = LogisticRegression().fit(X, y)
            return self

        def predict(self, X):
            return ~self._model.predict(X)

    (found,) = learned(fit(lambda: Contrary().fit(X, Y)))

    assert found.state == "failed"
    assert found.message.startswith("Contrary is worse than a constant: ")


def test_predictions_that_are_no_numbers_are_told():
    class Diverged(LinearRegression):
        def predict(self, X):
            return super().predict(X) * np.nan

    (found,) = learned(fit(lambda: Diverged().fit(X, X[:, 0])))

    assert found.state == "failed"
    assert found.message == "Diverged predicts NaN or infinity in 300 rows"


@pytest.mark.parametrize(
    ("curve", "state"),
    [([3.0, 2.0, 1.0], "passed"), ([1.0, 2.0], "failed"), ([1.0, float("nan")], "failed")],
)
def test_a_loss_must_go_down(curve, state):
    class Iterative(DecisionTreeClassifier):
        def fit(self, X, y):
            self.loss_curve_ = curve
            return super().fit(X, y)

    _, found = learned(fit(lambda: Iterative().fit(X, Y)))

    assert found.state == state


# Row by row


def test_a_scaler_and_a_model_treat_each_row_by_itself():
    found = told(lambda: make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y))

    assert found == {
        "passed": "its preparation and LogisticRegression.predict_proba: 200 rows in any order, "
        "and alone"
    }


def test_a_transformer_that_loses_rows_is_told():
    class Dropping(TransformerMixin, BaseEstimator):
        def fit(self, X, y=None):
            return self

        def transform(self, X):
            return X[X[:, 0] > 0]

    assert "Dropping.transform makes " in told(lambda: Dropping().fit(X))["failed"]


def test_a_transformer_that_ranks_depends_on_other_rows():
    class Ranking(TransformerMixin, BaseEstimator):
        def fit(self, X, y=None):
            return self

        def transform(self, X):
            return X.argsort(axis=0).argsort(axis=0) / len(X)

    assert told(lambda: Ranking().fit(X))["failed"] == (
        "Ranking.transform says something else of a row alone than among others"
    )


def test_a_transformer_that_numbers_rows_depends_on_their_order():
    class Numbering(TransformerMixin, BaseEstimator):
        def fit(self, X, y=None):
            return self

        def transform(self, X):
            return np.arange(len(X))[:, None]

    assert "depends on the order of rows" in told(lambda: Numbering().fit(X))["failed"]


@pytest.mark.parametrize("frame", [FRAME, FRAME.to_pandas()], ids=["polars", "pandas"])
def test_an_encoder_that_refuses_unseen_categories_is_told(frame):
    def encoder(**options):
        encoding = OneHotEncoder(sparse_output=False, **options)
        return ColumnTransformer([("kinds", encoding, ["kind"])]).fit(frame)

    refused = told(encoder)["failed"]

    assert "ColumnTransformer.transform raises on " in refused
    assert "`kind`" in refused
    assert "let a contract promise" in refused
    assert set(told(lambda: encoder(handle_unknown="ignore"))) == {"passed"}


def test_what_contracts_rule_out_is_not_tried():
    def make():
        return ColumnTransformer([("kinds", OrdinalEncoder(), ["kind"])]).fit(FRAME)

    assert "failed" in told(make)
    found = told(make, {"kind": {"unseen", "missing"}})
    assert list(found) == ["passed"]


def test_a_model_that_bears_no_missing_values_is_told_by_the_column():
    def make(first):
        columns = ColumnTransformer([("numbers", first, ["size", "n"])])
        return Pipeline([("columns", columns), ("model", LogisticRegression())]).fit(FRAME, Y)

    found = told(lambda: make("passthrough"))["failed"]

    assert "LogisticRegression.predict_proba raises on a missing value in `size`" in found
    assert "`not_null: true`" in found
    assert set(told(lambda: make(SimpleImputer()))) == {"passed"}


def test_texts_in_a_list_are_rows_as_well():
    texts = [f"word{i % 7} and word{i % 5}" for i in range(40)]

    assert told(lambda: TfidfVectorizer().fit(texts)) == {
        "passed": "TfidfVectorizer.transform: 40 rows in any order, and alone"
    }


# Values


def test_numbers_that_are_none_are_found_where_they_stand():
    table = pl.DataFrame(
        {"a": [1.0, float("nan"), float("inf")], "b": [1, None, 3], "c": [None, 1.0, 2.0]}
    )

    assert odd_columns(table) == {"a": 2}
    assert odd_numbers({"x": {"auc": float("nan"), "n": 3}, "curve": [1.0, float("inf")]}) == {
        "x.auc": 1,
        "curve": 1,
    }
    assert odd_numbers(np.array([[1.0, np.nan], [np.inf, 0.0]])) == {"values": 2}
    assert odd_numbers(np.array(["a"])) == {}


def test_where_two_values_differ_is_told_by_path():
    assert list(differing({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}})) == ["a.c"]
    assert list(differing([{"s": 1}, {"s": 2}], [{"s": 3}, {"s": 4}])) == ["s"]
    assert list(differing(float("nan"), float("nan"))) == []
    assert list(differing(np.array([1.0]), np.array([2.0]))) == ["value"]
    one, other = pl.DataFrame({"a": [1], "b": [2]}), pl.DataFrame({"a": [1], "b": [3]})
    assert list(differing(one, other)) == ["b"]
    assert list(differing(one.to_pandas(), other.to_pandas())) == ["b"]
