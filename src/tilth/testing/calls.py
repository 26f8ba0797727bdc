"""What the suite for executors has its workers do, good and bad.

Apart from the suite, so that a worker imports no test runner.
A call is a tuple of a name from `CALLS` and arguments.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn


def perform(call: tuple[Any, ...]) -> Any:
    """Do what a call says; this is the `work` of the suite."""
    name, *arguments = call
    return CALLS[name](*arguments)


def note_worker(folder: Path) -> None:
    """Leave a file named after the worker; this is the `setup` of the suite."""
    (folder / f"{worker_name()} {uuid.uuid4().hex}").touch()


def fail_until(path: Path) -> None:
    """A setup that fails until a file exists, and makes it."""
    if not path.exists():
        path.touch()
        raise LookupError("the first setup fails")


def die_until(path: Path) -> None:
    """A setup that takes its worker with it until a file exists, and makes it."""
    if not path.exists():
        path.touch()
        os._exit(4)


def worker_name() -> str:
    """The process and the thread that this is called in."""
    return f"{os.getpid()}-{threading.get_ident()}"


class StubbornError(Exception):
    """An exception that can be pickled, but not made anew."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")


class Interrupting:
    """A value that presses Ctrl-C while it is made anew, in whatever process that is."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _press_ctrl_c, ()


def _press_ctrl_c() -> str:
    signal.raise_signal(signal.SIGINT)
    return "made anew"


class Unreadable:
    """A value that can be pickled, but not made anew."""

    def __reduce__(self) -> tuple[Any, ...]:
        return int, ("not a number",)


def _wait_for(path: Path) -> str:
    while not path.exists():
        time.sleep(0.002)
    return str(path)


def _meet(folder: Path, n_others: int) -> int:
    (folder / uuid.uuid4().hex).touch()
    while (n := len(list(folder.iterdir()))) < n_others:
        time.sleep(0.002)
    return n


def _touch(path: Path) -> None:
    path.touch()


def _hang(note: Path, heed: bool = True) -> NoReturn:
    if not heed:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _write(note, os.getpid())
    while True:
        time.sleep(60)


def _hang_apart(note: Path) -> NoReturn:
    # A process that leads its group cannot leave it for a session of its own, but can join
    # another group of the session.
    os.setpgid(0, os.getpgid(os.getppid()))
    _hang(note, heed=False)


def _hang_with_child(note: Path) -> NoReturn:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    _write(note, child.pid)
    while True:
        time.sleep(60)


def _leave_child_and_die(note: Path) -> NoReturn:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    _write(note, child.pid)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def _write(note: Path, number: int) -> None:
    part = note.with_suffix(".part")
    part.write_text(str(number))
    part.replace(note)


def _interrupt(process: int, release: Path) -> str:
    os.kill(process, signal.SIGINT)
    return _wait_for(release)


def _fail(message: str) -> NoReturn:
    raise ValueError(message)


def _fail_oddly() -> NoReturn:
    raise StubbornError("this", "that")


def _fail_with_lambda() -> NoReturn:
    raise ValueError("holds a function", lambda: None)


def _die(number: int) -> NoReturn:
    os.kill(os.getpid(), number)
    raise AssertionError


def _return_from_a_copy() -> int:
    if os.fork() == 0:
        return -1
    os.wait()
    return 1


def _print(text: str) -> None:
    print(text)
    print(text.upper(), file=sys.stderr)


CALLS: dict[str, Callable[..., Any]] = {
    "return": lambda value: value,
    "double": lambda number: 2 * number,
    "worker": worker_name,
    "wait for": _wait_for,
    "touch": _touch,
    "meet": _meet,
    "hang": _hang,
    "hang apart": _hang_apart,
    "hang with child": _hang_with_child,
    "leave child and die": _leave_child_and_die,
    "interrupt": _interrupt,
    "fail": _fail,
    "fail oddly": _fail_oddly,
    "fail with lambda": _fail_with_lambda,
    "exit": sys.exit,
    "leave": os._exit,
    "die": _die,
    "make lambda": lambda: lambda: None,
    "make unreadable": Unreadable,
    "make interrupting": Interrupting,
    "return from a copy": _return_from_a_copy,
    "print": _print,
    "variable": os.environ.get,
    "folder": os.getcwd,
    "main file": lambda: getattr(sys.modules["__main__"], "__file__", None),
    "modules": lambda: sorted(sys.modules),
    "read": lambda: sys.stdin.read(),  # noqa: PLW0108  # the stream of the worker, not of now
}
