"""A version is held against its goals, and what was not shown does not go live by itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tilth as tilth_package
from tilth.project import Project, models

FILES = {
    "tilth.yml": """
pipelines:
  main:
    nodes:
      - {call: work.rows, inputs: ["params:seed", {value: 400}], outputs: train}
      - {call: work.rows, name: test_rows, inputs: [{value: 99}, {value: 600}], outputs: test}
      - {call: work.fit, inputs: [train, "params:depth", "params:noise"], outputs: tree}
""",
    "params.yml": "depth: 4\nnoise: 0.0\nseed: 1\n",
    "src/work.py": '''
import numpy as np
import polars as pl
from sklearn.tree import DecisionTreeClassifier


def rows(seed: int, n: int) -> pl.DataFrame:
    """Flights, of which late ones left late."""
    draw = np.random.default_rng(seed)
    hour, distance = draw.integers(5, 23, n), draw.uniform(100, 3000, n).round()
    late = draw.random(n) < 1 / (1 + np.exp(-(hour - 14)))
    carrier = np.where(draw.random(n) < 0.3, "EV", "UA")
    return pl.DataFrame({"hour": hour, "distance": distance, "carrier": carrier, "late": late})


def fit(train: pl.DataFrame, depth: int, noise: float) -> DecisionTreeClassifier:
    """A tree; with noise, of answers some of which are wrong."""
    answers = train["late"].to_numpy()
    wrong = np.random.default_rng(0).random(len(answers)) < noise
    model = DecisionTreeClassifier(max_depth=depth, random_state=0)
    return model.fit(train.select("hour", "distance"), answers ^ wrong)
''',
    "goals.yml": """
late:
  rows: test
  target: late
  positive: true
  draws: 400
  goals:
    - {measure: roc_auc, at_least: 0.8, why: a rule by the hour has as much}
    - {measure: accuracy, against: live, allowed: 0.05, why: nobody shall notice a change}
    - {measure: accuracy, against: live, allowed: 0.1, by: carrier, why: no carrier left behind}
    - {measure: accuracy, against: baseline, better_by: 0.1, why: it must be worth its keep}
    - {size_mb: 1, why: it is sent to phones}
""",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The project with an approved version, made once."""
    folder = tmp_path_factory.mktemp("shop")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    with Project(folder) as project:
        assert project.run().ok
        models.register(project, "tree", "late")
        models.approve(project, "late@1", "the first one")
    return folder


@pytest.fixture
def shop(made, tmp_path, monkeypatch):
    shutil.copytree(made, tmp_path / "shop")
    monkeypatch.chdir(tmp_path / "shop")
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path / "shop"


@pytest.fixture
def second(shop, tilth):
    """Makes another version, which is registered and approved."""

    def made(**params):
        text = "".join(f"{key}: {value}\n" for key, value in params.items())
        (shop / "params.yml").write_text("seed: 1\n" + text)
        assert tilth("run").code == 0
        tilth("models", "register", "tree", "--as", "late")
        number = len(tilth("models", "show", "late", "--json").json)
        tilth("models", "approve", f"late@{number}", "--why", "looks fine")
        return f"late@{number}"

    return made


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_what_has_goals_and_was_not_held_against_them_does_not_go_live(shop, tilth):
    refused = tilth("models", "promote", "late@1")

    assert refused.code == 2
    assert "it has goals, and was not held against them" in refused.err
    assert "tilth models validate late@1" in refused.err


def test_a_version_that_meets_its_goals_goes_live(shop, tilth):
    told = tilth("models", "validate", "late@1")

    assert told.code == 0, told.err + told.out
    assert (
        "late@1 has passed: 5 of 5 goals met on 600 rows of `test`, and nothing is live" in told.out
    )
    assert "roc_auc at least 0.8" in told.out
    assert "why: a rule by the hour has as much  goals.yml:8" in told.out
    assert tilth("models", "promote", "late@1").code == 0
    assert "validated: passed" in tilth("models", "show", "late@1").out


def test_an_alias_may_ask_for_no_approval_or_for_another_before_it(shop, tilth):
    goals = (shop / "goals.yml").read_text()
    rules = "  promotion:\n    trial: {approvals: 0}\n    production: {after: trial, passes: 1}\n"
    (shop / "goals.yml").write_text(goals.replace("  goals:\n", rules + "  goals:\n"))
    tilth("models", "refuse", "late@1", "--why", "not yet")
    assert "it is refused" in tilth("models", "promote", "late@1", "--alias", "trial").err
    tilth("models", "approve", "late@1", "--why", "by now")
    tilth("models", "validate", "late@1")
    assert "it was never `trial`" in tilth("models", "promote", "late@1").err

    assert tilth("models", "promote", "late@1", "--alias", "trial").code == 0
    assert "and did on 0" in tilth("models", "promote", "late@1").err
    tilth("models", "validate", "late@1")
    assert tilth("models", "promote", "late@1").code == 0


