"""Each row is judged by models that have not seen it, whatever the model and the table."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from tilth.errors import DefinitionError
from tilth.quality.classes import coded
from tilth.quality.folds import grouped_folds, stratified_folds
from tilth.quality.label_errors import find_label_errors
from tilth.quality.neighbour_votes import neighbour_probabilities
from tilth.quality.out_of_fold import out_of_fold
from tilth.quality.panel import default_panel
from tilth.quality.table_features import TableFeatures, as_table


def blobs(n=300, k=3, seed=0, separation=3.0):
    random = np.random.default_rng(seed)
    labels = np.arange(n) % k
    features = random.normal(size=(n, 4))
    features[np.arange(n), labels] += separation
    return features, labels


class Recorder:
    """A classifier that remembers which rows it saw; the first feature is the row's number."""

    def fit(self, rows, labels):
        self.rows = set(rows[:, 0].tolist())
        self.classes_ = np.unique(labels)
        return self

    def predict_proba(self, rows):
        assert not self.rows & set(rows[:, 0].tolist())
        return np.full((len(rows), len(self.classes_)), 1 / len(self.classes_))


def test_no_row_is_judged_by_a_model_that_saw_it():
    features = np.arange(40.0)[:, None]

    found = out_of_fold(features, np.arange(40) % 2, Recorder())

    np.testing.assert_allclose(found.probabilities, 0.5)
    assert np.bincount(found.folds).tolist() == [8] * 5


def test_the_probabilities_are_those_of_a_fit_by_hand():
    features, labels = blobs()

    found = out_of_fold(features, labels, GaussianNB(), n_folds=3, seed=4)

    for fold in range(3):
        held = found.folds == fold
        model = GaussianNB().fit(features[~held], labels[~held])
        np.testing.assert_allclose(found.probabilities[held], model.predict_proba(features[held]))


def test_several_models_are_averaged_and_kept_apart():
    features, labels = blobs()
    models = {"a": GaussianNB(), "b": LogisticRegression()}

    found = out_of_fold(features, labels, models)

    assert set(found.by_model) == {"a", "b"}
    np.testing.assert_allclose(found.probabilities, (found.by_model["a"] + found.by_model["b"]) / 2)


def test_the_seed_decides_everything_that_is_drawn():
    features, labels = blobs(separation=1.0)
    model = make_pipeline(StandardScaler(), DecisionTreeClassifier(splitter="random", max_depth=3))

    first, again, other = (out_of_fold(features, labels, model, seed=s) for s in (1, 1, 2))

    assert (first.probabilities == again.probabilities).all()
    assert (first.probabilities != other.probabilities).any()
    assert model.get_params()["decisiontreeclassifier__random_state"] is None


@pytest.mark.parametrize("container", [np.asarray, csr_array, pd.DataFrame, pl.DataFrame])
def test_an_estimator_gets_its_rows_in_the_kind_they_came(container):
    features, labels = blobs()

    class Picky(LogisticRegression):
        def fit(self, rows, labels):
            assert isinstance(rows, type(container(features)))
            return super().fit(rows, labels)

    found = out_of_fold(container(features), labels, Picky())

    assert (found.probabilities.argmax(axis=1) == labels).mean() > 0.9


def test_an_estimator_gets_its_labels_as_they_are():
    features, labels = blobs()
    names = np.array(["crow", "dove", "hawk"])[labels]
    model = LogisticRegression(class_weight={"crow": 1, "dove": 1, "hawk": 1})

    found = out_of_fold(features, names, model, classes=["hawk", "dove", "crow"])

    assert found.classes == ("hawk", "dove", "crow")
    assert (np.array(found.classes)[found.probabilities.argmax(axis=1)] == names).mean() > 0.9


@pytest.mark.parametrize("model", [LinearSVC(), RidgeClassifier(), SVC()])
@pytest.mark.parametrize("k", [2, 3])
def test_scores_become_probabilities_by_their_ranks(model, k):
    features, labels = blobs(n=600, k=k, separation=2.0)

    found = out_of_fold(features, labels, model).probabilities

    np.testing.assert_allclose(found.sum(axis=1), 1)
    for code in range(k):  # calibrated: among rows told about 0.8, about 0.8 are of the class
        sure = found[:, code] > 0.6
        assert (labels == code)[sure].mean() == pytest.approx(found[sure, code].mean(), abs=0.08)


def test_only_ranks_of_scores_count():
    features, labels = blobs(separation=1.5)

    class Stretched(RidgeClassifier):
        def decision_function(self, rows):
            return np.exp(super().decision_function(rows))

    plain = out_of_fold(features, labels, RidgeClassifier()).probabilities
    stretched = out_of_fold(features, labels, Stretched()).probabilities

    # Between the known scores isotonic regression draws lines, and those bend.
    assert np.abs(plain - stretched).mean() < 0.01


