"""Goals speak for a model, whether a gate held it against them or a stage."""

from __future__ import annotations

import pytest

from tilth.project.models import approve, promote, register
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


@pytest.mark.parametrize(("floor", "sliced"), [("0.8", 1), ("0.999", 0)])
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
