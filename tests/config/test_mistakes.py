"""Every planted mistake gets a clear message of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tilth.config.read import read_project
from tilth.errors import ConfigError
from tilth.testing.mistakes import Case, read_cases

CASES = read_cases(Path(__file__).parent / "mistakes")

WRITING = read_cases(Path(__file__).parent / "mistakes" / "yaml.txt")


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


@pytest.mark.parametrize("case", WRITING, ids=lambda case: case.title.replace(" ", "-"))
def test_yaml_without_its_c_library_tells_the_same(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import yaml  # late: only this test asks for it

    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    case.write(tmp_path)

    with pytest.raises(ConfigError) as raised:
        read_project(tmp_path)

    told = raised.value.mistakes
    # The two parsers point at the backslash and behind it.
    allowed = ["is not in catalog.yml:3:18"] if "backslash" in case.title else []
    assert case.complaints(told) == allowed, "\n\n".join(told)
