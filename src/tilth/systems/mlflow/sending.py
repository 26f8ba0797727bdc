"""Sending runs and models to a store of MLflow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from tilth.data.metrics import from_json
from tilth.history.exchange import Handed, Measured, ToldModel, ToldRun, without_password
from tilth.systems.mlflow.model import save
from tilth.systems.mlflow.store import address, client, told_errors

IDENTITY, FINGERPRINT = "tilth.id", "tilth.fingerprint"

_STATES = {"done": "FINISHED", "failed": "FAILED", "running": "RUNNING"}
_KIND = {"mlflow.experimentKind": "custom_model_development"}
"""Has the interface show runs and curves, rather than what is for language models."""

_METRICS, _OTHERS = 1000, 100
"""How many fit into one call."""

_LONGEST_PARAMETER, _LONGEST_TAG, _LONGEST_NAME = 6000, 8000, 250
_REFUSED = re.compile(r"[^/\w.\- :]")

T = TypeVar("T")


class Sending:
    """Sends to one store.

    Args:
        to: A folder, a database or a server.
    """

    def __init__(self, to: str) -> None:
        self._uri = address(to)
        self._folder: Path | None = None
        if self._uri.startswith("sqlite:///"):
            self._folder = Path(self._uri.removeprefix("sqlite:///")).resolve().parent
            with told_errors_of_folder(self._folder):
                self._folder.mkdir(parents=True, exist_ok=True)
        self._client = client(self._uri)
        self._runs: dict[str, str] = {}
        self._experiments: dict[str, str] = {}

    def all(self, runs: Iterable[ToldRun], models: Iterable[ToldModel]) -> Handed:
        """Send runs, then models; see `Exporter`."""
        with told_errors(self._uri):
            sent = [self._send_run(each) for each in runs]
            versions = [self._send_model(each) for each in models]
        return Handed(
            where=without_password(self._uri),
            look=self._look(),
            runs=sum(sent),
            models=tuple([each for each in versions if each]),
            known=sent.count(False) + versions.count(""),
        )

    def _look(self) -> str:
        if self._uri.startswith("http"):
            return f"open {without_password(self._uri)}"
        return f"mlflow server --backend-store-uri {without_password(self._uri)}"

    # Runs

    def _send_run(self, told: ToldRun) -> bool:
        """Whether it was not there yet."""
        experiment = self._experiment(told.project)
        if told.identity in self._runs:
            return False
        run = told.run
        created = self._client.create_run(
            experiment,
            start_time=_milliseconds(run.started_at),
            run_name=f"{told.project} {run.id}",
            tags={"mlflow.user": run.person} if run.person else None,
        )
        number = created.info.run_id
        for part in _parts(list(_metrics(told.metrics)), _METRICS):
            self._client.log_batch(number, metrics=part)
        for part in _parts(_parameters(told.parameters), _OTHERS):
            self._client.log_batch(number, params=part)
        for name, text in told.documents.items():
            self._client.log_text(number, text, name)
        for part in _parts(_tags(told), _OTHERS):
            self._client.log_batch(number, tags=part)
        # Only now: a run that was cut short has no identity, and is sent anew.
        self._client.set_tag(number, IDENTITY, told.identity)
        ended = _milliseconds(run.finished_at or run.started_at)
        self._client.set_terminated(number, _STATES.get(run.state, "KILLED"), ended)
        self._runs[told.identity] = number
        return True

    def _experiment(self, name: str) -> str:
        """The experiment that has the project's name; what is in it is looked up once."""
        if name in self._experiments:
            return self._experiments[name]
        found = self._client.get_experiment_by_name(name)
        if found is None:
            place = (self._folder / "artifacts" / _name(name)).as_uri() if self._folder else None
            number = self._client.create_experiment(name, artifact_location=place, tags=_KIND)
        else:
            number = found.experiment_id
            self._runs |= {
                each.data.tags[IDENTITY]: each.info.run_id for each in self._known(number)
            }
        self._experiments[name] = str(number)
        return str(number)

    def _known(self, experiment: str) -> Iterator[Any]:
        token = None
        while True:
            page = self._client.search_runs(
                [experiment], f"tags.`{IDENTITY}` != ''", page_token=token
            )
            yield from page
            token = page.token
            if not token:
                return

    # Models

    def _send_model(self, told: ToldModel) -> str:
        """Its name where it was not there yet, or nothing; aliases move in any case."""
        versions = {
            each.tags.get(FINGERPRINT): each.version
            for each in self._client.search_model_versions(f"name='{told.name}'")
        }
        known = versions.get(told.tags[FINGERPRINT])
        version = known or self._add_version(told)
        for alias in told.aliases:
            self._client.set_registered_model_alias(told.name, alias, version)
        return "" if known else f"{told.name}@{told.version}"

    def _add_version(self, told: ToldModel) -> str:
        run = self._runs[told.run]
        inside = f"models/{told.name}"
        with TemporaryDirectory() as folder:
            saved = Path(folder) / "model"
            save(told.bundle, saved)
            self._client.log_artifacts(run, str(saved), inside)
        if not self._client.search_registered_models(f"name='{told.name}'"):
            self._client.create_registered_model(told.name)
        root = self._client.get_run(run).info.artifact_uri
        made = self._client.create_model_version(
            told.name, f"{root}/{inside}", run_id=run, tags=dict(told.tags)
        )
        return str(made.version)


