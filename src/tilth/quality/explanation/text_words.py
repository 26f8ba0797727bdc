"""Which words of a text counted, where a preparation looks at its words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.quality.explanation.answers import Answers
from tilth.record import record

_MOST = 500
"""Words of a text that are looked at; the first."""


@record
class Word:
    """A word of a row's text.

    Attributes:
        word: As the preparation has it, such as `refund`.
        effect: By how much each answer would be lower without it, all else as it is; shape
            (n_outputs,).
    """

    word: str
    effect: NDArray[np.float64]


def words_of(model: Any, row: pl.DataFrame, answers: Answers) -> dict[str, list[Word]]:
    """Leave out one word after the other, and ask what the model says then.

    A column's part is shared among its words by nobody: what a word does depends on the others,
    as a preparation may set its weight by how many there are. So these do not add up to the part.

    Args:
        model: Of scikit-learn's interface, with a step that counts words or weighs them.
        row: One row, with the columns that the model is given.
        answers: How the model is asked.

    Returns:
        Column -> its words, in the order of the text; columns without words that count are not
        there.

    References:
        J. Li, W. Monroe and D. Jurafsky, "Understanding neural networks through representation
        erasure", 2016.
    """
    found = {}
    for column, analyse, known in _looked_at(model):
        if column not in row.columns or row[column].dtype != pl.String:
            continue
        text = row[column][0]
        words = [] if text is None else list(dict.fromkeys(analyse(text)))
        words = [each for each in words if known is None or each in known][:_MOST]
        shorter = [(each, _without(text, each)) for each in words]
        left = [(each, rest) for each, rest in shorter if rest != text]
        if not left:
            continue
        asked = pl.concat([row] * (len(left) + 1)).with_columns(
            pl.Series(column, [text, *(rest for _, rest in left)])
        )
        said = answers.ask(answers.table(asked))
        listed = [
            Word(word=word, effect=said[0] - each)
            for (word, _), each in zip(left, said[1:], strict=True)
        ]
        found[column] = [each for each in listed if np.abs(each.effect).max() > 0]
    return {column: listed for column, listed in found.items() if listed}


def _without(text: str, word: str) -> str:
    """A text without a word, or without two that follow one another, wherever they occur."""
    parts = r"\W+".join(re.escape(each) for each in word.split())
    return re.sub(rf"(?<!\w){parts}(?!\w)", "", text, flags=re.IGNORECASE)


_Looked = tuple[str, Callable[[str], Sequence[str]], Any]


def _looked_at(model: Any) -> Iterator[_Looked]:
    """Columns whose words a step looks at, what takes a text apart, and which words it knows."""
    inner = getattr(model, "best_estimator_", None)
    if inner is not None:
        yield from _looked_at(inner)
    elif isinstance(getattr(model, "steps", None), list):
        for _, step in model.steps:
            yield from _looked_at(step)
    for _, made, columns in getattr(model, "transformers_", ()):
        first = made.steps[0][1] if isinstance(getattr(made, "steps", None), list) else made
        if isinstance(columns, str) and getattr(first, "analyzer", None) == "word":
            yield columns, first.build_analyzer(), getattr(first, "vocabulary_", None)
