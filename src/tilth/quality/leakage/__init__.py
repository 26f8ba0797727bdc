"""What training rows tell of rows that a model is tested on, and of the target itself.

Example:
    >>> import polars as pl
    >>> from tilth.quality.leakage import leaks_between
    >>> rows = pl.DataFrame({"patient": list(range(60)), "sick": [0, 1] * 30})
    >>> found = leaks_between({"train": rows, "test": rows.head(6)}, "sick", key=["patient"])
    >>> [(each.kind, each.severity, each.n, each.of) for each in found]
    [('same_key', 'sure', 6, 6)]
"""

from __future__ import annotations

from tilth.quality.leakage.find import leaks_between
from tilth.quality.leakage.leak import KINDS, Leak

__all__ = ["KINDS", "Leak", "leaks_between"]
