"""A run that is killed anywhere loses nothing that was finished, and the next one ends it."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

import pytest

FILES = {
    "tilth.yml": """
        pipelines:
          main:
            nodes:
              - {call: work.numbers, inputs: [source]}
              - {call: work.parts, inputs: [numbers]}
              - {call: work.squared, inputs: [{each: parts}]}
              - {call: work.total, inputs: [squared]}
              - {call: work.text, inputs: [numbers]}
              - {call: work.big, inputs: [text]}
              - {call: work.pair, inputs: [numbers], outputs: [left, right]}
              - {call: work.report, inputs: [total, text, left, right]}
        """,
    "catalog.yml": """
        source: {format: json, location: data/source.json}
        squared: {format: json, location: "out/squared/{key}.json"}
        text: {format: text, location: out/text.txt}
        big: {format: text, location: out/big.txt}
        left: {format: json, location: out/left.json}
        right: {format: json, location: out/right.json}
        report: {format: json, location: out/report.json}
        """,
    "data/source.json": "[1, 2, 3, 4]",
    "src/work.py": """
        import time

        def numbers(source):
            time.sleep(0.01)
            return source

        def parts(numbers):
            for n in numbers:
                time.sleep(0.005)
                yield f"key {n}", n

        def squared(parts):
            time.sleep(0.01)
            return [parts ** 2] * 2000

        def total(squared):
            return sum(map(sum, squared.values()))

        def text(numbers):
            time.sleep(0.01)
            return "tilth " * 2000

        def big(text):
            return text * 100

        def pair(numbers):
            time.sleep(0.01)
            return numbers * 3000, [0]

        def report(total, text, left, right):
            return {"total": total, "text": len(text), "left": len(left), "right": right}
        """,
}

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
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def outside(home):
    """What lies at the locations, and what was left lying about."""
    return {
        str(path.relative_to(home.folder)): path.read_bytes()
        for path in sorted((home.folder / "out").rglob("*"))
        if path.is_file()
    }


def litter(home):
    return [
        str(path.relative_to(home.folder))
        for path in home.folder.rglob("*")
        if path.name.startswith(".tilth-")
        or path.suffix == ".part"
        or (path.suffix == ".log" and path.stat().st_size)
    ]


def done_in(home):
    """Node -> its newest run that is on record as done."""
    with home.open() as project:
        return {
            each.node
            for run in project.history.runs()
            for each in project.history.node_runs(run.id)
            if each.state == "done" and each.reason != "gathered"
        }


def undisturbed(make, executor):
    home = make(FILES)
    started = time.monotonic()
    process = start(home, executor)
    assert process.wait() == 0, process.stderr.read().decode()
    process.stderr.close()
    seconds = time.monotonic() - started
    told = home.done()
    assert told.ran == {}
    return told.fingerprints, outside(home), seconds


def kill_once(make, executor, delay, expected):
    home = make(FILES)
    process = start(home, executor)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()
    before = done_in(home)

    told = home.done(executor=executor, workers=2)

    assert before.isdisjoint(told.ran), "what was done is done"
    assert told.fingerprints == expected[0]
    assert outside(home) == expected[1]
    assert litter(home) == []
    assert home.done().ran == {}
    return len(before)


def kill_often(make, executor, n, seed):
    *expected, seconds = undisturbed(make, executor)
    draw = random.Random(seed)
    return [kill_once(make, executor, draw.uniform(0.3, 1.0) * seconds, expected) for _ in range(n)]


@pytest.mark.parametrize("executor", ["serial", "processes"])
def test_killed_at_a_few_points(make, executor):
    kill_often(make, executor, 4, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("executor", ["serial", "processes"])
def test_killed_at_a_hundred_points(make, executor):
    found = kill_often(make, executor, 100, seed=2)
    assert len(set(found)) > 3, "the points lie all over the run"
