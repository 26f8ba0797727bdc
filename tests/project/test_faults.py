"""What can go wrong outside of the code is told clearly, and nothing half-done stays."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time

import pytest

from tilth.errors import ConfigError, HistoryError, TilthError

EVERYWHERE = pytest.mark.parametrize("executor", ["serial", "threads", "processes"])


def reads(format_name="csv", shape="DataFrame"):
    return {
        "tilth.yml": """
            pipelines:
              main:
                nodes:
                  - {call: work.used, inputs: [source]}
                  - {call: work.other, inputs: []}
            """,
        "catalog.yml": f"source: {{format: {format_name}, location: data/source.{format_name}}}\n",
        "src/work.py": f"""
            from pandas import DataFrame

            def used(source: {shape}):
                return len(source)

            def other():
                return 1
            """,
    }


@EVERYWHERE
def test_a_missing_source_is_told_and_others_go_on(make, executor):
    home = make(reads())
    told = home.run(executor=executor, keep_going=True)
    assert told.result.state == "failed"
    assert "dataset `source`: there is no file data/source.csv" in told.failures["used"]
    assert told.result.counts == {"failed": 1, "done": 1}
    home.write({"data/source.csv": "n\n1\n"})
    assert set(home.done(executor=executor).ran) == {"used"}


def test_a_missing_source_with_a_file_that_is_nearly_called_so_is_pointed_at(make):
    home = make(reads())
    home.write({"data/sources.csv": "n\n1\n"})
    assert "sources.csv" in home.run().failures["used"]


BROKEN = {
    "an empty csv": ("csv", b""),
    "an empty parquet": ("parquet", b""),
    "a truncated parquet": ("parquet", b"PAR1" + b"\0" * 50),
    "a csv that is called parquet": ("parquet", b"n,m\n1,2\n" * 10),
    "an empty arrow": ("arrow", b""),
    "a csv that is called arrow": ("arrow", b"n,m\n1,2\n"),
    "binary that is called csv": ("csv", bytes(range(256)) * 10),
}


@pytest.mark.parametrize(("format_name", "content"), BROKEN.values(), ids=list(BROKEN))
def test_a_source_that_is_not_what_it_says_is_told(make, format_name, content):
    home = make(reads(format_name))
    home.write({f"data/source.{format_name}": content})
    told = home.run(keep_going=True)
    report = told.failures["used"]
    assert "source" in report
    assert f"source.{format_name}" in report
    assert "Traceback" not in report
    assert len(report.splitlines()) <= 14
    assert told.result.failures["used"].at_fault == "data"
    assert told.result.counts == {"failed": 1, "done": 1}


@pytest.mark.parametrize(
    ("format_name", "content"), [("json", b"{half"), ("json", b""), ("text", b"\xff\xfe\xff")]
)
def test_a_plain_source_that_is_not_what_it_says_is_told(make, format_name, content):
    home = make(reads(format_name, "object"))
    home.write({f"data/source.{format_name}": content})
    told = home.run()
    assert "source" in told.failures["used"]
    assert told.result.failures["used"].at_fault == "data"


@EVERYWHERE
def test_a_source_that_may_not_be_read_is_told(make, executor, as_anyone):
    home = make(reads())
    home.write({"data/source.csv": "n\n1\n"})
    (home.folder / "data/source.csv").chmod(0)
    told = home.run(executor=executor, keep_going=True)
    assert "dataset `source`" in told.failures["used"]
    assert "may not be read" in told.failures["used"]
    assert told.result.counts == {"failed": 1, "done": 1}
    (home.folder / "data/source.csv").chmod(0o600)
    assert set(home.done(executor=executor).ran) == {"used"}


def test_a_source_in_a_folder_that_may_not_be_entered_is_told(make, as_anyone):
    home = make(reads())
    home.write({"data/source.csv": "n\n1\n"})
    (home.folder / "data").chmod(0)
    told = home.run(keep_going=True)
    (home.folder / "data").chmod(0o700)
    assert "dataset `source`" in told.failures["used"]
    assert "Traceback" not in told.failures["used"]
    assert told.result.counts == {"failed": 1, "done": 1}


def test_a_source_that_is_a_folder_is_told(make):
    home = make(reads())
    (home.folder / "data/source.csv").mkdir(parents=True)
    assert "is a folder" in home.run().failures["used"]


@EVERYWHERE
def test_a_source_that_changes_while_it_is_read_is_told(make, executor):
    home = make(
        {
            "tilth.yml": """
                pipelines:
                  main:
                    nodes:
                      - {call: work.late, inputs: [slow, source]}
                """,
            "catalog.yml": """
                slow: {format: work.Slow, location: data/slow.txt}
                source: {format: text, location: data/source.txt}
                """,
            "data/slow.txt": "slow",
            "data/source.txt": "before",
            "src/work.py": """
                import time
                from pathlib import Path

                from tilth.data.formats.text import Text

                HOME = Path(__file__).parent.parent

                class Slow(Text):
                    def read(self, source, shape):
                        (HOME / "data/source.txt").write_text("after it")
                        return super().read(source, shape)

                def late(slow, source):
                    return source
                """,
        }
    )
    told = home.run(executor=executor)
    assert told.result.state == "failed"
    assert "`source` changed" in told.failures["late"]


FULL = """
import resource
import sys
from tilth import Project
from tilth.errors import TilthError

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    with Project(".") as project:
        result = project.run(keep_going=True)
        for each in result.failures.values():
            print(each.report)
        print(result.state)
