"""Stores that MLflow's own client wrote come over whole: compared run by run with what it reads."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tilth.data.metrics import from_json
from tilth.errors import DataError
from tilth.project import Project
from tilth.project.importing import imported

mlflow = pytest.importorskip("mlflow")
pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("ignore"),  # of MLflow's own libraries
]

STATES = {"FINISHED": "done", "FAILED": "failed"}
BEGAN = 1_700_000_000_000
FILES = {
    "tables/rows.csv": "a,b\n1,2\n",
    "tables/deep/er/ünïcode.txt": "héllo",
    "odd name #1 100%.csv": "a\n1\n",
    "empty.txt": "",
    "broken.json": "{",
    "about.json": '{"mine": true}',
    "long.txt": "x" * 5000,
}
PARAMETERS = {
    "depth": 3, "kind": "tree", "größe": "ü", "empty": "", "json": '{"a": [1]}', "nan": "NaN",
    "flag": True, "long": "x" * 3000, "a/b.c": "007",
}  # fmt: skip


@pytest.fixture
def project(tmp_path):
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "tilth.yml").write_text("name: ours\npipelines: {}\n")
    with Project(tmp_path / "ours") as project:
        yield project


@pytest.fixture
def client(monkeypatch, tmp_path):
    """MLflow's client of a store; it says that folders are in maintenance, and is told it may."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.chdir(tmp_path)

    def opened(uri):
        mlflow.set_tracking_uri(uri)
        return mlflow.MlflowClient(tracking_uri=uri)

    return opened


def write(client):
    """Two experiments and one that was deleted, with runs of every kind."""
    for name in ("houses", "größe 価格: a/b", "gone"):
        experiment = client.create_experiment(name)
        parent = _whole(client, experiment)
        child = _begun(client, experiment, "a part", 1, {"mlflow.parentRunId": parent})
        client.log_param(child, "depth", "another")
        client.set_terminated(child, end_time=BEGAN + 9000)
        for at, state in enumerate(("FAILED", "KILLED", "RUNNING", "SCHEDULED", "deleted"), 2):
            run = _begun(client, experiment, state.lower(), at)
            client.log_metric(run, "loss", float(at))
            if state == "deleted":
                client.delete_run(run)
            elif state in ("FAILED", "KILLED"):
                client.set_terminated(run, state, BEGAN + 5000)
            elif state == "SCHEDULED":
                client.update_run(run, state)
        if name == "gone":
            client.delete_experiment(experiment)


def _begun(client, experiment, name, at, tags=None):
    told = {"mlflow.user": "ada", **(tags or {})}
    return client.create_run(experiment, BEGAN + at, told, name).info.run_id


def _whole(client, experiment):
    tags = {
        "team": "blau", "größe": "ü", "mlflow.note.content": "the first\nof two lines",
        "mlflow.source.git.commit": "c0ffee",
    }  # fmt: skip
    run = _begun(client, experiment, "the whole", 0, tags)
    for name, value in PARAMETERS.items():
        client.log_param(run, name, value)
    for step in range(5):
        client.log_metric(run, "loss", 1 / (step + 1), step=step)
    odd = {"nan": math.nan, "inf": math.inf, "minus/inf": -math.inf, "größe": 0.5}
    for name, value in odd.items():
        client.log_metric(run, name, value)
    for value, step in ((5.0, 5), (2.0, 2), (3.0, -1)):
        client.log_metric(run, "out of order", value, step=step)
    client.log_metric(run, "twice at a step", 1.0, step=3, timestamp=BEGAN + 1)
    client.log_metric(run, "twice at a step", 2.0, step=3, timestamp=BEGAN + 2)
    for name, text in FILES.items():
        client.log_text(run, text, name)
    client.set_terminated(run, end_time=BEGAN + 8000)
    return run


