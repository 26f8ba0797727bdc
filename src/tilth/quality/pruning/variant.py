"""One way in which a model is fitted anew to be smaller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tilth.quality.pruning.ground import Ground
from tilth.record import field, record


@record
class Variant:
    """One way in which a model is fitted anew.

    Attributes:
        means: Names of the means.
        told: What is done, in few words; empty for the original itself.
        fit: A ground -> a fitted model.
    """

    means: tuple[str, ...]
    told: str
    fit: Callable[[Ground], Any] = field(repr=False)
