"""What a history owes: the one record of everything that ran."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from tilth.history.record import Checked, Made, Metric, ModelEvent, NodeRun, Recipe, Run

Decide = Callable[[Sequence[ModelEvent]], Iterable[ModelEvent]]
"""What was decided about a model so far -> what is decided now."""


class History(Protocol):
    """The record of runs. The past is immutable: rows are added, and a run is finished once.

    What `record` has returned from survives the death of the process (SIGKILL), though it
    may reach the database a moment later, with others. Other processes may read and write
    the same history at any time; a reader sees whole node runs or none.
    Its own records a history sees at once; `flush` makes them visible to others.
    Only the history that began a run records into it, until it is finished.
    A damaged, locked or newer history raises `HistoryError`, which names the file.
    """

    def begin(self, run: Run, environment: Mapping[str, str]) -> int:
        """Start a run and return its number."""

    def finish(self, run: int, *, state: str, error: str = "", at: float | None = None) -> None:
        """Say how a run ended, once; counts its node runs, and flushes.

        Args:
            at: When, in seconds since 1970, for a run that was recorded elsewhere; now if not
                given.
        """

    def annotate(self, run: int, note: str) -> None:
        """Replace a run's note."""

    def add_recipe(self, recipe: Recipe, texts: Mapping[str, tuple[str, str, int]]) -> None:
        """Keep a recipe and the source of its parts; once is enough, twice is harmless.

        Args:
            texts: Part's digest -> source text, file relative to the project, first line.
        """

    def record(self, node_run: NodeRun) -> NodeRun:
        """Keep a node run; returns it with its number."""

    def record_reused(self, run: int, reused: Sequence[tuple[str, NodeRun]]) -> None:
        """Keep that these nodes, by name, took over earlier node runs."""

    def flush(self) -> None:
        """Make what was recorded visible to other processes."""

    def find(self, fingerprint: str) -> NodeRun | None:
        """The newest `done` node run with this fingerprint whose outputs were kept."""

    def is_news(self, node_run: str, recipe: str) -> bool:
        """Whether nobody can have a done node run with this fingerprint, without a search.

        May be False where that is not known; asked before each node that runs. While no other
        process records anything, what has a new recipe is news unless it was done here.

        Args:
            node_run: What it would be.
            recipe: Fingerprint of its recipe.
        """

    def expects(self, fingerprint: str) -> bool:
        """Whether another process has finished this, so that `find` is about to find it.

        A process that is killed leaves behind what it has recorded; it is taken over here, so
        it is worth asking `find` again.
        """

    def recall(self, nodes: Iterable[str]) -> dict[str, NodeRun]:
        """Each node's newest `done` node run (through `same_as` where it was reused).

        Fast for ten thousand names: few queries, no matter how long the history is.
        """

    def attempts(self, node: str, n: int = 10) -> list[NodeRun]:
        """The newest node runs of a node in any state, `reused` included, newest first."""

    def runs(
        self, *, n: int | None = None, state: str | None = None, text: str | None = None
    ) -> list[Run]:
        """Runs, newest first; `text` searches pipeline, note, errors and their logs.

        A run whose process has died on this host is `lost` from then on.
        """

    def run(self, run: int) -> Run:
        """One run; `UnknownNameError` where there is none."""

    def node_runs(self, run: int) -> list[NodeRun]:
        """All node runs of a run in the order of their record.

        One that was reused has its own number, run, node and `same_as`, and all else of the
        node run that it took over.
        """

    def recipe(self, fingerprint: str) -> Recipe:
        """The recipe with this fingerprint; `UnknownNameError` where there is none."""

    def texts(self, parts: Iterable[str]) -> dict[str, tuple[str, str, int]]:
        """Part's digest -> source text, file, first line; those that are known."""

    def environment(self, fingerprint: str) -> dict[str, str]:
        """Distribution -> version, and `python`; `UnknownNameError` where there is none."""

    def seconds(self, nodes: Iterable[str]) -> dict[str, float]:
        """Each node's last recorded wall time in seconds; those that are known."""

    def versions(
        self, dataset: str, n: int | None = None
    ) -> list[tuple[Made, NodeRun | None, Run]]:
        """All versions of a dataset or the newest, newest first, each with its first maker.

        The run is the maker's. A source has no maker: the run is the first that read it.
        """

    def version(self, dataset: str, fingerprint: str) -> tuple[Made, NodeRun | None, Run] | None:
        """One version of a dataset, as `versions` has it; None where there is none."""

    def add_source(self, run: int, made: Made) -> None:
        """Keep that a run read this version of a source."""

    def data(self, fingerprint: str) -> bytes | None:
        """Bytes that live in the database, by fingerprint; None where they do not."""

    def held(self, fingerprints: Iterable[str]) -> set[str]:
        """Those whose bytes live in the database; fast for ten thousand."""

    def forget_data(self, fingerprint: str) -> None:
        """Let go of damaged bytes: node runs that made them are no longer found."""

    def made_by(
        self, fingerprint: str, n: int | None = None, *, before: int | None = None
    ) -> list[NodeRun]:
        """Node runs that wrote these bytes, newest first; reuses are not among them.

        Args:
            before: The number of a node run: only those that were recorded earlier.
        """

    def used_by(self, fingerprint: str, n: int | None = None) -> list[NodeRun]:
        """Node runs that read these bytes, newest first; reuses are not among them."""

    def metrics(self, run: int) -> dict[str, list[Metric]]:
        """Node -> its metrics in this run, those of reused node runs included.

        A node that was retried shows those of its last attempt that has any.
        """

    def add_checked(self, checked: Checked) -> None:
        """Keep that a version was held against its contract, and what was found."""

    def checked(self, dataset: str, version: str, contract: str) -> Checked | None:
        """What was found last when this version was held against this contract; None if never."""

    def checks(
        self, *, dataset: str | None = None, run: int | None = None, n: int | None = None
    ) -> list[Checked]:
        """All that was held against contracts, newest first."""

    def add_model_events(self, model: str, decide: Decide) -> list[ModelEvent]:
        """Let somebody decide about a model, and keep what comes of it.

        Args:
            model: Its name.
            decide: Is given all events of the model so far, oldest first, and returns new ones.
                Nobody else decides about any model meanwhile. Where it raises, nothing is kept.

        Returns:
            The new events, with their numbers.
        """

    def model_events(self, model: str | None = None) -> list[ModelEvent]:
        """What was decided about a model, or about all, oldest first."""

    def close(self) -> None:
        """Flush and let go of files."""
