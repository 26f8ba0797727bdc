from __future__ import annotations

import json


def test_each_check_has_a_line_and_the_summary_goes_to_standard_error(tilth, project):
    answer = tilth("test")

    assert answer.code == 0
    lines = dict.fromkeys(line.split("  ")[0] for line in answer.out.splitlines())
    assert set(lines) == {"passed", "left out"}
    assert "passed    every node runs" in answer.out
    assert "  orders" in answer.err
    assert "nodes in" in answer.err.splitlines()[-1]


def test_programs_get_all_of_it(tilth, project):
    told = tilth("test", "--json").json

    assert told["ok"] is True
    assert told["sources"][0]["dataset"] == "orders"
    assert {"name", "state", "about", "message", "node", "command"} == set(told["checks"][0])


def test_a_failure_ends_with_1_and_says_how_to_look_closer(tilth, project, edit, tmp_path):
    edit("src/shop/flow.py", "* rate", "* rate / 0")
    kept = tmp_path / "kept"

    answer = tilth("test", "--keep", str(kept))

    assert answer.code == 1
    assert "failed    every node runs" in answer.out
    assert f"  tilth debug total -C {kept}" in answer.err


def test_a_kept_test_can_be_debugged_and_run_again(tilth, project, edit, tmp_path):
    kept = str(tmp_path / "kept")
    assert tilth("test", "--keep", kept).code == 0

    debugged = tilth("debug", "total", "-C", kept, "--command", "print('is', call())")
    again = tilth("run", "-C", kept, "--json")

    assert debugged.out.startswith("is ")
    assert again.json["counts"] == {"reused": 4}
    assert json.loads((tmp_path / "kept/mini.json").read_text())["project"] == str(project)
    assert not (project / "results").exists()


def test_one_file_is_a_project_too(tilth, project):
    (project / "flow.py").write_text(
        "from tilth import node, pipeline\n\n"
        "def one() -> int:\n    return 1\n\n"
        "pipeline = pipeline([node(one)])\n"
    )

    answer = tilth("test", "flow.py")

    assert answer.code == 0
    assert "no sources" in answer.err


def test_edges_are_on_or_off(tilth, project):
    answer = tilth("test", "--edges", "some")

    assert answer.code == 2
    assert "'on', 'off'" in answer.err
