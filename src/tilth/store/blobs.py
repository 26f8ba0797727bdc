"""Bytes by what they are: files named by the digest of their content, never changed.

.. code-block:: text

    objects/
      ab/cdef...          the content whose BLAKE3 begins with abcdef
      tmp/4711-1.part     being written, locked by its writer
      damaged/abcdef...   set aside, to be looked at
"""

from __future__ import annotations

import errno
import io
import os
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from blake3 import blake3

from tilth.errors import DamagedDataError, DataError, MissingDataError
from tilth.record import maker, record

try:
    import fcntl
except ImportError:  # not POSIX: what is left over stays
    fcntl = None  # type: ignore[assignment]

KIND = "bytes"
DIGITS = 40
"""Of the 64 that BLAKE3 gives: 160 bits are plenty against chance, and `b3sum` agrees."""

INLINE_BELOW = 4096

_FINGERPRINT = re.compile(rf"{KIND}:([0-9a-f]{{2}})([0-9a-f]{{{DIGITS - 2}}})")
_BUFFER = 1 << 20
_WORTH_A_THREAD = 4 << 20
_HASHERS = max((os.cpu_count() or 1) - 1, 1)
"""Threads that hash what is being written: one core writes."""


@record
class Kept:
    """What became of written bytes.

    Attributes:
        fingerprint: Of the bytes.
        n_bytes: How many there are.
        data: The bytes themselves where they are few, which then are in no file.
    """

    fingerprint: str
    n_bytes: int
    data: bytes | None = None


_kept = maker(Kept)  # each node that runs needs one


def of_bytes(content: bytes | bytearray | memoryview) -> str:
    """The fingerprint of bytes."""
    return _named(blake3(content))


