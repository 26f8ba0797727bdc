from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

SCRIPT = """
from tilth import node, pipeline

def one() -> int:
    return 1

def two(one: int) -> int:
    return one + 1

pipeline = pipeline([node(one), node(two)])
"""


def test_a_run_says_on_standard_error_what_it_did_and_on_standard_output_where_it_lies(
    tilth, project
):
    answer = tilth("run")

    assert answer.code == 0
    assert answer.out == "metrics  out/metrics.json\nwords    out/words.txt\n"
    assert answer.err.startswith("run 1: 4 ran, in ")


def test_the_same_again_runs_nothing_and_says_so(tilth, project):
    tilth("run")

    answer = tilth("run")

    assert answer.out == ""
    assert answer.err.startswith("nothing to do: all 4 results still hold (")


def test_a_parameter_runs_what_reads_it_alone(tilth, project):
    tilth("run")

    answer = tilth("run", "--set", "rate=3.0", "--json")

    assert answer.json["counts"] == {"reused": 1, "done": 3}


def test_json_is_what_python_gives(tilth, project):
    answer = tilth("run", "--json")

    assert answer.json["state"] == "done"
    assert answer.json["run"] == 1
    assert answer.json["datasets"]["clean"]["format"] == "json"
    assert {"clean", "total", "metrics", "words"} <= set(answer.json["datasets"])


def test_a_part_is_picked_by_every_option(tilth, project):
    picked = {
        "--to=total": {"clean", "total"},
        "--from=total": {"total", "measure", "tell"},
        "--nodes=clean": {"clean"},
        "--to-nodes=total": {"clean", "total"},
        "--from-nodes=measure": {"measure"},
        "--from-inputs=orders": {"clean", "total", "measure", "tell"},
        "--to-outputs=metrics": {"clean", "total", "measure"},
        "--tags=daily": {"clean"},
        "--without=measure,tell": {"clean", "total"},
        "--nodes=m*,tell": {"measure", "tell"},
    }
    for option, nodes in picked.items():
        planned = tilth("plan", option, "--json")
        if planned.code:  # a part may need what has not been made yet
            tilth("run")
            planned = tilth("plan", option, "--json")
        assert {each["node"] for each in planned.json["nodes"]} == nodes, option


def test_a_pipeline_is_picked_by_its_name(tilth, project):
    assert tilth("run", "prepare", "--json").json["counts"] == {"done": 1}


def test_an_unknown_pipeline_is_told_with_the_nearest(tilth, project):
    answer = tilth("run", "prepar")

    assert answer.code == 2
    assert "did you mean `prepare`?" in answer.err


def test_forced_nodes_run_in_any_case(tilth, project):
    tilth("run")

    answer = tilth("run", "--force", "clean", "--json")

    assert answer.json["counts"] == {"done": 1, "reused": 3}


def test_a_dry_run_runs_nothing(tilth, project):
    answer = tilth("run", "--plan")

    assert answer.code == 0
    assert "never ran" in answer.out
    assert tilth("runs", "ls", "--json").json == []


def test_a_failure_shows_the_users_line_and_how_to_go_on(tilth, project, edit):
    edit("src/shop/flow.py", "* rate", "* rate / 0")

    answer = tilth("run")

    assert answer.code == 1
    assert "failed total" in answer.err
    assert "ZeroDivisionError" in answer.err
    assert "tilth debug total" in answer.err
    assert "1 ran, 1 failed, 2 skipped" in answer.err
    assert "Traceback" not in answer.err


def test_what_is_done_is_kept_after_a_failure(tilth, project, edit):
    edit("src/shop/flow.py", "* rate", "* rate / 0")
    tilth("run")
    edit("src/shop/flow.py", "* rate / 0", "* rate")

    assert tilth("run", "--json").json["counts"] == {"reused": 1, "done": 3}


def test_a_single_file_needs_no_project(tilth, tmp_path, monkeypatch):
    (tmp_path / "flow_alone.py").write_text(SCRIPT)
    monkeypatch.chdir(tmp_path)

    assert tilth("run", "flow_alone.py", "--json").json["counts"] == {"done": 2}
    assert tilth("run", "flow_alone.py").err.startswith("nothing to do: all 2 results")


def test_a_file_that_is_not_there_is_told(tilth, project):
    answer = tilth("run", "nope.py")

    assert answer.code == 1
    assert "nope.py" in answer.err


def test_warnings_are_told_and_stop_nothing(tilth, project, edit):
    edit("catalog.yml", "words:", "wordz:")

    answer = tilth("run")

    assert answer.code == 0
    assert "warning" in answer.err
    assert "`wordz`" in answer.err


def test_a_note_and_the_command_are_on_record(tilth, project):
    tilth("run", "--note", "before the sale")

    (run,) = tilth("runs", "ls", "--json").json

    assert run["note"] == "before the sale"
    assert run["trigger"] == "command"


def test_workers_run_at_once(tilth, project):
    assert tilth("run", "--workers", "2", "--executor", "threads", "--json").json["state"] == "done"


def test_an_unknown_executor_is_told(tilth, project):
    answer = tilth("run", "--executor", "thread")

    assert answer.code == 2
    assert "did you mean `threads`?" in answer.err


def test_no_module_of_the_user_is_imported_where_nothing_has_to_run(shell, tilth, project):
    tilth("run")
    refused = {"TEST_REFUSE_IMPORT": "1"}

    for typed in (
        ("run",),
        ("plan",),
        ("why", "total"),
        ("show",),
        ("show", "total"),
        ("show", "--html", "graph.html"),
        ("data", "ls"),
        ("data", "versions", "total"),
        ("runs", "ls"),
        ("runs", "show"),
        ("list", "nodes"),
        ("list", "datasets"),
    ):
        answer = shell(*typed, env=refused)
        imported = set(answer.err.rpartition("MODULES")[2].split())
        assert answer.code == 0, (typed, answer.err)
        assert not imported & {"shop.flow", "pandas", "polars", "numpy", "pyarrow", "rich"}, typed


def test_results_are_files_that_say_what_they_should(tilth, project):
    tilth("run")

    assert json.loads((project / "out/metrics.json").read_text())["day"]["value"] == 34.0
    assert (project / "out/words.txt").read_text().startswith("We took 34.00.")


LONG = """
import pathlib
import time

from tilth import node, pipeline

def first() -> int:
    return 1

def endless(first: int) -> int:
    pathlib.Path("begun").touch()
    time.sleep(60)
    return first

pipeline = pipeline([node(first), node(endless, depends_on=[])])
"""


@pytest.mark.parametrize("executor", ["serial", "threads", "processes"])
def test_ctrl_c_ends_with_130_keeps_what_is_done_and_says_how_to_go_on(
    tmp_path, monkeypatch, tilth, executor
):
    (tmp_path / "long_flow.py").write_text(LONG)
    monkeypatch.chdir(tmp_path)
    program = "import sys; from tilth.cli.main import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", program, "run", "long_flow.py", "--executor", executor]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, process_group=0) as process:
        while not (tmp_path / "begun").exists():
            time.sleep(0.02)
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it
        _, told = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "Traceback" not in told
    assert told.startswith("interrupted; ")
    assert "goes on where this one stopped" in told
    assert tilth("runs", "ls", "-C", "long_flow.py", "--json").json[0]["state"] == "interrupted"
    planned = tilth("plan", "long_flow.py", "--json").json
    assert {each["node"]: each["reason"] for each in planned["nodes"]} == {
        "first": None,
        "endless": "never ran",
    }
