"""`tilth add`: a function, a test of it, and its lines in tilth.yml."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tilth.project.new import new_project


@pytest.fixture
def beds(tmp_path, monkeypatch):
    """The project that `tilth new` makes."""
    folder = tmp_path / "beds"
    new_project(folder)
    monkeypatch.chdir(folder)
    return folder


def state_of(folder):
    return {
        str(each.relative_to(folder)): each.read_bytes() if each.is_file() else None
        for each in folder.rglob("*")
        if ".tilth" not in each.parts and "__pycache__" not in each.parts
    }


def test_what_was_added_runs_and_its_tests_are_green(tilth, beds):
    assert tilth("add", "garden.beds.count_beds", "--reads", "clean_readings").code == 0
    assert tilth("add", "garden.new.deep.both", "--reads", "dry_days,params:after_days").code == 0
    assert tilth("add", "garden.page.tell", "--reads", "both", "--pipeline", "page").code == 0

    assert tilth("run", "--json").json["counts"] == {"done": 6}
    assert sorted(tilth("data", "head", "both", "--json").json) == ["after_days", "dry_days"]
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": "src", "PATH": "/usr/bin"},
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_what_stands_in_tilth_yml_stays_as_it_was(tilth, beds):
    before = (beds / "tilth.yml").read_text()

    tilth("add", "garden.beds.count_beds", "--reads", "clean_readings", "--makes", "n_beds")

    added = (
        "      - call: garden.beds.count_beds\n"
        "        inputs: [clean_readings]\n"
        "        outputs: n_beds\n"
    )
    assert (beds / "tilth.yml").read_text() == before + added


def test_a_node_goes_behind_the_last_one_of_its_pipeline(tilth, beds):
    with (beds / "tilth.yml").open("a") as file:
        file.write("\n  # Another.\n  other:\n    nodes:\n    - garden.clean.is_plausible\n")
    (beds / "catalog.yml").write_text(
        (beds / "catalog.yml").read_text() + "moisture: {format: text, location: data/m.txt}\n"
    )

    tilth("add", "garden.beds.one", "--reads", "readings", "--pipeline", "water")
    tilth("add", "garden.beds.two", "--reads", "moisture", "--pipeline", "other")

    lines = (beds / "tilth.yml").read_text().splitlines()
    assert lines.index("      - call: garden.beds.one") < lines.index("  # Another.")
    assert lines[-2:] == ["    - call: garden.beds.two", "      inputs: [moisture]"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["count"], "is not a function by its dotted name"),
        (["garden.beds.advise"], "is there already"),
        (["garden.far.off.count", "--reads", "nothing_here"], "reads dataset `nothing_here`"),
        (["garden.beds.count", "--reads", "a b"], "cannot be the name of an input"),
        (["garden.beds.count", "--makes", "advice"], "made by two nodes"),
    ],
)
def test_what_does_not_do_is_refused_and_changes_nothing(tilth, beds, arguments, said):
    before = state_of(beds)

    answer = tilth("add", *arguments)

    assert answer.code == 2
    assert said in answer.err
    assert state_of(beds) == before


def test_nodes_that_stand_in_one_line_are_left_to_the_user(tilth, beds):
    (beds / "tilth.yml").write_text("pipelines: {water: {nodes: [garden.clean.is_plausible]}}\n")
    (beds / "catalog.yml").write_text("moisture: {format: text, location: data/m.txt}\n")
    before = state_of(beds)

    answer = tilth("add", "garden.beds.count", "--reads", "moisture")

    assert answer.code == 2
    assert "- call: garden.beds.count; inputs: [moisture]" in answer.err
    assert state_of(beds) == before


def test_where_several_pipelines_list_nodes_one_must_be_named(tilth, beds):
    tilth("add", "garden.beds.one", "--reads", "readings", "--pipeline", "other")

    answer = tilth("add", "garden.beds.two", "--reads", "readings")

    assert answer.code == 2
    assert "`--pipeline other`" in answer.err


def test_a_single_file_has_nothing_to_add_to(tilth, tmp_path, monkeypatch):
    (tmp_path / "flow.py").write_text("from tilth import pipeline\npipeline = pipeline([])\n")
    monkeypatch.chdir(tmp_path)

    assert "single file" in tilth("-C", "flow.py", "add", "a.b").err
