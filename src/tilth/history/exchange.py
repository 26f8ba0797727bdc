"""Runs and models as they go to other systems and come from them: plain, and whole.

An exporter or importer knows its system alone. What a project has on record it gets told, and
what it has read it tells; neither reads nor writes the history itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from tilth.history.record import Metric, Run
from tilth.record import field, record


@record
class Measured:
    """A metric on its way.

    Attributes:
        name: In full, such as `train.loss`.
        metric: The value, and a curve that was logged step by step as
            `{"step": [...], "value": [...]}` in its data.
        at: Seconds since 1970, UTC.
    """

    name: str
    metric: Metric
    at: float


@record
class ToldRun:
    """A run that goes to another system.

    Attributes:
        project: The name of its project.
        run: The run itself.
        parameters: `node.argument` -> the value as JSON; secrets as they were written.
        metrics: All that its nodes measured, those of reused ones included.
        tags: What it was made of, by name: fingerprints of sources and results.
        documents: File name -> text: lineage, libraries, all parameters.
    """

    project: str
    run: Run
    parameters: Mapping[str, str]
    metrics: tuple[Measured, ...]
    tags: Mapping[str, str]
    documents: Mapping[str, str] = field(repr=False)

    @property
    def identity(self) -> str:
        """What tells it from every other run, also of another copy of the project."""
        return f"{self.project}/{self.run.id}/{self.run.started_at!r}"


@record
class ToldModel:
    """A version of a registered model that goes to another system.

    Attributes:
        name: The model's.
        version: From 1.
        run: Identity of the run that made it.
        aliases: Pointers at it.
        tags: What it is and what was decided about it.
        bundle: The folder with all that belongs to it, as long as it is being told.
    """

    name: str
    version: int
    run: str
    aliases: tuple[str, ...]
    tags: Mapping[str, str]
    bundle: Path


@record
class Handed:
    """What an exporter did.

    Attributes:
        where: Where it all is now, as the system names it.
        look: What to type to look at it.
        runs: How many runs went there.
        models: Which versions of models did.
        known: How many runs and versions were there already.
    """

    where: str
    look: str
    runs: int
    models: tuple[str, ...]
    known: int


class Exporter(Protocol):
    """Hands runs and models on to another system. What is there already is left as it is."""

    def export(self, to: str, runs: Iterable[ToldRun], models: Iterable[ToldModel]) -> Handed:
        """Hand on runs, then the models that they made.

        Args:
            to: A folder or an address; where the system's own settings say if empty.
            runs: Oldest first.
            models: By name and version; the run of each is there already, or among `runs`.

        Raises:
            MissingLibraryError: The system's library is not installed.
            DataError: The place cannot be reached or refuses.
        """


def without_password(address: str) -> str:
    """An address as it may be shown and kept.

    >>> without_password("postgresql://ada:lovelace@localhost/runs")
    'postgresql://ada:***@localhost/runs'
    """
    return re.sub(r"(://[^/:@\s]*):[^/\s]*@", r"\1:***@", address)


@record
class File:
    """A file that belongs to a run of another system.

    Attributes:
        name: With its folders, such as `plots/roc.png`.
        content: Its bytes; None where there are too many to take over, or it cannot be read.
        n_bytes: How many there are.
        why: Why it cannot be read; empty where it can.
    """

    name: str
    content: bytes | None = field(repr=False)
    n_bytes: int
    why: str = ""


@record
class ForeignRun:
    """A run that came from another system.

    Attributes:
        identity: What the system calls it.
        name: For people.
        group: What it belongs to there, such as an experiment.
        state: `done`, `failed` or `interrupted`.
        started_at: Seconds since 1970, UTC.
        finished_at: The same; None where that is not known.
        person: Who.
        commit: Of git; may be empty.
        parameters: Name -> value.
        metrics: Each with all its steps.
        tags: All others.
        files: What it left.
        note: What a person wrote about it.
        parent: The identity of the run that it is a part of; empty for none.
    """

    identity: str
    name: str
    group: str
    state: str
    started_at: float
    finished_at: float | None
    person: str
    commit: str
    parameters: Mapping[str, str]
    metrics: tuple[Metric, ...]
    tags: Mapping[str, str]
    files: tuple[File, ...]
    note: str
    parent: str = ""


class Importer(Protocol):
    """Reads the runs of another system."""

    def runs(self, source: str, *, most: int, known: frozenset[str]) -> Iterator[ForeignRun]:
        """All runs that are there, oldest first.

        Args:
            source: A folder, a file or an address.
            most: Bytes of a file that is taken over whole; of larger ones the name alone.
            known: Identities of runs that are not wanted again.

        Raises:
            MissingLibraryError: The system's library is not installed.
            DataError: There is no such store, or it cannot be reached or read.
        """
