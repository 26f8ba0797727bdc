"""What stage `train` puts on record: a search for settings, and simpler models beside."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from threadpoolctl import threadpool_limits

from tilth import Project

TILTH = """
pipelines:
  model:
    stage: train
    with:
      train: rows
      target: y
      prefix: m
      folds: 5
      estimators: {estimators}
      tune: {tune}
"""
WIDE = "{trials: 6, estimators: [tree], spaces: {tree: {max_depth: {low: 3, high: 40}}}}"
NARROW = "{trials: 6, estimators: [near], spaces: {near: {n_neighbors: [6, 7, 24]}}}"
NEAR = "[{near: {class: sklearn.neighbors.KNeighborsClassifier}}]"


def board(n_fields, n=360, noise=0.0):
    """A checkerboard: neither a line nor three questions tell its colours apart."""
    rng = np.random.default_rng(0)
    x = rng.random((n, 2))
    y = (np.floor(x * n_fields).sum(axis=1) % 2) > 0
    y = np.where(rng.random(n) < noise, ~y, y)
    return pl.DataFrame({"a": x[:, 0].round(3), "b": x[:, 1].round(3), "y": y.astype(int)})


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Trains by some settings, and tells what a test comes to."""

    def made(rows, estimators, tune="false", workflow=""):
        folder = tmp_path_factory.mktemp("train")
        (folder / ".gitlab-ci.yml").write_text(workflow)
        rows.write_csv(folder / "rows.csv")
        settings = {"{estimators}": estimators, "{tune}": tune}
        text = TILTH
        for name, value in settings.items():
            text = text.replace(name, value)
        (folder / "tilth.yml").write_text(text)
        (folder / "catalog.yml").write_text("rows: {format: csv, location: rows.csv}\n")
        with threadpool_limits(1), Project(folder) as project:
            project.run().checked()
            return project.score()

    return made


@pytest.fixture(scope="module")
def tuned(trained):
    return trained(board(4, n=1200), "[tree]", WIDE)


@pytest.fixture(scope="module")
def plain(trained):
    return trained(board(2, n=150), "[forest]")


def test_a_search_with_its_best_inside_earns_the_point(tuned):
    found = tuned.result("model_3")

    assert found.points == 1, found
    assert "tried 6 settings of `tree`" in found.evidence.proofs[0].text


def test_without_a_search_there_is_no_point(plain):
    found = plain.result("model_3")

    assert found.points == 0
    assert "were not tuned" in found.evidence.lacks[0]
    assert "`forest` among `estimators`" in found.evidence.earn[0]


def test_a_best_value_at_the_end_of_its_range_leaves_half_open(trained):
    found = trained(board(4, n=1200, noise=0.3), NEAR, NARROW).result("model_3")

    assert found.points == 0.5, found
    assert "`n_neighbors` lies at the high" in found.evidence.lacks[0]
    assert "offer a value beyond it" in found.evidence.earn[0]


def test_a_model_that_simpler_ones_do_not_reach_earns_the_point(tuned):
    found = tuned.result("model_5")

    assert found.points == 1, found
    assert "nothing simpler is within the noise" in found.evidence.proofs[0].text


def test_a_model_that_is_not_told_apart_from_a_simpler_one_has_none(plain):
    found = plain.result("model_5")

    assert found.points == 0, found
    assert "simpler than `forest`" in found.evidence.lacks[0]
    assert "prefer: simplest" in found.evidence.earn[0]


def test_columns_that_stages_alone_prepare_are_tested_by_a_workflow(trained):
    rows = board(2, n=150)
    without = trained(rows, "[tree]").result("data_7")
    tested = trained(rows, "[tree]", workflow="run: tilth test\n").result("data_7")

    assert (without.points, tested.points) == (0, 1)
    assert tested.evidence.proofs[0].place == ".gitlab-ci.yml:1"
