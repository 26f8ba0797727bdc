"""The score is the least of four sums, and says of each point what it rests on."""

from __future__ import annotations

import json
import re

import pytest

from tilth import Project
from tilth.cli.main import main as command_line_main
from tilth.cli.main import tilth as command_line
from tilth.errors import UnknownNameError
from tilth.history.record import ModelEvent
from tilth.project.scoring.score import TESTS, scored


@pytest.fixture(scope="module")
def score(finished):
    with finished.open() as project:
        return project.score()


def test_a_section_is_the_sum_of_its_tests_and_the_score_the_least_of_them(score):
    for section in score.sections:
        assert section.points == sum(each.points for each in section.results)
    points = {each.id: each.points for each in score.sections}

    assert points == {"data": 6.5, "model": 4.0, "infra": 6.0, "monitor": 0.0}
    assert (score.points, score.points_covered) == (0.0, 4.0)


def test_every_point_has_a_proof_and_every_missing_one_what_would_earn_it(score):
    for each in score.results:
        assert each.points in (0, 0.5, 1), each
        assert bool(each.points) <= bool(each.evidence.proofs), each
        if each.points < each.test.reachable:
            assert each.evidence.lacks, each
            assert each.evidence.earn, each


def test_what_is_not_covered_is_said_and_has_no_point(score):
    left_out = [each for each in score.results if not each.covered]

    assert {"model_2", "infra_6", *(f"monitor_{n}" for n in range(1, 8))} <= {
        each.test.id for each in left_out
    }
    assert not any(each.points for each in left_out)
    assert all(each.test.not_covered for each in left_out)
    assert "0 of 7; 4 without Monitoring, not covered yet" in score.title


def test_the_next_step_is_one_of_the_section_that_decides(planted):
    planted.without("tests", ".github")
    with planted.open() as project:
        found = project.score()

    assert (
        found.weakest.id
        == min((each for each in found.sections if each.covered), key=lambda each: each.points).id
    )
    earned = {step for each in found.weakest.results for step in each.evidence.earn}
    assert found.next_steps
    assert set(found.next_steps) <= earned


def test_nothing_is_run_or_recorded(planted):
    with planted.open() as project:
        before = [each.id for each in project.history.runs()]
        project.score()
        assert [each.id for each in project.history.runs()] == before


@pytest.mark.parametrize("name", ["data_1", "Data 1", "data-1", "DATA_1"])
def test_a_test_is_found_by_its_name(score, name):
    assert score.result(name).test.id == "data_1"


def test_a_slip_in_a_name_is_told_with_the_nearest(score):
    with pytest.raises(UnknownNameError, match="there is no test `data_8`"):
        score.result("data_8")
    with pytest.raises(UnknownNameError, match="there is no section `modle`") as error:
        score.section("modle")
    assert "model" in error.value.hint


def test_in_a_notebook_it_shows_itself_as_tables(score):
    page = score._repr_html_()

    assert page.count("<table>") == 4
    assert all(each.title in page.replace("&#x27;", "'") for each in TESTS.values())


def test_commands_that_are_named_are_there(score, once):
    with once.open() as project:
        results = [*score.results, *project.score().results]
    named = {
        found
        for each in results
        for line in (*each.evidence.earn, *each.test.earn)
        for found in re.findall(r"tilth ([a-z]+)(?: ([a-z]+)(?=[ `]|$))?", line)
    }

    assert ("run", "") in named
    for first, second in named:
        found = command_line.get_command(None, first)
        assert found is not None, first
        if second and hasattr(found, "get_command"):
            assert found.get_command(None, second) is not None, f"{first} {second}"


# Bad input


def test_a_project_that_has_never_run_has_nothing_and_is_told_what_to_do(planted):
    planted.without(".tilth")
    with planted.open() as project:
        found = project.score()

    assert [each.points for each in found.sections] == [0, 0, 0, 0]
    assert found.notes == ("nothing is on record yet: `tilth run` makes the first evidence",)
    assert {each.evidence.earn for each in found.results if each.covered} == {("tilth run",)}


def test_a_project_without_a_model_is_told_how_to_get_one(tmp_path, planted):
    planted.write({"tilth.yml": "pipelines: {it: {nodes: [{call: shop.features.orders}]}}\n"})
    planted.edit("src/shop/features.py", "raw: pl.DataFrame)", "raw)")
    found = planted.without(".tilth", "catalog.yml")
    planted.write({"src/shop/features.py": "def orders():\n    return [1]\n"})
    found = planted.run().result("model_5")

    assert found.points == 0
    assert found.evidence.lacks == ("no model is on record",)
    assert "stage: train" in found.evidence.earn[0]


