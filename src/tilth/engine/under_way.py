"""What is under way: calls in executors, and when they are overdue."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from time import monotonic

from tilth.engine.call import Call
from tilth.engine.executor import Ended, Executor
from tilth.engine.work import Work

POLL_SECONDS = 0.05
"""How often one executor is looked at while another may have news as well."""


class UnderWay:
    """The calls that were submitted and have not ended.

    A node with a timeout must be in a process that can be ended; where the executor has none,
    it goes into another one that has, which is made when it is first needed.

    Args:
        executor: Where calls go.
        isolated: Gives an executor whose calls can be stopped, with as many places.
    """

    def __init__(self, executor: Executor, isolated: Callable[[], Executor]) -> None:
        self._executor = executor
        self._make_isolated = isolated
        self._isolated: Executor | None = None
        self._works: dict[int, tuple[Work, Executor]] = {}
        self._deadlines: dict[int, float] = {}
        self._n = 0

    def __bool__(self) -> bool:
        return bool(self._works)

    @property
    def has_room(self) -> bool:
        """Whether one more may start."""
        return len(self._works) < self._executor.capacity

    @property
    def works(self) -> Iterator[Work]:
        """What is under way."""
        return (work for work, _ in self._works.values())

    def executor_for(self, work: Work) -> Executor:
        """Where the work belongs."""
        if work.task.step.node.options.timeout is None or self._executor.can_stop:
            return self._executor
        if self._isolated is None:
            self._isolated = self._make_isolated()
        return self._isolated

    def start(self, work: Work, call: Call, executor: Executor) -> int:
        """Submit a call to where the work belongs; returns its ticket."""
        self._n += 1
        self._works[self._n] = work, executor
        timeout = work.task.step.node.options.timeout
        if timeout is not None:
            self._deadlines[self._n] = monotonic() + timeout
        executor.submit(self._n, call)
        return self._n

    def wait(self, until: Collection[float]) -> list[tuple[Work, Ended]]:
        """What ended: at least one call, unless something else is due before.

        Args:
            until: Moments of the monotonic clock at which the caller has something to do.
        """
        due = [*until, *self._deadlines.values()] if self._deadlines else until
        if self._isolated is None:
            ended = self._executor.wait(_patience(due))
        else:
            ended = self._wait_for_both(self._isolated, due)
        found = [(self._works.pop(each.ticket)[0], each) for each in ended]
        if self._deadlines:
            for each in ended:
                self._deadlines.pop(each.ticket, None)
            self._stop_overdue()
        return found

    def _wait_for_both(self, isolated: Executor, due: Collection[float]) -> list[Ended]:
        here = sum(each is self._executor for _, each in self._works.values())
        apart = len(self._works) - here
        if not apart:
            return self._executor.wait(_patience(due))
        if not here:
            return isolated.wait(_patience(due))
        ended = self._executor.wait(_patience([*due, monotonic() + POLL_SECONDS]))
        return [*ended, *isolated.wait(0.0)]

    def _stop_overdue(self) -> None:
        now = monotonic()
        for ticket in [each for each, due in self._deadlines.items() if due <= now]:
            del self._deadlines[ticket]
            self._works[ticket][1].stop(ticket)

    def give_up(self) -> list[Work]:
        """Forget all, as the run ends; returns what had not ended."""
        left = list(self.works)
        self._works.clear()
        self._deadlines.clear()
        return left


def _patience(due: Collection[float]) -> float | None:
    """Seconds until the first of these moments, None where there are none."""
    return max(0.0, min(due) - monotonic()) if due else None
