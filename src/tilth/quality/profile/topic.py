"""Texts that share hardly a word with the others of their column."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

_LONGEST = 1_000
_LEAST_TEXTS = 50
_LEAST_WORDS = 4
_FAR = 3.5
_SHARE = 0.45


def off_topic(texts: pl.Series) -> NDArray[np.int64]:
    """Places of texts whose words hardly occur in the others, rising.

    A text is as near to the others as its words are common among them: the mean, over its
    different words, of the share of other texts that have the word, each word weighted by the
    square of the share that lacks it, so that `the` counts for next to nothing. Off-topic is
    what lies 3.5 robust standard deviations below the median on the logarithmic scale, and
    below 0.45 of it.

    Args:
        texts: Without nulls. Fewer than 50 texts, or texts of few words, have no topic.

    References:
        K. Sparck Jones, "A statistical interpretation of term specificity and its application in
        retrieval", Journal of Documentation 28(1), 1972 (that words which few texts have tell
        more; her logarithm leaves too little weight to common words for texts of few words);
        B. Iglewicz, D. C. Hoaglin, "How to detect and handle outliers", ASQC 1993 (3.5 robust
        deviations).
    """
    words = _words(texts)
    n = len(texts)
    counts = words.group_by("word").agg(pl.len().alias("n_texts"))
    scored = (
        words.join(counts, on="word")
        .with_columns(others=(pl.col("n_texts") - 1) / max(n - 1, 1))
        .with_columns(weight=(1 - pl.col("n_texts") / n) ** 2 + 1e-9)
        .group_by("place")
        .agg(
            pl.len().alias("n_words"),
            ((pl.col("others") * pl.col("weight")).sum() / pl.col("weight").sum()).alias("near"),
        )
        .filter(pl.col("n_words") >= _LEAST_WORDS)
        .sort("place")
    )
    if scored.height < max(_LEAST_TEXTS, 0.5 * n):
        return np.zeros(0, np.int64)
    near = scored["near"].to_numpy()
    logs = np.log(np.maximum(near, 1e-6))
    middle = np.median(logs)
    spread = 1.4826 * np.median(np.abs(logs - middle))
    if spread == 0:
        return np.zeros(0, np.int64)
    far = (logs < middle - _FAR * spread) & (logs < middle + np.log(_SHARE))
    places: NDArray[np.int64] = scored["place"].to_numpy()[far].astype(np.int64)
    return places


def _words(texts: pl.Series) -> pl.DataFrame:
    """Each different word of each text: `place`, `word`."""
    return (
        pl.DataFrame({"text": texts.cast(pl.String).str.slice(0, _LONGEST).str.to_lowercase()})
        .with_row_index("place")
        .select("place", word=pl.col("text").str.extract_all(r"\p{L}{2,}").list.unique())
        .explode("word", empty_as_null=False)
        .drop_nulls()
    )
