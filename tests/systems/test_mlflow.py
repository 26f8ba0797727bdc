"""Runs and models in MLflow itself; what is asked of it is what its interface and server ask."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tilth.errors import DataError, MissingDataError
from tilth.project import Project
from tilth.project.exporting import exported
from tilth.project.importing import imported
from tilth.project.models import register

mlflow = pytest.importorskip("mlflow")
pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("ignore"),  # of MLflow's own libraries
]

FLOWERS = """
import pandas as pd
import tilth
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier


def flowers() -> pd.DataFrame:
    return load_iris(as_frame=True).frame


def learn(flowers: pd.DataFrame, depth):
    x, y = flowers.drop(columns="target"), flowers["target"]
    for step in range(1, depth + 1):
        model = DecisionTreeClassifier(max_depth=step, random_state=0).fit(x, y)
        tilth.log(accuracy=step / 10, step=step)
    tilth.log(odd=float("nan"))
    return model
"""
PIPELINE = """
name: iris
pipelines:
  it:
    nodes:
      - {call: iris.flowers, outputs: flowers}
      - {call: iris.learn, inputs: {flowers: flowers, depth: params:depth}, outputs: model}
"""


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "iris"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "iris.py").write_text(FLOWERS)
    (folder / "tilth.yml").write_text(PIPELINE)
    (folder / "params.yml").write_text("depth: 3")
    (folder / "catalog.yml").write_text("model: {format: skops, read: {trusted: [sklearn.tree]}}")
    with Project(folder) as project:
        yield project


def client(folder):
    uri = f"sqlite:///{folder}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    return mlflow.MlflowClient(uri, uri)


def test_mlflow_shows_runs_and_serves_the_models_that_they_made(project, tmp_path, capsys):
    assert project.run().ok
    register(project, "model", "iris")
    found = exported(project, "mlflow", str(tmp_path / "store"))
    assert (found.handed.runs, found.handed.models, found.left) == (1, ("iris@1",), {})
    assert capsys.readouterr().out == ""  # that is where the command's answer goes

    store = client(tmp_path / "store")
    experiment = store.get_experiment_by_name("iris")
    assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"
    (run,) = store.search_runs([experiment.experiment_id])
    assert run.info.status == "FINISHED"
    assert run.data.params == {"learn.depth": "3"}
    assert run.data.metrics["learn.accuracy"] == 0.3
    assert run.data.metrics["learn.odd"] != run.data.metrics["learn.odd"]
    history = store.get_metric_history(run.info.run_id, "learn.accuracy")
    assert [(each.step, each.value) for each in history] == [(1, 0.1), (2, 0.2), (3, 0.3)]
    assert run.data.tags["tilth.made.model"] == project.version("model").fingerprint
    lineage = json.loads(mlflow.artifacts.load_text(f"{run.info.artifact_uri}/tilth/lineage.json"))
    assert {each["node"] for each in lineage["nodes"]} == {"flowers", "learn"}

    served = mlflow.pyfunc.load_model("models:/iris/1")
    table = project.load("flowers", shape="pandas.DataFrame").drop(columns="target")
    model = project.load("model")
    assert served.predict(table).tolist() == model.predict(table).tolist()
    chances = served.predict(table, params={"probabilities": True})
    assert chances.tolist() == model.predict_proba(table).tolist()
    files = {each.name for each in (tmp_path / "store").rglob("*") if each.is_file()}
    assert not [each for each in files if each.endswith((".pkl", ".pickle"))]


def test_what_is_there_already_stays_and_aliases_move(project, tmp_path):
    from tilth.models.registry import PRODUCTION
    from tilth.project.models import approve, promote

    project.run()
    register(project, "model", "iris")
    exported(project, "mlflow", str(tmp_path))
    approve(project, "iris@1", "it will do")
    promote(project, "iris@1", why="it will do", override=False)
    again = exported(project, "mlflow", str(tmp_path))

    assert (again.handed.runs, again.handed.models, again.handed.known) == (0, (), 2)
    version = client(tmp_path).get_model_version_by_alias("iris", PRODUCTION)
    assert version.tags["tilth.version"] == "1"


def test_a_store_of_mlflow_becomes_history(project, tmp_path):
    client(tmp_path)
    mlflow.set_experiment("houses")
    for depth in (2, 3):
        with mlflow.start_run(run_name=f"depth {depth}"):
            mlflow.log_params({"depth": depth, "kind": "tree"})
            for step in range(3):
                mlflow.log_metric("loss", 1 / (step + depth), step=step)
            mlflow.log_metric("r2", 0.5)
            mlflow.set_tag("team", "blue")
            mlflow.log_text("a,b\n1,2\n", "tables/rows.csv")
            mlflow.log_text("x" * 5000, "long.txt")

    found = imported(project, "mlflow", str(tmp_path), most=1000)

    assert (found.runs, found.known, found.n_files) == ((1, 2), 0, 2)
    assert found.too_large == ("depth 2: long.txt", "depth 3: long.txt")
    loss, r2 = project.history.metrics(2)["mlflow/houses"]
    assert (loss.value, r2.value, r2.data) == (0.2, 0.5, None)
    assert json.loads(loss.data) == {"step": [0, 1, 2], "value": [1 / 3, 0.25, 0.2]}
    assert project.history.run(2).trigger == "mlflow"
    assert project.load("mlflow/houses/tables/rows.csv").rows() == [(1, 2)]
    assert imported(project, "mlflow", str(tmp_path)).runs == ()


def test_what_tilth_exported_does_not_come_back(project, tmp_path, monkeypatch):
    project.run()
    monkeypatch.chdir(tmp_path)
    assert exported(project, "mlflow", "sqlite:///mlflow.db").handed.runs == 1

    assert imported(project, "mlflow", str(tmp_path / "mlflow.db")).runs == ()


def test_a_store_that_is_not_there_is_not_made(project, tmp_path):
    with pytest.raises(MissingDataError, match="there is no MLflow store at"):
        imported(project, "mlflow", str(tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()


def test_a_server_that_does_not_answer_is_told_at_once(project):
    project.run()
    with pytest.raises(DataError, match=r"the MLflow server http://127.0.0.1:9 cannot be reached"):
        exported(project, "mlflow", "http://127.0.0.1:9")


def test_a_folder_that_cannot_be_made_is_told(project, tmp_path):
    project.run()
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DataError, match=r"the MLflow store .*taken.* cannot be used"):
        exported(project, "mlflow", str(tmp_path / "taken" / "store"))


def test_a_file_that_is_no_database_is_told(project, tmp_path):
    (tmp_path / "mlflow.db").write_text("no database")
    with pytest.raises(DataError, match=r"the MLflow store .* cannot be used"):
        imported(project, "mlflow", str(tmp_path))


RENTS = """
import datetime
import polars as pl
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder


