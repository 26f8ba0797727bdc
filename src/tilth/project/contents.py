"""What a version of a dataset holds, and whether its bytes can still be had."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.data.location import partitions, resolve
from tilth.engine.importing import prepare
from tilth.engine.load import load, load_parts
from tilth.engine.save import parts_in
from tilth.engine.step import LIVE, PARTITIONS
from tilth.errors import DataError, MissingDataError
from tilth.history.record import Made
from tilth.record import changed

if TYPE_CHECKING:
    from tilth.engine.call import Stored
    from tilth.project.project import Project


def value_of(project: Project, made: Made, shape: str = "") -> Any:
    """The value of a version.

    Args:
        project: Whose it is.
        made: The version.
        shape: Dotted name of the type to load it as.

    Raises:
        MissingDataError: It is on record, and its bytes are gone.
    """
    prepare(project.roots)  # a pickle names the classes of its values
    if made.format != PARTITIONS:
        return load(stored(project, made), shape)
    parts = {key: stored(project, each, key) for key, each in parts_of(project, made).items()}
    return load_parts(parts, shape, made.dataset)


def parts_of(project: Project, made: Made) -> Mapping[str, Made]:
    """The partitions of a version that has some.

    Raises:
        MissingDataError: Which ones there were is not on record any more.
    """
    if made.data is None and project.history.data(made.fingerprint) is None:
        raise gone(project, made)
    return parts_in(project.workspace.bytes_of(made), made.dataset)


def stored(project: Project, made: Made, key: str | None = None) -> Stored:
    """Where the bytes of a version are: at its location, if that still holds them, or kept.

    Raises:
        MissingDataError: They are in neither place.
    """
    space = project.workspace
    if made.fingerprint.startswith(LIVE):
        raise gone(project, made, key)
    if not made.kept and not is_at_location(project, made, key):
        if not project.blobs.has(made.fingerprint):
            raise gone(project, made, key)
        made = changed(made, kept=True)
    elif made.kept and not space.has(made):
        raise gone(project, made, key)
    return space.stored(made, verified=False, key=key)


def can_be_had(project: Project, made: Made) -> bool:
    """Whether the bytes of a version are somewhere; a file of the user's is looked at."""
    if made.fingerprint.startswith(LIVE):
        return False
    if made.format == PARTITIONS:
        if made.data is None and project.history.data(made.fingerprint) is None:
            return False
        parts = parts_of(project, made)
        return all(_has(project, each, key) for key, each in parts.items())
    return _has(project, made, None)


def _has(project: Project, made: Made, key: str | None) -> bool:
    if made.kept:
        return project.workspace.has(made)
    return project.blobs.has(made.fingerprint) or is_at_location(project, made, key)


def is_at_location(project: Project, made: Made, key: str | None = None) -> bool:
    """Whether the file that a person sees holds these very bytes."""
    path = place_of(project, made.dataset, key)
    try:
        return path is not None and project.files.of_file(path) == made.fingerprint
    except DataError:  # it is gone, or is no file any more
        return False


def place_of(project: Project, dataset: str, key: str | None = None) -> Path | None:
    """The file where the catalog has a dataset, or a partition of it; None where it has none."""
    entry = project.catalog.get(dataset)
    if entry is None or entry.location is None or bool(entry.fields) != (key is not None):
        return None
    path = resolve(entry.location, project.folder)
    if key is None:
        return path
    try:
        return partitions(path).get(key)
    except MissingDataError:
        return None


def gone(project: Project, made: Made, key: str | None = None) -> MissingDataError:
    """Why a version that is on record cannot be had, and what may bring it back."""
    name = made.dataset if key is None else f"{made.dataset}[{key}]"
    which = f"version {made.fingerprint.partition(':')[2][:12]} of `{name}`"
    if made.fingerprint.startswith(LIVE):
        return MissingDataError(
            f"{which} was not kept, as it cannot be written", hint="run its node again"
        )
    found = project.history.version(made.dataset, made.fingerprint)
    if found is None or found[1] is None:
        return MissingDataError(
            f"{which} was not kept, and its file holds something else by now",
            hint="`keep: true` in its catalog entry keeps what runs read from now on",
        )
    maker, run = found[1], found[2]
    at = f" at commit {run.commit[:12]}" if run.commit else ""
    return MissingDataError(
        f"{which} is on record, but its bytes are not in the store any more",
        hint=f"run {run.id} made it with node `{maker.node}`{at}: "
        "the same code and data make the same bytes again",
    )
