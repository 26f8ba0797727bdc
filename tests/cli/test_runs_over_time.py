from __future__ import annotations

import sys

import pytest

from tilth.history.record import Run
from tilth.history.stores.memory import MemoryHistory
from tilth.project import Project
from tilth.project.runs import metric_history, requirements, usual_seconds
from tilth.testing.histories import a_node_run


@pytest.fixture
def two_runs(tilth, project, edit):
    tilth("run")
    edit("data/orders.json", "Ada", "Ann")
    tilth("run", "--set", "rate=3.0")


def test_metrics_are_followed_from_run_to_run(tilth, two_runs, project):
    rows = tilth("runs", "metrics", "--json").json

    assert [each["run"] for each in rows] == [2, 1]
    with Project(project) as opened:
        assert metric_history(opened) == rows


def test_a_metric_is_shown_where_it_changed(tilth, two_runs):
    rows = tilth("runs", "metrics", "--json").json
    name, metric = next(iter(rows[0]["metrics"].items()))

    lines = tilth("runs", "metrics", name).out.splitlines()

    assert lines[0].split()[:2] == ["metric", "since"]
    assert f"{metric['value']:.6g}" in lines[-1]
    n_values = len({row["metrics"][name]["value"] for row in rows})
    assert len(lines) == 1 + n_values


def test_metrics_that_no_run_has_are_told(tilth, two_runs):
    answer = tilth("runs", "metrics", "nothing.*")

    assert answer.out == ""
    assert "no run has such metrics" in answer.err


def test_the_environment_of_a_run_is_written_as_pip_reads_it(tilth, two_runs, project):
    lines = tilth("runs", "environment", "1").out.splitlines()

    assert all(line.count("==") == 1 for line in lines)
    assert any(line.startswith("click==") for line in lines)
    assert not any(line.startswith("python==") for line in lines)
    with Project(project) as opened:
        assert requirements(opened, 1) == lines
    assert sys.version_info[:2] >= (3, 11)


def history_of(*seconds: float) -> MemoryHistory:
    history = MemoryHistory()
    run = history.begin(Run(pipeline="", started_at=0.0), {})
    for i, each in enumerate(seconds):
        history.record(a_node_run(run, node="train", fingerprint=f"node:{i:040x}", seconds=each))
    return history


def test_what_a_node_usually_takes_is_the_median_of_its_runs_before():
    history = history_of(1.0, 9.0, 2.0, 50.0)

    assert usual_seconds(history, history.attempts("train", 1)[0]) == 2.0


def test_one_run_before_is_no_usual_time():
    history = history_of(1.0, 9.0)

    assert usual_seconds(history, history.attempts("train", 1)[0]) is None
