"""A function that can only be had by making its pipeline again."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any


class Later:
    """Stands for the function, and has it made when it is called or sent elsewhere."""

    def __init__(self, make: Callable[[], Callable[..., Any]]) -> None:
        self._make = make

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The function itself."""
        return self._make()

    def __call__(self, *positional: Any, **named: Any) -> Any:
        return self.function(*positional, **named)

    def __reduce__(self) -> Any:
        import cloudpickle  # heavy, and only for functions without an importable name

        return cloudpickle.loads, (cloudpickle.dumps(self.function),)
