"""Reads an SQL history: few queries, however long it has become."""

# ruff: noqa: S608 - names of our own go into the text of SQL, values never do

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from tilth.errors import UnknownNameError
from tilth.history.driver import Driver, Row, chunks, marks
from tilth.history.entry import PLACES, checked_of, model_event_of
from tilth.history.record import Checked, Made, Metric, ModelEvent, NodeRun, Recipe, Run
from tilth.history.rows import (
    NODE_RUN,
    RUN,
    VERSION,
    grouped,
    made_of_row,
    node_runs_of,
    recipe_of,
    reused,
    run_of,
)
from tilth.record import fields_of

# Where a node took over another's node run, the maker has another name; that is rare.
_MAKER = (
    "CASE WHEN node.id = node_run.node THEN node.name "
    "ELSE (SELECT maker.name FROM node maker WHERE maker.id = node_run.node) END"
)
_NODE_RUNS = (
    f"SELECT {NODE_RUN.format(name='node.name')} "
    "FROM node_run JOIN node ON node.id = node_run.node "
    "JOIN recipe ON recipe.id = node_run.recipe "
)
_FIND = _NODE_RUNS.replace(" FROM", ", (SELECT count(*) FROM lost_data) FROM", 1) + (
    "WHERE node_run.fingerprint = ? AND state = 'done' ORDER BY node_run.id DESC"
)
_RECALL = (
    f"SELECT {NODE_RUN.format(name=_MAKER)}, node.name "
    "FROM node JOIN node_run ON node_run.id = node.latest "
    "JOIN recipe ON recipe.id = node_run.recipe "
)
_REUSED = (
    f"SELECT {NODE_RUN.format(name=_MAKER)}, reuse.id, node.name "
    "FROM reuse JOIN node_run ON node_run.id = reuse.node_run "
    "JOIN node ON node.id = reuse.node "
    "JOIN recipe ON recipe.id = node_run.recipe "
)
_VERSIONS = (
    f"SELECT {VERSION}, (SELECT min(node_run) FROM node_output "
    "WHERE node_output.version = version.id) "
    "FROM version JOIN dataset ON dataset.id = version.dataset "
)
_CHECKED = (
    "SELECT checked.run, dataset.name, version, contract, state, checked_at, report "
    "FROM checked JOIN dataset ON dataset.id = checked.dataset "
)
_MORE, _MANY = 16, 1000