def rows() -> pl.DataFrame:
    n = 200
    return pl.DataFrame({
        "rooms": [None if i % 7 == 0 else i % 5 for i in range(n)],
        "town": [["Ulm", "Bonn", None][i % 3] for i in range(n)],
        "size": [float(i % 90) for i in range(n)],
        "dear": [["no", "yes"][i % 90 > 45] for i in range(n)],
    })


def learn(rows: pl.DataFrame):
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["town"]),
        remainder="passthrough",
    )
    model = make_pipeline(encode, HistGradientBoostingClassifier(max_iter=5, random_state=0))
    return model.fit(rows.drop("dear"), rows["dear"])
"""


def test_gaps_and_texts_reach_a_model_that_was_fitted_on_polars(project, tmp_path):
    (project.folder / "src" / "iris.py").write_text(RENTS)
    (project.folder / "tilth.yml").write_text(
        "name: rents\npipelines: {it: {nodes: [{call: iris.rows, outputs: rows}, "
        "{call: iris.learn, inputs: rows, outputs: model}]}}"
    )
    (project.folder / "catalog.yml").write_text(
        "model: {format: skops, read: {trusted: [sklearn]}}"
    )
    project.reload()
    result = project.run()
    assert result.ok, result.failures
    register(project, "model", "dear")
    assert exported(project, "mlflow", str(tmp_path)).left == {}

    client(tmp_path)
    served = mlflow.pyfunc.load_model("models:/dear/1")
    rows = project.load("rows").drop("dear")
    asked = rows.to_pandas()
    assert served.predict(asked).tolist() == project.load("model").predict(rows).tolist()


@pytest.mark.slow
def test_the_server_of_mlflow_answers_requests_without_tilth(project, tmp_path):
    project.run()
    register(project, "model", "iris")
    exported(project, "mlflow", str(tmp_path))
    columns = list(project.load("flowers", shape="pandas.DataFrame").columns[:-1])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).parent / "mlflow"
    environment = {name: each for name, each in os.environ.items() if name != "PYTHONPATH"}
    environment |= {
        "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/mlflow.db",
        "PATH": os.pathsep.join([str(program.parent), os.environ["PATH"]]),
    }
    command = [program, "models", "serve", "-m", "models:/iris/1", "--env-manager", "local"]
    server = subprocess.Popen(
        [*command, "-p", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        rows = [[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]]
        body = json.dumps({"dataframe_split": {"columns": columns, "data": rows}}).encode()
        answer = json.loads(_asked(f"http://127.0.0.1:{port}/invocations", body))
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)

    assert answer == {"predictions": [0, 2]}


def _asked(address, body, patience=120):
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    until = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.read()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
