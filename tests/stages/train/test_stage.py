"""The stage in a project: from a table and a target to a model, with reasons, end to end."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import accuracy_score

from tilth.data.metrics import Metrics
from tilth.errors import DataError
from tilth.project import Project
from tilth.quality.judgement import Columns, judged
from tilth.stages.train.nodes import choose, score_candidate
from tilth.stages.train.predicting import predicted
from tilth.testing.stages import StageTests

CATALOG = """
rows: {format: csv, location: data/rows.csv}
test: {format: csv, location: data/test.csv}
"""

OWN = '''
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Nearest(ClassifierMixin, BaseEstimator):
    """The class whose mean is nearest."""

    def __init__(self, power=2.0):
        self.power = power

    def fit(self, rows, labels):
        self.classes_ = np.unique(labels)
        self.means_ = np.array([rows[labels == each].mean(axis=0) for each in self.classes_])
        return self

    def predict(self, rows):
        away = (np.abs(rows[:, None, :] - self.means_) ** self.power).sum(axis=2)
        return self.classes_[away.argmin(axis=1)]


def scaled():
    from sklearn.compose import make_column_transformer
    from sklearn.preprocessing import StandardScaler

    return make_column_transformer((StandardScaler(), ["a", "b"]))
'''


def project(folder: Path, settings, *, rows, test=None, nodes=(), pipelines=None, catalog=CATALOG):
    """A project with the stage, and what comes before it."""
    (folder / "src").mkdir(exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "src" / "shop.py").write_text(OWN)
    rows.write_csv(folder / "data" / "rows.csv")
    if test is not None:
        test.write_csv(folder / "data" / "test.csv")
    it = {"stage": "train", "with": {"train": "rows", "target": "y", **settings}}
    pipelines = {"it": it, **(pipelines or {})}
    if nodes:
        pipelines["before"] = {"nodes": list(nodes)}
    (folder / "tilth.yml").write_text(json.dumps({"name": "stage", "pipelines": pipelines}))
    (folder / "catalog.yml").write_text(catalog)
    return folder


def ran(opened, run):
    assert run.ok, run.failures
    return {each.node for each in opened.history.node_runs(run.run) if each.state == "done"}


class TestTrain(StageTests):
    @pytest.fixture
    def stage(self):
        return "train"

    @pytest.fixture
    def settings(self):
        return {
            "train": "rows",
            "test": "test",
            "target": "y",
            "estimators": ["tree", "sklearn.naive_bayes.GaussianNB"],
            "tune": {"trials": 3, "estimators": ["tree"]},
            "folds": 3,
            "evaluate": {"labels": False, "most_rows": 100},
        }

    @pytest.fixture
    def files(self, make_world):
        return {
            "catalog.yml": CATALOG,
            "data/rows.csv": make_world(120, seed=1).write_csv(),
            "data/test.csv": make_world(120, seed=2).write_csv(),
        }


@pytest.fixture(scope="module")
def trained(tmp_path_factory, make_world):
    """One run with everything: own class, library class, tuning, test, evaluation."""
    folder = project(
        tmp_path_factory.mktemp("trained"),
        {
            "test": "test",
            "estimators": ["tree", {"shop.Nearest": {"power": 1.0}}, "sklearn.svm.LinearSVC"],
            "tune": {"trials": 6, "spaces": {"Nearest": {"power": [1.0, 2.0]}}, "prune": False},
            "metric": "accuracy",
            "prefix": "m",
            "evaluate": {"labels": False, "most_rows": 200},
        },
        rows=make_world(300, seed=1, noise=0.05),
        test=make_world(300, seed=2),
    )
    with Project(folder) as opened:
        run = opened.run()
        assert run.ok, run.failures
        yield opened, run


def test_baselines_and_candidates_stand_in_one_table(trained):
    opened, _ = trained
    table = opened.load("m_candidates")

    assert set(table["model"]) == {
        "dummy", "linear", "small_tree", "tree", "Nearest", "LinearSVC",
    }  # fmt: skip
    assert table["accuracy"].is_sorted(descending=True)
    assert table.filter(role="baseline")["model"].sort().to_list() == [
        "dummy", "linear", "small_tree",
    ]  # fmt: skip
    assert (table["low"] <= table["accuracy"]).all()
    assert (table["accuracy"] <= table["high"]).all()
    assert table["to_best_value"][0] == 0
    assert (table["to_best_value"] <= 0).all()
    assert table.filter(model="dummy")["to_simplest_value"].item() == 0
    assert table["size_bytes"].min() > 0
    assert table["why"].str.starts_with("chosen").sum() == 1


def test_the_comparison_is_on_record_as_metrics(trained):
    opened, run = trained
    (node,) = [e for e in opened.history.node_runs(run.run) if e.node == "choose_m"]
    found = {each.name: each for each in node.metrics}
    table = opened.load("m_candidates")
    chosen = opened.load("m_choice")["name"]

    assert found["score"].value == table.filter(model=chosen)["accuracy"].item()
    assert found["score"].low < found["score"].value < found["score"].high
    assert found["models.tree.accuracy"].value == table.filter(model="tree")["accuracy"].item()
    assert (
        f"`{opened.load('m_comparison')['best']}` has the best mean accuracy"
        in (opened.load("m_comparison")["why"])
    )


def test_the_model_is_one_pipeline_that_takes_the_table_as_it_is(trained, make_world):
    opened, _ = trained
    model = opened.load("m_model")
    rows = make_world(200, seed=3)

    assert list(model.named_steps) == ["prepare", "model"]
    assert accuracy_score(rows["y"], model.predict(rows)) > 0.9


def test_predictions_are_those_of_the_model_beside_what_is_so(trained):
    opened, _ = trained
    found, test = opened.load("m_predictions"), opened.load("test")
    model = opened.load("m_model")

    assert found["y"].to_list() == test["y"].to_list()
    assert found["prediction"].to_list() == model.predict(test).tolist()
    if hasattr(model, "predict_proba"):
        assert found.select("p_no", "p_yes").sum_horizontal().to_numpy() == pytest.approx(1)


def test_a_class_that_the_model_has_never_seen_has_no_chance_and_can_be_judged(trained):
    opened, _ = trained
    model, test = opened.load("m_model"), opened.load("test", shape="polars.DataFrame")
    odd = test.with_columns(
        y=pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("new")).otherwise("y")
    )

    found = predicted(odd, model, {"target": "y"}, "test")

    if hasattr(model, "predict_proba"):
        assert found["p_new"].to_list() == [0.0] * test.height
    columns = Columns(target="y", prediction="prediction", probability="p_{}")
    assert judged(found, columns).loss[3] == 1
    others = test.with_columns(y=pl.lit("other"))
    if hasattr(model, "predict_proba"):
        with pytest.raises(DataError, match="column `y` holds 'other', and the model tells apart"):
            predicted(others, model, {"target": "y"}, "test")


def test_evaluation_follows_without_having_been_asked_for(trained):
    opened, _ = trained

    made = {name for node in opened.pipeline("it") for name in node.makes}

    assert {"m_slices", "m_advice", "m_learning_curve", "m_errors_page"} <= made
    assert "<html" in opened.load("m_errors_page")


def test_the_history_of_a_tuning_is_in_ours(trained):
    opened, run = trained
    (node,) = [e for e in opened.history.node_runs(run.run) if e.node == "report_tuning_m"]
    curve = json.loads(next(e.data for e in node.metrics if e.name == "Nearest.trials"))
    report = opened.load("m_tuning")["Nearest"]

    assert curve["trial"] == list(range(6))
    assert curve["best"] == np.maximum.accumulate(curve["score"]).tolist()
    assert report["counts"] == {"complete": 6, "pruned": 0, "failed": 0, "stopped": 0}
    assert report["accuracy"] == max(curve["best"])
    assert curve["power"][0] is None


def test_what_was_never_varied_is_told(trained):
    opened, _ = trained
    findings = opened.load("m_tuning")["tree"]["findings"]
    (told,) = [each for each in findings if each.startswith("never varied")]

    assert "`criterion`" in told
    assert "`max_depth`" not in told
    assert "`random_state`" not in told


def test_another_estimator_trains_itself_alone(tmp_path, make_world):
    folder = project(tmp_path, {"estimators": ["tree"]}, rows=make_world(100, seed=1))
    with Project(folder) as opened:
        opened.run()
    project(tmp_path, {"estimators": ["tree", "forest"]}, rows=make_world(100, seed=1))
    with Project(folder) as opened:
        again = ran(opened, opened.run())

    assert again <= {"score_forest_rows", "choose_rows", "fit_chosen_rows"}
    assert "score_forest_rows" in again


def test_a_class_of_one_s_own_is_trained_anew_when_its_code_changes(tmp_path, make_world):
    settings = {"estimators": ["shop.Nearest"], "metric": "accuracy"}
    folder = project(tmp_path, settings, rows=make_world(100, seed=1))
    with Project(folder) as opened:
        opened.run()
    code = (folder / "src" / "shop.py").read_text()
    (folder / "src" / "shop.py").write_text(code.replace("argmin", "argmax"))
    with Project(folder) as opened:
        again = ran(opened, opened.run())
        worse = opened.load("rows_candidates").filter(model="Nearest")["accuracy"].item()

    assert {"make_Nearest_rows", "score_Nearest_rows"} <= again
    assert "score_linear_rows" not in again
    assert worse < 0.3


def test_a_preparation_from_another_node_is_used(tmp_path, make_world):
    folder = project(
        tmp_path,
        {"estimators": ["tree"], "preparation": "scaled"},
        rows=make_world(100, seed=1),
        nodes=[{"call": "shop.scaled", "outputs": "scaled"}],
    )
    with Project(folder) as opened:
        assert opened.run().ok
        model = opened.load("rows_model")

    assert model.named_steps["prepare"].get_feature_names_out().tolist() == [
        "standardscaler__a", "standardscaler__b",
    ]  # fmt: skip


def test_of_what_stage_prepare_makes_features_take_a_part(tmp_path, make_world):
    rows = make_world(100, seed=1).with_columns(town=pl.Series(["Bonn", "Ulm"] * 50))
    ready = {"stage": "prepare", "with": {"table": "rows", "target": "y"}}
    folder = project(
        tmp_path,
        {"train": "rows_train", "test": "rows_test", "estimators": ["tree"], "prefix": "rows",
         "preparation": "rows_preparation", "features": ["a", "town"]},
        rows=rows, pipelines={"ready": ready},
    )  # fmt: skip
    with Project(folder) as opened:
        run = opened.run()
        assert run.ok, run.failures
        model, table = opened.load("rows_model"), opened.load("rows")

    assert model.feature_names_in_.tolist() == ["a", "town"]
    assert len(model.predict(table)) == 100


def test_a_model_of_scikit_learn_lives_in_a_skops_file(tmp_path, make_world):
    catalog = CATALOG + "rows_model: {format: skops, location: model.skops}\n"
    folder = project(
        tmp_path, {"estimators": ["tree"]}, rows=make_world(100, seed=1), catalog=catalog
    )
    with Project(folder) as opened:
        assert opened.run().ok
    with Project(folder) as opened:
        model = opened.load("rows_model")
        rows = opened.load("rows")

    assert (model.predict(rows) == rows["y"].to_numpy()).mean() > 0.8
    assert (folder / "model.skops").exists()


def test_a_quantity_is_trained_on_predicted_and_evaluated(tmp_path, quantity):
    folder = project(
        tmp_path,
        {"test": "test", "estimators": ["tree"], "evaluate": {"most_rows": 100}},
        rows=quantity.head(160),
        test=quantity.tail(80),
    )
    with Project(folder) as opened:
        assert opened.run().ok
        found = opened.load("rows_predictions")
        table = opened.load("rows_candidates")
        choice = opened.load("rows_choice")

    assert found.columns == ["y", "prediction"]
    assert choice["name"] == "linear"
    assert table["mean_absolute_error"].is_sorted()
    # The noise is normal with 0.3, whose mean absolute value is 0.3 sqrt(2 / pi) = 0.239.
    assert 0.2 < table["mean_absolute_error"][0] < 0.29
    assert table.filter(model="dummy")["to_best_value"].item() < -1


def test_rows_in_time_have_the_last_value_as_a_baseline(tmp_path):
    rng = np.random.default_rng(0)
    rows = pl.DataFrame(
        {"day": np.arange(200), "a": rng.normal(size=200), "y": rng.normal(size=200).cumsum()}
    )
    folder = project(
        tmp_path,
        {"estimators": ["small_tree"], "time": "day", "metric": "mean_absolute_error"},
        rows=rows.sample(fraction=1, shuffle=True, seed=0),
    )
    with Project(folder) as opened:
        assert opened.run().ok
        table = opened.load("rows_candidates")
        lost = table.filter(model="last_value")["folds"].item().to_list()

    y = rows["y"].to_numpy()
    edges = [33, 67, 100, 133, 167, 200]  # six parts, of which the first is only learned from
    expected = [np.abs(y[i:j] - y[i - 1]).mean() for i, j in pairwise(edges)]
    assert lost == pytest.approx(expected)


def test_labels_may_be_truth_values(tmp_path, make_world):
    rows = make_world(120, seed=1).with_columns(y=pl.col("y") == "yes")
    folder = project(
        tmp_path, {"test": "test", "estimators": ["tree"], "evaluate": False},
        rows=rows, test=rows,
    )  # fmt: skip
    with Project(folder) as opened:
        assert opened.run().ok
        found = opened.load("rows_predictions")

    assert found.columns == ["y", "prediction", "p_False", "p_True"]
    assert found["prediction"].dtype == pl.Boolean


def test_a_rare_class_counts_as_much_as_the_others_where_that_is_asked(ask, model):
    rng = np.random.default_rng(0)
    rows = pl.DataFrame({"a": rng.normal(size=1000)})
    rare = rows["a"].to_numpy() + rng.normal(size=1000) > 2.6
    rows = rows.with_columns(y=np.where(rare, "rare", "often"))
    recall = {
        balanced: np.mean(
            score_candidate(rows, model("linear"), ask(metric="recall", balanced=balanced))[
                "scores"
            ]
        )
        for balanced in (False, True)
    }

    assert 0.01 < rare.mean() < 0.06
    assert recall[True] > recall[False] + 0.4


def test_columns_of_no_use_are_left_out_and_told_with_the_reason(ask, model, make_world):
    rows = make_world(80, seed=1).with_columns(
        nothing=pl.lit(None, pl.Float64), gap=pl.lit(float("nan")), day=pl.date(2026, 1, 1),
        hour=pl.int_range(80) % 24, number=pl.int_range(80),
    )  # fmt: skip
    scores = [score_candidate(rows, model(name), ask()) for name in ("dummy", "linear")]
    _, told, _ = choose(
        [model("dummy", baseline=True), model("linear")], {"prefer": "best"}, *scores
    )

    assert list(scores[0]["left_out"]) == ["nothing", "gap", "day", "number"]
    assert told["warnings"] == [
        "the default preparation leaves out `nothing` (no row has a value); `gap` (no row has a "
        "value); `day` (every row has the value `2026-01-01`); `number` (each row has a number of "
        "its own, in a column that counts or names them)"
    ]


# The choice


def scores(name, values, n_bytes=1000.0):
    n = len(values)
    return {
        "name": name, "settings": {}, "scores": values, "fit_seconds": [0.1] * n,
        "predict_us": [1.0] * n, "n_trained": [80] * n, "n_scored": [20] * n,
        "n_bytes": [n_bytes] * n, "metric": {"name": "accuracy", "sign": 1}, "rows": 100,
        "left_out": {},
    }  # fmt: skip


ALIKE = {
    "dummy": [0.5, 0.52, 0.48, 0.5, 0.5],
    "linear": [0.90, 0.88, 0.91, 0.92, 0.89],
    "forest": [0.91, 0.90, 0.90, 0.93, 0.88],
}


@pytest.mark.parametrize(("prefer", "chosen"), [("best", "forest"), ("simplest", "linear")])
def test_the_simplest_within_the_noise_is_named_and_taken_where_that_is_asked(
    model, prefer, chosen
):
    _, told, choice = choose(
        [model(name) for name in ALIKE], {"prefer": prefer},
        *(scores(name, values) for name, values in ALIKE.items()),
    )  # fmt: skip

    assert (told["best"], told["simplest_within_noise"]) == ("forest", "linear")
    assert (told["chosen"], choice["name"]) == (chosen, chosen)
    assert "`linear` is simpler, and 0.004 worse" in told["why"]
    assert isinstance(told, Metrics)


def test_where_nothing_beats_the_simplest_it_is_said(model):
    noise = {"dummy": [0.5, 0.52, 0.48, 0.5, 0.5], "forest": [0.52, 0.49, 0.53, 0.47, 0.51]}
    _, told, _ = choose(
        [model(name) for name in noise], {"prefer": "best"},
        *(scores(name, values) for name, values in noise.items()),
    )  # fmt: skip

    assert told["warnings"][0].startswith("no model is told apart from `dummy`")


def test_the_choice_does_not_depend_on_how_long_it_took(model):
    def chosen(seconds):
        given = [{**scores(n, v), "fit_seconds": [seconds] * 5} for n, v in ALIKE.items()]
        return choose([model(name) for name in ALIKE], {"prefer": "best"}, *given)[2]

    assert chosen(0.1) == chosen(7.0)
