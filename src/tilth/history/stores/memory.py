"""The history in memory: forgotten with its process, for tests and for trying things out."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from tilth.errors import HistoryError, UnknownNameError
from tilth.history.journal import is_alive
from tilth.history.record import Checked, Made, Metric, ModelEvent, NodeRun, Recipe, Run
from tilth.history.store import Decide
from tilth.record import changed

__all__ = ["MemoryHistory"]


class MemoryHistory:
    """A history in lists and dicts, of one process."""

    def __init__(self, *, now: Callable[[], float] = time.time) -> None:
        """Start an empty history.

        Args:
            now: A clock: seconds since 1970.
        """
        self._now = now
        self._lock = threading.RLock()
        self._runs: dict[int, Run] = {}
        self._records: list[NodeRun] = []
        self._versions: dict[tuple[str, str], tuple[Made | None, int]] = {}
        self._data: dict[str, bytes] = {}
        self._lost: set[str] = set()
        self._recipes: dict[str, Recipe] = {}
        self._texts: dict[str, tuple[str, str, int]] = {}
        self._environments: dict[str, dict[str, str]] = {}
        self._checks: list[Checked] = []
        self._model_events: list[ModelEvent] = []

    def begin(self, run: Run, environment: Mapping[str, str]) -> int:
        """Start a run and return its number."""
        with self._lock:
            number = len(self._runs) + 1
            self._runs[number] = changed(run, id=number)
            self._environments.setdefault(run.environment, dict(environment))
        return number

    def finish(self, run: int, *, state: str, error: str = "", at: float | None = None) -> None:
        """Say how a run ended, once; counts its node runs."""
        with self._lock:
            ended = self.run(run)
            if ended.state not in ("running", "lost"):
                raise HistoryError(f"run {run} has ended before, as `{ended.state}`")
            counts = self._counts(run)
            ended_at = self._now() if at is None else at
            self._runs[run] = changed(
                ended, state=state, error=error, finished_at=ended_at, counts=counts
            )

    def annotate(self, run: int, note: str) -> None:
        """Replace a run's note."""
        with self._lock:
            self._runs[run] = changed(self.run(run), note=note)

    def add_recipe(self, recipe: Recipe, texts: Mapping[str, tuple[str, str, int]]) -> None:
        """Keep a recipe and the source of its parts."""
        with self._lock:
            self._recipes.setdefault(recipe.fingerprint, recipe)
            self._texts = {**texts, **self._texts}

    def record(self, node_run: NodeRun) -> NodeRun:
        """Keep a node run; returns it with its number."""
        with self._lock:
            self._must_run(node_run.run)
            recorded = changed(node_run, id=len(self._records) + 1)
            self._records.append(_without_data(recorded))
            for made in recorded.outputs:
                self._keep_version(recorded.run, made)
            for version in recorded.inputs.items():
                self._versions.setdefault(version, (None, recorded.run))
        return recorded

    def record_reused(self, run: int, reused: Sequence[tuple[str, NodeRun]]) -> None:
        """Keep that these nodes, by name, took over earlier node runs."""
        with self._lock:
            self._must_run(run)
            for name, node_run in reused:
                original = self._records[(node_run.same_as or node_run.id) - 1]
                number = len(self._records) + 1
                self._records.append(_reused(original, number, run, name))

    def add_source(self, run: int, made: Made) -> None:
        """Keep that a run read this version of a source."""
        with self._lock:
            self._must_run(run)
            self._keep_version(run, made)

    def add_checked(self, checked: Checked) -> None:
        """Keep that a version was held against its contract."""
        with self._lock:
            self._must_run(checked.run)
            self._checks.insert(0, checked)

    def add_model_events(self, model: str, decide: Decide) -> list[ModelEvent]:
        """Let somebody decide about a model, and keep what comes of it."""
        with self._lock:
            first = len(self._model_events) + 1
            decided = decide(self.model_events(model))
            new = [changed(each, id=first + i) for i, each in enumerate(decided)]
            self._model_events += new
        return new

    def model_events(self, model: str | None = None) -> list[ModelEvent]:
        """What was decided about a model, or about all, oldest first."""
        return [each for each in self._model_events if model in (None, each.model)]

    def checked(self, dataset: str, version: str, contract: str) -> Checked | None:
        """What was found last when this version was held against this contract."""
        asked = (dataset, version, contract)
        found = (
            each for each in self._checks if (each.dataset, each.version, each.contract) == asked
        )
        return next(found, None)

    def checks(
        self, *, dataset: str | None = None, run: int | None = None, n: int | None = None
    ) -> list[Checked]:
        """All that was held against contracts, newest first."""
        found = [
            each
            for each in self._checks
            if dataset in (None, each.dataset) and run in (None, each.run)
        ]
        return found[:n]

    def forget_data(self, fingerprint: str) -> None:
        """Let go of damaged bytes: node runs that made them are no longer found."""
        with self._lock:
            self._data.pop(fingerprint, None)
            self._lost.add(fingerprint)

    def flush(self) -> None:
        """Nobody else can see it."""

    def close(self) -> None:
        """Nothing to let go of."""

    def find(self, fingerprint: str) -> NodeRun | None:
        """The newest `done` node run with this fingerprint whose outputs were kept."""
        for node_run in reversed(self._records):
            if node_run.fingerprint != fingerprint or node_run.state != "done":
                continue
            if all(each.kept and each.fingerprint not in self._lost for each in node_run.outputs):
                return node_run
        return None

    def is_news(self, node_run: str, recipe: str) -> bool:
        """Whether nothing with this fingerprint is found."""
        return self.find(node_run) is None

    def expects(self, fingerprint: str) -> bool:
        """Never: no other process shares it."""
        return False

    def recall(self, nodes: Iterable[str]) -> dict[str, NodeRun]:
        """Each node's newest `done` node run."""
        latest = {}
        for each in self._records:
            if each.state == "done":
                latest[each.node] = each
            elif each.same_as is not None:
                latest[each.node] = self._records[each.same_as - 1]
        return {node: latest[node] for node in nodes if node in latest}

    def seconds(self, nodes: Iterable[str]) -> dict[str, float]:
        """Each node's last recorded wall time in seconds; those that are known."""
        return {node: node_run.seconds for node, node_run in self.recall(nodes).items()}

    def attempts(self, node: str, n: int = 10) -> list[NodeRun]:
        """The newest node runs of a node in any state, `reused` included, newest first."""
        return [each for each in reversed(self._records) if each.node == node][:n]

    def node_runs(self, run: int) -> list[NodeRun]:
        """All node runs of a run in the order of their record."""
        return [each for each in self._records if each.run == run]

    def runs(
        self, *, n: int | None = None, state: str | None = None, text: str | None = None
    ) -> list[Run]:
        """Runs, newest first; `text` searches pipeline, note, errors and their logs."""
        with self._lock:
            self._mark_lost()
            newest = [self._runs[number] for number in sorted(self._runs, reverse=True)]
        wanted = [run for run in newest if state is None or run.state == state]
        if text is not None:
            wanted = [run for run in wanted if text.lower() in self._text(run).lower()]
        return wanted[:n]

    def run(self, run: int) -> Run:
        """One run; `UnknownNameError` where there is none."""
        with self._lock:
            self._mark_lost()
            if run not in self._runs:
                raise UnknownNameError("run", str(run), map(str, self._runs))
            return self._runs[run]

    def recipe(self, fingerprint: str) -> Recipe:
        """The recipe with this fingerprint."""
        if fingerprint not in self._recipes:
            raise UnknownNameError("recipe", fingerprint, self._recipes)
        return self._recipes[fingerprint]

    def texts(self, parts: Iterable[str]) -> dict[str, tuple[str, str, int]]:
        """Part's digest -> source text, file, first line; those that are known."""
        return {part: self._texts[part] for part in parts if part in self._texts}

    def environment(self, fingerprint: str) -> dict[str, str]:
        """Distribution -> version, and `python`."""
        if fingerprint not in self._environments:
            raise UnknownNameError("environment", fingerprint, self._environments)
        return dict(self._environments[fingerprint])

    def versions(
        self, dataset: str, n: int | None = None
    ) -> list[tuple[Made, NodeRun | None, Run]]:
        """All versions of a dataset or the newest, newest first, each with its first maker."""
        names = [each for each in reversed(self._versions) if each[0] == dataset]
        return [self._version(*each) for each in names[:n]]

    def version(self, dataset: str, fingerprint: str) -> tuple[Made, NodeRun | None, Run] | None:
        """One version of a dataset, as `versions` has it; None where there is none."""
        known = (dataset, fingerprint) in self._versions
        return self._version(dataset, fingerprint) if known else None

    def data(self, fingerprint: str) -> bytes | None:
        """Bytes that live in the database, by fingerprint; None where they do not."""
        return self._data.get(fingerprint)

    def held(self, fingerprints: Iterable[str]) -> set[str]:
        """Those whose bytes live in the database."""
        return self._data.keys() & set(fingerprints)

    def made_by(
        self, fingerprint: str, n: int | None = None, *, before: int | None = None
    ) -> list[NodeRun]:
        """Node runs that wrote these bytes, newest first."""
        return [
            each
            for each in reversed(self._records)
            if each.same_as is None
            and (before is None or each.id < before)
            and fingerprint in (made.fingerprint for made in each.outputs)
        ][:n]

    def used_by(self, fingerprint: str, n: int | None = None) -> list[NodeRun]:
        """Node runs that read these bytes, newest first."""
        return [
            each
            for each in reversed(self._records)
            if each.same_as is None and fingerprint in each.inputs.values()
        ][:n]

    def metrics(self, run: int) -> dict[str, list[Metric]]:
        """Node -> its metrics in this run, those of reused node runs included."""
        return {each.node: list(each.metrics) for each in self.node_runs(run) if each.metrics}

    def _must_run(self, run: int) -> None:
        if run not in self._runs or self._runs[run].finished_at is not None:
            raise HistoryError(
                f"run {run} was not begun here, or has ended",
                hint="only the history that began a run may record into it",
            )

    def _keep_version(self, run: int, made: Made) -> None:
        self._lost.discard(made.fingerprint)
        if made.data is not None:
            self._data[made.fingerprint] = made.data
        version = (made.dataset, made.fingerprint)
        known, first = self._versions.get(version, (None, run))
        self._versions[version] = (known or changed(made, data=None), first)

    def _version(self, dataset: str, fingerprint: str) -> tuple[Made, NodeRun | None, Run]:
        made, run = self._versions[dataset, fingerprint]
        maker = self._first_maker(dataset, fingerprint)
        unknown = Made(dataset=dataset, fingerprint=fingerprint, n_bytes=0, format="", kept=False)
        return made or unknown, maker, self._runs[maker.run if maker else run]

    def _first_maker(self, dataset: str, fingerprint: str) -> NodeRun | None:
        for each in self._records:
            made = {(made.dataset, made.fingerprint) for made in each.outputs}
            if each.same_as is None and (dataset, fingerprint) in made:
                return each
        return None

    def _counts(self, run: int) -> dict[str, int]:
        counts: dict[str, int] = {}
        for each in self.node_runs(run):
            counts[each.state] = counts.get(each.state, 0) + 1
        return counts

    def _text(self, run: Run) -> str:
        """All that a search looks at."""
        failures = [text for each in self.node_runs(run.id) for text in (each.error, each.log)]
        return "\n".join([run.pipeline, run.note, run.error, *failures])

    def _mark_lost(self) -> None:
        here = os.uname().nodename
        for number, run in self._runs.items():
            dead = run.pid != 0 and run.host in ("", here) and not is_alive(run.pid)
            if run.state == "running" and dead:
                self._runs[number] = changed(run, state="lost", counts=self._counts(number))


def _without_data(node_run: NodeRun) -> NodeRun:
    outputs = tuple(changed(made, data=None) for made in node_run.outputs)
    return changed(node_run, outputs=outputs)


def _reused(original: NodeRun, number: int, run: int, name: str) -> NodeRun:
    return changed(
        original, id=number, run=run, node=name, state="reused", reason="", same_as=original.id
    )
