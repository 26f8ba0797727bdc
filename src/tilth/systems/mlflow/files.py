"""Reading the files that a run of MLflow left."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from tilth.history.exchange import File

_ROOTS = ("", "mlruns", "mlartifacts")
"""Folders beside a store in which MLflow puts files by itself."""


def files_of(store: Any, run: Any, most: int, home: Path | None) -> Iterator[File]:
    """Files of a run; those that are too large by name alone, and so those that cannot be read.

    Args:
        store: A client of MLflow.
        run: The run.
        most: Bytes of a file that is read.
        home: The folder of the store; None for a server. What lies on this machine's disk is
            read from there: MLflow's own way cannot read a name with `#` in it, and finds
            nothing in a store that was moved.
    """
    uri = run.info.artifact_uri or ""
    if home is None or ("://" in uri and not uri.startswith("file:")):
        yield from _files_told(store, run.info.run_id, most)
        return
    folder = _folder(uri, home)
    if folder is not None:
        yield from _files_in(folder, most)


def _folder(uri: str, home: Path) -> Path | None:
    """Where a run's files lie, in a store that may have been moved; None where none do."""
    path = Path(url2pathname(urlsplit(uri).path) if uri.startswith("file:") else uri)
    inside = Path(*path.parts[-3:])  # the experiment, the run, `artifacts`
    places = [home / path, *(home / root / inside for root in _ROOTS)]
    return next((each for each in places if each.is_dir()), None)


def _files_in(folder: Path, most: int) -> Iterator[File]:
    found = [Path(root, name) for root, _, names in os.walk(folder) for name in names]
    for path in sorted(found):
        name = os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", "replace")
        try:
            n_bytes = path.stat().st_size
            content = path.read_bytes() if n_bytes <= most else None
        except OSError as error:
            yield File(name=name, content=None, n_bytes=0, why=error.strerror or str(error))
        else:
            yield File(name=name, content=content, n_bytes=n_bytes)


def _files_told(store: Any, run: str, most: int, folder: str | None = None) -> Iterator[File]:
    """Files that the client lists."""
    try:
        listed = sorted(store.list_artifacts(run, folder), key=lambda each: each.path)
    except _refusals() as error:
        yield File(name=folder or "artifacts", content=None, n_bytes=0, why=_first_line(error))
        return
    for each in listed:
        if each.is_dir:
            yield from _files_told(store, run, most, each.path)
        elif each.file_size is not None and each.file_size > most:
            yield File(name=each.path, content=None, n_bytes=each.file_size)
        else:
            yield _downloaded(store, run, each.path, most)


def _downloaded(store: Any, run: str, path: str, most: int) -> File:
    with TemporaryDirectory() as place:
        try:
            content = Path(store.download_artifacts(run, path, place)).read_bytes()
        except _refusals() as error:
            return File(name=path, content=None, n_bytes=0, why=_first_line(error))
    kept = content if len(content) <= most else None
    return File(name=path, content=kept, n_bytes=len(content))


def _refusals() -> tuple[type[Exception], ...]:
    """What MLflow raises of files: its own, the disk's, and that a cloud's library is missing."""
    from mlflow.exceptions import MlflowException

    return MlflowException, OSError, ImportError


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
