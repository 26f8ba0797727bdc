"""Taking runs of another system, such as MLflow, into the history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from tilth import plugins
from tilth.fingerprint.canonical import combine
from tilth.history.exchange import File, ForeignRun, Importer, without_password
from tilth.history.record import Made, NodeRun, Recipe, Run
from tilth.project.exporting import SYSTEMS
from tilth.record import record

if TYPE_CHECKING:
    from tilth.project.project import Project

MOST_BYTES = 10_000_000
"""Files up to this size are taken over whole."""

_INLINE = 1024
_ABOUT = "about.json"
_FORMATS = {
    ".csv": ("csv", "polars.DataFrame"),
    ".html": ("html", "str"),
    ".json": ("json", "dict"),
    ".md": ("text", "str"),
    ".parquet": ("parquet", "polars.DataFrame"),
    ".txt": ("text", "str"),
}
"""Suffix -> the format that reads such a file, and what it gives; bytes without one."""


@record
class Imported:
    """What came.

    Attributes:
        runs: Numbers of the new runs, in order.
        known: How many there were already.
        n_files: Files that were taken over as datasets.
        too_large: Those that stayed where they are, as `run: file`.
        unread: Those that could not be read, as `run: file: why`.
    """

    runs: tuple[int, ...]
    known: int
    n_files: int
    too_large: tuple[str, ...]
    unread: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "runs": list(self.runs),
            "known": self.known,
            "files": self.n_files,
            "too_large": list(self.too_large),
            "unread": list(self.unread),
        }


def imported(project: Project, system: str, source: str, *, most: int = MOST_BYTES) -> Imported:
    """Take the runs of a store into the history; those that are there already are passed over.

    Each becomes a run whose trigger is the system, with one node run, named by system and group
    (`mlflow/Default`), that has its parameters, metrics with their steps, and files as datasets.

    Args:
        project: Whose history.
        system: The name of a file in `tilth/systems`, or of an installed plugin.
        source: The store: a folder, a file or an address.
        most: Bytes of a file that is taken over; larger ones stay where they are.

    Raises:
        UnknownNameError: There is no such system.
        MissingLibraryError: The system's library is not installed.
        DataError: There is no such store, or it cannot be reached or read.
    """
    kind = cast(type, plugins.find(SYSTEMS, system, requires=("runs",)))
    importer: Importer = kind()
    known = dict(_known(project, system))
    numbers, before, n_files = dict[str, int](), dict(known), 0
    large, unread = list[str](), list[str]()
    for each in importer.runs(source, most=most, known=frozenset(known)):
        before[each.identity] = numbers[each.identity] = _record(
            project, system, source, each, before.get(each.parent)
        )
        n_files += sum(file.content is not None for file in each.files)
        left = [file for file in each.files if file.content is None]
        large += [f"{each.name}: {file.name}" for file in left if not file.why]
        unread += [f"{each.name}: {file.name}: {file.why}" for file in left if file.why]
    return Imported(
        runs=tuple(numbers.values()),
        known=len(known),
        n_files=n_files,
        too_large=tuple(large),
        unread=tuple(unread),
    )


def _known(project: Project, system: str) -> Iterator[tuple[str, int]]:
    """Identities of the runs that came from a system before, and what they are called here."""
    for run in project.history.runs():
        if run.trigger == system and run.state != "lost":
            for each in project.history.node_runs(run.id):
                yield each.fingerprint.partition(":")[2], run.id


def _record(
    project: Project, system: str, source: str, foreign: ForeignRun, parent: int | None
) -> int:
    history = project.history
    number = history.begin(
        Run(
            pipeline=f"{foreign.group}: {foreign.name}",
            arguments=f"import {system} {without_password(source)}",
            started_at=foreign.started_at,
            trigger=system,
            person=foreign.person,
            commit=foreign.commit,
            note=foreign.note,
        ),
        {},
    )
    recipe = _recipe(system, foreign)
    history.add_recipe(recipe, {})
    ended = foreign.finished_at if foreign.finished_at is not None else foreign.started_at
    node = f"{system}/{foreign.group}"
    history.record(
        NodeRun(
            run=number,
            node=node,
            fingerprint=f"{system}:{foreign.identity}",
            recipe=recipe.fingerprint,
            state=foreign.state,
            reason="imported",
            started_at=foreign.started_at,
            seconds=max(ended - foreign.started_at, 0.0),
            outputs=tuple(_datasets(project, node, foreign, parent)),
            metrics=foreign.metrics,
        )
    )
    history.finish(number, state=foreign.state, at=ended)
    return number


def _recipe(system: str, foreign: ForeignRun) -> Recipe:
    parameters = {name: _json(value) for name, value in sorted(foreign.parameters.items())}
    return Recipe(
        fingerprint=combine("recipe", system, foreign.group, json.dumps(parameters)),
        function=f"{system}/{foreign.group}",
        code="",
        parts={},
        parameters=parameters,
        formats={},
        libraries={},
        python="",
    )


def _json(value: str) -> str:
    """The text of a parameter as JSON: what is JSON already, such as a number, stays."""
    import msgspec  # 35 ms; `json` would take NaN and 1e999, which no other reader of JSON does

    try:
        msgspec.json.decode(value)
    except msgspec.DecodeError:
        return json.dumps(value, ensure_ascii=False)
    return value


def _datasets(
    project: Project, node: str, foreign: ForeignRun, parent: int | None
) -> Iterator[Made]:
    """What it left, each file under its own name, and one with all that has no place of its own."""
    left = [each for each in foreign.files if each.content is None]
    about: dict[str, Any] = {
        "identity": foreign.identity,
        "name": foreign.name,
        "tags": dict(foreign.tags),
        "too_large": {each.name: each.n_bytes for each in left if not each.why},
    }
    if foreign.parent:
        about["part_of"] = {"identity": foreign.parent, "run": parent}
    unread = {each.name: each.why for each in left if each.why}
    if unread:
        about["unread"] = unread
    text = json.dumps(about, indent=1, sort_keys=True, ensure_ascii=False).encode()
    name = _ABOUT
    while any(each.name == name for each in foreign.files):
        name = f"_{name}"
    for each in (File(name=name, content=text, n_bytes=len(text)), *foreign.files):
        if each.content is not None:
            yield _kept(project, f"{node}/{each.name}", each.content)


def _kept(project: Project, name: str, content: bytes) -> Made:
    form, shape = _FORMATS.get(PurePosixPath(name).suffix, ("bytes", "bytes"))
    with project.blobs.writer(inline_below=_INLINE) as stream:
        stream.write(content)
    return Made(
        dataset=name,
        fingerprint=stream.kept.fingerprint,
        n_bytes=stream.kept.n_bytes,
        format=form,
        shape=shape,
        data=stream.kept.data,
    )
