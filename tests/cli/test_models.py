"""Models are registered, judged, promoted and rolled back, and all of it stays on record."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tilth.project import Project

FILES = {
    "tilth.yml": """
pipelines:
  main:
    nodes:
      - {call: work.rows, inputs: []}
      - {call: work.fit, inputs: [rows, "params:depth"], outputs: rule}
      - {call: work.measure, inputs: [rule, rows], outputs: scores}
""",
    "catalog.yml": "scores: {format: metrics, location: scores.json}\n",
    "params.yml": "depth: 1\n",
    "src/work.py": '''
def rows() -> list:
    """Numbers to learn from."""
    return [1, 2, 3]


def fit(rows: list, depth: int) -> dict:
    """A rule."""
    return {"depth": depth, "seen": len(rows)}


def measure(rule: dict, rows: list) -> dict:
    """How good it is."""
    return {"score": rule["depth"] / 10}
''',
}


GOALS = """
rule:
  rows: rows
  target: price
  goals:
    - {measure: mae, at_most: 5, why: so it was asked}
"""


@pytest.fixture
def shop(tmp_path, monkeypatch, tilth):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    assert tilth("run").code == 0
    return tmp_path


@pytest.fixture
def two(shop, tilth):
    """Two versions, of which the first is live."""
    tilth("models", "register", "rule", "--as", "late", "--why", "the first")
    tilth("models", "approve", "late@1", "--why", "better than nothing")
    tilth("models", "promote", "late@1")
    (shop / "params.yml").write_text("depth: 2\n")
    tilth("run")
    tilth("models", "register", "rule", "--as", "late")
    return shop


def test_without_a_model_the_next_step_is_told(shop, tilth):
    assert "tilth models register DATASET" in tilth("models", "ls").err
    assert tilth("models", "ls", "--json").json == {}


def test_from_registration_to_production(shop, tilth):
    first = tilth("models", "register", "rule", "--as", "late", "--json").json
    again = tilth("models", "register", "rule", "--as", "late", "--json").json
    assert (first["version"], first["new"], again["version"], again["new"]) == (1, True, 1, False)

    refused = tilth("models", "promote", "late@1")
    assert refused.code == 2
    assert "late@1 cannot be promoted: it is registered, not approved" in refused.err

    assert tilth("models", "approve", "late@1").code == 2, "a reason is asked for"
    tilth("models", "approve", "late@1", "--why", "it will do")
    assert tilth("models", "promote", "late@1").err == "`late@production` is late@1\n"
    assert "late@1" in tilth("models", "ls").out


def test_what_is_live_can_be_loaded_and_shows_what_it_is_made_of(two, tilth):
    with Project(".") as project:
        assert project.model("late")["depth"] == 1
        assert project.model("late@production")["depth"] == 1
        assert project.model("late@2")["depth"] == 2

    facts = tilth("models", "show", "late@production", "--json").json
    assert facts["aliases"] == ["production"]
    assert facts["parameters"]["fit"] == {"depth": "1"}
    assert [(each["name"], each["value"]) for each in facts["metrics"]] == [("score", 0.1)]
    assert [each["kind"] for each in facts["decisions"]] == ["approved", "aliased"]
    assert (facts["node"], facts["run"]) == ("fit", 1)

    told = tilth("models", "show", "late@1").out
    assert "approved: better than nothing" in told
    assert "became `production`" in told


def test_versions_are_listed_and_compared(two, tilth):
    listed = tilth("models", "show", "late").out
    assert listed.index("late@2") < listed.index("late@1")

    told = tilth("models", "diff", "late@1", "late@2")
    assert "depth: 1 -> 2 (in fit)" in told.out
    assert "measure.score" in told.out
    same = tilth("models", "diff", "late@1", "late@production")
    assert "nothing differs" in same.err


def test_a_bypass_and_a_rollback_are_on_record(two, tilth):
    without = tilth("models", "promote", "late@2", "--override")
    assert without.code == 2
    assert "say why" in without.err

    tilth("models", "promote", "late@2", "--override", "--why", "the first one is broken")
    assert tilth("models", "rollback", "late").err == "`late@production` is late@1 again\n"
    assert "nothing before" in tilth("models", "rollback", "late").err

    decided = tilth("models", "show", "late@2", "--json").json["decisions"]
    assert [(each["kind"], each["why"]) for each in decided] == [
        ("aliased", "the first one is broken")
    ]


def test_what_is_in_use_is_not_retired(two, tilth):
    told = tilth("models", "retire", "late@1", "--why", "old")
    assert "`production` points at it" in told.err
    assert tilth("models", "retire", "late@2", "--why", "old").code == 0
    assert tilth("models", "refuse", "late@2", "--why", "old").code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["models", "show", "lade"], "there is no model `lade`"),
        (["models", "show", "late@7"], "7"),
        (["models", "approve", "late", "--why", "x"], "which version of model `late`?"),
        (["models", "register", "rul"], "rule"),
        (["models", "register", "rule", "--as", "2"], "cannot be the name of a model"),
        (["models", "promote", "late@1", "--alias", "9"], "cannot be the name of an alias"),
        (["models", "rollback", "lade"], "there is no model `lade`"),
    ],
)
def test_mistakes_are_told(two, tilth, arguments, said):
    answer = tilth(*arguments)

    assert answer.code == 2
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_what_was_refused_does_not_go_live_and_back_from_nothing_leads_nowhere(two, tilth):
    tilth("models", "refuse", "late@2", "--why", "it leaks")

    refused = tilth("models", "promote", "late@2")
    assert refused.code == 2
    assert "late@2" in refused.err
    assert "refused" in refused.err
    back = tilth("models", "rollback", "late")
    assert back.code == 1
    assert "nothing before `late@production`" in back.err
    live = tilth("models", "show", "late@production", "--json").json
    assert live["version"] == 1, "neither has changed anything"


def test_a_model_whose_bytes_are_damaged_does_not_go_live(shop, tilth):
    tilth("models", "register", "rule", "--as", "late")
    tilth("models", "approve", "late@1", "--why", "better than nothing")
    with Project(shop) as project:
        made = project.version("rule")
        path = project.blobs.path(made.fingerprint)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-3] + b"123")

    answer = tilth("models", "promote", "late@1")

    assert answer.code in (1, 2)
    assert "late@1 cannot be promoted" in answer.err
    assert "Traceback" not in answer.err
    assert not tilth("models", "show", "late@1", "--json").json["aliases"]


def test_what_no_run_has_made_cannot_be_registered(shop, tilth):
    more = "      - {call: work.rows, inputs: [], name: again, outputs: other}\n"
    (shop / "tilth.yml").write_text(FILES["tilth.yml"] + more)
    answer = tilth("models", "register", "other")

    assert answer.code == 1
    assert "has not been made yet" in answer.err


def test_a_secret_in_a_reason_stays_out(shop, tilth, monkeypatch):
    monkeypatch.setenv("TOKEN", "hunter2hunter2")
    (shop / "params.yml").write_text("depth: 1\ntoken: ${env:TOKEN}\n")
    tilth("models", "register", "rule", "--why", "fetched with hunter2hunter2")

    assert "hunter2" not in tilth("models", "show", "rule", "--json").out


def test_a_run_registers_the_models_that_were_registered_before(two, tilth):
    (two / "params.yml").write_text("depth: 3\n")

    told = tilth("run", "--register")
    again = tilth("run", "--register", "--json").json

    assert told.code == 0
    assert "late@3 is registered, with its bundle" in told.err
    (same,) = again["registered"]
    assert (same["model"], same["version"], same["new"]) == ("late", 3, False)
    assert same["without_bundle"] == ""
    shown = tilth("models", "show", "late@3", "--json").json
    assert shown["dataset"] == "rule"


def test_a_run_registers_the_models_that_goals_name(shop, tilth):
    (shop / "goals.yml").write_text(GOALS)

    told = tilth("run", "--register", "--json").json

    assert [(each["model"], each["version"]) for each in told["registered"]] == [("rule", 1)]


def test_mistakes_in_goals_are_told_before_anything_runs(shop, tilth):
    (shop / "goals.yml").write_text(GOALS.replace("measure: mae", "measure: may"))
    (shop / "params.yml").write_text("depth: 4\n")

    told = tilth("run", "--register")

    assert told.code == 2
    assert "`may`" in told.err
    assert tilth("runs", "ls", "--json").json[0]["run"] == 1


def test_a_run_without_a_model_to_register_says_what_to_do(shop, tilth):
    told = tilth("run", "--register")

    assert told.code == 2
    assert "made no model that could be registered" in told.err
    assert "tilth models register DATASET --as MODEL" in told.err


def test_a_run_that_fails_registers_nothing(two, tilth):
    source = two / "src" / "work.py"
    source.write_text(source.read_text().replace('"seen": len(rows)', '"seen": rows[9]'))

    assert tilth("run", "--register").code == 1
    assert tilth("models", "show", "late@3").code == 2


def test_plain_data_is_tested_without_the_libraries_of_models(two):
    asked = (
        "import sys; from tilth import Project; from tilth.project.replaying import check_bundle; "
        "from tilth.project.models import registry; project = Project('.'); "
        "check_bundle(project, registry(project).find('late@2'), '', None, override=False); "
        "print(sorted({'sklearn', 'polars', 'numpy'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, cwd=two, check=False
    )

    assert done.stdout.strip() == "[]", done.stderr
