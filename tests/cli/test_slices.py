from __future__ import annotations

import numpy as np
import polars as pl
import pytest

TILTH = """
name: weak
pipelines:
  errors:
    stage: evaluate
    with: {predictions: scored, target: y, prediction: said, labels: false}
  plain:
    nodes: []
"""


@pytest.fixture
def weak(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    town, x = rng.choice(["bonn", "ulm", "kiel"], 900), rng.normal(size=900)
    wrong = rng.random(900) < np.where(town == "ulm", 0.4, 0.05)
    y = np.where(x > 0, "yes", "no")
    said = np.where(wrong, np.where(y == "yes", "no", "yes"), y)
    (tmp_path / "data").mkdir()
    (tmp_path / "src").mkdir()
    table = pl.DataFrame({"town": town, "x": x, "y": y, "said": said})
    table.write_csv(tmp_path / "data/scored.csv")
    (tmp_path / "tilth.yml").write_text(TILTH)
    (tmp_path / "catalog.yml").write_text("scored: {format: csv, location: data/scored.csv}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


def test_before_a_run_it_is_told_how_to_get_them(weak, tilth):
    for command in (("slices",), ("labels", "advise")):
        answer = tilth(*command)

        assert answer.code == 1
        assert "has not looked for" in answer.err
        assert "tilth run --to scored_" in answer.err


def test_a_project_without_the_stage_is_told_of_it(project, tilth):
    for command in (("slices",), ("labels", "advise")):
        answer = tilth(*command)

        assert answer.code == 1
        assert "no pipeline of the project looks for" in answer.err
        assert "stage: evaluate" in answer.err


def test_the_findings_of_the_last_run_are_shown(weak, tilth):
    tilth("run")

    answer = tilth("slices")
    first = tilth("slices", "--json").json[0]

    assert "scored_slices: 900 rows, mean error 0." in answer.out
    assert "town = ulm" in answer.out
    assert first["findings"][0]["title"] == "town = ulm"
    assert first["findings"][0]["difference"]["low"] > 0.1


def test_without_rows_to_learn_from_the_advice_says_that_it_cannot_say(weak, tilth):
    tilth("run")

    answer = tilth("labels", "advise")

    assert "cannot say what would gain: the stage was not given train" in answer.out
    assert tilth("labels", "advise", "--json").json[0]["actions"][0]["kind"] == "leave it"


def test_predictions_are_looked_at_now_and_once(weak, tilth, monkeypatch):
    answer = tilth("slices", "scored", "--target", "y", "--prediction", "said")
    monkeypatch.setattr("tilth.project.evaluation._found", None)

    again = tilth("slices", "scored", "--target", "y", "--prediction", "said")

    assert "town = ulm" in answer.out
    assert again.out == answer.out


def test_the_stage_knows_what_the_columns_mean(weak, tilth):
    by_stage = tilth("slices", "scored", "--json").json
    by_hand = tilth("slices", "scored", "--target", "y", "--prediction", "said", "--json").json

    assert by_stage[0]["findings"] == by_hand[0]["findings"]


def test_rows_are_described_by_the_columns_that_are_asked_for(weak, tilth):
    answer = tilth("slices", "scored", "--by", "x", "--conditions", "1")

    assert answer.code == 0
    assert "town" not in answer.out
    assert "beyond chance" in answer.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("scored", "--target", "z", "--prediction", "said"), "there is no column `z`"),
        (("scored", "--target", "y", "--prediction", "said", "--by", "z"), "no column `z`"),
        (("elsewhere", "--target", "y"), "there is no dataset `elsewhere`"),
        (("scored", "--target", "y"), "neither a column of predictions"),
    ],
)
def test_what_is_not_there_is_told(weak, tilth, options, said):
    answer = tilth("slices", *options)

    assert answer.code in (1, 2)
    assert said in answer.err


def test_columns_that_nobody_has_explained_are_asked_for(weak, tilth):
    (weak / "tilth.yml").write_text("name: weak\npipelines: {}\n")

    answer = tilth("slices", "scored")

    assert "not known what the columns of `scored` mean" in answer.err
    assert "--target" in answer.err