def test_a_version_that_is_shown_to_be_worse_needs_an_override_with_a_reason(shop, tilth, second):
    tilth("models", "validate", "late@1")
    tilth("models", "promote", "late@1")
    worse = second(depth=8, noise=0.45)

    told = tilth("models", "validate", worse, "--json")
    verdict = told.json
    assert told.code == 1
    assert (verdict["outcome"], verdict["live"]) == ("failed", "late@1")
    outcomes = [each["outcome"] for each in verdict["goals"]]
    assert outcomes[0] == outcomes[1] == "failed"
    assert len(verdict["goals"][2]["parts"]) == 2, "one for each carrier"

    refused = tilth("models", "promote", worse)
    assert "a goal was found wanting: roc_auc at least 0.8" in refused.err
    assert tilth("models", "promote", worse, "--override").code == 2, "it needs a reason"
    assert tilth("models", "promote", worse, "--override", "--why", "the other leaks").code == 0


def test_the_verdict_is_kept_with_its_evidence_and_its_digest(shop, tilth):
    verdict = tilth("models", "validate", "late@1", "--why", "before the holidays", "--json").json

    kept = tilth("models", "show", "late@1", "--json").json["decisions"][-1]
    assert (kept["kind"], kept["why"]) == ("validated", "before the holidays")
    assert kept["details"] == verdict
    assert verdict["digest"].startswith("verdict:")
    again = tilth("models", "validate", "late@1", "--json").json
    assert again["digest"] == verdict["digest"], "the same rows and goals say the same"


def test_two_promotions_at_once_do_not_both_rest_on_what_was_live_before(shop, tilth, second):
    for each in ("late@1", second(depth=5, noise=0.0)):
        assert tilth("models", "validate", each).code == 0

    assert tilth("models", "promote", "late@1").code == 0
    refused = tilth("models", "promote", "late@2")

    assert refused.code == 2
    assert "held against nothing, and `production` is late@1 by now" in refused.err
    assert tilth("models", "validate", "late@2").code == 0
    assert tilth("models", "promote", "late@2").code == 0


