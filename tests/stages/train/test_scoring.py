"""Scores are those of scikit-learn on the same folds, and metrics fit what is predicted."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_score

from tilth.errors import DataError, UnknownNameError
from tilth.quality.panel import few_threads
from tilth.stages.train.lesson import lesson_of
from tilth.stages.train.making import estimator_of, pipeline_of
from tilth.stages.train.nodes import score_candidate, tune_candidate
from tilth.stages.train.scoring import check_metric, metric_of


def sklearns(table, ask, model, name, *, scoring, seed=0, **settings):
    """The same model on the same folds, by scikit-learn alone."""
    lesson = lesson_of(table, ask)
    pipe = pipeline_of(
        estimator_of(model(name), None, lesson), None, lesson, seed=0, settings=settings
    )
    with few_threads(0):
        return cross_val_score(
            pipe, lesson.table, lesson.answers, cv=lesson.splits(5, seed), scoring=scoring
        )


@pytest.mark.parametrize("name", ["dummy", "linear", "small_tree", "tree", "forest", "boosting"])
def test_scores_of_classes_are_scikit_learn_s(ask, model, make_world, name):
    table = make_world(150, seed=1, noise=0.1)

    found = score_candidate(table, model(name), ask())

    assert found["metric"] == {"name": "roc_auc", "sign": 1}
    assert found["scores"] == pytest.approx(
        list(sklearns(table, ask(), model, name, scoring="roc_auc")), abs=1e-12
    )


@pytest.mark.parametrize("name", ["dummy", "linear", "boosting"])
def test_scores_of_quantities_are_scikit_learn_s(ask, model, quantity, name):
    found = score_candidate(quantity, model(name), ask(metric="root_mean_squared_error"))
    theirs = sklearns(quantity, ask(), model, name, scoring="neg_root_mean_squared_error")

    assert found["metric"] == {"name": "root_mean_squared_error", "sign": -1}
    assert found["scores"] == pytest.approx(list(theirs), abs=1e-12)


def test_a_tuning_over_choices_finds_what_a_grid_search_finds(ask, model, make_world):
    table = make_world(200, seed=2, noise=0.1)
    grid = {"max_depth": [1, 2, 3, 6], "min_samples_leaf": [1, 20]}
    tuning = {"trials": 40, "seconds": None, "workers": 1, "trial_seconds": None, "prune": False}

    best, search = tune_candidate(table, model("tree"), {**tuning, "space": {
        **grid, "min_samples_split": None, "ccp_alpha": None,
    }}, ask())  # fmt: skip
    lesson = lesson_of(table, ask())
    pipe = pipeline_of(estimator_of(model("tree"), None, lesson), None, lesson, seed=0)
    theirs = GridSearchCV(
        pipe, {f"model__{k}": v for k, v in grid.items()}, cv=lesson.splits(5, 1),
        scoring="roc_auc",
    ).fit(lesson.table, lesson.answers)  # fmt: skip

    ours = np.mean(search["trials"][search["best"]]["scores"])
    assert ours == pytest.approx(theirs.best_score_, abs=1e-12)
    assert set(best["settings"]) == set(grid)


def test_what_a_model_costs_is_told(ask, model, make_world):
    found = score_candidate(make_world(100, seed=1), model("small_tree"), ask())

    assert found["n_trained"] == [80] * 5
    assert found["n_scored"] == [20] * 5
    assert min(found["n_bytes"]) > 1000
    assert min(found["fit_seconds"]) > 0
    assert min(found["predict_us"]) > 0


# Metrics


def lesson(ask, values, **changes):
    rows = pl.DataFrame({"a": np.arange(len(values)) % 7, "y": values})
    return lesson_of(rows, ask(**changes))


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (["a", "b"] * 50, "roc_auc"),
        (["a"] * 95 + ["b"] * 5, "average_precision"),
        (["a", "b", "c"] * 30, "accuracy"),
        (["a", "b"] * 40 + ["c"] * 4, "balanced_accuracy"),
        ([0.5 * i for i in range(90)], "mean_absolute_error"),
    ],
)
def test_without_a_word_the_metric_fits_the_target(ask, values, name):
    assert metric_of(None, lesson(ask, values)).name == name


def test_precision_of_text_labels_is_of_the_rarer_class(ask, model):
    rng = np.random.default_rng(0)
    a = rng.normal(size=200)
    rows = pl.DataFrame({"a": a, "y": np.where(a + rng.normal(size=200) > 1.5, "ill", "well")})
    found = score_candidate(rows, model("linear"), ask(metric="recall"))
    other = score_candidate(rows, model("linear"), ask(metric="recall", positive="well"))

    told = lesson_of(rows, ask())
    pipe = pipeline_of(estimator_of(model("linear"), None, told), None, told, seed=0)
    by_hand = []
    for train, test in told.splits(5, 0):
        said = pipe.fit(told.table[train], told.answers[train]).predict(told.table[test])
        ill = told.answers[test] == "ill"
        by_hand.append((said[ill] == "ill").mean())
    assert found["scores"] == pytest.approx(by_hand)
    assert np.mean(other["scores"]) > np.mean(found["scores"])


@pytest.mark.parametrize(
    ("values", "name", "said"),
    [
        (["a", "b"] * 20, "mean_absolute_error", "target holds classes, and `mean_absolute_"),
        ([0.5 * i for i in range(90)], "accuracy", "target is a quantity, and `accuracy`"),
        (["a", "b", "c"] * 20, "roc_auc", "`roc_auc` is of two classes, and the target has 3"),
        (["a", "b", "c"] * 20, "f1", "`f1` is of two classes"),
        (
            ["a", "b"] * 20 + ["c"], "log_loss",
            "fold . has no row of class `c` to (train on|score), so there is no `log_loss`",
        ),
    ],
)  # fmt: skip
def test_a_metric_that_does_not_fit_is_refused(ask, values, name, said):
    given = lesson(ask, values)

    with pytest.raises(DataError, match=said):
        check_metric(metric_of(name, given), given, given.splits(5, 0))


def test_one_row_of_a_class_is_no_hindrance_to_accuracy(ask, model):
    rows = pl.DataFrame({"a": np.arange(41) % 7, "y": ["a", "b"] * 20 + ["c"]})

    for name in ("linear", "small_tree", "boosting", "dummy"):
        found = score_candidate(rows, model(name), ask())
        assert found["metric"]["name"] == "balanced_accuracy"
        assert np.isfinite(found["scores"]).all()


def test_a_slip_in_a_metric_is_told_with_the_nearest(ask):
    with pytest.raises(UnknownNameError, match="there is no metric `acuracy`") as raised:
        metric_of("acuracy", lesson(ask, ["a", "b"] * 20))

    assert raised.value.hint == "did you mean `accuracy`?"
