"""Has the data changed, where, by how much, and does it matter?

`drift_between(reference, current)` compares column by column; a kept sketch is reference enough.
`joint_drift` tells whether rows as a whole look different, and needs rows of both sides.
`concept_drift` tells whether the same prediction still means the same, once labels are known;
`prediction_drift` is a proxy for it until then.
"""

from __future__ import annotations

from tilth.quality.drift.column import Aspect, ColumnDrift, Comparison
from tilth.quality.drift.compare import Drift, drift_between
from tilth.quality.drift.concept import (
    ConceptDrift,
    Stratum,
    concept_drift,
    prediction_drift,
)
from tilth.quality.drift.effect import Effect, MinimumEffect
from tilth.quality.drift.joint import JointDrift, joint_drift
from tilth.quality.drift.multiple import Control, adjusted
from tilth.quality.drift.outcome import Outcome
from tilth.quality.drift.schema import SchemaSkew, TypeChange

__all__ = [
    "Aspect",
    "ColumnDrift",
    "Comparison",
    "ConceptDrift",
    "Control",
    "Drift",
    "Effect",
    "JointDrift",
    "MinimumEffect",
    "Outcome",
    "SchemaSkew",
    "Stratum",
    "TypeChange",
    "adjusted",
    "concept_drift",
    "drift_between",
    "joint_drift",
    "prediction_drift",
]
