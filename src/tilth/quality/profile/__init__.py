"""The profile of a table: columns, what is probably not meant, and what to do before training.

Example:
    >>> import polars as pl
    >>> from tilth.quality.profile import profile_of
    >>> found = profile_of(pl.DataFrame({"age": [31, 45, None], "city": ["Bonn", "Ulm", "Ulm"]}))
    >>> found.n_rows, found.by_name["age"].n_null, found.by_name["city"].n_distinct
    (3, 1, 2)
"""

from __future__ import annotations

from tilth.quality.profile.column import ColumnProfile
from tilth.quality.profile.defect import Defect, DefectKind
from tilth.quality.profile.histogram import Histogram
from tilth.quality.profile.table import Profile, profile_of

__all__ = ["ColumnProfile", "Defect", "DefectKind", "Histogram", "Profile", "profile_of"]
