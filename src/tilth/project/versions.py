"""Versions of a project's datasets: which one is meant."""

from __future__ import annotations

from collections.abc import Iterator
from time import localtime, strftime
from typing import TYPE_CHECKING, NamedTuple

from tilth.errors import DefinitionError, MissingDataError, UnknownNameError
from tilth.graph.node import Node
from tilth.history.record import Made, NodeRun, Run
from tilth.project.reference import Reference, reference, split
from tilth.record import changed

if TYPE_CHECKING:
    from tilth.project.project import Project

_MOST_RUNS = 10_000
_FEW = 4


class Seen(NamedTuple):
    """A run, and the version of a dataset that it made, took over or read."""

    run: int
    made: Made


def version_of(project: Project, dataset: str, version: str | int | None) -> Made:
    """A version of a dataset, as `trips@3`, or with the version apart; the newest for none.

    Raises:
        UnknownNameError: There is no such dataset.
        MissingDataError: It has no such version.
        DefinitionError: No version can be called like this, or two are named.
    """
    name, named = split(dataset)
    if named and version is not None:
        raise DefinitionError(f"`{dataset}` names a version, and `{version}` is another")
    known = {
        *project.config.catalog,
        *(each for p in project.pipelines.values() for each in p.datasets),
    }
    asked = named or version
    if name not in known:  # it may be of an imported run
        found = project.history.versions(name, 1)
        if not found:
            raise UnknownNameError("dataset", name, known)
        if asked is None:
            return found[0][0]
    return _latest(project, name) if asked is None else _chosen(project, name, str(asked))


def _latest(project: Project, dataset: str) -> Made:
    if dataset in project.pins:
        return project.pins[dataset]
    maker = maker_of(project, dataset)
    if maker is None:
        return project.workspace.source(dataset)
    made = newest(project, dataset, maker)
    if made is None:
        raise MissingDataError(
            f"dataset `{dataset}` has not been made yet",
            hint=f"`tilth run --to {dataset}` makes it",
        )
    return made


def maker_of(project: Project, dataset: str) -> Node | None:
    """The node that makes a dataset, in whichever pipeline."""
    for each in (project.everything, *project.pipelines.values()):
        if dataset in each.makers:
            return each.makers[dataset]
    return None


def newest(project: Project, dataset: str, maker: Node) -> Made | None:
    """What the maker made last, which may be an older version again."""
    last = project.history.recall([maker.name]).get(maker.name)
    if last is not None and (made := _output(last, dataset, maker)):
        return made
    found = project.history.versions(dataset, 1)  # by a node of another name
    return found[0][0] if found else None


def _output(node_run: NodeRun, dataset: str, maker: Node) -> Made | None:
    """What it made under this name, whatever its own record calls it."""
    if len(node_run.outputs) != len(maker.makes):
        return None
    return changed(node_run.outputs[maker.makes.index(dataset)], dataset=dataset)


# Which one is meant


def _chosen(project: Project, dataset: str, text: str) -> Made:
    asked = reference(text)
    found = None
    if asked.back is not None:
        found = _nth(latest_first(project, dataset), asked.back)
    elif asked.before is not None:
        found = _before(project, dataset, asked.before)
    elif asked.run is not None:
        found = _of_run(project, dataset, asked.run)
    else:
        found = _by_digest(project, dataset, asked.digest or "")
    if found is None:
        raise _unknown(project, dataset, asked)
    return found


def timeline(project: Project, dataset: str) -> list[Seen]:
    """Runs that made, took over or read a dataset, newest first, each with its version."""
    history = project.history
    first = [(run, made) for made, _, run in history.versions(dataset)]
    known = {made.fingerprint: made for _, made in first}
    seen = {run.id: made for run, made in first}
    maker = maker_of(project, dataset)
    if maker is not None:
        for each in history.attempts(maker.name, _MOST_RUNS):
            if each.state in ("done", "reused") and (made := _output(each, dataset, maker)):
                seen.setdefault(each.run, made)
        return _ordered(seen)
    for name in _readers(project, dataset):
        for each in history.attempts(name, _MOST_RUNS):
            made = known.get(each.inputs.get(dataset, ""))
            if made is not None:
                seen.setdefault(each.run, made)
    return _ordered(seen)


def _ordered(seen: dict[int, Made]) -> list[Seen]:
    return [Seen(run, seen[run]) for run in sorted(seen, reverse=True)]


