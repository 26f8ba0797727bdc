"""Runs that go to other systems and come from them, with a system of the test's own."""

from __future__ import annotations

import json
import sys

import pytest

from tilth.errors import DataError, MissingDataError, MissingLibraryError, UnknownNameError
from tilth.history.exchange import File, ForeignRun, Handed
from tilth.history.record import Metric
from tilth.project import Project
from tilth.project.exporting import exported
from tilth.project.importing import imported

SHOP = """
import tilth


def learn(depth):
    for step in range(depth):
        tilth.log(loss=1 / (step + 1), step=step)
    return depth


def measure(model):
    return {"auc": {"value": 0.5, "low": 0.4, "high": 0.6}}
"""
PIPELINE = """
name: shop
pipelines:
  it:
    nodes:
      - {call: shop.learn, inputs: {depth: params:depth}, outputs: model}
      - {call: shop.measure, inputs: model, outputs: measures}
"""
ARCHIVE = "archive_of_this_test.Archive"


class Archive:
    """A system that keeps in memory what it is told."""

    told: list = []  # noqa: RUF012 - that is what the test looks at
    has: list = []  # noqa: RUF012

    def export(self, to, runs, models):
        runs, models = list(runs), list(models)
        Archive.told = [to, runs, models]
        return Handed(where=to, look="", runs=len(runs), models=(), known=0)

    def runs(self, source, *, most, known):
        for each in Archive.has:
            if each.identity not in known:
                yield each


@pytest.fixture(autouse=True)
def archive(monkeypatch):
    module = type(sys)("archive_of_this_test")
    module.Archive = Archive
    monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "shop.py").write_text(SHOP)
    (tmp_path / "tilth.yml").write_text(PIPELINE)
    (tmp_path / "params.yml").write_text("depth: 3")
    (tmp_path / "catalog.yml").write_text("measures: {format: metrics}")
    with Project(tmp_path) as project:
        yield project


def foreign(identity="a1", **more):
    return ForeignRun(
        **{
            "identity": identity,
            "name": "sunny fox",
            "group": "houses",
            "state": "done",
            "started_at": 1000.0,
            "finished_at": 1060.0,
            "person": "ada",
            "commit": "c0ffee",
            "parameters": {"depth": "3", "kind": "tree"},
            "metrics": (Metric(name="loss", value=0.5, data='{"step":[1],"value":[0.5]}'),),
            "tags": {"team": "blue"},
            "files": (
                File(name="tables/rows.csv", content=b"a,b\n1,2\n", n_bytes=8),
                File(name="big.bin", content=None, n_bytes=10**9),
            ),
            "note": "the first",
            **more,
        }
    )


def test_a_run_goes_with_its_parameters_metrics_and_lineage(project):
    project.run()
    exported(project, ARCHIVE, "there")
    to, (told,), models = Archive.told

    assert (to, models, told.project, told.run.id) == ("there", [], "shop", 1)
    assert told.parameters == {"learn.depth": "3"}
    measured = {each.name: each for each in told.metrics}
    assert set(measured) == {"learn.loss", "measure.auc"}
    assert measured["measure.auc"].metric.low == 0.4
    assert json.loads(measured["learn.loss"].metric.data)["step"] == [0, 1, 2]
    assert told.run.started_at <= measured["learn.loss"].at <= told.run.finished_at
    lineage = json.loads(told.documents["tilth/lineage.json"])
    assert [each["node"] for each in lineage["nodes"]] == ["learn", "measure"]
    assert told.tags["tilth.made.model"] == lineage["nodes"][1]["inputs"]["model"]


def test_a_run_that_reused_all_goes_with_what_it_took_over(project):
    project.run()
    project.run()
    exported(project, ARCHIVE, "there", [2])
    _, (told,), _ = Archive.told

    assert told.run.id == 2
    assert {each.name for each in told.metrics} == {"learn.loss", "measure.auc"}


def test_without_a_run_there_is_nothing_to_export(project):
    with pytest.raises(MissingDataError, match="there is no run to export"):
        exported(project, ARCHIVE)


def test_an_unknown_run_and_an_unknown_system_are_told(project):
    project.run()
    with pytest.raises(UnknownNameError, match="there is no run `7`"):
        exported(project, ARCHIVE, "", [7])
    with pytest.raises(UnknownNameError, match="there is no system `mflow`") as error:
        exported(project, "mflow")
    assert "mlflow" in error.value.hint


def test_a_system_that_takes_nothing_is_refused(project, monkeypatch):
    project.run()
    monkeypatch.delattr(Archive, "export")
    with pytest.raises(Exception, match="it has no `export`"):
        exported(project, ARCHIVE)


@pytest.mark.parametrize(
    "ask", [lambda p: exported(p, "mlflow"), lambda p: imported(p, "mlflow", ".")]
)
def test_without_mlflow_its_extra_is_named(project, monkeypatch, ask):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    project.run()
    with pytest.raises(MissingLibraryError, match="system `mlflow` needs `mlflow`") as error:
        ask(project)
    assert error.value.hint == "pip install 'tilth[mlflow]'"


