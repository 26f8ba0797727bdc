"""Every planted mistake gets a clear message of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tilth.config.read import read_project
from tilth.errors import ConfigError
from tilth.testing.mistakes import Case, read_cases

CASES = read_cases(Path(__file__).parent / "mistakes")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title.replace(" ", "-"))
def test_a_planted_mistake_is_told_clearly(case: Case, tmp_path: Path) -> None:
    case.write(tmp_path)

    with pytest.raises(ConfigError) as raised:
        read_project(tmp_path, case.env, case.overrides, environ=case.environ)

    told = raised.value.mistakes
    assert case.complaints(told) == [], "\n\n".join(told)


def test_no_two_planted_mistakes_have_the_same_title() -> None:
    titles = [case.title for case in CASES]

    assert len(set(titles)) == len(titles) >= 100
