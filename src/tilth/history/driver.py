"""A database as the history sees it: SQL text in, rows out, errors that say what to do.

All SQL text of the history is standard, with `?` for values; a driver for another database
translates these, and the three words that the first migration names. What drivers promise
beyond SQL: between `begin` and `commit` there is one writer at a time.
"""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tilth.errors import HistoryError

Row = tuple[Any, ...]
Value = TypeVar("Value")


class Driver(Protocol):
    """A thin layer over one connection.

    Anything that goes wrong is raised as `HistoryError`, which names the database and says
    what to do. Threads may share a driver as long as one writes at a time.

    Attributes:
        name: What errors call the database: a file, or a server and a database on it.
    """

    name: str

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """All rows."""

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Change something; returns how many rows were."""

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """The same change with each of these values; returns how many rows were."""

    def tables(self) -> set[str]:
        """Names of all tables."""

    def prepare(self) -> None:
        """Whatever a new database needs before its tables are made."""

    @contextmanager
    def writing(self, *, patient: bool = True) -> Iterator[None]:
        """A transaction of the only writer, undone where the body raises.

        Args:
            patient: Whether to wait for another writer; otherwise `BusyError` at once.
        """

    def close(self) -> None:
        """Let go of the database."""


class Sqlite:
    """SQLite through the standard library, in write-ahead mode: readers never wait.

    Attributes:
        name: The file.
    """

    def __init__(self, path: Path, *, wait_seconds: float = 10.0) -> None:
        self.name = str(path)
        self._wait_seconds = wait_seconds
        # Since Python 3.12, threads that execute the same text at once bind to one statement.
        self._one_at_a_time = threading.Lock()
        with self._told():
            self._connection = sqlite3.connect(
                path,
                timeout=wait_seconds,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=256,
            )
            # With a write-ahead log a crash of the machine cannot damage the file, and may
            # cost the last moments; a crash of the process costs nothing.
            try:
                self._connection.execute("PRAGMA synchronous = NORMAL")
                # Moving the log into the file waits for the disk: seldom is better.
                self._connection.execute("PRAGMA wal_autocheckpoint = 4000")
            except BaseException:
                self._connection.close()
                raise

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """All rows."""
        try:
            with self._one_at_a_time:
                return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._error(error) from error

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Change something; returns how many rows were."""
        with self._told(), self._one_at_a_time:
            return self._connection.execute(sql, values).rowcount

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """The same change with each of these values; returns how many rows were."""
        changed = 0
        with self._told(), self._one_at_a_time:
            together = _together(sql)
            if together:
                values = list(chain.from_iterable(rows))
                n = together.count("?")
                whole = len(values) // n * n
                parts = [values[start : start + n] for start in range(0, whole, n)]
                changed = self._connection.executemany(together, parts).rowcount if parts else 0
                width = sql.count("?")
                rows = [values[i : i + width] for i in range(whole, len(values), width)]
            return changed + self._connection.executemany(sql, rows).rowcount

    def tables(self) -> set[str]:
        """Names of all tables."""
        rows = self.query("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name for (name,) in rows}

    def prepare(self) -> None:
        """Switch a new file to the write-ahead mode, which it then keeps."""
        deadline = time.monotonic() + self._wait_seconds
        while True:
            try:
                # Of an empty file nothing can be lost, so there is no need to wait for the disk.
                self._connection.execute("PRAGMA synchronous = OFF")
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = NORMAL")
                return
            except sqlite3.OperationalError as error:
                # Two processes that make the same file: SQLite does not wait here by itself.
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise self._error(error) from error
            time.sleep(0.005)

    @contextmanager
    def writing(self, *, patient: bool = True) -> Iterator[None]:
        """A transaction of the only writer, undone where the body raises."""
        self._begin(patient)
        try:
            yield
            with self._told():
                self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # SQLite may have undone it already
                self._connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Let go of the file."""
        with self._told():
            self._connection.close()

    def _begin(self, patient: bool) -> None:
        with self._told():
            if patient:
                self._connection.execute("BEGIN IMMEDIATE")
                return
            self._connection.execute("PRAGMA busy_timeout = 0")
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            finally:
                milliseconds = int(self._wait_seconds * 1000)
                self._connection.execute(f"PRAGMA busy_timeout = {milliseconds}")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._error(error) from error

    def _error(self, error: sqlite3.Error) -> HistoryError:
        what, hint = _TOLD.get(_code(error), ("cannot be used", None))
        waited = f" for {self._wait_seconds:g} s" if what.endswith("it") else ""
        return HistoryError(f"the history {self.name} {what}{waited}: {error}", hint=hint)


_NARROW = re.compile(r"(INSERT INTO .* VALUES )(\(\?(?:, \?){0,2}\))( ON CONFLICT DO NOTHING)?")


@lru_cache(maxsize=64)
def _together(sql: str) -> str:
    """A statement that adds a hundred narrow rows at once, which takes half the time of each alone.

    Empty for other statements: rows of many values gain nothing.
    """
    found = _NARROW.fullmatch(sql)
    return f"{found[1]}{', '.join([found[2]] * 100)}{found[3] or ''}" if found else ""


def marks(n: int) -> str:
    """Placeholders for so many values."""
    return ", ".join("?" * n)


def chunks(values: Sequence[Value], n: int = 500) -> Iterator[Sequence[Value]]:
    """Values in pieces that a statement can take."""
    for start in range(0, len(values), n):
        yield values[start : start + n]


def _code(error: sqlite3.Error) -> int:
    # Extended codes keep the primary one in their low byte; Python's own errors have none.
    return int(getattr(error, "sqlite_errorcode", -1)) & 0xFF


_KEPT = "nothing that was recorded is lost: it is written once the history can be"
_BUSY = (
    "is held by another process, waited for it",
    f"wait until that process has ended, or end it; {_KEPT}",
)
_DAMAGED = (
    "is damaged, or not a history",
    "restore a copy of it, or move it away: the next run starts a new one, and runs anew",
)
_FORBIDDEN = (
    "cannot be opened for writing",
    "check that you may write the file and its folder, and that the folder is not read-only",
)
_FULL = ("cannot be written", f"make room on the disk; {_KEPT}")

_TOLD: dict[int, tuple[str, str | None]] = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_READONLY: _FORBIDDEN,
    sqlite3.SQLITE_CANTOPEN: _FORBIDDEN,
    sqlite3.SQLITE_PERM: _FORBIDDEN,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _FULL,
}