def test_a_model_without_scores_is_refused_with_a_way_out():
    class Silent:
        def fit(self, rows, labels): ...

        def predict(self, rows): ...

    with pytest.raises(DefinitionError, match=r"`Silent`.*neither probab.* nor scores") as told:
        out_of_fold(*blobs(), Silent())
    assert "neighbour_probabilities" in told.value.hint


def test_a_class_with_one_row_is_not_disowned_by_models_that_cannot_know_it():
    features, labels = blobs()
    labels[7] = 3

    found = out_of_fold(features, labels, LogisticRegression())

    assert found.unlearned.tolist() == [7]
    np.testing.assert_allclose(found.probabilities[7], 0.25)
    assert 7 not in find_label_errors(labels, found.probabilities).rows


def test_classes_with_fewer_rows_than_folds_are_served():
    features, labels = blobs()
    labels[:2] = 3

    found = out_of_fold(features, labels, SVC(), n_folds=5)

    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1)
    assert found.folds[0] != found.folds[1]
    assert len(found.unlearned) == 0


def test_a_training_part_of_one_class_needs_no_model():
    found = out_of_fold([[0.0], [1.0]], ["a", "b"], LogisticRegression(), n_folds=2)

    np.testing.assert_allclose(found.probabilities, 0.5)
    assert found.unlearned.tolist() == [0, 1]


@given(st.lists(st.integers(0, 4), min_size=6, max_size=60), st.integers(2, 6), st.integers(0, 9))
@settings(max_examples=50, deadline=None)
def test_folds_are_even_and_so_is_each_class_in_them(labels, n_folds, seed):
    known = coded(labels)

    folds = stratified_folds(known, n_folds, seed=seed)

    sizes = np.bincount(folds, minlength=n_folds)
    assert sizes.max() - sizes.min() <= 1
    for code in range(len(known.classes)):
        counts = np.bincount(folds[known.codes == code], minlength=n_folds)
        assert counts.max() - counts.min() <= 1


def test_groups_stay_together_and_classes_are_spread():
    random = np.random.default_rng(0)
    groups = random.integers(0, 40, 800)
    labels = coded((random.random(800) < 0.1 + 0.02 * groups).astype(int))

    folds = grouped_folds(labels, groups, 5, seed=0)

    assert all(len(set(folds[groups == group])) == 1 for group in range(40))
    shares = [labels.codes[folds == fold].mean() for fold in range(5)]
    assert max(shares) - min(shares) < 0.1
    assert max(np.bincount(folds)) < 1.3 * min(np.bincount(folds))


def test_groups_are_kept_out_of_the_models_that_judge_them():
    """Twins with random labels: a model that saw one of two would know the other's label."""
    random = np.random.default_rng(0)
    features = np.repeat(random.normal(size=(150, 4)), 2, axis=0)
    labels = np.repeat(random.integers(0, 2, 150), 2)
    tree = DecisionTreeClassifier()

    apart = out_of_fold(features, labels, tree, groups=np.repeat(np.arange(150), 2))
    split = out_of_fold(features, labels, tree)

    assert (apart.probabilities.argmax(axis=1) == labels).mean() < 0.62
    assert (split.probabilities.argmax(axis=1) == labels).mean() > 0.8


def test_progress_is_told_before_each_fit_and_at_the_end():
    told = []

    out_of_fold(*blobs(), {"a": GaussianNB(), "b": GaussianNB()}, n_folds=2, progress=_into(told))

    assert told == [(0, 4, "a"), (1, 4, "a"), (2, 4, "b"), (3, 4, "b"), (4, 4, "")]


def _into(told):
    return lambda *each: told.append(each)


def mixed(n=240):
    random = np.random.default_rng(3)
    label = random.integers(0, 2, n)
    start = datetime(2024, 1, 1)
    words = np.array([["rain", "snow", "sleet"], ["sun", "heat", "dust"]])
    return label, pl.DataFrame(
        {
            "size": np.where(random.random(n) < 0.1, np.nan, label + random.normal(size=n)),
            "count": pl.Series(random.integers(0, 9, n)).replace(3, None),
            "flag": random.random(n) < 0.5,
            "kind": pl.Series(
                np.array(["x", "y", "z"])[random.integers(0, 3, n)], dtype=pl.Categorical
            ),
            "day": [date(2024, 1, 1) + timedelta(days=int(d)) for d in random.integers(0, 300, n)],
            "at": [start + timedelta(minutes=int(m)) for m in random.integers(0, 9999, n)],
            "text": [f"{i} {' '.join(random.choice(words[c], 4))}" for i, c in enumerate(label)],
            "vector": pl.Series(random.normal(size=(n, 3)).tolist(), dtype=pl.Array(pl.Float64, 3)),
            "odd": [{"a": 1}] * n,
            "empty": pl.Series([None] * n),
        }
    )