def compare(project, client, files=FILES):
    """Each run of the store is on record, as MLflow tells it, and no other; gives how many."""
    found = {
        node_run.fingerprint.removeprefix("mlflow:"): (run, node_run)
        for run in project.history.runs()
        for node_run in project.history.node_runs(run.id)
    }
    names = {each.experiment_id: each.name for each in client.search_experiments()}
    told = {each.info.run_id: each for each in client.search_runs(list(names))}
    assert found.keys() == told.keys()
    for identity, theirs in told.items():
        run, node_run = found[identity]
        name = names[theirs.info.experiment_id]
        assert run.pipeline == f"{name}: {theirs.info.run_name}"
        assert run.state == STATES.get(theirs.info.status, "interrupted")
        assert run.started_at == theirs.info.start_time / 1000
        assert run.finished_at == (theirs.info.end_time or theirs.info.start_time) / 1000
        assert (run.person, run.trigger) == ("ada", "mlflow")
        assert run.note == theirs.data.tags.get("mlflow.note.content", "")
        assert run.commit == theirs.data.tags.get("mlflow.source.git.commit", "")
        parameters = project.history.recipe(node_run.recipe).parameters
        assert {key: _text(each) for key, each in parameters.items()} == theirs.data.params
        _compare_metrics(node_run, theirs, client)
        _compare_files(project, node_run, theirs, f"mlflow/{name}/", files)
    return len(told)


def _text(parameter):
    value = json.loads(parameter)
    return value if isinstance(value, str) else parameter


def _compare_metrics(node_run, theirs, client):
    ours = {each.name: each for each in node_run.metrics}
    assert ours.keys() == theirs.data.metrics.keys()
    for name, value in theirs.data.metrics.items():
        assert ours[name].value == value or (math.isnan(ours[name].value) and math.isnan(value))
        points = client.get_metric_history(theirs.info.run_id, name)
        if len(points) > 1 or points[0].step:
            curve = from_json(ours[name].data)
            points.sort(key=lambda each: (each.step, each.timestamp))
            assert curve["step"] == [each.step for each in points]
            assert curve["value"] == [each.value for each in points]


def _compare_files(project, node_run, theirs, prefix, files):
    made = {each.dataset.removeprefix(prefix): each for each in node_run.outputs}
    is_whole = theirs.info.run_name == "the whole"
    about = made.pop("_about.json" if is_whole else "about.json")
    wanted = {name: text.encode() for name, text in files.items()}
    ours = {name: _bytes(project, each) for name, each in made.items()}
    assert ours == (wanted if is_whole else {})
    told = json.loads(_bytes(project, about))
    kept = {key: each for key, each in theirs.data.tags.items() if not key.startswith("mlflow.")}
    assert (told["identity"], told["tags"]) == (theirs.info.run_id, kept)
    parent = theirs.data.tags.get("mlflow.parentRunId")
    assert told.get("part_of", {}).get("identity") == parent
    if parent:
        number = told["part_of"]["run"]
        assert project.history.run(number).pipeline == f"{prefix[7:-1]}: the whole"


def _bytes(project, made):
    inline = project.history.data(made.fingerprint)
    return inline if inline is not None else project.blobs.path(made.fingerprint).read_bytes()


@pytest.mark.parametrize("kind", ["mlruns", "file://", "a folder above", "sqlite:///"])
def test_all_of_a_store_on_disk_comes_over(project, client, tmp_path, kind):
    is_database = kind == "sqlite:///"
    place = tmp_path / "the store"
    place.mkdir()
    folder = place / "mlruns"
    uri = f"sqlite:///{place}/mlflow.db" if is_database else folder.as_uri()
    theirs = client(uri)
    write(theirs)
    source = {"mlruns": str(folder), "a folder above": str(place)}.get(kind, uri)

    found = imported(project, "mlflow", source)

    assert (len(found.runs), found.n_files) == (12, 2 * len(FILES))
    assert (found.too_large, found.unread) == ((), ())
    assert compare(project, theirs) == 12
    again = imported(project, "mlflow", source)
    assert (again.runs, again.known) == ((), 12)


def test_a_run_that_came_later_is_the_only_one_that_comes(project, client, tmp_path):
    theirs = client((tmp_path / "mlruns").as_uri())
    write(theirs)
    imported(project, "mlflow", str(tmp_path))
    _whole(theirs, theirs.get_experiment_by_name("houses").experiment_id)

    assert len(imported(project, "mlflow", str(tmp_path)).runs) == 1
    assert compare(project, theirs) == 13


