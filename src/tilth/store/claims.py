"""Who is making what: so that two runs at once do not do the same work twice.

A claim is a lock on one byte of a file, at a place that follows from the fingerprint. The
kernel lets go of it when the process dies, so nothing has to be cleaned up, ever.
"""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from tilth.errors import DataError

try:
    import fcntl
except ImportError:  # not POSIX: claims hold within a process, two may do the same work
    fcntl = None  # type: ignore[assignment]


class Claims:
    """Claims on fingerprints, held by this object until they are released or it is closed.

    A claim excludes other processes, other threads and other objects alike.
    """

    def __init__(self, path: Path) -> None:
        """Open the file of claims; its content means nothing."""
        self._file = _shared(path)
        self._mine: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def take(self, fingerprint: str) -> bool:
        """Claim a fingerprint; False where another has it.

        Args:
            fingerprint: A kind, a colon and hexadecimal digits.
        """
        place = _place(fingerprint)
        if not self._file.take(place):
            return False
        self._mine[fingerprint] = place
        return True

    def release(self, fingerprint: str) -> None:
        """Let go of a claim, if it is one's own."""
        place = self._mine.pop(fingerprint, None)
        if place is not None:
            self._file.release(place)

    def close(self) -> None:
        """Let go of all."""
        for place in self._mine.values():
            self._file.release(place)
        self._mine = {}
        _left(self._file)
        self._file = _CLOSED


class _File:
    """The one open file of claims that this process has.

    Such locks belong to a process: within it they exclude nobody, and closing *any* of its
    files for the same path lets go of all. Hence one file for a path, and a set beside it.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.n_users = 0
        self._taken: set[int] = set()
        self._lock = threading.Lock()

    def take(self, place: int) -> bool:
        with self._lock:
            if place in self._taken or not self._locked(place):
                return False
            self._taken.add(place)
        return True

    def release(self, place: int) -> None:
        with self._lock:
            if fcntl is not None:
                fcntl.lockf(self.number, fcntl.LOCK_UN, 1, place)
            self._taken.discard(place)

    def _locked(self, place: int) -> bool:
        if fcntl is None:
            return True
        try:
            fcntl.lockf(self.number, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN):
                return False
            raise DataError(
                f"cannot claim work: {error.strerror}",
                hint="the folder .tilth should be on a file system that knows locks",
            ) from error
        return True


_CLOSED = _File(-1)

# The operating system's locks are per process, so the list of files has to be, too.
_files: dict[tuple[int, int, int], _File] = {}
_files_lock = threading.Lock()


def _shared(path: Path) -> _File:
    with _files_lock:
        file = _files.get(_identity(path)) or _opened(path)
        file.n_users += 1
    return file


def _opened(path: Path) -> _File:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise DataError(
            f"cannot open the file of claims {path}: {error.strerror}",
            hint="check that you may write there",
        ) from error
    file = _files[_identity(path)] = _File(number)
    return file


def _left(file: _File) -> None:
    with _files_lock:
        file.n_users -= 1
        if file.n_users:
            return
        for identity, each in list(_files.items()):
            if each is file:
                del _files[identity]
                os.close(file.number)


def _identity(path: Path) -> tuple[int, int, int]:
    """Process, device and file; a forked child holds none of its parent's locks."""
    try:
        status = path.stat()
    except OSError:
        return (os.getpid(), -1, -1)
    return (os.getpid(), status.st_dev, status.st_ino)


def _place(fingerprint: str) -> int:
    return int(fingerprint[-15:], 16)  # below 2 ** 60, as places must be below 2 ** 63
