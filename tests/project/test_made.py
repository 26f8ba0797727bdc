"""Pipelines that Python makes: made once, remembered, and made again where a part changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tilth import Project

STAGE = """
from functools import partial
from tilth import node, pipeline

def scaled(rows, by): return rows * by

def stage(by=1):
    return pipeline([
        node(partial(scaled, by=by), "rows", "bigger", name="scale"),
        node(lambda bigger: bigger + by, "bigger", "more"),
        node(lambda more: -more, "more", "less"),
    ])

def start(): return 10
"""

FILES = """
pipelines:
  start: {nodes: [{call: MODULE.start, outputs: rows}]}
  twice: {stage: MODULE.stage, with: {by: 2}, namespace: twice}
  thrice: {stage: MODULE.stage, with: {by: 3}, namespace: thrice, outputs: {less: result}}
"""

OPENED = """
import sys
import tilth
with tilth.Project({folder!r}) as project:
    project.plan()
    {more}
for name in ({name!r}, "yaml", "pandas", "rich", "inspect"):
    if name in sys.modules:
        print(name)
"""


def write(folder: Path, module: str, source: str = STAGE) -> None:
    (folder / "src").mkdir(exist_ok=True)
    (folder / "src" / f"{module}.py").write_text(source)
    (folder / "tilth.yml").write_text(FILES.replace("MODULE", module))


def imported(folder: Path, name: str, more: str = "pass") -> list[str]:
    """Which modules are loaded, that need not be, in a process that opens the project."""
    text = OPENED.format(folder=str(folder), name=name, more=more)
    ran = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=True, timeout=60
    )
    return ran.stdout.split()


def test_a_stage_is_used_twice_with_settings_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, "scaling")

    with Project(tmp_path) as project:
        result = project.run().checked()

        assert [result["twice.more"], result["twice.less"]] == [22, -22]
        assert [result["thrice.more"], result["result"]] == [33, -33]


def test_functions_without_a_name_are_found_again_when_they_must_run(tmp_path: Path) -> None:
    write(tmp_path, "scaled_again")
    with Project(tmp_path) as project:
        project.plan()

    with Project(tmp_path) as project:
        result = project.run().checked()

        assert [result["twice.more"], result["result"]] == [22, -33]


def test_a_remembered_pipeline_is_opened_and_planned_without_its_module(tmp_path: Path) -> None:
    write(tmp_path, "remembered")

    assert "remembered" in imported(tmp_path, "remembered")
    assert imported(tmp_path, "remembered") == []


def test_a_comment_is_no_reason_to_make_a_pipeline_again(tmp_path: Path) -> None:
    write(tmp_path, "commented")
    imported(tmp_path, "commented")

    write(tmp_path, "commented", f"# a comment\n{STAGE}\n\ndef unrelated(): return 1\n")

    assert imported(tmp_path, "commented") == []


def test_a_pipeline_is_made_again_where_its_code_changed(tmp_path: Path) -> None:
    write(tmp_path, "changed")
    imported(tmp_path, "changed")

    write(tmp_path, "changed", STAGE.replace('"less"', '"fewer"').replace("by=1", "by=4"))
    (tmp_path / "tilth.yml").write_text("pipelines: {all: {stage: changed.stage}}")
    (tmp_path / "catalog.yml").write_text("rows: {format: json, location: rows.json}")

    with Project(tmp_path) as project:
        assert project.pipelines["all"].outputs == ("fewer",)


def test_a_setting_that_changed_makes_another_pipeline(tmp_path: Path) -> None:
    write(tmp_path, "settings_changed")
    imported(tmp_path, "settings_changed", "project.run().checked()")

    text = (tmp_path / "tilth.yml").read_text()
    (tmp_path / "tilth.yml").write_text(text.replace("by: 3", "by: 5"))

    with Project(tmp_path) as project:
        result = project.run().checked()

        assert result["result"] == -55
        assert result.counts["reused"] == 4


def test_a_single_file_is_remembered_too(tmp_path: Path) -> None:
    script = tmp_path / "alone.py"
    script.write_text(
        "from tilth import node, pipeline as make\n"
        "def one(): return 1\n"
        "pipeline = make([node(one), node(lambda one: one + 1, outputs='two')])\n"
    )

    assert "alone" in imported(script, "alone")
    assert imported(script, "alone") == []
    with Project(script) as project:
        assert project.run().checked()["two"] == 2


def test_what_cannot_be_known_is_made_each_time(tmp_path: Path) -> None:
    write(tmp_path, "hidden", STAGE.replace("by=1):\n", "by=1):\n    exec('pass')\n"))

    assert "hidden" in imported(tmp_path, "hidden")
    assert "hidden" in imported(tmp_path, "hidden")


def test_what_a_partial_asks_for_is_remembered(tmp_path: Path) -> None:
    script = tmp_path / "asking.py"
    script.write_text(
        "from functools import partial\n"
        "from pathlib import Path\n"
        "from tilth import node, pipeline as make\n"
        "def one(): return 'text'\n"
        "def kind(one: Path, end): return type(one).__name__ + end\n"
        "pipeline = make([node(one), node(partial(kind, end='!'), outputs='kind')])\n"
    )
    with Project(script) as project:
        first = project.step(project.node("kind")).shapes

    with Project(script) as project:
        assert project.step(project.node("kind")).shapes == first
        assert first["one"] == "pathlib.Path"
