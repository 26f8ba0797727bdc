"""The log only grows, whoever writes and whatever fails."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import subprocess
import sys

import pytest

from tilth.errors import DataError
from tilth.labels.entry import Decision, Head, Torn, to_line
from tilth.labels.log import Log
from tilth.testing.labels import Scribe


@pytest.fixture
def scribe():
    return Scribe()


@pytest.fixture
def log(scribe, tmp_path):
    return scribe.log(tmp_path / "labels" / "tone.jsonl")


def test_a_log_that_is_not_there_is_empty(log):
    assert log.entries() == ()
    assert not log.path.exists()


def test_what_was_written_stands_there_below_the_head(log, scribe):
    first, second = scribe.decision(1, "good"), scribe.decision(2, "bad")
    log.append(first)
    log.append(second)

    assert list(log.entries()) == [Head(grammar=1), first, second]
    assert list(scribe.log(log.path).entries()) == [Head(grammar=1), first, second]


def test_one_more_label_is_one_more_line(log, scribe):
    log.append(scribe.decision(1, "good"))
    before = log.path.read_bytes()

    log.append(scribe.undo(scribe.decision(1, "good")))

    assert log.path.read_bytes().startswith(before)
    assert log.path.read_bytes()[len(before) :].count(b"\n") == 1


def test_another_s_lines_are_seen_before_writing(log, scribe):
    other = scribe.log(log.path)
    log.append(scribe.decision(1, "good", "ada"))
    seen = []
    other.add(lambda entries: seen.extend(entries) or [])

    assert [each.labeler for each in seen if isinstance(each, Decision)] == ["ada"]


def test_who_finds_nothing_to_write_writes_nothing(log, scribe):
    log.append(scribe.decision(1, "good"))
    before = log.path.read_bytes()

    assert log.add(lambda entries: []) == ()
    assert log.path.read_bytes() == before


def test_who_cannot_decide_writes_nothing(log, scribe):
    log.append(scribe.decision(1, "good"))
    before = log.path.read_bytes()

    def refuse(entries):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        log.add(refuse)
    assert log.path.read_bytes() == before


def test_a_last_line_that_was_cut_off_is_told_and_passed_over(log, scribe):
    kept, lost = scribe.decision(1, "good"), scribe.decision(2, "bad")
    log.append(kept)
    with log.path.open("a") as stream:
        stream.write(to_line(lost)[:30])

    assert list(scribe.log(log.path).entries())[1:] == [kept]
    assert list(log.entries())[1:] == [kept]
    assert "line 3, was cut off" in log.complaints[0]


def test_writing_goes_on_behind_a_line_that_was_cut_off(log, scribe):
    first, second, third = (scribe.decision(each, "good") for each in (1, 2, 3))
    log.append(first)
    with log.path.open("ab") as stream:
        stream.write(to_line(second)[:30].encode() + b"\xc3")
    before = log.path.read_bytes()
    log.append(third)
    fresh = scribe.log(log.path)
    kinds = [type(each) for each in fresh.entries()]

    assert log.path.read_bytes().startswith(before)
    assert kinds == [Head, Decision, Torn, Decision]
    assert fresh.entries()[-1] == third
    assert "line 3, was cut off" in fresh.complaints[0]


def test_a_last_line_that_lacks_its_end_alone_counts(log, scribe):
    first, second = scribe.decision(1, "good"), scribe.decision(2, "bad")
    log.append(first)
    with log.path.open("a") as stream:
        stream.write(to_line(second).rstrip("\n"))

    assert list(log.entries())[1:] == [first, second]
    log.append(scribe.decision(3, "good"))
    assert [each.item for each in list(log.entries())[1:]] == [1, 2, 3]
    assert log.complaints == ()


def test_a_damaged_line_in_the_middle_is_told_with_its_number(log, scribe):
    log.append(scribe.decision(1, "good"))
    with log.path.open("a") as stream:
        stream.write("{damaged\n" + to_line(scribe.decision(2, "bad")))

    with pytest.raises(DataError, match="line 3, is not JSON"):
        log.entries()
    with pytest.raises(DataError, match="line 3, is not JSON"):
        log.append(scribe.decision(3, "good"))


def test_two_damaged_lines_are_no_line_that_was_cut_off(log, scribe):
    log.append(scribe.decision(1, "good"))
    with log.path.open("a") as stream:
        stream.write('{dam\n{aged\n{"kind": "torn", "time": ""}\n')

    with pytest.raises(DataError, match="line 3, is not JSON"):
        log.entries()


def test_marks_of_a_merge_are_called_by_their_name(log, scribe):
    log.append(scribe.decision(1, "good"))
    with log.path.open("a") as stream:
        stream.write("<<<<<<< HEAD\n")

    with pytest.raises(DataError, match="left over from a merge") as raised:
        log.entries()
    assert "merge=union" in raised.value.hint


def test_logs_that_git_has_joined_may_have_two_heads(log, scribe):
    mine, theirs = scribe.decision(1, "good"), scribe.decision(2, "bad", "bob")
    head = to_line(Head(grammar=1))
    log.path.parent.mkdir()
    log.path.write_text(head + to_line(mine) + head + to_line(theirs))

    assert [e.item for e in log.entries() if isinstance(e, Decision)] == [1, 2]


@pytest.mark.parametrize("line", ['{"kind": "log", "grammar": 2}', '{"kind": "log"}'])
def test_a_log_by_a_newer_tilth_is_refused(log, line):
    log.path.parent.mkdir()
    log.path.write_text(line + "\n")

    with pytest.raises(DataError, match=r"line 1, says that the log has grammar") as raised:
        log.entries()
    assert "newer Tilth" in raised.value.hint


@pytest.mark.parametrize("text", ["item,label\n1,good\n", "x", '{"kind": "torn", "time": ""}\n'])
def test_a_file_that_is_no_log_is_refused_and_left_alone(log, scribe, text):
    log.path.parent.mkdir()
    log.path.write_text(text)

    with pytest.raises(DataError, match="line 1,"):
        log.append(scribe.decision(1, "good"))
    assert log.path.read_text() == text


def test_a_file_that_another_took_the_place_of_is_read_anew(log, scribe):
    log.append(scribe.decision(1, "good"))
    log.entries()
    other = scribe.log(log.path.with_name("other.jsonl"))
    other.append(scribe.decision(7, "bad"), scribe.decision(8, "bad"))
    other.path.replace(log.path)

    assert [each.item for each in list(log.entries())[1:]] == [7, 8]


def test_a_full_disk_leaves_what_was_there(log, scribe, monkeypatch):
    log.append(scribe.decision(1, "good"))
    before = log.path.read_bytes()

    def full(file, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(DataError, match="No space left") as raised:
        log.append(scribe.decision(2, "bad"))
    monkeypatch.undo()

    assert "make room" in raised.value.hint
    assert log.path.read_bytes() == before
    log.append(scribe.decision(3, "good"))
    assert [each.item for each in list(log.entries())[1:]] == [1, 3]


def test_a_disk_that_fills_in_the_middle_of_a_line_leaves_no_half_of_it(log, scribe, monkeypatch):
    log.append(scribe.decision(1, "good"))
    before, write = log.path.read_bytes(), os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:9]))
    with pytest.raises(DataError, match="No space left"):
        log.append(scribe.decision(2, "bad"))
    monkeypatch.undo()

    assert log.path.read_bytes() == before


def test_a_folder_that_may_not_be_written_is_told(scribe, tmp_path):
    (tmp_path / "labels").write_text("a file where the folder should be")

    with pytest.raises(DataError, match="could not be written") as raised:
        scribe.log(tmp_path / "labels" / "tone.jsonl").append(scribe.decision(1, "good"))
    assert "who may write there" in raised.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_told(scribe, tmp_path):
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(DataError, match="Permission denied"):
            scribe.log(tmp_path / "tone.jsonl").append(scribe.decision(1, "good"))
    finally:
        tmp_path.chmod(0o755)


def _write_many(path, labeler, n):
    scribe = Scribe()
    log = Log(path, scribe.now)
    for number in range(n):
        log.append(scribe.decision(number, "good", labeler, id=f"{labeler}{number}"))


def test_two_processes_at_once_lose_no_line(log):
    context = multiprocessing.get_context("spawn")
    people = [context.Process(target=_write_many, args=(log.path, w, 60)) for w in ("ada", "bob")]
    for each in people:
        each.start()
    for each in people:
        each.join()

    ids = [each.id for each in log.entries() if isinstance(each, Decision)]
    assert [each.exitcode for each in people] == [0, 0]
    assert sorted(ids) == sorted(f"{who}{n}" for who in ("ada", "bob") for n in range(60))
    assert log.path.read_text().count('"kind": "log"') == 1


def test_reading_a_log_imports_no_library_of_tables(log, scribe):
    log.append(scribe.decision(1, "good"))
    code = (
        "import sys, pathlib\n"
        "from tilth.labels.log import Log\n"
        "from tilth.labels.standing import Standing\n"
        "Standing().follow(Log(pathlib.Path(sys.argv[1]), str).entries()).resolved()\n"
        "print(*{'numpy', 'polars', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(log.path)], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == []


def test_every_line_is_json_on_its_own(log, scribe):
    log.append(scribe.decision("a\nb", "good"), *scribe.asked("r", ["ü", 2], given="bad"))

    assert all(json.loads(line) for line in log.path.read_text().splitlines())
