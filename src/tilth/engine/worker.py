"""What happens inside a worker process: it reads calls, performs them, and answers.

A worker knows one channel and nothing else: not who started it, nor how.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

PROTOCOL = 5

# What a message is. The first that a worker gets is the job, then come calls, then goodbye.
JOB, CALL, GOODBYE, READY, BROKEN, RETURNED, RAISED = range(7)

_HEADER = struct.Struct("<BQ")
_JOIN_BELOW = 65536  # one write is faster than two, copying is faster than a write, up to here


class Channel:
    """Messages over a stream socket, each a kind and bytes."""

    __slots__ = ("socket",)

    def __init__(self, stream: socket.socket) -> None:
        self.socket = stream

    def fileno(self) -> int:
        """The descriptor, for a selector."""
        return self.socket.fileno()

    def send(self, kind: int, body: bytes = b"") -> None:
        """Send one message.

        Raises:
            OSError: The other side is gone.
        """
        header = _HEADER.pack(kind, len(body))
        if len(body) < _JOIN_BELOW:
            self.socket.sendall(header + body)
        else:
            self.socket.sendall(header)
            self.socket.sendall(body)

    def receive(self) -> tuple[int, bytes | bytearray]:
        """Wait for one message.

        Raises:
            EOFError: The other side is gone.
            OSError: The other side is gone, and left bytes of ours unread.
        """
        kind, n_bytes = _HEADER.unpack(self._exactly(_HEADER.size))
        return kind, self._exactly(n_bytes) if n_bytes else b""

    def _exactly(self, n_bytes: int) -> bytes | bytearray:
        first = self.socket.recv(min(n_bytes, _JOIN_BELOW), socket.MSG_WAITALL)
        if len(first) == n_bytes:
            return first
        buffer = bytearray(n_bytes)
        buffer[: len(first)] = first
        n_read = len(first)
        with memoryview(buffer) as view:
            while n_read < n_bytes:
                n_more = self.socket.recv_into(view[n_read:]) if n_read else 0
                if not n_more:
                    raise EOFError
                n_read += n_more
        return buffer

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


def serve(channel: Channel) -> None:
    """Do the job that comes first for each call that follows, until goodbye."""
    _settle()
    try:
        work = _prepared(channel)
        if work is not None:
            channel.send(READY, str(os.getpid()).encode())
            _answer_calls(channel, work)
    except (EOFError, OSError):
        pass  # whom to tell? the process that wanted the answers is gone
    finally:
        channel.close()


def _settle() -> None:
    # The process that started the work decides what Ctrl-C means. A group of its own lets it
    # end the worker together with whatever the user's code has started. Writing to a terminal
    # that forbids it to the background would stop the worker for good.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        old = getattr(sys, f"__{name}__", None)
        try:
            stream = open(  # noqa: SIM115  # a descriptor, and it stays open
                descriptor,
                "w",
                buffering=1,
                encoding=getattr(old, "encoding", None) or "utf-8",
                errors="backslashreplace",
                closefd=False,
            )
        except OSError:
            continue  # the parent has closed it
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _prepared(channel: Channel) -> Callable[[Any], Any] | None:
    _, body = channel.receive()
    try:
        work, setup, arguments = pickle.loads(body)  # noqa: S301  # from who started us
    except BaseException as error:
        channel.send(BROKEN, packed_error(error, "work"))
        return None
    try:
        if setup is not None:
            setup(*arguments)
    except BaseException as error:
        channel.send(BROKEN, packed_error(error))
        return None
    return work  # type: ignore[no-any-return]


def _answer_calls(channel: Channel, work: Callable[[Any], Any]) -> None:
    own = os.getpid()
    while True:
        kind, body = channel.receive()
        if kind == GOODBYE:
            return
        answer = _answer(work, body)
        if os.getpid() != own:  # the user's code forked, and the copy came back to us
            os._exit(0)
        channel.send(*answer)
        del body, answer  # a waiting worker keeps no one's data alive


def _answer(work: Callable[[Any], Any], body: bytes | bytearray) -> tuple[int, bytes]:
    try:
        call = pickle.loads(body)  # noqa: S301  # from who started us
    except BaseException as error:
        return RAISED, packed_error(error, "call")
    try:
        value = work(call)
    except BaseException as error:  # SystemExit too is the end of a call, not of the worker
        return RAISED, packed_error(error)
    try:
        return RETURNED, pickle.dumps(value, PROTOCOL)
    except BaseException as error:
        return RAISED, packed_error(error, "result")


def packed_error(error: BaseException, crossing: str | None = None) -> bytes:
    """An exception as bytes that can be read whatever the exception is.

    Args:
        error: What was raised.
        crossing: `work`, `call` or `result` where the exception says why that could not be pickled.
    """
    # Needed for a failure alone, and it takes as long to import as the rest of a worker.
    import traceback

    brief = "".join(traceback.format_exception_only(error)).strip()
    full = "".join(traceback.format_exception(error))
    try:
        exact = pickle.dumps(error, PROTOCOL)
    except BaseException:
        exact = b""
    return pickle.dumps((crossing, brief, full, exact), PROTOCOL)
