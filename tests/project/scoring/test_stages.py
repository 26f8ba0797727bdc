"""What stages and gates put on record of a model: its age, groups, and goals that it meets."""

from __future__ import annotations

from importlib import import_module

import pytest

from tilth.project.models import approve, promote, register
from tilth.project.scoring import known
from tilth.project.validation import validate

GOALS = """
    - {measure: accuracy, against: baseline, better_by: 0.05, why: it must be worth it}
    - {measure: accuracy, at_least: FLOOR, by: town, why: all towns count}
    - {measure: accuracy, group: town, max_gap: 0.4, why: no town is left behind}
"""
STAGE = f"""
  gate:
    stage: validate
    with:
      model: model
      rows: orders
      target: late
      goals: {GOALS.replace("    - ", "        - ")}
"""
FILE = f"late:\n  rows: orders\n  target: late\n  goals: {GOALS}"


@pytest.fixture
def another(planted):
    """A model that nobody has judged, and nothing else looks where it fails."""
    text = (planted.folder / "tilth.yml").read_text()
    planted.edit("tilth.yml", text[text.index("  errors:") :], "")
    return planted.edit("params.yml", "depth: 2", "depth: 3")


@pytest.mark.parametrize(("floor", "sliced"), [("0.8", 1), ("0.999", 0.5)])
def test_goals_of_a_stage_speak_for_the_model(another, floor, sliced):
    path = another.folder / "tilth.yml"
    path.write_text(path.read_text() + STAGE.replace("FLOOR", floor))
    another.run()
    with another.open() as project:
        score = project.score()

    assert [score.result(f"model_{n}").points for n in (5, 6, 7)] == [1, sliced, 1]
    (proof,) = score.result("model_5").evidence.proofs
    assert "node `validate_model` accuracy better than the baseline" in proof.text


def test_the_verdict_of_a_gate_speaks_for_the_model_and_for_what_is_live(another):
    another.write({"goals.yml": FILE.replace("FLOOR", "0.8")}).run()
    with another.open() as project:
        before = project.score()
        name = register(project, "model", "late").name
        assert validate(project, name).outcome == "passed"
        approve(project, name, why="it will do")
        promote(project, name, override=False)
        score = project.score()

    assert [before.result(f"model_{n}").points for n in (5, 6, 7)] == [0, 0, 0]
    assert [score.result(f"model_{n}").points for n in (5, 6, 7)] == [1, 1, 1]
    assert score.result("infra_4").points == 1
    assert score.result("model_5").evidence.proofs[0].place == name


AGES = """
  ages:
    stage: evaluate
    with:
      predictions: said
      target: late
      prediction: said
      train: orders
      model: model
      features: [amount, age]
      labels: false
      prefix: ages
"""


def test_a_model_whose_age_a_stage_has_measured_has_the_point(another):
    path = another.folder / "tilth.yml"
    path.write_text(path.read_text() + AGES)
    without = another.run().result("model_4")
    path.write_text(path.read_text() + "      time: day\n")
    found = another.run().result("model_4")

    assert without.points == 0
    assert "`time: COLUMN` in `stage: evaluate`" in without.evidence.earn[0]
    assert found.points == 1, found
    assert "node `measure_ageing_ages` found" in found.evidence.proofs[0].text

    another.edit("params.yml", "depth: 3", "depth: 1").run("main")
    assert another.points("model_4") == 0, "an earlier model's age is not this one's"


def test_an_age_that_could_not_be_measured_says_why(another):
    path = another.folder / "tilth.yml"
    path.write_text(path.read_text() + AGES + "      time: late\n")
    found = another.run().result("model_4")

    assert found.points == 0
    assert "could not be measured: " in found.evidence.lacks[0]


MEASURED = """
  groups:
    stage: evaluate
    with: {predictions: said, target: late, prediction: said, labels: false, groups: [town]}
"""


def test_groups_that_a_stage_measured_and_did_not_tell_apart_earn_the_point(another):
    path = another.folder / "tilth.yml"
    path.write_text(path.read_text() + MEASURED)
    found = another.run().result("model_7")
    assert found.points == 1, found
    assert "measured how groups by `town` are treated" in found.evidence.proofs[0].text

    another.edit("catalog.yml", "groups: [town]", "groups: [town, colour]")
    assert another.points("model_7") < 1, "a group that was named was not measured"


def test_groups_that_are_apart_leave_open_how_far_they_may_be(another):
    path = another.folder / "tilth.yml"
    path.write_text(path.read_text() + MEASURED)
    rows = "orders = orders.with_columns(late=(pl.col('town') == 'Ulm').cast(int))\n    "
    another.edit("src/shop/fit.py", "return orders.with", f"{rows}return orders.with")
    found = another.run().result("model_7")

    assert found.points == 0.5, found
    assert "nobody has said how far apart it may be" in found.evidence.lacks[0]


@pytest.mark.parametrize(
    "name",
    ["CHOOSES", "FITS", "TUNES", "MAKES_ESTIMATOR", "EXPLAINS", "PROFILES", "FINDS_SLICES",
     "DIAGNOSES", "VALIDATES", "PREPARES", "AGES", "MEASURES"],
)  # fmt: skip
def test_what_evidence_is_found_by_is_there(name):
    module, _, function = getattr(known, name).partition(":")
    nodes = import_module(module)

    assert callable(getattr(nodes, function, None)) or name == "PREPARES"