def test_of_two_processes_that_promote_in_the_same_moment_one_is_refused(shop, tilth, second):
    for each in ("late@1", second(depth=5, noise=0.0)):
        assert tilth("models", "validate", each).code == 0
    source = str(Path(tilth_package.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": source}
    promote = [sys.executable, "-m", "tilth", "models", "promote"]

    both = [
        subprocess.Popen(
            [*promote, name],
            env=environment,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("late@1", "late@2")
    ]
    said = [each.communicate() for each in both]

    codes = [each.returncode for each in both]
    assert sorted(codes) == [0, 2], said
    live = f"late@{codes.index(0) + 1}"
    assert f"held against nothing, and `production` is {live} by now" in said[codes.index(2)][1]
    shown = tilth("models", "show", "late@production", "--json").json
    assert f"late@{shown['version']}" == live


def test_a_verdict_on_other_goals_or_other_rows_opens_no_door(shop, tilth):
    assert tilth("models", "validate", "late@1", "--rows", "train").code == 0
    assert (
        "other goals than there are now, or on other rows"
        in tilth("models", "promote", "late@1").err
    )

    assert tilth("models", "validate", "late@1").code == 0
    replace(shop / "goals.yml", "at_least: 0.8", "at_least: 0.99")
    assert "other goals than there are now" in tilth("models", "promote", "late@1").err


def test_what_is_live_is_not_compared_with_itself(shop, tilth):
    tilth("models", "validate", "late@1")
    tilth("models", "promote", "late@1")

    told = tilth("models", "validate", "late@1")

    assert "on 600 rows of `test`; it is what is live" in told.out
    assert "it is what is live, so there is nothing to be worse than" in told.out


def test_another_alias_or_version_may_stand_for_what_is_live(shop, tilth, second):
    second(depth=5, noise=0.0)

    assert (
        tilth("models", "validate", "late@2", "--against", "1", "--json").json["live"] == "late@1"
    )
    unknown = tilth("models", "validate", "late@2", "--against", "shadow")
    assert unknown.code == 2
    assert "`shadow` points at no version of model `late`" in unknown.err
    tilth("models", "validate", "late@1")
    tilth("models", "promote", "late@1")
    tilth("models", "validate", "late@2", "--against", "2")
    assert "`production` is late@1 by now" in tilth("models", "promote", "late@2").err


def test_approving_what_was_found_wanting_says_so(shop, tilth):
    replace(shop / "goals.yml", "at_least: 0.8", "at_least: 0.999")
    tilth("models", "validate", "late@1")

    told = tilth("models", "approve", "late@1", "--why", "all the same")

    assert told.code == 0
    assert "but its goals were not found met: roc_auc at least 0.999" in told.err


def test_it_can_be_asked_from_python(shop):
    with Project(shop) as project:
        found = project.validate("late@1")

    assert found.outcome == "passed"
    assert "<td>passed</td><td>roc_auc at least 0.8</td>" in found._repr_html_()


def test_a_target_of_another_type_than_the_model_says_is_told(shop, tilth):
    replace(shop / "src/work.py", '"late": late}', '"late": late.astype(str)}')
    replace(
        shop / "src/work.py",
        'answers = train["late"].to_numpy()',
        'answers = train["late"].to_numpy() == "True"',
    )
    tilth("run")

    told = tilth("models", "validate", "late@1")

    assert told.code == 1
    assert "`late` holds texts, and model `late@1` says truth values" in told.err


def test_a_refused_version_is_not_validated(shop, tilth):
    tilth("models", "refuse", "late@1", "--why", "it leaks")

    told = tilth("models", "validate", "late@1")

    assert told.code == 2
    assert "late@1 is refused, and is not validated" in told.err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("roc_auc, at_least", "roc_auk, at_least", "did you mean `roc_auc`?"),
        (", why: it is sent to phones", "", "goals.yml:12:7: entry 5 in `goals` of"),
        ("by: carrier", "by: carier", "goals.yml:10: there is no column `carier`"),
        ("at_least: 0.8,", "at_least: 0.8, slice: hour is late,", "`hour is late` is no slice"),
        ("at_least: 0.8,", "at_least: 0.8, slice: x = red,", "goals.yml:8: there is no column `x`"),
        ("roc_auc, at_least", "mae, at_most", "goals.yml:8: the target holds classes, and `mae`"),
        ("rows: test", "rows: tests", "did you mean `test`?"),
        ("target: late", "target: lat", "there is no column `lat`"),
        ("positive: true", "positive: maybe", "there is no class `maybe`"),
        ("late:\n  rows", "lat:\n  rows", "there is no set of goals for model `late`"),
        ("size_mb: 1", "invariance: wether", "there is no column `wether`"),
        ("size_mb: 1", "direction: carrier", "only numbers rise"),
        ("at_least: 0.8", "at_most: 0.8", "bounds `roc_auc` on the wrong side"),
        ("at_least: 0.8", "at_least: 0.8, by: distance", "column `distance` has 551 levels"),
        ("  positive", "  baseline: nothing\n  positive", "there is no dataset `nothing`"),
        ("  positive", "  baseline: late@7\n  positive", "no version of model `late` `7`"),
        ("  positive", "  together: patient\n  positive", "there is no column `patient`"),
        ("  positive", "  features: [hours]\n  positive", "did you mean `hour`?"),
        ("size_mb: 1", "minimum: cases", "there is no dataset `cases`"),
        ("rows: test", "rows: tree", "asked for as polars.DataFrame"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_goals_is_told_with_its_place(shop, tilth, old, new, said):
    replace(shop / "goals.yml", old, new)

    told = tilth("models", "validate", "late@1")

    assert told.code in (1, 2)
    assert said in told.err, told.err
    assert "Traceback" not in told.err
    kinds = [e["kind"] for e in tilth("models", "show", "late@1", "--json").json["decisions"]]
    assert kinds == ["approved"], "nothing is on record of a verdict that was none"


def test_an_empty_slice_shows_nothing_and_stands_in_the_way(shop, tilth):
    replace(shop / "goals.yml", "at_least: 0.8,", "at_least: 0.8, slice: hour >= 50,")

    told = tilth("models", "validate", "late@1")

    assert told.code == 1
    assert "undecided roc_auc at least 0.8 where hour >= 50" in told.out
    assert "none of the rows is in it" in told.out


def test_without_goals_the_next_step_is_told(shop, tilth):
    (shop / "goals.yml").unlink()

    told = tilth("models", "validate", "late@1")

    assert "the project has no `goals.yml`" in told.err
    assert "tilth schema goals" in told.err
    assert tilth("models", "promote", "late@1").code == 0, "no goals, no gate but approval"


def test_a_model_that_raises_is_told_and_gets_no_verdict(shop, tilth):
    replace(
        shop / "src/work.py",
        '    return model.fit(train.select("hour", "distance"), answers ^ wrong)',
        "    model.fit(train.select('hour', 'distance'), answers)\n"
        "    model.n_features_in_ = 3\n    return model",
    )
    tilth("run")
    tilth("models", "register", "tree", "--as", "late")

    told = tilth("models", "validate", "late@2")

    assert told.code == 1
    assert "model `late@2`, dataset `test`" in told.err
    assert "cannot predict these rows" in told.err
