"""Why a model says what it says: shares of columns that add up to its answers."""

from __future__ import annotations

from tilth.quality.explanation.explain import METHODS, explain
from tilth.quality.explanation.explanation import Explanation

__all__ = ["METHODS", "Explanation", "explain"]