class Blobs:
    """A folder of contents. Any number of processes may use it at once.

    Attributes:
        folder: Where it lies; it is made when something is written.
        temporary: The folder in it for what is being written.
    """

    def __init__(self, folder: Path) -> None:
        """Open a store, and clear away what writers that died left behind."""
        self.folder = folder
        self.temporary = str(folder / "tmp")
        self._root = str(folder)
        _sweep(Path(self.temporary))

    def has(self, fingerprint: str) -> bool:
        """Whether the bytes are here."""
        return os.path.exists(self._file(fingerprint))  # noqa: PTH110 - asked for each node

    def missing(self, fingerprints: Iterable[str]) -> list[str]:
        """Those that are not here."""
        return [each for each in fingerprints if not self.has(each)]

    def path(self, fingerprint: str) -> Path:
        """The file that holds the bytes: to be read or mapped, never written."""
        file = self._file(fingerprint)
        if not os.path.exists(file):  # noqa: PTH110
            raise _missing(fingerprint, self.folder)
        return Path(file)

    def size(self, fingerprint: str) -> int:
        """How many bytes there are."""
        try:
            return os.stat(self._file(fingerprint)).st_size  # noqa: PTH116
        except FileNotFoundError:
            raise _missing(fingerprint, self.folder) from None

    def writer(self, inline_below: int = INLINE_BELOW) -> BlobWriter:
        """A stream for new bytes, to be used in a `with`; afterwards it has `kept`.

        Where the body raises, nothing is left behind.

        Args:
            inline_below: Fewer bytes than this become no file, but `kept.data`.
        """
        return BlobWriter(self, inline_below)

    def keep(self, content: bytes, inline_below: int = INLINE_BELOW) -> Kept:
        """Keep bytes that are in memory; as `writer`, without a stream where they are few."""
        if len(content) < inline_below:
            return _kept(fingerprint=of_bytes(content), n_bytes=len(content), data=content)
        with self.writer(inline_below) as stream:
            stream.write(content)
        return stream.kept

    def adopt(self, path: Path, *, inline_below: int = INLINE_BELOW, move: bool = False) -> Kept:
        """Keep what a file holds.

        Args:
            path: The file; it stays as it is, unless it may be moved.
            inline_below: As for `writer`.
            move: Whether the file may be taken away, which saves the copy.
        """
        with _told(f"cannot read {path}"):
            n_bytes = path.stat().st_size
        if move and n_bytes >= inline_below:
            return self._move_in(path)
        with (
            _told(f"cannot read {path}"),
            path.open("rb", buffering=0) as file,
            self.writer(inline_below) as stream,
        ):
            while piece := file.read(_BUFFER):
                stream.write(piece)
        return stream.kept

    def verify(self, fingerprint: str) -> None:
        """Read the bytes and compare them with their fingerprint.

        Raises:
            DamagedDataError: They are others.
            MissingDataError: They are not here.
        """
        path = self.path(fingerprint)
        with _told(f"cannot read {path}"):
            found = _named(_of_file(path))
        if found != fingerprint:
            raise DamagedDataError(
                f"the object {fingerprint} is damaged: "
                f"its {path.stat().st_size} bytes are those of {found} ({path})",
                hint="run again: it is set aside, and made anew where a node made it",
            )

    def quarantine(self, fingerprint: str) -> Path:
        """Set a damaged object aside; returns where it lies now."""
        path, folder = self.path(fingerprint), self.folder / "damaged"
        with _told(f"cannot set {path} aside"):
            folder.mkdir(exist_ok=True)
            for number in count(1):
                aside = folder / f"{fingerprint.partition(':')[2]}-{number}"
                if not aside.exists():
                    path.rename(aside)
                    return aside
        raise AssertionError("numbers do not end")

    def remove(self, fingerprint: str) -> int:
        """Let go of bytes; returns how many there were, 0 where they were not here."""
        path = Path(self._file(fingerprint))
        try:
            with _told(f"cannot remove {path}"):
                n_bytes = path.stat().st_size
                path.unlink()
        except MissingDataError:
            return 0
        return n_bytes

    def fingerprints(self) -> Iterator[str]:
        """All that is here, in no order."""
        for folder in self.folder.glob("[0-9a-f][0-9a-f]"):
            for path in folder.iterdir():
                yield f"{KIND}:{folder.name}{path.name}"

    def place(self, temporary: str, fingerprint: str) -> None:
        """Give a complete file its name.

        Where the same bytes are here already, it takes their place all the same: they may be
        damaged, and who reads them keeps the file that was opened.
        """
        file = self._file(fingerprint)
        try:
            os.rename(temporary, file)  # noqa: PTH104
        except FileNotFoundError:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            os.rename(temporary, file)  # noqa: PTH104

    def _move_in(self, path: Path) -> Kept:
        with _told(f"cannot move {path} into {self.folder}"):
            fingerprint, n_bytes = _named(_of_file(path)), path.stat().st_size
            path.chmod(0o444 & path.stat().st_mode)
            try:
                self.place(str(path), fingerprint)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                kept = self.adopt(path)
                path.unlink()
                return kept
        return Kept(fingerprint=fingerprint, n_bytes=n_bytes)

    def _file(self, fingerprint: str) -> str:
        match = _FINGERPRINT.fullmatch(fingerprint)
        if not match:
            raise DataError(
                f"`{fingerprint}` is not the fingerprint of bytes: "
                f"it should be `{KIND}:` and {DIGITS} hexadecimal digits"
            )
        return f"{self._root}/{match[1]}/{match[2]}"


