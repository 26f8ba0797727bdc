"""Where a model fails: parts of the data that can be described, and what would help them.

`weak_slices` finds them; `measured` looks at known ones on other rows; `diagnose` says why a slice
is bad and what to do.
"""

from __future__ import annotations

from tilth.quality.slices.attributes import Attributes, attributes_of, default_support
from tilth.quality.slices.clusters import Clusters, clusters_of
from tilth.quality.slices.condition import (
    PARTS,
    Attribute,
    Between,
    Condition,
    Equal,
    Missing,
    Rare,
    Slice,
)
from tilth.quality.slices.diagnosis import Action, Cause, Diagnosis, Known, diagnose
from tilth.quality.slices.measure import MeasuredSlice, measured
from tilth.quality.slices.top import ScoredSlice, top_slices
from tilth.quality.slices.weak import WeakSlices, weak_slices

__all__ = [
    "PARTS",
    "Action",
    "Attribute",
    "Attributes",
    "Between",
    "Cause",
    "Clusters",
    "Condition",
    "Diagnosis",
    "Equal",
    "Known",
    "MeasuredSlice",
    "Missing",
    "Rare",
    "ScoredSlice",
    "Slice",
    "WeakSlices",
    "attributes_of",
    "clusters_of",
    "default_support",
    "diagnose",
    "measured",
    "top_slices",
    "weak_slices",
]
