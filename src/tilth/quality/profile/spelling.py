"""Levels that are another level, written otherwise."""

from __future__ import annotations

import polars as pl

_MOST_LEVELS = 2_000
_OFTEN = 10
_LEAST_LETTERS = 5


def misspelt(texts: pl.Series) -> dict[str, str]:
    """Rare levels that differ from a frequent one by case, spaces or dots, or by one letter.

    A level is frequent that occurs 10 times or more. One that differs by case, spaces or dots
    occurs at most a fifth as often; one that differs by a letter (put in, left out, another, or
    two exchanged; of words of five letters or more) at most a 25th as often, and in at most 1 %
    of the texts. Where such pairs are many, words are alike by nature, and there are none.

    Args:
        texts: Without nulls.

    Returns:
        Level -> the one that is meant.

    References:
        F. J. Damerau, "A technique for computer detection and correction of spelling errors",
        Communications of the ACM 7(3), 1964 (the four errors, which are four fifths of all).
    """
    table = texts.alias("level").value_counts(sort=True, name="n")
    if not 1 < table.height <= _MOST_LEVELS:
        return {}
    counts: dict[str, int] = dict(table.iter_rows())
    often = [level for level, n in counts.items() if n >= _OFTEN]
    by_word: dict[str, str] = {}
    for level in often:
        by_word.setdefault(_word(level), level)
    found = {}
    for level, n in counts.items():
        meant = by_word.get(_word(level))
        if meant is not None and meant != level:
            if 5 * n <= counts[meant]:
                found[level] = meant
        elif n <= max(2, 0.01 * len(texts)):
            near = next(
                (e for e in often if e != level and _by_a_letter(level, e) and 25 * n <= counts[e]),
                None,
            )
            if near is not None:
                found[level] = near
    return found if len(found) <= max(3, 0.3 * table.height) else {}


def _word(level: str) -> str:
    return "".join(each for each in level.casefold() if each.isalnum()) or level


def _by_a_letter(rare: str, often: str) -> bool:
    """Whether one of Damerau's four errors with letters makes one of the other."""
    first, second = rare.casefold(), often.casefold()
    if min(len(first), len(second)) < _LEAST_LETTERS or abs(len(first) - len(second)) > 1:
        return False
    start = 0
    shortest = min(len(first), len(second))
    while start < shortest and first[start] == second[start]:
        start += 1
    end = 0
    while end < shortest - start and first[-1 - end] == second[-1 - end]:
        end += 1
    ours, theirs = first[start : len(first) - end], second[start : len(second) - end]
    if not (ours + theirs).isalpha():  # `room 1` and `room 2` are two rooms
        return False
    return max(len(ours), len(theirs)) <= 1 or (len(ours) == 2 and ours == theirs[::-1])
