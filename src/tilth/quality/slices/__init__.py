"""Where a model fails: parts of the data that can be described."""

from __future__ import annotations

from tilth.quality.slices.attributes import Attributes, attributes_of, default_support
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

__all__ = [
    "PARTS",
    "Attribute",
    "Attributes",
    "Between",
    "Condition",
    "Equal",
    "Missing",
    "Rare",
    "Slice",
    "attributes_of",
    "default_support",
]
