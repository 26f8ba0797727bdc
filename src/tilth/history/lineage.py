"""Where data comes from and where it went: from one version to all that it is made of.

Pure over a history: questions in, a graph out. Versions are the points, node runs what
leads from one to the next. The same bytes may be made more than once, from different
inputs; shown is who made them last before they were read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from tilth.errors import UnknownNameError
from tilth.history.record import NodeRun
from tilth.history.store import History
from tilth.record import record


class Version(NamedTuple):
    """A dataset at a version."""

    dataset: str
    fingerprint: str


@record
class Step:
    """A version, who made it, and where one goes from here.

    Attributes:
        version: What it is about.
        maker: The node run that wrote it; None for a source.
        next: One step further from where the question started: what it was made of, or,
            downstream, what was made of it.
    """

    version: Version
    maker: NodeRun | None
    next: tuple[Version, ...]


@record
class Lineage:
    """All that lies on the way, nearest first.

    Attributes:
        start: The version that was asked about.
        steps: Version -> its step; all that a step's `next` names are here, unless the
            lineage is not complete.
        complete: False where it was cut at as many versions as were asked for.
    """

    start: Version
    steps: Mapping[Version, Step]
    complete: bool

    def ends(self) -> list[Version]:
        """Versions from which nothing leads further: upstream, the sources."""
        return [version for version, step in self.steps.items() if not step.next]


Found = tuple[NodeRun | None, Sequence[tuple[Version, NodeRun | None]]]
"""A version's maker, and the versions next to it, each with the node run that one knows."""


def upstream(
    history: History, fingerprint: str, *, dataset: str | None = None, n: int = 10_000
) -> Lineage:
    """What a version was made of, back to the sources.

    Args:
        history: Where to ask.
        fingerprint: Of the bytes.
        dataset: Whose bytes, where several datasets have the same; else the newest.
        n: How many versions to show at most.

    Raises:
        UnknownNameError: No node run ever made or read these bytes.
    """

    def found(version: Version, reader: NodeRun | None) -> Found:
        maker = _maker(history, version, reader)
        if maker is None:
            return None, []
        return maker, [(Version(*each), maker) for each in maker.inputs.items()]

    return _walk(_start(history, fingerprint, dataset), found, n)


def downstream(
    history: History, fingerprint: str, *, dataset: str | None = None, n: int = 10_000
) -> Lineage:
    """What was made of a version, and of that, and so on; arguments as for `upstream`."""

    def found(version: Version, maker: NodeRun | None) -> Found:
        outputs = [
            (Version(made.dataset, made.fingerprint), user)
            for user in history.used_by(version.fingerprint, n)
            if user.inputs.get(version.dataset) == version.fingerprint
            for made in user.outputs
        ]
        return maker or _maker(history, version, None), outputs

    return _walk(_start(history, fingerprint, dataset), found, n)


def _walk(start: Version, found: Callable[[Version, NodeRun | None], Found], n: int) -> Lineage:
    """Every version once, nearest first."""
    waiting: deque[tuple[Version, NodeRun | None]] = deque([(start, None)])
    seen = {start}
    steps: dict[Version, Step] = {}
    while waiting and len(steps) < n:
        version, known = waiting.popleft()
        maker, beside = found(version, known)
        following = dict(beside)
        steps[version] = Step(version=version, maker=maker, next=tuple(following))
        waiting.extend(each for each in following.items() if each[0] not in seen)
        seen.update(following)
    return Lineage(start=start, steps=steps, complete=not waiting)


_FEW = 20
"""How many makers of the same bytes to look through for one of this dataset."""


def _maker(history: History, version: Version, reader: NodeRun | None) -> NodeRun | None:
    """Who made it last before it was read, or at all.

    Runs that overlap may hand on what a later one made, so the second question is needed.
    """
    if reader is not None:
        makers = history.made_by(version.fingerprint, _FEW, before=reader.id)
        if maker := _of_dataset(makers, version):
            return maker
    makers = history.made_by(version.fingerprint, _FEW)
    return _of_dataset(makers, version) or _of_origin(history, makers, version)


def _of_dataset(makers: list[NodeRun], version: Version) -> NodeRun | None:
    for maker in makers:
        if any((each.dataset, each.fingerprint) == version for each in maker.outputs):
            return maker
    return None


def _of_origin(history: History, makers: list[NodeRun], version: Version) -> NodeRun | None:
    """Who made what this dataset stands for.

    A version that the store keeps, though nobody made it under its name, was pinned: it is
    some other dataset's, under a name of its own.
    """
    if not makers:
        return None
    known = history.version(version.dataset, version.fingerprint)
    return makers[0] if known is not None and known[0].kept else None


def _start(history: History, fingerprint: str, dataset: str | None) -> Version:
    if dataset is not None:
        return Version(dataset, fingerprint)
    for maker in history.made_by(fingerprint, 1):
        for made in maker.outputs:
            if made.fingerprint == fingerprint:
                return Version(made.dataset, fingerprint)
    for user in history.used_by(fingerprint, 1):
        for name, read in user.inputs.items():
            if read == fingerprint:
                return Version(name, fingerprint)
    raise UnknownNameError("version", fingerprint, [])
