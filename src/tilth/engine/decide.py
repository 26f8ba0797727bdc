"""Deciding on tasks: the facts of the history, put before `reason_to_run`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from tilth.engine.reason import Now, Reason, reason_at_once, reason_to_run
from tilth.engine.save import INLINE
from tilth.engine.step import PARTITIONS, Task
from tilth.history.record import Made, NodeRun, Recipe
from tilth.history.store import History


class Decider:
    """Says of a task whether a recorded result still holds, or why it must run.

    Args:
        history: What is on record.
        has: Whether a version can still be had.
        names: Nodes that will be asked about.
        forced: Those of them that run in any case.
    """

    def __init__(
        self,
        history: History,
        has: Callable[[Made], bool],
        names: Iterable[str],
        forced: Iterable[str] = (),
    ) -> None:
        self._history = history
        self._has = has
        self._forced = frozenset(forced)
        self._lost: set[str] = set()
        self._last = history.recall(names)
        # Of the many that are few bytes each, one question tells which are still there.
        self._held = history.held(
            made.fingerprint
            for last in self._last.values()
            for made in last.outputs
            if made.n_bytes <= INLINE and made.format != PARTITIONS
        )

    def lose(self, made: Made) -> None:
        """A version turned out not to be had, though it is on record: its maker must run."""
        self._lost.add(made.fingerprint)

    def regain(self, made: Iterable[Made]) -> None:
        """Versions were made anew."""
        if self._lost:
            self._lost.difference_update([each.fingerprint for each in made])

    def last(self, name: str) -> NodeRun | None:
        """The last node run of a node, or of a partition of it, that ended well."""
        found = self._last.get(name)
        if found is None and name.endswith("]"):  # partitions are not known beforehand
            found = self._history.recall([name]).get(name)
        return found

    def decide(
        self, task: Task, fingerprint: str, *, search: bool
    ) -> tuple[Reason | None, NodeRun | None]:
        """Why a task must run, or None and the node run whose results it takes over.

        Args:
            task: What is to be executed.
            fingerprint: What it is.
            search: Whether to look for the same work under another name as well.
        """
        node = task.step.node
        last = self.last(task.name)
        if search and (last is None or last.fingerprint != fingerprint):
            last = self._history.find(fingerprint) or last
        cache, forced = node.options.cache, node.name in self._forced
        reason = reason_at_once(last, cache=cache, forced=forced)
        if reason is not None or last is None:
            return reason, last
        refresh = node.options.refresh
        now = Now(
            fingerprint,
            task.step.recipe,
            {name: made.fingerprint for name, made in task.inputs.items()},
            cache,
            0.0 if refresh is None else time.time() - refresh,
        )
        kept = all(map(self._is_kept, last.outputs))
        return reason_to_run(now, last, self._history.recipe, kept=kept), last

    def is_news(self, fingerprint: str, recipe: Recipe, reason: Reason) -> bool:
        """Whether there can be no result on record, or it would not be taken over."""
        return reason in _RUNS_ANYWAY or self._history.is_news(fingerprint, recipe.fingerprint)

    def same_work(self, fingerprint: str) -> NodeRun | None:
        """A result that is on record by now."""
        found = self._history.find(fingerprint)
        return found if found is not None and all(map(self._is_kept, found.outputs)) else None

    def _is_kept(self, made: Made) -> bool:
        if made.fingerprint in self._lost:
            return False
        return made.fingerprint in self._held or self._has(made)


_RUNS_ANYWAY = frozenset({Reason.FORCED, Reason.NOT_CACHED, Reason.REFRESH_DUE, Reason.OUTPUT_LOST})
