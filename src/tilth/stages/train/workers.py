"""Workers: processes that work off one fold of one trial after the other.

They are joblib's (loky), which needs no `if __name__ == "__main__"` in the user's script, takes
classes of notebooks along, and whose processes end by themselves where their parent is killed.
What all folds share is written once, into a file that each worker reads once.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

Work = Callable[..., Any]
"""`shared`, and the arguments of one call, -> its result."""

_IDLE = 30
"""Seconds after which a worker without work ends; also where its parent was killed."""


class Workers(Protocol):
    """Perform calls, at most `n` at a time."""

    n: int

    def submit(self, ticket: int, arguments: tuple[Any, ...]) -> None:
        """Begin a call; there has to be room."""

    def wait(self, seconds: float | None) -> list[tuple[int, Any]]:
        """Tickets of calls that are over, each with its result or an exception; none in time."""

    def give_up(self, ticket: int) -> list[int]:
        """End a call; others may have to be begun anew, which are these."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Here:
    """This process does it all, one call after the other; none can be given up."""

    n = 1

    def __init__(self, work: Work, shared: Any) -> None:
        self._work, self._shared = work, shared
        self._call: tuple[int, tuple[Any, ...]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, ticket: int, arguments: tuple[Any, ...]) -> None:
        """Keep the call until `wait`."""
        self._call = ticket, arguments

    def wait(self, seconds: float | None) -> list[tuple[int, Any]]:
        """Perform the call, however long it takes."""
        if self._call is None:
            return []
        (ticket, arguments), self._call = self._call, None
        try:
            return [(ticket, self._work(self._shared, *arguments))]
        except Exception as error:  # whatever an estimator says to settings that it dislikes
            return [(ticket, error)]

    def give_up(self, ticket: int) -> list[int]:
        """Nobody is there to end a call."""
        return []


class Processes:
    """Processes of their own."""

    def __init__(self, work: Work, shared: Any, *, n: int, folder: Path | None = None) -> None:
        """Write down what is shared; processes start with the first call.

        Args:
            work: What each call performs.
            shared: What each call is given.
            n: How many processes.
            folder: Where a file may lie meanwhile; the system's for such files where None.
        """
        import cloudpickle  # with what the caller has imported

        self.n = n
        self._futures: dict[Future[Any], int] = {}
        self._calls: dict[int, tuple[Any, ...]] = {}
        handle, name = tempfile.mkstemp(prefix="tilth-tuning-", dir=folder)
        self._file = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(cloudpickle.dumps((work, shared)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._futures:
            each.cancel()
        if any(not each.done() for each in self._futures):
            self._executor().shutdown(kill_workers=True)
        self._file.unlink(missing_ok=True)

    def _executor(self) -> Any:
        # Not the first time in a process: the workers that are there go on.
        from joblib.externals.loky import (  # type: ignore[import-untyped]  # has no types
            get_reusable_executor,
        )

        return get_reusable_executor(max_workers=self.n, timeout=_IDLE)

    def submit(self, ticket: int, arguments: tuple[Any, ...]) -> None:
        """Hand a call to a process."""
        self._calls[ticket] = arguments
        future = self._executor().submit(
            _performed, str(self._file), tuple(sys.path), self.n, arguments
        )
        self._futures[future] = ticket

    def wait(self, seconds: float | None) -> list[tuple[int, Any]]:
        """Wait for the first call to be over."""
        done, _ = wait(self._futures, seconds, FIRST_COMPLETED)
        return [(self._over(each), _result(each)) for each in done]

    def _over(self, future: Future[Any]) -> int:
        ticket = self._futures.pop(future)
        del self._calls[ticket]
        return ticket

    def give_up(self, ticket: int) -> list[int]:
        """End all processes, as a call cannot be ended alone; the others' begin anew."""
        self._executor().shutdown(kill_workers=True)
        others = [each for each in self._futures.values() if each != ticket]
        again = {each: self._calls[each] for each in others}
        self._futures.clear()
        self._calls.clear()
        for each, arguments in again.items():
            self.submit(each, arguments)
        return others


def _result(future: Future[Any]) -> Any:
    try:
        return future.result()
    except Exception as error:  # whatever an estimator says, or that its process died
        return error


def _performed(file: str, path: tuple[str, ...], n: int, arguments: tuple[Any, ...]) -> Any:
    """In a worker: one call."""
    work, shared = _shared(file, path, n)
    return work(shared, *arguments)


@lru_cache(maxsize=1)
def _shared(file: str, path: tuple[str, ...], n: int) -> tuple[Work, Any]:
    """In a worker: what all calls of one tuning share; read once."""
    import pickle

    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # sklearn's

    sys.path[:] = path
    work, shared = pickle.loads(Path(file).read_bytes())  # noqa: S301  # from who started us
    threadpool_limits(max(1, (os.cpu_count() or 1) // n))
    return work, shared
