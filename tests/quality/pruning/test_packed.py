"""A packed model says what the model said, and takes far fewer bytes."""

from __future__ import annotations

import pickle
import subprocess
import sys
from io import BytesIO

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import load_diabetes, load_digits
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier
from threadpoolctl import threadpool_limits

from tilth.data.formats.skops import Skops
from tilth.data.source import FileSource
from tilth.errors import DataError, DefinitionError
from tilth.quality.pruning.layout import rounded_down, smallest
from tilth.quality.pruning.packed import PackedTrees
from tilth.quality.pruning.packing import n_trees_of, packed


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    with threadpool_limits(1):
        yield


def same(model, small, rows):
    """Labels and scores to the bit; chances of boosting to the last digits."""
    np.testing.assert_array_equal(small.predict(rows), model.predict(rows))
    if hasattr(model, "decision_function"):
        said = model.decision_function(rows)
        np.testing.assert_array_equal(small.decision_function(rows), said)
        np.testing.assert_allclose(
            small.predict_proba(rows), model.predict_proba(rows), rtol=1e-13, atol=1e-15
        )
    elif hasattr(model, "predict_proba"):
        both = small.predict_proba(rows), model.predict_proba(rows)
        assert isinstance(both[0], list) == isinstance(both[1], list)
        for one, other in zip(*(b if isinstance(b, list) else [b] for b in both), strict=True):
            np.testing.assert_array_equal(one, other)


def n_bytes(model):
    stream = BytesIO()
    Skops().write(stream, model)
    return len(stream.getvalue())


# Identity


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_tree_or_forest_says_the_same_packed(data):
    seed = data.draw(st.integers(0, 10_000))
    random = np.random.default_rng(seed)
    n, width = data.draw(st.integers(2, 120)), data.draw(st.integers(1, 6))
    rows = random.normal(size=(n, width)) * 10.0 ** random.integers(-30, 30)
    if data.draw(st.booleans()):
        rows = random.integers(-3, 3, (n, width)).astype(float)
    missing = data.draw(st.sampled_from([0.0, 0.0, 0.3]))
    rows[random.random(rows.shape) < missing] = np.nan
    targets = data.draw(st.integers(1, 3))
    quantity = data.draw(st.booleans())
    if quantity:
        truth = random.normal(size=(n, targets)) * 10.0 ** random.integers(-5, 5)
    else:
        truth = random.integers(0, data.draw(st.integers(1, 5)), (n, targets))
    kinds = (
        [DecisionTreeRegressor, RandomForestRegressor, ExtraTreesRegressor]
        if quantity
        else [DecisionTreeClassifier, RandomForestClassifier, ExtraTreesClassifier]
    )
    kind = data.draw(st.sampled_from(kinds))
    more = {"max_leaf_nodes": data.draw(st.sampled_from([None, 2, 7]))}
    more["min_samples_leaf"] = data.draw(st.integers(1, 5))
    if not kind.__name__.startswith("DecisionTree"):
        more["n_estimators"] = data.draw(st.integers(1, 8))
    model = kind(random_state=seed, **more).fit(rows, truth if targets > 1 else truth[:, 0])

    small = packed(model)

    asked = np.concatenate([rows, random.normal(size=(20, width))])
    if missing:
        asked[random.random(asked.shape) < 0.2] = np.nan
    same(model, small, asked)
    same(model, pickle.loads(pickle.dumps(small)), asked)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    classes=st.sampled_from([0, 2, 2, 4]),
    histograms=st.booleans(),
    missing=st.sampled_from([0.0, 0.2]),
)
def test_any_boosted_trees_say_the_same_packed(seed, classes, histograms, missing):
    random = np.random.default_rng(seed)
    rows = random.normal(size=(80, 3)).round(int(random.integers(0, 4)))
    if histograms:
        rows[random.random(rows.shape) < missing] = np.nan
    truth = random.integers(0, classes, 80) if classes else random.normal(size=80)
    kinds = {
        (True, True): HistGradientBoostingClassifier,
        (True, False): HistGradientBoostingRegressor,
        (False, True): GradientBoostingClassifier,
        (False, False): GradientBoostingRegressor,
    }
    rounds = {"max_iter" if histograms else "n_estimators": int(random.integers(1, 8))}
    kind = kinds[histograms, classes > 0]
    model = kind(random_state=seed, learning_rate=float(random.random()) + 0.01, **rounds)
    model.fit(rows, truth)

    asked = np.concatenate([rows, 5 * random.normal(size=(20, 3))])
    if histograms:
        asked[0] = [np.inf, -np.inf, np.nan]
    same(model, packed(model), asked)


