"""What texts look like, letter by letter: `AB-1234` is `A-9`."""

from __future__ import annotations

import re

import polars as pl

from tilth.record import record

_MOST = 6
_LONGEST = 40

_RUNS = (
    (r"\p{Lu}+", "A"),
    (r"[\p{Ll}\p{Lo}]+", "a"),
    (r"\p{Nd}+", "9"),
    (r"\s+", " "),
)
"""In this order: what stands for digits is no letter."""

_CLASSES = {"A": r"\p{Lu}+", "a": r"[\p{Ll}\p{Lo}]+", "9": r"\p{Nd}+", " ": r"\s+"}


@record
class Pattern:
    """A form that texts share.

    Attributes:
        form: Capitals as `A`, other letters as `a`, digits as `9`, each run as one.
        n: How many texts of the sample have it.
        example: One of them.
    """

    form: str
    n: int
    example: str


def forms_of(texts: pl.Series) -> pl.Series:
    """The form of each text; long ones are cut to 40 characters of it."""
    found = texts.cast(pl.String).str.slice(0, 400)
    for runs, letter in _RUNS:
        found = found.str.replace_all(runs, letter)
    return found.str.slice(0, _LONGEST)


def patterns_of(sample: pl.Series) -> tuple[Pattern, ...]:
    """The most frequent forms of a sample of texts, at most 6."""
    texts = sample.drop_nulls().cast(pl.String).alias("text")
    table = pl.DataFrame({"text": texts, "form": forms_of(texts)})
    ranked = (
        table.group_by("form", maintain_order=True)
        .agg(pl.len().alias("n"), pl.col("text").first())
        .sort(["n", "form"], descending=[True, False])
        .head(_MOST)
    )
    return tuple(Pattern(form=form, n=n, example=text[:60]) for form, n, text in ranked.iter_rows())


def regex_of(form: str) -> str:
    """What matches the texts of a form, and no others, in the words of Rust's `regex`."""
    return "^" + "".join(_CLASSES.get(each, re.escape(each)) for each in form) + "$"
