"""A file that keeps what was recorded until the database has it.

One process appends to its own journal and holds a lock on it as long as it lives; the
kernel lets go of the lock when the process dies, however it dies. A journal whose lock is
free was left behind, and whoever opens the history next takes it over.

A frame is the length of its payload, the payload's CRC-32, and the payload. It is written
by one `write`, so only the last frame of a dead process can be torn.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from time import time_ns
from zlib import crc32

from tilth.errors import HistoryError

try:
    import fcntl
except ImportError:  # not POSIX: the number in the file's name has to do
    fcntl = None  # type: ignore[assignment]

_HEADER = struct.Struct("<II")


class Journal:
    """The journal of this process: appended to, cleared, and removed at the end.

    Attributes:
        path: Where it lies.
    """

    def __init__(self, folder: Path) -> None:
        self.path, self._file = _created(folder)
        self._size = 0

    def append(self, payload: bytes) -> None:
        """Keep a payload; when this returns, it survives the death of the process."""
        frame = _HEADER.pack(len(payload), crc32(payload)) + payload
        try:
            written = os.write(self._file, frame)
        except OSError as error:
            raise self._refused(error.strerror or str(error)) from error
        if written != len(frame):
            os.ftruncate(self._file, self._size)
            raise self._refused("the disk is full")
        self._size += written

    def clear(self) -> None:
        """Forget all payloads: the database has them."""
        if self._size:
            os.ftruncate(self._file, 0)
            self._size = 0

    def close(self) -> None:
        """Let go of the file; it stays only where it still holds something."""
        if self._file < 0:
            return
        if not self._size:
            self.path.unlink(missing_ok=True)
        os.close(self._file)
        self._file = -1

    def _refused(self, why: str) -> HistoryError:
        return HistoryError(
            f"cannot write the journal {self.path}: {why}",
            hint="make room on the disk; everything recorded before is kept",
        )


class Abandoned:
    """A journal that its process left behind, locked by us.

    Attributes:
        path: Where it lies.
        payloads: What it holds, oldest first, without a torn end.
    """

    def __init__(self, path: Path, file: int) -> None:
        self.path = path
        self._file = file
        self.payloads, self._damaged = _payloads(path.read_bytes())

    def remove(self) -> None:
        """Its payloads are in the database; a damaged one stays under another name."""
        if self._damaged:
            self.path.rename(self.path.with_suffix(".damaged"))
        else:
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the lock."""
        os.close(self._file)


def abandoned(folder: Path) -> Iterator[Abandoned]:
    """Journals of dead processes, each locked until the next one is asked for."""
    for path in sorted(folder.glob("*.log")):
        file = _taken(path)
        if file is None:
            continue
        journal = Abandoned(path, file)
        try:
            yield journal
        finally:
            journal.close()


class Others:
    """The journals of other processes. While there are none, asking costs one look at the folder.

    Args:
        folder: Where journals lie.
        pause: Nanoseconds for which an answer is good. In a millisecond no process can come,
            do work that another is about to do, and put it on record.
    """

    def __init__(self, folder: Path, *, pause: int = 1_000_000) -> None:
        self._folder = str(folder)
        self._pause = pause
        self._good_until = 0
        self._first_at = 0  # the folder's time of change when it was looked at first
        self._sure = False  # whether later changes are sure to have another time
        self._came = False

    def came(self, own: Path | None) -> bool:
        """Whether one has been there since this was asked first, though it be gone again."""
        now = time_ns()
        if self._came or now < self._good_until:
            return self._came
        self._good_until = now + self._pause
        try:
            changed_at = os.stat(self._folder).st_mtime_ns  # noqa: PTH116 - asked for each node
        except FileNotFoundError:
            return False
        if self._first_at not in (0, changed_at):
            self._came = True
        elif not self._sure:
            self._came = bool(self._paths(own))
            self._first_at, self._sure = changed_at, now - changed_at > _TICK
        return self._came

    def mention(self, words: bytes, *, own: Path | None) -> bool:
        """Whether one of them holds these words."""
        return self.came(own) and any(words in _content(path) for path in self._paths(own))

    def _paths(self, own: Path | None) -> list[Path]:
        return [path for path in Path(self._folder).glob("*.log") if path != own]


_TICK = 100_000_000
"""Nanoseconds; the clocks of file systems are coarser than their figures look."""


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def is_held(path: Path) -> bool:
    """Whether the process that writes this journal is alive."""
    file = _taken(path)
    if file is None:
        return path.exists()
    os.close(file)
    return False


def is_alive(pid: int) -> bool:
    """Whether a process with this number is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _created(folder: Path) -> tuple[Path, int]:
    try:
        while True:
            folder.mkdir(parents=True, exist_ok=True)
            # Numbers of processes come again; a run is known by the name of its journal.
            path = folder / f"{os.getpid()}-{os.urandom(6).hex()}.log"
            file = _opened(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL)
            if file is not None:
                return path, file
    except OSError as error:
        raise HistoryError(
            f"cannot write into {folder}: {error.strerror}",
            hint="a run needs a folder that it may write to",
        ) from error


def _taken(path: Path) -> int | None:
    """The locked file of a journal that nobody holds, or None."""
    if fcntl is None and is_alive(int(path.stem.partition("-")[0])):
        return None
    return _opened(path, os.O_RDWR)


def _opened(path: Path, flags: int) -> int | None:
    """The file, locked, or None where another has it or was faster."""
    try:
        file = os.open(path, flags | os.O_CLOEXEC, 0o666)
    except (FileExistsError, FileNotFoundError):
        return None
    if fcntl is None:
        return file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Between opening and locking, somebody may have taken it over and removed it.
        if os.stat(path).st_ino == os.fstat(file).st_ino:  # noqa: PTH116 - a pair of stats
            return file
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(file)
    return None


def _payloads(content: bytes) -> tuple[list[bytes], bool]:
    """The whole payloads, and whether one before the end is not what its checksum says."""
    payloads: list[bytes] = []
    place = 0
    while place + _HEADER.size <= len(content):
        length, checksum = _HEADER.unpack_from(content, place)
        end = place + _HEADER.size + length
        payload = content[place + _HEADER.size : end]
        if not length or end > len(content):
            break
        if crc32(payload) != checksum:
            return payloads, end < len(content)
        payloads.append(payload)
        place = end
    return payloads, False
