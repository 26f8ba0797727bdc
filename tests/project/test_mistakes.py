"""Every mistake that only shows once a project is opened or run gets a clear message."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tilth import Project
from tilth.errors import ConfigError, TilthError
from tilth.graph.select import Selection
from tilth.testing.mistakes import Case, read_cases

HERE = Path(__file__).parent
CASES = read_cases(HERE / "mistakes")


@pytest.fixture(autouse=True)
def own_modules(tmp_path: Path) -> Iterator[None]:
    """Each case has modules of its own, whatever their names are."""
    path = list(sys.path)
    yield
    sys.path[:] = path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "") or "").startswith(str(tmp_path)):
            del sys.modules[name]


def told(case: Case, folder: Path) -> tuple[str, ...]:
    """What a person is told who opens a project, and does with it what the case says."""
    try:
        with Project(folder / case.opened, env=case.env, overrides=case.overrides) as project:
            if case.done:
                _do(project, *case.done.split())
            return tuple(each.text() for each in project.definition.warnings)
    except ConfigError as error:
        return error.mistakes
    except TilthError as error:
        return (error.full(),)


def _do(project: Project, what: str, *arguments: str) -> None:
    names = [each for each in arguments if "=" not in each]
    given: dict[str, Any] = dict(each.split("=", 1) for each in arguments if "=" in each)
    if what == "plan":
        chosen = Selection(**{name: tuple(each.split(",")) for name, each in given.items()})
        project.plan(*names, selection=chosen)
    else:
        project.run(*names, **given).checked()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title.replace(" ", "-"))
def test_a_planted_mistake_is_told_clearly(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in case.environ.items():
        monkeypatch.setenv(name, value)
    case.write(tmp_path)

    first = told(case, tmp_path)
    again = told(case, tmp_path)

    assert case.complaints(first) == [], "\n\n".join(first)
    assert again == first, "what was remembered changed the message"


def test_there_are_many_planted_mistakes_with_titles_of_their_own() -> None:
    titles = [case.title for case in (*CASES, *read_cases(HERE.parent / "config" / "mistakes"))]

    assert len(set(titles)) == len(titles) >= 180
    assert all(case.expected for case in CASES)
