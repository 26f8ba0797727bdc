"""Rows are valued by models that happened not to see them; any model with `predict` will do."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.neighbors import NearestCentroid

from tilth.quality.label_errors import find_label_errors
from tilth.quality.out_of_bag import out_of_bag


def planted(n=300, seed=0):
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    features = random.normal(size=(n, 4))
    features[np.arange(n), labels] += 4
    noisy = labels.copy()
    noisy[:30] = (noisy[:30] + 1) % 3
    return features, noisy


class Recorder:
    """Predicts nothing of use; sees to it that it never meets a row again."""

    def fit(self, rows, labels):
        self.rows, self.label = set(rows[:, 0].tolist()), labels[0]
        assert len(rows) == 40
        return self

    def predict(self, rows):
        assert not self.rows & set(rows[:, 0].tolist())
        return np.repeat(self.label, len(rows))


def test_no_model_is_asked_about_a_row_it_saw():
    found = out_of_bag(np.arange(40.0)[:, None], np.arange(40) % 2, Recorder(), n_models=100)

    assert found.n_votes.mean() == pytest.approx(100 / np.e, rel=0.1)
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1)


@pytest.mark.parametrize("model", [None, NearestCentroid()])
def test_wrong_labels_have_the_lowest_values(model):
    features, labels = planted()

    found = out_of_bag(features, labels, model, n_models=60)
    errors = find_label_errors(labels, found.probabilities)

    assert (np.argsort(found.values)[:25] < 30).mean() > 0.9
    assert (errors.rows[:25] < 30).mean() > 0.9


def test_a_value_is_the_share_of_votes_for_the_given_label():
    features, labels = planted()

    found = out_of_bag(features, labels, NearestCentroid(), n_models=20)

    own = found.probabilities[np.arange(300), labels] * (found.n_votes + 1)
    shares = np.bincount(labels)[labels] / 300
    known = found.n_votes > 0
    np.testing.assert_allclose(
        ((own - shares) / np.maximum(found.n_votes, 1))[known], found.values[known]
    )


def test_the_seed_decides_and_a_table_with_words_will_do():
    _, labels = planted(60)
    table = pl.DataFrame({"kind": np.array(["x", "y", "z"])[np.arange(60) % 3]})

    first, again = (out_of_bag(table, labels, n_models=10, seed=3) for _ in range(2))

    assert (first.probabilities == again.probabilities).all()


def test_a_row_that_every_model_saw_has_no_value():
    found = out_of_bag([[0.0]], ["a"], n_models=3)

    assert np.isnan(found.values[0])
    assert found.probabilities.tolist() == [[1.0]]


def test_draws_of_one_class_need_no_model():
    found = out_of_bag([[0.0], [1.0]], ["a", "b"], NearestCentroid(), n_models=40)

    assert found.values.tolist() == [0.0, 0.0]


def test_progress_is_told():
    told = []

    out_of_bag(*planted(30), n_models=2, progress=lambda *each: told.append(each))

    assert told == [(0, 2, "DecisionTreeClassifier"), (1, 2, "DecisionTreeClassifier"), (2, 2, "")]


def test_bad_input_is_refused_by_name():
    class Strange(NearestCentroid):
        def predict(self, rows):
            return np.repeat("owl", len(rows))

    with pytest.raises(ValueError, match="no labels"):
        out_of_bag([], [])
    with pytest.raises(ValueError, match="2 rows of features but 1 labels"):
        out_of_bag([[0.0], [1.0]], ["a"], NearestCentroid())
    with pytest.raises(ValueError, match="at least one model"):
        out_of_bag([[0.0]], ["a"], n_models=0)
    with pytest.raises(ValueError, match="'owl' of row 0 is none of the 2 classes"):
        out_of_bag([[0.0], [1.0], [0.1], [1.1]], ["a", "b", "a", "b"], Strange())
