"""Several calls at once, each in a process of its own."""

from __future__ import annotations

import contextlib
import os
import pickle
import selectors
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from time import monotonic
from types import FrameType
from typing import Any

from tilth.engine.executor import NAP, Ended
from tilth.engine.fork_server import START_METHODS, ForkServer
from tilth.engine.worker import (
    BROKEN,
    CALL,
    GOODBYE,
    JOB,
    PROTOCOL,
    RAISED,
    READY,
    RETURNED,
    Channel,
)
from tilth.errors import CrossingError, UnknownNameError, WorkerLostError

__all__ = ["Processes"]

GRACE = 1.0  # seconds that a process has to end by itself when it is asked to
EAGER = 65536  # bytes that a socket takes although nobody reads yet, with a good margin


class _Worker:
    """What this side knows of one worker process."""

    __slots__ = ("body", "channel", "kill_at", "number", "process", "ready", "stopped", "ticket")

    def __init__(self, number: int, channel: Channel) -> None:
        self.number = number
        self.channel = channel
        self.ready = False
        self.process: int | None = None  # its id, once it is ready
        self.ticket: int | None = None
        self.body: bytes | None = None  # a large call that waits until the worker is ready
        self.stopped = False
        self.kill_at: float | None = None  # when patience ends; in seconds, monotonic


