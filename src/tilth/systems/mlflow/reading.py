"""Reading the runs of a store of MLflow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from tilth.data.metrics import to_json
from tilth.errors import MissingDataError
from tilth.history.exchange import ForeignRun
from tilth.history.record import Metric
from tilth.systems.mlflow.files import files_of
from tilth.systems.mlflow.sending import IDENTITY
from tilth.systems.mlflow.store import DATABASE, client, mlflow, told_errors

_STATES = {"FINISHED": "done", "FAILED": "failed"}
_PAGE = 1000


def runs_in(source: str, most: int, known: frozenset[str]) -> Iterator[ForeignRun]:
    """All runs of a store, oldest first, except those that came from Tilth; see `Importer`."""
    uri, home = _address(source)
    store = client(uri)
    with told_errors(uri):
        names = {each.experiment_id: each.name for each in _pages(store.search_experiments)}
        found = _pages(
            store.search_runs, list(names), "attributes.run_id != ''", order_by=["start_time ASC"]
        )
        for run in sorted(found, key=lambda run: run.info.start_time or 0):
            if run.info.run_id not in known and IDENTITY not in run.data.tags:
                yield _foreign(store, run, names[run.info.experiment_id], most, home)


def _address(source: str) -> tuple[str, Path | None]:
    """A store that must be there, and its folder, if it has one: reading one makes none.

    Raises:
        MissingDataError: There is none.
    """
    mlflow()
    if "://" in source and not source.startswith(("sqlite:///", "file://")):
        return source, None
    path = Path(_path(source)).resolve()
    if path.is_file():
        return f"sqlite:///{path}", path.parent
    if (path / DATABASE).is_file():
        return f"sqlite:///{path / DATABASE}", path
    inner = next((each for each in (path, path / "mlruns") if _is_file_store(each)), None)
    if inner is None:
        raise MissingDataError(
            f"there is no MLflow store at {source}",
            hint=f"name a folder with `{DATABASE}` or `mlruns` in it, a database or a server",
        )
    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # it is only read
    return inner.as_uri(), inner


def _path(source: str) -> str:
    if source.startswith("file://"):
        return url2pathname(urlsplit(source).path)
    return source.removeprefix("sqlite:///")


def _is_file_store(folder: Path) -> bool:
    return any(folder.glob("*/meta.yaml"))


def _pages(ask: Any, *positional: Any, **named: Any) -> Iterator[Any]:
    token = None
    while True:
        page = ask(*positional, max_results=_PAGE, page_token=token, **named)
        yield from page
        token = page.token
        if not token:
            return


def _foreign(store: Any, run: Any, group: str, most: int, home: Path | None) -> ForeignRun:
    info, tags = run.info, dict(run.data.tags)
    return ForeignRun(
        identity=info.run_id,
        name=info.run_name or info.run_id,
        group=group,
        state=_STATES.get(info.status, "interrupted"),
        started_at=(info.start_time or 0) / 1000,
        finished_at=info.end_time / 1000 if info.end_time else None,
        person=tags.pop("mlflow.user", "") or info.user_id or "",
        commit=tags.pop("mlflow.source.git.commit", ""),
        note=tags.pop("mlflow.note.content", ""),
        parameters=dict(run.data.params),
        metrics=tuple(
            [_metric(store, info.run_id, *each) for each in sorted(run.data.metrics.items())]
        ),
        tags={name: each for name, each in tags.items() if not name.startswith("mlflow.")},
        files=tuple(files_of(store, run, most, home)),
        parent=tags.get("mlflow.parentRunId", ""),
    )


def _metric(store: Any, run: str, name: str, last: float) -> Metric:
    """The last value, and the curve where there is more than one."""
    points = sorted(
        store.get_metric_history(run, name), key=lambda each: (each.step, each.timestamp)
    )
    if len(points) < 2 and not (points and points[0].step):
        return Metric(name=name, value=float(last))
    curve = {
        "step": [each.step for each in points],
        "value": [float(each.value) for each in points],
    }
    return Metric(name=name, value=float(last), data=to_json(curve))
