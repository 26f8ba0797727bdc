"""A tree is told in words of the table, whatever stands before it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tilth.errors import DefinitionError
from tilth.quality.explanation.table import Table
from tilth.quality.explanation.told_tree import is_one_tree, tree_in_words, tree_nodes


def told(model, frame):
    return tree_nodes(model, Table.of(frame, frame[:1]))


def one_column(transformer, name="x"):
    return make_column_transformer((transformer, [name]), remainder="passthrough")


def answers(nodes, frame, row):
    """Walk down by the questions' own words, as a reader would."""
    by_parent = {(each["parent"], each["answer"]): each for each in nodes}
    node = nodes[0]
    while "question" in node:
        value = frame[node["column"]][row]
        if value is None:
            reply = node["missing"]
        elif " is between " in node["question"]:
            low, high = node["question"].split(" is between ")[1].split(" and ")
            reply = "yes" if float(low) - 1e-2 <= value <= float(high) + 1e-2 else "no"
        elif " ≤ " in node["question"]:
            bound = float(node["question"].split(" ≤ ")[1].replace(",", ""))
            reply = "yes" if value <= bound else "no"
        else:
            names = node["question"].split(" is ")[1].replace(" or ", ", ").split(", ")
            reply = "yes" if str(value) in names else "no"
        node = by_parent[node["id"], reply]
    return node["says"]


@pytest.mark.parametrize(
    "encoder",
    [OneHotEncoder(sparse_output=False), OneHotEncoder(), OrdinalEncoder()],
    ids=["dense", "sparse", "ordinal"],
)
def test_who_follows_the_words_comes_to_what_the_tree_says(encoder, shop):
    frame, worth, _ = shop()
    columns = make_column_transformer(
        (encoder, ["town"]), (StandardScaler(), ["price"]), ("passthrough", ["items", "age"])
    )
    model = make_pipeline(columns, DecisionTreeRegressor(max_depth=4, min_samples_leaf=15))
    model.fit(frame, worth)

    nodes = told(model, frame)

    by_words = np.array([answers(nodes, frame, i) for i in range(60)])
    # Thresholds are told to four digits, which may part one row in hundreds otherwise.
    assert np.isclose(by_words, model.predict(frame[:60])).mean() >= 0.98
    assert {each["column"] for each in nodes if "question" in each} >= {"town", "price"}


def test_a_category_is_asked_for_by_its_name(shop):
    frame, _, _ = shop()
    is_there = (frame["town"] == "Oslo").to_numpy()
    for encoder in (OneHotEncoder(), OrdinalEncoder(categories=[["Bonn", "Oslo", "Ulm"]])):
        model = make_pipeline(one_column(encoder, "town"), DecisionTreeClassifier())
        nodes = told(model.fit(frame.select("town"), is_there), frame.select("town"))

        assert nodes[0]["question"] in {f"town is {each}" for each in ("Oslo", "Bonn", "Ulm")}
        last = [each for each in nodes if "stopped" in each]
        assert {each["stopped"] for each in last} == {"its rows are all alike"}


def test_a_scale_that_turns_around_is_turned_back():
    x = np.arange(40.0)
    frame = pl.DataFrame({"x": x})
    model = make_pipeline(
        one_column(FunctionTransformer(lambda t: -10 * np.asarray(t, float))),
        DecisionTreeRegressor(max_depth=1),
    ).fit(frame, (x > 24.5) * 1.0)

    nodes = told(model, frame)

    assert nodes[0]["question"] == "x ≤ 24.5"
    assert (nodes[1]["answer"], nodes[1]["says"]) == ("yes", 0.0)


def test_a_bin_is_between_two_numbers():
    x = np.arange(90.0)
    frame = pl.DataFrame({"x": x})
    bins = KBinsDiscretizer(3, encode="onehot-dense", quantile_method="averaged_inverted_cdf")
    model = make_pipeline(one_column(bins), DecisionTreeRegressor(max_depth=1))
    model.fit(frame, ((x >= 30) & (x < 60)) * 1.0)

    assert told(model, frame)[0]["question"] == "x is between 30 and 59"


def test_missing_values_are_told_where_they_go():
    x = np.array([1.0, 2, 3, 4] * 20 + [np.nan] * 20)
    frame = pl.DataFrame({"x": x}, nan_to_null=True)
    y = np.where(np.isnan(x), 5.0, x > 2)
    model = DecisionTreeRegressor(max_depth=1).fit(x[:, None], y)

    nodes = tree_nodes(model, Table.of(x[:, None], x[:1, None]))

    assert nodes[0]["missing"] in ("yes", "no")
    assert frame["x"].null_count() == 20
    leaf = next(each for each in nodes if each["answer"] == nodes[0]["missing"])
    assert leaf["says"] == pytest.approx(float(model.predict([[np.nan]])[0]))


def test_a_number_of_several_columns_is_told_by_its_own_name():
    random = np.random.default_rng(0)
    x = random.normal(size=(100, 3))
    model = make_pipeline(PCA(2), DecisionTreeRegressor(max_depth=2)).fit(x, x[:, 0])

    nodes = told(model, x)

    assert nodes[0]["question"].startswith("prepared number ")
    assert nodes[0]["column"] == ""


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"max_depth": 1}, "max_depth = 1 is reached"),
        ({"min_samples_leaf": 150}, "rows are too few for min_samples_leaf = 150"),
        ({"min_samples_split": 350}, "rows are too few for min_samples_split = 350"),
        ({"max_leaf_nodes": 2}, "max_leaf_nodes = 2"),
        ({"ccp_alpha": 0.2}, "ccp_alpha = 0.2"),
    ],
)
def test_a_leaf_says_why_it_is_one(settings, why, numbers):
    x, y = numbers()
    model = DecisionTreeRegressor(random_state=0, **settings).fit(x, y)

    leaves = [each for each in told(model, x) if "stopped" in each]

    assert any(why in each["stopped"] for each in leaves), leaves


def test_gains_are_those_of_scikit_learn(numbers):
    x, y = numbers()
    model = DecisionTreeClassifier(max_depth=4, random_state=0).fit(x, y > 0)

    nodes = told(model, x)

    gains = np.zeros(5)
    for each in nodes:
        if "question" in each:
            gains[int(each["column"][1:])] += each["gain_of_all"]
    np.testing.assert_allclose(gains / gains.sum(), model.feature_importances_)


def test_the_tree_as_text():
    frame = pl.DataFrame({"x": [1.0, 2, 3, 4] * 10})
    model = DecisionTreeClassifier(max_depth=1).fit(frame.to_numpy(), frame["x"].to_numpy() > 2)

    text = tree_in_words(tree_nodes(model, Table.of(frame.to_numpy(), frame.to_numpy())), "y")

    assert text == (
        "How y is predicted; a question that gains more parts rows better.\n"
        "all rows: 40 rows, True 50.0 %\n"
        "    x0 ≤ 2.5? gains 0.5 over all rows\n"
        "    yes: 20 rows, True 0.0 %\n"
        "        ends here: its rows are all alike\n"
        "    no: 20 rows, True 100.0 %\n"
        "        ends here: its rows are all alike\n"
    )


def test_what_is_no_tree_is_refused_and_one_that_asks_nothing_says_so(numbers):
    x, y = numbers()
    forest = RandomForestRegressor(2).fit(x, y)
    stump = DecisionTreeRegressor().fit(x, np.ones(len(x)))

    assert not is_one_tree(forest)
    with pytest.raises(DefinitionError, match="RandomForestRegressor is not one decision tree"):
        told(forest, x)
    assert "The tree asks nothing" in tree_in_words(told(stump, x))