def told_errors_of_folder(folder: Path) -> Any:
    """As `told_errors`, before the library is needed."""
    from tilth.systems.mlflow.store import mlflow

    mlflow()
    return told_errors(str(folder))


def _parts(values: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), most):
        yield values[start : start + most]


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


def _name(name: str) -> str:
    """A name that MLflow takes."""
    return _REFUSED.sub("_", name)[:_LONGEST_NAME]


def _metrics(measured: Iterable[Measured]) -> Iterator[Any]:
    from mlflow.entities import Metric

    for each in measured:
        name, at, metric = _name(each.name), _milliseconds(each.at), each.metric
        steps = _steps(metric.data)
        for step, value in steps:
            yield Metric(name, value, at, step)
        if metric.value is not None and (not steps or not _same(steps[-1][1], metric.value)):
            yield Metric(name, metric.value, at, steps[-1][0] if steps else 0)
        for end, bound in (("low", metric.low), ("high", metric.high)):
            if bound is not None:
                yield Metric(f"{name}.{end}", bound, at, 0)


def _same(one: float, other: float) -> bool:
    return one == other or (one != one and other != other)  # noqa: PLR0124 - not a number is none


def _steps(data: str | None) -> list[tuple[int, float]]:
    """The points of a curve that was logged; other curves and tables go as documents."""
    curve = from_json(data) if data is not None else None
    if not isinstance(curve, dict) or curve.keys() != {"step", "value"}:
        return []
    return list(zip(curve["step"], curve["value"], strict=True))


def _parameters(parameters: Mapping[str, str]) -> list[Any]:
    from mlflow.entities import Param

    return [Param(_name(name), text[:_LONGEST_PARAMETER]) for name, text in parameters.items()]


def _tags(told: ToldRun) -> list[Any]:
    from mlflow.entities import RunTag

    run = told.run
    known = {
        "tilth.run": str(run.id),
        "tilth.project": told.project,
        "tilth.pipeline": run.pipeline,
        "tilth.command": run.arguments,
        "tilth.state": run.state,
        "tilth.trigger": run.trigger,
        "tilth.host": run.host,
        "tilth.clean": "" if run.clean is None else json.dumps(run.clean),
        "tilth.error": run.error,
        "mlflow.source.git.commit": run.commit,
        "mlflow.source.name": f"tilth {run.arguments}".strip(),
        "mlflow.source.type": "LOCAL",
        "mlflow.note.content": run.note,
        **told.tags,
    }
    return [RunTag(_name(name), text[:_LONGEST_TAG]) for name, text in known.items() if text]
