"""Going through pairs of rows finds what going through leaves finds, whatever trees ask about."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from tilth.quality.explanation import explain, joined_trees, pairs
from tilth.quality.explanation.pairs import pair_values
from tilth.quality.explanation.paths import path_values
from tilth.quality.explanation.prepared import Prepared
from tilth.quality.explanation.seats import MOST_PLAYERS
from tilth.quality.explanation.trees import Tree


def towns(encoder):
    return make_column_transformer((encoder, ["town"]), remainder="passthrough")


def both(monkeypatch, model, rows, background, **asked):
    """Explanations pair by pair and leaf by leaf."""
    module = import_module("tilth.quality.explanation.explain")  # the name is the function's
    monkeypatch.setattr(module, "_PAIRS", len(rows) * len(background))
    by_pairs = explain(model, rows, background, method="trees", **asked)
    monkeypatch.setattr(module, "_PAIRS", 0)
    return by_pairs, explain(model, rows, background, method="trees", **asked)


def chain(n_questions, value=1.0):
    """A tree that asks about one column after the other, as long as the answer is no."""
    n = 2 * n_questions + 1
    inner = np.arange(0, n - 1, 2)
    left, right = np.full((2, n), -1)
    left[inner], right[inner] = inner + 1, inner + 2
    feature, values = np.full(n, -2), np.zeros((n, 1))
    feature[inner], values[-1] = np.arange(n_questions), value
    return Tree(
        left=left, right=right, feature=feature, threshold=np.zeros(n),
        missing_left=np.zeros(n, bool), categories={}, values=values, single=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("last", "asked"),
    [
        (RandomForestClassifier(8, random_state=0), {}),
        (ExtraTreesRegressor(8, random_state=0), {}),
        (HistGradientBoostingClassifier(max_iter=9, random_state=0), {"scale": "score"}),
        (GradientBoostingClassifier(n_estimators=9, random_state=0), {"scale": "score"}),
    ],
    ids=lambda each: type(each).__name__,
)
def test_pairs_and_leaves_tell_the_same(last, asked, shop, monkeypatch):
    frame, worth, size = shop()
    frame = frame.with_columns(age=frame["age"].fill_null(0.0))
    encoder = OneHotEncoder(sparse_output=False, handle_unknown="ignore")
    target = worth if isinstance(last, ExtraTreesRegressor) else size
    model = make_pipeline(towns(encoder), last).fit(frame, target)

    by_pairs, by_leaves = both(monkeypatch, model, frame[:7], frame[100:140], **asked)

    assert np.abs(by_pairs.values).max() > 0.05
    np.testing.assert_allclose(by_pairs.values, by_leaves.values, atol=1e-12)


def test_missing_values_and_categories_go_where_the_trees_send_them(shop, monkeypatch):
    frame, worth, _ = shop()
    model = make_pipeline(
        towns(OrdinalEncoder()),
        HistGradientBoostingRegressor(max_iter=20, categorical_features=[0], random_state=0),
    ).fit(frame, worth)

    by_pairs, by_leaves = both(monkeypatch, model, frame[:12], frame[100:140])

    assert frame["age"][:12].null_count() > 0
    assert np.abs(by_pairs.values[:, 1]).max() > 0.5
    np.testing.assert_allclose(by_pairs.values, by_leaves.values, atol=1e-12)


def test_each_of_many_classes_gets_its_shares(numbers, monkeypatch):
    x, y = numbers()
    classes = np.digitize(y, [-1, 0, 1])
    model = RandomForestClassifier(6, random_state=0).fit(x, classes)

    by_pairs, by_leaves = both(monkeypatch, model, x[:5], x[100:130])

    assert by_pairs.values.shape == (5, 5, 4)
    np.testing.assert_allclose(by_pairs.values, by_leaves.values, atol=1e-12)


@pytest.mark.parametrize(
    ("module", "name", "few"), [(joined_trees, "_NODES", 1), (pairs, "_WALKERS", 3)]
)
def test_what_is_gone_through_in_parts_adds_up_to_the_same(module, name, few, numbers, monkeypatch):
    x, y = numbers()
    model = ExtraTreesRegressor(5, random_state=0).fit(x, y)
    whole = explain(model, x[:3], x[100:110], method="trees")
    monkeypatch.setattr(module, name, few)

    parts = explain(model, x[:3], x[100:110], method="trees")

    np.testing.assert_allclose(parts.values, whole.values, atol=1e-12)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_numbers_of_one_column_are_decided_together(seed):
    """Also where some numbers belong to no column, as they are the same for all."""
    random = np.random.default_rng(seed)
    x = random.integers(0, 3, (60, 6)).astype(float)
    x[:, 5] = 1
    y = random.normal(size=60)
    trees = [tree_of(each) for each in ExtraTreesRegressor(3, random_state=seed).fit(x, y)]
    owners = np.r_[random.integers(0, 3, 5), -1]
    given = Prepared(numbers=x[:9], owners=owners, estimator=None)

    np.testing.assert_allclose(
        pair_values(trees, given, 2, 3), path_values(trees, given, 2, 3), atol=1e-12
    )


def tree_of(estimator):
    tree = estimator.tree_
    return Tree(
        left=tree.children_left, right=tree.children_right, feature=tree.feature,
        threshold=tree.threshold, missing_left=np.zeros(tree.node_count, bool), categories={},
        values=tree.value[:, 0], single=True,
    )  # fmt: skip


def test_of_a_chain_each_column_gets_the_same():
    """All must be in for its last leaf, so that each of n columns has 1 / n."""
    n = MOST_PLAYERS
    given = Prepared(numbers=np.array([[1.0] * n, [-1.0] * n]), owners=np.arange(n), estimator=None)

    found = pair_values([chain(n)], given, 1, n)

    np.testing.assert_allclose(found[0, :, 0], 1 / n)


def test_paths_that_ask_about_too_many_columns_are_left_to_others():
    n = MOST_PLAYERS + 1
    given = Prepared(numbers=np.array([[1.0] * n, [-1.0] * n]), owners=np.arange(n), estimator=None)

    assert pair_values([chain(n)], given, 1, n) is None
    assert path_values([chain(n)], given, 1, n) is None


def test_a_tree_that_asks_nothing_adds_nothing():
    alone = chain(0)
    given = Prepared(numbers=np.array([[1.0], [2.0]]), owners=np.arange(1), estimator=None)

    assert not pair_values([alone, alone], given, 1, 1).any()
