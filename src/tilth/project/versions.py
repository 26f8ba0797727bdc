"""Versions of a project's datasets: which one is meant, and what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilth.engine.importing import prepare
from tilth.engine.load import load, load_parts
from tilth.engine.save import parts_in
from tilth.engine.step import PARTITIONS
from tilth.errors import MissingDataError, UnknownNameError
from tilth.graph.node import Node
from tilth.history.record import Made
from tilth.record import changed

if TYPE_CHECKING:
    from tilth.project.project import Project


def version_of(project: Project, dataset: str, version: str | int | None) -> Made:
    """A version of a dataset: the newest, that of a run, or by (the beginning of) a digest.

    Raises:
        UnknownNameError: There is no such dataset.
        MissingDataError: It has no such version.
    """
    known = {*project.catalog, *(each for p in project.pipelines.values() for each in p.datasets)}
    if dataset not in known:
        raise UnknownNameError("dataset", dataset, known)
    if version is not None:
        return _chosen(project, dataset, str(version))
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
    if last is not None and len(last.outputs) == len(maker.makes):
        for name, made in zip(maker.makes, last.outputs, strict=True):
            if name == dataset:
                return changed(made, dataset=dataset)
    found = project.history.versions(dataset, 1)  # by a node of another name
    return found[0][0] if found else None


def _chosen(project: Project, dataset: str, version: str) -> Made:
    """By a run's number where it is one, else by a digest."""
    if version.isdecimal():
        made = _of_run(project, dataset, int(version))
        if made is not None:
            return made
    for made, _, run in project.history.versions(dataset):
        digest = made.fingerprint.partition(":")[2]
        if str(run.id) == version or version == made.fingerprint or digest.startswith(version):
            return made
    raise MissingDataError(
        f"dataset `{dataset}` has no version `{version}`",
        hint=f"`tilth data versions {dataset}` lists them",
    )


def _of_run(project: Project, dataset: str, number: int) -> Made | None:
    """What a run made or took over, under whichever name it was made first."""
    maker = maker_of(project, dataset)
    if maker is None:
        return None
    try:
        node_runs = project.history.node_runs(number)
    except UnknownNameError:
        return None
    for each in node_runs:
        if each.node == maker.name and len(each.outputs) == len(maker.makes):
            return changed(each.outputs[maker.makes.index(dataset)], dataset=dataset)
    return None


def value_of(project: Project, made: Made, shape: str = "") -> Any:
    """The value of a version.

    Args:
        project: Whose it is.
        made: The version.
        shape: Dotted name of the type to load it as.
    """
    space = project.workspace
    prepare(project.roots)  # a pickle names the classes of its values
    if made.format != PARTITIONS:
        return load(space.stored(made, verified=False), shape)
    parts = parts_in(space.bytes_of(made), made.dataset)
    stored = {key: space.stored(each, verified=False, key=key) for key, each in parts.items()}
    return load_parts(stored, shape, made.dataset)