class Processes:
    """Performs calls in worker processes, which are made when they are first needed and kept.

    Workers do not import the user's script, so it needs no `if __name__ == "__main__"`.
    They write to the standard output and error of this process, ignore Ctrl-C, and end with
    this process, however it ends. What a worker has started ends with the worker.
    One thread at a time may use an executor; any thread may.
    """

    shares_memory = False
    can_stop = True

    def __init__(
        self,
        *,
        workers: int,
        work: Callable[[Any], Any],
        setup: Callable[..., None] | None = None,
        arguments: tuple[Any, ...] = (),
        start_method: str | None = None,
        preload: Sequence[str] = ("tilth.engine.perform",),
    ) -> None:
        """Prepare; no process is started yet.

        Args:
            workers: How many calls may be under way at once.
            work: What is done for each call.
            setup: Called in each worker before its first call.
            arguments: What setup is called with.
            start_method: `forkserver`, `fork` or `spawn`; by default what the variable
                TILTH_START_METHOD says, or else `forkserver`.
            preload: Modules that are imported once for all workers. They must be small, and
                must not start threads.

        Raises:
            CrossingError: Work, setup or arguments cannot be pickled.
            UnknownNameError: There is no such start method.
        """
        if workers < 1:
            raise ValueError(f"an executor needs one worker at least, not {workers}")
        self.capacity = workers
        self._method = _start_method(start_method)
        self._preload = tuple(preload)
        self._job = _pickled("work", (work, setup, arguments))
        self._server: ForkServer | None = None
        self._selector = selectors.DefaultSelector()
        self._numbers = count(1)
        self._workers: dict[int, _Worker] = {}
        self._idle: list[_Worker] = []  # ready, or about to be; the last is taken first
        self._busy: dict[int, _Worker] = {}
        self._ended: list[Ended] = []
        self._notices: list[tuple[int, int]] = []  # deaths that were heard of
        self._closed = False

    def submit(self, ticket: int, call: Any) -> None:
        """Send the call to a worker, to a new one where all are busy."""
        if self._closed or len(self._busy) >= self.capacity or ticket in self._busy:
            raise RuntimeError(f"no room for call {ticket}: {'closed' if self._closed else 'full'}")
        try:
            body = _pickled("call", call)
        except CrossingError as error:
            self._ended.append(Ended(ticket=ticket, error=error))
            return
        if self._idle:
            self._attend(0)  # one of them may have died since
        self._assign(ticket, body)

    def warm_up(self) -> None:
        """Start all workers, without waiting until they are ready."""
        while not self._closed and len(self._workers) < self.capacity:
            self._idle.insert(0, self._start())

    def wait(self, seconds: float | None) -> list[Ended]:
        """Calls that ended; Ctrl-C interrupts the waiting at once."""
        until = None if seconds is None else monotonic() + seconds
        while self._busy and not self._ended:
            left = NAP if until is None else max(0.0, until - monotonic())
            self._attend(min(left, NAP))
            if left == 0:
                break
        ended, self._ended = self._ended, []
        return ended

    def stop(self, ticket: int) -> None:
        """Ask the call's process to end, and kill it after a second; `wait` sees to that."""
        worker = self._busy.get(ticket)
        if worker is not None and not worker.stopped:
            worker.stopped = True
            self._ask_to_end(worker)

    def close(self) -> None:
        """End all workers; returns when they are gone, after little more than a second."""
        if self._closed and self._server is None:
            return  # but where Ctrl-C came into the first time, go on
        self._closed = True
        for worker in list(self._workers.values()):
            self._dismiss(worker)
        until = monotonic() + GRACE
        while self._workers and self._server and (left := until - monotonic()) > 0:
            self._attend(left)
        if self._server is not None:
            self._server.close()  # kills what is left
        for worker in self._workers.values():
            worker.channel.close()
        for kept in (self._workers, self._busy, self._idle, self._ended):
            kept.clear()
        self._selector.close()
        self._server = None

    # ------------------------------------------------------------------ giving work

    def _assign(self, ticket: int, body: bytes) -> None:
        worker = self._idle.pop() if self._idle else self._start()
        worker.ticket = ticket
        worker.body = body
        self._busy[ticket] = worker
        if worker.ready or len(self._job) + len(body) < EAGER:
            self._deliver(worker)

    def _deliver(self, worker: _Worker) -> None:
        body, worker.body = worker.body, None
        assert body is not None
        try:
            worker.channel.send(CALL, body)
        except OSError:
            if worker.ready:
                self._give_to_another(worker, body)
            # Else it could not be set up, which is the end of the call; a notice will say why.
        except BaseException:  # Ctrl-C in the middle of a message, which nobody can read now
            self._hang_up(worker)
            raise

    def _give_to_another(self, worker: _Worker, body: bytes) -> None:
        """Assign a call anew, since its worker died while it was idle and has not seen it."""
        ticket, worker.ticket = worker.ticket, None
        assert ticket is not None
        del self._busy[ticket]
        self._hang_up(worker)
        self._assign(ticket, body)

    def _start(self) -> _Worker:
        try:
            return self._start_with(self._running_server())
        except ConnectionError:  # the server has died
            self._lose_all()
            return self._start_with(self._running_server())

    def _running_server(self) -> ForkServer:
        if self._server is None:
            self._server = ForkServer(self._method, preload=self._preload)
            self._selector.register(self._server, selectors.EVENT_READ, None)
        return self._server

    def _start_with(self, server: ForkServer) -> _Worker:
        # After the server has started, which may be a copy of us and would keep both ends open.
        ours, theirs = socket.socketpair()
        number = next(self._numbers)
        with theirs:
            try:
                server.fork(number, theirs)
            except OSError:
                ours.close()
                raise
        worker = _Worker(number, Channel(ours))
        self._workers[number] = worker
        self._selector.register(worker.channel, selectors.EVENT_READ, worker)
        with contextlib.suppress(OSError):  # the notice of its death will follow
            worker.channel.send(JOB, self._job)
        return worker

    # ------------------------------------------------------------------ ending work

    def _dismiss(self, worker: _Worker) -> None:
        if worker.ticket is None and worker.ready:
            with contextlib.suppress(OSError):
                worker.channel.send(GOODBYE)
        else:
            self._ask_to_end(worker)

    def _ask_to_end(self, worker: _Worker) -> None:
        worker.kill_at = monotonic() + GRACE
        if self._server is not None:
            self._server.signal(worker.number, signal.SIGTERM)

    def _kill_the_stubborn(self) -> float | None:
        """Kill those whose time is over; seconds until the next one's is."""
        waiting = [each for each in self._workers.values() if each.kill_at is not None]
        if not waiting:
            return None
        now = monotonic()
        for worker in waiting:
            if worker.kill_at <= now and self._server is not None:  # type: ignore[operator]
                self._server.signal(worker.number, signal.SIGKILL)
                worker.kill_at = None
        return min((each.kill_at - now for each in waiting if each.kill_at), default=None)

    # ------------------------------------------------------------------ hearing

    def _attend(self, seconds: float) -> None:
        """Handle what has happened, or what happens next within so many seconds."""
        patience = self._kill_the_stubborn()
        events = self._selector.select(seconds if patience is None else min(seconds, patience))
        if events or self._notices:
            with _whole():
                self._take(events)

    def _take(self, events: list[tuple[selectors.SelectorKey, int]]) -> None:
        for key, _ in events:
            if key.data is not None:
                self._hear(key.data)
        # Last, since what a worker said before it died counts.
        if any(key.fileobj is self._server for key, _ in events):
            self._hear_deaths()
        while self._notices:
            number, status = self._notices[-1]
            if number in self._workers:
                self._bury(self._workers[number], status)
            self._notices.pop()  # not before, for Ctrl-C may come at any place

    def _hear(self, worker: _Worker) -> None:
        try:
            self._heed(worker, *worker.channel.receive())
        except (EOFError, OSError):
            self._hang_up(worker)
        except BaseException:  # a second Ctrl-C: the rest of the message makes no sense
            self._hang_up(worker)
            raise

    def _heed(self, worker: _Worker, kind: int, body: bytes | bytearray) -> None:
        if worker.stopped:
            return
        if kind == READY:
            worker.ready = True
            worker.process = int(body)
            if worker.body is not None:
                self._deliver(worker)
            return
        self._end(worker, *_outcome(kind, body))
        if kind != BROKEN:
            self._idle.append(worker)

    def _hear_deaths(self) -> None:
        assert self._server is not None
        try:
            self._notices.extend(self._server.notices())
        except EOFError:
            self._lose_all()

    def _bury(self, worker: _Worker, status: int | None) -> None:
        self._hang_up(worker)
        worker.channel.close()
        if worker.stopped:
            self._end(worker, None, TimeoutError("the call was stopped while it was under way"))
        else:
            self._end(worker, None, WorkerLostError(status))
        del self._workers[worker.number]

    def _hang_up(self, worker: _Worker) -> None:
        """Hear no more of a worker, which is about to die, or must."""
        with contextlib.suppress(KeyError, ValueError):  # it was done already, or is closed
            self._selector.unregister(worker.channel)
        if worker in self._idle:
            self._idle.remove(worker)
        if worker.kill_at is None:
            worker.kill_at = monotonic() + GRACE

    def _lose_all(self) -> None:
        """Give up a server that died, and its workers; the idle ones end when we hang up."""
        server, self._server = self._server, None
        assert server is not None
        self._selector.unregister(server)
        server.close()
        for worker in list(self._workers.values()):
            if worker.ticket is not None and worker.process is not None:
                # Nobody else can. It still runs, as its server died only now.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(worker.process, signal.SIGKILL)
            self._bury(worker, None)

    def _end(self, worker: _Worker, value: Any, error: BaseException | None) -> None:
        ticket = worker.ticket
        if ticket is not None and ticket in self._busy:
            ended = Ended(ticket=ticket, value=value, error=error)
            # Together, with no call between them, so that Ctrl-C cannot come between them.
            del self._busy[ticket]
            self._ended.append(ended)
        worker.ticket = worker.body = None