except TilthError as error:
    print(type(error).__name__, error)
"""

LARGE = {
    "tilth.yml": """
        pipelines:
          main:
            nodes:
              - {call: work.small, inputs: []}
              - {call: work.large, inputs: []}
              - {call: work.after, inputs: [large]}
        """,
    "catalog.yml": "large: {format: text, location: out/large.txt}\n",
    "src/work.py": """
        def small():
            return 1

        def large():
            return "x" * 3_000_000

        def after(large):
            return len(large)
        """,
}


def test_a_full_disk_is_told_and_the_next_run_goes_on(make):
    home = make(LARGE)
    done = subprocess.run(
        [sys.executable, "-c", FULL, "1000000"],
        cwd=home.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "cannot write into" in done.stdout
    assert done.stdout.strip().endswith("failed")
    assert not (home.folder / "out/large.txt").exists()
    assert not list((home.folder / ".tilth").rglob("*.part"))
    told = home.done(load=("after",))
    assert set(told.ran) == {"large", "after"}
    assert told["after"] == 3_000_000


def test_a_disk_with_no_room_for_the_history_is_told(make):
    home = make(LARGE)
    home.done()
    home.edit("src/work.py", "return 1", "return 2")
    done = subprocess.run(
        [sys.executable, "-c", FULL, "10"],
        cwd=home.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert "HistoryError" in done.stdout or "failed" in done.stdout
    assert set(home.done().ran) == {"small"}


CHAIN = {
    "tilth.yml": """
        pipelines:
          main:
            nodes:
              - {call: work.large, inputs: []}
              - {call: work.lines, inputs: [large]}
              - {call: work.other, inputs: [large]}
        """,
    "src/work.py": """
        def large():
            return "x" * 100_000

        def lines(large):
            return len(large) + 0

        def other(large):
            return len(large)
        """,
}


def objects(home):
    return [
        path for path in (home.folder / ".tilth/store").glob("??/*") if path.parent.name != "tmp"
    ]


@EVERYWHERE
def test_a_damaged_object_is_found_and_made_again(make, executor):
    home = make(CHAIN)
    first = home.done()
    (path,) = objects(home)
    path.chmod(0o644)
    path.write_bytes(b"y" * 100_000)
    home.edit("src/work.py", "+ 0", "+ 1")
    told = home.done(load=("lines",), executor=executor)
    assert told["lines"] == 100_001
    assert told.ran == {"large": "output lost", "lines": "code changed"}
    assert "`large` in the store is damaged" in told.warnings
    assert told.fingerprints["large"] == first.fingerprints["large"]
    (path,) = objects(home)
    assert path.read_bytes() == b"x" * 100_000
    assert home.done().ran == {}


@EVERYWHERE
def test_a_deleted_object_is_made_again_before_it_is_missed(make, executor):
    home = make(CHAIN)
    home.done()
    (path,) = objects(home)
    path.unlink()
    told = home.done(load=("lines", "large"), executor=executor)
    assert told.ran == {"large": "output lost"}
    assert len(told["large"]) == 100_000


def test_a_damaged_value_that_is_loaded_by_hand_is_told(make):
    home = make(CHAIN)
    home.done()
    (path,) = objects(home)
    path.chmod(0o644)
    path.write_bytes(b"y" * 100_000)
    with home.open() as project, pytest.raises(TilthError, match="damaged"):
        project.load("large")


def test_a_deleted_store_is_made_again(make):
    home = make(CHAIN)
    first = home.done()
    shutil.rmtree(home.folder / ".tilth/store")
    told = home.done()
    assert told.ran == {"large": "output lost"}
    assert told.fingerprints == first.fingerprints


def test_a_deleted_memory_costs_nothing_but_time(make):
    home = make(CHAIN)
    home.done()
    for path in (home.folder / ".tilth").glob("memo*"):
        path.unlink()
    assert home.done().ran == {}


def test_a_damaged_memory_costs_nothing_but_time(make):
    home = make(CHAIN)
    home.done()
    for path in (home.folder / ".tilth").glob("memo*"):
        path.write_bytes(b"no database at all" * 100)
    assert home.done().ran == {}


def test_a_damaged_history_is_told_with_its_file(make):
    home = make(CHAIN)
    home.done()
    (home.folder / ".tilth/history.db").write_bytes(b"no database at all" * 1000)
    for path in (home.folder / ".tilth").glob("history.db-*"):
        path.unlink()
    with pytest.raises(HistoryError, match=r"history\.db"):
        home.run()


def test_a_newer_history_is_told(make):
    home = make(CHAIN)
    home.done()
    with sqlite3.connect(home.folder / ".tilth/history.db") as connection:
        connection.execute("INSERT INTO schema_version VALUES (999, 0)")
    connection.close()
    with pytest.raises(HistoryError, match="has version 999, this Tilth knows up to") as caught:
        home.run()
    assert "newer Tilth" in caught.value.hint


def test_a_locked_history_is_told(make):
    home = make(CHAIN)
    home.done()
    done = home.python(
        """
        import sqlite3
        from tilth import Project
        from tilth.errors import HistoryError

        lock = sqlite3.connect(".tilth/history.db", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        connect = sqlite3.connect
        # Nobody wants to wait for as long as a person would.
        sqlite3.connect = lambda *some, **named: connect(*some, **{**named, "timeout": 0.2})
        try:
            with Project(".") as project:
                project.run()
        except HistoryError as error:
            print(error.full())
        """
    )
    assert "lock" in done.stdout, done.stderr
    assert "history.db" in done.stdout
    assert home.done().ran == {}


INTERRUPT = """
import sys
from tilth import Project
from tilth.errors import Interrupted

try:
    with Project(".") as project:
        project.run(executor=sys.argv[1], workers=2)
except Interrupted as error:
    print(error.full())
    sys.exit(error.exit_code)
"""


@EVERYWHERE
def test_ctrl_c_leaves_all_whole_and_says_how_to_go_on(make, executor):
    home = make(
        {
            "tilth.yml": """
                pipelines:
                  main:
                    nodes:
                      - {call: work.first, inputs: []}
                      - {call: work.slow, inputs: [first]}
                      - {call: work.last, inputs: [slow]}
                """,
            "src/work.py": """
                import time
                from pathlib import Path

                NOTE = Path(__file__).parent.parent / "calls.txt"

                def first():
                    return [1]

                def slow(first):
                    with NOTE.open("a") as file:
                        file.write("slow ")
                    if len(NOTE.read_text()) < 6:
                        time.sleep(60)
                    return first

                def last(slow):
                    return slow
                """,
        }
    )
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPT, executor],
        cwd=home.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for _ in range(1000):
        if home.calls():
            break
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    out, error = process.communicate(timeout=30)
    assert process.returncode == 130, error
    assert "the same command goes on where this one stopped" in out
    assert "Traceback" not in error, error
    with home.open() as project:
        (run,) = project.history.runs()
        assert run.state == "interrupted"
        states = {each.node: each.state for each in project.history.node_runs(run.id)}
    assert states == {"first": "done", "slow": "interrupted"}
    told = home.done(load=("last",), executor=executor)
    assert set(told.ran) == {"slow", "last"}
    assert told["last"] == [1]


def test_after_ctrl_c_the_same_project_runs_again(make):
    home = make(CHAIN)
    home.edit("src/work.py", "+ 0", "+ int(Interrupt.on())")
    interrupt = """
        class Interrupt:
            n = 0

            @classmethod
            def on(cls):
                cls.n += 1
                if cls.n == 1:
                    raise KeyboardInterrupt
                return 0

        """
    home.edit("src/work.py", "def large", f"{textwrap.dedent(interrupt)}\ndef large")
    with home.open() as project:
        with pytest.raises(TilthError, match="interrupted"):
            project.run()
        result = project.run()
        assert result.ok
        assert result["lines"] == 100_000


@pytest.mark.parametrize("name", ["with space", "dots.in.it", "Ünïcöde", "日本"])
def test_folders_and_sources_may_have_odd_names(make, tmp_path, name):
    home = make(reads())
    folder = home.folder.rename(tmp_path / name)
    home.folder = folder
    home.write(
        {
            "catalog.yml": f"source: {{format: csv, location: 'data/{name}/{name}.csv'}}\n",
            f"data/{name}/{name}.csv": "n\n1\n",
        }
    )
    assert home.done(load=("used",), executor="processes")["used"] == 1
    assert home.done().ran == {}


def test_a_source_above_the_project_is_read(make, tmp_path):
    home = make(reads())
    (tmp_path / "above.csv").write_text("n\n1\n2\n")
    home.write({"catalog.yml": "source: {format: csv, location: ../above.csv}\n"})
    assert home.done(load=("used",))["used"] == 2


@pytest.mark.parametrize("name", ["../up", "a/b", "a b", "", ".x", "a..b"])
def test_a_dataset_with_a_name_like_a_path_is_refused(make, name):
    home = make(reads())
    home.edit("tilth.yml", "work.other, inputs: []", f"work.other, outputs: '{name}'")
    with pytest.raises(ConfigError):
        home.run()
