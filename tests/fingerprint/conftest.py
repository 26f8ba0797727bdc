from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tilth.fingerprint.function import Sources
from tilth.installed import Installed


class DictMemo(dict[str, bytes]):
    """A memory that forgets nothing, and knows what it was asked."""

    def put(self, key: str, value: bytes) -> None:
        self[key] = value


Write = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def memo() -> DictMemo:
    return DictMemo()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the files of a project below a folder, and returns the folder."""

    def write_all(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / "src" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"), "utf-8")
        return tmp_path / "src"

    return write_all


@pytest.fixture
def sources(write: Write) -> Callable[[Mapping[str, str]], Sources]:
    """The sources of a project with some files; nothing else is on its path."""

    def of(files: Mapping[str, str]) -> Sources:
        root = write(files)
        return Sources([root], path=[], installed=Installed([]), folder=root.parent)

    return of
