"""A model is explained in each run: as tables, in words, and on a page."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from tilth.errors import DataError, UnknownNameError
from tilth.project import Project
from tilth.stages.explain.page import write_page
from tilth.stages.explain.rows import explain_rows
from tilth.stages.explain.tree import tell_tree
from tilth.testing.stages import StageTests

FEATURES = ["a", "b", "c", "d", "region"]

CODE = """
import polars as pl
from sklearn.compose import make_column_transformer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier


def fit(train: pl.DataFrame) -> Pipeline:
    names = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["region"]), remainder="passthrough"
    )
    model = make_pipeline(names, DecisionTreeClassifier(max_depth=3, random_state=0))
    return model.fit(train.drop("y"), train["y"].to_numpy())
"""


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


def asked(**changes):
    told = {
        "model": "model", "rows": "test", "background": "train", "target": "y", "features": None,
        "positive": None, "scale": "chance", "method": None, "most_rows": 60,
        "background_rows": 40, "seed": 0,
    }  # fmt: skip
    return told | changes


def fitted(train, last):
    names = make_column_transformer(
        (OneHotEncoder(sparse_output=False, handle_unknown="ignore"), ["region"]),
        remainder="passthrough",
    )
    return make_pipeline(names, last).fit(train.select(FEATURES), train["y"].to_numpy())


def explained(train, test, model, **changes):
    told = asked(**changes)
    rows, whole = explain_rows(model, test, told, train)
    tree = tell_tree(model, test, told, train)
    return rows, whole, tree, write_page(rows, whole, tree, "model")


class TestExplain(StageTests):
    @pytest.fixture
    def stage(self):
        return "explain"

    @pytest.fixture
    def settings(self):
        return {"model": "model", "rows": "train", "target": "y", "most_rows": 30}

    @pytest.fixture
    def folder(self, settings, make_world, tmp_path):
        model = {"nodes": [{"call": "code.fit", "outputs": "model"}]}
        why = {"stage": "explain", "with": settings}
        files = {
            "tilth.yml": json.dumps({"name": "it", "pipelines": {"model": model, "it": why}}),
            "catalog.yml": "train: {format: csv, location: data/train.csv}\n",
            "src/code.py": CODE,
            "data/train.csv": make_world(150, seed=1).write_csv(),
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

    def test_what_it_makes_is_named_after_the_model(self, folder):
        with Project(folder) as project:
            project.run()
            assert "What changed" not in project.load("model_explanation_page")
            rows = project.load("model_explanations")
            told = project.load("model_tree_in_words")

        assert rows.height == 30 * 5
        assert "a ≤ " in told


def test_with_an_earlier_model_the_page_says_what_changed(make_world, tmp_path):
    nodes = [
        {"call": "code.fit", "outputs": "model"},
        {"call": "code.fit_before", "outputs": "before"},
    ]
    why = {
        "stage": "explain",
        "with": {"model": "model", "rows": "train", "since": "before", "most_rows": 30},
    }
    files = {
        "tilth.yml": json.dumps({"name": "it", "pipelines": {"m": {"nodes": nodes}, "it": why}}),
        "catalog.yml": "train: {format: csv, location: data/train.csv}\n",
        "src/code.py": CODE + "\n\ndef fit_before(train: pl.DataFrame) -> Pipeline:\n"
        "    return fit(train.with_columns(y=pl.col('y').reverse()))\n",
        "data/train.csv": make_world(150, seed=1).write_csv(),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with Project(tmp_path) as project:
        result = project.run()
        assert result.ok, result.failures
        told, page = project.load("model_change"), project.load("model_explanation_page")
        importance = project.load("model_importance")
        again = project.run()

    assert "<h2>What matters</h2>" in page
    assert "<h2>Three rows</h2>" in page
    assert "<h2>What changed</h2>" in page
    assert "It answers otherwise than before in" in page
    assert told["answers"]["changed"] > 0
    assert told["rows"] == importance["rows"] == 30
    strengths = {e["column"]: e["strength"]["value"] for e in importance["columns"]}
    assert {e["column"]: e["now"]["value"] for e in told["columns"]} == strengths
    assert "done" not in again.counts


def test_shares_of_each_row_add_up_to_what_the_model_says(make_world):
    train, test = make_world(400, seed=1), make_world(200, seed=2)
    model = fitted(train, DecisionTreeClassifier(max_depth=4, random_state=0))

    rows, whole, _, _ = explained(train, test, model)

    sums = rows.group_by("row", maintain_order=True).agg(pl.col("contribution").sum())
    said = model.predict_proba(test[sums["row"].to_numpy()].select(FEATURES))[:, 1]
    np.testing.assert_allclose(sums["contribution"] + whole["base"]["yes"], said, atol=1e-9)
    assert whole["rows_in_all"] == 200
    assert {each["column"] for each in whole["columns"]} == set(FEATURES)
    assert [each["column"] for each in whole["columns"]][:2] in (["a", "b"], ["b", "a"])
    assert whole["agreement"] > 0.5


def test_no_name_of_an_encoded_column_is_shown(make_world):
    train, test = make_world(400, seed=1, own_rule=True, north=0.4), make_world(200, seed=2)
    model = fitted(train, DecisionTreeClassifier(max_depth=5, random_state=0))

    rows, _, tree, page = explained(train, test, model)

    for text in (rows.write_csv(), tree, page):
        assert "onehot" not in text
        assert "region_" not in text
    assert "region is north" in tree
    assert set(rows.filter(column="region")["value"]) <= {"north", "south", "east", "west"}


@pytest.mark.parametrize(
    "last",
    [
        RandomForestClassifier(10, max_depth=5, random_state=0),
        HistGradientBoostingClassifier(max_iter=20, random_state=0),
    ],
    ids=["forest", "boosting"],
)
def test_other_models_have_a_page_without_a_tree(make_world, last):
    train, test = make_world(400, seed=1), make_world(200, seed=2)

    _, _, tree, page = explained(train, test, fitted(train, last))

    assert tree.startswith("There is no tree to tell: ")
    assert "split by split" not in page


class Outline(HTMLParser):
    """Checks that tags are closed in order, and gathers what is shown and asked for."""

    def __init__(self):
        super().__init__()
        self.open, self.headings, self.asked = [], [], []

    def handle_starttag(self, tag, attrs):
        self.asked += [v for k, v in attrs if k in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)


def test_the_page_is_whole_and_asks_for_nothing(make_world):
    train, test = make_world(400, seed=1), make_world(200, seed=2)
    model = fitted(train, DecisionTreeClassifier(max_depth=4, random_state=0))

    page = explained(train, test, model)[-1]

    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    assert outline.asked == []
    assert outline.headings == [
        "What matters", "How it pushes", "Three rows", "The tree, split by split",
        "How this was found",
    ]  # fmt: skip
    assert "<script" not in page
    assert "nan" not in re.sub("[a-z]nan|nan[a-z]", "", page)
    assert len(page) < 300_000


def test_text_of_the_data_cannot_break_the_page():
    frame = pl.DataFrame({"<b>x": [1.0, 2, 3, 4] * 5, "y": [2.0, 4, 6, 8] * 5})
    model = LinearRegression().fit(frame.select("<b>x"), frame["y"].to_numpy())

    page = explained(frame, frame, model)[-1]

    assert "<b>x" not in page
    assert "&lt;b&gt;x" in page


def test_several_classes_a_quantity_and_a_model_that_says_one_thing(make_world):
    train = make_world(300, seed=1)
    three = train.with_columns(y=pl.Series(np.arange(300) % 3))
    forest = RandomForestClassifier(5, max_depth=3, random_state=0)
    for table, last in ((three, forest), (train, DecisionTreeClassifier(min_samples_leaf=200))):
        _, whole, _, page = explained(table, table, fitted(table, last))
        assert page.endswith("</html>\n")
    assert "No column makes a difference" in page
    assert whole["agreement"] is None


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"target": "z"}, UnknownNameError, "dataset `test`: there is no column `z`"),
        ({"features": ["a", "q"]}, UnknownNameError, "there is no column `q`"),
        ({"features": ["a"]}, DataError, "cannot predict these rows"),
    ],
)
def test_what_is_not_there_is_told(make_world, changes, error, said):
    train = make_world(100, seed=1)
    model = fitted(train, DecisionTreeClassifier(max_depth=2))

    with pytest.raises(error, match=said):
        explain_rows(model, train, asked(**changes), train)


def test_a_table_without_rows_is_told_of(make_world):
    train = make_world(100, seed=1)
    model = fitted(train, DecisionTreeClassifier(max_depth=2))

    with pytest.raises(DataError, match="dataset `train`: there are no rows"):
        explain_rows(model, train, asked(), train[:0])
