"""A history of its own that takes over what another one has found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tilth.errors import UnknownNameError
from tilth.history.record import Made, NodeRun, Recipe, Run
from tilth.history.store import History
from tilth.record import changed


class Borrowing:
    """Records into one history, and looks for results in another as well.

    For runs that are experiments: what the other history knows need not be made again, and
    nothing of them is ever the latest there. A node run that is taken over is copied with its
    recipe, so that the history stands for itself.

    Args:
        own: What is recorded here, and looked at first.
        other: What is only read.
    """

    def __init__(self, own: History, other: History) -> None:
        self._own, self._other = own, other
        self._run = 0

    def __getattr__(self, name: str) -> Any:
        """All that concerns its own records alone."""
        return getattr(self._own, name)

    def begin(self, run: Run, environment: Mapping[str, str]) -> int:
        """See `History.begin`."""
        self._run = self._own.begin(run, environment)
        return self._run

    def find(self, fingerprint: str) -> NodeRun | None:
        """See `History.find`; one of the other history's is copied first."""
        found = self._own.find(fingerprint)
        if found is not None:
            return found
        found = self._other.find(fingerprint)
        return found if found is None or not self._run else self._copied(found)

    def is_news(self, node_run: str, recipe: str) -> bool:
        """See `History.is_news`; it has to be news to both."""
        return self._own.is_news(node_run, recipe) and self._other.is_news(node_run, recipe)

    def expects(self, fingerprint: str) -> bool:
        """See `History.expects`."""
        return self._own.expects(fingerprint) or self._other.expects(fingerprint)

    def recipe(self, fingerprint: str) -> Recipe:
        """See `History.recipe`."""
        try:
            return self._own.recipe(fingerprint)
        except UnknownNameError:
            return self._other.recipe(fingerprint)

    def data(self, fingerprint: str) -> bytes | None:
        """See `History.data`."""
        found = self._own.data(fingerprint)
        return found if found is not None else self._other.data(fingerprint)

    def held(self, fingerprints: Iterable[str]) -> set[str]:
        """See `History.held`."""
        wanted = list(fingerprints)
        return self._own.held(wanted) | self._other.held(wanted)

    def version(self, dataset: str, fingerprint: str) -> tuple[Made, NodeRun | None, Run] | None:
        """See `History.version`."""
        found = self._own.version(dataset, fingerprint)
        return found or self._other.version(dataset, fingerprint)

    def _copied(self, found: NodeRun) -> NodeRun:
        self._own.add_recipe(self._other.recipe(found.recipe), {})
        outputs = tuple(
            changed(made, data=self._other.data(made.fingerprint)) for made in found.outputs
        )
        return self._own.record(changed(found, id=0, run=self._run, outputs=outputs))
