"""What matters to a model as a whole, with intervals, and checked from another side."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression

from tilth.quality.explanation import explain
from tilth.quality.explanation.answers import answers_of
from tilth.quality.explanation.importance import importances, losses_by_shuffling
from tilth.quality.explanation.table import Table


def test_of_a_linear_model_it_is_the_weight_times_the_mean_distance(numbers):
    x, y = numbers()
    model = LinearRegression().fit(x, y)

    found = {each.column: each for each in importances(explain(model, x[:200], x[200:]))}

    away = np.abs(model.coef_ * (x[:200] - x[200:].mean(axis=0))).mean(axis=0)
    for i, each in enumerate(away):
        assert found[f"x{i}"].strength.value == pytest.approx(each)
    assert sum(each.part for each in found.values()) == pytest.approx(1)
    assert found["x0"].direction == "raises"


def test_the_interval_holds_what_other_rows_show(numbers):
    x, y = numbers(4200)
    model = LinearRegression().fit(x, y)
    whole = {e.column: e.strength.value for e in importances(explain(model, x[:4000], x[4000:]))}

    held = [
        whole[each.column] in each.strength.interval
        for start in range(0, 4000, 200)
        for each in importances(explain(model, x[start : start + 200], x[4000:]))
    ]

    assert 0.88 <= np.mean(held) <= 0.99


def test_directions_and_levels():
    random = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "down": random.normal(size=300),
            "bend": random.normal(size=300),
            "town": random.choice(["Oslo", "Bonn"], 300),
            "idle": 1.0,
        }
    )

    def says(table):
        oslo = (table["town"] == "Oslo").to_numpy()
        return -table["down"].to_numpy() + table["bend"].to_numpy() ** 2 + 3.0 * oslo

    found = {e.column: e for e in importances(explain(says, frame[:100], frame[200:]))}

    assert found["down"].direction == "lowers"
    assert found["bend"].direction == "mixed"
    assert list(found["town"].levels) == ["Oslo", "Bonn"]
    assert found["town"].levels["Oslo"] - found["town"].levels["Bonn"] == pytest.approx(3)
    assert found["idle"].strength.value == 0


def test_several_classes_have_no_one_direction(numbers):
    x, y = numbers()
    model = RandomForestClassifier(10, random_state=0).fit(x, np.digitize(y, [-1, 1]))

    found = importances(explain(model, x[:100], x[100:150]))

    assert {each.direction for each in found} == {""}
    assert found[0].as_dict()["strength"]["low"] > 0


def test_one_row_has_no_interval(numbers):
    x, y = numbers()

    found = importances(explain(LinearRegression().fit(x, y), x[:1], x[1:]))

    assert np.isnan(found[0].strength.interval.low)


def test_losses_by_shuffling_are_those_of_scikit_learn(numbers):
    x, y = numbers(1000)
    model = LinearRegression().fit(x, y)
    table = Table.of(x, x[:1])

    ours = losses_by_shuffling(answers_of(model, x[:2]), table, y.tolist(), times=20)

    theirs = permutation_importance(
        model, x, y, scoring="neg_mean_squared_error", n_repeats=20, random_state=0
    ).importances_mean
    np.testing.assert_allclose(ours, theirs, atol=0.1 * theirs.max())


def test_of_classes_it_is_the_score_of_brier(numbers):
    x, y = numbers()
    model = RandomForestClassifier(10, max_depth=5, random_state=0).fit(x, y > 0)
    table = Table.of(x, x[:1])

    found = losses_by_shuffling(answers_of(model, x[:2]), table, (y > 0).tolist())

    assert int(np.argmax(found)) in (0, 1, 2)
    assert found[:3].min() > found[3:].max()
