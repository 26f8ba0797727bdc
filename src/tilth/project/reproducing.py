"""Making a recorded run again, to see whether the same comes of it, and if not, why."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tilth.engine.save import contents_of
from tilth.errors import DataError, MissingDataError
from tilth.graph.node import Node
from tilth.history.record import Made, NodeRun, Run
from tilth.project.contents import is_at_location, place_of
from tilth.project.listing import all_nodes
from tilth.project.recorded_run import ENDED, RecordedRun, base
from tilth.project.remade import (
    NOTHING,
    OTHER,
    SAME,
    TIMES,
    Remade,
    compared,
    short,
    told_twice,
    with_error,
)
from tilth.project.repetition import Repetition, brought
from tilth.record import changed, record
from tilth.store.blobs import Blobs

if TYPE_CHECKING:
    from tilth.project.project import Project


@record
class Reproduction:
    """What came of a run that was made again.

    Attributes:
        run: The run.
        nodes: Its nodes, in the order of their record.
        commit: The commit that its code was taken from; empty for the files as they are.
        notes: What one should know besides.
        seconds: Wall time.
    """

    run: Run
    nodes: tuple[Remade, ...]
    commit: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether all that can be compared is the same to the byte, but for measured times."""
        return all(each.state in (SAME, TIMES, NOTHING) for each in self.nodes)

    @property
    def counts(self) -> dict[str, int]:
        """State -> how many nodes."""
        found: dict[str, int] = {}
        for each in self.nodes:
            found[each.state] = found.get(each.state, 0) + 1
        return found

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "run": self.run.id,
            "same": self.ok,
            "counts": self.counts,
            "commit": self.commit,
            "notes": list(self.notes),
            "nodes": [each.as_dict() for each in self.nodes],
            "seconds": self.seconds,
        }


def reproduced(project: Project, run: int) -> Reproduction:
    """Run again what a run did, from the bytes that it read, and compare what comes of it.

    Every node runs, also those that the run took over from an earlier one. Parameters are those
    of the run; its code is the working tree, or its commit where that alone has the fingerprints
    on record. History and store are made in a temporary folder; nothing is written to locations.

    Args:
        project: The project.
        run: Its number.

    Raises:
        UnknownNameError: There is no such run.
        DataError: None of its nodes ended, or none is in the project.
    """
    started = time.monotonic()
    recorded = project.history.run(run)
    then = {each.node: each for each in project.history.node_runs(run)}
    with ExitStack() as stack:
        place = Path(stack.enter_context(TemporaryDirectory(prefix="tilth-"))).resolve()
        asked = RecordedRun(project, recorded, then, stack)
        remade, notes = _remade(asked, place)
    return Reproduction(
        run=recorded,
        nodes=tuple(remade),
        commit=recorded.commit if asked.folder != project.folder else "",
        notes=tuple(notes),
        seconds=round(time.monotonic() - started, 3),
    )


# Running it


def _remade(asked: RecordedRun, place: Path) -> tuple[list[Remade], list[str]]:
    project, once = asked.project, place / "once"
    data, lost, notes = _data(asked, Blobs(once / "store"))
    overrides = asked.overrides(asked.folder)
    with Repetition(asked.folder, project, once, data=data, overrides=overrides) as repetition:
        nodes = asked.nodes(repetition)
        if not nodes:
            some = any(each.state in ENDED for each in asked.then.values())
            why = "the project has none of its nodes" if some else "none of its nodes ended"
            raise DataError(
                f"run {asked.run.id} cannot be made again: {why}",
                hint=f"`tilth runs show {asked.run.id}` lists them",
            )
        blocked = _blocked(nodes, lost)
        runnable = [each for each in nodes if each.name not in blocked]
        result = repetition.go(runnable) if runnable else None
        now = repetition.node_runs() if runnable else {}
        found = [compared(asked, repetition, each, now, blocked) for each in asked.then.values()]
        errors = {name: each.message for name, each in (result.failures if result else {}).items()}
        found = [with_error(each, errors) for each in found]
        shown = _shows_times(asked, repetition, found, now, place / "times")
        found = [shown.get(each.node, each) for each in found]
        unclear = {each.node: each for each in found if each.state == OTHER and not each.causes}
        if unclear:
            twice = _twice(asked, repetition, unclear, now, place / "twice")
            found = [twice.get(each.node, each) for each in found]
    return found, notes


