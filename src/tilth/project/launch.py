"""Launching a run: what goes on record of it, who watches, and what comes back."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tilth.engine.hooks import Observer, Observers, Plugged
from tilth.engine.run import Ordered, Ran, Running
from tilth.errors import Interrupted, UnknownNameError
from tilth.fingerprint.canonical import of_value
from tilth.graph.pipeline import Pipeline
from tilth.history.record import Run
from tilth.project import git
from tilth.project.contents import value_of
from tilth.project.discretion import masked_failure
from tilth.project.keeping import keep_sources
from tilth.project.person import person
from tilth.project.recipes import PYTHON
from tilth.project.result import Result
from tilth.record import changed, record

if TYPE_CHECKING:
    from tilth.project.project import Project


@record
class Order:
    """What a person asked of a run, beside the pipeline.

    Attributes:
        asked: The pipeline as one would type it.
        ordered: What the engine is told.
        workers: How many nodes may run at once; 0 for what tilth.yml says.
        executor: Its kind; empty for what tilth.yml says.
        trigger: What started the run.
        arguments: Of the command, for the record.
        note: For the record.
    """

    asked: str
    ordered: Ordered
    workers: int = 0
    executor: str = ""
    trigger: str = "python"
    arguments: str = ""
    note: str = ""


def launch(
    project: Project, chosen: Pipeline, order: Order, observers: Iterable[Observer]
) -> Result:
    """Run the pipeline, and put on record that it ran, whatever comes of it."""
    steps = {node.name: project.step(node) for node in chosen}
    watching = Observers([*_plugged(project), *observers])
    environment = {**project.installed.environment, "python": PYTHON}
    begun = _record(project, order, of_value("environment", environment))
    begun = changed(begun, id=project.history.begin(begun, environment))
    watching.fire("run_started", begun, len(chosen))
    state, error = "failed", ""
    try:
        running = _running(project, chosen, order, steps=steps, watching=watching, run=begun.id)
        ran = running.go()
        state = ran.state
        error = next((each.message for each in ran.failures.values()), "")
        keep_sources(project, ran.versions.values())
    except BaseException as raised:
        project.crew.close()  # calls may still be under way
        state = "interrupted" if isinstance(raised, Interrupted) else "failed"
        error = "" if state == "interrupted" else project.config.secrets.masked(str(raised))
        raise
    finally:
        project.history.finish(begun.id, state=state, error=error)
        project.memo.flush()
        watching.fire("run_finished", changed(begun, state=state, finished_at=time.time()))
    return _result(project, begun.id, ran, watching)


def _running(
    project: Project,
    chosen: Pipeline,
    order: Order,
    *,
    steps: dict[str, Any],
    watching: Observers,
    run: int,
) -> Running:
    settings = project.config.settings
    workers = order.workers or settings.workers
    kind = order.executor or settings.executor or ("serial" if workers == 1 else "processes")
    executor = project.crew.executor(kind, workers, project.roots)
    project.prepare_contracts()
    return Running(
        chosen,
        steps,
        project.workspace,
        executor=executor,
        isolated=lambda: project.crew.executor("processes", executor.capacity, project.roots),
        observers=watching,
        parameters={name: project.parameter(name) for name in chosen.parameters},
        partitioned=project.partitioned,
        ordered=order.ordered,
        run=run,
        discreet=lambda failure: masked_failure(failure, project.config.secrets.masked),
        contracts=project.contracts,
        masked=project.config.secrets.masked,
    )


def _plugged(project: Project) -> list[Observer]:
    """Hooks of tilth.yml and of installed plugins."""
    offered = [each.target for each in project.installed.entry_points("tilth.hooks")]
    found = [project.code.imported(each) for each in (*project.config.settings.hooks, *offered)]
    return [Plugged(each() if isinstance(each, type) else each) for each in found]


def _record(project: Project, order: Order, environment: str) -> Run:
    commit, clean = git.state(project.folder)
    return Run(
        pipeline=order.asked,
        arguments=project.config.secrets.masked(order.arguments),
        started_at=time.time(),
        trigger=order.trigger,
        person=person(),
        host=os.uname().nodename,
        pid=os.getpid(),
        commit=commit,
        clean=clean,
        environment=environment,
        note=order.note,
    )


def _result(project: Project, run: int, ran: Ran, watching: Observers) -> Result:
    def loaded(dataset: str) -> Any:
        if dataset in ran.values:
            return ran.values[dataset]
        if dataset not in ran.versions:
            raise UnknownNameError("dataset in this run", dataset, ran.versions)
        return value_of(project, ran.versions[dataset])

    return Result(
        run=run,
        state=ran.state,
        counts=ran.counts,
        seconds=ran.seconds,
        versions=ran.versions,
        failures=ran.failures,
        warnings=tuple(watching.warnings),
        reports=ran.reports,
        _load=loaded,
    )
