from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest

from tilth.store.memo import Memo, NoMemo
from tilth.testing.memos import DictMemo


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "memo.db"


def remembered(path, key):
    with Memo(path) as memo:
        return memo.get(key)


def remember(path, **values):
    with Memo(path) as memo:
        for key, value in values.items():
            memo.put(key, value)


def test_the_memory_for_tests_says_what_it_was_asked_for():
    memo = DictMemo()
    memo.put("a", b"1")
    assert (memo.get("a"), memo.get("b"), memo.asked) == (b"1", None, ["a", "b"])


def test_what_was_put_is_got_again(path):
    with Memo(path) as memo:
        memo.put("päth/../x.py", b"\0\xff")
        memo.put("empty", b"")
        assert memo.get("päth/../x.py") == b"\0\xff"

    assert remembered(path, "päth/../x.py") == b"\0\xff"
    assert remembered(path, "empty") == b""
    assert remembered(path, "never") is None


def test_the_last_value_counts(path):
    remember(path, a=b"1")
    remember(path, a=b"2")

    assert remembered(path, "a") == b"2"


def test_no_memo_remembers_nothing():
    memo = NoMemo()
    memo.put("a", b"1")
    assert memo.get("a") is None


def test_asking_makes_no_file(path):
    assert remembered(path, "a") is None
    assert not path.exists()


def test_flushing_makes_it_visible_to_others(path):
    with Memo(path) as memo:
        memo.put("a", b"1")
        assert remembered(path, "a") is None
        memo.flush()
        assert remembered(path, "a") == b"1"


def test_the_file_may_be_deleted_at_any_time(path):
    with Memo(path) as memo:
        memo.put("a", b"1")
        memo.flush()
        path.unlink()
        memo.put("b", b"2")
        memo.flush()
        assert memo.get("a") in (b"1", None)

    remember(path, c=b"3")
    assert remembered(path, "c") == b"3"


@pytest.mark.parametrize("content", [b"not a database" * 100, b"SQLite format 3\0" + b"?" * 9000])
def test_a_file_that_is_no_memory_is_started_anew(path, content):
    path.parent.mkdir()
    path.write_bytes(content)

    assert remembered(path, "a") is None
    remember(path, a=b"1")
    assert remembered(path, "a") == b"1"


def test_a_truncated_file_is_started_anew(path):
    remember(path, **{f"key{i}": b"x" * 1000 for i in range(100)})
    path.write_bytes(path.read_bytes()[:9000])

    with Memo(path) as memo:
        assert all(memo.get(f"key{i}") in (None, b"x" * 1000) for i in range(100))
    remember(path, a=b"1")
    remember(path, a=b"1")
    assert remembered(path, "a") == b"1"


def test_a_value_that_was_damaged_is_not_remembered(path):
    remember(path, a=b"right right right")
    path.write_bytes(path.read_bytes().replace(b"right right", b"right wrong"))

    assert remembered(path, "a") is None


def test_a_value_under_another_key_is_not_remembered(path):
    remember(path, key_a=b"1")
    path.write_bytes(path.read_bytes().replace(b"key_a", b"key_b"))

    assert remembered(path, "key_b") is None


def test_a_database_of_something_else_is_left_alone(path):
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE mine (a)")
        other.execute("INSERT INTO mine VALUES (1)")
    other.close()

    remember(path, a=b"1")

    with sqlite3.connect(path) as other:
        assert other.execute("SELECT a FROM mine").fetchall() == [(1,)]
    other.close()


def test_a_memory_that_is_held_by_another_is_done_without(path):
    remember(path, a=b"1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with Memo(path, wait_seconds=0.01) as memo:
        assert memo.get("a") is None
        memo.put("b", b"2")
        assert memo.get("b") == b"2"

    other.execute("ROLLBACK")
    other.close()
    assert remembered(path, "a") == b"1"


def test_a_memory_that_cannot_be_made_is_done_without(tmp_path):
    (tmp_path / "file").write_text("not a folder")

    remember(tmp_path / "file" / "memo.db", a=b"1")
    (tmp_path / "folder").mkdir()
    remember(tmp_path / "folder", a=b"1")


def test_a_memory_that_grows_too_large_forgets(path):
    for i in range(20):
        with Memo(path, max_bytes=500_000) as memo:
            memo.put(f"key{i}", bytes(100_000))

    assert path.stat().st_size <= 700_000
    with Memo(path) as memo:
        left = [i for i in range(20) if memo.get(f"key{i}") is not None]
    assert 1 <= len(left) <= 6


MANY = """
import sys
from pathlib import Path
from tilth.store.memo import Memo
for i in range(40):
    with Memo(Path(sys.argv[1])) as memo:
        memo.put(f"{sys.argv[2]}-{i}", b"%d" % i)
        assert memo.get(f"{sys.argv[2]}-{i}") == b"%d" % i
"""


def test_processes_remember_at_once(path):
    command = [sys.executable, "-c", MANY, str(path)]
    writers = [subprocess.Popen([*command, name]) for name in "abc"]

    assert [writer.wait() for writer in writers] == [0] * 3
    with Memo(path) as memo:
        values = {memo.get(f"{name}-{i}") for name in "abc" for i in range(40)}
    assert values == {b"%d" % i for i in range(40)}
