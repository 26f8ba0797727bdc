"""The label log: a file that only grows, one decision a line, for several people at once.

Whoever writes holds the file's lock, reads what has come since, decides in the light of it what
to write, and writes all of it at once at the end. So two people who answer the same question at
the same moment know of one another, and neither loses a word.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from tilth.errors import DataError
from tilth.labels.entry import GRAMMAR, Entry, Head, Torn, to_line
from tilth.labels.reader import Reader

try:
    import fcntl
except ImportError:  # not POSIX: two that write at the same moment are not kept apart
    fcntl = None  # type: ignore[assignment]

Clock: TypeAlias = Callable[[], str]
"""Tells the time, UTC, as `2026-03-01T09:30:00.000Z`."""

Compose: TypeAlias = Callable[[Sequence[Entry]], Iterable[Entry]]
"""Says what to write, given all that stands there."""


class Log:
    """A label log in a file, which need not be there yet.

    Attributes:
        path: The file.
        now: Tells the time.
    """

    def __init__(self, path: Path, now: Clock) -> None:
        self.path = path
        self.now = now
        self._forget()

    def entries(self) -> Sequence[Entry]:
        """All entries in the order of their lines; what is new since the last look is read.

        Raises:
            DataError: A line is no entry, or a newer Tilth has written it.
        """
        try:
            file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            self._forget()
            return ()
        except OSError as error:
            raise DataError(f"`{self.path}` cannot be read: {error.strerror}") from error
        try:
            with _locked(file, exclusive=False):
                self._catch_up(file)
        finally:
            os.close(file)
        return self._reader.entries

    @property
    def complaints(self) -> Sequence[str]:
        """What a person should know of the file, as of the last look: lines that were cut off."""
        return self._reader.complaints

    def append(self, *entries: Entry) -> None:
        """Write entries at the end.

        Raises:
            DataError: The file cannot be written, or is no label log; nothing was written.
        """
        self.add(lambda _: entries)

    def add(self, compose: Compose) -> Sequence[Entry]:
        """Write what seems right in the light of what stands there, while nobody else writes.

        Args:
            compose: Is given all entries; may raise, and then nothing is written.

        Returns:
            What was written.

        Raises:
            DataError: As for `append`.
        """
        with self._opened() as file, _locked(file, exclusive=True):
            self._catch_up(file)
            new = tuple(compose(self._reader.entries))
            if new:
                self._write(file, new)
                self._catch_up(file)
        return new

    def _forget(self) -> None:
        self._reader = Reader(f"`{self.path}`")
        self._inode = 0

    def _catch_up(self, file: int) -> None:
        """Read what is new; everything where the file is another than before."""
        now = os.fstat(file)
        if now.st_ino != self._inode or now.st_size < self._reader.n_bytes:
            self._forget()
            self._inode = now.st_ino
        try:
            self._reader.take(_read(file, self._reader.n_bytes))
        except DataError:
            self._forget()
            raise

    @contextmanager
    def _opened(self) -> Iterator[int]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            file = os.open(self.path, flags, 0o666)
        except OSError as error:
            raise self._unwritten(error) from error
        try:
            yield file
        finally:
            os.close(file)

    def _write(self, file: int, entries: Sequence[Entry]) -> None:
        """All at once, or nothing."""
        size = os.fstat(file).st_size
        text = self._before(size) + "".join(map(to_line, entries))
        data = text.encode("utf-8", "surrogatepass")
        try:
            if os.write(file, data) != len(data):
                raise OSError(28, os.strerror(28))
            os.fsync(file)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(file, size)  # what we began, and nobody has seen: the lock is ours
            raise self._unwritten(error) from error

    def _before(self, size: int) -> str:
        """What must stand between what is there and a new line."""
        if not size:
            return to_line(Head(grammar=GRAMMAR))
        if self._reader.is_torn:
            return "\n" + to_line(Torn(time=self.now()))
        return "\n" if self._reader.tail is not None else ""

    def _unwritten(self, error: OSError) -> DataError:
        return DataError(
            f"`{self.path}` could not be written: {error.strerror or type(error).__name__}",
            hint="make room on the disk, or see who may write there; what was there is unchanged",
        )


def _read(file: int, position: int) -> bytes:
    pieces = []
    while piece := os.pread(file, 1 << 22, position):
        pieces.append(piece)
        position += len(piece)
    return b"".join(pieces)


@contextmanager
def _locked(file: int, *, exclusive: bool) -> Iterator[None]:
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
    try:
        yield
    finally:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_UN)
