"""The crew: executors that are kept from one run to the next."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from tilth import plugins
from tilth.engine.executor import Executor, ExecutorFactory
from tilth.engine.perform import Performer

EXECUTORS = "tilth.engine.executors"


class Crew:
    """Makes executors when they are first asked for, and keeps them.

    Args:
        folder: The project's.
        store: Where blobs are kept.
    """

    def __init__(self, folder: Path, store: Path) -> None:
        self._folder = folder
        self._store = store
        self._executors: dict[tuple[str, int, tuple[str, ...]], Executor] = {}

    def executor(self, kind: str, workers: int, roots: tuple[str, ...]) -> Executor:
        """An executor of a kind.

        Args:
            kind: `serial`, `threads`, `processes`, or a class by its dotted name.
            workers: How many calls it performs at once.
            roots: Folders with the user's modules.

        Raises:
            UnknownNameError: There is no such kind.
        """
        key = kind, 1 if kind == "serial" else workers, roots
        found = self._executors.get(key)
        if found is None:
            factory = cast(ExecutorFactory, plugins.find(EXECUTORS, kind))
            work = Performer(
                folder=self._folder, store=self._store, roots=roots, seeds=kind != "threads"
            )
            found = self._executors[key] = factory(workers=key[1], work=work)
        return found

    def close(self) -> None:
        """Let go of all; calls under way are given up."""
        for each in self._executors.values():
            each.close()
        self._executors.clear()
