"""Goals are read with their places, and every mistake is told at once."""

from __future__ import annotations

import pytest

from tilth.errors import ConfigError
from tilth.models.goals import goals_from, read_goals
from tilth.quality.measures.measure import MEASURES

WHY = "so that somebody knows"


def one(**goal):
    return goals_from({"rows": "test", "target": "late", "goals": [{"why": WHY, **goal}]}).goals[0]


def said_of(tmp_path, text):
    (tmp_path / "goals.yml").write_text(text)
    with pytest.raises(ConfigError) as told:
        read_goals(tmp_path)
    return told.value.mistakes


def test_a_file_gives_goals_with_their_places(tmp_path):
    (tmp_path / "goals.yml").write_text(
        """
_usual: &usual {why: so that somebody knows, alpha: 0.01}
late:
  rows: test@3
  target: late
  alpha: 0.1
  goals:
    - {measure: roc_auc, at_least: 0.7, <<: *usual}
    - measure: accuracy
      slice: hour >= 17
      at_least: 0.6
      why: the evening counts
price: {rows: test, target: price, goals: [{measure: mae, at_most: 3, why: as people guess}]}
"""
    )

    found = read_goals(tmp_path)

    assert list(found) == ["late", "price"]
    late = found["late"]
    assert (late.rows, late.place) == ("test@3", "goals.yml:3")
    assert [each.place for each in late.goals] == ["goals.yml:8", "goals.yml:9"]
    assert [each.alpha for each in late.goals] == [0.01, 0.1]
    assert late.goals[0].measure is MEASURES["roc_auc"]
    assert late.goals[1].slices == ("hour >= 17",)


def test_without_a_file_there_are_no_goals(tmp_path):
    assert read_goals(tmp_path) == {}
    (tmp_path / "goals.yml").write_text("# nothing yet\n")
    assert read_goals(tmp_path) == {}


@pytest.mark.parametrize(
    ("goal", "text"),
    [
        ({"measure": "f1", "at_least": 0.5}, "f1 at least 0.5"),
        ({"measure": "mae", "at_most": 3, "slice": "a = b"}, "mae at most 3 where a = b"),
        (
            {"measure": "f1", "against": "live", "allowed": 0.01, "slices": ["a = b", "c < 1"]},
            "f1 worse than what is live by no more than 0.01 on each of 2 slices",
        ),
        (
            {"measure": "f1", "against": "baseline", "better_by": 0, "by": ["a", "b"]},
            "f1 better than the baseline for each level of `a`, `b`",
        ),
        (
            {"measure": "recall", "group": "sex", "max_gap": 0.1},
            "recall apart by no more than 0.1 between `sex`",
        ),
        ({"calibration": 0.05}, "calibration_error at most 0.05"),
        ({"latency_ms": 20}, "95 of 100 answers within 20 ms"),
        ({"size_mb": 2}, "at most 2 MB"),
        (
            {"invariance": "sex", "change": 0.01, "share": 0.1},
            "`sex` does not change the answer, by more than 0.01, but for 0.1 of rows",
        ),
        ({"direction": "age", "effect": "lowers"}, "more `age` never raises the answer"),
        ({"minimum": "cases"}, "all rows of `cases` answered rightly"),
    ],
)
def test_a_goal_says_in_words_what_must_hold(goal, text):
    assert one(**goal).text == text


def test_other_goals_have_another_digest_and_their_places_do_not_count(tmp_path):
    text = "late: {rows: t, target: y, goals: [{size_mb: 1, why: it must fit}]}\n"
    digests = []
    for each in (text, f"\n\n{text}", text.replace("size_mb: 1", "size_mb: 2")):
        (tmp_path / "goals.yml").write_text(each)
        digests.append(read_goals(tmp_path)["late"].digest)

    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        ("{measure: f2, at_least: 0.5, why: so it is}", "goals.yml:1:46: `measure` of entry 1"),
        ("{measure: f1, at_least: 0.5}", "lacks `why`"),
        ("{measure: f1, at_least: 0.5, why: ''}", "`why` of entry 1 in `goals` of model `late`"),
        ("{measure: f1, at_least: 0.5, why: soon}", "gives no reason"),
        ("{measure: f1, at_least: good, why: so it is}", "text, `good`"),
        ("{measure: f1, why: so it is}", "says nothing of how good it must be"),
        ("{measure: f1, at_least: 1, at_most: 2, why: so it is}", "says twice how good it must be"),
        ("{measure: f1, at_most: 1, why: so it is}", "bounds `f1` on the wrong side: higher is"),
        ("{measure: f1, against: live, why: so it is}", "`against` does not say by how much"),
        ("{measure: f1, against: lives, allowed: 1, why: so it is}", "did you mean `live`?"),
        ("{measure: f1, allowed: 1, why: so it is}", "`allowed` of entry 1"),
        ("{measure: f1, against: live, allowed: -1, why: so it is}", "a number, from 0 on"),
        ("{measure: f1, at_least: .nan, why: so it is}", "is `nan`"),
        ("{measure: f1, at_least: 1, slice: '', why: so it is}", "`slice` of entry 1"),
        ("{measure: f1, at_least: 1, slice: a ~ 3, why: so it is}", "`a ~ 3` is no slice"),
        ("{size_mb: 3, slice: a = 3, why: so it is}", "`slice` means nothing here"),
        (
            "{measure: f1, at_least: 1, slice: a = 3, by: b, why: so it is}",
            "which rows it is about",
        ),
        ("{latency: 3, why: so it is}", "did you mean `latency_ms`?"),
        ("{why: so it is}", "says nothing of what it is"),
        ("{size_mb: 3, latency_ms: 3, why: so it is}", "has both"),
        ("{measure: f1, at_least: 1, alpha: 5, why: so it is}", "a share above 0, up to 0.5"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, goal, said):
    (mistake, *_) = said_of(tmp_path, f"late: {{rows: t, target: y, goals: [{goal}]}}\n")

    assert mistake.startswith("goals.yml:1:")
    assert said in mistake


def test_all_mistakes_are_told_at_once(tmp_path):
    found = said_of(
        tmp_path,
        "late: {rows: t, goals: [{measure: f1, at_leest: 1, why: so it is}]}\nprice: 3\n",
    )

    assert len(found) == 3
    assert "lacks `target`" in found[0]
    assert "did you mean `at_least`?" in found[1]
    assert found[2].startswith("goals.yml:2:8: model `price` is a whole number")


def test_a_list_of_no_goals_and_another_ending_are_mistakes(tmp_path):
    assert (
        "the list of goals is empty"
        in said_of(tmp_path, "late: {rows: t, target: y, goals: []}")[0]
    )
    (tmp_path / "goals.yml").rename(tmp_path / "goals.yaml")
    with pytest.raises(ConfigError, match=r"rename it to `goals\.yml`"):
        read_goals(tmp_path)
