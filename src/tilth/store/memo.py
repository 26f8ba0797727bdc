"""Things worth remembering that can be found out again: a disposable key -> bytes memory.

A project remembers here what it once read from source files, so that it need not read them
again. It may be deleted at any time, be damaged, or be held by another process: then less is
remembered, and nothing is wrong. Each value carries a checksum of itself and of its key, as
a wrong memory would be worse than none.

SQLite rather than a file of our own: opening costs 0.3 ms however much there is, where a
file that is read as a whole takes 1 ms for each megabyte.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from zlib import crc32

_DAY = 24 * 3600
_CHECKSUM = 4
_TABLE = "CREATE TABLE memo (key TEXT PRIMARY KEY, day INTEGER, value BLOB) WITHOUT ROWID"


class NoMemo:
    """Remembers nothing."""

    def get(self, key: str) -> bytes | None:
        """Nothing."""

    def put(self, key: str, value: bytes) -> None:
        """Nowhere."""


class Memo:
    """A memory in a file. Nothing in here raises because of the file."""

    def __init__(
        self, path: Path, *, max_bytes: int = 256 << 20, wait_seconds: float = 1.0
    ) -> None:
        """Open a memory; the file is made when there is something to remember.

        Args:
            path: The file.
            max_bytes: Where the file grows beyond this, the older half is forgotten.
            wait_seconds: How long to wait for another process.
        """
        self._path, self._max_bytes, self._wait_seconds = path, max_bytes, wait_seconds
        self._lock = threading.Lock()
        self._new: dict[str, bytes] = {}
        self._used: set[str] = set()
        self._today = int(time.time()) // _DAY
        self._connection = _connected(path, wait_seconds) if path.exists() else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def get(self, key: str) -> bytes | None:
        """What was put under this key, or None."""
        with self._lock:
            if key in self._new:
                return self._new[key]
            row = self._row(key)
            if row is None:
                return None
            day, packed = row
            value = _unpacked(key, packed)
            if value is not None and day < self._today:
                self._used.add(key)
            return value

    def put(self, key: str, value: bytes) -> None:
        """Remember; written down at `flush` or `close`."""
        with self._lock:
            self._new[key] = value

    def flush(self) -> None:
        """Write down what is new; where that is not possible, it is forgotten."""
        with self._lock:
            if not self._new and not self._used:
                return
            if self._connection is None:
                self._connection = _connected(self._path, self._wait_seconds)
            try:
                self._write()
            except sqlite3.DatabaseError as error:
                self._give_up(error)
            self._new, self._used = {}, set()

    def close(self) -> None:
        """Flush, and let go of the file."""
        self.flush()
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _row(self, key: str) -> tuple[int, bytes] | None:
        if self._connection is None:
            return None
        try:
            row: tuple[int, bytes] | None = self._connection.execute(
                "SELECT day, value FROM memo WHERE key = ?", (key,)
            ).fetchone()
        except sqlite3.DatabaseError as error:
            self._give_up(error)
            return None
        return row

    def _write(self) -> None:
        if self._connection is None:
            return
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO memo VALUES (?, ?, ?)",
                [(key, self._today, _packed(key, value)) for key, value in self._new.items()],
            )
            self._connection.executemany(
                "UPDATE memo SET day = ? WHERE key = ?",
                [(self._today, key) for key in self._used],
            )
        self._prune()

    def _prune(self) -> None:
        """Forget what was not used for longest."""
        connection = self._connection
        if connection is None or not self._path.exists():
            return
        if self._path.stat().st_size <= self._max_bytes:
            return
        rows = connection.execute("SELECT key, length(value) FROM memo ORDER BY day DESC")
        room, old = self._max_bytes // 2, []
        for key, n_bytes in rows.fetchall():
            room -= n_bytes
            if room < 0:
                old.append((key,))
        with connection:
            connection.executemany("DELETE FROM memo WHERE key = ?", old)
        connection.execute("VACUUM")

    def _give_up(self, error: sqlite3.DatabaseError) -> None:
        """Do without the file; a damaged one is removed, so that the next start has a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if _is_damage(error):
            with suppress(OSError):
                self._path.unlink(missing_ok=True)


def _connected(path: Path, wait_seconds: float) -> sqlite3.Connection | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=wait_seconds, check_same_thread=False)
    except (OSError, sqlite3.Error):
        return None
    try:
        # A crash of the machine may damage it, which the checksums find out.
        connection.execute("PRAGMA synchronous = OFF")
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'memo'").fetchone():
            with suppress(sqlite3.OperationalError):  # another process was faster
                connection.execute(_TABLE)
    except sqlite3.DatabaseError as error:
        connection.close()
        if not _is_damage(error):
            return None
        with suppress(OSError):
            path.unlink()
            return _connected(path, wait_seconds)
        return None
    return connection


def _is_damage(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    other = isinstance(error, sqlite3.OperationalError) and "no such" in str(error)
    return other or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _packed(key: str, value: bytes) -> bytes:
    return crc32(value, crc32(key.encode())).to_bytes(_CHECKSUM, "little") + value


def _unpacked(key: str, packed: object) -> bytes | None:
    if not isinstance(packed, bytes):
        return None
    value = packed[_CHECKSUM:]
    return value if packed == _packed(key, value) else None
