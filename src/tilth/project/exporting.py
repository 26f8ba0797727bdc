"""Handing runs and registered models on to another system, such as MLflow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

from tilth import plugins
from tilth.errors import DataError, MissingDataError, TilthError
from tilth.history.exchange import Exporter, Handed, Measured, ToldModel, ToldRun
from tilth.history.record import NodeRun, Run
from tilth.models.registry import ModelVersion
from tilth.project.bundling import bundled
from tilth.project.models import registry
from tilth.project.runs import run_details
from tilth.record import field, record

if TYPE_CHECKING:
    from tilth.project.project import Project

SYSTEMS = "tilth.systems"

_MOST_TAGS = 40
"""Versions that are told as tags; all of them are in `tilth/lineage.json`."""


@record
class Exported:
    """What was handed on.

    Attributes:
        handed: What the exporter did.
        left: Version of a model -> why it was left out.
    """

    handed: Handed
    left: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "where": self.handed.where,
            "runs": self.handed.runs,
            "models": list(self.handed.models),
            "known": self.handed.known,
            "left_out": dict(self.left),
        }


def exported(
    project: Project, system: str, to: str = "", runs: Sequence[int] | None = None
) -> Exported:
    """Hand runs on, with the registered models that they made.

    Args:
        project: Whose.
        system: The name of a file in `tilth/systems`, or of an installed plugin.
        to: A folder or an address; where the system's own settings say if empty.
        runs: Their numbers; all that have ended if not given.

    Raises:
        UnknownNameError: There is no such system, or no such run.
        MissingLibraryError: The system's library is not installed.
        MissingDataError: There is no run yet.
        DataError: A run has not ended, or the place cannot be reached or refuses.
    """
    kind = cast(type, plugins.find(SYSTEMS, system, requires=("export",)))
    chosen = _chosen(project, system, runs)
    left: dict[str, str] = {}
    exporter: Exporter = kind()
    told = (_told_run(project, each) for each in chosen)
    handed = exporter.export(to, told, _models(project, chosen, left))
    return Exported(handed=handed, left=left)


def _chosen(project: Project, system: str, numbers: Sequence[int] | None) -> list[Run]:
    """Runs that have ended, oldest first; those that came from the system are there already."""
    history = project.history
    if numbers is None:
        found = [each for each in reversed(history.runs()) if each.state != "running"]
        found = [each for each in found if each.trigger != system]
    else:
        found = [history.run(each) for each in sorted(set(numbers))]
    if not found:
        raise MissingDataError("there is no run to export", hint="`tilth run` makes one")
    for each in found:
        if each.state == "running":
            raise DataError(f"run {each.id} has not ended yet", hint="wait for it")
    return found


def _told_run(project: Project, run: Run) -> ToldRun:
    node_runs = project.history.node_runs(run.id)
    ended = {each.node: each.started_at + each.seconds for each in node_runs}
    parameters = _parameters(project, node_runs)
    metrics = [
        Measured(name=f"{node}.{each.name}".rstrip("."), metric=each, at=ended[node])
        for node, found in project.history.metrics(run.id).items()
        for each in found
    ]
    details = run_details(project, run.id)
    curves = {
        each.name: json.loads(each.metric.data) for each in metrics if each.metric.data is not None
    }
    documents = {
        "tilth/lineage.json": _text({"run": run.id, "nodes": details["nodes"]}),
        "tilth/parameters.json": _text(parameters),
        "tilth/environment.json": _text(details["environment"]),
    }
    if curves:
        documents["tilth/curves.json"] = _text(curves)
    return ToldRun(
        project=project.name,
        run=run,
        parameters=parameters,
        metrics=tuple(metrics),
        tags=_versions(node_runs),
        documents=documents,
    )


def _text(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _parameters(project: Project, node_runs: Sequence[NodeRun]) -> dict[str, str]:
    """`node.argument` -> value; a fan-out's parts share theirs."""
    found: dict[str, str] = {}
    for each in node_runs:
        try:
            recipe = project.history.recipe(each.recipe)
        except TilthError:  # of a fan-out as a whole, which has none
            continue
        node = each.node.partition("[")[0]
        found |= {f"{node}.{name}": value for name, value in recipe.parameters.items()}
    return found


def _versions(node_runs: Sequence[NodeRun]) -> dict[str, str]:
    """What was read from outside, and what was made, by fingerprint."""
    made = {out.dataset: out.fingerprint for each in node_runs for out in each.outputs}
    read = {name: version for each in node_runs for name, version in each.inputs.items()}
    told = {f"tilth.source.{name}": read[name] for name in read if name not in made}
    told |= {f"tilth.made.{name}": version for name, version in made.items()}
    return dict(list(told.items())[:_MOST_TAGS])


# Models


def _models(project: Project, runs: Sequence[Run], left: dict[str, str]) -> Iterator[ToldModel]:
    """Versions that these runs made, each with its bundle while it is being told."""
    known, by_number = registry(project), {each.id: each for each in runs}
    for name in known.models:
        for version in reversed(known.versions(name)):
            run = by_number.get(version.event.run)
            if run is None or version.state in ("refused", "retired"):
                continue
            with TemporaryDirectory() as folder:
                told = _told_model(project, version, run, Path(folder) / "bundle", left)
                if told is not None:
                    yield told


def _told_model(
    project: Project, version: ModelVersion, run: Run, folder: Path, left: dict[str, str]
) -> ToldModel | None:
    from tilth.models import bundle as bundles

    try:
        found = bundled(project, version).bundle
        if found.about["format"] != "skops":
            raise DataError(f"a model in the format `{found.about['format']}` answers no request")
        bundles.write(found, project.blobs, folder)
    except TilthError as error:  # such as a model that could only be pickled
        left[version.name] = str(error)
        return None
    event = version.event
    return ToldModel(
        name=version.model,
        version=version.version,
        run=f"{project.name}/{run.id}/{run.started_at!r}",
        aliases=version.aliases,
        tags={
            "tilth.version": str(version.version),
            "tilth.fingerprint": event.fingerprint,
            "tilth.dataset": event.dataset,
            "tilth.state": version.state,
            "tilth.bundle": found.digest,
            "tilth.registered_by": event.person,
            "tilth.why": event.why,
        },
        bundle=folder,
    )
