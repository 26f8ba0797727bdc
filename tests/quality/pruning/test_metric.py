"""What is lost, relative to what the original had."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import get_scorer

from tilth.errors import UnknownNameError
from tilth.quality.pruning.answers import Answers, told
from tilth.quality.pruning.guess import guess_from, guessed
from tilth.quality.pruning.metric import Metric, metric_of


def answers_about(truth, *, classes, seed=0, scores=False):
    random = np.random.default_rng(seed)
    if not classes:
        labels = truth + random.normal(size=len(truth))
        return Answers(labels=labels, chances=None, scores=None, classes=None)
    names = np.arange(classes)
    chances = random.dirichlet(np.ones(classes), len(truth)).round(2)
    chances /= chances.sum(axis=1, keepdims=True)
    labels = names[chances.argmax(axis=1)]
    said = {"chances": None, "scores": chances[:, 1]} if scores else {
        "chances": chances, "scores": None,
    }  # fmt: skip
    return Answers(labels=labels, classes=names, **said)


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("accuracy", 2), ("accuracy", 4), ("balanced_accuracy", 3), ("roc_auc", 2),
        ("log_loss", 2), ("log_loss", 4), ("f1", 2), ("roc_auc_ovr", 3), ("average_precision", 2),
        ("mean_absolute_error", 0), ("mean_squared_error", 0), ("root_mean_squared_error", 0),
        ("r2", 0),
    ],
)  # fmt: skip
def test_a_metric_is_what_the_scorer_of_its_name_gives(name, classes):
    random = np.random.default_rng(1)
    truth = random.integers(0, classes, 200) if classes else random.normal(size=200)
    answers = answers_about(truth, classes=classes)
    metric = metric_of(name, answers.classes, truth, "here")
    rows = random.integers(0, 200, 150)

    scorer = get_scorer(metric.scorer)

    expected = metric.sign * scorer(told(answers), rows, truth[rows])
    if name == "f1":
        assert metric.positive == 1
    assert metric.of(answers, truth, rows) == pytest.approx(expected, rel=1e-12)
    assert metric.name == name


def test_scores_will_do_for_an_area_where_there_are_no_chances():
    truth = np.random.default_rng(1).integers(0, 2, 100)
    answers = answers_about(truth, classes=2, scores=True)
    metric = metric_of("roc_auc", answers.classes, truth, "here")

    expected = get_scorer("roc_auc")(told(answers), np.arange(100), truth)

    assert metric.of(answers, truth) == pytest.approx(expected)
    assert math.isnan(metric_of("log_loss", answers.classes, truth, "").of(answers, truth))


def test_where_a_metric_is_not_defined_there_is_none():
    truth = np.array([0, 0, 1, 1])
    answers = answers_about(truth, classes=2)
    area = metric_of("roc_auc", answers.classes, truth, "here")

    assert math.isnan(area.of(answers, truth, np.array([0, 1])))
    assert math.isnan(area.of(answers, truth, np.array([], int)))
    precision = metric_of("average_precision", answers.classes, truth, "here")
    assert math.isnan(precision.of(answers, truth, np.array([], int)))


@pytest.mark.parametrize(
    ("sign", "original", "small", "loss"),
    [
        (1, 0.8, 0.6, 0.25),
        (1, 0.8, 0.9, -0.125),
        (-1, 2.0, 2.5, 0.25),
        (-1, 2.0, 1.0, -0.5),
        (-1, 0.0, 0.0, 0.0),
        (-1, 0.0, 1.0, math.inf),
    ],
)
def test_a_loss_is_a_share_of_what_the_original_had(sign, original, small, loss):
    metric = Metric(name="m", scorer="m", sign=sign)

    assert metric.relative_loss(original, small) == pytest.approx(loss)


@pytest.mark.parametrize(
    ("sign", "original", "small", "guess", "loss"),
    [
        (1, 0.8, 0.65, 0.5, 0.5),
        (1, 0.8, 0.5, 0.5, 1.0),
        (-1, 2.0, 2.5, 4.0, 0.25),
        (1, 0.5, 0.4, 0.5, math.inf),
        (1, 0.4, 0.4, 0.5, 0.0),
    ],
)
def test_of_a_lead_it_is_a_share_of_what_is_better_than_a_guess(sign, original, small, guess, loss):
    metric = Metric(name="m", scorer="m", sign=sign)

    assert metric.relative_loss(original, small, guess) == pytest.approx(loss)
    assert math.isnan(metric.relative_loss(original, small, math.nan))


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_a_guess_is_what_scikit_learns_dummies_say(classes):
    random = np.random.default_rng(2)
    truth = random.integers(0, classes, 50) ** 2 if classes else random.normal(size=50)
    dummy = DummyClassifier(strategy="prior") if classes else DummyRegressor()
    dummy.fit(np.zeros((50, 1)), truth)
    names = getattr(dummy, "classes_", None)

    said = guessed(guess_from(truth, names), names, 3)

    np.testing.assert_allclose(said.labels, dummy.predict(np.zeros((3, 1))))
    if classes:
        np.testing.assert_allclose(said.chances, dummy.predict_proba(np.zeros((3, 1))))


@pytest.mark.parametrize(
    ("truth", "n_classes", "name"),
    [
        ([0, 1] * 10, 2, "roc_auc"),
        ([0] * 30 + [1], 2, "average_precision"),
        ([0, 1, 2] * 10, 3, "accuracy"),
        ([0, 1] * 20 + [2], 3, "balanced_accuracy"),
        ([0.5, 1.5], 0, "mean_absolute_error"),
    ],
)
def test_without_a_name_the_target_says_which_metric(truth, n_classes, name):
    classes = np.arange(n_classes) if n_classes else None

    assert metric_of(None, classes, np.array(truth), "here").name == name


def test_an_unknown_metric_is_told_of():
    with pytest.raises(UnknownNameError, match="there is no metric `acuracy`"):
        metric_of("acuracy", np.arange(2), np.array([0, 1]), "here")
