from __future__ import annotations

import io
import os
import resource
import signal
import stat
import subprocess
import sys
import zipfile

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from tilth.errors import DamagedDataError, DataError, MissingDataError
from tilth.store.blobs import Blobs, Kept, of_bytes

BIG = bytes(range(256)) * 64  # 16 KiB
BIG_FINGERPRINT = "bytes:d49d367e4b0011a34510a28a1eb0caeb3e51e77f"
EMPTY_FINGERPRINT = "bytes:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9"


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "objects")


def written(blobs, *pieces, **options):
    with blobs.writer(**options) as stream:
        for piece in pieces:
            stream.write(piece)
    return stream.kept


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_fingerprint_is_the_beginning_of_the_content_s_blake3():
    assert of_bytes(b"") == EMPTY_FINGERPRINT
    assert of_bytes(BIG) == BIG_FINGERPRINT == "bytes:" + blake3(BIG).hexdigest()[:40]


def test_few_bytes_become_no_file(blobs):
    kept = written(blobs, b"a few ", b"bytes")

    assert kept == Kept(fingerprint=of_bytes(b"a few bytes"), n_bytes=11, data=b"a few bytes")
    assert not blobs.folder.exists()


def test_nothing_written_is_an_empty_content(blobs):
    assert written(blobs) == Kept(fingerprint=EMPTY_FINGERPRINT, n_bytes=0, data=b"")


@pytest.mark.parametrize("content", [b"", b"a few bytes", BIG])
def test_bytes_in_memory_are_kept_as_a_stream_of_them_is(blobs, content):
    assert blobs.keep(content) == written(blobs, content)
    assert blobs.keep(content, inline_below=0) == written(blobs, content, inline_below=0)
    assert blobs.path(of_bytes(content)).read_bytes() == content


def test_many_bytes_become_a_file_named_by_its_fingerprint(blobs):
    kept = written(blobs, BIG)

    assert kept == Kept(fingerprint=BIG_FINGERPRINT, n_bytes=len(BIG))
    assert files(blobs.folder) == ["d4/9d367e4b0011a34510a28a1eb0caeb3e51e77f"]
    assert blobs.has(BIG_FINGERPRINT)
    assert blobs.size(BIG_FINGERPRINT) == len(BIG)
    assert blobs.path(BIG_FINGERPRINT).read_bytes() == BIG
    assert list(blobs.fingerprints()) == [BIG_FINGERPRINT]


@pytest.mark.parametrize(("n", "in_a_file"), [(99, False), (100, True), (101, True)])
def test_the_limit_is_where_it_was_asked_for(blobs, n, in_a_file):
    kept = written(blobs, b"x" * n, inline_below=100)

    assert (kept.data is None) == in_a_file == blobs.has(kept.fingerprint)


def test_with_no_limit_even_nothing_is_a_file(blobs):
    kept = written(blobs, inline_below=0)

    assert kept.data is None
    assert blobs.path(EMPTY_FINGERPRINT).read_bytes() == b""


@given(pieces=st.lists(st.binary(max_size=50) | st.integers(0, 1 << 21).map(bytes), max_size=6))
def test_the_pieces_in_which_bytes_come_do_not_matter(tmp_path_factory, pieces):
    blobs = Blobs(tmp_path_factory.mktemp("objects"))
    content = b"".join(pieces)

    kept = written(blobs, *pieces)

    assert kept.fingerprint == of_bytes(content)
    assert kept.n_bytes == len(content)
    assert (kept.data or blobs.path(kept.fingerprint).read_bytes() if content else b"") == content


@pytest.mark.parametrize("n", [0, 10, 1 << 17])
def test_anything_with_a_buffer_can_be_written(blobs, n):
    numbers = memoryview(b"12345678" * n).cast("d")
    every_second = memoryview(b"0123456789abcdef" * n)[::2]

    assert written(blobs, numbers).fingerprint == of_bytes(numbers.tobytes())
    assert written(blobs, bytearray(every_second)).fingerprint == of_bytes(every_second.tobytes())
    assert written(blobs, every_second).fingerprint == of_bytes(every_second.tobytes())