def _data(asked: RecordedRun, blobs: Blobs) -> tuple[dict[str, Made], dict[str, str], list[str]]:
    """What the run read, what of it is lost and why, and what has changed since."""
    project = asked.project
    data, lost, notes = dict[str, Made](), dict[str, str](), []
    for name, fingerprint in asked.sources().items():
        known = project.history.version(name, fingerprint)
        if known is None:
            lost[name] = f"version {short(fingerprint)} of `{name}` is not on record"
            continue
        try:
            data[name] = brought(project, known[0], blobs)
        except MissingDataError as error:
            lost[name] = str(error)
            continue
        except DataError as error:
            lost[name] = f"`{name}`: {error}"
            continue
        if place_of(project, name) is not None and not is_at_location(project, known[0]):
            notes.append(f"`{name}` is as run {asked.run.id} read it; its file is another by now")
    for name, parts in asked.parts().items():
        try:
            data[name] = _gathered(project, name, parts, blobs)
        except DataError as error:
            lost[name] = str(error)
    return data, lost, notes


def _gathered(project: Project, name: str, parts: Mapping[str, str], blobs: Blobs) -> Made:
    """A partitioned dataset of those parts that are on record."""
    found = {}
    for key, fingerprint in parts.items():
        known = project.history.version(name, fingerprint)
        if known is None:
            raise MissingDataError(f"part `{key}` of `{name}` is not on record")
        found[key] = known[0]
    return brought(project, contents_of(name, found), blobs)


def _blocked(nodes: Iterable[Node], lost: Mapping[str, str]) -> dict[str, str]:
    """Node -> why it cannot run: what it reads is lost, or what makes that cannot run."""
    why, found = dict(lost), dict[str, str]()
    waiting = list(nodes)
    while True:
        stuck = [each for each in waiting if not why.keys().isdisjoint(each.reads)]
        if not stuck:
            return found
        for node in stuck:
            found[node.name] = next(why[name] for name in node.reads if name in why)
            why |= {name: f"`{name}` could not be made" for name in node.makes}
        waiting = [each for each in waiting if each.name not in found]


# The same but for times that it was told


def _shows_times(
    asked: RecordedRun,
    once: Repetition,
    found: Iterable[Remade],
    now: Mapping[str, NodeRun],
    place: Path,
) -> dict[str, Remade]:
    """Nodes that make what they made where they are told the times of the run itself.

    A page that shows how long something took is another page each time, and its bytes do not
    tell why. So it is made once more, from what it read then.
    """
    states = {made[0]: each.state for each in found for made in each.outputs}
    nodes, reads = [], dict[str, str]()
    for each in found:
        then = asked.then[each.node]
        if each.state != OTHER or each.node not in now or "[" in each.node:
            continue
        read = now[each.node].inputs
        moved = [name for name in read if then.inputs.get(name) != read[name]]
        timed = moved and all(states.get(name) == TIMES for name in moved)
        if timed and len(each.causes) == len(moved):  # and nothing else differs
            nodes.append(all_nodes(once)[each.node])
            reads |= then.inputs
    if not nodes:
        return {}
    blobs, data = Blobs(place / "store"), dict[str, Made]()
    try:
        for name, fingerprint in reads.items():
            known = asked.project.history.version(name, fingerprint)
            if known is None:
                return {}
            data[name] = brought(asked.project, known[0], blobs)
    except (DataError, MissingDataError):  # the old bytes are gone
        return {}
    overrides = asked.overrides(asked.folder)
    with Repetition(asked.folder, asked.project, place, data=data, overrides=overrides) as again:
        again.go(nodes)
        made = again.node_runs()
    return {
        each.node: changed(each, state=TIMES, causes=(), places=("it shows times",))
        for each in found
        if each.node in made and _digests(made[each.node]) == _digests(asked.then[each.node])
    }


def _digests(run: NodeRun) -> list[str]:
    return [each.fingerprint for each in run.outputs]


# Not the same, though nothing differs


def _twice(
    asked: RecordedRun,
    once: Repetition,
    unclear: Mapping[str, Remade],
    first: Mapping[str, NodeRun],
    place: Path,
) -> dict[str, Remade]:
    """Run nodes a second time on the same bytes: are they the same twice today?"""
    by_name = all_nodes(once)
    nodes = list({base(name): by_name[base(name)] for name in unclear}.values())
    blobs = Blobs(place / "store")
    reads = {name: _made_or_read(once, name) for node in nodes for name in node.reads}
    data = {name: brought(once, made, blobs) for name, made in reads.items()}
    overrides = asked.overrides(asked.folder)
    with Repetition(asked.folder, asked.project, place, data=data, overrides=overrides) as again:
        again.go(nodes)
        second = again.node_runs()
        return {
            name: told_twice(asked, each, first[name], second[name])
            for name, each in unclear.items()
        }


def _made_or_read(once: Repetition, dataset: str) -> Made:
    """The version that nodes of the first repetition read."""
    for each in once.node_runs().values():
        for made in each.outputs:
            if made.dataset == dataset and "[" not in each.node:
                return made
    return once.workspace.source(dataset)
