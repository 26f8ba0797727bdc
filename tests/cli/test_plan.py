from __future__ import annotations

from tilth import Project


def test_a_plan_gives_each_node_its_reason(tilth, project):
    answer = tilth("plan")

    assert answer.code == 0
    assert "clean    never ran" in answer.out
    assert "4 nodes would run, 0 reused" in answer.err


def test_a_plan_shows_what_is_reused_where_it_is_asked_for(tilth, project, edit):
    tilth("run")
    edit("src/shop/flow.py", "We took", "They took")

    assert "clean" not in tilth("plan").out
    assert "reused" in tilth("plan", "--all").out


def test_a_plan_of_nothing_says_so(tilth, project):
    tilth("run")

    answer = tilth("plan")

    assert answer.out == ""
    assert answer.err == "nothing to do: all 4 results still hold\n"


def test_a_plan_as_json_is_what_python_gives(tilth, project):
    with Project(project) as opened:
        assert tilth("plan", "--json").json == opened.plan().as_dict()


def test_a_missing_source_is_told(tilth, project):
    (project / "data/orders.json").unlink()

    answer = tilth("plan")

    assert answer.code == 1
    assert "data/orders.json" in answer.err
