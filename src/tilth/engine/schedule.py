"""The schedule: events in, instructions out; blind to threads, clocks and files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heappop, heappush

from tilth.graph.node import Node
from tilth.graph.pipeline import Pipeline


class Schedule:
    """Which node may be decided on next, and which that must run starts first.

    A node goes through: *waiting* (for its inputs' makers), *ready* (to be decided on),
    then either *finished* at once (its result was on record) or *queued* until a place and
    the resources that it takes are free, *started*, and *finished* or *failed*.
    All is linear in nodes and edges, but for the queue's logarithm.

    Args:
        pipeline: What is to run.
        seconds: Node -> how long it took last time. The longest remaining path starts first.
        resources: Name -> how much there is. What is not named is not bounded.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        seconds: Mapping[str, float] | None = None,
        resources: Mapping[str, float] | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._waits, self._feeds = _edges(pipeline)
        self._rank = ranks(pipeline, self._feeds, seconds) if seconds else {}
        self._position = {each.name: i for i, each in enumerate(pipeline)}
        self._free = dict(resources or {})
        self._ready = [each for each in pipeline if self._waits[each.name] == 0]
        self._ready.reverse()
        self._released = {each.name for each in self._ready}
        self._queue: list[tuple[float, int, int, Node, object]] = []
        self._queued = 0
        self._done: set[str] = set()
        self._lost: set[str] = set()

    def ready(self) -> Node | None:
        """The next node to decide on, None where all others wait."""
        return self._ready.pop() if self._ready else None

    @property
    def is_over(self) -> bool:
        """Whether every node finished, failed, or waits for one that failed."""
        return len(self._done) + len(self._lost) == len(self._pipeline)

    def queue(self, node: Node, work: object) -> None:
        """Line up work of a node; `start` gives it back when it may start."""
        self._queued += 1
        rank = -self._rank.get(node.name, 0.0)
        heappush(self._queue, (rank, self._position[node.name], self._queued, node, work))

    def start(self) -> tuple[Node, object] | None:
        """The queued work that goes first among those whose resources are free."""
        passed = []
        found = None
        while self._queue:
            entry = heappop(self._queue)
            if not self._free or self._fits(entry[3]):
                found = entry
                break
            passed.append(entry)
        for entry in passed:
            heappush(self._queue, entry)
        if found is None:
            return None
        if self._free:
            self._take(found[3], 1)
        return found[3], found[4]

    @property
    def has_more(self) -> bool:
        """Whether nodes are to be decided on, or work is lined up."""
        return bool(self._ready or self._queue)

    def release(self, node: Node) -> None:
        """Work of the node ended: what it took of the resources is free again."""
        if self._free:
            self._take(node, -1)

    def finished(self, node: Node) -> None:
        """The node's results are on record; nodes that waited for nothing else are ready."""
        if node.name in self._done:
            return
        self._done.add(node.name)
        for fed in reversed(self._feeds.get(node.name, ())):
            if fed.name in self._released:
                continue  # it went on while its maker ran again for another
            self._waits[fed.name] -= 1
            if self._waits[fed.name] == 0 and fed.name not in self._lost:
                self._released.add(fed.name)
                self._ready.append(fed)

    def reopen(self, reader: Node, makers: Iterable[Node]) -> None:
        """What these nodes made is gone after all: the reader waits until they ran again."""
        for maker in makers:
            if maker.name not in self._done:
                continue  # it runs again for another already
            self._done.discard(maker.name)
            for fed in self._feeds[maker.name]:
                if fed.name not in self._released:
                    self._waits[fed.name] += 1
        self._released.discard(reader.name)
        self._waits[reader.name] = len(_before(self._pipeline, reader) - self._done)

    def failed(self, node: Node) -> list[Node]:
        """The node has no results; returns the nodes that can therefore not run."""
        self._lost.add(node.name)
        skipped: list[Node] = []
        frontier = [node]
        while frontier:
            for fed in self._feeds.get(frontier.pop().name, ()):
                if fed.name not in self._lost and fed.name not in self._done:
                    self._lost.add(fed.name)
                    skipped.append(fed)
                    frontier.append(fed)
        return skipped

    def _fits(self, node: Node) -> bool:
        taken = node.options.resources
        return not taken or all(
            self._free[name] >= n for name, n in taken.items() if name in self._free
        )

    def _take(self, node: Node, sign: int) -> None:
        for name, n in node.options.resources.items():
            if name in self._free:
                self._free[name] -= sign * n


def ranks(
    pipeline: Pipeline, feeds: Mapping[str, list[Node]], seconds: Mapping[str, float]
) -> dict[str, float]:
    """Node -> seconds of the longest path from its start to the pipeline's end.

    Where a node has no recorded duration, the mean of those that have is taken.
    """
    usual = sum(seconds.values()) / len(seconds) if seconds else 0.0
    rank: dict[str, float] = {}
    for node in reversed(pipeline.nodes):
        after = max((rank[fed.name] for fed in feeds.get(node.name, ())), default=0.0)
        rank[node.name] = seconds.get(node.name, usual) + after
    return rank


def _edges(pipeline: Pipeline) -> tuple[dict[str, int], dict[str, list[Node]]]:
    waits: dict[str, int] = {}
    feeds: dict[str, list[Node]] = {}
    for node in pipeline:
        before = _before(pipeline, node)
        waits[node.name] = len(before)
        for name in before:
            feeds.setdefault(name, []).append(node)
    return waits, feeds


def _before(pipeline: Pipeline, node: Node) -> set[str]:
    """Names of the nodes that make what it reads."""
    makers = pipeline.makers
    return {makers[read].name for read in node.reads if read in makers}
