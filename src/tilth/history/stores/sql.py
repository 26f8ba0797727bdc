"""The history in an SQL database: SQLite in one file."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tilth.errors import HistoryError
from tilth.history.archive import Archive
from tilth.history.driver import Driver, Sqlite
from tilth.history.entry import (
    PLACES,
    CheckedEntry,
    Entry,
    FinishEntry,
    NodeRunEntry,
    RecipeEntry,
    ReuseEntry,
    SourceEntry,
    cleaned,
    decoded,
    numbered,
)
from tilth.history.journal import Journal, Others, abandoned, is_alive, is_held
from tilth.history.ledger import Ledger
from tilth.history.migration import migrate
from tilth.history.record import Checked, Made, Metric, ModelEvent, NodeRun, Recipe, Run
from tilth.history.rows import run_row
from tilth.history.store import Decide
from tilth.record import changed

__all__ = ["SqlHistory"]


_REMEMBERED = 500_000


class SqlHistory:
    """A history in a database beside a folder of journals.

    What is recorded goes to this process's journal at once, and to the database with much
    else: a commit for each node would cost three times what all the rest does.
    Threads may share it. A process that forks must not use it in the child.
    """

    def __init__(
        self,
        path: Path,
        *,
        wait_seconds: float = 10.0,
        flush_seconds: float = 0.5,
        batch: int = 1000,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Open a history, or make a new one; take over what dead processes left behind.

        Args:
            path: The file; journals lie beside it in the folder `journal`.
            wait_seconds: How long to wait for another process that is writing.
            flush_seconds: How old a record may become before the next one takes it along
                into the database.
            batch: How many entries may wait for the database.
            now: A clock: seconds since 1970.
        """
        self._journals = path.parent / "journal"
        self._flush_seconds, self._batch, self._now = flush_seconds, batch, now
        self._lock = threading.RLock()
        self._queue: list[Entry] = []
        self._due_at, self._due_n = 0.0, 0
        self._plan_flush()
        self._journal: Journal | None = None
        self._others = Others(self._journals)
        self._is_shared = False  # between runs at once in this process
        self._news: dict[str, bool] = {}  # recipe -> whether it was on no record before
        self._done: set[str] = set()  # what was done here since
        self._places: dict[int, int] = {}
        self._recipes: dict[str, Recipe] = {}
        self._texts: set[str] = set()
        self._forget_pending()
        self._driver: Driver = _opened(path, wait_seconds)
        self._ledger, self._archive = Ledger(self._driver), Archive(self._driver)
        try:
            migrate(self._driver)
            self._take_over()
        except BaseException:
            self._driver.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Writing

    def begin(self, run: Run, environment: Mapping[str, str]) -> int:
        """Start a run and return its number."""
        with self._lock:
            self._flush(patient=True)
            journal = self._opened_journal().path.name
            number = self._ledger.begin(run_row(run, journal), run.environment, environment)
            self._is_shared = self._is_shared or bool(self._places)
            self._places[number] = 0
        return number

    def finish(self, run: int, *, state: str, error: str = "", at: float | None = None) -> None:
        """Say how a run ended; flushes."""
        with self._lock:
            ended = self._archive.run(run).state
            if ended not in ("running", "lost"):
                raise HistoryError(f"run {run} has ended before, as `{ended}`")
            ended_at = self._now() if at is None else at
            self._keep(FinishEntry(run, state, cleaned(error), ended_at))
            self._flush(patient=True)
            self._places.pop(run, None)

    def annotate(self, run: int, note: str) -> None:
        """Replace the note of a run."""
        with self._lock:
            if not self._ledger.annotate(run, note):
                self._archive.run(run)  # raises, with what is known

    def add_recipe(self, recipe: Recipe, texts: Mapping[str, tuple[str, str, int]]) -> None:
        """Keep a recipe and the source of its parts."""
        with self._lock:
            new = {digest: texts[digest] for digest in texts if digest not in self._texts}
            if recipe.fingerprint in self._recipes and not new:
                return
            self._keep(RecipeEntry.of(recipe, new))
            self._recipes[recipe.fingerprint] = recipe
            self._texts.update(new)

    def record(self, node_run: NodeRun) -> NodeRun:
        """Keep a node run; returns it with its number."""
        with self._lock:
            recorded = numbered(node_run, self._place(node_run.run))
            self._keep(NodeRunEntry.of(recorded))
            self._remember(recorded)
            self._flush_when_due()
        return recorded

    def record_reused(self, run: int, reused: Sequence[tuple[str, NodeRun]]) -> None:
        """Keep that these nodes, by name, took over earlier node runs."""
        if not reused:
            return
        numbers = [node_run.same_as or node_run.id for _, node_run in reused]
        with self._lock:
            first = self._place(run, len(reused))
            self._keep(ReuseEntry(first, [name for name, _ in reused], numbers))
            self._reuse_is_pending = True
            self._flush_when_due()

    def add_source(self, run: int, made: Made) -> None:
        """Keep that a run read this version of a source."""
        with self._lock:
            self._place(run, 0)
            self._keep(SourceEntry(run, made))

    def add_checked(self, checked: Checked) -> None:
        """Keep that a version was held against its contract."""
        with self._lock:
            self._place(checked.run, 0)
            checked = changed(checked, report=cleaned(checked.report))
            self._keep(CheckedEntry(checked))
            self._checked[checked.dataset, checked.version, checked.contract] = checked

    def add_model_events(self, model: str, decide: Decide) -> list[ModelEvent]:
        """Let somebody decide about a model, and keep what comes of it."""
        with self._lock:
            self._flush(patient=True)
            return self._ledger.add_model_events(lambda: decide(self._archive.model_events(model)))

    def forget_data(self, fingerprint: str) -> None:
        """Let go of damaged bytes: node runs that made them are no longer found."""
        with self._lock:
            self.flush()
            self._ledger.forget_data(fingerprint)

    def flush(self) -> None:
        """Make what was recorded visible to other processes."""
        with self._lock:
            self._flush(patient=True)

    def close(self) -> None:
        """Flush and let go of files; where flushing fails, the journal stays."""
        with self._lock:
            try:
                self._flush(patient=True)
            finally:
                if self._journal is not None:
                    self._journal.close()
                self._driver.close()

    # Reading

    def find(self, fingerprint: str) -> NodeRun | None:
        """The newest `done` node run with this fingerprint whose outputs were kept."""
        return self._found.get(fingerprint) or self._archive.find(fingerprint)

    def is_news(self, node_run: str, recipe: str) -> bool:
        """Whether nobody can have a done node run with this fingerprint, without a search."""
        if self._news.get(recipe) is None:
            self._news[recipe] = recipe not in self._recipes and not self._archive.knows(recipe)
        return (
            self._news[recipe]
            and node_run not in self._done
            and not self._is_shared
            and not self._others.came(self._own_path)
        )

    def expects(self, fingerprint: str) -> bool:
        """Whether another process has finished this, and the database is about to have it."""
        if not self._others.mention(fingerprint.encode(), own=self._own_path):
            return False
        with self._lock:
            self._take_over()  # of processes that died; those that live bring it themselves
        return True

    def recall(self, nodes: Iterable[str]) -> dict[str, NodeRun]:
        """Each node's newest `done` node run."""
        names = list(nodes)
        if self._reuse_is_pending:
            self.flush()
        recalled = self._archive.recall(names)
        latest = self._latest
        recalled.update((name, latest[name]) for name in names if name in latest)
        return recalled

    def attempts(self, node: str, n: int = 10) -> list[NodeRun]:
        """The newest node runs of a node in any state, `reused` included, newest first."""
        self.flush()
        return self._archive.attempts(node, n)

    def runs(
        self, *, n: int | None = None, state: str | None = None, text: str | None = None
    ) -> list[Run]:
        """Runs, newest first; `text` searches pipeline, note, errors and logs."""
        self.flush()
        self._mark_lost()
        return self._archive.runs(n, state, text)

    def run(self, run: int) -> Run:
        """One run; `UnknownNameError` where there is none."""
        self.flush()
        self._mark_lost()
        return self._archive.run(run)

    def node_runs(self, run: int) -> list[NodeRun]:
        """All node runs of a run in the order of their record."""
        self.flush()
        return self._archive.node_runs(run)

    def recipe(self, fingerprint: str) -> Recipe:
        """The recipe with this fingerprint."""
        return self._recipes.get(fingerprint) or self._archive.recipe(fingerprint)

    def texts(self, parts: Iterable[str]) -> dict[str, tuple[str, str, int]]:
        """Part's digest -> source text, file, first line; those that are known."""
        self.flush()
        return self._archive.texts(parts)

    def environment(self, fingerprint: str) -> dict[str, str]:
        """Distribution -> version, and `python`."""
        return self._archive.environment(fingerprint)

    def seconds(self, nodes: Iterable[str]) -> dict[str, float]:
        """Each node's last recorded wall time in seconds; those that are known."""
        self.flush()
        return self._archive.seconds(nodes)

    def versions(
        self, dataset: str, n: int | None = None
    ) -> list[tuple[Made, NodeRun | None, Run]]:
        """All versions of a dataset, newest first, each with its first maker and run."""
        self.flush()
        return self._archive.versions(dataset, n)

    def version(self, dataset: str, fingerprint: str) -> tuple[Made, NodeRun | None, Run] | None:
        """One version of a dataset, as `versions` has it; None where there is none."""
        self.flush()
        return self._archive.version(dataset, fingerprint)

    def data(self, fingerprint: str) -> bytes | None:
        """Bytes that live in the database, by fingerprint; None where they do not."""
        pending = self._data.get(fingerprint)
        return self._archive.data(fingerprint) if pending is None else pending

    def held(self, fingerprints: Iterable[str]) -> set[str]:
        """Those whose bytes live in the database; fast for ten thousand."""
        wanted = set(fingerprints)
        pending = wanted & self._data.keys()
        return pending | self._archive.held(wanted - pending)

    def made_by(
        self, fingerprint: str, n: int | None = None, *, before: int | None = None
    ) -> list[NodeRun]:
        """Node runs that wrote these bytes, newest first."""
        self.flush()
        return self._archive.linked("node_output", fingerprint, n, before)

    def used_by(self, fingerprint: str, n: int | None = None) -> list[NodeRun]:
        """Node runs that read these bytes, newest first."""
        self.flush()
        return self._archive.linked("node_input", fingerprint, n)

    def metrics(self, run: int) -> dict[str, list[Metric]]:
        """Node -> its metrics in this run, those of reused node runs included."""
        self.flush()
        return self._archive.metrics(run)

    def checked(self, dataset: str, version: str, contract: str) -> Checked | None:
        """What was found last when this version was held against this contract."""
        pending = self._checked.get((dataset, version, contract))
        return pending or self._archive.checked(dataset, version, contract)

    def checks(
        self, *, dataset: str | None = None, run: int | None = None, n: int | None = None
    ) -> list[Checked]:
        """All that was held against contracts, newest first."""
        self.flush()
        return self._archive.checks(dataset, run, n)

    def model_events(self, model: str | None = None) -> list[ModelEvent]:
        """What was decided about a model, or about all, oldest first."""
        return self._archive.model_events(model)

    # Inside

    def _keep(self, entry: Entry) -> None:
        (self._journal or self._opened_journal()).append(entry.encoded())
        self._queue.append(entry)

    def _opened_journal(self) -> Journal:
        if self._journal is None:
            self._journal = Journal(self._journals)
        return self._journal

    @property
    def _own_path(self) -> Path | None:
        return None if self._journal is None else self._journal.path

    def _place(self, run: int, n: int = 1) -> int:
        """The number of the next node run of a run, of which so many are taken."""
        place = self._places.get(run)
        if place is None:
            raise HistoryError(
                f"run {run} was not begun here, or has ended",
                hint="only the history that began a run may record into it",
            )
        if place + n > PLACES:
            raise HistoryError(f"run {run} has more than {PLACES} node runs")
        self._places[run] = place + n
        return run * PLACES + place

    def _remember(self, node_run: NodeRun) -> None:
        """Let `find`, `recall` and `data` see it before the database has it."""
        if node_run.state != "done":
            return
        if len(self._done) < _REMEMBERED:
            self._done.add(node_run.fingerprint)
        else:
            self._is_shared = True  # with itself: what it forgets must be searched
        self._latest[node_run.node] = node_run
        if False not in [made.kept for made in node_run.outputs]:
            self._found[node_run.fingerprint] = node_run
        for made in node_run.outputs:
            if made.data is not None:
                self._data[made.fingerprint] = made.data

    def _forget_pending(self) -> None:
        self._found: dict[str, NodeRun] = {}
        self._latest: dict[str, NodeRun] = {}
        self._data: dict[str, bytes] = {}
        self._checked: dict[tuple[str, str, str], Checked] = {}
        self._reuse_is_pending = False

    def _flush_when_due(self) -> None:
        if time.monotonic() < self._due_at and len(self._queue) < self._due_n:
            return
        try:
            self._flush(patient=False)
        except HistoryError:
            # The journal has it all. Whoever waits for the database is told: flush, finish.
            self._due_at = time.monotonic() + max(1.0, self._flush_seconds)
            self._due_n = len(self._queue) + self._batch

    def _flush(self, *, patient: bool) -> None:
        if not self._queue:
            return
        self._ledger.write(self._queue, patient=patient)
        self._queue = []
        self._forget_pending()
        if self._journal is not None:
            self._journal.clear()
        self._plan_flush()

    def _plan_flush(self) -> None:
        """Say when a record takes those before it along into the database."""
        self._due_at = time.monotonic() + self._flush_seconds
        self._due_n = self._batch

    def _take_over(self) -> None:
        """Bring the journals of dead processes into the database."""
        for journal in abandoned(self._journals):
            runs = self._archive.runs_of(journal.path.name)
            known = [entry for entry in map(decoded, journal.payloads) if entry.is_of(runs)]
            if known:
                self._ledger.write(known)
            self._ledger.mark_lost(runs)
            journal.remove()

    def _mark_lost(self) -> None:
        here = os.uname().nodename
        lost = [
            number
            for number, host, pid, journal in self._archive.running()
            if host in ("", here) and self._is_dead(pid, journal)
        ]
        if not lost:
            return
        with self._lock:
            self._take_over()
            self._ledger.mark_lost(lost)

    def _is_dead(self, pid: int, journal: str) -> bool:
        """Whether a run's process is gone; numbers of processes come again, locks do not."""
        return not is_held(self._journals / journal) or not (pid == 0 or is_alive(pid))


def _opened(path: Path, wait_seconds: float) -> Sqlite:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HistoryError(
            f"cannot make the folder {path.parent}: {error.strerror}",
            hint="check that you may write there",
        ) from error
    return Sqlite(path, wait_seconds=wait_seconds)
