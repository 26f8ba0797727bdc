from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.errors import HistoryError
from tilth.history.journal import Journal, Others, abandoned, is_held

payloads = st.lists(st.binary(min_size=1, max_size=300), max_size=8)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "deep" / "journal"


def left_behind(folder):
    return [payload for journal in abandoned(folder) for payload in journal.payloads]


def leave(folder, *kept):
    """What a process that died has left behind."""
    journal = Journal(folder)
    for payload in kept:
        journal.append(payload)
    journal.close()
    return journal.path


def test_a_journal_is_named_by_its_process(folder):
    first, second = Journal(folder), Journal(folder)

    for path in (first.path, second.path):
        assert path.parent == folder
        assert path.match(f"{os.getpid()}-*.log")
    assert first.path != second.path
    first.close()
    second.close()


def test_the_layout_of_a_frame_is_length_checksum_payload(folder):
    path = leave(folder, b"abc")

    assert path.read_bytes() == b"\x03\0\0\0\xc2\x41\x24\x35abc"


@given(kept=payloads)
def test_what_was_appended_is_found_in_order(tmp_path_factory, kept):
    folder = tmp_path_factory.mktemp("journal")
    leave(folder, *kept)

    assert left_behind(folder) == kept


@given(kept=payloads.filter(bool), cut=st.integers(min_value=1, max_value=400))
def test_a_torn_end_is_dropped_and_nothing_before_it(tmp_path_factory, kept, cut):
    folder = tmp_path_factory.mktemp("journal")
    path = leave(folder, *kept)
    content = path.read_bytes()
    end = max(0, len(content) - cut)
    path.write_bytes(content[:end])

    found = left_behind(folder)

    whole = []
    for payload in kept:
        end -= 8 + len(payload)
        if end >= 0:
            whole.append(payload)
    assert found == whole


@given(kept=payloads.filter(bool), data=st.data())
def test_no_damaged_record_is_ever_taken_for_whole(tmp_path_factory, kept, data):
    folder = tmp_path_factory.mktemp("journal")
    path = leave(folder, *kept)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)

    found = left_behind(folder)

    assert found == kept[: len(found)]
    assert len(found) < len(kept)


def test_an_end_of_zeros_is_no_record(folder):
    path = leave(folder, b"a")
    path.write_bytes(path.read_bytes() + bytes(100))

    assert left_behind(folder) == [b"a"]


def test_a_cleared_journal_holds_nothing_and_goes_on(folder):
    journal = Journal(folder)
    journal.append(b"a")
    journal.clear()
    journal.append(b"b")
    journal.close()

    assert left_behind(folder) == [b"b"]


def test_an_empty_journal_is_removed_when_it_is_closed(folder):
    journal = Journal(folder)
    journal.append(b"a")
    journal.clear()
    journal.close()
    journal.close()

    assert list(folder.iterdir()) == []


def test_the_journal_of_a_living_process_is_left_alone(folder):
    journal = Journal(folder)
    journal.append(b"a")

    assert left_behind(folder) == []
    assert is_held(journal.path)
    journal.close()
    assert not is_held(journal.path)
    assert left_behind(folder) == [b"a"]


def test_one_journal_is_taken_over_by_one_at_a_time(folder):
    leave(folder, b"a")

    for journal in abandoned(folder):
        assert journal.payloads == [b"a"]
        assert left_behind(folder) == []
        journal.remove()
    assert left_behind(folder) == []
    assert list(folder.iterdir()) == []


def test_a_journal_that_was_damaged_in_the_middle_is_kept_aside(folder):
    path = leave(folder, b"first", b"second", b"third")
    path.write_bytes(path.read_bytes().replace(b"second", b"se?ond"))

    for journal in abandoned(folder):
        assert journal.payloads == [b"first"]
        journal.remove()

    assert [path.suffix for path in folder.iterdir()] == [".damaged"]


def test_what_others_wrote_is_found_and_what_one_wrote_oneself_is_not(folder):
    others = Others(folder, pause=0)
    assert not others.mention(b"a word", own=None)
    mine = Journal(folder)
    others = Others(folder, pause=0)
    mine.append(b"a word")
    assert not others.mention(b"a word", own=mine.path)

    for i in range(20):  # one that comes is seen at once, however coarse the clock
        word = b"another %d;" % i
        assert not others.mention(word, own=mine.path)
        path = leave(folder, b"some text, " + word)
        assert others.mention(word, own=mine.path)
        path.unlink()
        assert not others.mention(word, own=mine.path)
    mine.close()


def test_one_that_came_is_noticed_though_it_be_gone(folder):
    mine = Journal(folder)
    for _ in range(20):
        others = Others(folder, pause=0)
        assert not others.came(mine.path)
        assert not others.came(mine.path)
        with closing(Journal(folder)):
            assert others.came(mine.path)
        assert others.came(mine.path)
    mine.close()


def test_one_that_came_and_went_unseen_is_noticed(folder):
    mine = Journal(folder)
    os.utime(folder, (1_000_000_000, 1_000_000_000))  # long ago, as far as the clock can tell
    others = Others(folder, pause=0)
    assert not others.came(mine.path)

    leave(folder, b"x").unlink()

    assert others.came(mine.path)
    mine.close()


def test_a_folder_that_is_not_there_holds_no_journal(folder):
    assert left_behind(folder) == []
    assert not is_held(folder / "1-1.log")


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(HistoryError, match=r"cannot write into .*file"):
        Journal(tmp_path / "file")


KILLED = """
import sys
from pathlib import Path
from tilth.history.journal import Journal
journal = Journal(Path(sys.argv[1]))
journal.append(b"a")
print("ready", flush=True)
sys.stdin.readline()
"""


def test_the_journal_of_a_killed_process_is_taken_over(folder):
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        assert left_behind(folder) == []
        os.kill(process.pid, signal.SIGKILL)

    assert left_behind(folder) == [b"a"]