@pytest.mark.parametrize(
    "model",
    [
        HistGradientBoostingRegressor(loss="poisson", max_iter=5),
        HistGradientBoostingRegressor(loss="gamma", max_iter=5),
        HistGradientBoostingRegressor(loss="quantile", quantile=0.8, max_iter=5),
        GradientBoostingRegressor(loss="huber", n_estimators=5),
        GradientBoostingRegressor(init="zero", n_estimators=5),
    ],
    ids=str,
)
def test_other_losses_have_other_links(model):
    random = np.random.default_rng(0)
    rows = random.normal(size=(200, 3))
    model.fit(rows, np.exp(rows[:, 0]) + 0.1)

    np.testing.assert_allclose(packed(model).predict(rows), model.predict(rows), rtol=1e-14)


def test_the_exponential_loss_and_labels_that_are_text():
    random = np.random.default_rng(0)
    rows = random.normal(size=(200, 3))
    truth = np.where(rows[:, 0] > 0, "yes", "no")

    same_as = GradientBoostingClassifier(loss="exponential", n_estimators=5).fit(rows, truth)
    same(same_as, packed(same_as), rows)
    tree = ExtraTreeClassifier(random_state=0).fit(rows, truth)
    same(tree, packed(tree), rows)


@given(
    st.lists(st.floats(allow_nan=False), min_size=1, max_size=20),
    st.floats(width=32, allow_nan=False),
)
@example([-3.402823364973241e38], 0.0)  # the next single below is infinite
def test_a_threshold_rounded_down_parts_singles_as_before(thresholds, single):
    given_, asked = np.array(thresholds), np.float32(single)

    np.testing.assert_array_equal(asked <= rounded_down(given_), asked <= given_)


@given(st.lists(st.floats(), min_size=1, max_size=20).map(np.array))
def test_the_smallest_type_loses_nothing(values):
    found = smallest(values)

    np.testing.assert_array_equal(found.astype(float), values)
    assert found.itemsize <= values.itemsize


# Bytes


def test_the_digits_forest_is_kept_in_a_fifteenth_of_its_bytes():
    rows, truth = load_digits(return_X_y=True)
    model = RandomForestClassifier(60, random_state=0).fit(rows, truth)

    small = packed(model)

    assert n_bytes(model) > 15 * n_bytes(small)
    assert len(pickle.dumps(model)) > 45 * len(pickle.dumps(small))
    same(model, small, rows)


def test_asking_does_not_make_the_file_larger():
    rows, truth = load_diabetes(return_X_y=True)
    small = packed(RandomForestRegressor(5, random_state=0).fit(rows, truth))
    before = pickle.dumps(small)

    small.predict(rows)

    assert pickle.dumps(small) == before


# Where it stands in for an estimator


def test_a_skops_file_of_it_is_read_without_asking_for_trust(tmp_path):
    rows, truth = load_diabetes(return_X_y=True)
    model = make_pipeline(StandardScaler(), HistGradientBoostingRegressor(max_iter=5))
    small = packed(model.fit(rows, truth))
    path = tmp_path / "small.skops"
    with path.open("wb") as stream:
        Skops().write(stream, small)

    again = Skops().read(FileSource(path))

    np.testing.assert_array_equal(again.predict(rows), model.predict(rows))


def test_reading_it_back_and_asking_imports_numpy_alone(tmp_path):
    rows, truth = load_diabetes(return_X_y=True)
    model = RandomForestRegressor(5, random_state=0).fit(rows, truth)
    (tmp_path / "small").write_bytes(pickle.dumps(packed(model)))
    program = (
        "import pickle, sys\n"
        "from pathlib import Path\n"
        "import numpy\n"
        "small = pickle.loads(Path(sys.argv[1]).read_bytes())\n"
        "print(repr(float(small.predict(numpy.zeros((1, 10)))[0])))\n"
        "print(*sorted({'sklearn', 'scipy', 'pandas', 'polars'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "small"],
        capture_output=True,
        text=True,
        check=True,
    )

    said, imported = done.stdout.split("\n")[:2]
    assert float(said) == model.predict(np.zeros((1, 10)))[0]
    assert imported == ""


