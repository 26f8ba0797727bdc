from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from tilth import plugins
from tilth.cli.command import Command
from tilth.cli.group import Group, first_line
from tilth.cli.main import BUG
from tilth.cli.main import tilth as root
from tilth.errors import TilthError

COMMANDS = "tilth.cli.commands"
FOLDER = Path(plugins.__file__).parent / "cli" / "commands"


def every_command() -> list[tuple[str, click.Command]]:
    found = []
    for name in plugins.names(COMMANDS):
        command = plugins.find(COMMANDS, name, of=click.Command)
        assert isinstance(command, click.Command)
        found.append((name, command))
        if isinstance(command, Group):
            package = f"{COMMANDS}.{name}"
            for inner in plugins.names(package):
                other = plugins.find(package, inner, of=click.Command)
                assert isinstance(other, click.Command)
                found.append((f"{name} {inner}", other))
    return found


@pytest.mark.parametrize(("name", "command"), every_command())
def test_every_command_teaches_by_examples_that_name_it(name, command):
    assert isinstance(command, Command | Group)
    assert len(command.examples) >= 2
    assert any(f"tilth {name}" in typed for typed, _ in command.examples)


@pytest.mark.parametrize(("name", "command"), every_command())
def test_every_commands_file_begins_with_its_one_line_help(name, command):
    parts = name.split()
    file = FOLDER.joinpath(*parts).with_suffix(".py")
    line = first_line(file if file.exists() else FOLDER.joinpath(*parts, "__init__.py"))

    assert line.endswith(".")
    assert len(line) <= 80
    assert command.help


@pytest.mark.parametrize(("name", "command"), every_command())
def test_every_command_shows_its_help(name, command, tilth):
    answer = tilth(*name.split(), "--help")

    assert answer.code == 0
    assert answer.out.startswith(f"Usage: tilth {name}")
    assert "Examples:" in answer.out
    assert "--json" in answer.out


def test_the_first_page_lists_all_commands_and_exit_codes(tilth):
    answer = tilth("--help")

    for name in plugins.names(COMMANDS):
        assert f"\n  {name} " in answer.out
    for code in (0, 1, 2, BUG, 130):
        assert f"\n  {code:>3}  " in answer.out


def test_without_a_command_the_first_page_is_shown(tilth):
    assert tilth().out == tilth("--help").out
    assert tilth("data").out == tilth("data", "--help").out


def test_a_page_of_help_imports_no_command_and_nothing_heavy(shell):
    imported = set(shell("--help").err.split())

    assert not {name for name in imported if name.startswith(f"{COMMANDS}.")}
    assert not imported & {"tilth.project", "rich", "yaml", "sqlite3", "blake3", "numpy"}


def test_an_unknown_command_is_told_with_the_nearest(tilth):
    answer = tilth("rnu")

    assert answer.code == 2
    assert answer.err == "error: there is no command `rnu`\n\nhint: did you mean `run`?\n"


def test_an_unknown_option_is_told_with_the_nearest(tilth, project):
    answer = tilth("run", "--keepgoing")

    assert answer.code == 2
    assert "--keepgoing" in answer.err
    assert "hint: did you mean `--keep-going`?" in answer.err


def test_a_missing_argument_points_to_the_help(tilth):
    answer = tilth("why")

    assert answer.code == 2
    assert "hint: see `tilth why --help`" in answer.err


def test_a_folder_that_is_not_there_is_told(tilth):
    answer = tilth("plan", "-C", "nowhere")

    assert answer.code == 1
    assert answer.err.startswith("error: there is no `nowhere`")


def test_mistakes_of_a_project_end_with_2_and_no_traceback(tilth, project):
    (project / "tilth.yml").write_text("pipelnes: {}\n")

    answer = tilth("run")

    assert answer.code == 2
    assert "pipelnes" in answer.err
    assert "Traceback" not in answer.err


def test_errors_are_json_as_well_where_answers_are(tilth, project):
    answer = tilth("why", "nothing", "--json")

    assert answer.json["exit_code"] == answer.code == 2
    assert "`nothing`" in answer.json["error"]


def test_options_of_every_command_may_stand_before_it(tilth, project, monkeypatch):
    monkeypatch.chdir(project.parent)

    before = tilth("-C", str(project), "--json", "list", "nodes")
    after = tilth("list", "nodes", "--json", "-C", str(project))

    assert before.json == after.json != []


def test_a_bug_of_ours_asks_for_a_report(tilth, monkeypatch):
    monkeypatch.setattr(root, "main", lambda *_, **__: {}["nothing"])

    answer = tilth("version")

    assert answer.code == BUG
    assert "bug of Tilth's" in answer.err
    assert "Traceback" not in answer.err


def test_a_traceback_is_printed_where_it_is_asked_for(tilth, project):
    answer = tilth("why", "nothing", "--traceback")

    assert "Traceback" in answer.err
    assert "hint:" in answer.err


def test_ctrl_c_ends_with_130(tilth, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(root, "main", interrupted)

    assert tilth("version").code == 130


def test_an_error_without_a_hint_is_one_line(tilth, monkeypatch):
    def failing(*_, **__):
        raise TilthError("it went wrong")

    monkeypatch.setattr(root, "main", failing)

    assert tilth("version").err == "error: it went wrong\n"


def test_a_reader_who_goes_away_is_no_error(project):
    program = "import sys; from tilth.cli.main import main; sys.exit(main(['list', 'formats']))"
    done = subprocess.run(
        f'{sys.executable} -c "{program}" | true',
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
