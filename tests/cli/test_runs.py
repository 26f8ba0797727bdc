from __future__ import annotations

import pytest

from tilth.project import Project
from tilth.project.compare import run_difference
from tilth.project.runs import run_details


@pytest.fixture
def two_runs(tilth, project, edit):
    tilth("run")
    edit("src/shop/flow.py", "Keep orders that were paid.", "Keep what was paid.")
    edit("src/shop/flow.py", "We took", "They took")
    edit("data/orders.json", "Ada", "Ann")
    tilth("run", "--set", "rate=3.0", "--note", "another rate")


def test_ls_lists_runs_newest_first(tilth, two_runs):
    lines = tilth("runs", "ls").out.splitlines()

    assert [line.split()[0] for line in lines] == ["run", "2", "1"]
    assert "another rate" in lines[1]


def test_ls_can_be_narrowed(tilth, two_runs):
    assert [each["run"] for each in tilth("runs", "ls", "-n", "1", "--json").json] == [2]
    assert tilth("runs", "ls", "--search", "another", "--json").json[0]["run"] == 2
    assert tilth("runs", "ls", "--state", "failed", "--json").json == []
    assert tilth("runs", "ls", "--state", "faild").code == 2


def test_ls_of_nothing_says_what_to_type(tilth, project):
    answer = tilth("runs", "ls")

    assert answer.out == ""
    assert answer.err == "nothing ran yet: `tilth run`\n"


def test_show_tells_of_each_node_why_it_ran_and_what_it_made(tilth, two_runs):
    answer = tilth("runs", "show", "1")

    assert "run        1, done in " in answer.out
    assert "never ran" in answer.out
    assert "words (300 B)" in answer.out
    assert "33 to 35" in answer.out


def test_show_takes_the_newest_and_counts_back(tilth, two_runs):
    assert tilth("runs", "show", "--json").json["run"] == 2
    assert tilth("runs", "show", "last", "--json").json["run"] == 2
    assert tilth("runs", "show", "last-1", "--json").json["run"] == 1
    assert tilth("runs", "show", "last-2").code == 2
    assert tilth("runs", "show", "first").code == 2


def test_show_as_json_is_what_python_gives(tilth, two_runs, project):
    with Project(project) as opened:
        expected = run_details(opened, 2)
    assert tilth("runs", "show", "2", "--json").json == expected


def test_show_tells_what_went_wrong(tilth, project, edit):
    edit("src/shop/flow.py", "* rate", "* rate / 0")
    tilth("run")

    answer = tilth("runs", "show")

    assert "ZeroDivisionError" in answer.out
    assert "src/shop/flow.py:" in answer.out


def test_diff_says_exactly_what_differs(tilth, two_runs):
    found = tilth("runs", "diff", "1", "2", "--json").json

    assert [(row["argument"], row["old"], row["new"]) for row in found["parameters"]] == [
        ("rate", "2.0", "3.0")
    ]
    assert [row["part"] for row in found["code"]] == ["shop.flow.tell"]
    assert [line[0] for line in found["code"][0]["changes"]] == ["-", "+"]
    assert [row["dataset"] for row in found["data"]] == ["orders"]
    assert {row["dataset"] for row in found["results"]} == {"clean", "total", "metrics", "words"}
    assert [(row["name"], row["old"], row["new"]) for row in found["metrics"]] == [
        ("day", 34.0, 51.0)
    ]
    assert found["libraries"] == found["nodes"] == found["commits"] == []


def test_diff_shows_it_to_people(tilth, two_runs):
    answer = tilth("runs", "diff")

    assert "rate: 2.0 -> 3.0 (in total)" in answer.out
    assert '+    return f"They took' in answer.out
    assert "words: 300 B (" in answer.out
    assert "measure.day" in answer.out


def test_diff_as_json_is_what_python_gives(tilth, two_runs, project):
    with Project(project) as opened:
        expected = run_difference(opened, 1, 2).as_dict()
    assert tilth("runs", "diff", "--json").json == expected


def test_diff_of_two_equal_runs_says_that_nothing_differs(tilth, project):
    tilth("run")
    tilth("run")

    assert tilth("runs", "diff").out == "nothing differs between run 1 and run 2\n"


def test_diff_names_nodes_that_only_one_run_has(tilth, project):
    tilth("run", "prepare")
    tilth("run")

    found = tilth("runs", "diff", "--json").json

    assert {(row["node"], row["only_in"]) for row in found["nodes"]} == {
        ("total", 2),
        ("measure", 2),
        ("tell", 2),
    }


def test_a_note_is_kept(tilth, two_runs):
    tilth("runs", "note", "1", "the first")

    assert tilth("runs", "show", "1", "--json").json["note"] == "the first"
    assert tilth("runs", "note", "9", "nothing").code == 2


def test_diff_splits_the_change_of_a_metric(tilth, project, edit):
    tilth("run")
    edit("data/orders.json", '"price": 10', '"price": 12')
    tilth("run", "--set", "rate=3.0")

    answer = tilth("runs", "diff", "--attribute", "day")
    told = tilth("runs", "diff", "--attribute", "measure.day", "--json").json["attribution"]

    assert "why measure.day changed" in answer.out
    # 17 and 19, at a rate of 2 and 3: the data make 4 alone, the rate 17, both together 2 more.
    assert " +5  by the data" in answer.out
    assert "+18  by the parameters" in answer.out
    assert "of which +2 only together, split evenly" in answer.out
    assert told["parts"] == {"data": 5.0, "params": 18.0}
    assert [each["how"] for each in told["cells"]] == ["recorded", "known", "known", "recorded"]


def test_diff_says_why_a_change_cannot_be_split(tilth, two_runs):
    answer = tilth("runs", "diff", "--attribute", "tell")
    assert answer.code == 2
    assert "no metric in runs 1 and 2 `tell`" in answer.err

    answer = tilth("runs", "diff", "--attribute", "day")
    assert "by the data" in answer.out  # what tells is not what measures


def test_ls_ranks_runs_by_a_metric(tilth, two_runs):
    answer = tilth("runs", "ls", "--by", "day")

    assert [line.split()[1] for line in answer.out.splitlines()[1:]] == ["2", "1"]
    assert "50 to 52" in answer.out
    ranked = tilth("runs", "ls", "--by", "day", "--hold", "code", "--json").json
    assert [each["run"] for each in ranked] == [2]
    assert tilth("runs", "ls", "--hold", "code").code == 2


def test_a_run_is_refused_where_what_is_held_has_changed(tilth, two_runs, edit):
    edit("data/orders.json", "Ann", "Eve")
    answer = tilth("run", "--hold", "data")

    assert answer.code == 2
    assert "the project holds its data to run 2" in answer.err
    assert "`orders`: " in answer.err
    assert tilth("run", "--hold", "dta").code == 2
    assert tilth("run", "--hold", "code", "--set", "rate=3.0").code == 0
