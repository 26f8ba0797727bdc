"""Rows of the database and the records that they are, both ways."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from tilth.history.driver import Row
from tilth.history.entry import (
    PLACES,
    NodeRunEntry,
    cleaned,
    made_of,
    metric_of,
    node_run_of,
    to_json,
    values_of_metric,
)
from tilth.history.record import Made, Metric, ModelEvent, NodeRun, Recipe, Run
from tilth.record import fields_of

NODE_RUN = (
    f"node_run.id, node_run.id / {PLACES}, {{name}}, node_run.fingerprint, "
    "recipe.fingerprint, state, reason, started_at, seconds, load_seconds, save_seconds, "
    "peak_bytes, attempt, NULL, inputs, outputs, more"
)
"""What `node_runs_of` reads: the fields of a node run in order, as far as the row has them.

It is to be formatted with what gives the name of its node.
"""

VERSION = (
    "version.id, dataset.name, version.fingerprint, n_bytes, format, shape, n_rows, n_columns, "
    "kept, run"
)
"""What `made_of_row` reads, of version joined with dataset."""

RUN = (
    "id, pipeline, arguments, state, started_at, finished_at, started_by, person, host, pid, "
    "git_commit, clean, environment, counts, note, error"
)
"""What `run_of` reads."""

HAS_METRICS, HAS_FAILURE = 1, 2

_INPUTS, _MORE = 14, 16
_NO_MORE: tuple[Sequence[Metric], str, str] = ((), "", "")

_NOT_A_NUMBER = "NaN"


def run_row(run: Run, journal: str) -> Row:
    """The columns of a new run after its number."""
    return (
        cleaned(run.pipeline),
        cleaned(run.arguments),
        run.state,
        run.started_at,
        run.finished_at,
        run.trigger,
        cleaned(run.person),
        cleaned(run.host),
        run.pid,
        run.commit,
        None if run.clean is None else int(run.clean),
        run.environment,
        to_json(dict(run.counts)),
        cleaned(run.note),
        cleaned(run.error),
        journal,
    )


def run_of(row: Row) -> Run:
    """A run from the columns of `RUN`."""
    *before, commit, clean, environment, counts, note, error = row
    number, pipeline, arguments, state, started_at, finished_at, trigger, person, host, pid = before
    return Run(
        id=number,
        pipeline=pipeline,
        arguments=arguments,
        state=state,
        started_at=started_at,
        finished_at=finished_at,
        trigger=trigger,
        person=person,
        host=host,
        pid=pid,
        commit=commit,
        clean=None if clean is None else bool(clean),
        environment=environment,
        counts=json.loads(counts),
        note=note,
        error=error,
    )


_numbers_of = attrgetter(
    "state",
    "reason",
    "started_at",
    "seconds",
    "load_seconds",
    "save_seconds",
    "peak_bytes",
    "attempt",
)


def node_run_row(entry: NodeRunEntry, node: int, recipe: int) -> Row:
    """The columns of a node run."""
    one = entry.node_run
    more = HAS_METRICS * bool(one.metrics) + HAS_FAILURE * bool(one.error or one.log)
    numbers = _numbers_of(one)
    return (one.id, node, one.fingerprint, recipe, *numbers, more, entry.inputs, entry.outputs)


def node_runs_of(
    rows: Sequence[Row],
    metrics: Mapping[int, Sequence[Metric]],
    failures: Mapping[int, tuple[str, str]],
) -> list[NodeRun]:
    """Node runs from the columns of `NODE_RUN`.

    All their JSON is read at once, which takes half the time.
    """
    texts = ",".join([f"{row[_INPUTS]},{row[_INPUTS + 1]}" for row in rows])
    values = json.loads(f"[{texts}]")
    node_runs = []
    for row, inputs, outputs in zip(rows, values[::2], values[1::2], strict=True):
        rest = _NO_MORE
        if row[_MORE]:
            rest = (tuple(metrics.get(row[0], ())), *failures.get(row[0], _NO_MORE[1:]))
        made = tuple([made_of(*each) for each in outputs])
        node_runs.append(node_run_of(*row[:_INPUTS], inputs, made, *rest))
    return node_runs


def reused(node_run: NodeRun, number: int, name: str) -> NodeRun:
    """A node run as it was taken over by a node of a later run."""
    return NodeRun(
        id=number,
        run=number // PLACES,
        node=name,
        fingerprint=node_run.fingerprint,
        recipe=node_run.recipe,
        state="reused",
        started_at=node_run.started_at,
        seconds=node_run.seconds,
        load_seconds=node_run.load_seconds,
        save_seconds=node_run.save_seconds,
        peak_bytes=node_run.peak_bytes,
        attempt=node_run.attempt,
        same_as=node_run.id,
        inputs=node_run.inputs,
        outputs=node_run.outputs,
        metrics=node_run.metrics,
    )


def version_details(made: Made) -> Row:
    """The columns of a version after its first run."""
    return (
        made.n_bytes,
        made.format,
        made.shape,
        made.rows,
        made.columns,
        int(made.kept),
        made.data,
    )


def made_of_row(row: Row) -> Made:
    """A version from the columns of `VERSION`; little is known of one that was only read."""
    _, dataset, fingerprint, n_bytes, form, shape, n_rows, n_columns, kept, _ = row
    return Made(
        dataset=dataset,
        fingerprint=fingerprint,
        n_bytes=n_bytes or 0,
        format=form or "",
        shape=shape or "",
        rows=n_rows,
        columns=n_columns,
        kept=bool(kept),
    )


def metric_row(metric: Metric) -> Row:
    """The columns of a metric; not every database has a number that is not one."""
    if metric.value is not None and math.isnan(metric.value):
        data = _NOT_A_NUMBER + (metric.data or "")  # no JSON begins so
        return (metric.name, None, metric.low, metric.high, data)
    return values_of_metric(metric)


model_event_row: Callable[[ModelEvent], Row] = attrgetter(*fields_of(ModelEvent))
"""The columns of a model's event."""


def metric_of_row(row: Sequence[Any]) -> Metric:
    """A metric from name, value, low, high and data."""
    name, _, low, high, data = row
    if data is not None and data.startswith(_NOT_A_NUMBER):
        return metric_of(name, math.nan, low, high, data.removeprefix(_NOT_A_NUMBER) or None)
    return metric_of(*row)


def recipe_of(row: Row) -> Recipe:
    """A recipe from the columns of its table after the number."""
    fingerprint, function, code, parts, parameters, formats, libraries, python = row
    return Recipe(
        fingerprint=fingerprint,
        function=function,
        code=code,
        parts=json.loads(parts),
        parameters=json.loads(parameters),
        formats=json.loads(formats),
        libraries=json.loads(libraries),
        python=python,
    )


def grouped(rows: Iterable[Row]) -> dict[int, list[Metric]]:
    """Metrics by node run, from rows of a number and a metric's columns."""
    metrics: dict[int, list[Metric]] = {}
    for number, *row in rows:
        metrics.setdefault(number, []).append(metric_of_row(row))
    return metrics
