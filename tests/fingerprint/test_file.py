from __future__ import annotations

import os
from pathlib import Path

import pytest
from blake3 import blake3

from tilth.errors import DataError, MissingDataError
from tilth.fingerprint.canonical import of_bytes
from tilth.fingerprint.file import MARGIN_NS, FileFingerprints, of_file, of_folder


class Clock:
    """A clock that stands a given time after a file was last touched."""

    def __init__(self, path: Path, after_ns: int) -> None:
        found = path.stat()
        self.now = max(found.st_mtime_ns, found.st_ctime_ns) + after_ns

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a,b\n1,2\n")
    return path


def overwritten(path: Path, content: bytes) -> None:
    """The same size, inode and time of change as before: a write within the clock's step."""
    before = path.stat()
    with path.open("r+b") as stream:
        stream.write(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert path.stat().st_mtime_ns == before.st_mtime_ns


class Frozen(os.PathLike):
    """A path that is only path-like."""

    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return str(self.path)


@pytest.mark.parametrize("size", [0, 1, 8, 1 << 20, (5 << 20) + 3])
def test_a_file_has_the_fingerprint_of_its_bytes(tmp_path, size):
    content = os.urandom(size)
    path = tmp_path / "data.bin"
    path.write_bytes(content)

    assert of_file(path) == of_bytes(content) == f"bytes:{blake3(content).hexdigest()[:40]}"
    assert FileFingerprints().of_file(Frozen(path)) == of_bytes(content)


def test_a_file_that_stands_is_hashed_once(path, memo):
    clock = Clock(path, MARGIN_NS + 1)
    first = FileFingerprints(memo, clock=clock).of_file(path)
    told = next(iter(memo))
    memo[told] = memo[told].replace(first.encode(), b"bytes:remembered")

    assert FileFingerprints(memo, clock=clock).of_file(path) == "bytes:remembered"


def test_a_file_written_just_before_it_was_hashed_is_not_remembered(path, memo):
    FileFingerprints(memo, clock=Clock(path, MARGIN_NS - 1)).of_file(path)

    assert memo == {}


def test_a_second_write_within_a_step_of_the_clock_is_seen(path, memo, monkeypatch):
    files = FileFingerprints(memo, clock=Clock(path, 0))
    before = files.of_file(path)
    stamp = path.stat()

    overwritten(path, b"a,b\n3,4\n")
    # As if the clock had not moved on: all that stat tells is as it was.
    monkeypatch.setattr(Path, "stat", lambda self, **_: stamp)

    assert files.of_file(path) != before
    assert FileFingerprints(memo, clock=Clock(path, 0)).of_file(path) != before


def test_a_file_whose_time_was_set_back_is_seen_by_its_time_of_change(path, memo):
    clock = Clock(path, MARGIN_NS + 1)
    files = FileFingerprints(memo, clock=clock)
    before = files.of_file(path)
    assert memo

    while path.stat().st_ctime_ns == int(next(iter(memo.values())).split()[2]):
        overwritten(path, b"a,b\n3,4\n")

    assert files.of_file(path) == of_bytes(b"a,b\n3,4\n") != before


def test_a_file_from_the_future_is_hashed_each_time(path, memo):
    os.utime(path, ns=(1 << 62, 1 << 62))

    FileFingerprints(memo).of_file(path)

    assert memo == {}


def test_a_file_that_another_took_the_place_of_is_seen(path, memo, tmp_path):
    clock = Clock(path, MARGIN_NS + 1)
    files = FileFingerprints(memo, clock=clock)
    files.of_file(path)
    stamp = path.stat()
    other = tmp_path / "other.csv"
    other.write_bytes(b"a,b\n3,4\n")
    os.utime(other, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    other.replace(path)

    assert files.of_file(path) == of_bytes(b"a,b\n3,4\n")


def test_a_file_that_never_stands_still_is_refused(path):
    def grow() -> int:
        path.write_bytes(path.read_bytes() + b"1,2\n")
        return 0

    files = FileFingerprints(clock=grow)

    with pytest.raises(DataError, match=r"rows.csv` changed each time while it was read"):
        files.of_file(path)


def test_a_missing_file_is_told(tmp_path):
    for of in (of_file, FileFingerprints().of_file):
        with pytest.raises(MissingDataError, match=r"there is no file `.*nothing.csv`"):
            of(tmp_path / "nothing.csv")


def test_a_file_below_a_file_is_missing(path):
    with pytest.raises(MissingDataError):
        of_file(path / "inner")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(DataError, match="is a folder, not a file") as caught:
        of_file(tmp_path)

    assert caught.value.hint


def test_a_pipe_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(DataError, match="is a device or pipe"):
        of_file(tmp_path / "pipe")


def test_a_file_that_may_not_be_read_is_told(path, as_anyone):
    path.chmod(0)

    with pytest.raises(DataError, match="may not be read by this user"):
        of_file(path)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "parts"
    (folder / "b").mkdir(parents=True)
    (folder / "a.csv").write_text("1")
    (folder / "b" / "c.csv").write_text("2")
    return folder


def test_a_folder_is_its_names_and_contents(folder):
    before = of_folder(folder)
    assert FileFingerprints().of_folder(folder) == before

    (folder / "empty").mkdir()
    assert of_folder(folder) == before

    (folder / "a.csv").rename(folder / "d.csv")
    renamed = of_folder(folder)
    assert renamed != before

    (folder / "d.csv").write_text("3")
    assert of_folder(folder) not in (before, renamed)


def test_a_folder_is_the_same_elsewhere(folder, tmp_path):
    before = of_folder(folder)

    folder.rename(tmp_path / "elsewhere")

    assert of_folder(tmp_path / "elsewhere") == before


def test_a_link_counts_as_what_it_leads_to(folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.csv").write_text("7")
    (folder / "link").symlink_to(outside)
    before = of_folder(folder)

    (outside / "x.csv").write_text("8")

    assert of_folder(folder) != before


def test_a_link_in_a_circle_ends(folder):
    (folder / "again").symlink_to(folder)

    assert of_folder(folder) == of_folder(folder)


def test_a_file_is_no_folder(path):
    with pytest.raises(DataError, match="is a file, not a folder"):
        of_folder(path)


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(MissingDataError, match="there is no folder"):
        of_folder(tmp_path / "nothing")
