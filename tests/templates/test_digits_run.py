"""The life of labels, as the template is made: which nodes run, and what it comes to.

What the commands print is in the template's README, whose examples are run as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.slow

USE_LABELS = {
    "settle_labels",
    "labelled.contract",
    "measure_agreement",
    "train_model",
    "judge_labels",
    "measure_models",
    "count_wrong",
    "write_report",
}


def run(*command, folder):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | {"PATH": path, "NO_COLOR": "1"},
    )  # fmt: skip
    assert not done.returncode, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout


class Person:
    """Somebody at a terminal in the project."""

    def __init__(self, folder):
        self.folder = folder

    def tilth(self, *arguments):
        return json.loads(run("tilth", *arguments, "--json", folder=self.folder) or "null")

    def has_answered(self, *names):
        run("python", "simulate.py", *names, folder=self.folder)

    def goes_by(self, instruction):
        file = self.folder / "tilth.yml"
        text = file.read_text()
        assert text.count("labels/instruction_1.md") == 1
        file.write_text(text.replace("labels/instruction_1.md", instruction))

    def has_run(self):
        """Runs the project: the nodes that ran, and what was measured."""
        number = self.tilth("run")["run"]
        nodes = self.tilth("runs", "show", str(number))["nodes"]
        return SimpleNamespace(
            number=str(number),
            ran={each["node"] for each in nodes if each["state"] == "done"},
            metrics=self.measured("metrics"),
            wrong=self.measured("wrong"),
        )

    def measured(self, name):
        return json.loads((self.folder / "metrics" / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def loop(tmp_path_factory):
    """Once around: what was seen at each point."""
    home = tmp_path_factory.mktemp("home")
    run("tilth", "new", "digits", "--from", "digits", folder=home)
    person, seen = Person(home / "digits"), SimpleNamespace()
    seen.first, seen.again = person.has_run(), person.has_run()
    seen.first_page = (person.folder / "reports" / "report.html").read_text()
    person.tilth("labels", "sample", "digits", "-n", "100")
    person.has_answered("ada", "ben")
    seen.by_first = person.tilth("labels", "agree", "digits")
    person.goes_by("labels/instruction_2.md")
    seen.outdated = person.tilth("labels", "ls")[0]["outdated"]
    seen.after_switch = person.has_run()
    person.tilth("labels", "sample", "digits", "--outdated")
    person.has_answered("ada", "ben")
    seen.by_second = person.tilth("labels", "agree", "digits")
    seen.relabelled = person.has_run()
    seen.agreement = person.measured("agreement")
    found = ("labels", "issues", "digits", "--probabilities", "probabilities")
    seen.issues = person.tilth(*found, "--ask")
    person.has_answered("ada")
    seen.repaired = person.has_run()
    seen.page = (person.folder / "reports" / "report.html").read_text()
    seen.log = person.tilth("labels", "log", "digits", "-n", "1000")
    seen.diff = person.tilth(
        "runs", "diff", seen.first.number, seen.repaired.number,
        "--attribute", "measure_models.accuracy",
    )  # fmt: skip
    return seen


def test_the_first_run_makes_all_and_the_second_nothing(loop):
    assert len(loop.first.ran) == 13
    assert loop.again.ran == set()


def test_before_anybody_was_asked_the_labels_are_those_delivered_and_nothing_is_gained(loop):
    assert loop.first.metrics["gain"] == {"value": 0, "low": 0, "high": 0}
    assert loop.first.wrong["now"] == loop.first.wrong["delivered"]
    assert 30 < loop.first.wrong["delivered"]["wrong"] < 60
    assert "tilth labels sample digits -n 100" in loop.first_page


def test_the_two_most_confused_pairs_are_the_two_habits(loop):
    pairs = [
        ({each["confusion"]["first"], each["confusion"]["second"]}, bool(each["passages"]))
        for each in loop.by_first["revise"][:2]
    ]

    assert pairs == [({"3", "9"}, False), ({"1", "7"}, True)]


def test_labels_of_the_old_instruction_are_known_and_still_count_until_they_are_made_anew(loop):
    assert loop.outdated == 200
    # The log had grown since the second run: what both said by the first instruction counts.
    assert loop.after_switch.ran == USE_LABELS
    assert loop.after_switch.wrong["now"]["labels"] == 84 + 400


def test_agreement_rises_with_the_second_instruction_beyond_chance(loop):
    first, second = loop.by_second["versions"]

    assert second["agreement"]["alpha"]["value"] > 0.9 > first["agreement"]["alpha"]["value"]
    assert second["change"]["difference"]["interval"]["low"] > 0


def test_the_report_s_agreement_is_that_of_the_command(loop):
    for mine, told in zip(loop.agreement, loop.by_second["versions"], strict=True):
        alpha = told["agreement"]["alpha"]
        assert mine["version"] == told["version"]
        assert mine["alpha"]["value"] == pytest.approx(alpha["value"])
        assert mine["alpha"]["low"] == pytest.approx(alpha["interval"]["low"], abs=0.02)
        assert mine["alpha"]["high"] == pytest.approx(alpha["interval"]["high"], abs=0.02)


def test_who_labels_blind_is_shown_no_label_and_who_reviews_a_suspect_is(loop):
    shown = {(each["source"], each["given"] is not None) for each in loop.log}

    assert shown == {("sample", False), ("relabel", False), ("issue", True)}


def test_the_queue_finds_wrong_labels_and_tells_how_many_there_are(loop):
    n_wrong = loop.relabelled.wrong["now"]["wrong"]
    share = n_wrong / loop.relabelled.wrong["now"]["labels"]
    given = {each["item"]: each["given"] for each in loop.issues["suspects"]}
    changed = [e for e in loop.log if e["source"] == "issue" and e["label"] != e["given"]]

    assert loop.issues["noise"]["low"] < share < loop.issues["noise"]["high"]
    assert len(changed) > 0.7 * len(given)
    assert {"given": 3, "suggested": 9} in [
        {key: each[key] for key in ("given", "suggested")} for each in loop.issues["conventions"]
    ]


def test_a_review_runs_what_uses_labels_and_nothing_else(loop):
    assert loop.relabelled.ran == USE_LABELS
    assert loop.repaired.ran == USE_LABELS


def test_the_gain_is_beyond_chance_and_came_from_the_data(loop):
    gain, attribution = loop.repaired.metrics["gain"], loop.diff["attribution"]

    assert loop.repaired.wrong["now"]["wrong"] < loop.first.wrong["now"]["wrong"] / 2
    assert gain["low"] > 0.02
    assert attribution["factors"] == ["data"]
    assert attribution["parts"]["data"] == pytest.approx(gain["value"])


def test_the_page_says_that_people_are_simulated_and_shows_their_disagreement(loop):
    assert "Ada and Ben are <b>simulated</b>" in loop.page
    assert "By instruction 1: 16 images" in loop.page
    assert "By instruction 2: 4 images" in loop.page
    assert "http" not in loop.page
    assert len(loop.page) < 100_000
