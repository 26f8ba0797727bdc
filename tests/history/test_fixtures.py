"""Histories that earlier versions of Tilth have written, as dumps of their databases.

A dump is never changed. With a new migration comes a new dump, and this test goes through
all of them.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tilth.history.migration import STEPS
from tilth.history.record import Metric
from tilth.history.stores.sql import SqlHistory
from tilth.testing.histories import ENVIRONMENT, RECIPE, TEXTS, a_check, a_model_event, a_run

DUMPS = sorted((Path(__file__).parent / "fixtures").glob("version_*.sql"))


@pytest.fixture(params=DUMPS, ids=lambda path: path.stem)
def history(request, tmp_path):
    path = tmp_path / "history.db"
    with sqlite3.connect(path) as database:
        database.executescript(request.param.read_text(encoding="utf-8"))
    database.close()
    with SqlHistory(path) as history:
        yield history


@pytest.fixture
def number(request):
    """Of the version that wrote it."""
    return int(request.node.callspec.params["history"].stem.removeprefix("version_"))


def test_there_is_a_dump_of_each_version():
    assert len(DUMPS) == len(list(STEPS.glob("*.sql")))


def test_all_that_an_older_tilth_has_recorded_can_still_be_read(history):
    second, first = history.runs()
    assert (first.id, first.state, first.note, first.person) == (1, "failed", "the first", "Ada")
    assert first.counts == {"done": 1, "failed": 1}
    assert first.finished_at == 1_700_000_060.0
    assert (second.state, second.counts) == ("done", {"done": 1, "reused": 1})
    assert history.environment(first.environment) == ENVIRONMENT

    train, test = history.node_runs(1)
    assert train.inputs == {"rows": "bytes:rows"}
    assert [made.fingerprint for made in train.outputs] == ["bytes:train-1"]
    assert train.metrics == (
        Metric(name="auc", value=0.75, low=0.5, high=1.0),
        Metric(name="roc", data="[[0,0],[1,1]]"),
    )
    assert (test.state, test.error, test.log) == (
        "failed",
        "KeyError: tail",
        "Traceback:\n  'quoted'",
    )
    assert [each.same_as for each in history.node_runs(2)] == [train.id, None]


def test_what_an_older_tilth_has_recorded_can_still_be_asked_for(history):
    train = history.node_runs(1)[0]

    assert history.find("node:train-1") == train
    assert history.find("node:test-2") is None
    assert history.recall(["train"]) == {"train": train}
    assert history.data("bytes:train-1") == b"train-1"
    assert history.recipe("recipe:1") == RECIPE
    assert history.texts(TEXTS) == TEXTS
    ((rows, maker, run),) = history.versions("rows")
    assert (rows.rows, rows.format, rows.kept, maker, run.id) == (5, "csv", False, None, 1)
    assert [each.node for each in history.used_by("bytes:train-1")] == ["test", "test"]
    assert list(history.metrics(2)) == ["train"]
    assert [run.id for run in history.runs(text="quoted")] == [1]


def test_an_older_history_can_be_written_on(history):
    run = history.begin(a_run(), ENVIRONMENT)
    history.record_reused(run, list(history.recall(["train"]).items()))
    history.finish(run, state="done")

    assert history.run(3).counts == {"reused": 1}


def test_what_an_older_tilth_has_checked_is_known(history, number):
    with_checks = [] if number == 1 else [a_check(1, report='{"findings":[]}')]

    assert history.checks() == with_checks
    assert [history.checked("rows", "bytes:rows", "contract:1")] == (with_checks or [None])


def test_what_was_decided_about_models_is_known(history, number):
    assert history.model_events() == ([a_model_event(id=1)] if number >= 3 else [])