def test_the_panel_takes_a_table_of_any_columns():
    labels, table = mixed()

    found = out_of_fold(table, labels, n_folds=2)

    assert set(found.by_model) == {"linear", "neighbours", "forest", "boosting"}
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1)
    for name, each in found.by_model.items():
        assert (each.argmax(axis=1) == labels).mean() > 0.7, name
    assert (found.probabilities.argmax(axis=1) == labels).mean() > 0.9


def test_each_kind_of_column_becomes_its_features():
    _, table = mixed()

    learned = TableFeatures().fit(table)
    matrix = learned.transform(table)

    assert learned.left_out == ("odd", "empty")
    assert np.isfinite(matrix).all()
    # size and count say what is missing; kind has room for others; then day, time, words, vector
    assert matrix.shape[1] == 2 + 2 + 1 + 4 + 3 + 4 + 256 + 3


def test_rows_to_be_judged_may_hold_what_was_never_seen():
    learned = TableFeatures().fit(pl.DataFrame({"kind": ["a", "b"], "n": [1.0, 2.0]}))

    matrix = learned.transform(pl.DataFrame({"kind": ["zebra", None], "n": [None, np.inf]}))

    assert matrix[:, :3].tolist() == [[0, 0, 1], [0, 0, 1]]
    assert matrix[:, 3].tolist() == [0, 0]


def test_boosting_is_left_out_where_it_would_take_for_ever():
    assert "boosting" in default_panel(30)
    assert "boosting" not in default_panel(1000)


def test_tables_come_in_several_kinds():
    expected = pl.DataFrame({"a": [1, 2]})

    assert as_table(expected.lazy()).equals(expected)
    assert as_table(pd.DataFrame({"a": [1, 2]})).equals(expected)
    assert as_table(np.array([[1], [2]])).shape == (2, 1)
    with pytest.raises(ValueError, match="rows and columns"):
        as_table(np.zeros(3))


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([], []), {}, "no labels"),
        (([[1.0], [2.0]], ["a", "a"]), {}, "all 2 rows have the label 'a'"),
        (([[1.0]], ["a", "b"]), {}, "1 rows of features but 2 labels"),
        (([[1.0], [2.0]], ["a", None]), {}, "have no label"),
        (([[1.0], [2.0]], ["a", "b"]), {"n_folds": 3}, "2 rows cannot be spread over 3 folds"),
        (([[1.0], [2.0]], ["a", "b"]), {"n_folds": 1}, "at least two folds"),
        (([[1.0], [2.0]], ["a", "b"]), {"groups": [1, 1]}, "1 groups cannot be spread over 5"),
        (([[1.0], [2.0]], ["a", "b"]), {"groups": [1]}, "2 rows but 1 groups"),
    ],
)
def test_bad_input_is_refused_by_name(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        out_of_fold(*arguments, LogisticRegression(), **options)


def test_answers_that_are_no_probabilities_are_refused():
    class Broken(GaussianNB):
        def predict_proba(self, rows):
            return super().predict_proba(rows) * np.nan

    class Short(GaussianNB):
        def predict_proba(self, rows):
            return super().predict_proba(rows)[:, :2]

    with pytest.raises(ValueError, match=r"`Broken` answered .* with NaN"):
        out_of_fold(*blobs(), Broken())
    with pytest.raises(ValueError, match="`Short` answered for 60 rows and 3 classes with shape"):
        out_of_fold(*blobs(), Short())
    with pytest.raises(ValueError, match="no model"):
        out_of_fold(*blobs(), {})


def test_a_table_without_a_usable_column_is_refused():
    table = pl.DataFrame({"a": [None] * 10})

    with pytest.raises(ValueError, match="no column can be turned into numbers: a"):
        out_of_fold(table, [0, 1] * 5)


def test_neighbours_find_planted_errors_without_a_model():
    features, labels = blobs(n=900)
    noisy = labels.copy()
    noisy[:60] = (noisy[:60] + 1) % 3

    found = neighbour_probabilities(features, noisy)
    errors = find_label_errors(noisy, found)

    np.testing.assert_allclose(found.sum(axis=1), 1)
    wrong = set(errors.rows[:60]) & set(range(60))
    assert len(wrong) > 50


def test_the_vote_of_neighbours_can_be_counted_by_hand():
    votes = neighbour_probabilities([[0.0], [1.0], [2.5], [9.0]], ["a", "b", "b", "b"], k=2)

    np.testing.assert_allclose(votes[0], [(0 + 0.25) / 3, (2 + 0.75) / 3])
    np.testing.assert_allclose(votes[1], [(1 + 0.25) / 3, (1 + 0.75) / 3])


def test_neighbours_need_one_label_for_each_row():
    with pytest.raises(ValueError, match="3 rows of features but 2 labels"):
        neighbour_probabilities([[0.0], [1.0], [2.0]], ["a", "b"], k=1)
