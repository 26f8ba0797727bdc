"""Rows of the database and the records that they are, both ways."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tilth.history.driver import Row
from tilth.history.entry import (
    PLACES,
    MadeBody,
    NodeRunBody,
    cleaned,
    made_of,
    metric_of,
    node_run_of,
    to_json,
)
from tilth.history.record import Made, Metric, NodeRun, Recipe, Run

NODE_RUN = (
    "node_run.id, node.name, node_run.fingerprint, recipe.fingerprint, state, reason, "
    "started_at, seconds, load_seconds, save_seconds, peak_bytes, attempt, more, inputs, outputs"
)
"""What `node_runs_of` reads, of node_run joined with node and recipe."""

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


def node_run_row(body: NodeRunBody, node: int, recipe: int) -> Row:
    """The columns of a node run."""
    more = HAS_METRICS * bool(body.metrics) + HAS_FAILURE * bool(body.error or body.log)
    return (
        body.id,
        node,
        body.fingerprint,
        recipe,
        body.state,
        body.reason,
        body.started_at,
        body.seconds,
        body.load_seconds,
        body.save_seconds,
        body.peak_bytes,
        body.attempt,
        more,
        to_json(body.inputs),
        to_json([[*made[:7], made.kept] for made in body.outputs]),
    )


def node_runs_of(
    rows: Sequence[Row],
    metrics: Mapping[int, Sequence[Metric]],
    failures: Mapping[int, tuple[str, str]],
) -> list[NodeRun]:
    """Node runs from the columns of `NODE_RUN`.

    All their JSON is read at once, which takes half the time.
    """
    texts = ",".join([f"{row[13]},{row[14]}" for row in rows])
    values = json.loads(f"[{texts}]")
    node_runs = []
    for row, inputs, outputs in zip(rows, values[::2], values[1::2], strict=True):
        number, node, fingerprint, recipe, *scalars, more, _, _ = row
        node_runs.append(
            node_run_of(
                (
                    number,
                    number // PLACES,
                    node,
                    fingerprint,
                    recipe,
                    *scalars,
                    None,
                    inputs,
                    tuple([made_of((*made[:7], None, made[7])) for made in outputs]),
                    tuple(metrics.get(number, ())) if more else (),
                    *(failures.get(number, _NO_FAILURE) if more else _NO_FAILURE),
                )
            )
        )
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


def version_details(made: MadeBody) -> Row:
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


def metric_row(values: Sequence[Any]) -> Row:
    """The columns of a metric; not every database has a number that is not one."""
    name, value, low, high, data = values
    if value is not None and math.isnan(value):
        return (name, None, low, high, _NOT_A_NUMBER)
    return (name, value, low, high, data)


def metric_of_row(row: Sequence[Any]) -> Metric:
    """A metric from name, value, low, high and data."""
    name, _, low, high, data = row
    if data == _NOT_A_NUMBER:
        return metric_of((name, math.nan, low, high, None))
    return metric_of(row)


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


_NO_FAILURE = ("", "")