class BlobWriter(io.RawIOBase):
    """A stream that hashes what is written, and keeps it under its fingerprint at the end.

    Large pieces are neither copied nor gathered. Closing it means nothing, since libraries
    close what they are given: the end of the `with` decides.

    Attributes:
        kept: What became of the bytes, after the `with`.
    """

    kept: Kept

    def __init__(self, blobs: Blobs, inline_below: int) -> None:
        super().__init__()
        self._blobs, self._inline_below = blobs, inline_below
        self._buffer = bytearray()
        self._n_bytes = 0
        self._hasher: blake3 | None = None  # small ones never need it
        self._file: int | None = None
        self._path = ""
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.kept = self._end()
        finally:
            self._let_go()

    def writable(self) -> bool:
        """It is, until the end."""
        return not self._ended

    def tell(self) -> int:
        """How many bytes were written."""
        return self._n_bytes

    def write(self, data: Any) -> int:
        """Write bytes, or anything with a buffer of them."""
        if self._ended:
            raise ValueError("write to a stream that has ended")
        content = data if isinstance(data, bytes) else _flat(memoryview(data))
        n_bytes = len(content)
        self._n_bytes += n_bytes
        if n_bytes + len(self._buffer) < _BUFFER:
            self._buffer += content
        else:
            self._spill(self._buffer)
            self._buffer = bytearray()
            self._spill(content)
        return n_bytes

    def close(self) -> None:
        """Nothing yet: see the class."""

    def _end(self) -> Kept:
        if self._n_bytes < self._inline_below and self._file is None:
            return self._blobs.keep(bytes(self._buffer), self._inline_below)
        self._spill(self._buffer)
        fingerprint = _named(self._hashes)
        with _told(f"cannot write into {self._blobs.folder}"):
            self._blobs.place(self._path, fingerprint)
        self._path = ""
        return Kept(fingerprint=fingerprint, n_bytes=self._n_bytes)

    def _spill(self, content: bytearray | bytes | memoryview) -> None:
        """Hash and write; without a copy, and without holding up other threads."""
        with _told(f"cannot write into {self._blobs.folder}"):
            if self._file is None:
                self._path, self._file = _temporary(self._blobs.temporary)
            with self._hashing(content):
                view = memoryview(content)
                while view:
                    view = view[os.write(self._file, view) :]

    @property
    def _hashes(self) -> blake3:
        if self._hasher is None:
            self._hasher = blake3(max_threads=_HASHERS)
        return self._hasher

    @contextmanager
    def _hashing(self, content: bytearray | bytes | memoryview) -> Iterator[None]:
        """Hash beside the body; where there is much, while the body waits for the system."""
        if len(content) < _WORTH_A_THREAD:
            self._hashes.update(content)
            yield
            return
        beside = threading.Thread(target=self._hashes.update, args=(content,))
        beside.start()
        try:
            yield
        finally:
            beside.join()

    def _let_go(self) -> None:
        self._ended = True
        if self._path:
            Path(self._path).unlink(missing_ok=True)
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _flat(view: memoryview) -> memoryview | bytes:
    """The bytes of a view, without a copy where they lie side by side."""
    return view.cast("B") if view.c_contiguous and view.nbytes else view.tobytes()


def _named(hasher: blake3) -> str:
    return f"{KIND}:{hasher.hexdigest(DIGITS // 2)}"


def _of_file(path: Path) -> blake3:
    hasher = blake3(max_threads=blake3.AUTO)
    hasher.update_mmap(path)
    return hasher


def _temporary(folder: str) -> tuple[str, int]:
    """A new file that is locked as long as its writer lives, who alone may write it."""
    for number in count(1):
        path = f"{folder}/{os.getpid()}-{number}.part"
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
        except FileExistsError:
            continue
        except FileNotFoundError:
            Path(folder).mkdir(parents=True, exist_ok=True)
            continue
        if _is_ours(path, file):
            return path, file
        os.close(file)
    raise AssertionError("numbers do not end")


def _is_ours(path: str, file: int) -> bool:
    """Whether we got the lock, and nobody swept the file away just before."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(file).st_ino == os.stat(path).st_ino  # noqa: PTH116
    except (BlockingIOError, FileNotFoundError):
        return False


def _sweep(folder: Path) -> None:
    """Remove temporary files that nobody holds any more."""
    if fcntl is None:
        return
    for path in folder.glob("*.part"):
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue  # finished meanwhile, or somebody else's
        if _is_ours(str(path), file):
            path.unlink(missing_ok=True)
        os.close(file)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Turn an error of the system into ours, with the file and what to do."""
    try:
        yield
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise MissingDataError(f"{what}: there is no such file") from error
        raise DataError(f"{what}: {error.strerror}", hint=_HINTS.get(error.errno or 0)) from error


def _missing(fingerprint: str, folder: Path) -> MissingDataError:
    return MissingDataError(
        f"the object {fingerprint} is not in {folder}",
        hint="run again: what is missing is made anew",
    )


_FULL = "make room on the disk and run again; everything finished is kept"
_FORBIDDEN = "check that you may write there"
_HINTS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: "a limit on the size of files is set: see `ulimit -f`",
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: _FORBIDDEN,
}
