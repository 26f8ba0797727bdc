"""Who is making what: so that two runs at once do not do the same work twice.

A claim is a lock on one byte of a file, at a place that follows from the fingerprint. The
kernel lets go of it when the process dies, so nothing has to be cleaned up, ever.
"""

from __future__ import annotations

import errno
import os
import threading
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

from tilth.errors import DataError

try:
    import fcntl
except ImportError:  # not POSIX: claims hold within a process, two may do the same work
    fcntl = None  # type: ignore[assignment]

_PLACES = 1 << 62


class Claims:
    """Claims on fingerprints, held by this object until they are released or it is closed.

    A claim excludes other processes, other threads and other objects alike.
    """

    def __init__(self, path: Path) -> None:
        """Open the file of claims; its content means nothing."""
        self._file = _shared(path)
        self._mine: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def take(self, fingerprint: str, *, wait: bool = False) -> bool:
        """Claim a fingerprint; False where another has it.

        Args:
            fingerprint: A kind, a colon and hexadecimal digits.
            wait: Whether to wait until the other lets go. It is False even then where both
                would wait for one another: to do the work twice is better than never.
        """
        place = _place(fingerprint)
        if not self._file.take(place, wait):
            return False
        self._mine.add(place)
        return True

    def release(self, *fingerprints: str) -> None:
        """Let go of claims of one's own; many at once cost little more than one."""
        places = self._mine.intersection(map(_place, fingerprints))
        self._file.release(places)
        self._mine -= places

    def close(self) -> None:
        """Let go of all."""
        self._file.release(self._mine)
        self._mine = set()
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
        self._changed = threading.Condition()

    def take(self, place: int, wait: bool) -> bool:
        with self._changed:
            while place in self._taken:
                if not wait:
                    return False
                self._changed.wait()
            self._taken.add(place)
        locked = False
        try:
            locked = self._lock(place, wait)
        finally:
            if not locked:
                self._forget(place)
        return locked

    def release(self, places: set[int]) -> None:
        if not places:
            return
        with self._changed:
            if fcntl is not None:
                for start, end in _spans(places, self._taken - places):
                    fcntl.lockf(self.number, fcntl.LOCK_UN, end - start, start)
            self._taken -= places
            self._changed.notify_all()

    def _lock(self, place: int, wait: bool) -> bool:
        if fcntl is None:
            return True
        try:
            fcntl.lockf(self.number, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB), 1, place)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                return False
            raise DataError(
                f"cannot claim work: {error.strerror}",
                hint="the folder .tilth should be on a file system that knows locks",
            ) from error
        return True

    def _forget(self, place: int) -> None:
        with self._changed:
            self._taken.discard(place)
            self._changed.notify_all()


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


def _spans(places: set[int], kept: set[int]) -> list[tuple[int, int]]:
    """Spans, from and up to, that hold all these places and none that is kept: the fewest calls."""
    if len(places) <= len(kept):
        return [(place, place + 1) for place in places]
    edges = [-1, *sorted(kept), _PLACES]
    return [(low + 1, high) for low, high in pairwise(edges) if low + 1 < high]


def _place(fingerprint: str) -> int:
    return int(fingerprint[-15:], 16) % _PLACES