def _readers(project: Project, dataset: str) -> set[str]:
    return {
        node.name
        for each in (project.everything, *project.pipelines.values())
        for node in each
        if dataset in node.reads
    }


def latest_first(project: Project, dataset: str) -> Iterator[Made]:
    """Versions in the order in which they were the latest; a source as it lies there first."""
    last = ""
    try:
        made = _latest(project, dataset)
    except MissingDataError:  # a source that was taken away, or nothing was made so far
        pass
    else:
        last = made.fingerprint
        yield made
    for _, made in timeline(project, dataset):
        if made.fingerprint != last:
            last = made.fingerprint
            yield made


def _nth(versions: Iterator[Made], n: int) -> Made | None:
    return next((made for i, made in enumerate(versions) if i == n), None)


def _before(project: Project, dataset: str, moment: float) -> Made | None:
    """What the latest run before a moment had."""
    runs = {each.id: each.started_at for each in project.history.runs()}
    for run, made in timeline(project, dataset):
        if runs.get(run, moment) < moment:
            return made
    return None


def _of_run(project: Project, dataset: str, number: int) -> Made | None:
    """What a run made, took over or read, under whichever name it was made first."""
    history, maker = project.history, maker_of(project, dataset)
    try:
        node_runs = history.node_runs(number)
    except UnknownNameError:
        return None
    for each in reversed(node_runs):
        if (
            maker is not None
            and each.node == maker.name
            and (made := _output(each, dataset, maker))
        ):
            return made
    wholes = sorted(node_runs, key=lambda each: "[" in each.node)  # a part reads a part
    read = (each.inputs[dataset] for each in wholes if dataset in each.inputs)
    found = history.version(dataset, next(read, ""))
    if found is not None:
        return found[0]
    # What no node of today makes may have been made under this name then.
    made_then = (made for each in wholes for made in each.outputs if made.dataset == dataset)
    return next(made_then, None)


def _by_digest(project: Project, dataset: str, digest: str) -> Made | None:
    found = [
        made
        for made, _, _ in project.history.versions(dataset)
        if digest_of(made).startswith(digest)
    ]
    if len(found) > 1:
        shown = ", ".join(f"`{digest_of(each)[:12]}`" for each in found[:_FEW])
        raise DefinitionError(
            f"`{digest}` begins the digests of {len(found)} versions of `{dataset}`",
            hint=f"give more of it: {shown}{' ...' if len(found) > _FEW else ''}",
        )
    if not found and maker_of(project, dataset) is None:
        return _lying_there(project, dataset, digest)
    return found[0] if found else None


def _lying_there(project: Project, dataset: str, digest: str) -> Made | None:
    """A source that no run has read so far has a digest too."""
    try:
        made = project.workspace.source(dataset)
    except MissingDataError:
        return None
    return made if digest_of(made).startswith(digest) else None


def digest_of(made: Made) -> str:
    """The digest in a version's fingerprint, without its tag."""
    return made.fingerprint.partition(":")[2]


def _unknown(project: Project, dataset: str, asked: Reference) -> MissingDataError:
    """No such version: what there is instead, nearest to what was asked for."""
    versions = project.history.versions(dataset)
    if not versions:
        return MissingDataError(
            f"dataset `{dataset}` has no version `{asked.text}`, as no run made or read it yet",
            hint=f"`tilth run --to {dataset}` makes the first"
            if maker_of(project, dataset)
            else "a run that reads it makes the first",
        )
    runs = {each.id: each for each in project.history.runs()}
    seen = [each for each in timeline(project, dataset) if each.run in runs]
    near = sorted(seen, key=lambda each: _distance(runs[each.run], each.made, asked))[:_FEW]
    shown = ", ".join(_told(runs[each.run], each.made) for each in near)
    return MissingDataError(
        f"dataset `{dataset}` has no version `{asked.text}`",
        hint=f"nearest: {shown}; `tilth data versions {dataset}` lists all",
    )


def _distance(run: Run, made: Made, asked: Reference) -> float:
    if asked.before is not None:
        return abs(run.started_at - asked.before)
    if asked.run is not None:
        return abs(run.id - asked.run)
    if asked.digest is not None:
        return -float(_n_common(digest_of(made), asked.digest))
    return float(run.id)  # it was counted too far back: the oldest are the nearest


def _n_common(one: str, other: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(other))


def _told(run: Run, made: Made) -> str:
    day = strftime("%Y-%m-%d", localtime(run.started_at))
    return f"`{run.id}` ({day}, {digest_of(made)[:8]})"