def test_large_files_stay_and_the_others_come(project, client, tmp_path):
    theirs = client((tmp_path / "mlruns").as_uri())
    write(theirs)

    found = imported(project, "mlflow", str(tmp_path / "mlruns"), most=1000)

    small = {name: text for name, text in FILES.items() if len(text) <= 1000}
    assert found.too_large == ("the whole: long.txt",) * 2
    assert compare(project, theirs, small) == 12


@pytest.mark.parametrize("kind", ["file", "sqlite"])
def test_a_store_that_was_moved_brings_its_files(project, client, tmp_path, kind):
    """What a store says about where its files are is true only where they were written."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    write(client((old / "mlruns").as_uri() if kind == "file" else f"sqlite:///{old}/mlflow.db"))
    if kind == "sqlite" and (tmp_path / "mlruns").exists():  # where one is
        shutil.move(tmp_path / "mlruns", old)
    old.rename(new)

    assert imported(project, "mlflow", str(new)).n_files == 2 * len(FILES)


def test_a_file_that_cannot_be_read_does_not_keep_the_others(project, client, tmp_path, as_anyone):
    write(client((tmp_path / "mlruns").as_uri()))
    for each in (tmp_path / "mlruns").rglob("broken.json"):
        each.chmod(0)

    found = imported(project, "mlflow", str(tmp_path))

    assert found.n_files == 2 * (len(FILES) - 1)
    assert found.unread == ("the whole: broken.json: Permission denied",) * 2


def test_files_in_a_place_that_cannot_be_reached_are_told_and_the_rest_comes(
    project, client, tmp_path
):
    theirs = client((tmp_path / "mlruns").as_uri())
    experiment = theirs.create_experiment("far", artifact_location="ftp://127.0.0.1:9/there")
    _begun(theirs, experiment, "a run", 0)

    found = imported(project, "mlflow", str(tmp_path))

    assert (len(found.runs), found.n_files) == (1, 0)
    assert "a run: artifacts: " in found.unread[0]


def test_a_damaged_run_is_told_with_its_file(project, client, tmp_path):
    write(client((tmp_path / "mlruns").as_uri()))
    broken = next(each for each in (tmp_path / "mlruns").glob("*/*/meta.yaml"))
    broken.write_text("a: {")

    with pytest.raises(DataError, match=r"the MLflow store .* cannot be used: .*meta\.yaml"):
        imported(project, "mlflow", str(tmp_path))


def test_a_database_without_its_driver_names_it(project, monkeypatch):
    for driver in ("psycopg2", "psycopg"):
        monkeypatch.setitem(sys.modules, driver, None)
    with pytest.raises(DataError, match=r"postgresql://ada:\*\*\*@localhost/x cannot") as told:
        imported(project, "mlflow", "postgresql://ada:lovelace@localhost/x")

    assert "psycopg" in told.value.hint
    assert "lovelace" not in str(told.value)


@pytest.mark.slow
def test_all_of_a_server_comes_over(project, client, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    home = tmp_path / "server"
    home.mkdir()
    command = [sys.executable, "-m", "mlflow", "server", "--port", address.rpartition(":")[2]]
    environment = {name: each for name, each in os.environ.items() if name != "PYTHONPATH"}
    server = subprocess.Popen(
        [*command, "--backend-store-uri", f"sqlite:///{home}/its.db", "--workers", "1"],
        cwd=home, env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(f"{address}/health")
        theirs = client(address)
        write(theirs)
        found = imported(project, "mlflow", address)
        assert (len(found.runs), found.n_files, found.unread) == (12, 2 * len(FILES), ())
        # What stands behind `#`, MLflow's own client loses on the way to its server.
        arrived = {name.partition("#")[0]: text for name, text in FILES.items()}
        assert compare(project, theirs, arrived) == 12
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def _wait(address, patience=120):
    until = time.monotonic() + patience
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
