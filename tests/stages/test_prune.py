"""A model is made smaller in each run: as a model, a table, metrics and a page."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import polars as pl
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from threadpoolctl import threadpool_limits

from tilth.data.formats.skops import Skops
from tilth.errors import DataError, DefinitionError, UnknownNameError
from tilth.project import Project
from tilth.project.bundling import bundled
from tilth.project.models import facts, register
from tilth.project.replaying import replayed
from tilth.quality.conversion import OnnxModel
from tilth.quality.pruning.names import MEANS
from tilth.stages.prune import prune
from tilth.stages.prune.page import write_page
from tilth.stages.prune.report import compare_small
from tilth.stages.prune.trying import make_small
from tilth.testing.stages import StageTests

CATALOG = """
train: {format: csv, location: data/train.csv}
test: {format: csv, location: data/test.csv}
m_small_model: {format: skops, location: small.skops}
m_small_page: {format: html, location: small.html}
"""

CODE = """
import polars as pl
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder


def fit(train: pl.DataFrame) -> Pipeline:
    names = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["region"]),
        ("passthrough", ["a", "b", "c", "d"]),
    )
    model = make_pipeline(names, RandomForestClassifier(8, random_state=0))
    return model.fit(train.drop("y"), train["y"].to_numpy())
"""

SETTINGS = {
    "model": "m_model",
    "train": "train",
    "test": "test",
    "target": "y",
    "slices": ["region"],
    "means": ["pack", "fewer_trees", "distil"],
    "folds": 3,
}


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


def written(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def asked(**changes):
    told = {
        "model": "model", "train": "train", "test": "test", "target": "y", "metric": None,
        "allowed": 0.1, "allowed_in_slices": None, "relative_to": "value",
        "cautious": False, "means": list(MEANS),
        "slices": [], "group": None, "weights": None, "balanced": False, "features": None,
        "folds": 3, "most_rows": 1000, "seed": 0,
    }  # fmt: skip
    return told | changes


def fitted(train, last):
    names = make_column_transformer(
        (OneHotEncoder(sparse_output=False, handle_unknown="ignore"), ["region"]),
        ("passthrough", ["a", "b", "c", "d"]),
    )
    return make_pipeline(names, last).fit(train.drop("y"), train["y"].to_numpy())


def smaller(train, model, test=None, **changes):
    told = asked(**changes)
    table, choice, small = make_small(model, train, told)
    compared = compare_small(table, choice, model, small, told, test=test)
    return table, choice, small, compared, write_page(table, choice, compared, "m")


class TestPrune(StageTests):
    @pytest.fixture
    def stage(self):
        return "prune"

    @pytest.fixture
    def settings(self):
        return SETTINGS

    @pytest.fixture
    def folder(self, settings, make_world, tmp_path):
        model = {"nodes": [{"call": "code.fit", "outputs": "m_model"}]}
        small = {"stage": "prune", "with": settings}
        files = {
            "tilth.yml": json.dumps({"name": "it", "pipelines": {"model": model, "it": small}}),
            "catalog.yml": CATALOG,
            "src/code.py": CODE,
            "data/train.csv": make_world(150, seed=1).write_csv(),
            "data/test.csv": make_world(150, seed=2).write_csv(),
        }
        return written(tmp_path, files)

    def test_it_runs_and_a_second_run_does_nothing(self, folder):
        with Project(folder) as project:
            first, second = project.run(), project.run()
            small = project.load("m_small_model")
            table = project.load("m_small_candidates")

        assert first.ok, first.failures
        assert second.counts["reused"] == first.counts["done"]
        assert table.filter(chosen=True)["within"].item()
        assert list(small.feature_names_in_) == ["a", "b", "c", "d", "region"]
        assert "<svg" in (folder / "small.html").read_text()

    def test_other_test_rows_do_not_make_it_try_again(self, folder, make_world):
        with Project(folder) as project:
            project.run()
        (folder / "data" / "test.csv").write_text(make_world(150, seed=9).write_csv())
        with Project(folder) as project:
            run = project.run()
            done = {e.node for e in project.history.node_runs(run.run) if e.state == "done"}

        assert done == {"compare_small_m", "page_of_small_m"}


def test_what_stage_train_makes_is_read_as_it_is(make_world, tmp_path):
    train = {"train": "train", "target": "y", "estimators": ["forest"], "prefix": "m", "folds": 2}
    pipelines = {
        "model": {"stage": "train", "with": train},
        "it": {"stage": "prune", "with": {**SETTINGS, "means": ["pack", "distil", "sparse"]}},
    }
    files = {
        "tilth.yml": json.dumps({"name": "it", "pipelines": pipelines}),
        "catalog.yml": CATALOG,
        "data/train.csv": make_world(100, seed=1).write_csv(),
        "data/test.csv": make_world(100, seed=2).write_csv(),
    }
    (tmp_path / "src").mkdir()
    with Project(written(tmp_path, files)) as project:
        run = project.run()
        assert run.ok, run.failures
        small = project.load("m_small_model")
        compared = project.load("m_small_comparison")
        test = project.load("test")

    assert small.steps[0][0] == "prepare"
    right = (small.predict(test) == test["y"].to_numpy()).mean()
    assert right > 0.8
    assert compared["measured_on"] == "100 rows of `test`"


def test_a_model_in_onnx_that_was_taken_is_kept_as_a_file_that_is_no_pickle(make_world, tmp_path):
    code = CODE.replace("sklearn.ensemble", "sklearn.linear_model").replace(
        "RandomForestClassifier(8, random_state=0)", "LogisticRegression()"
    ).replace("RandomForestClassifier", "LogisticRegression")  # fmt: skip
    pipelines = {
        "model": {"nodes": [{"call": "code.fit", "outputs": "m_model"}]},
        "it": {"stage": "prune", "with": {**SETTINGS, "means": ["onnx"], "allowed": 0.2}},
    }
    files = {
        "tilth.yml": json.dumps({"name": "it", "pipelines": pipelines}),
        "catalog.yml": CATALOG.replace("m_small_model: {format: skops, location: small.skops}", ""),
        "src/code.py": code,
        "data/train.csv": make_world(100, seed=1).write_csv(),
        "data/test.csv": make_world(100, seed=2).write_csv(),
    }
    with Project(written(tmp_path, files)) as project:
        run = project.run()
        assert run.ok, run.failures
        small = project.load("m_small_model")
        register(project, "m_small_model", "small")
        about = bundled(project, "small@1").bundle.about
        tested = replayed(project, "small@1")
        test = project.load("test")
        made = facts(project, "small@1").made

    assert isinstance(small, OnnxModel)
    assert made.format == about["format"] == "onnx"
    assert about["onnx"]["file"] == "model.onnx"
    assert (tested.state, tested.models) == ("passed", ("onnx", "native")), tested.faults
    assert (small.predict(test) == test["y"].to_numpy()).mean() > 0.6
    assert "Models in ONNX were asked rows at the edges" in (tmp_path / "small.html").read_text()


def test_original_and_small_model_stand_side_by_side_on_the_test_rows(make_world):
    train, test = make_world(300, seed=1, noise=0.05), make_world(300, seed=2, noise=0.05)
    model = fitted(train, RandomForestClassifier(15, random_state=0))

    table, choice, small, compared, page = smaller(
        train, model, test, means=["pack", "fewer_trees", "distil"], slices=["region", "a"]
    )

    positive = model.predict_proba(test)[:, 1], small.predict_proba(test)[:, 1]
    yes = (test["y"] == "yes").to_numpy()
    values = [roc_auc_score(yes, each) for each in positive]
    assert [compared["values"][each] for each in ("original", "small")] == pytest.approx(values)
    loss = compared["loss"]
    assert loss["value"] == pytest.approx((values[0] - values[1]) / values[0])
    assert loss["low"] <= loss["value"] <= loss["high"]
    agree = (model.predict(test) == small.predict(test)).mean()
    assert compared["same_answers"] == pytest.approx(agree)
    assert compared["times_smaller"] == pytest.approx(
        compared["original"]["size_bytes"] / compared["small"]["size_bytes"]
    )
    assert {"region = east", "region = west"} <= set(compared["slices"]["slice"])
    assert sum(compared["slices"]["rows"][:3]) <= 300
    assert table["chosen"].sum() == 1
    assert choice["why"] in page.replace("<code>", "`").replace("</code>", "`")


def test_sizes_are_those_of_skops_files(make_world, tmp_path):
    train = make_world(150, seed=1)
    model = fitted(train, RandomForestClassifier(5, random_state=0))

    table, choice, small, *_ = smaller(train, model, means=["pack"], allowed=0)

    stream = BytesIO()
    Skops().write(stream, small)
    assert choice["weighed_as"] == "skops"
    assert table.filter(chosen=True)["size_bytes"].item() == len(stream.getvalue())


def test_without_test_rows_the_folds_speak(make_world):
    train = make_world(150, seed=1)
    model = fitted(train, LogisticRegression())

    table, _, _, compared, page = smaller(train, model, slices=["region"], metric="log_loss")

    chosen = table.filter(chosen=True).row(0, named=True)
    assert compared["measured_on"] == "rows held out, in 3 folds"
    assert compared["loss"]["value"] == chosen["loss"]
    assert "log_loss" in table.columns
    assert "same of" not in page


def test_where_nothing_smaller_will_do_the_model_stays(make_world):
    train = make_world(150, seed=1)
    model = fitted(train, LogisticRegression())

    table, choice, small, compared, page = smaller(
        train, model, means=["fewer_features"], allowed=0.0, metric="log_loss"
    )

    if table.filter(pl.col("loss") <= 0).height == 1:
        assert small is model
        assert "so it stays as it is" in choice["why"]
    assert compared["times_smaller"] >= 1
    assert page.endswith("</html>\n")


def test_a_loss_on_the_test_rows_beyond_what_is_allowed_is_told(make_world):
    train = make_world(200, seed=1)
    model = fitted(train, RandomForestClassifier(10, random_state=0))
    told = asked(means=["pack", "fewer_trees"], allowed=0.3)
    table, choice, small = make_small(model, train, told)

    strict = {**choice, "allowed": -1.0}
    compared = compare_small(table, strict, model, small, told, test=make_world(200, seed=2))

    assert "more than the -100 % that are allowed" in compared["warnings"][0]


def test_a_quantity(make_world):
    train = make_world(250, seed=1).with_columns(y=pl.col("a") * 2 + pl.col("b") * pl.col("c"))
    model = fitted(train, RandomForestRegressor(10, random_state=0))

    table, choice, small, compared, page = smaller(train, model, train)

    assert choice["metric"] == "mean_absolute_error"
    assert compared["times_smaller"] > 2
    assert table.filter(chosen=True)["loss"].item() <= 0.1
    assert small.predict(train).shape == (250,)
    assert "<svg" in page


class Outline(HTMLParser):
    """Checks that tags are closed in order, and gathers what is asked for."""

    def __init__(self):
        super().__init__()
        self.open, self.asked = [], []

    def handle_starttag(self, tag, attrs):
        self.asked += [v for k, v in attrs if k in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_asks_for_nothing_and_shows_text_as_text(make_world):
    train = make_world(200, seed=1).with_columns(
        pl.col("region").replace("south", "<b>south</b>").alias("region")
    )
    model = fitted(train, RandomForestClassifier(10, random_state=0))

    page = smaller(train, model, train, slices=["region"], means=["pack", "fewer_trees"])[-1]

    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    assert outline.asked == []
    assert "<b>south" not in page
    assert "&lt;b&gt;south" in page
    assert "nan" not in re.sub("[a-z]nan|nan[a-z]", "", page)
    assert len(page) < 200_000


# Bad input


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"means": ["pack", "shrink"]}, UnknownNameError, "there is no means `shrink`"),
        ({"means": []}, DefinitionError, "`means` is empty"),
        ({"allowed": -0.1}, DefinitionError, "`allowed` is -0.1, not a share of 0 or more"),
        ({"allowed": "much"}, DefinitionError, "`allowed` is 'much'"),
        ({"allowed_in_slices": -1}, DefinitionError, "`allowed_in_slices` is -1"),
        ({"relative_to": "luck"}, DefinitionError, "`relative_to` is 'luck'"),
        ({"folds": 1}, DefinitionError, "`folds` is 1, not 2 or more"),
        ({"folds": True}, DefinitionError, "`folds` is True"),
    ],
)
def test_settings_that_cannot_be_are_told_before_anything_runs(settings, error, said):
    with pytest.raises(error, match=said):
        prune("model", "train", "y", **settings)


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"metric": "acuracy"}, UnknownNameError, "there is no metric `acuracy`"),
        ({"metric": "r2"}, DataError, "there is no `r2` of this model, whose target is 2 classes"),
        ({"target": "z"}, UnknownNameError, "dataset `train`: there is no column `z`"),
        ({"target": "region"}, DataError, "column `region` holds '.*', and the model tells apart"),
        ({"slices": ["town"]}, UnknownNameError, "there is no column `town`"),
        ({"group": "town"}, UnknownNameError, "there is no column `town`"),
        ({"weights": "a"}, DataError, "column `a` must be weights of 0 or more"),
        ({"features": ["a", "q"]}, UnknownNameError, "there is no column `q`"),
        ({"features": ["a"]}, DataError, "cannot be asked about its rows"),
        ({"folds": 200}, DataError, "100 rows cannot be spread over 200 folds"),
    ],
)
def test_what_does_not_fit_the_rows_is_told(make_world, changes, error, said):
    train = make_world(100, seed=1)
    model = fitted(train, RandomForestClassifier(3, random_state=0))

    with pytest.raises(error, match=said):
        make_small(model, train, asked(means=["pack", "fewer_trees"], **changes))


def test_a_text_is_no_quantity(make_world):
    train = make_world(100, seed=1)
    model = fitted(train.with_columns(y=pl.col("a")), Ridge())

    with pytest.raises(DataError, match="column `y` must be numbers, and is String"):
        make_small(model, train, asked())


def test_no_rows_one_row_and_gaps_are_told_of(make_world):
    train = make_world(100, seed=1)
    model = fitted(train, RandomForestClassifier(3, random_state=0))
    gap = train.with_columns(y=pl.when(pl.col("a") > 0).then("y"))

    for rows, said in (
        (train[:0], "there are no rows"),
        (train[:1], "1 rows cannot be spread over 3 folds"),
        (gap, r"column `y` has no value in \d+ of 100 rows"),
    ):
        with pytest.raises(DataError, match=said):
            make_small(model, rows, asked(means=["pack"]))


def test_a_model_without_trees_is_told_of_where_only_trees_are_asked_for(make_world):
    train = make_world(100, seed=1)
    model = fitted(train, KNeighborsClassifier())

    with pytest.raises(DataError, match="does anything for KNeighborsClassifier") as found:
        make_small(model, train, asked(means=["pack", "prune_trees"]))
    assert "means are for which models" in str(found.value.hint)


def test_a_model_of_several_targets_is_told_of(make_world):
    train = make_world(100, seed=1)
    numbers = train.select("a", "b")
    model = RandomForestRegressor(2).fit(numbers, train.select("c", "d").to_numpy())

    with pytest.raises(DataError, match="dataset `model`: the model predicts several targets"):
        make_small(model, train, asked(target="c"))


class Silent(ClassifierMixin, BaseEstimator):
    """Learns, and then says nothing."""

    def fit(self, rows, labels):
        self.classes_ = np.unique(labels)
        return self

    def predict(self, rows):
        raise RuntimeError("I would rather not")


def test_a_model_that_raises_is_told_of(make_world):
    train = make_world(100, seed=1)
    model = fitted(train, Silent())

    with pytest.raises(DataError, match=r"Silent cannot be asked .*RuntimeError: I would rather"):
        make_small(model, train, asked(means=["fewer_features"]))


def test_test_rows_of_a_class_that_nobody_trained_on_are_left_aside(make_world):
    train, test = make_world(200, seed=1), make_world(200, seed=2)
    model = fitted(train, RandomForestClassifier(8, random_state=0))
    odd = test.with_columns(y=pl.when(pl.int_range(200) == 7).then(pl.lit("new")).otherwise("y"))

    rest = test.filter(pl.int_range(200) != 7)
    told = asked(means=["pack"])
    table, choice, small = make_small(model, train, told)
    with_odd, without = (
        compare_small(table, choice, model, small, told, test=each) for each in (odd, rest)
    )
    assert with_odd == without


def test_labels_that_nobody_trained_on_are_told_of_in_test_rows(make_world):
    train = make_world(100, seed=1)
    model = fitted(train, RandomForestClassifier(3, random_state=0))
    odd = train.with_columns(y=pl.lit("perhaps"))

    with pytest.raises(DataError, match="dataset `test`: column `y` holds 'perhaps'"):
        smaller(train, model, odd, means=["pack"])
