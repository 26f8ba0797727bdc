from __future__ import annotations

import os
import time

import pytest

from tilth.project import Project
from tilth.store.unfinished import Attempt, unfinished

PATIENT = """
from tilth.store.unfinished import unfinished


def patient(steps=4):
    done = unfinished() / "done.txt"
    for step in range(steps):
        said = done.read_text() if done.exists() else ""
        if f"{step}\\n" not in said:
            done.write_text(said + f"{step}\\n")
            if step == 2 and not (unfinished().parent / "mended").exists():
                raise OSError("the line is down")
    return done.read_text().split()
"""


def killed(folder, fingerprint):
    def work():
        with Attempt(folder, fingerprint):
            (unfinished() / "half").write_text("1")
            raise KeyError

    with pytest.raises(KeyError):
        work()


def test_outside_of_a_run_there_is_no_folder():
    assert unfinished() is None


def test_what_was_left_is_found_by_the_same_execution_alone(tmp_path):
    killed(tmp_path, "node:aa")

    with Attempt(tmp_path, "node:bb"):
        assert list(unfinished().iterdir()) == []
    with Attempt(tmp_path, "node:aa"):
        assert (unfinished() / "half").read_text() == "1"
    assert list(tmp_path.iterdir()) == []


def test_who_does_not_ask_leaves_no_trace(tmp_path):
    with Attempt(tmp_path / "store", "node:aa"):
        pass

    assert list(tmp_path.iterdir()) == []


def test_what_nobody_came_back_for_in_a_month_is_let_go(tmp_path):
    for name, days in (("old", 40), ("new", 3)):
        (tmp_path / name).mkdir()
        for path in (tmp_path / name / "half", tmp_path / name):
            if path.name == "half":
                path.write_text("1")
            when = time.time() - days * 24 * 3600
            os.utime(path, (when, when))

    killed(tmp_path, "node:aa")

    assert sorted(each.name for each in tmp_path.iterdir()) == ["aa", "new"]


@pytest.mark.parametrize("executor", ["serial", "processes"])
def test_a_node_that_failed_goes_on_where_it_stopped(tmp_path, executor):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "shop.py").write_text(PATIENT)
    (tmp_path / "tilth.yml").write_text("pipelines: {it: {nodes: [{call: shop.patient}]}}")
    with Project(tmp_path) as project:
        first = project.run(executor=executor)
        (left,) = project.state.rglob("done.txt")
        was_left = left.read_text().split()
        (left.parent.parent / "mended").write_text("")
        second = project.run(executor=executor)
        found = project.load("patient")

    assert not first.ok
    assert was_left == ["0", "1", "2"]
    assert second.ok
    assert found == ["0", "1", "2", "3"]
    assert not left.exists()