@contextlib.contextmanager
def _whole() -> Iterator[None]:
    """Let Ctrl-C wait until the block is done, since half a message is worth nothing.

    A second one does not wait: a worker that was stopped in the middle of its answer would
    keep us for ever. Signals are handled in the main thread, so others need no care.
    """
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[FrameType | None] = []

    def wait(number: int, frame: FrameType | None) -> None:
        came.append(frame)
        if len(came) > 1:
            handler(number, frame)

    signal.signal(signal.SIGINT, wait)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if len(came) == 1:
            handler(signal.SIGINT, came[0])


def _start_method(given: str | None) -> str:
    name = given or os.environ.get("TILTH_START_METHOD") or START_METHODS[0]
    if name not in START_METHODS:
        where = None if given else "TILTH_START_METHOD"
        raise UnknownNameError("start method", name, START_METHODS, where=where)
    return name


def _pickled(what: str, thing: Any) -> bytes:
    try:
        return pickle.dumps(thing, PROTOCOL)
    except Exception as error:  # any, since it is the user's classes that are asked
        raise CrossingError(what, _brief(error)) from error


def _brief(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _outcome(kind: int, body: bytes | bytearray) -> tuple[Any, BaseException | None]:
    """Value and error that a worker's answer stands for."""
    if kind == RETURNED:
        try:
            return pickle.loads(body), None  # noqa: S301  # from a worker of ours
        except Exception as error:
            return None, CrossingError("result", _brief(error))
    assert kind in (RAISED, BROKEN)
    return None, _error_from(*pickle.loads(body))  # noqa: S301  # from a worker of ours


def _error_from(crossing: str | None, brief: str, full: str, exact: bytes) -> BaseException:
    if crossing is not None:
        return CrossingError(crossing, brief, report=full)
    try:
        error = pickle.loads(exact)  # noqa: S301  # from a worker of ours
        error.add_note(f"In the worker:\n{full}")
    except Exception:  # whatever its class does when it is made anew
        return CrossingError("error", brief, report=full)
    return error if isinstance(error, BaseException) else CrossingError("error", brief, report=full)
