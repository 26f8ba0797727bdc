"""What is there for an alias is said in goals.yml; what needs more is not promoted to it."""

from __future__ import annotations

import json
import shutil

import pytest

from tilth.project import Project, models

FILES = {
    "tilth.yml": """
pipelines:
  main:
    nodes:
      - {call: work.rows, inputs: [], outputs: train}
      - {call: work.fit, inputs: [train], outputs: rule}
""",
    "src/own.py": '''
from sklearn.base import BaseEstimator, ClassifierMixin


class Rule(ClassifierMixin, BaseEstimator):
    """Who owes much pays late."""

    def __init__(self, device="cuda"):
        self.device = device

    def fit(self, rows, labels):
        self.classes_ = [False, True]
        self.feature_names_in_ = list(rows.columns)
        return self

    def predict(self, rows):
        return [(value or 0) > 50 for value in rows["amount"]]
''',
    "src/work.py": '''
import polars as pl

from own import Rule


def rows() -> pl.DataFrame:
    """Bills."""
    amounts = list(range(100))
    return pl.DataFrame({"amount": amounts, "late": [each > 50 for each in amounts]})


def fit(train: pl.DataFrame) -> Rule:
    """A rule that would be on an accelerator."""
    return Rule().fit(train.select("amount"), train["late"])
''',
}

GOALS = """
late:
  rows: train
  target: late
  runs_on: {}
  goals:
    - {{size_mb: 5, why: it is sent to phones}}
"""

ENOUGH = {"memory": "900GB", "accelerator": "cuda", "latency": "9h", "start": "9h"}
NEEDED = {"numpy": "any", "polars": "any", "skops": "any", "scikit-learn": ">=1.5"}


def say(folder, runs_on):
    (folder / "goals.yml").write_text(GOALS.format(json.dumps(runs_on)))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project with a version that is approved and meets its goals."""
    folder = tmp_path_factory.mktemp("made")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    say(folder, {})
    with Project(folder) as project:
        assert project.run().ok
        models.register(project, "rule", "late")
        models.approve(project, "late@1", "the first one")
        assert project.validate("late@1").outcome == "passed"
    return folder


@pytest.fixture
def shop(made, tmp_path, monkeypatch):
    shutil.copytree(made, tmp_path / "shop")
    monkeypatch.chdir(tmp_path / "shop")
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path / "shop"


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ({"packages": {"numpy": "any"}}, "which `packages` of `production` (goals.yml:5) lacks"),
        (
            {"packages": {**NEEDED, "scikit-learn": "<1"}},
            "and `packages` of `production` (goals.yml:5) has `<1`",
        ),
        ({"memory": "1MB"}, "of memory, and `production` (goals.yml:5) allows 1 MB"),
        (
            {"accelerator": "none"},
            "asks for the accelerator `cuda`, and `production` (goals.yml:5) has none",
        ),
        ({"latency": "0ms"}, "for a row (99 of 100 came within it), and `production`"),
    ],
    ids=["a package", "a version", "memory", "an accelerator", "time"],
)
def test_what_an_alias_lacks_blocks_promotion_to_it(shop, tilth, host, said):
    say(shop, {"production": {**ENOUGH, **host}})
    refused = tilth("models", "promote", "late@1")

    assert refused.code == 2
    assert "late@1 cannot be promoted: as it is, it " in refused.err
    assert said in refused.err
    assert "`tilth models test late@1` tells all; `--override` with `--why`" in refused.err
    with Project(shop) as project:
        found = models.registry(project).find("late@1")
    assert found.aliases == ()
    (lack,) = json.loads(found.recorded[-1].details)["runs_on"]["production"]["lacks"]
    assert lack["what"] in host


def test_what_is_enough_goes_live_with_its_figures_on_record(shop, tilth):
    say(shop, {"production": {**ENOUGH, "packages": NEEDED}, "phone": {"memory": "1MB"}})
    assert tilth("models", "promote", "late@1").code == 0

    told = tilth("models", "test", "late@production", "--json")
    assert told.code == 0
    assert told.json["runs_on"]["production"]["lacks"] == []
    figures = told.json["figures"]["native"]
    assert figures["answers"]["n"] >= 20
    assert figures["memory_bytes"] > 10_000_000
    assert figures["accelerator"] == "cuda"
    assert (figures["broken"], figures["taken"]) == (2, [])
    assert figures["start_seconds"] >= figures["load_seconds"]


def test_without_an_alias_it_is_held_against_all(shop, tilth):
    say(shop, {"production": ENOUGH, "phone": {"memory": "1MB"}})
    told = tilth("models", "test", "late@1")

    assert told.code == 1
    assert "late@1: passed (" in told.out
    assert "production: fits\nphone: it lacks memory" in told.out
    card = tilth("models", "card", "late@1").out
    assert "What asking it took, the last time:" in card
    assert "| phone | as it is, it took " in card


def test_an_override_with_a_reason_goes_past_it_and_is_on_record(shop, tilth):
    say(shop, {"production": {"memory": "1MB"}})
    assert "say why" in tilth("models", "promote", "late@1", "--override").err

    told = tilth("models", "promote", "late@1", "--override", "--why", "a larger one comes")
    assert told.code == 0
    with Project(shop) as project:
        found = models.registry(project).find("late@1")
    assert found.decisions[-1].why == "a larger one comes"
    assert json.loads(found.recorded[-1].details)["runs_on"]["production"]["lacks"]


def test_another_alias_asks_for_nothing(shop, tilth):
    say(shop, {"production": {"memory": "1MB"}})

    assert tilth("models", "promote", "late@1", "--alias", "shadow").code == 0


def test_nothing_is_tested_before_goals_are_read_and_met(shop, tilth, monkeypatch):
    from tilth.project import replaying

    def tested(*_):
        raise AssertionError("the bundle was tested")

    monkeypatch.setattr(replaying, "_replayed", tested)
    say(shop, {"production": {"memory": 1}})
    assert (
        "goals.yml:5:38: `memory` of host `production`" in tilth("models", "promote", "late@1").err
    )

    path = shop / "goals.yml"
    say(shop, {})
    path.write_text(path.read_text().replace("size_mb: 5", "size_mb: 6"))
    assert "other goals than there are now" in tilth("models", "promote", "late@1").err
