"""From a table to a report in one command, and to an ordinary project in a second."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from tilth import Project
from tilth.cli.main import main


def write_table(folder):
    """Houses of which some are dear."""
    rng = np.random.default_rng(0)
    n = 400
    size, town = rng.integers(30, 200, n), rng.choice(["Oslo", "Bonn", "Ulm"], n)
    dear = 20 * size + 900 * (town == "Oslo") + rng.normal(0, 300, n) > 2600
    pl.DataFrame({"size": size, "town": town, "dear": dear}).write_csv(folder / "houses.csv")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a table, in which something was started."""
    folder = tmp_path_factory.mktemp("place")
    write_table(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["start", "houses.csv", "--target", "dear", "--model", "tree"]) == 0
    return folder


@pytest.fixture
def there(place, monkeypatch):
    monkeypatch.chdir(place)
    return place


def test_one_command_trains_reports_and_says_what_next(tilth, tmp_path, monkeypatch):
    write_table(tmp_path)
    monkeypatch.chdir(tmp_path)

    answer = tilth("start", "houses.csv", "--target", "dear", "--model", "tree")

    assert answer.code == 0, answer.err
    assert "Of 100 cases it gets about" in answer.out
    assert "What to do next" in answer.out
    assert "tilth eject" in answer.err
    page = tmp_path / ".tilth" / "started" / "houses-dear" / "reports" / "report.html"
    assert "A model of <code>dear</code>" in page.read_text(encoding="utf-8")


def test_asked_again_nothing_runs(tilth, there):
    answer = tilth("start", "houses.csv", "--target", "dear", "--model", "tree", "--json")

    assert answer.code == 0
    assert json.loads(answer.out)["models"]["dear"]
    with Project(there / ".tilth" / "started" / "houses-dear") as project:
        (last, *_) = project.history.runs(n=1)
        assert set(last.counts) == {"reused"}


def test_with_one_more_model_only_that_is_trained(tilth, there):
    answer = tilth(
        "start", "houses.csv", "--target", "dear", "--model", "tree", "--model", "linear"
    )
    assert answer.code == 0, answer.err

    answer = tilth(
        "start", "houses.csv", "--target", "dear", "--model", "tree", "--model", "boosting"
    )
    assert answer.code == 0, answer.err
    with Project(there / ".tilth" / "started" / "houses-dear") as project:
        (last, *_) = project.history.runs(n=1)
        ran = {e.node for e in project.history.node_runs(last.id) if e.state == "done"}
    assert "score_boosting_dear" in ran
    assert not ran & {"profile_houses", "split_houses", "score_tree_dear"}


def test_what_is_ejected_has_nothing_to_run(tilth, there):
    answer = tilth("eject", "--to", "mine")
    assert answer.code == 0, answer.err
    assert "made mine/" in answer.err

    with Project(there / "mine") as project:
        assert project.run().counts.keys() == {"reused"}
        assert project.report().chapters[0].name == "dear"


def test_what_is_ejected_goes_live_by_a_verdict_on_goals_that_people_can_review(tilth, there):
    tilth("eject", "--to", "judged")
    goals = there / "judged" / "goals.yml"
    assert "measure: balanced_accuracy" in goals.read_text(encoding="utf-8")

    approved = tilth("models", "approve", "dear@1", "--why", "looked at it", "-C", "judged")
    refused = tilth("models", "promote", "dear@1", "-C", "judged")
    judged = tilth("models", "validate", "dear@1", "-C", "judged")
    promoted = tilth("models", "promote", "dear@1", "-C", "judged")

    assert approved.code == 0, approved.err
    assert refused.code != 0
    assert "tilth models validate dear@1" in refused.err
    assert judged.code == 0, judged.err
    assert promoted.code == 0, promoted.err


def test_goals_that_people_wrote_are_theirs_when_it_is_started_again(tilth, there):
    goals = there / ".tilth" / "started" / "houses-dear" / "goals.yml"
    theirs = goals.read_text(encoding="utf-8").replace("better_by: 0", "better_by: 0.1")
    goals.write_text(theirs, encoding="utf-8")

    answer = tilth("start", "houses.csv", "--target", "dear", "--model", "tree")

    assert answer.code == 0, answer.err
    assert goals.read_text(encoding="utf-8") == theirs


def test_a_mistake_is_told_before_anything_runs(tilth, there):
    answer = tilth("start", "houses.csv", "--target", "deer")

    assert answer.code == 2
    assert "`dear`" in answer.err
    assert not (there / ".tilth" / "started" / "houses-deer").exists()