def test_a_foreign_run_is_on_record_as_it_was(project):
    Archive.has = [foreign()]
    found = imported(project, ARCHIVE, "there")

    (number,) = found.runs
    run, (node_run,) = project.history.run(number), project.history.node_runs(number)
    assert (run.state, run.started_at, run.finished_at) == ("done", 1000.0, 1060.0)
    assert (run.trigger, run.person, run.commit, run.note) == (
        ARCHIVE,
        "ada",
        "c0ffee",
        "the first",
    )
    assert run.counts == {"done": 1}
    assert node_run.seconds == 60
    assert project.history.metrics(number) == {f"{ARCHIVE}/houses": list(foreign().metrics)}
    assert project.history.recipe(node_run.recipe).parameters == {"depth": "3", "kind": '"tree"'}


def test_its_small_files_are_datasets_and_its_large_ones_are_named(project):
    Archive.has = [foreign()]
    found = imported(project, ARCHIVE, "there")

    assert found.n_files == 1
    assert found.too_large == ("sunny fox: big.bin",)
    table = project.load(f"{ARCHIVE}/houses/tables/rows.csv")
    assert table.rows() == [(1, 2)]
    about = project.load(f"{ARCHIVE}/houses/about.json")
    assert about["tags"] == {"team": "blue"}
    assert about["too_large"] == {"big.bin": 10**9}


def test_a_file_that_cannot_be_read_is_told_and_the_others_come(project):
    broken = File(name="plots/roc.png", content=None, n_bytes=0, why="the disk is gone")
    Archive.has = [foreign(files=(broken, File(name="a.txt", content=b"a", n_bytes=1)))]
    found = imported(project, ARCHIVE, "there")

    assert (found.n_files, found.too_large) == (1, ())
    assert found.unread == ("sunny fox: plots/roc.png: the disk is gone",)
    about = project.load(f"{ARCHIVE}/houses/about.json")
    assert (about["unread"], about["too_large"]) == ({"plots/roc.png": "the disk is gone"}, {})


def test_a_file_may_be_called_as_ours_is(project):
    Archive.has = [foreign(files=(File(name="about.json", content=b"{}", n_bytes=2),))]
    imported(project, ARCHIVE, "there")

    assert project.load(f"{ARCHIVE}/houses/about.json") == {}
    assert project.load(f"{ARCHIVE}/houses/_about.json")["tags"] == {"team": "blue"}


def test_a_part_of_a_run_says_of_which(project):
    Archive.has = [foreign("a1"), foreign("a2", parent="a1", group="trials")]
    imported(project, ARCHIVE, "there")
    assert "part_of" not in project.load(f"{ARCHIVE}/houses/about.json")
    assert project.load(f"{ARCHIVE}/trials/about.json")["part_of"] == {"identity": "a1", "run": 1}

    Archive.has = [foreign("a3", parent="a1", group="later")]  # its parent came before
    imported(project, ARCHIVE, "there")
    assert project.load(f"{ARCHIVE}/later/about.json")["part_of"] == {"identity": "a1", "run": 1}


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e999", "", "007", "True", "{", "größe"])
def test_a_parameter_that_is_no_json_is_text(project, text):
    Archive.has = [foreign(parameters={"it": text})]
    (number,) = imported(project, ARCHIVE, "there").runs
    (node_run,) = project.history.node_runs(number)

    assert json.loads(project.history.recipe(node_run.recipe).parameters["it"]) == text


def test_a_password_in_an_address_is_not_kept(project):
    Archive.has = [foreign()]
    (number,) = imported(project, ARCHIVE, "postgresql://ada:lovelace@localhost/runs").runs

    told = project.history.run(number).arguments
    assert told == f"import {ARCHIVE} postgresql://ada:***@localhost/runs"


def test_a_run_that_came_before_is_passed_over(project):
    Archive.has = [foreign("a1")]
    imported(project, ARCHIVE, "there")
    Archive.has = [foreign("a1"), foreign("b2", state="failed")]
    again = imported(project, ARCHIVE, "there")

    assert (again.runs, again.known) == ((2,), 1)
    assert project.history.run(2).state == "failed"


def test_what_came_from_a_system_does_not_go_back(project):
    Archive.has = [foreign()]
    imported(project, ARCHIVE, "there")
    project.run()
    exported(project, ARCHIVE, "there")

    assert [each.run.id for each in Archive.told[1]] == [2]


def test_a_store_that_breaks_off_leaves_what_came_before_it(project, monkeypatch):
    def broken(self, source, *, most, known):
        yield foreign()
        raise DataError("the line is down")

    monkeypatch.setattr(Archive, "runs", broken)
    with pytest.raises(DataError, match="the line is down"):
        imported(project, ARCHIVE, "there")
    assert [each.state for each in project.history.runs()] == ["done"]