@pytest.mark.parametrize(
    "details", ["", "{", "[]", '"so"', "{}", '{"goals": 3}', '{"goals": [1, {}]}', "null"]
)
def test_a_verdict_that_cannot_be_read_earns_nothing_and_stops_nothing(finished, details):
    event = {"model": "model", "version": 2, "kind": "validated", "happened_at": 0.0}
    with finished.open() as project:
        events = project.history.model_events()
        changed = ModelEvent(**event, id=events[-1].id + 1, details=details)
        found = _score_with(project, [*events, changed])

    assert found.result("model_7").points == 0.5, "as without a gate"
    assert found.result("data_1").points == 1


def _score_with(project, events):
    """The score as it would be with these decisions."""

    class Told:
        def __getattr__(self, name):
            return getattr(history, name)

        def model_events(self, model=None):
            return events

    history = project.history
    project.__dict__["history"] = Told()
    try:
        return scored(project)
    finally:
        project.__dict__["history"] = history


def test_what_a_stage_made_and_is_damaged_says_so_and_stops_nothing(planted):
    with planted.open() as project:
        found = project.history.recall(["explain_model"])["explain_model"].outputs[1]
        assert project.load("model_importance")["columns"]
        project.history.forget_data(found.fingerprint)
        score = project.score()

    assert score.result("data_2").points == 0
    assert score.result("model_1").points == 1


def test_a_source_that_was_taken_away_stops_nothing(planted):
    planted.without("raw.csv")
    with planted.open() as project:
        score = project.score()

    assert score.result("infra_4").points == 1
    assert "raw.csv" in score.result("data_1").evidence.lacks[0]
    assert score.result("data_1").evidence.earn


def test_a_history_that_cannot_be_used_is_told_by_its_name(planted, capsys):
    for path in (planted.folder / ".tilth").glob("history.db*"):
        path.unlink()
    (planted.folder / ".tilth" / "history.db").write_text("no database, but long enough " * 99)

    assert command_line_main(["-C", str(planted.folder), "score"]) == 1
    assert "history.db" in capsys.readouterr().err


def test_a_long_chain_of_nodes_is_walked(tmp_path):
    nodes = [f"{{call: work.step, inputs: [d{i}], outputs: d{i + 1}}}" for i in range(1500)]
    nodes = ["{call: work.model, inputs: [d1500]}", "{call: work.first, outputs: d0}", *nodes]
    (tmp_path / "src").mkdir()
    (tmp_path / "tilth.yml").write_text(f"pipelines: {{it: {{nodes: [{', '.join(nodes)}]}}}}\n")
    (tmp_path / "src" / "work.py").write_text(
        "from sklearn.dummy import DummyClassifier\n"
        "def first():\n    return [1]\n"
        "def step(rows):\n    return rows\n"
        "def model(rows):\n    return DummyClassifier().fit([[1], [2]], [0, 1])\n"
    )
    with Project(tmp_path) as project:
        project.run().checked()
        found = project.score().result("data_1")

    assert found.evidence.lacks == ("nothing is promised of `d0` on the way into `model`",)
    assert "make a table" in found.evidence.earn[0]


# The command


def test_the_command_tells_points_proofs_and_what_to_do(finished, once, monkeypatch, capsys):
    monkeypatch.setenv("NO_COLOR", "1")
    assert command_line_main(["-C", str(finished.folder), "score"]) == 0
    told = capsys.readouterr().out
    assert "Data: 6.5 of 7" in told
    assert re.search(
        r"1  data_1  Feature expectations.*\n +\+ catalog.yml:\d+: `raw` was held", told
    )
    assert "Monitoring: 0 of 7, not covered" in told
    assert "shop: ML Test Score 0 of 7; 4 without Monitoring" in told

    assert command_line_main(["-C", str(once.folder), "score", "--section", "infra"]) == 0
    told = capsys.readouterr().out
    assert "- no model is registered as live" in told
    assert "> tilth models register MODEL" in told
    assert "data_1" not in told


def test_the_command_tells_all_of_one_test(finished, capsys):
    command_line_main(["-C", str(finished.folder), "score", "--why", "infra_7"])
    told = capsys.readouterr().out
    assert "Infra 7: Serving models can be rolled back" in told
    assert "model@1: `production` went back to it: a drill" in told

    command_line_main(["-C", str(finished.folder), "score", "--why", "infra_7", "--json"])
    assert json.loads(capsys.readouterr().out)["points"] == 1
    assert command_line_main(["-C", str(finished.folder), "score", "--why", "infra_9"]) == 2


def test_programs_get_all_of_it(finished, capsys):
    command_line_main(["-C", str(finished.folder), "score", "--json"])
    found = json.loads(capsys.readouterr().out)

    assert (found["score"], found["score_without_uncovered"]) == (0, 4)
    tests = [each for section in found["sections"] for each in section["tests"]]
    assert len(tests) == 28
    assert all(each["proofs"] for each in tests if each["points"])
