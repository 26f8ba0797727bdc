"""The examples of the documentation are run as a reader would type them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from examples import FAILS, MARK, SHOWN, Block, agrees, blocks, changed, commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    page for page in (ROOT / "docs").rglob("*.md") if MARK in page.read_text(encoding="utf-8")
)
LONG = {"labels"}
"""Pages that take their time."""


class Reader:
    """Does what a page says, in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.folder = home
        self._environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TILTH_", "PYTEST_", "COLUMNS"))
        }
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self._environment |= {"PATH": path, "NO_COLOR": "1", "COLUMNS": "100"}
        self._environment["PYTHONUNBUFFERED"] = "1"  # lines come in order, as on a terminal

    def follow(self, block: Block) -> None:
        """Write a file, or type the commands."""
        if block.language == "console":
            self._follow_all(block)
        elif block.title:
            self._write(block)

    def _write(self, block: Block) -> None:
        file = self.folder / block.title
        if block.mark == SHOWN:
            assert block.text in file.read_text(), f"line {block.line}: not what {file.name} says"
            return
        text = block.text + "\n"
        if block.language == "diff":
            text = changed(file.read_text(), block)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def _follow_all(self, block: Block) -> None:
        typed = commands(block)
        for number, command in enumerate(typed):
            status, printed = self.type(command.typed)
            where = f"line {command.line}: $ {command.typed}"
            may_fail = block.mark == FAILS and number == len(typed) - 1
            assert bool(status) == may_fail, f"{where} ended with {status}:\n{printed}"
            shown = "\n".join(command.shown)
            assert not shown or agrees(shown, printed), (
                f"{where}\nthe page shows:\n{shown}\nprinted was:\n{printed}"
            )

    def type(self, typed: str) -> tuple[int, str]:
        """Both streams, as a terminal shows them; `cd` is remembered."""
        if typed.startswith("cd "):
            self.folder = self.folder / typed[3:]
            assert self.folder.is_dir()
            return 0, ""
        ended = subprocess.run(
            ["bash", "-c", typed],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        lines = [line.rstrip() for line in ended.stdout.splitlines()]
        return ended.returncode, "".join(f"{line}\n" for line in lines)


def _examples(page):
    slow = [pytest.mark.slow] if page.stem in LONG else []
    return pytest.param(page, id=page.stem, marks=slow)


@pytest.mark.parametrize("page", [_examples(page) for page in PAGES])
def test_what_a_page_tells_a_reader_to_do_gives_what_it_shows(page, tmp_path):
    reader = Reader(tmp_path)

    for block in blocks(page):
        reader.follow(block)


@pytest.mark.slow
def test_what_the_readme_of_a_template_tells_to_do_gives_what_it_shows(tmp_path):
    reader = Reader(tmp_path)
    reader.type("tilth new digits --from digits")
    reader.type("cd digits")

    for block in blocks(tmp_path / "digits" / "README.md"):
        reader.follow(block)


def test_pages_with_examples_are_found():
    assert {"ten_minutes", "describe_data", "work_on_partitions"} <= {page.stem for page in PAGES}


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\n", "a\n", True),
        ("a\n", "b\n", False),
        ("...\nb\n", "a\na\nb\n", True),
        ("...\nb\n", "b\n", True),
        ("b\n...\n", "b\n", True),
        ("took ... s\n", "took 3.1 s\n", True),
        ("took ... s\n", "took 3.1 min\n", False),
        ("a\n", "a\nb\n", False),
    ],
)
def test_three_dots_stand_for_anything_and_nothing_else_does(shown, printed, same):
    assert agrees(shown, printed) is same


def test_every_block_of_every_page_is_drawn_as_a_block():
    for page in (ROOT / "docs").rglob("*.md"):
        assert list(blocks(page)) is not None


def test_every_page_writes_one_sentence_to_a_line():
    for page in (ROOT / "docs").rglob("*.md"):
        if "reference" in page.parts:
            continue
        prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for line in prose.splitlines():
            if line.startswith(("|", "-", "#", "**", "<!--")) or re.match(r"\d\.", line):
                continue
            ends = re.findall(r"[.?!] [A-Z]", line)
            assert not ends, f"{page.name}: more than one sentence: {line}"
            assert not re.search(r"\bsimply\b", line, re.IGNORECASE), f"{page.name}: {line}"
