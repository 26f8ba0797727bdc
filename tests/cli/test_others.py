from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import tilth as package
from tilth.config.schema import schemas
from tilth.project.new import templates


def test_version_says_what_is_at_work(tilth):
    assert tilth("version").out.startswith(f"tilth         {package.__version__}\n")
    assert tilth("version", "--json").json["tilth"] == package.__version__


@pytest.mark.parametrize("name", ["tilth", "catalog", "params"])
def test_a_schema_is_that_of_the_files(tilth, name):
    assert (
        tilth("schema", name).out
        == json.dumps(schemas()[f"{name}.yml"], indent=2, ensure_ascii=False) + "\n"
    )


def test_schemas_are_written_for_editors(tilth, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    answer = tilth("schema", "--write", "schemas")

    assert answer.code == 0
    written = {each.name: json.loads(each.read_text()) for each in (tmp_path / "schemas").iterdir()}
    assert written["tilth.schema.json"] == schemas()["tilth.yml"]
    assert "yaml-language-server" in answer.err


@pytest.mark.parametrize("template", templates())
def test_new_makes_a_project_of_every_template(tilth, tmp_path, monkeypatch, template):
    monkeypatch.chdir(tmp_path)

    answer = tilth("new", "mine", "--from", template)

    assert answer.code == 0
    assert "name: mine" in (tmp_path / "mine/tilth.yml").read_text()
    assert "cd mine" in answer.err
    assert not list((tmp_path / "mine").rglob("*.pyc"))


def test_new_never_overwrites(tilth, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/precious.txt").write_text("mine")

    answer = tilth("new", "mine")

    assert answer.code == 2
    assert "not empty" in answer.err
    assert (tmp_path / "mine/precious.txt").read_text() == "mine"
    assert not (tmp_path / "mine/tilth.yml").exists()


def test_new_refuses_templates_and_names_that_are_none(tilth, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert "did you mean `flights`?" in tilth("new", "mine", "--from", "flight").err
    assert tilth("new", "-- --").code == 2
    assert tilth("new", "a\nb").code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["2013", "yes", "my project"])
def test_a_name_stays_a_text_in_yaml(tilth, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)

    assert tilth("new", name).code == 0
    assert tilth("show", "-C", name).out.startswith(f"{name}: ")


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_every_shell(tilth, shell_name):
    assert "_TILTH_COMPLETE" in tilth("completion", shell_name).out


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("tilth pl", {"plan"}),
        ("tilth data v", {"versions"}),
        ("tilth why to", {"total"}),
        ("tilth run pre", {"prepare"}),
        ("tilth run --to clean,to", {"clean,total"}),
        ("tilth data head w", {"words"}),
        ("tilth run --keep", {"--keep-going"}),
    ],
)
def test_names_are_completed_without_importing_the_users_code(shell, project, typed, completed):
    words = typed.split()
    answer = shell(
        env={
            "_TILTH_COMPLETE": "bash_complete",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(len(words) - 1),
            "TEST_REFUSE_IMPORT": "1",
        }
    )

    assert {line.partition(",")[2] for line in answer.out.split()} == completed


def test_a_broken_project_completes_nothing_and_says_nothing(shell, project):
    (project / "tilth.yml").write_text("nonsense: [\n")

    answer = shell(
        env={"_TILTH_COMPLETE": "bash_complete", "COMP_WORDS": "tilth why t", "COMP_CWORD": "2"}
    )

    assert answer.out.strip() == ""


@pytest.mark.parametrize(
    "words",
    [[str(Path(sys.executable).with_name("tilth"))], [sys.executable, "-m", "tilth"]],
    ids=["script", "module"],
)
def test_the_entry_point_is_the_command_line(project, words):
    typed = [*words, "list", "nodes"]
    done = subprocess.run(typed, capture_output=True, text=True, check=False)

    assert done.returncode == 0
    assert "shop.flow.total" in done.stdout