def test_scikit_learn_takes_it_for_what_it_was():
    rows, truth = load_digits(return_X_y=True)
    model = make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0))
    model.fit(rows, truth)
    small = packed(model)

    assert is_classifier(small)
    assert not is_regressor(small)
    for name in ("accuracy", "neg_log_loss", "roc_auc_ovr"):
        scorer = get_scorer(name)
        assert scorer(small, rows, truth) == scorer(model, rows, truth)
    assert clone(small).steps[-1][1] is small.steps[-1][1]
    assert is_regressor(packed(DecisionTreeRegressor().fit(rows, truth)))


def test_columns_are_found_by_name():
    random = np.random.default_rng(0)
    table = pl.DataFrame({"a": random.normal(size=50), "b": random.normal(size=50)})
    model = DecisionTreeRegressor().fit(table, table["a"].to_numpy())

    small = packed(model)

    moved = table.select("b", "a")
    np.testing.assert_array_equal(small.predict(moved), model.predict(table))
    assert list(small.feature_names_in_) == ["a", "b"]


def test_the_first_trees_of_a_forest_are_a_forest_of_as_many():
    rows, truth = load_digits(return_X_y=True)
    whole = RandomForestClassifier(20, random_state=3).fit(rows, truth)
    short = RandomForestClassifier(7, random_state=3).fit(rows, truth)

    same(short, packed(whole, n_trees=7), rows)
    assert n_trees_of(whole) == 20
    assert packed(whole, n_trees=7).n_trees == 7


def test_the_first_rounds_of_boosting_are_boosting_of_as_many():
    rows, truth = load_digits(return_X_y=True)
    whole = HistGradientBoostingClassifier(max_iter=6, random_state=3).fit(rows[:300], truth[:300])
    short = HistGradientBoostingClassifier(max_iter=2, random_state=3).fit(rows[:300], truth[:300])

    same(short, packed(whole, n_trees=2), rows)


# What cannot be


def test_a_model_without_trees_is_told_of():
    rows, truth = load_digits(return_X_y=True)
    linear = LogisticRegression(max_iter=5000).fit(rows[:100], truth[:100])
    votes = VotingClassifier([("a", RandomForestClassifier(2)), ("b", DecisionTreeClassifier())])

    with pytest.raises(DataError, match="LogisticRegression has no trees that can be packed"):
        packed(linear)
    with pytest.raises(DataError, match="VotingClassifier has no trees"):
        packed(votes.fit(rows, truth))


def test_boosting_that_was_told_of_categories_is_told_of():
    rows = np.random.default_rng(0).integers(0, 4, (100, 2)).astype(float)
    model = HistGradientBoostingRegressor(categorical_features=[0], max_iter=3)

    with pytest.raises(DataError, match="was told of categories, and cannot be packed"):
        packed(model.fit(rows, rows[:, 0]))


def test_boosting_that_starts_from_a_model_is_told_of():
    rows, truth = load_diabetes(return_X_y=True)
    model = GradientBoostingRegressor(init=DecisionTreeRegressor(max_depth=2), n_estimators=3)

    with pytest.raises(DataError, match="starts from a DecisionTreeRegressor"):
        packed(model.fit(rows, truth))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (np.zeros((1, 9)), r"rows of 10 numbers, and got an array of shape \(1, 9\)"),
        (np.zeros(10), "rows of 10 numbers"),
        (np.full((1, 10), np.inf), "10 numbers that are infinite"),
        (np.full((2, 10), 1e300), "20 numbers that are infinite"),
    ],
)
def test_rows_that_the_model_would_not_take_are_refused(rows, said):
    known, truth = load_diabetes(return_X_y=True)
    small = packed(RandomForestRegressor(2, random_state=0).fit(known, truth))

    with pytest.raises(DataError, match=said):
        small.predict(rows)


def test_gaps_are_refused_where_the_model_refuses_them():
    known, truth = load_diabetes(return_X_y=True)
    small = packed(GradientBoostingRegressor(n_estimators=2).fit(known, truth))

    with pytest.raises(DataError, match="10 numbers that are missing or infinite"):
        small.predict(np.full((1, 10), np.nan))


def test_it_cannot_be_fitted():
    known, truth = load_diabetes(return_X_y=True)
    small = packed(DecisionTreeRegressor(max_depth=2).fit(known, truth))

    assert isinstance(small, PackedTrees)
    assert small.n_nodes == 7
    with pytest.raises(DefinitionError, match="a packed model cannot be fitted"):
        small.fit(known, truth)
