"""A small process that makes worker processes, ends them, and says how they ended.

Workers are not forked from the user's process, whose threads and locks a fork would copy in
the middle of their work, nor started one by one with a new interpreter, which is slow.
They are forked from a process that has done nothing but import a few small modules.
It also is who outlives the user's process by a moment, and then ends what that left running.

The standard library has such a server. It needs two helper processes and a folder, imports
the user's script into it again, and is one for all who use it.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import selectors
import signal
import socket
import struct
import sys
from collections.abc import Callable, Iterable, Sequence

from tilth.engine.worker import Channel, serve

START_METHODS = ("forkserver", "fork", "spawn")

# Requests are (worker, signal), FORK in place of the signal asks for a worker and carries its
# end of a socket. Notices are (worker, exit status), the status negative for a signal.
_RECORD = struct.Struct("<qq")
_FORK = 0


class ForkServer:
    """The side of the process that wants workers.

    Workers have numbers, chosen here. None is ever addressed by its process id, which the
    system may have given to another process by then.
    """

    def __init__(self, method: str, *, preload: Sequence[str] = ()) -> None:
        """Start the server, without waiting until it is up.

        Args:
            method: `forkserver`: a new interpreter that forks. `spawn`: each worker is a new
                interpreter. `fork`: a copy of this process as it is now, that forks.
            preload: Modules that workers will want; those that cannot be imported are left, and
                all where workers are new interpreters, which could not profit.
        """
        self._control, theirs = socket.socketpair()
        with theirs:
            start = _copied if method == "fork" else _launched
            self._join = start(self._control, theirs, method, preload)

    def fileno(self) -> int:
        """A descriptor that is readable when there are notices, for a selector."""
        return self._control.fileno()

    def fork(self, worker: int, channel: socket.socket) -> None:
        """Ask for a worker that serves a channel.

        Raises:
            OSError: The server is gone.
        """
        socket.send_fds(self._control, [_RECORD.pack(worker, _FORK)], [channel.fileno()])

    def signal(self, worker: int, number: int) -> None:
        """Send a signal to a worker and to what it has started, if it still runs."""
        with contextlib.suppress(OSError):  # then its workers are lost, as a notice says
            self._control.sendall(_RECORD.pack(worker, number))

    def notices(self) -> list[tuple[int, int]]:
        """Workers that ended since, each with its exit status; waits for one.

        Raises:
            EOFError: The server is gone.
        """
        try:
            received = self._control.recv(_RECORD.size * 256)
            if rest := len(received) % _RECORD.size:
                received += self._control.recv(_RECORD.size - rest, socket.MSG_WAITALL)
        except OSError:
            received = b""
        if not received:
            raise EOFError
        return list(_RECORD.iter_unpack(received))

    def close(self) -> None:
        """Kill the workers that are left, and the server; returns when they are gone."""
        with self._control:
            # Copies of our end may live on in processes that the user's code has forked.
            with contextlib.suppress(OSError):
                self._control.shutdown(socket.SHUT_WR)
            self._join()


def _launched(
    control: socket.socket, theirs: socket.socket, method: str, preload: Sequence[str]
) -> Callable[[], object]:
    # Only who starts processes pays for its import.
    import subprocess

    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    prefix = [sys.executable, *flags, "-c"]
    end = theirs.fileno()
    call = f"run({end}, {ascii(prefix) if method == 'spawn' else None}, {list(preload)!a})"
    process = subprocess.Popen(  # noqa: S603  # our own interpreter
        [*prefix, _script("tilth.engine.fork_server", "run", call)],
        stdin=subprocess.DEVNULL,
        pass_fds=[end],
        process_group=0,  # Ctrl-C and a kill of the terminal's group are not for the server
    )
    return process.wait


def _script(module: str, name: str, call: str) -> str:
    """Source for a new interpreter, which has none of the user's script as its main module."""
    return (
        f"import sys; sys.path[:] = {sys.path!a}; sys.argv[:] = {sys.argv!a}; "
        f"from {module} import {name}; {call}"
    )


