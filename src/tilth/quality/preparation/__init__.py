"""From a table to numbers that models take: what is done with each column, and why.

`decided` looks at the training rows and says of each column what it holds and what becomes of it.
`preparation_of` makes that one unfitted pipeline of scikit-learn: it is fitted with the model, on
the rows that the model learns from and on no others, and goes with the model wherever it is used.

Example:
    >>> import polars as pl
    >>> from tilth.quality.preparation import decided, preparation_of
    >>> rows = pl.DataFrame({"age": [31.0, 45, None, 28], "town": ["Bonn", "Ulm", "Ulm", None]})
    >>> treatments = decided(rows)
    >>> [(each.column, each.treatment) for each in treatments]
    [('age', 'number'), ('town', 'levels')]
    >>> preparation_of(treatments).fit(rows).get_feature_names_out().tolist()
    ['age', 'missingindicator_age', 'town_Ulm', 'town_infrequent_sklearn']
"""

from __future__ import annotations

from tilth.quality.preparation.build import preparation_of, reads
from tilth.quality.preparation.decide import decided
from tilth.quality.preparation.narrow import only
from tilth.quality.preparation.outcome import told
from tilth.quality.preparation.treatment import Treatment
from tilth.quality.preparation_plan import TREATMENTS, PreparationPlan

__all__ = [
    "TREATMENTS",
    "PreparationPlan",
    "Treatment",
    "decided",
    "only",
    "preparation_of",
    "reads",
    "told",
]
