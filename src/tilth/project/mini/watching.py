"""Who watches the run of a test: all is told as ever, but what contracts warn of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tilth.engine.hooks import NAMES, Observer


class Watching(Observer):
    """Tells another all but what contracts warn of: that is told once all is looked at."""

    def __init__(self, observer: Observer, contracts: Iterable[str]) -> None:
        self._observer = observer
        self._said = tuple(f"`{name}`: " for name in contracts)

    def __getattribute__(self, name: str) -> Any:
        if name in NAMES and name != "warned":
            return getattr(self._observer, name)
        return super().__getattribute__(name)

    def warned(self, message: str) -> None:
        """See `Observer`."""
        if not message.startswith(self._said):
            self._observer.warned(message)
