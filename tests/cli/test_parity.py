"""What the command line says of a project, `Project` says as well."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tilth import Project
from tilth.errors import UnknownNameError
from tilth.graph.select import Selection
from tilth.project.runs import run_as_dict

SAME: dict[str, Callable[[Project], Any]] = {
    "plan --force total": lambda project: project.plan(force=["total"]).as_dict(),
    "plan prepare": lambda project: project.plan("prepare").as_dict(),
    "plan --tags daily": lambda project: project.plan(
        selection=Selection(tags=("daily",))
    ).as_dict(),
    "why total": lambda project: project.why("total").as_dict(),
    "list nodes": lambda project: project.listed("nodes"),
    "list parameters": lambda project: project.listed("parameters"),
    "doctor": lambda project: project.examine().as_dict(),
    "data ls": lambda project: [each.as_dict() for each in project.datasets()],
    "data versions total": lambda project: [each.as_dict() for each in project.versions("total")],
    "data head clean": lambda project: project.load("clean"),
    "runs ls": lambda project: [run_as_dict(each) for each in project.runs()],
    "runs show": lambda project: project.details(),
    "runs show 1": lambda project: project.details(1),
    "runs diff": lambda project: project.compare().as_dict(),
    "runs diff 1 2": lambda project: project.compare(1, 2).as_dict(),
}


@pytest.mark.parametrize("line", SAME)
def test_a_command_and_python_say_the_same(tilth, project, line):
    tilth("run")
    tilth("run", "--set", "rate=3.0")

    said = tilth(*line.split(), "--json").json

    with Project(project) as opened:
        assert json.loads(json.dumps(SAME[line](opened), default=str)) == said


def test_a_run_from_python_is_one_like_any_other(tilth, project):
    with Project(project) as opened:
        result = opened.run()

    assert tilth("runs", "show", "--json").json["trigger"] == "python"
    assert tilth("run", "--json").json["datasets"] == result.as_dict()["datasets"]


def test_the_page_is_the_one_that_the_command_writes(tilth, project, tmp_path):
    tilth("run")
    tilth("show", "--html", str(tmp_path / "graph.html"))

    with Project(project) as opened:
        assert opened.page() == (tmp_path / "graph.html").read_text()
        assert "srcdoc" in opened._repr_html_()


def test_a_node_can_be_called_by_hand_with_what_it_read(tilth, project):
    tilth("run")

    with Project(project) as opened:
        ready = opened.prepared("total")
        assert ready.call() == opened.load("total")


def test_answers_show_themselves_in_a_notebook(tilth, project):
    with Project(project) as opened:
        assert "<td>total</td>" in opened.plan()._repr_html_()
        assert "never ran" in opened.plan().text()
        opened.run()
        assert "<table>" not in opened.plan()._repr_html_()
        assert opened.why("total").text() in opened.why("total")._repr_html_()


def test_what_cannot_be_listed_or_is_no_run_is_told(project):
    with Project(project) as opened:
        with pytest.raises(UnknownNameError, match="there is no kind `nods`"):
            opened.listed("nods")
        with pytest.raises(UnknownNameError, match="there is no run `last`"):
            opened.details()
