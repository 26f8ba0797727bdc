"""Has the data changed, where, by how much, and does it matter?

`drift_between(reference, current)` compares column by column; a kept sketch is reference enough.
"""

from __future__ import annotations

from tilth.quality.drift.column import Aspect, ColumnDrift, Comparison
from tilth.quality.drift.compare import Drift, drift_between
from tilth.quality.drift.effect import Effect, MinimumEffect
from tilth.quality.drift.multiple import Control, adjusted
from tilth.quality.drift.outcome import Outcome
from tilth.quality.drift.schema import SchemaSkew, TypeChange

__all__ = [
    "Aspect",
    "ColumnDrift",
    "Comparison",
    "Control",
    "Drift",
    "Effect",
    "MinimumEffect",
    "Outcome",
    "SchemaSkew",
    "TypeChange",
    "adjusted",
    "drift_between",
]
