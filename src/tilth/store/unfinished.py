"""What a node leaves for its next attempt, should it be ended before it is through.

A node's result is kept when the node returns. One that works for hours may write what it has so
far into a folder that belongs to exactly this execution: the same code, the same inputs. If the
process is killed, the next run finds the folder again; once the node has returned, it is gone.
What lies there must not change the result, only the time that it takes.
"""

from __future__ import annotations

import time
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType

_DAYS = 30
"""What nobody came back for in so many days is let go."""

_mine: ContextVar[Attempt | None] = ContextVar("tilth_unfinished", default=None)


def unfinished() -> Path | None:
    """The folder for what the node that runs would rather not do twice.

    Returns:
        The folder, which exists; None where no run of a project has called.
    """
    mine = _mine.get()
    return None if mine is None else mine.opened()


class Attempt:
    """While this is entered, `unfinished` gives the folder of an execution.

    The folder is removed at the end, unless that comes by an exception. Most nodes never ask
    for it, so that nothing is touched before somebody does.
    """

    __slots__ = ("_asked", "_folder", "_own", "_token")

    def __init__(self, folder: Path, fingerprint: str) -> None:
        """Name the execution.

        Args:
            folder: Where the folders of all executions are.
            fingerprint: Of the execution: a kind, a colon and hexadecimal digits.
        """
        self._folder = folder
        self._own = fingerprint
        self._asked = False

    def __enter__(self) -> None:
        self._token = _mine.set(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _mine.reset(self._token)
        if self._asked and kind is None:
            _remove(self._path)

    @property
    def _path(self) -> Path:
        return self._folder / self._own.partition(":")[2]

    def opened(self) -> Path:
        """The folder, made where it is not there yet."""
        if not self._asked:
            self._asked = True
            _forget_old(self._folder)
        self._path.mkdir(parents=True, exist_ok=True)
        return self._path


def _forget_old(folder: Path) -> None:
    before = time.time() - _DAYS * 24 * 3600
    with suppress(OSError):
        for each in list(folder.iterdir()):
            if max(file.stat().st_mtime for file in (each, *each.iterdir())) < before:
                _remove(each)


def _remove(folder: Path) -> None:
    from shutil import rmtree  # 6 ms, and few nodes leave anything

    rmtree(folder, ignore_errors=True)
