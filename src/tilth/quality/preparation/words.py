"""Which words of a text are looked for."""

from __future__ import annotations

import numpy as np
import polars as pl

WORD = r"(?u)\b\w\w+\b"
"""Two letters or digits and more, as scikit-learn has it."""

_LEAST_ROWS = 3
_COMMON = 0.5
_LOOKED_AT = 20_000


def telling_words(texts: pl.Series, most: int) -> tuple[str, ...]:
    """Words that occur in three texts or more, and in not more than half of them, if any do.

    Of many, those are taken that carry the most weight over all texts: the number of texts times
    the logarithm of the share of texts that have it, so that `the` does not push out `leaking`.
    The target is not looked at, so nothing of it can leak.

    Args:
        texts: Of the training rows; the first 20,000 are read.
        most: How many words at most.

    Returns:
        In alphabetical order; none where texts share no words.

    References:
        K. Spärck Jones, "A statistical interpretation of term specificity and its application in
        retrieval", Journal of Documentation 28(1), 1972 (the inverse document frequency).
    """
    there = texts.drop_nulls().head(_LOOKED_AT)
    n = len(there)
    words = pl.DataFrame({"row": np.arange(n), "word": there.str.to_lowercase()})
    counts = (
        words.with_columns(pl.col("word").str.extract_all(WORD.removeprefix("(?u)")))
        .explode("word")
        .drop_nulls()
        .unique()
        .group_by("word")
        .len("n")
        .filter((pl.col("n") >= _LEAST_ROWS) & (pl.col("n") < n))
    )
    uncommon = counts.filter(pl.col("n") <= _COMMON * n)
    counts = uncommon if uncommon.height else counts
    weighed = counts.with_columns(weight=pl.col("n") * (n / pl.col("n")).log())
    return tuple(weighed.sort("weight", "word", descending=[True, False]).head(most)["word"].sort())
