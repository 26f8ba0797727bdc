"""Why a dataset changed between two versions: followed back to code, parameters and sources."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from tilth.engine.reason import Reason
from tilth.history.record import NodeRun, Run
from tilth.project.why import differences
from tilth.record import fields_of, record

if TYPE_CHECKING:
    from tilth.project.project import Project

_MOST = 50


@record
class Cause:
    """What lies behind the change of one dataset on the way.

    Attributes:
        dataset: Which.
        node: The node that makes it; empty for a source.
        run: The run that made the new version, or read it first; 0 where that is not known.
        person: Who ran it.
        at: When that run started, seconds since 1970; None where that is not known.
        commit: What was checked out; empty outside of git.
        lines: What differed: lines of code, parameters, libraries, inputs.
    """

    dataset: str
    node: str = ""
    run: int = 0
    person: str = ""
    at: float | None = None
    commit: str = ""
    lines: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        found = {name: getattr(self, name) for name in fields_of(self)}
        return {**found, "lines": list(self.lines)}


Step = tuple[str, str, str]
"""A dataset, and the fingerprints of its old and its new version."""


def causes(project: Project, dataset: str, old: str, new: str) -> tuple[Cause, ...]:
    """Why a dataset changed, nearest first: its own maker, then what its inputs came from.

    Args:
        project: Whose history is asked.
        dataset: Which.
        old: Fingerprint of the version that was.
        new: Of the one that is.
    """
    waiting: deque[Step] = deque([(dataset, old, new)])
    seen = set(waiting)
    found: list[Cause] = []
    while waiting and len(found) < _MOST:
        step = waiting.popleft()
        cause, following = _cause(project, *step)
        found.append(cause)
        waiting.extend(each for each in following if each not in seen)
        seen.update(following)
    return tuple(found)


def _cause(project: Project, dataset: str, old: str, new: str) -> tuple[Cause, list[Step]]:
    before = project.history.version(dataset, old)
    after = project.history.version(dataset, new)
    if after is None:
        return Cause(dataset=dataset, lines=("no run has read it so far",)), []
    _, maker, run = after
    if maker is None:
        return _told(dataset, run, "", ("it was changed outside",)), []
    if before is None or before[1] is None:
        return _told(dataset, run, maker.node, ("it was made by no node before",)), []
    return _between(project, dataset, run, before[1], maker)


def _between(
    project: Project, dataset: str, run: Run, old: NodeRun, new: NodeRun
) -> tuple[Cause, list[Step]]:
    """What two node runs that made it differ in."""
    lines = differences(project, new, old)
    if old.node != new.node:
        lines.insert(0, f"node `{old.node}` made it before, and `{new.node}` since")
    if not lines:
        meaning = Reason(new.reason).meaning if new.reason in set(Reason) else new.reason
        lines = [f"the same code and data gave another result ({meaning})"]
    following = [
        (name, old.inputs[name], fingerprint)
        for name, fingerprint in new.inputs.items()
        if old.inputs.get(name, fingerprint) != fingerprint
    ]
    return _told(dataset, run, new.node, tuple(lines)), following


def _told(dataset: str, run: Run, node: str, lines: tuple[str, ...]) -> Cause:
    return Cause(
        dataset=dataset,
        node=node,
        run=run.id,
        person=run.person,
        at=run.started_at,
        commit=run.commit,
        lines=lines,
    )