def _copied(
    control: socket.socket, theirs: socket.socket, method: str, preload: Sequence[str]
) -> Callable[[], object]:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # closed, or None, or the user's own kind
            stream.flush()  # else both processes would write what is pending
    child = os.fork()
    if child:
        return lambda: os.waitpid(child, 0)
    status = 1
    try:
        control.close()
        _forget_the_parent()
        run(theirs.detach(), None, preload)
        status = 0
    finally:
        _leave(status)
    raise AssertionError


def _forget_the_parent() -> None:
    atexit._clear()  # what it does at its end is not for us to do
    if "faulthandler" in sys.modules and not os.environ.get("PYTHONFAULTHANDLER"):
        sys.modules["faulthandler"].disable()  # it would write to where the parent has it write
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  # it stays open


def _leave(status: int) -> None:
    # The stack of this process is a copy of another's, so it must not be unwound.
    try:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
    finally:
        os._exit(status)


def run(end: int, prefix: Sequence[str] | None, preload: Iterable[str]) -> None:
    """Be the server until the other side is gone; or, in a forked copy, be a worker.

    Args:
        end: Descriptor of our end of the control socket.
        prefix: How to start a new interpreter for each worker; None forks alone.
        preload: Modules to import before the first fork.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.set_inheritable(end, False)  # a worker that held it would hide that we are gone
    if prefix is None:
        _import_all(preload)
    gc.freeze()  # pages that no collection touches stay shared
    with socket.socket(fileno=end) as control:
        worker = _Server(control, prefix).workers_end()
    if worker is not None:
        serve(Channel(worker))


def serve_descriptor(end: int) -> None:
    """Be a worker, in an interpreter that was started for it."""
    serve(Channel(socket.socket(fileno=end)))


def _import_all(names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(Exception):  # who needs it will say what is wrong with it
            __import__(name)


class _Server:
    def __init__(self, control: socket.socket, prefix: Sequence[str] | None) -> None:
        self._control = control
        self._prefix = prefix
        self._children: dict[int, int] = {}  # process id -> worker
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # a handler is what makes it wake us
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)

    def workers_end(self) -> socket.socket | None:
        """Serve until the other side is gone.

        Returns:
            In a forked copy, the socket that the worker is to serve.
        """
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._woken in ready:
                    self._reap()
                if self._control in ready:
                    try:
                        worker = self._obey()
                    except (EOFError, OSError):
                        self._kill_all()
                        return None
                    if worker is not None:
                        return worker

    def _obey(self) -> socket.socket | None:
        record, descriptors, _, _ = socket.recv_fds(self._control, _RECORD.size, 1)
        if not record:
            raise EOFError
        worker, number = _RECORD.unpack(record)
        if descriptors:
            return self._fork(worker, descriptors[0])
        for child in [each for each, its in self._children.items() if its == worker]:
            _signal_all(child, number)
        return None

    def _fork(self, worker: int, end: int) -> socket.socket | None:
        child = os.fork()
        if child:
            os.close(end)
            _lead_group(child)
            self._children[child] = worker
            return None
        _lead_group(0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(self._woken)
        os.close(self._wake)
        if self._prefix is None:
            return socket.socket(fileno=end)
        os.set_inheritable(end, True)
        call = f"serve_descriptor({end})"
        script = _script("tilth.engine.fork_server", "serve_descriptor", call)
        os.execv(self._prefix[0], [*self._prefix, script])  # noqa: S606  # our own interpreter
        raise AssertionError

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._woken, 65536)
        while self._children:
            try:
                child, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not child:
                return
            worker = self._children.pop(child, None)
            if worker is not None:
                # What the worker had started would hold files open, and is of use to no one.
                _signal_group(child, signal.SIGKILL)
                status = os.waitstatus_to_exitcode(status)
                with contextlib.suppress(OSError):  # the control socket will say so too
                    self._control.sendall(_RECORD.pack(worker, status))

    def _kill_all(self) -> None:
        for child in self._children:
            _signal_all(child, signal.SIGKILL)
        for child in self._children:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)


def _lead_group(process: int) -> None:
    # Both sides of a fork do it, since nobody knows which is first.
    with contextlib.suppress(OSError):
        os.setpgid(process, process)


def _signal_all(child: int, number: int) -> None:
    try:
        os.killpg(child, number)
    except (ProcessLookupError, PermissionError):
        os.kill(child, number)  # it has left its group


def _signal_group(leader: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
