"""A report says beside each explanation what changed since the model before."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tilth import Project

CODE = """
import polars as pl
from sklearn.tree import DecisionTreeClassifier


def fit(train: pl.DataFrame, columns: list, target: str) -> DecisionTreeClassifier:
    model = DecisionTreeClassifier(max_depth=3, random_state=0)
    return model.fit(train.select(columns), train[target].to_numpy())
"""

TILTH = """
name: orders
pipelines:
  model:
    nodes:
      - call: shop.fit
        inputs: {train: train, columns: "params:columns", target: "params:target"}
        outputs: tree
  why: {stage: explain, with: {model: tree, rows: train, most_rows: 40}}
"""


@pytest.fixture
def runs(tmp_path):
    """A function that runs a project with other parameters and gives its report as a page."""
    random = np.random.default_rng(0)
    price, weight = random.normal(size=(2, 200)).round(3)
    back = np.where(price + weight > 0.3, "yes", "no")
    size = np.array(["small", "middle", "large"])[np.digitize(price, [-1, 1])]
    (tmp_path / "src").mkdir()
    (tmp_path / "src/shop.py").write_text(CODE)
    (tmp_path / "tilth.yml").write_text(TILTH)
    (tmp_path / "catalog.yml").write_text("train: {format: csv, location: train.csv}\n")
    pl.DataFrame({"price": price, "weight": weight, "back": back, "size": size}).write_csv(
        tmp_path / "train.csv"
    )

    def run(columns, target="back", number=None):
        (tmp_path / "params.yml").write_text(f"columns: [{columns}]\ntarget: {target}\n")
        with Project(tmp_path) as project:
            project.run().checked()
            return project.report(number).html

    return run


def test_the_first_model_has_nothing_to_be_compared_with(runs):
    assert "What changed" not in runs("price")


def test_the_second_is_compared_with_the_first(runs):
    runs("price")

    page = runs("price, weight")

    assert "What changed since <code>tree@" in page
    assert "rows compared with it changed by" in page
    assert "It answers otherwise than tree@" in page
    assert "<code>weight</code></td><td class=number>0</td>" in page
    # What was said of the first run has not become another.
    assert "What changed" not in runs("price, weight", number=1)


def test_a_run_in_which_the_model_is_the_same_compares_with_the_one_before_it(runs):
    runs("price")
    second = runs("price, weight")

    third = runs("price, weight")

    assert second.count("What changed since") == third.count("What changed since") == 1


def test_why_two_models_cannot_be_compared_is_told(runs):
    runs("price", target="size")

    assert "That cannot be told: the model tells of `yes`, and the earlier" in runs("price")
