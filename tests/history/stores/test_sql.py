from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
from itertools import count
from pathlib import Path
from random import Random

import pytest

from tilth.errors import HistoryError
from tilth.history.record import Metric
from tilth.history.stores.sql import SqlHistory
from tilth.testing.histories import (
    ENVIRONMENT,
    RECIPE,
    TEXTS,
    HistoryTests,
    a_node_run,
    a_run,
    as_read,
    made,
)


class TestSqlHistory(HistoryTests):
    @pytest.fixture
    def history(self, tmp_path):
        with SqlHistory(tmp_path / "history.db", flush_seconds=3600) as history:
            yield history


class TestSqlHistoryThatFlushesAtOnce(HistoryTests):
    @pytest.fixture
    def history(self, tmp_path):
        with SqlHistory(tmp_path / "history.db", flush_seconds=-1) as history:
            yield history


def path_of(folder):
    return folder / ".tilth" / "history.db"


def opened(folder, **options):
    return SqlHistory(path_of(folder), **options)


def recorded(folder):
    """Names of all node runs, as another process sees them."""
    with opened(folder) as history:
        return {each.node for run in history.runs() for each in history.node_runs(run.id)}


def test_a_history_is_found_again(tmp_path):
    with opened(tmp_path) as history:
        run = history.begin(a_run(), ENVIRONMENT)
        node_run = history.record(a_node_run(run))
        history.finish(run, state="done")

    with opened(tmp_path) as history:
        assert history.recall(["train"]) == {"train": as_read(node_run)}
        assert history.data("bytes:train-1") == b"train-1"


def test_reading_makes_no_journal(tmp_path):
    with opened(tmp_path) as history:
        assert history.runs() == []
        assert history.find("node:1") is None
        assert not (path_of(tmp_path).parent / "journal").exists()


def test_nothing_is_left_of_the_journal_when_all_is_in_the_database(tmp_path):
    with opened(tmp_path) as history:
        run = history.begin(a_run(), {})
        history.record(a_node_run(run))
        history.finish(run, state="done")

    assert list((path_of(tmp_path).parent / "journal").iterdir()) == []


def test_others_see_what_was_flushed(tmp_path):
    with opened(tmp_path, flush_seconds=3600) as history:
        run = history.begin(a_run(), {})
        history.record(a_node_run(run, "a"))
        assert recorded(tmp_path) == set()
        history.flush()
        assert recorded(tmp_path) == {"a"}


def test_a_full_batch_is_flushed_by_itself(tmp_path):
    with opened(tmp_path, flush_seconds=3600, batch=3) as history:
        run = history.begin(a_run(), {})
        for name in "abcd":
            history.record(a_node_run(run, name))
        assert recorded(tmp_path) == {"a", "b", "c"}


def test_a_run_whose_history_was_closed_before_its_end_is_lost(tmp_path):
    with opened(tmp_path) as history:
        run = history.begin(a_run(), {})

    with opened(tmp_path) as history:
        assert history.run(run).state == "lost"


def test_a_run_of_another_living_process_is_not_lost(tmp_path):
    with opened(tmp_path) as history:
        run = history.begin(a_run(pid=os.getpid()), {})
        with opened(tmp_path) as other:
            assert other.run(run).state == "running"
            with pytest.raises(HistoryError, match=f"run {run} was not begun here"):
                other.record(a_node_run(run))


def test_names_of_the_database_refer_to_what_is_there(tmp_path):
    with opened(tmp_path) as history:
        run = history.begin(a_run(), ENVIRONMENT)
        history.add_recipe(RECIPE, TEXTS)
        first = history.record(a_node_run(run, metrics=(Metric(name="auc", value=0.5),)))
        history.record(a_node_run(run, "b", state="failed", error="no", outputs=()))
        history.add_source(run, made("rows", "rows"))
        history.record_reused(run, [("c", first)])
        history.finish(run, state="failed")

    with sqlite3.connect(path_of(tmp_path)) as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()


# Journals of the dead


