"""Texts that are corrupted, unreadable, of another form, misspelt, or stand for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from tilth.quality.profile.defect import Defect, DefectKind
from tilth.quality.profile.found import Found
from tilth.quality.profile.pattern import forms_of, regex_of
from tilth.quality.profile.spelling import misspelt
from tilth.record import record

SENTINELS = frozenset(
    {
        "", "-", "--", "---", ".", "..", "?", "??", "???", "#n/a", "#na", "#null!", "#ref!",
        "#value!", "#div/0!", "(null)", "<na>", "<null>", "[null]", "missing", "n.a.", "n/a", "na",
        "nan", "nil", "none", "not available", "not applicable", "not known", "null", "tba",
        "tbd", "undefined", "unknown", "unspecified", "void", "xx", "xxx", "xxxx", "\\n",
    }
)  # fmt: skip
"""In small letters, without spaces at their ends."""

# What stands for UTF-8 that was read as Windows-1252: the bytes 80 to BF in that code page.
_CONTINUED = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
MOJIBAKE = (
    f"Ã{_CONTINUED}|Â[\u0080-\u00bf]|â€{_CONTINUED}?|ï»¿|ï¿½|ðŸ|(?:[ÐÑÎÏ×Ø]{_CONTINUED}){{2}}"
)
CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u0080-\u009f\ufffd]"
"""Control characters but tab and line ends, and what a decoder puts for what it cannot read."""

_NUMBER = r"^\s*[-+]?(?:\d+(?:[.,]\d+)*|\.\d+)(?:[eE][-+]?\d+)?\s*%?\s*$"
_ISO_DATE = r"^\s*\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?\s*$"
_OTHER_DATE = r"^\s*\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})(?: \d{1,2}:\d{2}.*)?\s*$"
_KNOWN_FORMS: Mapping[str, str] = {
    "an e-mail address": r"^[^@\s]+@[^@\s]+\.[^@\s.]{2,}$",
    "a web address": r"^https?://\S+$",
    "a UUID": r"^(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$",
    "an IPv4 address": r"^\d{1,3}(?:\.\d{1,3}){3}$",
}
_NEARLY_ALL = 0.9
_LEAST = 20


@record
class Reading:
    """What the texts of a column are written for.

    Attributes:
        what: `a number`, `a date`, `an e-mail address`, or a form such as `A-9`; empty for prose.
        regex: What such a text matches; empty for none.
        kind: What a text is that does not match.
    """

    what: str = ""
    regex: str = ""
    kind: DefectKind = DefectKind.ODD_PATTERN


def reading_of(sample: pl.Series) -> Reading:
    """What nearly all texts of a sample are, or nothing of the kind.

    A form counts where it has a digit: names and words have many forms, codes have one.
    """
    texts = sample.drop_nulls().cast(pl.String)
    texts = texts.filter(~_stands_for_nothing(texts))
    if len(texts) < _LEAST:
        return Reading()
    for what, regex in (("a date", _ISO_DATE), ("a date", _OTHER_DATE), ("a number", _NUMBER)):
        if _share(texts, regex) >= _NEARLY_ALL:
            return Reading(what=what, regex=regex, kind=DefectKind.UNREADABLE)
    for what, regex in _KNOWN_FORMS.items():
        if _share(texts, regex) >= _NEARLY_ALL:
            return Reading(what=what, regex=regex)
    form, n = forms_of(texts).alias("form").value_counts(sort=True).row(0)
    if "9" in form and n >= 0.95 * len(texts) and len(form) < 40:
        return Reading(what=f"of the form {form}", regex=regex_of(form))
    return Reading()


def _share(texts: pl.Series, regex: str) -> float:
    return float(texts.str.contains(regex).mean() or 0.0)  # type: ignore[arg-type]  # of booleans


def _stands_for_nothing(texts: pl.Series) -> pl.Series:
    return texts.str.strip_chars().str.to_lowercase().is_in(sorted(SENTINELS))


class TextCells:
    """Looks at a column of texts batch by batch, then says what is wrong in it."""

    def __init__(self, name: str, sample: pl.Series, most_rows: int) -> None:
        self._name, self._n = name, 0
        texts = sample.drop_nulls().cast(pl.String)
        self.reading = reading_of(sample)
        # Words that stand for nothing stand out only among words that stand for something.
        stand = _stands_for_nothing(texts)
        self._has_others = bool((~stand).any())
        self._misspelt = misspelt(texts.filter(~stand)) if not self.reading.what else {}
        self._found = {kind: Found(most_rows) for kind in _KINDS}

    def see(self, batch: pl.DataFrame, start: int) -> None:
        """The next rows of the table, from row number `start`."""
        series = batch[self._name]
        texts = series.cast(pl.String)
        self._n += len(texts) - texts.null_count()
        masks = self._masks(texts)
        seen = pl.zeros(len(texts), pl.Boolean, eager=True)
        for kind, mask in masks.items():  # each text has one defect: the first
            hit = mask.fill_null(False) & ~seen
            places = np.flatnonzero(hit.to_numpy())
            if len(places):
                self._found[kind].see(places + start, texts.gather(places[:50]).to_list())
                seen = seen | hit

    def _masks(self, texts: pl.Series) -> dict[DefectKind, pl.Series]:
        masks = {DefectKind.CORRUPTED: texts.str.contains(f"{CONTROL}|{MOJIBAKE}")}
        if self._has_others:
            masks[DefectKind.SENTINEL] = _stands_for_nothing(texts)
        if self.reading.regex:
            odd = ~texts.str.contains(self.reading.regex)
            if self.reading.regex == _ISO_DATE:
                days = texts.str.strip_chars().str.slice(0, 10)
                odd = odd | days.str.to_date("%Y-%m-%d", strict=False).is_null()
            masks[self.reading.kind] = odd & texts.is_not_null()
        if self._misspelt:
            masks[DefectKind.MISSPELT] = texts.is_in(sorted(self._misspelt))
        return masks

    def defects(self) -> Iterator[Defect]:
        """What is wrong, once all rows were seen."""
        for kind, found in self._found.items():
            if found.n:
                yield found.defect(kind, self._name, self._reason(kind), self._n)

    def _reason(self, kind: DefectKind) -> str:
        if kind is DefectKind.CORRUPTED:
            return "control characters, or UTF-8 that was read in another encoding"
        if kind is DefectKind.SENTINEL:
            return "words that stand for no value"
        if kind is DefectKind.MISSPELT:
            pairs = [f"`{rare}` for `{often}`" for rare, often in self._misspelt.items()]
            return ", ".join(pairs[:3]) + (f" and {len(pairs) - 3} more" if len(pairs) > 3 else "")
        return f"nearly all others are {self.reading.what}"


_KINDS = (
    DefectKind.CORRUPTED,
    DefectKind.SENTINEL,
    DefectKind.UNREADABLE,
    DefectKind.ODD_PATTERN,
    DefectKind.MISSPELT,
)
