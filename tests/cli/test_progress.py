from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from tilth.cli.progress import Standing, counted

SLOW = """
import time
from tilth import node, pipeline

def first() -> int:
    time.sleep(0.9)
    return 1

def second(first: int) -> int:
    time.sleep(0.3)
    return first + 1

pipeline = pipeline([node(first), node(second)])
"""


def on_a_terminal(*arguments: str, folder, first: str = "") -> str:
    """What a person sees on standard error."""
    ours, theirs = pty.openpty()
    program = f"import sys; {first}from tilth.cli.main import main; sys.exit(main(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        cwd=folder,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", "NO_COLOR": ""},
    ):
        os.close(theirs)
        seen = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            seen += part
    os.close(ours)
    return seen.decode()


@pytest.fixture
def slow(tmp_path):
    (tmp_path / "slow_flow.py").write_text(SLOW)
    return tmp_path


def test_a_terminal_shows_what_runs_and_how_far_it_is(slow):
    seen = on_a_terminal("run", "slow_flow.py", folder=slow)

    assert " first " in seen
    assert "0 of 2 nodes" in seen
    assert "run 1" in seen.splitlines()[-1]


def test_a_run_without_work_draws_nothing(slow):
    on_a_terminal("run", "slow_flow.py", folder=slow)

    seen = on_a_terminal("run", "slow_flow.py", folder=slow)

    assert "of 2 nodes" not in seen
    assert seen.startswith("nothing to do: all 2 results still hold")


def test_the_time_left_is_what_the_rest_took_last_time():
    standing = Standing()
    standing.begin(3, {"a": 10.0, "b": 20.0, "c": 30.0}, workers=2)

    assert standing.time_left(0.0) == "about 30 s left"
    standing.started("a", 0.0)
    assert standing.time_left(4.0) == "about 28 s left"
    standing.ended("a", "done")
    standing.ended("b", "reused")
    assert standing.time_left(12.0) == "about 15 s left"
    assert standing.text() == "2 of 3 nodes, 1 reused"


def test_a_node_that_takes_longer_than_last_time_leaves_no_time_below_zero():
    standing = Standing()
    standing.begin(1, {"a": 1.0}, workers=1)
    standing.started("a", 0.0)

    assert standing.time_left(50.0) == ""


def test_counts_are_told_in_words():
    assert counted({"done": 5, "reused": 8}) == "5 ran, 8 reused"
    assert counted({"failed": 1, "skipped": 1200}) == "1 failed, 1,200 skipped"
    assert counted({}) == "0 nodes"


def test_without_rich_a_terminal_shows_what_a_log_does(slow):
    """A base install leaves out what draws the live view."""
    gone = (
        "import importlib.abc; "
        "gone = type('Gone', (importlib.abc.MetaPathFinder,), {'find_spec': lambda self, name, "
        "path, target=None: (_ for _ in ()).throw(ModuleNotFoundError(name=name)) "
        "if name.partition('.')[0] == 'rich' else None}); sys.meta_path.insert(0, gone()); "
    )
    seen = on_a_terminal("run", "slow_flow.py", folder=slow, first=gone)

    assert "2 ran" in seen
    assert "Error" not in seen
    assert "nodes" not in seen  # of the view