class Archive:
    """The reading side of an SQL history."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._events: list[ModelEvent] = []

    def find(self, fingerprint: str) -> NodeRun | None:
        """See `History.find`."""
        for row in self._driver.query(_FIND, (fingerprint,)):
            (node_run,) = self._node_runs([row])
            n_lost = row[-1]
            if all(made.kept for made in node_run.outputs) and not (
                n_lost and self._is_lost([made.fingerprint for made in node_run.outputs])
            ):
                return node_run
        return None

    def knows(self, recipe: str) -> bool:
        """Whether a recipe with this fingerprint was ever recorded."""
        return bool(self._driver.query("SELECT 1 FROM recipe WHERE fingerprint = ?", (recipe,)))

    def recall(self, nodes: Iterable[str]) -> dict[str, NodeRun]:
        """See `History.recall`."""
        rows = self._by_name(_RECALL, list(nodes), name=-1)
        node_runs = self._node_runs(rows)
        return {row[-1]: node_run for row, node_run in zip(rows, node_runs, strict=True)}

    def seconds(self, nodes: Iterable[str]) -> dict[str, float]:
        """See `History.seconds`."""
        sql = "SELECT name, seconds FROM node JOIN node_run ON node_run.id = node.latest "
        return dict(self._by_name(sql, list(nodes), name=0))

    def attempts(self, node: str, n: int) -> list[NodeRun]:
        """See `History.attempts`."""
        numbers = self._driver.query("SELECT id FROM node WHERE name = ?", (node,))
        if not numbers:
            return []
        values = (numbers[0][0], n)
        done = self._driver.query(
            _NODE_RUNS + "WHERE node_run.node = ? ORDER BY node_run.id DESC LIMIT ?", values
        )
        reuses = self._driver.query(
            _REUSED + "WHERE reuse.node = ? ORDER BY reuse.id DESC LIMIT ?", values
        )
        return self._merged(done, reuses)[: -n - 1 : -1]

    def node_runs(self, run: int) -> list[NodeRun]:
        """See `History.node_runs`."""
        span = (run * PLACES, (run + 1) * PLACES)
        done = self._driver.query(_NODE_RUNS + "WHERE node_run.id >= ? AND node_run.id < ?", span)
        reuses = self._driver.query(_REUSED + "WHERE reuse.id >= ? AND reuse.id < ?", span)
        return self._merged(done, reuses)

    def runs(self, n: int | None, state: str | None, text: str | None) -> list[Run]:
        """See `History.runs`."""
        conditions, values = [], []
        if state is not None:
            conditions.append("state = ?")
            values.append(state)
        if text is not None:
            condition, patterns = _search(text)
            conditions.append(condition)
            values.extend(patterns)
        where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
        limit = f"LIMIT {n:d}" if n is not None else ""
        sql = f"SELECT {RUN} FROM run {where}ORDER BY id DESC {limit}"
        return [run_of(row) for row in self._driver.query(sql, values)]

    def run(self, run: int) -> Run:
        """See `History.run`."""
        rows = self._driver.query(f"SELECT {RUN} FROM run WHERE id = ?", (run,))
        if not rows:
            known = self._driver.query("SELECT id FROM run ORDER BY id DESC LIMIT 8")
            raise UnknownNameError("run", str(run), [str(number) for (number,) in known])
        return run_of(rows[0])

    def running(self) -> list[tuple[int, str, int, str]]:
        """Number, host, process and journal of each run that has not ended."""
        rows = self._driver.query("SELECT id, host, pid, journal FROM run WHERE state = 'running'")
        return [(number, host, pid, journal) for number, host, pid, journal in rows]

    def runs_of(self, journal: str) -> set[int]:
        """Numbers of the runs that were begun under a journal of this name."""
        rows = self._driver.query("SELECT id FROM run WHERE journal = ?", (journal,))
        return {number for (number,) in rows}

    def recipe(self, fingerprint: str) -> Recipe:
        """See `History.recipe`."""
        rows = self._driver.query(
            "SELECT fingerprint, function, code, parts, parameters, formats, libraries, python "
            "FROM recipe WHERE fingerprint = ? AND function IS NOT NULL",
            (fingerprint,),
        )
        if not rows:
            raise UnknownNameError("recipe", fingerprint, [])
        return recipe_of(rows[0])

    def texts(self, parts: Iterable[str]) -> dict[str, tuple[str, str, int]]:
        """See `History.texts`."""
        texts: dict[str, tuple[str, str, int]] = {}
        for chunk in chunks(list(parts)):
            wanted = marks(len(chunk))
            sql = f"SELECT digest, body, file, line FROM part_text WHERE digest IN ({wanted})"
            for digest, body, file, line in self._driver.query(sql, chunk):
                texts[digest] = (body, file, line)
        return texts

    def environment(self, fingerprint: str) -> dict[str, str]:
        """See `History.environment`."""
        rows = self._driver.query(
            "SELECT packages FROM environment WHERE fingerprint = ?", (fingerprint,)
        )
        if not rows:
            raise UnknownNameError("environment", fingerprint, [])
        packages: dict[str, str] = json.loads(rows[0][0])
        return packages

    def versions(self, dataset: str, n: int | None) -> list[tuple[Made, NodeRun | None, Run]]:
        """See `History.versions`."""
        limit = f" LIMIT {n:d}" if n is not None else ""
        order = f"WHERE dataset.name = ? ORDER BY version.id DESC{limit}"
        return self._versions(self._driver.query(_VERSIONS + order, (dataset,)))

    def version(self, dataset: str, fingerprint: str) -> tuple[Made, NodeRun | None, Run] | None:
        """See `History.version`."""
        where = "WHERE version.fingerprint = ? AND dataset.name = ?"
        rows = self._driver.query(_VERSIONS + where, (fingerprint, dataset))
        return self._versions(rows)[0] if rows else None

    def data(self, fingerprint: str) -> bytes | None:
        """See `History.data`."""
        rows = self._driver.query(
            "SELECT data FROM version WHERE fingerprint = ? AND data IS NOT NULL LIMIT 1",
            (fingerprint,),
        )
        return bytes(rows[0][0]) if rows else None

    def held(self, fingerprints: Iterable[str]) -> set[str]:
        """See `History.held`."""
        held: set[str] = set()
        for chunk in chunks(list(fingerprints)):
            rows = self._driver.query(
                "SELECT fingerprint FROM version "
                f"WHERE fingerprint IN ({marks(len(chunk))}) AND data IS NOT NULL",
                chunk,
            )
            held.update(fingerprint for (fingerprint,) in rows)
        return held

    def linked(
        self, edge: str, fingerprint: str, n: int | None, before: int | None = None
    ) -> list[NodeRun]:
        """Node runs that `node_input` or `node_output` leads to, newest first."""
        earlier = f"AND edge.node_run < {before:d} " if before is not None else ""
        limit = f"LIMIT {n:d}" if n is not None else ""
        rows = self._driver.query(
            f"SELECT DISTINCT edge.node_run FROM version JOIN {edge} edge "
            "ON edge.version = version.id WHERE version.fingerprint = ? "
            f"{earlier}ORDER BY edge.node_run DESC {limit}",
            (fingerprint,),
        )
        numbers = [number for (number,) in rows]
        known = self._by_number(numbers)
        return [known[number] for number in numbers]

    def metrics(self, run: int) -> dict[str, list[Metric]]:
        """See `History.metrics`."""
        span = (run * PLACES, (run + 1) * PLACES)
        columns = "node.name, metric.name, metric.value, metric.low, metric.high, metric.data"
        rows = self._driver.query(
            f"SELECT node_run.id, metric.place, {columns} FROM node_run "
            "JOIN metric ON metric.node_run = node_run.id JOIN node ON node.id = node_run.node "
            "WHERE node_run.id >= ? AND node_run.id < ? AND more IN (1, 3) UNION ALL "
            f"SELECT reuse.id, metric.place, {columns} FROM reuse "
            "JOIN node_run ON node_run.id = reuse.node_run AND more IN (1, 3) "
            "JOIN metric ON metric.node_run = node_run.id JOIN node ON node.id = reuse.node "
            "WHERE reuse.id >= ? AND reuse.id < ? ORDER BY 1, 2",
            (*span, *span),
        )
        last = {row[2]: row[0] for row in rows}  # a retried node counts by its last attempt
        by_number = grouped((row[0], *row[3:]) for row in rows)
        return {node: by_number[number] for node, number in last.items()}

    def model_events(self, model: str | None) -> list[ModelEvent]:
        """See `History.model_events`; an event never changes, so that each is read once."""
        last = self._events[-1].id if self._events else 0
        sql = f"SELECT {', '.join(fields_of(ModelEvent))} FROM model_event WHERE id > ? ORDER BY id"
        self._events += [model_event_of(*row) for row in self._driver.query(sql, (last,))]
        return [each for each in self._events if model is None or each.model == model]

    def checked(self, dataset: str, version: str, contract: str) -> Checked | None:
        """See `History.checked`."""
        rows = self._driver.query(
            _CHECKED + "WHERE dataset.name = ? AND version = ? AND contract = ? "
            "ORDER BY checked.id DESC LIMIT 1",
            (dataset, version, contract),
        )
        return checked_of(rows[0]) if rows else None

    def checks(self, dataset: str | None, run: int | None, n: int | None) -> list[Checked]:
        """See `History.checks`."""
        asked = {"dataset.name = ?": dataset, "checked.run = ?": run}
        wanted = {condition: value for condition, value in asked.items() if value is not None}
        where = f"WHERE {' AND '.join(wanted)} " if wanted else ""
        limit = f" LIMIT {n:d}" if n is not None else ""
        sql = f"{_CHECKED}{where}ORDER BY checked.id DESC{limit}"
        return [checked_of(row) for row in self._driver.query(sql, list(wanted.values()))]

    def _versions(self, rows: Sequence[Row]) -> list[tuple[Made, NodeRun | None, Run]]:
        makers = self._by_number([row[-1] for row in rows if row[-1] is not None])
        runs = self._runs({maker.run for maker in makers.values()} | {row[-2] for row in rows})
        versions = []
        for *row, number in rows:
            maker = makers.get(number)
            run = runs[maker.run if maker else row[-1]]
            versions.append((made_of_row(tuple(row)), maker, run))
        return versions

    def _by_name(self, sql: str, names: Sequence[str], *, name: int) -> list[Row]:
        """Rows of these nodes, whose name is in this column; all are read where most are asked."""
        if len(names) > _MANY:
            ((n,),) = self._driver.query("SELECT count(*) FROM node")
            if n < 3 * len(names):
                wanted = set(names)
                return [row for row in self._driver.query(sql) if row[name] in wanted]
        rows: list[Row] = []
        for chunk in chunks(names):
            rows += self._driver.query(f"{sql}WHERE node.name IN ({marks(len(chunk))})", chunk)
        return rows

    def _by_number(self, numbers: Iterable[int]) -> dict[int, NodeRun]:
        rows: list[Row] = []
        for chunk in chunks(list(numbers)):
            sql = f"{_NODE_RUNS}WHERE node_run.id IN ({marks(len(chunk))})"
            rows += self._driver.query(sql, chunk)
        return {node_run.id: node_run for node_run in self._node_runs(rows)}

    def _runs(self, numbers: Iterable[int]) -> dict[int, Run]:
        runs: dict[int, Run] = {}
        for chunk in chunks(list(numbers)):
            sql = f"SELECT {RUN} FROM run WHERE id IN ({marks(len(chunk))})"
            runs.update((row[0], run_of(row)) for row in self._driver.query(sql, chunk))
        return runs

    def _merged(self, done: list[Row], reuses: list[Row]) -> list[NodeRun]:
        """Node runs and reuses in the order of their record."""
        originals = self._node_runs(reuses)
        taken = [reused(one, row[-2], row[-1]) for row, one in zip(reuses, originals, strict=True)]
        return sorted([*self._node_runs(done), *taken], key=lambda node_run: node_run.id)

    def _node_runs(self, rows: Sequence[Row]) -> list[NodeRun]:
        with_more = [row[0] for row in rows if row[_MORE]]
        metrics: dict[int, list[Metric]] = {}
        failures: dict[int, tuple[str, str]] = {}
        for chunk in chunks(list(dict.fromkeys(with_more))):
            wanted = f"WHERE node_run IN ({marks(len(chunk))})"
            columns = "node_run, name, value, low, high, data"
            sql = f"SELECT {columns} FROM metric {wanted} ORDER BY node_run, place"
            metrics |= grouped(self._driver.query(sql, chunk))
            rows_of_failures = self._driver.query(
                f"SELECT node_run, error, log FROM failure {wanted}", chunk
            )
            failures.update((row[0], (row[1], row[2])) for row in rows_of_failures)
        return node_runs_of(rows, metrics, failures)

    def _is_lost(self, fingerprints: Sequence[str]) -> bool:
        sql = f"SELECT 1 FROM lost_data WHERE fingerprint IN ({marks(len(fingerprints))})"
        return bool(self._driver.query(sql, fingerprints))


def _search(text: str) -> tuple[str, list[str]]:
    """A condition on runs, and its values.

    Capitals do not matter where a database knows how to lower them; SQLite knows ASCII's.
    """
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    exact, lowered = f"%{escaped}%", f"%{escaped.lower()}%"
    match = "({0} LIKE ? ESCAPE '\\' OR lower({0}) LIKE ? ESCAPE '\\')".format
    own = [match(column) for column in ("pipeline", "note", "error")]
    failed = [match(column) for column in ("failure.error", "failure.log")]
    condition = (
        f"({' OR '.join(own)} OR id IN "
        f"(SELECT node_run / {PLACES} FROM failure WHERE {' OR '.join(failed)}))"
    )
    return condition, [exact, lowered] * 5
