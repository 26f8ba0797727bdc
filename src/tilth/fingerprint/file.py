"""The fingerprint of a file or folder, by content.

Hashing is remembered by what `stat` says, and only where that can be trusted. The clock of a
file system ticks in steps, so a file that was written twice within one step looks unchanged
(what git calls racy). Hence a remembered fingerprint holds only if, when the file was hashed, its
times were already older than any step: whatever changed it later had to move them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from blake3 import blake3

from tilth.errors import DataError, MissingDataError
from tilth.fingerprint.canonical import DIGEST_BYTES, Fingerprint, combine
from tilth.installed import Memo

# The coarsest clock in use is FAT's, with steps of two seconds.
MARGIN_NS = 3_000_000_000

# Below this, mapping a file into memory costs more than reading it.
_SMALL = 256 << 10

_Facts = tuple[int, int, int, int, int]


def of_file(path: str | os.PathLike[str]) -> Fingerprint:
    """The fingerprint of a file's content, the same as `of_bytes` of it.

    Raises:
        MissingDataError: Nothing is there.
        DataError: It is not a file, or may not be read.
    """
    return _hashed(path, _facts(path)[0])


def of_folder(path: str | os.PathLike[str]) -> Fingerprint:
    """The fingerprint of a folder: the names and contents of all the files below it.

    Empty folders do not count, as no version control or archive keeps them reliably.

    Raises:
        MissingDataError: Nothing is there.
        DataError: It is not a folder, or something below may not be read.
    """
    return _of_folder(path, of_file)


class FileFingerprints:
    """Fingerprints of files, remembered for as long as the files stand as they are."""

    def __init__(
        self, memo: Memo | None = None, *, clock: Callable[[], int] = time.time_ns
    ) -> None:
        """Start with what the memory knows.

        Args:
            memo: Remembers fingerprints from one process to the next.
            clock: Nanoseconds since 1970, as the file system counts them.
        """
        self._memo = memo
        self._clock = clock
        self._known: dict[str, tuple[_Facts, Fingerprint]] = {}

    def of_file(self, path: str | os.PathLike[str]) -> Fingerprint:
        """As the function of the same name, and hashed only if it may have changed."""
        name = os.path.abspath(path)  # noqa: PTH100 (links are not followed, as the name counts)
        facts = _facts(name)
        known = self._known.get(name) or self._remembered(name)
        if known is not None and known[0] == facts:
            return known[1]
        return self._measured(name, facts)

    def of_folder(self, path: str | os.PathLike[str]) -> Fingerprint:
        """As the function of the same name, and only what may have changed is hashed."""
        return _of_folder(path, self.of_file)

    def _remembered(self, name: str) -> tuple[_Facts, Fingerprint] | None:
        kept = self._memo.get(f"file:{name}") if self._memo is not None else None
        if kept is None:
            return None
        fields = kept.decode().split(" ")
        size, mtime, ctime, inode, device = map(int, fields[:5])
        known = (size, mtime, ctime, inode, device), Fingerprint(fields[5])
        self._known[name] = known
        return known

    def _measured(self, name: str, facts: _Facts) -> Fingerprint:
        for _ in range(3):
            started = self._clock()
            fingerprint = _hashed(name, facts[0])
            after = _facts(name)
            if after == facts:
                self._keep(name, facts, fingerprint, started)
                return fingerprint
            facts = after
        raise DataError(
            f"the file `{name}` changed each time while it was read",
            hint="wait until what writes it is done, or read a copy",
        )

    def _keep(self, name: str, facts: _Facts, fingerprint: Fingerprint, started: int) -> None:
        _, mtime, ctime, _, _ = facts
        if max(mtime, ctime) + MARGIN_NS > started:
            return  # it could still change without its times telling
        self._known[name] = facts, fingerprint
        if self._memo is not None:
            text = " ".join([*map(str, facts), fingerprint])
            self._memo.put(f"file:{name}", text.encode())


def _facts(path: str | os.PathLike[str]) -> _Facts:
    """Size, times, inode and device; or the reason why it is not a file to read."""
    try:
        found = Path(path).stat()
    except OSError as error:
        raise _plain(error, path) from error
    if S_ISDIR(found.st_mode):
        raise DataError(
            f"`{os.fspath(path)}` is a folder, not a file",
            hint="name a file in it, or give it a format that reads folders",
        )
    if not S_ISREG(found.st_mode):
        raise DataError(f"`{os.fspath(path)}` is a device or pipe, not a file")
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev


def _hashed(path: str | os.PathLike[str], size: int) -> Fingerprint:
    try:
        if size < _SMALL:
            hasher = blake3(Path(path).read_bytes())
        else:
            hasher = blake3(max_threads=blake3.AUTO).update_mmap(path)
    except OSError as error:
        raise _plain(error, path) from error
    return Fingerprint(f"bytes:{hasher.hexdigest(DIGEST_BYTES)}")


def _plain(error: OSError, path: str | os.PathLike[str]) -> DataError:
    name = os.fspath(path)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return MissingDataError(f"there is no file `{name}`")
    if isinstance(error, PermissionError):
        return DataError(
            f"the file `{name}` may not be read by this user", hint="check its permissions"
        )
    return DataError(f"the file `{name}` cannot be read: {error.strerror or error}")


def _of_folder(path: str | os.PathLike[str], of_one: Callable[[str], Fingerprint]) -> Fingerprint:
    root = Path(path)
    if not root.is_dir():
        if root.exists():
            raise DataError(f"`{root}` is a file, not a folder")
        raise MissingDataError(f"there is no folder `{root}`")
    parts: list[str] = []
    for name in sorted(_files_below(root)):
        parts += (name, of_one(str(root / name)))
    return combine("folder", *parts)


def _files_below(root: Path) -> list[str]:
    """Paths relative to the folder, with forward slashes; links count as what they lead to."""

    def refuse(error: OSError) -> None:
        raise _plain(error, error.filename) from error

    found: list[str] = []
    been: set[str] = set()
    for folder, folders, files in os.walk(root, onerror=refuse, followlinks=True):
        been.add(os.path.realpath(folder))
        # A link that leads back to where we are would never end.
        folders[:] = [each for each in folders if os.path.realpath(f"{folder}/{each}") not in been]
        inside = Path(folder).relative_to(root)
        found += [(inside / name).as_posix() for name in files]
    return found
