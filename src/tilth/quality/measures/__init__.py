"""Measures of predictions by name, and how sure they and their differences are.

`measure` names them, `outcome` holds what is so and what models said, `statistic` works measures
out under weights of rows, and `resampled` does so for thousands of resamples: the paired
bootstrap. The names alone cost no import of NumPy.
"""

from __future__ import annotations

from tilth.quality.measures.measure import MEASURES, Measure, find_measure

__all__ = ["MEASURES", "Measure", "find_measure"]
