"""A model is held against its goals in each run."""

from __future__ import annotations

import json
from math import isfinite

import pytest

from tilth.errors import DataError, DefinitionError
from tilth.project import Project
from tilth.stages.validate import validate
from tilth.stages.validate.nodes import validate_model
from tilth.testing.stages import StageTests

CODE = """
import polars as pl
from sklearn.linear_model import LogisticRegression


def fit(train: pl.DataFrame) -> LogisticRegression:
    return LogisticRegression().fit(train.select("a", "b"), train["y"].to_numpy())


def coin(train: pl.DataFrame) -> LogisticRegression:
    return LogisticRegression().fit(train.select("c", "d"), train["y"].to_numpy())


def cases() -> pl.DataFrame:
    return pl.DataFrame({"a": [3.0, -3.0], "b": [3.0, -3.0], "y": ["yes", "no"]})
"""
WHY = "so that somebody knows"
FLOOR = {"measure": "roc_auc", "at_least": 0.8, "why": WHY}
BETTER = {"measure": "accuracy", "against": "live", "better_by": 0.1, "why": WHY}
MORE = [
    FLOOR,
    BETTER,
    {"measure": "accuracy", "against": "baseline", "better_by": 0.1, "why": WHY},
    {"measure": "accuracy", "at_least": 0.6, "slices": ["region = south"], "why": WHY},
    {"direction": "a", "why": WHY},
    {"invariance": "region", "why": WHY},
    {"minimum": "cases", "why": WHY},
    {"size_mb": 1, "why": WHY},
]


class TestValidate(StageTests):
    @pytest.fixture
    def stage(self):
        return "validate"

    @pytest.fixture
    def settings(self):
        return {
            "model": "model", "live": "coin", "rows": "test", "target": "y", "goals": MORE,
            "draws": 300, "features": ["a", "b", "c", "d"],
        }  # fmt: skip

    @pytest.fixture
    def folder(self, settings, make_world, tmp_path):
        settings = {key: value for key, value in settings.items() if key != "features"}
        nodes = [
            {"call": "code.fit", "outputs": "model"}, {"call": "code.coin", "outputs": "coin"},
            {"call": "code.cases", "outputs": "cases"},
        ]  # fmt: skip
        told = {
            "models": {"nodes": nodes}, "it": {"stage": "validate", "with": settings}
        }  # fmt: skip
        files = {
            "tilth.yml": json.dumps({"name": "it", "pipelines": told}),
            "catalog.yml": "train: {format: csv, location: data/train.csv}\n"
            "test: {format: csv, location: data/test.csv}\n",
            "src/code.py": CODE,
            "data/train.csv": make_world(300, seed=1).write_csv(),
            "data/test.csv": make_world(600, seed=2).write_csv(),
        }
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    def test_it_runs_and_a_second_run_does_nothing(self, folder):
        with Project(folder) as project:
            first, second = project.run(), project.run()

        assert first.ok, first.failures
        assert first.counts["done"] == 4
        assert second.counts["reused"] == 4

    def test_the_verdict_is_a_table_and_metrics_on_record(self, folder):
        with Project(folder) as project:
            project.run()
            table, told = project.load("model_goals"), project.load("model_verdict")
            metrics = {
                each.name: each.value
                for run in project.history.node_runs(1)
                for each in run.metrics
            }

        assert table["outcome"].to_list() == ["passed"] * 8
        assert table["why"].to_list() == [WHY] * 8
        assert told["outcome"] == "passed"
        assert metrics["passed"] == 8
        assert metrics["goals.1_roc_auc"] > 0.95
        assert all(isfinite(each) for each in metrics.values() if isinstance(each, float))


def test_a_goal_of_behaviour_is_a_metric_without_an_interval(make_world):
    verdict, _ = judged(make_world, {"direction": "a", "why": WHY}, FLOOR)

    assert verdict["goals"]["1_direction"] == 0.0  # the share of rows that break it
    assert set(verdict["goals"]["2_roc_auc"]) == {"value", "low", "high"}


def one_model(make_world):
    from sklearn.linear_model import LogisticRegression

    train, test = make_world(300, seed=1), make_world(400, seed=2)
    model = LogisticRegression().fit(train.select("a", "b"), train["y"].to_numpy())
    return model, test


def judged(make_world, *goals, must_pass=False, **models):
    model, test = one_model(make_world)
    told = {"rows": "test", "target": "y", "draws": 300, "goals": list(goals)}
    asked = {"model": "model", "live": "live", "baseline": "simple", "must_pass": must_pass}
    return validate_model(model, test, told, asked, **models)


def test_a_run_fails_where_the_model_must_pass_and_does_not(make_world):
    with pytest.raises(DataError, match=r"model has .*: 0 of 1 goals met.*; first roc_auc") as told:
        judged(make_world, {**FLOOR, "at_least": 0.9999}, must_pass=True)

    assert "must_pass: false" in told.value.hint


def test_the_baseline_may_be_a_model(make_world):
    model, _ = one_model(make_world)
    goal = {"measure": "accuracy", "against": "baseline", "better_by": 0.0, "why": WHY}

    _, table = judged(make_world, goal, baseline=model)

    assert table["value"].to_list() == [0.0], "it is the same model"
    assert table["outcome"].to_list() == ["undecided"]


def test_goals_with_a_mistake_are_refused_before_anything_runs():
    with pytest.raises(DefinitionError, match=r"stage `validate`: `measure` of entry 1 .*, is no"):
        validate("model", "test", "y", [{**FLOOR, "measure": "roc_auk"}])
    with pytest.raises(DefinitionError, match="`live` names no dataset"):
        validate("model", "test", "y", [BETTER])


def test_a_model_without_predict_is_refused(make_world):
    _, test = one_model(make_world)
    told = {"rows": "test", "target": "y", "goals": [FLOOR]}
    asked = {"model": "model", "live": None, "baseline": None, "must_pass": False}

    with pytest.raises(DataError, match=r"model `model` \(dict\) has no `predict`"):
        validate_model({"depth": 3}, test, told, asked)
