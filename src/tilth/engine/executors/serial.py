"""One call after the other, in the thread that waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tilth.engine.executor import Ended, new_ended

__all__ = ["Serial"]


class Serial:
    """Performs a call inside `wait`, so that a debugger and Ctrl-C work as in a plain script.

    A time limit cannot be kept: nobody is there to end the call.
    """

    capacity = 1
    shares_memory = True
    can_stop = False

    def __init__(
        self,
        *,
        workers: int = 1,
        work: Callable[[Any], Any],
        setup: Callable[..., None] | None = None,
        arguments: tuple[Any, ...] = (),
    ) -> None:
        if workers < 1:
            raise ValueError(f"an executor needs one worker at least, not {workers}")
        self._work = work
        self._setup = setup
        self._arguments = arguments
        self._stored: list[tuple[int, Any]] = []
        self._interrupted: Ended | None = None
        self._closed = False

    def submit(self, ticket: int, call: Any) -> None:
        """Keep the call until `wait`."""
        if self._closed or self._stored or self._interrupted:
            raise RuntimeError(f"no room for call {ticket}: {'closed' if self._closed else 'full'}")
        self._stored.append((ticket, call))

    def warm_up(self) -> None:
        """Nothing takes time to start."""

    def wait(self, seconds: float | None) -> list[Ended]:
        """Perform the call that was stored, however long it takes.

        Raises:
            KeyboardInterrupt: Ctrl-C; the call ends with it, as the next `wait` says.
        """
        if self._interrupted is not None:
            ended, self._interrupted = self._interrupted, None
            return [ended]
        if not self._stored:
            return []
        ticket, call = self._stored.pop()
        try:
            if self._setup is not None:
                self._setup(*self._arguments)
                self._setup = None
            return [new_ended(ticket=ticket, value=self._work(call))]
        except KeyboardInterrupt as error:
            # From the keyboard or from the work, nobody can tell; the person comes first.
            self._interrupted = Ended(ticket=ticket, error=error)
            raise
        except BaseException as error:  # SystemExit too is the end of a call, not of the run
            return [Ended(ticket=ticket, error=error)]

    def stop(self, ticket: int) -> None:
        """Do nothing: the only thread is in the call."""

    def close(self) -> None:
        """Give up the call that is stored."""
        self._closed = True
        self._stored.clear()
        self._interrupted = None
