"""Writes what was recorded into the database: many entries in one transaction.

All of it may be done twice, so that a journal can be replayed without asking how far its
process had come.
"""

# ruff: noqa: S608 - names of our own go into the text of SQL, values never do

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from tilth.history.driver import Driver, Row, chunks, marks
from tilth.history.entry import (
    PLACES,
    CheckedEntry,
    Entry,
    FinishEntry,
    NodeRunEntry,
    RecipeEntry,
    ReuseEntry,
    SourceEntry,
    to_json,
)
from tilth.history.record import Made, ModelEvent, NodeRun
from tilth.history.rows import metric_row, model_event_row, node_run_row, version_details
from tilth.record import changed, fields_of

Version = tuple[str, str]
"""Dataset and fingerprint."""

OfRun = NodeRun | SourceEntry
"""What belongs to a run."""

_REMEMBERED = 200_000
_NO_DETAILS = (None,) * 7
_NODE_RUN = f"INSERT INTO node_run VALUES ({', '.join('?' * 15)}) ON CONFLICT DO NOTHING"
_VERSION = f"INSERT INTO version VALUES ({', '.join('?' * 11)}) ON CONFLICT DO NOTHING"


class Ledger:
    """The writing side of an SQL history. It remembers the numbers of names between batches."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._forget()

    def write(self, batch: Sequence[Entry], *, patient: bool = True) -> None:
        """Write all entries, or none where it raises."""
        if len(self._versions) > _REMEMBERED:
            self._forget()
        try:
            with self._driver.writing(patient=patient):
                self._write(batch)
        except BaseException:
            self._forget()  # numbers that were given away in here are not in the database
            raise

    def _write(self, batch: Sequence[Entry]) -> None:
        parts: dict[type, list[Any]] = {}
        for each in batch:
            parts.setdefault(type(each), []).append(each)
        self._write_recipes(parts.get(RecipeEntry, []))
        self._write_versions([], [(each, each.made) for each in parts.get(SourceEntry, [])])
        self._write_node_runs(parts.get(NodeRunEntry, []))
        self._write_checked(parts.get(CheckedEntry, []))
        for each in parts.get(ReuseEntry, []):
            self._write_reused(each)
        for each in parts.get(FinishEntry, []):
            self._finish(each)

    def begin(self, values: Row, fingerprint: str, environment: Mapping[str, str]) -> int:
        """Give a run its number; `values` are its columns after that."""
        with self._driver.writing():
            self._driver.execute(
                "INSERT INTO environment VALUES (?, ?) ON CONFLICT DO NOTHING",
                (fingerprint, to_json(dict(environment))),
            )
            number = self._next("run")
            row = (number, *values)
            self._driver.execute(f"INSERT INTO run VALUES ({marks(len(row))})", row)
        return number

    def mark_lost(self, runs: Iterable[int]) -> None:
        """Write down that the processes of these runs are dead, and how far they had come."""
        with self._driver.writing():
            for run in runs:
                self._driver.execute(
                    "UPDATE run SET state = 'lost', counts = ? "
                    "WHERE id = ? AND state IN ('running', 'lost')",
                    (to_json(self._counts(run)), run),
                )

    def annotate(self, run: int, note: str) -> bool:
        """Replace the note of a run; False where there is no such run."""
        with self._driver.writing():
            return bool(self._driver.execute("UPDATE run SET note = ? WHERE id = ?", (note, run)))

    def forget_data(self, fingerprint: str) -> None:
        """Let go of bytes until somebody makes them again."""
        with self._driver.writing():
            self._driver.execute(
                "UPDATE version SET data = NULL WHERE fingerprint = ?", (fingerprint,)
            )
            self._driver.execute(
                "INSERT INTO lost_data VALUES (?) ON CONFLICT DO NOTHING", (fingerprint,)
            )

    def add_model_events(self, decided: Callable[[], Iterable[ModelEvent]]) -> list[ModelEvent]:
        """Write what is decided while nobody else can write, and return it with its numbers."""
        with self._driver.writing():
            first = self._next("model_event")
            new = [changed(each, id=number) for number, each in enumerate(decided(), first)]
            self._driver.many(
                f"INSERT INTO model_event VALUES ({marks(len(fields_of(ModelEvent)))})",
                [model_event_row(each) for each in new],
            )
        return new

    def _write_recipes(self, recipes: list[RecipeEntry]) -> None:
        if not recipes:
            return
        self._number("recipe", "fingerprint", [each.row[0] for each in recipes])
        self._driver.many(
            "UPDATE recipe SET function = ?, code = ?, parts = ?, parameters = ?, formats = ?, "
            "libraries = ?, python = ? WHERE fingerprint = ? AND function IS NULL",
            [(*each.row[1:], each.row[0]) for each in recipes],
        )
        self._driver.many(
            "INSERT INTO part_text (digest, body, file, line) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            [text for each in recipes for text in each.texts],
        )

    def _write_node_runs(self, batch: list[NodeRunEntry]) -> None:
        if not batch:
            return
        node_runs = [each.node_run for each in batch]
        done = {each.node: each.id for each in node_runs if each.state == "done"}
        new = self._add_nodes([each.node for each in node_runs], done)
        nodes = self._numbers["node"]
        recipes = self._number("recipe", "fingerprint", {each.recipe for each in node_runs})
        read = [(each, version) for each in node_runs for version in each.inputs.items()]
        made = [(each, output) for each in node_runs for output in each.outputs]
        versions = self._write_versions(read, made)
        self._driver.many(
            _NODE_RUN,
            [
                node_run_row(each, nodes[each.node_run.node], recipes[each.node_run.recipe])
                for each in batch
            ],
        )
        self._driver.many(
            "INSERT INTO node_input VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(versions[version], each.id) for each, version in read],
        )
        self._driver.many(
            "INSERT INTO node_output VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(versions[output.dataset, output.fingerprint], each.id) for each, output in made],
        )
        self._write_more(node_runs)
        self._name_latest(
            [(number, number, nodes[node]) for node, number in done.items() if node not in new]
        )

    def _write_more(self, node_runs: list[NodeRun]) -> None:
        metrics = [
            (each.id, place, *metric_row(metric))
            for each in node_runs
            for place, metric in enumerate(each.metrics)
        ]
        if metrics:
            self._driver.many(
                "INSERT INTO metric VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", metrics
            )
        failures = [(each.id, each.error, each.log) for each in node_runs if each.error or each.log]
        if failures:
            self._driver.many(
                "INSERT INTO failure VALUES (?, ?, ?) ON CONFLICT DO NOTHING", failures
            )

    def _write_reused(self, entry: ReuseEntry) -> None:
        nodes = self._number("node", "name", entry.names)
        rows = [
            (number, nodes[name], node_run)
            for number, (name, node_run) in enumerate(
                zip(entry.names, entry.node_runs, strict=True), entry.first
            )
        ]
        self._driver.many("INSERT INTO reuse VALUES (?, ?, ?) ON CONFLICT DO NOTHING", rows)
        self._name_latest([(node_run, number, node) for number, node, node_run in rows])

    def _write_checked(self, batch: list[CheckedEntry]) -> None:
        if not batch:
            return
        held = [each.checked for each in batch]
        datasets = self._number("dataset", "name", [each.dataset for each in held])
        rows = [
            (number, each.run, datasets[each.dataset], each.version, each.contract, each.state,
             each.checked_at, each.report)
            for number, each in enumerate(held, self._next("checked"))
        ]  # fmt: skip
        self._driver.many(
            f"INSERT INTO checked VALUES ({', '.join('?' * 8)}) ON CONFLICT DO NOTHING", rows
        )

    def _finish(self, entry: FinishEntry) -> None:
        self._driver.execute(
            "UPDATE run SET state = ?, error = ?, finished_at = ?, counts = ? "
            "WHERE id = ? AND state IN ('running', 'lost')",
            (
                entry.state,
                entry.error,
                entry.finished_at,
                to_json(self._counts(entry.run)),
                entry.run,
            ),
        )

    def _name_latest(self, rows: list[tuple[int, int, int]]) -> None:
        """Point nodes at what they last did; a replayed journal must not turn time back."""
        if not rows:
            return
        self._driver.many(
            "UPDATE node SET latest = ?, latest_by = ? WHERE id = ? AND coalesce(latest_by, 0) < ?",
            [(latest, by, node, by) for latest, by, node in rows],
        )

    def _write_versions(
        self,
        read: Sequence[tuple[OfRun, Version]],
        made: Sequence[tuple[OfRun, Made]],
    ) -> dict[Version, int]:
        """Number the versions that were read and made, each beside what belongs to the run."""
        known = self._versions
        new: dict[Version, tuple[int, Made | None]] = {}
        again: list[Made] = []
        for owner, output in made:
            version = (output.dataset, output.fingerprint)
            if version in known or version in new:
                again.append(output)
            else:
                new[version] = owner.run, output
        for owner, version in read:
            if version not in known and version not in new:
                new[version] = owner.run, None
        if new:
            again += self._add_versions(new)
        self._complete_versions(again)
        self._found_again(made)
        return known

    def _add_versions(self, new: Mapping[Version, tuple[int, Made | None]]) -> list[Made]:
        """Add versions that are probably new; returns those that were made and there already."""
        datasets = self._number("dataset", "name", [dataset for dataset, _ in new])
        numbers = dict(zip(new, count(self._next("version"))))
        rows = []
        for version, (run, made) in new.items():
            details = version_details(made) if made else _NO_DETAILS
            rows.append((numbers[version], version[1], datasets[version[0]], run, *details))
        if self._driver.many(_VERSION, rows) < len(rows):
            found = self._look_up_versions(new)
            there = [version for version in new if found[version] != numbers[version]]
            numbers = found
        else:
            there = []
        self._versions |= numbers
        return [made for version in there if (made := new[version][1]) is not None]

    def _look_up_versions(self, versions: Iterable[Version]) -> dict[Version, int]:
        """The numbers of versions that are in the database."""
        found = {}
        datasets = self._numbers["dataset"]
        wanted = {(each[1], datasets[each[0]]): each for each in versions}
        for chunk in chunks(list(dict.fromkeys(fingerprint for fingerprint, _ in wanted))):
            rows = self._driver.query(
                "SELECT id, fingerprint, dataset FROM version "
                f"WHERE fingerprint IN ({marks(len(chunk))})",
                chunk,
            )
            for number, *version in rows:
                if each := wanted.get((version[0], version[1])):
                    found[each] = number
        return found

    def _complete_versions(self, made: list[Made]) -> None:
        """Add what was not known when they were only read, or was let go since."""
        known = self._versions
        rows = [(*version_details(each), known[each.dataset, each.fingerprint]) for each in made]
        if not rows:
            return
        self._driver.many(
            "UPDATE version SET n_bytes = ?, format = ?, shape = ?, n_rows = ?, n_columns = ?, "
            "kept = ?, data = ? WHERE id = ? AND format IS NULL",
            rows,
        )
        self._driver.many(
            "UPDATE version SET data = ? WHERE id = ? AND data IS NULL",
            [row[-2:] for row in rows if row[-2] is not None],
        )

    def _found_again(self, made: Sequence[tuple[OfRun, Made]]) -> None:
        if made and self._driver.query("SELECT 1 FROM lost_data LIMIT 1"):
            self._driver.many(
                "DELETE FROM lost_data WHERE fingerprint = ?",
                [(each.fingerprint,) for _, each in made],
            )

    def _add_nodes(self, names: Iterable[str], done: Mapping[str, int]) -> set[str]:
        """Number the nodes with these names; those that are new know at once what they did last.

        Args:
            names: All that are needed.
            done: Name -> the node run that is its latest, where it has one.

        Returns:
            The names of those that are new.
        """
        known = self._numbers["node"]
        missing = [name for name in dict.fromkeys(names) if name not in known]
        numbered = dict(zip(missing, count(self._next("node"))))
        rows = [(number, name, done.get(name), done.get(name)) for name, number in numbered.items()]
        n = self._driver.many("INSERT INTO node VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)
        if n == len(rows):
            known |= numbered
            return set(missing)
        self._number("node", "name", missing)
        return {name for name, number in numbered.items() if known[name] == number}

    def _number(self, table: str, column: str, names: Iterable[str]) -> dict[str, int]:
        """Numbers of these names, which get one where they have none yet."""
        known = self._numbers[table]
        missing = [name for name in dict.fromkeys(names) if name not in known]
        for chunk in chunks(missing):
            rows = self._driver.query(
                f"SELECT {column}, id FROM {table} WHERE {column} IN ({marks(len(chunk))})", chunk
            )
            known.update(rows)
        new = [name for name in missing if name not in known]
        if new:
            numbered = dict(zip(new, count(self._next(table))))
            rows = [(number, name) for name, number in numbered.items()]
            self._driver.many(f"INSERT INTO {table} (id, {column}) VALUES (?, ?)", rows)
            known |= numbered
        return known

    def _next(self, table: str) -> int:
        """The next number; there is one writer at a time, so nobody else takes it."""
        ((highest,),) = self._driver.query(f"SELECT max(id) FROM {table}")
        return int(highest or 0) + 1

    def _counts(self, run: int) -> dict[str, int]:
        span = (run * PLACES, (run + 1) * PLACES)
        rows = self._driver.query(
            "SELECT state, count(*) FROM node_run WHERE id >= ? AND id < ? "
            "GROUP BY state ORDER BY state",
            span,
        )
        ((reused,),) = self._driver.query(
            "SELECT count(*) FROM reuse WHERE id >= ? AND id < ?", span
        )
        return dict(rows) | ({"reused": reused} if reused else {})

    def _forget(self) -> None:
        self._numbers: dict[str, dict[str, int]] = {"node": {}, "dataset": {}, "recipe": {}}
        self._versions: dict[Version, int] = {}
