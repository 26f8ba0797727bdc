"""What a run shows while it goes on: lines for a log, a live view for a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from threading import Lock, Timer
from time import monotonic
from typing import Any

from tilth.cli.output import count, duration, is_coloured, paint, plural, say
from tilth.data.library import is_installed
from tilth.engine.call import Failure
from tilth.engine.hooks import Observer
from tilth.history.record import NodeRun, Run
from tilth.project import Project
from tilth.record import field, record

PATIENCE_SECONDS = 0.3
"""A run that is over before has no live view, and never loads what draws one."""

LONG_SECONDS = 1.0
"""A node that took longer has its own line in a log."""

QUIET_SECONDS = 10.0
"""A log says how far the run is this often, at most."""


@record(kw_only=False, frozen=False)
class Standing:
    """How far a run is.

    Attributes:
        n_nodes: How many were asked for.
        expected: Node -> seconds that it took last time.
        workers: How many run at once.
        running: Node -> when it was started.
        left: Seconds that are still to be expected, one after the other.
    """

    n_nodes: int = 0
    expected: Mapping[str, float] = field(default_factory=dict)
    workers: int = 1
    running: dict[str, float] = field(default_factory=dict)
    done: int = 0
    reused: int = 0
    failed: int = 0
    left: float = 0.0

    def begin(self, n_nodes: int, expected: Mapping[str, float], workers: int) -> None:
        """A run begins."""
        self.n_nodes, self.expected, self.workers = n_nodes, expected, workers
        self.left = sum(expected.values())

    def started(self, node: str, now: float) -> None:
        """A node was handed to the executor."""
        self.running[node] = now

    def ended(self, node: str, state: str) -> None:
        """A node ran to its end, failed, or was reused."""
        self.running.pop(node, None)
        self.left = max(0.0, self.left - self.expected.get(node, 0.0))
        setattr(self, state, getattr(self, state) + 1)

    def text(self) -> str:
        """In a few words."""
        parts = [f"{count(self.done + self.reused + self.failed)} of {count(self.n_nodes)} nodes"]
        if self.reused:
            parts.append(f"{count(self.reused)} reused")
        if self.failed:
            parts.append(f"{count(self.failed)} failed")
        return ", ".join(parts)

    def time_left(self, now: float) -> str:
        """How long it may still take, empty where nothing is known."""
        gone = sum(
            min(now - since, self.expected.get(node, 0.0)) for node, since in self.running.items()
        )
        seconds = (self.left - gone) / max(1, self.workers)
        return f"about {duration(seconds)} left" if seconds >= 1 else ""


class Progress(Observer):
    """Watches a run for a person.

    Attributes:
        made: Datasets that were made, rather than taken over.

    Args:
        expected: Gives node -> seconds that it took last time; asked when something runs.
        workers: How many run at once.
    """

    def __init__(self, expected: Callable[[], Mapping[str, float]], workers: int) -> None:
        self._expected, self._workers = expected, workers
        self.made: set[str] = set()
        self._standing = Standing()
        self._view: Any = None
        self._began = self._spoke = monotonic()
        self._timer: Timer | None = None
        self._drawing = Lock()
        self._over = False

    # Events

    def run_started(self, run: Run, n_nodes: int) -> None:
        """See `Observer`."""
        self._standing.n_nodes = n_nodes

    def node_started(self, node: str, reason: str, attempt: int) -> None:
        """See `Observer`."""
        if self._timer is None:
            self._standing.begin(self._standing.n_nodes, self._expected(), self._workers)
            self._timer = Timer(PATIENCE_SECONDS, self._draw)
            self._timer.daemon = True
            if is_coloured(sys.stderr) and is_installed("rich"):
                self._timer.start()  # without it, a person sees what a log does
        self._standing.started(node, monotonic())

    def node_finished(self, node_run: NodeRun) -> None:
        """See `Observer`."""
        self.made.update(each.dataset.partition("[")[0] for each in node_run.outputs)
        self._standing.ended(node_run.node, "done")
        seconds = node_run.seconds + node_run.load_seconds + node_run.save_seconds
        if seconds >= LONG_SECONDS:
            self._tell(f"{paint('done', 'green', sys.stderr)} {node_run.node}, {duration(seconds)}")
        else:
            self._now_and_then()

    def node_reused(self, node: str, node_run: NodeRun) -> None:
        """See `Observer`."""
        self._standing.ended(node, "reused")

    def node_failed(self, node_run: NodeRun, failure: Failure) -> None:
        """See `Observer`."""
        self._standing.ended(node_run.node, "failed")
        title = f"{paint('failed', 'red', sys.stderr)} {paint(node_run.node, 'bold', sys.stderr)}"
        self._tell(f"{title}\n{failure.report.rstrip()}\n")

    def node_retried(self, node: str, failure: Failure, attempt: int, seconds: float) -> None:
        """See `Observer`."""
        first = (failure.message.splitlines() or [failure.kind])[0]
        self._tell(
            f"{paint('again', 'yellow', sys.stderr)} {node}: {first}; "
            f"attempt {attempt} in {duration(seconds)}"
        )

    def warned(self, message: str) -> None:
        """See `Observer`."""
        self._tell(f"{paint('warning:', 'yellow', sys.stderr)} {message}")

    def run_finished(self, run: Run) -> None:
        """See `Observer`."""
        self.close()

    def close(self) -> None:
        """Take the live view away."""
        if self._timer is not None:
            self._timer.cancel()
        with self._drawing:
            self._over = True
            if self._view is not None:
                self._view.stop()
                self._view = None

    # Showing

    def _tell(self, text: str) -> None:
        self._spoke = monotonic()
        with self._drawing:
            if self._view is None:
                say(text)
            else:
                self._view.tell(text)

    def _now_and_then(self) -> None:
        """In a log of many quick nodes, say now and then how far it is."""
        if self._view is None and monotonic() - self._spoke > QUIET_SECONDS:
            self._tell("  ".join(filter(None, [self._standing.text(), self._left()])))

    def _left(self) -> str:
        return self._standing.time_left(monotonic())

    def _draw(self) -> None:
        """Start the live view; called by the timer, from its own thread."""
        from tilth.cli.live import View  # rich takes 0.1 s, and only a long run is drawn

        with self._drawing:
            if not self._over:
                self._view = View(self._standing, self._began)


def tell_warnings(project: Project) -> None:
    """Tell what a person should know of a project though it stops nothing."""
    for each in project.definition.warnings:
        say(paint(each.text(), "yellow", sys.stderr))


def counted(counts: Mapping[str, int]) -> str:
    """`5 ran, 8 reused`."""
    words = {"done": "ran", "reused": "reused", "failed": "failed", "skipped": "skipped",
             "interrupted": "stopped"}  # fmt: skip
    parts = [f"{count(counts[state])} {word}" for state, word in words.items() if counts.get(state)]
    return ", ".join(parts) or plural(0, "node")
