"""Several calls at once in the threads of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from tilth.engine.executor import NAP, Ended

__all__ = ["Threads"]


class Threads:
    """Performs calls in daemon threads: for work that waits, or that lets go of the lock.

    A thread cannot be ended from outside.
    A call that hangs keeps its thread until the process ends, which it does not delay.
    """

    shares_memory = True
    can_stop = False

    def __init__(
        self,
        *,
        workers: int,
        work: Callable[[Any], Any],
        setup: Callable[..., None] | None = None,
        arguments: tuple[Any, ...] = (),
    ) -> None:
        if workers < 1:
            raise ValueError(f"an executor needs one worker at least, not {workers}")
        self.capacity = workers
        self._job = (work, setup, arguments)
        self._calls: SimpleQueue[tuple[int, Any] | None] = SimpleQueue()
        self._ends: list[Ended] = []
        self._wake: SimpleQueue[None] = SimpleQueue()  # an item for each end, which it follows
        self._under_way: set[int] = set()
        self._n_threads = 0
        self._closed = False

    def submit(self, ticket: int, call: Any) -> None:
        """Hand the call to a thread, to a new one where all are at work."""
        if self._closed or len(self._under_way) >= self.capacity or ticket in self._under_way:
            raise RuntimeError(f"no room for call {ticket}: {'closed' if self._closed else 'full'}")
        self._under_way.add(ticket)
        if self._n_threads < len(self._under_way):
            self._start()
        self._calls.put((ticket, call))

    def warm_up(self) -> None:
        """Start all threads."""
        while not self._closed and self._n_threads < self.capacity:
            self._start()

    def _start(self) -> None:
        self._n_threads += 1
        threading.Thread(
            target=_serve,
            args=(self._job, self._calls, self._ends, self._wake),
            name=f"tilth-worker-{self._n_threads}",
            daemon=True,
        ).start()

    def wait(self, seconds: float | None) -> list[Ended]:
        """Calls that ended; Ctrl-C interrupts the waiting at once."""
        if not self._under_way:
            return []
        self._sleep(seconds)
        ended = list(self._ends)
        self._under_way.difference_update([each.ticket for each in ended])
        del self._ends[: len(ended)]  # last and at once, so that Ctrl-C costs no ticket its end
        return ended

    def _sleep(self, seconds: float | None) -> None:
        until = None if seconds is None else monotonic() + seconds
        while not self._ends:
            left = NAP if until is None else until - monotonic()
            if left < 0:
                return
            with suppress(Empty):
                self._wake.get(timeout=min(left, NAP))

    def stop(self, ticket: int) -> None:
        """Do nothing: a thread cannot be ended from outside."""

    def close(self) -> None:
        """Let threads end after their calls, without waiting for them."""
        if not self._closed:
            self._closed = True
            self._under_way.clear()
            for _ in range(self._n_threads):
                self._calls.put(None)


def _serve(
    job: tuple[Callable[[Any], Any], Callable[..., None] | None, tuple[Any, ...]],
    calls: SimpleQueue[tuple[int, Any] | None],
    ends: list[Ended],
    wake: SimpleQueue[None],
) -> None:
    work, setup, arguments = job
    while (item := calls.get()) is not None:
        ticket, call = item
        try:
            if setup is not None:
                setup(*arguments)
                setup = None  # where it failed, the next call tries again
            ended = Ended(ticket=ticket, value=work(call))
        except BaseException as error:  # SystemExit too is the end of a call, not of the thread
            ended = Ended(ticket=ticket, error=error)
        ends.append(ended)
        wake.put(None)
        del item, call, ended  # an idle thread keeps no one's data alive
