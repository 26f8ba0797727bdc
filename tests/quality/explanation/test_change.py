"""What changed since the last model is told as parts of columns, which add up."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from tilth.errors import DefinitionError
from tilth.quality.explanation import explain
from tilth.quality.explanation.change import change, changed_answers
from tilth.quality.explanation.told_change import row_change, whole_change

PLANTED = 3
"""The column whose effect changes."""


def only_planted(x):
    """The same rows, where nothing else can be learned from."""
    blind = np.zeros_like(x)
    blind[:, PLANTED] = x[:, PLANTED]
    return blind


def linear(x, y):
    before = LinearRegression().fit(x, y)
    now = deepcopy(before)
    now.coef_[PLANTED] += 2.0
    return now, before


def logistic(x, y):
    before = LogisticRegression().fit(x, y > 0)
    now = deepcopy(before)
    now.coef_[0, PLANTED] += 2.0
    return now, before


def forest(kind):
    """Two forests that share all trees but one, and that one asks about a single column."""

    def made(x, y):
        target = y > 0 if kind is RandomForestClassifier else y
        other = x[:, PLANTED] > 0 if kind is RandomForestClassifier else x[:, PLANTED]
        before = kind(8, max_depth=5, random_state=0).fit(x, target)
        single = kind(2, max_depth=3, random_state=0).fit(only_planted(x), other)
        before.estimators_[0] = single.estimators_[0].fit(only_planted(x), target.astype(float))
        now = deepcopy(before)
        now.estimators_[0] = single.estimators_[1]
        return now, before

    return made


def boosting(kind):
    """A model, and the same with more trees that were fitted where one column alone varies."""

    def made(x, y):
        target = y > 0 if kind is GradientBoostingClassifier else y
        effect = y + 3 * x[:, PLANTED]
        changed = effect > 0 if kind is GradientBoostingClassifier else effect
        before = kind(n_estimators=10, random_state=0, warm_start=True).fit(x, target)
        now = deepcopy(before).set_params(n_estimators=20).fit(only_planted(x), changed)
        return now, before

    return made


KINDS = [
    pytest.param(linear, "linear", "chance", id="linear"),
    pytest.param(logistic, "linear", "score", id="logistic"),
    pytest.param(forest(RandomForestRegressor), "trees", "chance", id="forest"),
    pytest.param(forest(RandomForestClassifier), "trees", "chance", id="forest of classes"),
    pytest.param(boosting(GradientBoostingRegressor), "trees", "chance", id="boosting"),
    pytest.param(boosting(GradientBoostingClassifier), "trees", "score", id="boosting of classes"),
]


@pytest.mark.parametrize(("kind", "method", "scale"), KINDS)
def test_a_planted_change_of_one_column_is_all_told_to_be_that_column_s(
    numbers, kind, method, scale
):
    x, y = numbers()
    now, before = kind(x, y)

    found = change(now, before, x[:20], x[100:160], scale=scale)

    difference = found.difference
    others = np.delete(difference.values, PLANTED, axis=1)
    assert difference.method == method
    assert found.is_exact
    np.testing.assert_allclose(others, 0, atol=1e-9)
    planted = difference.base + difference.values[:, PLANTED]
    assert np.abs(planted).max() > 0.01
    np.testing.assert_allclose(planted, difference.predictions, atol=1e-9)
    assert changed_answers(now, before, x).changed > 0
    told = whole_change(found, changed_answers(now, before, x), range(20))
    assert told["columns"][0]["column"] == f"x{PLANTED}"
    assert told["columns"][0]["change"]["value"] > 0.01
    assert all(each["change"]["value"] < 1e-9 for each in told["columns"][1:])
    most = np.abs(difference.predictions[:, 0]).argmax()
    assert told["examples"][0]["row"] == most


@pytest.mark.parametrize(("kind", "method", "scale"), KINDS)
def test_parts_of_the_difference_are_its_shapley_values(numbers, kind, method, scale):
    x, y = numbers()
    now, before = kind(x, y)

    found = change(now, before, x[:4], x[100:120], scale=scale)
    exact = change(now, before, x[:4], x[100:120], scale=scale, method="exact")

    np.testing.assert_allclose(found.difference.values, exact.difference.values, atol=1e-9)


def test_the_parts_of_two_models_that_learned_apart_add_up_to_the_difference(numbers):
    x, y = numbers()
    now = RandomForestRegressor(10, random_state=1).fit(x, y + x[:, PLANTED])
    before = GradientBoostingRegressor(n_estimators=10, random_state=0).fit(x, y)

    found = change(now, before, x[:9], x[100:140])

    difference = now.predict(x[:9]) - before.predict(x[:9])
    parts = found.difference.base + found.difference.values.sum(axis=1)
    np.testing.assert_allclose(parts[:, 0], difference, atol=1e-9)
    assert found.difference.gap < 1e-9


def test_chances_of_boosting_are_shared_as_chances(numbers):
    x, y = numbers()
    now, before = boosting(GradientBoostingClassifier)(x, y)

    found = change(now, before, x[:3], x[100:130])

    apart = now.predict_proba(x[:3])[:, 1] - before.predict_proba(x[:3])[:, 1]
    np.testing.assert_allclose(found.difference.predictions[:, 0], apart, atol=1e-12)
    assert found.difference.gap < 1e-9
    # A chance is no sum: how much one column's change does depends on what the others say.
    strengths = np.abs(found.difference.values).mean(axis=(0, 2))
    assert strengths.argmax() == PLANTED


def test_drawn_orders_are_the_same_for_both_and_their_errors_are_of_the_difference(numbers):
    x, y = numbers(n_columns=20)
    before = KNeighborsRegressor().fit(x, y)

    def planted(table):
        return before.predict(table) + 2 * table[:, PLANTED]

    found = change(planted, before, x[:3], x[100:130])

    assert found.difference.method == "sampled"
    assert not found.is_exact
    # Drawn apart, the parts of the two models would differ by more than these errors.
    others = np.delete(found.difference.values, PLANTED, axis=1)
    np.testing.assert_allclose(others, 0, atol=1e-9)
    assert found.difference.errors.max() < found.now.errors.max()
    np.testing.assert_allclose(
        found.now.values - found.before.values, found.difference.values, atol=1e-9
    )


def test_the_same_model_again_differs_in_nothing(numbers):
    x, y = numbers()
    model = HistGradientBoostingClassifier(max_iter=5, random_state=0).fit(x, y > 0)

    found = change(model, deepcopy(model), x[:5], x[100:120])

    assert np.abs(found.difference.values).max() == 0
    assert changed_answers(model, deepcopy(model), x).changed == 0


def test_a_column_that_came_has_all_its_part_from_the_new_model(shop):
    frame, worth, _ = shop()
    towns = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["town"]), ("passthrough", ["price", "items"])
    )
    before = LinearRegression().fit(frame.select("price", "items"), worth)
    now = make_pipeline(towns, LinearRegression()).fit(
        frame.select("items", "town", "price"), worth
    )
    names = {"features": ("items", "town", "price"), "features_before": ("price", "items")}

    found = change(now, before, frame[:6], frame[100:140], target="worth", **names)

    alone = explain(now, frame[:6].select(names["features"]), frame[100:140])
    town = found.now.columns.index("town")
    assert found.now.columns == ("items", "town", "price")
    assert not found.before.values[:, town].any()
    np.testing.assert_allclose(found.difference.values[:, town], alone.values[:, 1])
    assert found.difference.gap < 1e-9
    told = row_change(found, 7)
    assert told["subject"] == "worth"
    assert told["sentences"][0].startswith("Worth was ")
    assert told["base"]["difference"] + sum(
        each["contribution"] for each in told["reasons"]
    ) == pytest.approx(told["difference"])


def test_how_often_answers_changed_is_told_by_what_became_of_what():
    rows = pl.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [0.0, 0.0, 1.0, 1.0]})
    before = KNeighborsClassifier(1).fit(rows.to_numpy(), ["no", "no", "yes", "yes"])
    now = KNeighborsClassifier(1).fit(rows.to_numpy(), ["no", "yes", "yes", "yes"])

    told = changed_answers(now, before, rows).as_dict()

    assert (told["asked"], told["changed"], told["share"]) == (4, 1, 0.25)
    assert told["moves"] == [{"from": "no", "to": "yes", "rows": 1}]


def test_why_the_lead_of_one_class_over_another_changed(numbers):
    x, y = numbers()
    size = np.digitize(y, [-1, 1])
    before = RandomForestClassifier(5, max_depth=4, random_state=0).fit(x, size)
    now = RandomForestClassifier(5, max_depth=4, random_state=1).fit(x, size)

    lead = change(now, before, x[:2], x[100:120]).between("2", "0")

    expected = np.diff(now.predict_proba(x[:2])[:, [0, 2]] - before.predict_proba(x[:2])[:, [0, 2]])
    np.testing.assert_allclose(lead.difference.predictions, expected, atol=1e-12)
    assert lead.difference.gap < 1e-9


def test_models_of_other_classes_are_not_compared_unless_by_one_that_both_know(numbers):
    x, y = numbers()
    before = RandomForestClassifier(3, random_state=0).fit(x, np.where(y > 0, "yes", "no"))
    three = np.array(["no", "perhaps", "yes"])[np.digitize(y, [-1, 1])]
    now = RandomForestClassifier(3, random_state=0).fit(x, three)

    with pytest.raises(DefinitionError, match="`no`, `perhaps`, `yes`, and the earlier") as caught:
        change(now, before, x[:2], x[100:120])

    assert "name a class that both of them know" in caught.value.hint
    found = change(now, before, x[:2], x[100:120], positive="no")
    assert found.difference.outputs == ("no",)


def test_a_quantity_is_not_compared_with_classes(numbers):
    x, y = numbers()

    with pytest.raises(DefinitionError, match="tells of a quantity, and the earlier one of cla"):
        change(LinearRegression().fit(x, y), LogisticRegression().fit(x, y > 0), x[:2], x[100:120])
