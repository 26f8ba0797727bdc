"""Shares of columns are Shapley values, whichever method finds them, and add up."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tilth.errors import DataError, DefinitionError
from tilth.quality.explanation import explain
from tilth.quality.pruning.packing import packed


def one_hot():
    return make_column_transformer(
        (OneHotEncoder(sparse_output=False, handle_unknown="ignore"), ["town"]),
        ("passthrough", ["price", "items", "age"]),
    )


def ordinal():
    return make_column_transformer((OrdinalEncoder(), ["town"]), remainder="passthrough")


def agree(model, rows, background, tolerance=1e-8, **asked):
    """The method that is chosen finds what asking about each coalition finds."""
    chosen = explain(model, rows, background, **asked)
    exact = explain(model, rows, background, method="exact", **asked)
    assert chosen.method != "exact"
    np.testing.assert_allclose(chosen.values, exact.values, atol=tolerance)
    np.testing.assert_allclose(chosen.base, exact.base, atol=tolerance)
    return chosen


# Packed trees


@pytest.mark.parametrize(
    "model",
    [
        RandomForestRegressor(5, random_state=0),
        HistGradientBoostingRegressor(max_iter=5, random_state=0),
        GradientBoostingRegressor(n_estimators=5, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_packed_trees_are_gone_through_like_those_that_they_were_made_of(numbers, model):
    x, y = numbers()
    model.fit(x, y)

    whole = explain(model, x[:5], x[100:150])
    small = explain(packed(model), x[:5], x[100:150])

    assert whole.method == small.method == "trees"
    np.testing.assert_allclose(small.values, whole.values, atol=1e-12)


def test_packed_trees_of_classes_give_shares_of_chances(numbers):
    x, y = numbers()
    model = RandomForestClassifier(5, max_depth=5, random_state=0).fit(x, y > 0)

    whole = explain(model, x[:5], x[100:150])
    small = explain(packed(model), x[:5], x[100:150])

    assert whole.method == small.method == "trees"
    np.testing.assert_allclose(small.values, whole.values, atol=1e-12)


# Closed forms and axioms


def test_of_a_linear_model_a_share_is_the_weight_times_the_way_from_the_mean(numbers):
    x, y = numbers()
    model = LinearRegression().fit(x, y)

    found = explain(model, x[:7], x[100:200])

    assert found.method == "linear"
    expected = model.coef_ * (x[:7] - x[100:200].mean(axis=0))
    np.testing.assert_allclose(found.values[:, :, 0], expected, atol=1e-10)


def test_a_product_is_shared_equally():
    # v({a, b}) - v({}) = 6 with the background at nought, and neither does anything alone.
    found = explain(lambda t: t[:, 0] * t[:, 1], np.array([[2.0, 3.0, 9.0]]), np.zeros((1, 3)))

    np.testing.assert_allclose(found.values[0, :, 0], [3, 3, 0])


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 3), st.sampled_from(["e", "s"]))
@settings(max_examples=40, deadline=None)
def test_shares_keep_the_axioms(seed, n_columns, n_rows, which):
    random = np.random.default_rng(seed)
    method = {"e": "exact", "s": "sampled"}[which]
    weights = random.normal(size=(n_columns, n_columns))

    def first(t):
        return np.einsum("ni,ij,nj->n", t, weights, t)

    def second(t):
        return np.tanh(t.sum(axis=1))

    def both(t):
        return first(t) + 2 * second(t)

    def without(t):  # the last column is a dummy
        changed = t.copy()
        changed[:, -1] = 0
        return both(changed)

    rows, background = random.normal(size=(n_rows, n_columns)), random.normal(size=(4, n_columns))
    said = [explain(each, rows, background, method=method) for each in (first, second, both)]

    for each in said:
        assert each.adds_up
    np.testing.assert_allclose(said[2].values, said[0].values + 2 * said[1].values, atol=1e-9)
    dummy = explain(without, rows, background, method=method)
    np.testing.assert_allclose(dummy.values[:, -1], 0, atol=1e-12)


def test_columns_that_do_the_same_share_the_same():
    random = np.random.default_rng(0)
    rows, background = random.normal(size=(3, 4)), random.normal(size=(6, 4))
    rows[:, 1], background[:, 1] = rows[:, 0], background[:, 0]

    found = explain(
        lambda t: np.exp(t[:, 0] * t[:, 2]) + np.exp(t[:, 1] * t[:, 2]), rows, background,
        method="exact",
    )  # fmt: skip

    np.testing.assert_allclose(found.values[:, 0], found.values[:, 1])


def test_drawn_orders_come_near_and_know_how_near(numbers):
    x, y = numbers()
    model = KNeighborsClassifier().fit(x, y > 0)
    exact = explain(model, x[:5], x[100:150], method="exact")

    drawn = explain(model, x[:5], x[100:150], method="sampled")

    off = np.abs(drawn.values - exact.values)
    assert off.max() < 0.02
    assert (off <= 3 * drawn.errors + 1e-12).mean() > 0.95


def test_drawn_orders_are_asked_about_in_parts_where_there_are_many(numbers, monkeypatch):
    x, y = numbers()
    model = KNeighborsClassifier().fit(x, y > 0)
    whole = explain(model, x[:2], x[100:110], method="sampled")
    monkeypatch.setattr("tilth.quality.explanation.sampled._CELLS", 300)

    parts = explain(model, x[:2], x[100:110], method="sampled")

    np.testing.assert_allclose(parts.values, whole.values)
    np.testing.assert_allclose(parts.errors, whole.errors)


# Against shap


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeClassifier(max_depth=4),
        RandomForestClassifier(15, max_depth=5, random_state=0),
        RandomForestRegressor(15, random_state=0),
        ExtraTreesRegressor(15, random_state=0),
        GradientBoostingRegressor(n_estimators=20, random_state=0),
    ],
    ids=lambda each: type(each).__name__,
)
def test_trees_agree_with_shap_and_with_each_coalition(model, numbers):
    shap = pytest.importorskip("shap")
    x, y = numbers()
    model.fit(x, y > 0 if hasattr(model, "predict_proba") else y)

    found = agree(model, x[:10], x[100:150])

    explainer = shap.TreeExplainer(model, x[100:150], feature_perturbation="interventional")
    theirs = explainer.shap_values(x[:10])
    theirs = theirs[:, :, 1] if theirs.ndim == 3 else theirs
    np.testing.assert_allclose(found.values[:, :, 0], theirs, atol=1e-6)  # its own precision


def test_shap_s_kernels_agree_with_ours_where_they_see_each_coalition(numbers):
    shap = pytest.importorskip("shap")
    x, y = numbers(n_columns=4)
    model = KNeighborsClassifier().fit(x, y > 0)

    ours = explain(model, x[:3], x[100:130], method="exact")

    explainer = shap.KernelExplainer(lambda t: model.predict_proba(t)[:, 1], x[100:130])
    theirs = explainer.shap_values(x[:3], l1_reg=0, silent=True)
    np.testing.assert_allclose(ours.values[:, :, 0], theirs, atol=1e-8)


def test_numbers_are_put_where_their_columns_are(shop):
    frame, worth, _ = shop()
    columns = make_column_transformer(
        (StandardScaler(), ["items"]), ("passthrough", ["age", "price"])
    )
    forest = RandomForestRegressor(5, max_depth=4, random_state=0)

    agree(make_pipeline(columns, forest).fit(frame, worth), frame[:4], frame[100:130])


def test_few_rows_of_a_large_forest_agree_with_shap(numbers):
    shap = pytest.importorskip("shap")
    x, y = numbers(3000, n_columns=17)
    model = RandomForestRegressor(12, random_state=0).fit(x, y)

    found = explain(model, x[:2], x[100:120])

    explainer = shap.TreeExplainer(model, x[100:120], feature_perturbation="interventional")
    assert found.method == "trees"
    np.testing.assert_allclose(found.values[:, :, 0], explainer.shap_values(x[:2]), atol=1e-6)


# Columns of a table, as they are


@pytest.mark.parametrize("columns", [one_hot(), ordinal()], ids=["one-hot", "ordinal"])
@pytest.mark.parametrize(
    "last",
    [
        DecisionTreeClassifier(max_depth=5),
        RandomForestClassifier(10, max_depth=6, random_state=0),
    ],
    ids=lambda each: type(each).__name__,
)
def test_categories_are_whole_columns_however_they_are_encoded(columns, last, shop):
    frame, _, size = shop()
    model = make_pipeline(columns, last).fit(frame, size)

    found = agree(model, frame[:12], frame[100:140])

    assert found.columns == ("price", "town", "items", "age")
    assert found.outputs == ("small",)


def test_shares_of_encoded_numbers_are_not_those_of_the_column(shop):
    """Summing them up is what others do; it asks about rows of two towns at once."""
    frame, _, size = shop()
    columns = one_hot().fit(frame)
    forest = RandomForestClassifier(10, max_depth=6, random_state=0)
    forest.fit(columns.transform(frame), size)
    encoded = columns.transform(frame)
    whole = explain(make_pipeline(columns, forest), frame[:12], frame[100:140])

    apart = explain(forest, encoded[:12], encoded[100:140], method="trees")

    town = whole.values[:, 1] - apart.values[:, :3].sum(axis=1)
    assert 0.003 < np.abs(town).max() < 0.1


def test_boosting_that_knows_categories_itself(shop):
    frame, worth, _ = shop()
    model = make_pipeline(
        ordinal(),
        HistGradientBoostingRegressor(max_iter=30, categorical_features=[0], random_state=0),
    ).fit(frame, worth)

    found = agree(model, frame[:12], frame[100:140])

    assert found.method == "trees"
    assert np.abs(found.values[:, 1]).max() > 0.5


def test_boosting_whose_private_parts_are_others_is_asked_instead(numbers, monkeypatch):
    x, y = numbers()
    model = HistGradientBoostingRegressor(max_iter=10, random_state=0).fit(x, y)
    before = explain(model, x[:4], x[100:130])
    monkeypatch.setattr(
        "tilth.quality.explanation.trees._from_nodes", lambda *given: given[0].knots
    )

    renamed = explain(model, x[:4], x[100:130])
    monkeypatch.undo()
    for each in model._predictors[3]:
        each.nodes["value"] += each.nodes["count"] / 1e3
    monkeypatch.setattr(
        model, "predict", lambda t: before.predictions[:, 0][: len(t)].mean() + t[:, 0]
    )
    misread = explain(model, x[:4], x[100:130])

    assert (before.method, renamed.method, misread.method) == ("trees", "exact", "exact")
    np.testing.assert_allclose(renamed.values, before.values)


def test_boosting_that_was_fitted_on_categories_of_pandas(shop):
    frame, worth, _ = shop()
    table = frame.to_pandas().astype({"town": "category"})
    model = HistGradientBoostingRegressor(
        max_iter=30, categorical_features="from_dtype", random_state=0
    ).fit(table, worth)

    found = agree(model, table[:12], table[100:140])

    assert found.method == "trees"
    assert np.abs(found.values[:, 1]).max() > 0.5


def test_chances_of_boosting_are_explained_as_chances_and_scores_as_scores(shop):
    frame, _, size = shop()
    model = make_pipeline(
        ordinal(), HistGradientBoostingClassifier(max_iter=30, random_state=0)
    ).fit(frame, size)

    chance = explain(model, frame[:5], frame[100:140])
    score = agree(model, frame[:5], frame[100:140], scale="score")

    assert (chance.method, chance.scale) == ("exact", "chance")
    np.testing.assert_allclose(chance.predictions[:, 0], model.predict_proba(frame[:5])[:, 1])
    assert (score.method, score.scale) == ("trees", "score")
    np.testing.assert_allclose(score.predictions[:, 0], model.decision_function(frame[:5]))


@pytest.mark.parametrize(
    "last",
    [
        GradientBoostingClassifier(n_estimators=10, random_state=0),
        HistGradientBoostingClassifier(max_iter=10, random_state=0),
        LogisticRegression(),
    ],
    ids=lambda each: type(each).__name__,
)
@pytest.mark.parametrize("positive", [None, "0", "1"])
def test_scores_of_many_classes_and_of_two_have_their_sign(last, positive, numbers):
    x, y = numbers(n_columns=3)
    for target in (np.digitize(y, [-1, 1]), (y > 0).astype(int)):
        model = last.fit(x, target)

        found = agree(model, x[:6], x[100:130], scale="score", positive=positive)

        assert found.outputs == ((positive,) if positive else ("0", "1", "2")[: len(found.outputs)]
                                 if len(found.outputs) > 1 else ("1",))  # fmt: skip


def test_linear_models_have_encoded_columns_summed(shop):
    frame, worth, _ = shop()
    model = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(), ["town"]),
            (make_pipeline(SimpleImputer(), StandardScaler()), ["price", "items", "age"]),
        ),
        Ridge(),
    ).fit(frame, worth)

    assert agree(model, frame[:12], frame[100:140]).method == "linear"


def test_numbers_that_come_from_several_columns_leave_the_whole_to_be_asked(numbers):
    x, y = numbers()
    model = make_pipeline(PCA(3), DecisionTreeRegressor(max_depth=3)).fit(x, y)

    found = explain(model, x[:4], x[100:130])

    assert found.method == "exact"


def test_several_classes_add_up_each(numbers):
    x, y = numbers()
    model = RandomForestClassifier(10, random_state=0).fit(x, np.digitize(y, [-1, 1]))

    found = agree(model, x[:6], x[100:130])

    assert found.outputs == ("0", "1", "2")
    np.testing.assert_allclose(found.values.sum(axis=2), 0, atol=1e-9)  # chances sum to one


def test_missing_numbers_are_values_of_their_own(numbers):
    x, y = numbers(missing=0.2)
    for model in (
        DecisionTreeRegressor(max_depth=6),
        RandomForestRegressor(10, random_state=0),
        HistGradientBoostingRegressor(max_iter=20),
    ):
        assert agree(model.fit(x, y), x[:10], x[100:140]).method == "trees"


def test_a_search_is_looked_through(numbers):
    x, y = numbers()
    search = GridSearchCV(DecisionTreeRegressor(), {"max_depth": [2, 3]}, cv=2).fit(x, y)

    assert agree(search, x[:4], x[100:130]).method == "trees"


@pytest.mark.parametrize("kind", ["polars", "pandas", "numpy"])
def test_tables_of_any_kind_are_explained_alike(kind, numbers):
    x, y = numbers()
    frame = pl.DataFrame(x, schema=list("abcde"))
    given = {"polars": frame, "pandas": frame.to_pandas(), "numpy": x}[kind]
    model = RandomForestRegressor(10, random_state=0).fit(given, y)

    found = explain(model, given[:5], given[100:150])

    plain = RandomForestRegressor(10, random_state=0).fit(x, y)
    np.testing.assert_allclose(found.values, explain(plain, x[:5], x[100:150]).values)


@pytest.mark.parametrize("fitted_on", ["pandas", "numpy"])
def test_rows_of_polars_are_given_to_a_model_as_it_knows_them(fitted_on, numbers):
    x, y = numbers()
    frame = pl.DataFrame(x, schema=list("abcde"))
    model = LogisticRegression().fit(frame.to_pandas() if fitted_on == "pandas" else x, y > 0)

    found = explain(model, frame[:5], frame[100:150])

    own = frame[:5].to_pandas() if fitted_on == "pandas" else x[:5]
    np.testing.assert_allclose(found.predictions[:, 0], model.predict_proba(own)[:, 1])
    assert found.columns == tuple("abcde")


# Edges


def test_a_classifier_without_chances_is_explained_by_what_it_says(numbers):
    x, y = numbers(n_columns=4)
    model = LinearSVC().fit(x, y > 0)

    found = explain(model, x[:5], x[100:130])

    assert set(np.unique(found.predictions)) <= {0.0, 1.0}
    assert explain(model, x[:5], x[100:130], scale="score").method == "linear"


def test_one_column_gets_all_of_the_difference_and_a_constant_one_nothing(numbers):
    x, y = numbers()
    one = DecisionTreeRegressor(max_depth=3).fit(x[:, :1], y)
    x[:, 3] = 1.0
    five = DecisionTreeRegressor(max_depth=3).fit(x, y)

    found = explain(one, x[:5, :1], x[100:130, :1])

    np.testing.assert_allclose(found.values[:, 0], found.predictions - found.base)
    np.testing.assert_allclose(explain(five, x[:5], x[100:130]).values[:, 3], 0)


def test_two_hundred_columns(numbers):
    x, y = numbers(300, n_columns=200)
    for model in (Ridge(), DecisionTreeRegressor(max_depth=8), KNeighborsClassifier()):
        target = y > 0 if isinstance(model, KNeighborsClassifier) else y
        assert explain(model.fit(x, target), x[:1], x[100:120]).adds_up


def test_a_model_that_refuses_a_combination_is_told_of():
    def refuses(table):
        if ((table[:, 0] > 0) != (table[:, 1] > 0)).any():
            raise ValueError("a and b differ")
        return table.sum(axis=1)

    rows, background = np.ones((1, 2)), -np.ones((2, 2))

    with pytest.raises(DataError, match="values come from two rows: ValueError: a and b differ"):
        explain(refuses, rows, background)


def test_a_model_that_never_says_the_same_is_not_explained():
    random = np.random.default_rng(0)

    with pytest.raises(DataError, match="does not add up"):
        explain(lambda t: random.normal(size=len(t)), np.ones((2, 3)), np.zeros((4, 3)))


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"method": "magic"}, DefinitionError, "no method"),
        ({"scale": "magic"}, DefinitionError, "no scale"),
        ({"positive": "red"}, DefinitionError, "no class `red`"),
        ({"method": "trees"}, DefinitionError, "does not fit"),
    ],
)
def test_what_does_not_fit_is_told(asked, error, said, numbers):
    x, y = numbers()
    model = LogisticRegression().fit(x, y > 0)

    with pytest.raises(error, match=said):
        explain(model, x[:2], x[100:110], **asked)


@pytest.mark.parametrize(
    ("model", "rows", "error", "said"),
    [
        (3, np.ones((2, 5)), DefinitionError, "no `predict`"),
        (lambda t: t.sum(axis=1), np.ones((0, 5)), DataError, "no rows to explain"),
        (
            lambda t: t.sum(axis=1),
            pl.DataFrame(np.ones((2, 5))),
            DataError,
            "the background is a `numpy.ndarray`",
        ),
        (lambda t: t.sum(axis=1) * np.nan, np.ones((2, 5)), DataError, "NaN or infinity"),
        (LinearRegression(), np.ones((2, 5)), DataError, "cannot predict these rows"),
    ],
)
def test_what_cannot_be_explained_is_told(model, rows, error, said):
    with pytest.raises(error, match=said):
        explain(model, rows, np.ones((3, 5)))


def test_rows_can_be_told_in_long_form(shop):
    frame, _, size = shop()
    model = make_pipeline(one_hot(), DecisionTreeClassifier(max_depth=4)).fit(frame, size)
    found = explain(model, frame[:3], frame[100:130])

    told = found.long()

    assert told.columns == ["row", "output", "column", "value", "contribution"]
    assert told.height == 3 * 4
    assert told.filter(row=1, column="town")["value"].item() == frame["town"][1]
    sums = told.group_by("row", maintain_order=True).agg(pl.col("contribution").sum())
    np.testing.assert_allclose(
        sums["contribution"].to_numpy() + found.base[0], found.predictions[:, 0]
    )
    assert found.only([2]).long()["contribution"].to_list() == (
        told.filter(row=2)["contribution"].to_list()
    )


def test_arrays_of_text_and_numbers_need_no_other_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    rows = np.array([["Oslo", 3, "kg"]], object)
    background = np.array([["Bonn", 1, "kg"], ["Oslo", 1, "kg"]], object)

    found = explain(lambda t: (t[:, 0] == "Oslo") + t[:, 1].astype(float), rows, background)

    np.testing.assert_allclose(found.values[0, :, 0], [0.5, 2, 0])


def test_pandas_frames_keep_their_kinds_of_values():
    frame = pd.DataFrame({"when": pd.date_range("2026-01-01", periods=6), "n": range(6)})

    found = explain(lambda t: t["when"].dt.day + 10.0 * t["n"], frame[:1], frame[3:])

    np.testing.assert_allclose(found.values[0, :, 0], [1 - 5, 10 * (0 - 4)])