def child(code, folder, *arguments):
    prelude = (
        "import os, sys, threading\nfrom pathlib import Path\n"
        "from tilth.history.stores.sql import SqlHistory\n"
        "from tilth.testing.histories import *\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", prelude + code, str(path_of(folder)), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


RECORDING = """
history = SqlHistory(Path(sys.argv[1]), flush_seconds=3600)
run = history.begin(a_run(), ENVIRONMENT)
history.add_recipe(RECIPE, TEXTS)
history.add_source(run, made("rows", "rows", data=b"two\\nlines"))
outputs = (made("m", "x", data=b"1\\n2"), made("n", "y"))
first = history.record(a_node_run(run, "ä", outputs=outputs))
history.record(a_node_run(run, "b", state="failed", error="no", log="at\\nall", outputs=()))
history.record(a_node_run(run, "c", metrics=(Metric(name="auc", value=0.5),)))
history.record_reused(run, [("d", first)])
print("ready", flush=True)
sys.stdin.readline()
"""


def test_what_a_killed_process_recorded_is_all_there(tmp_path):
    with child(RECORDING, tmp_path) as process:
        assert process.stdout.readline() == b"ready\n"
        with opened(tmp_path) as history:
            assert history.run(1).state == "running"
            assert history.node_runs(1) == []
        process.kill()

    with opened(tmp_path) as history:
        a, b, c, d = history.node_runs(1)
        assert [a.node, b.node, c.node, d.node] == ["ä", "b", "c", "d"]
        assert a == as_read(a_node_run(1, "ä", id=a.id, outputs=(made("m", "x"), made("n", "y"))))
        assert (b.error, b.log) == ("no", "at\nall")
        assert c.metrics == (Metric(name="auc", value=0.5),)
        assert d.same_as == a.id
        assert history.data("bytes:x") == b"1\n2"
        assert history.data("bytes:y") == b"y"
        assert history.data("bytes:rows") == b"two\nlines"
        assert history.recipe("recipe:1") == RECIPE
        assert history.texts(TEXTS) == TEXTS
        assert history.run(1).state == "lost"
        assert history.run(1).counts == {"done": 2, "failed": 1, "reused": 1}
    assert list((path_of(tmp_path).parent / "journal").iterdir()) == []


def test_a_reader_that_stays_open_learns_of_a_death(tmp_path):
    with child(RECORDING, tmp_path) as process, opened(tmp_path) as history:
        assert process.stdout.readline() == b"ready\n"
        assert [run.state for run in history.runs()] == ["running"]
        process.kill()
        process.wait()
        assert [run.state for run in history.runs()] == ["lost"]
        assert len(history.node_runs(1)) == 4


def test_what_another_has_finished_is_expected_until_the_database_has_it(tmp_path):
    with child(RECORDING, tmp_path) as process, opened(tmp_path) as history:
        assert process.stdout.readline() == b"ready\n"
        assert history.find("node:c-1") is None
        assert history.expects("node:c-1")
        assert not history.expects("node:c-2")

        process.kill()
        process.wait()
        assert history.expects("node:c-1")  # and takes it over
        assert history.find("node:c-1").node == "c"
        assert not history.expects("node:c-1")


def test_nothing_is_news_once_another_records_as_well(tmp_path):
    with opened(tmp_path) as history:
        history.begin(a_run(), {})
        assert history.is_news("node:c-1", "recipe:1")
        with child(RECORDING, tmp_path) as process:
            assert process.stdout.readline() == b"ready\n"
            assert not history.is_news("node:c-1", "recipe:1")
            process.kill()
        assert not history.is_news("node:c-1", "recipe:1")


def test_nothing_is_news_to_two_runs_at_once_in_one_process(tmp_path):
    with opened(tmp_path) as history:
        first = history.begin(a_run(), {})
        assert history.is_news("node:c-1", "recipe:1")
        history.begin(a_run(), {})
        history.finish(first, state="done")
        assert not history.is_news("node:c-1", "recipe:1")


def test_what_an_earlier_process_did_is_no_news(tmp_path):
    with opened(tmp_path) as history:
        history.record(a_node_run(history.begin(a_run(), {})))
    with opened(tmp_path) as history:
        history.begin(a_run(), {})
        assert not history.is_news("node:train-1", "recipe:1")
        assert history.is_news("node:train-1", "recipe:2")


def test_what_one_has_recorded_itself_is_not_expected(tmp_path):
    with opened(tmp_path, flush_seconds=3600) as history:
        run = history.begin(a_run(), {})
        history.record(a_node_run(run))
        assert not history.expects("node:train-1")


def test_replaying_a_journal_twice_changes_nothing(tmp_path):
    with child(RECORDING, tmp_path) as process:
        assert process.stdout.readline() == b"ready\n"
        process.kill()
    (journal,) = (path_of(tmp_path).parent / "journal").iterdir()
    content = journal.read_bytes()
    with opened(tmp_path) as history:
        once = (history.runs(), history.node_runs(1), history.versions("m"), history.metrics(1))

    journal.write_bytes(content)

    with opened(tmp_path) as history:
        again = (history.runs(), history.node_runs(1), history.versions("m"), history.metrics(1))
        assert again == once


def test_an_old_journal_does_not_turn_time_back(tmp_path):
    with child(RECORDING, tmp_path) as process:
        assert process.stdout.readline() == b"ready\n"
        (journal,) = (path_of(tmp_path).parent / "journal").iterdir()
        content = journal.read_bytes()
        process.kill()
    with opened(tmp_path) as history:
        run = history.begin(a_run(), {})
        newer = history.record(a_node_run(run, "c", "2"))

    journal.write_bytes(content)

    with opened(tmp_path) as history:
        assert history.recall(["c"])["c"].id == newer.id


def test_a_journal_of_another_database_is_not_mixed_in(tmp_path):
    with child(RECORDING, tmp_path) as process:
        assert process.stdout.readline() == b"ready\n"
        process.kill()
    path_of(tmp_path).unlink()
    for extra in path_of(tmp_path).parent.glob("history.db-*"):
        extra.unlink()

    with opened(tmp_path) as history:
        run = history.begin(a_run(), {})
        mine = history.record(a_node_run(run, "mine"))
        assert history.node_runs(run) == [as_read(mine)]


KILLED = """
history = SqlHistory(Path(sys.argv[1]), flush_seconds=float(sys.argv[3]), batch=7)
run = history.begin(a_run(), ENVIRONMENT)
for i in range(100_000):
    history.record(a_node_run(run, f"{sys.argv[2]}-{i}"))
    os.write(1, b"%d\\n" % i)
"""


def killed_after(process, n):
    """Kill a process once it said so often that it had kept a record; how often it did in all."""
    for _ in range(n):
        process.stdout.readline()
    process.kill()
    said = process.stdout.read()
    process.wait()
    return n + said.count(b"\n")


def assert_kept(folder, name, n):
    """All that were kept, and at most the one under way."""
    nodes = {node for node in recorded(folder) if node.startswith(f"{name}-")}
    expected = {f"{name}-{i}" for i in range(n)}
    assert expected <= nodes <= expected | {f"{name}-{n}"}


@pytest.mark.slow
@pytest.mark.parametrize("flush_seconds", ["-1", "0.001", "3600"])
def test_exactly_what_was_recorded_survives_a_kill_at_any_point(tmp_path, flush_seconds):
    random = Random(7)
    for i in range(12):
        with child(KILLED, tmp_path, f"run{i}", flush_seconds) as process:
            n = killed_after(process, random.randrange(200))
        assert_kept(tmp_path, f"run{i}", n)


@pytest.mark.slow
def test_processes_that_record_at_once_lose_nothing_even_where_one_is_killed(tmp_path):
    processes = [child(KILLED, tmp_path, f"run{i}", "0.001") for i in range(3)]
    counts = [killed_after(process, 300) for process in processes]

    for i, (process, n) in enumerate(zip(processes, counts, strict=True)):
        process.stdin.close()
        process.stdout.close()
        assert_kept(tmp_path, f"run{i}", n)
    with sqlite3.connect(path_of(tmp_path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()


TOGETHER = """
with SqlHistory(Path(sys.argv[1]), flush_seconds=0) as history:
    for _ in range(5):
        run = history.begin(a_run(), ENVIRONMENT)
        for i in range(60):
            history.record(a_node_run(run, f"node{i}", sys.argv[2]))
        history.record_reused(run, list(history.recall([f"node{i}" for i in range(60)]).items()))
        history.finish(run, state="done")
"""


def test_processes_that_run_at_once_neither_lose_nor_mix_anything(tmp_path):
    processes = [child(TOGETHER, tmp_path, name) for name in "abc"]
    for process in processes:
        with process:
            assert process.wait() == 0

    with opened(tmp_path) as history:
        runs = history.runs()
        assert [run.id for run in runs] == list(range(15, 0, -1))
        for run in runs:
            assert run.counts == {"done": 60, "reused": 60}
            identities = {
                each.fingerprint[-1] for each in history.node_runs(run.id) if each.state == "done"
            }
            assert len(identities) == 1


def test_threads_share_a_history(tmp_path):
    with opened(tmp_path, flush_seconds=-1) as history:
        run = history.begin(a_run(), {})

        def work(name):
            for i in range(50):
                history.record(a_node_run(run, f"{name}{i}"))
                assert history.find(f"node:{name}{i}-1") is not None

        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        history.finish(run, state="done")

        assert history.run(run).counts == {"done": 200}
        assert len(history.recall([f"{name}{i}" for name in "abcd" for i in range(50)])) == 200


# Bad files


def test_a_held_database_is_waited_for_and_then_told(tmp_path):
    with opened(tmp_path, wait_seconds=0.05, flush_seconds=-1) as history:
        run = history.begin(a_run(), {})
        other = sqlite3.connect(path_of(tmp_path), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        history.record(a_node_run(run, "a"))
        with pytest.raises(HistoryError, match=r"history\.db is held by another process") as told:
            history.flush()
        assert "for 0.05 s" in str(told.value)
        assert "nothing that was recorded is lost" in told.value.hint
        history.record(a_node_run(run, "b"))
        assert history.find("node:b-1") is not None

        other.execute("ROLLBACK")
        other.close()
        history.finish(run, state="done")
        assert history.run(run).counts == {"done": 2}


def test_what_could_not_be_flushed_at_the_end_is_there_the_next_time(tmp_path):
    history = opened(tmp_path, wait_seconds=0.05, flush_seconds=3600)
    run = history.begin(a_run(), {})
    history.record(a_node_run(run, "a"))
    other = sqlite3.connect(path_of(tmp_path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(HistoryError, match="held by another process"):
        history.finish(run, state="done")
    with pytest.raises(HistoryError, match="held by another process"):
        history.close()
    other.execute("ROLLBACK")
    other.close()

    assert recorded(tmp_path) == {"a"}
    with opened(tmp_path) as history:
        assert history.run(run).state == "done"


def test_a_full_disk_loses_nothing(tmp_path):
    history = opened(tmp_path, flush_seconds=3600)
    run = history.begin(a_run(), {})
    kept = []

    def record_for_ever():
        for i in count():
            history.record(a_node_run(run, f"node{i}"))
            kept.append(f"node{i}")

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
    try:
        with pytest.raises(HistoryError, match="cannot write the journal"):
            record_for_ever()
        with pytest.raises(HistoryError, match=r"history\.db cannot be written") as told:
            history.flush()
        assert "make room" in told.value.hint
        assert history.find("node:node0-1") is not None
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    history.record(a_node_run(run, "last"))
    history.close()
    assert recorded(tmp_path) == {*kept, "last"}


@pytest.mark.parametrize("content", [b"not a database " * 100, b"SQLite format 3\0" + b"?" * 4080])
def test_a_file_that_is_no_database_is_told(tmp_path, content):
    path_of(tmp_path).parent.mkdir()
    path_of(tmp_path).write_bytes(content)

    with pytest.raises(HistoryError, match=r"history\.db is damaged, or not a history") as told:
        opened(tmp_path)
    assert "restore a copy" in told.value.hint
    assert path_of(tmp_path).read_bytes() == content


def test_a_truncated_database_is_told(tmp_path):
    with opened(tmp_path) as history:
        run = history.begin(a_run(), {})
        for i in range(300):
            history.record(a_node_run(run, f"node{i}"))
    path_of(tmp_path).write_bytes(path_of(tmp_path).read_bytes()[:30_000])

    with pytest.raises(HistoryError, match=r"history\.db is damaged"), opened(tmp_path) as history:
        history.recall([f"node{i}" for i in range(300)])


def test_a_database_of_a_newer_tilth_is_told(tmp_path):
    opened(tmp_path).close()
    with sqlite3.connect(path_of(tmp_path)) as database:
        database.execute("INSERT INTO schema_version VALUES (99, 0)")
    database.close()

    with pytest.raises(HistoryError, match=r"has version 99, this Tilth knows up to \d+"):
        opened(tmp_path)


def test_a_folder_in_place_of_the_file_is_told(tmp_path):
    path_of(tmp_path).mkdir(parents=True)

    with pytest.raises(HistoryError, match=r"history\.db cannot be opened for writing"):
        opened(tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / ".tilth").write_text("")

    with pytest.raises(HistoryError, match=r"cannot make the folder .*\.tilth"):
        opened(tmp_path)


@pytest.fixture
def without_rights():
    """A folder that we may read, but not write; for root as well, who becomes nobody."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        opened(folder).close()
        user, was_root = 65534, os.geteuid() == 0
        paths = [folder, folder / ".tilth", path_of(folder)]
        for path in paths:
            if was_root:
                os.chown(path, user, user)
            path.chmod(0o444 if path.is_file() else 0o555)
        if was_root:
            os.seteuid(user)
        try:
            yield folder
        finally:
            if was_root:
                os.seteuid(0)
            for path in paths:
                path.chmod(0o755)


def test_a_folder_that_may_only_be_read_is_told(without_rights):
    def records():
        with opened(without_rights) as history:
            history.begin(a_run(), {})

    with pytest.raises(HistoryError) as told:
        records()
    assert str(without_rights) in str(told.value)
    assert "may" in told.value.hint
