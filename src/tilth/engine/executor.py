"""What an executor owes: it runs calls somewhere, and says how they ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from tilth.record import maker, record

# Seconds that `wait` may sleep at a stretch. A Ctrl-C that comes in the instant before it
# falls asleep would not wake it.
NAP = 0.3


@record
class Ended:
    """How one call ended.

    Attributes:
        ticket: The number it was submitted under.
        value: What the work returned; None where it did not.
        error: Why there is no value: the exception that the work raised (any, SystemExit too),
            or `WorkerLostError` where its process died, or `TimeoutError` where it was stopped,
            or `CrossingError` where the call or its result cannot be pickled.
    """

    ticket: int
    value: Any = None
    error: BaseException | None = None


new_ended = maker(Ended)  # each call that ends needs one


class Executor(Protocol):
    """Runs `work(call)` for many calls, some at the same time.

    An executor is made with the work, a function of one argument, and with `setup`, which is
    called once in each worker (a thread or a process), before its first call, hence again in
    one that replaces a lost one. Where setup fails, the call ends with its error, and the next
    call tries again. Work and setup are importable functions; what they take and return
    can be pickled where `shares_memory` is False.

    Every ticket that was submitted ends exactly once, whatever happens to it.
    A call that kills its worker costs that call alone; the executor replaces the worker.
    Nothing of the executor is left running after `close`, also where calls hang, but for
    threads in calls, which nobody can end; they do not delay the end of the process.

    Attributes:
        capacity: How many calls may be under way at once.
        shares_memory: Whether a call sees the very objects of the submitting process.
        can_stop: Whether `stop` ends a call that is under way.
    """

    capacity: int
    shares_memory: bool
    can_stop: bool

    def submit(self, ticket: int, call: Any) -> None:
        """Start a call; at most `capacity` are under way, which the caller sees to.

        Raises:
            RuntimeError: There are more, or the ticket is under way already, or the executor
                is closed.
        """

    def warm_up(self) -> None:
        """Start what takes time to start, without waiting for it; never necessary."""

    def wait(self, seconds: float | None) -> list[Ended]:
        """Calls that ended since, at least one; or none after so many seconds.

        Returns at once where nothing is under way.
        Ctrl-C raises KeyboardInterrupt here, and costs no ticket its end. A result that
        is on its way is not lost by it either: the next `wait` returns it.
        """

    def stop(self, ticket: int) -> None:
        """End a call that is under way, where that can be done; it ends with TimeoutError."""

    def close(self) -> None:
        """End all; calls under way are given up."""


class ExecutorFactory(Protocol):
    """How an executor is made; the class itself does."""

    def __call__(
        self,
        *,
        workers: int,
        work: Callable[[Any], Any],
        setup: Callable[..., None] | None = None,
        arguments: tuple[Any, ...] = (),
    ) -> Executor:
        """Make an executor; `setup(*arguments)` is called where work will be done."""
