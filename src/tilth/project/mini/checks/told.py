"""What one look at a model tells."""

from __future__ import annotations

from tilth.project.mini.tested import State
from tilth.record import record


@record
class Told:
    """What was found.

    Attributes:
        state: `passed`, `failed` or `left out`.
        message: In words.
    """

    state: State
    message: str

    @property
    def failed(self) -> bool:
        """Whether it is not well."""
        return self.state == "failed"
