"""Values in memory: who still needs them, and whether somebody changed them in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from tilth.data.mutation import Snapshot, snapshot_of
from tilth.data.shape import shape_of
from tilth.graph.node import NOTHING
from tilth.graph.pipeline import Pipeline
from tilth.record import maker, record


@record(kw_only=False)
class Live:
    """A value in memory.

    Attributes:
        value: The object itself, shared by all that read it.
        shape: Its dotted type.
        snapshot: What it was when made, None where it cannot be changed or has one reader only.
        kept: Whether it can be loaded from the store as well.
    """

    value: Any
    shape: str
    snapshot: Snapshot | None
    kept: bool = True


_live = maker(Live)  # each node that runs needs one


class Values:
    """The values that are in memory during a run.

    A value is let go as soon as the last of its readers has finished. One that is shared is
    handed on as it is; its snapshot tells whether a reader changed it.
    """

    def __init__(self, pipeline: Pipeline, wanted: Iterable[str] = ()) -> None:
        self._left = Counter({name: len(nodes) for name, nodes in pipeline.readers.items()})
        self._fans = {name for node in pipeline if node.fans_out for name in node.reads}
        self._wanted = frozenset(wanted)
        self._live: dict[str, Live] = {}
        self._finished: set[str] = set()
        self._reading: set[int] = set()
        self._overlapped: set[int] = set()

    def put(self, dataset: str, value: Any, *, kept: bool = True) -> None:
        """Keep a value while somebody may need it.

        Args:
            dataset: Its name.
            value: The object.
            kept: Whether it can be loaded from the store as well.
        """
        if value is NOTHING or not (self._left[dataset] or dataset in self._wanted):
            return
        shared = self._left[dataset] > 1 or dataset in self._wanted or dataset in self._fans
        was = snapshot_of(value) if shared else None
        self._live[dataset] = _live(value, shape_of(value), was, kept)

    def share(self, dataset: str, value: Any, snapshot: Snapshot | None) -> None:
        """Keep a value that was loaded for one reader, for the others."""
        self._live[dataset] = Live(value, shape_of(value), snapshot)

    def get(self, dataset: str) -> Live | None:
        """The value, None where it is not in memory."""
        return self._live.get(dataset)

    def is_wanted_again(self, dataset: str) -> bool:
        """Whether more than one reader is left, so that a loaded value is worth keeping."""
        return self._left[dataset] > 1 or dataset in self._fans

    def distrust(self, changed: Collection[str]) -> None:
        """Values were changed in place: forget them, and all that may be parts of them.

        A value without a snapshot could have changed with them, and nobody would see it. One
        that cannot be loaded again stays.
        """
        if changed:
            self._live = {
                name: live
                for name, live in self._live.items()
                if name not in changed and (live.snapshot is not None or not live.kept)
            }

    def finished(self, node: str, read: Iterable[str]) -> None:
        """A reader is through with these datasets: let go of what nobody needs any more."""
        if node in self._finished:
            return  # it ran once more, for something that it had made and that is gone
        self._finished.add(node)
        for dataset in read:
            self._left[dataset] -= 1
            if self._left[dataset] <= 0 and dataset not in self._wanted:
                self._live.pop(dataset, None)

    def reading(self, ticket: int) -> None:
        """A call begins that shares this process's memory."""
        if self._reading:
            self._overlapped.update(self._reading, (ticket,))
        self._reading.add(ticket)

    def read(self, ticket: int) -> bool:
        """The call ended; says whether another was under way at the same time."""
        overlapped = ticket in self._overlapped
        self._overlapped.discard(ticket)
        self._reading.discard(ticket)
        return overlapped

    @property
    def final(self) -> Mapping[str, Any]:
        """The values that were wanted for the end."""
        return {name: live.value for name, live in self._live.items() if name in self._wanted}