def test_text_and_archives_can_be_written(blobs):
    with blobs.writer(inline_below=0) as stream:
        io.TextIOWrapper(stream, encoding="utf-8", write_through=True).write("päth\n")
    assert blobs.path(stream.kept.fingerprint).read_text(encoding="utf-8") == "päth\n"

    with blobs.writer(inline_below=0) as stream, zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", BIG)
    with zipfile.ZipFile(blobs.path(stream.kept.fingerprint)) as archive:
        assert archive.read("a.txt") == BIG


def test_closing_the_stream_early_changes_nothing(blobs):
    with blobs.writer() as stream:
        stream.write(b"a")
        stream.close()
        stream.write(b"b")

    assert stream.kept.data == b"ab"


def test_nothing_can_be_written_after_the_end(blobs):
    with blobs.writer() as stream:
        stream.write(b"a")

    with pytest.raises(ValueError, match="has ended"):
        stream.write(b"b")


@pytest.mark.parametrize("n", [10, 5_000_000])
def test_where_writing_fails_nothing_is_left_behind(blobs, n):
    def fails():
        with blobs.writer() as stream:
            stream.write(bytes(n))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()

    assert files(blobs.folder) == []


def test_the_same_bytes_are_kept_once(blobs):
    written(blobs, BIG)
    written(blobs, BIG)

    assert len(files(blobs.folder)) == 1


def test_a_damaged_object_is_healed_when_its_bytes_are_written_again(blobs):
    written(blobs, BIG)
    path = blobs.path(BIG_FINGERPRINT)
    path.chmod(0o644)
    path.write_bytes(BIG[::-1])

    written(blobs, BIG)

    blobs.verify(BIG_FINGERPRINT)


def test_who_reads_bytes_keeps_them_while_they_are_written_again(blobs):
    written(blobs, BIG)
    with blobs.path(BIG_FINGERPRINT).open("rb") as file:
        written(blobs, BIG)

        assert file.read() == BIG


def test_an_object_cannot_be_written_to(blobs):
    written(blobs, BIG)

    assert stat.S_IMODE(blobs.path(BIG_FINGERPRINT).stat().st_mode) & 0o222 == 0


def test_a_file_can_be_adopted_and_stays(blobs, tmp_path):
    (tmp_path / "mine").write_bytes(BIG)
    (tmp_path / "small").write_bytes(b"few")

    assert blobs.adopt(tmp_path / "mine") == Kept(fingerprint=BIG_FINGERPRINT, n_bytes=len(BIG))
    assert blobs.adopt(tmp_path / "small").data == b"few"
    assert (tmp_path / "mine").read_bytes() == BIG
    assert blobs.path(BIG_FINGERPRINT).read_bytes() == BIG


def test_a_file_can_be_moved_in(blobs, tmp_path):
    for _ in range(2):
        (tmp_path / "mine").write_bytes(BIG)
        kept = blobs.adopt(tmp_path / "mine", move=True)
        assert kept == Kept(fingerprint=BIG_FINGERPRINT, n_bytes=len(BIG))
        assert not (tmp_path / "mine").exists()
    assert files(blobs.folder) == ["d4/9d367e4b0011a34510a28a1eb0caeb3e51e77f"]


def test_a_file_that_is_not_there_cannot_be_adopted(blobs, tmp_path):
    with pytest.raises(MissingDataError, match=r"cannot read .*mine: there is no such file"):
        blobs.adopt(tmp_path / "mine")


def test_what_is_not_here_is_missing(blobs):
    assert not blobs.has(BIG_FINGERPRINT)
    assert blobs.missing([BIG_FINGERPRINT]) == [BIG_FINGERPRINT]
    for ask in (blobs.path, blobs.size, blobs.verify, blobs.quarantine):
        with pytest.raises(MissingDataError, match=BIG_FINGERPRINT):
            ask(BIG_FINGERPRINT)
    assert blobs.remove(BIG_FINGERPRINT) == 0


