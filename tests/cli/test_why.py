from __future__ import annotations

from tilth import Project


def test_why_names_the_line_that_changed(tilth, project, edit):
    tilth("run")
    edit("src/shop/flow.py", "* rate", "* rate + 1")

    answer = tilth("why", "total")

    assert answer.code == 0
    assert "code changed" in answer.out
    assert "+     return sum" in answer.out or "+    return sum" in answer.out
    assert "src/shop/flow.py" in answer.out


def test_why_names_the_parameter_that_changed(tilth, project):
    tilth("run")

    answer = tilth("why", "total", "--set", "rate=4.0", "--json")

    assert answer.json["now"] == "parameter changed"
    assert "2.0 -> 4.0" in " ".join(answer.json["now_details"])


def test_why_takes_a_dataset_for_the_node_that_makes_it(tilth, project):
    assert tilth("why", "words", "--json").json["node"] == "tell"


def test_why_as_json_is_what_python_gives(tilth, project):
    tilth("run")

    with Project(project) as opened:
        assert tilth("why", "total", "--json").json == opened.why("total").as_dict()


def test_why_that_cannot_be_told_says_so(tilth, project):
    tilth("run")
    (project / "data/orders.json").unlink()

    answer = tilth("why", "clean")

    assert "it cannot be told" in answer.out
    assert "still holds" not in answer.out


def test_why_names_the_command_that_shows_how_an_input_differs(tilth, project, edit):
    tilth("run")
    edit("data/orders.json", "10", "11")
    tilth("run")

    told = tilth("why", "clean").out
    command = told.partition("`tilth ")[2].partition("`")[0].split()

    assert command[:3] == ["data", "diff", "orders"]
    assert tilth(*command).code == 0
