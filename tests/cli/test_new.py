"""`tilth new`: a project that runs, and what it is for."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tilth import Project
from tilth.cli.commands import new as command
from tilth.config.scope import PARTS, ScopeSettings
from tilth.errors import DefinitionError, UnknownNameError
from tilth.project.new import new_project, templates, unsaid_in
from tilth.project.scope import scope_of

ODD = 'Half of the "bread" is ${thrown}: away #1 – é'


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def scope_in(folder):
    with Project(folder) as project:
        return scope_of(project)


def test_a_new_project_has_a_form_for_what_it_is_for(tilth):
    answer = tilth("new", "shop", "--json").json

    assert answer["unsaid"] == list(PARTS)
    assert scope_in("shop") == ScopeSettings()
    lines = Path("shop/tilth.yml").read_text(encoding="utf-8").splitlines()
    for part, what in PARTS.items():
        assert lines[lines.index(f"  {part}:") - 1] == f"  # {what}"


@pytest.mark.parametrize("part", PARTS)
def test_what_an_option_says_stands_in_the_file(tilth, part):
    answer = tilth("new", "shop", f"--{part}", ODD)

    assert answer.code == 0
    assert scope_in("shop") == ScopeSettings(**{part: ODD})
    assert answer.err.rstrip().endswith(", ".join(each for each in PARTS if each != part))


def test_an_option_takes_the_place_of_what_a_template_says(tilth):
    tilth("new", "late", "--from", "flights", "--risks", "Nobody flies.")

    found = scope_in("late")
    assert found.risks == "Nobody flies."
    assert found.problem.startswith("Say before a flight leaves New York")


@pytest.mark.parametrize("template", sorted({*templates()} - {"blank"}))
def test_an_example_says_what_it_is_for(template):
    assert unsaid_in(template) == ()
    new_project(Path("one"), template)

    assert scope_in("one").unsaid() == ()


def test_an_unknown_part_or_template_is_named():
    with pytest.raises(UnknownNameError, match="`risk`"):
        new_project(Path("one"), scope={"risk": "none"})
    with pytest.raises(UnknownNameError, match="flihgts"):
        unsaid_in("flihgts")


# Asking


def at_a_terminal(*arguments, answers=(), **environment):
    """Types a command at a terminal, and each answer once it is asked for."""
    ours, theirs = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "NO_COLOR": "1", **environment}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    program = [sys.executable, "-m", "tilth", *arguments]
    with subprocess.Popen(
        program, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, close_fds=True
    ) as ended:
        os.close(theirs)
        shown, left = b"", list(answers)
        while True:
            try:
                read = os.read(ours, 1000)
            except OSError:  # what a terminal says whose other side is closed
                break
            if not read:
                break
            shown += read
            if read.endswith(b"> "):
                os.write(ours, f"{left.pop(0) if left else ''}\n".encode())
        code = ended.wait(timeout=30)
    os.close(ours)
    return code, shown.decode()


def test_a_person_at_a_terminal_is_asked_and_may_answer_nothing():
    code, shown = at_a_terminal("new", "shop", answers=["Bread is thrown away.", "", "Guesses."])

    assert code == 0
    assert scope_in("shop") == ScopeSettings(problem="Bread is thrown away.", baseline="Guesses.")
    assert "below `scope` in tilth.yml: metric, costs, risks" in shown


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["new", "shop", "--no-ask"], {}),
        (["new", "shop", "--json"], {}),
        (["new", "shop", "--costs", "An evening."], {}),
        (["new", "shop", "--from", "digits"], {}),
        (["new", "shop"], {"CI": "true"}),
    ],
)
def test_nobody_is_asked_who_wants_no_question(arguments, environment):
    code, shown = at_a_terminal(*arguments, **environment)

    assert code == 0
    assert "What is it for?" not in shown


def test_without_a_terminal_nobody_is_asked(tilth, monkeypatch):
    monkeypatch.setattr(command.click, "prompt", lambda *_, **__: pytest.fail("it asks"))

    assert tilth("new", "shop").code == 0


def test_nobody_is_asked_for_a_project_that_cannot_be_made(home):
    (home / "shop").mkdir()
    (home / "shop" / "mine.txt").write_text("mine")

    code, shown = at_a_terminal("new", "shop")

    assert code != 0
    assert "not empty" in shown
    assert "What is it for?" not in shown
    with pytest.raises(DefinitionError, match="not empty"):
        new_project(home / "shop")
