"""Bytes to read: a file, or a few bytes that live in the database."""

from __future__ import annotations

import mmap
import os
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tilth.errors import DataError, MissingDataError

if TYPE_CHECKING:
    import tempfile


class FileSource:
    """A file.

    Attributes:
        name: What errors call it: the dataset and where it lies.
    """

    __slots__ = ("_path", "name")

    def __init__(self, path: Path | str, name: str | None = None) -> None:
        self._path = Path(path)
        self.name = name or f"`{self._path}`"

    def open(self) -> BinaryIO:
        """A stream of the bytes; the caller closes it."""
        with _Reading(self.name):
            return self._path.open("rb")

    def path(self) -> Path:
        """The file itself."""
        with _Reading(self.name):
            self._path.stat()
        return self._path

    def content(self) -> bytes | mmap.mmap:
        """All bytes, memory-mapped; they last as long as somebody holds them."""
        with self.open() as stream:
            if os.fstat(stream.fileno()).st_size == 0:
                return b""  # nothing can be mapped
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


class BytesSource:
    """A few bytes in memory, which become a file only for those who insist on one."""

    __slots__ = ("_data", "_file", "name")

    def __init__(self, data: bytes, name: str = "a value in memory") -> None:
        self._data = data
        self._file: Path | None = None
        self.name = name

    def open(self) -> BinaryIO:
        """A stream of the bytes."""
        return BytesIO(self._data)

    def path(self) -> Path:
        """A temporary file with the bytes, made once; it lasts as long as the process."""
        if self._file is None:
            self._file = _temporary_folder() / f"{os.urandom(8).hex()}.bytes"
            self._file.write_bytes(self._data)
        return self._file

    def content(self) -> bytes:
        """The bytes."""
        return self._data


class _Reading:
    """Say what was being read when the system refuses."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, FileNotFoundError):
            raise MissingDataError(f"{self._name}: there is no such file") from None
        if isinstance(error, IsADirectoryError):
            raise DataError(f"{self._name}: this is a folder, not a file") from None
        if isinstance(error, OSError):
            reason = error.strerror or type(error).__name__
            raise DataError(f"{self._name}: cannot be read: {reason}") from None


@lru_cache(maxsize=1)
def _folder_of(process: int) -> tempfile.TemporaryDirectory[str]:
    import tempfile  # late: brings shutil, random and lzma, and is seldom needed

    return tempfile.TemporaryDirectory(prefix="tilth-")  # removed when the process ends


def _temporary_folder() -> Path:
    return Path(_folder_of(os.getpid()).name)  # a forked child must not share its parent's


_TOLD_BY_CONTENT = {
    ".csv": ((b"\x1f\x8b", ".csv.gz"), (b"PK\x03\x04", ".csv.zip")),
    ".png": ((b"%PDF", ".pdf"), (b"<?xml", ".svg"), (b"<svg", ".svg")),
}
"""Formats whose files may be packed or of another kind: how their bytes begin -> the ending."""


def named(path: Path, name: str, suffix: str) -> Path:
    """A file under a name that says what it is, since many libraries go by nothing else.

    Args:
        path: What the store or the history holds; its own name tells nothing.
        name: What to call it.
        suffix: What its format's files end in.

    Returns:
        A link that lasts as long as the process, or the file itself where there are no links.
    """
    with path.open("rb") as stream:
        first = stream.read(8)
    for beginning, other in _TOLD_BY_CONTENT.get(suffix, ()):
        if first.startswith(beginning):
            suffix = other
    folder = _temporary_folder() / os.urandom(8).hex()
    link = folder / f"{name.replace('/', '_')}{suffix}"
    try:
        folder.mkdir()
        link.symlink_to(path.absolute())
    except OSError:  # such as a name that is too long
        return path
    return link


def copy_file(path: Path, stream: BinaryIO) -> None:
    """Write a file's bytes to a stream, piece by piece."""
    with FileSource(path).open() as file:
        while piece := file.read(1 << 20):
            stream.write(piece)