@pytest.mark.parametrize(
    "name",
    ["", "bytes:", "bytes:../../../../etc/passwd", "node:" + "a" * 40, "bytes:" + "A" * 40],
)
def test_what_is_no_fingerprint_names_no_file(blobs, name):
    with pytest.raises(DataError, match="is not the fingerprint of bytes"):
        blobs.path(name)


def test_whole_bytes_are_verified(blobs):
    written(blobs, BIG)

    blobs.verify(BIG_FINGERPRINT)


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[:7] + b"?" + b[8:], lambda b: b + b"?"]
)
def test_damage_is_found_set_aside_and_mended_by_writing_again(blobs, damage):
    path = blobs.path(written(blobs, BIG).fingerprint)
    path.chmod(0o644)
    path.write_bytes(damage(BIG))

    with pytest.raises(DamagedDataError, match=f"the object {BIG_FINGERPRINT} is damaged") as told:
        blobs.verify(BIG_FINGERPRINT)
    assert told.value.hint
    aside = blobs.quarantine(BIG_FINGERPRINT)

    assert aside.read_bytes() == damage(BIG)
    assert not blobs.has(BIG_FINGERPRINT)
    written(blobs, BIG)
    blobs.verify(BIG_FINGERPRINT)


def test_an_object_can_be_set_aside_twice(blobs):
    places = set()
    for _ in range(2):
        written(blobs, BIG)
        places.add(blobs.quarantine(BIG_FINGERPRINT))
    assert len(places) == 2


def test_a_truncated_object_is_replaced_when_it_is_written_again(blobs):
    path = blobs.path(written(blobs, BIG).fingerprint)
    path.chmod(0o644)
    path.write_bytes(BIG[:100])

    written(blobs, BIG)

    blobs.verify(BIG_FINGERPRINT)


def test_an_object_can_be_removed(blobs):
    written(blobs, BIG)

    assert blobs.remove(BIG_FINGERPRINT) == len(BIG)
    assert not blobs.has(BIG_FINGERPRINT)
    assert list(blobs.fingerprints()) == []


def test_a_full_disk_is_told_and_leaves_nothing(blobs):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(DataError, match=r"cannot write into .*objects") as told:
            written(blobs, bytes(1 << 20), bytes(1 << 20))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert told.value.hint
    assert files(blobs.folder) == []


def test_a_place_where_nothing_can_be_written_is_told(tmp_path):
    (tmp_path / "objects").write_text("I am a file")

    with pytest.raises(DataError, match=r"cannot write into .*objects"):
        written(Blobs(tmp_path / "objects"), BIG)


WRITER = """
import os, sys
from pathlib import Path
from tilth.store.blobs import Blobs
stream = Blobs(Path(sys.argv[1])).writer()
stream.write(bytes(5_000_000))
print("written", flush=True)
sys.stdin.readline()
"""


def test_what_a_dead_writer_left_is_swept_away_and_what_a_living_one_writes_is_not(blobs):
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(blobs.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as writer:
        assert writer.stdout.readline() == b"written\n"
        Blobs(blobs.folder)
        assert len(files(blobs.folder / "tmp")) == 1

        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()

    Blobs(blobs.folder)
    assert files(blobs.folder) == []


MANY = """
import sys
from pathlib import Path
from tilth.store.blobs import Blobs
for i in range(200):
    blobs = Blobs(Path(sys.argv[1]))
    with blobs.writer() as stream:
        stream.write(b"%d" % (i % 20) * 5000)
    blobs.verify(stream.kept.fingerprint)
"""


def test_processes_that_write_the_same_at_once_do_not_disturb_one_another(blobs):
    writers = [subprocess.Popen([sys.executable, "-c", MANY, str(blobs.folder)]) for _ in range(4)]

    assert [writer.wait() for writer in writers] == [0] * 4
    assert len(files(blobs.folder)) == 20
    for fingerprint in blobs.fingerprints():
        blobs.verify(fingerprint)
