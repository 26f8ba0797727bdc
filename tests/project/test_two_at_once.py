"""Two runs at once on one project: the same end, and no work twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

FILES = {
    "tilth.yml": """
        pipelines:
          main:
            nodes:
              - {call: work.start, inputs: []}
              - {call: work.a, inputs: [start]}
              - {call: work.b, inputs: [start]}
              - {call: work.c, inputs: [a, b]}
              - {call: work.d, inputs: [b]}
              - {call: work.e, inputs: [c, d]}
        """,
    "catalog.yml": """
        c: {format: json, location: out/c.json}
        e: {format: json, location: out/e.json}
        """,
    "src/work.py": """
        import time
        from pathlib import Path

        NOTE = Path(__file__).parent.parent / "calls.txt"

        def note(name):
            with NOTE.open("a") as file:
                file.write(f"{name} ")
            time.sleep(0.08)

        def start():
            note("start")
            return [1, 2, 3]

        def a(start):
            note("a")
            return start * 1000

        def b(start):
            note("b")
            return start * 2000

        def c(a, b):
            note("c")
            return len(a) + len(b)

        def d(b):
            note("d")
            return sum(b)

        def e(c, d):
            note("e")
            return c * d
        """,
}
NAMES = {"start", "a", "b", "c", "d", "e"}

RUN = """
import sys
from tilth import Project

with Project(".") as project:
    project.run(executor=sys.argv[1], workers=2).checked()
"""


def start(home, executor):
    return subprocess.Popen(
        [sys.executable, "-c", RUN, executor],
        cwd=home.folder,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process):
    _, error = process.communicate(timeout=100)
    return process.returncode, error


PAIRS = pytest.mark.parametrize(
    ("one", "other"), [("serial", "serial"), ("serial", "processes"), ("threads", "processes")]
)


@PAIRS
def test_each_function_is_called_once_in_all(make, one, other):
    home = make(FILES)
    processes = [start(home, one), start(home, other)]
    for process in processes:
        code, error = ended(process)
        assert code == 0, error
    assert Counter(home.calls()) == dict.fromkeys(NAMES, 1)
    told = home.done(load=("e",))
    assert told.ran == {}
    assert told["e"] == 9000 * 12000
    alone = make(FILES)
    assert alone.done().fingerprints == told.fingerprints
    with home.open() as project:
        assert [each.state for each in project.history.runs()] == ["done", "done", "done"]


@PAIRS
def test_where_one_is_killed_the_other_does_its_work(make, one, other):
    home = make(FILES)
    first = start(home, one)
    second = start(home, other)
    while len(home.calls()) < 2:
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    ended(first)
    code, error = ended(second)
    assert code == 0, error
    counts = Counter(home.calls())
    assert set(counts) == NAMES
    assert counts["start"] == 1, "it had finished, and was on record"
    assert sum(counts.values()) <= len(NAMES) + 2, "only what was under way was done again"
    assert home.done().ran == {}


def test_two_runs_in_threads_of_one_process(make):
    home = make(FILES)
    done = home.python(
        """
        import threading
        from tilth import Project

        def run():
            with Project(".") as project:
                project.run().checked()

        threads = [threading.Thread(target=run) for _ in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        """
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert Counter(home.calls()) == dict.fromkeys(NAMES, 1)
