from __future__ import annotations

import polars as pl
import pytest

from tilth.quality.profile import DefectKind, profile_of
from tilth.quality.profile.pattern import forms_of, regex_of
from tilth.quality.profile.spelling import misspelt
from tilth.quality.profile.texts import reading_of

NAMES = ["Zoë", "Ångström", "Müller", "Šimek", "Peña", "Łukasz", "ÇA VA", "São Paulo", "Ærø"]


def found(texts):
    return {each.kind: each for each in profile_of(pl.DataFrame({"t": texts})).defects}


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_utf_8_that_was_read_as_something_else_is_corrupted(encoding):
    garbled = [name.encode().decode(encoding, "ignore") for name in NAMES]
    garbled = [each for each, name in zip(garbled, NAMES, strict=True) if each != name]

    defect = found([*NAMES * 20, *garbled])[DefectKind.CORRUPTED]

    assert defect.n >= len(garbled) - 2  # Š and Ł begin with a byte that is a letter, too
    assert min(defect.rows) == len(NAMES) * 20


def test_names_and_other_scripts_are_not_corrupted():
    texts = [*NAMES, "Москва", "東京", "Ελλάδα", "naïve “quotes” – and so on…", "line\nbreak\ttab"]

    assert DefectKind.CORRUPTED not in found(texts * 20)


@pytest.mark.parametrize("bad", ["a\x00b", "\x1b[31m", "caf\ufffd"])
def test_control_characters_and_replaced_ones_are_corrupted(bad):
    assert found(["fine"] * 99 + [bad])[DefectKind.CORRUPTED].rows == (99,)


@pytest.mark.parametrize(
    ("good", "bad", "what"),
    [
        ("12.5", "12..5", "a number"),
        ("-1,234", "twelve", "a number"),
        ("2024-02-29", "2023-02-29", "a date"),
        ("2024-02-29T10:00:00Z", "2024-02-29 at noon", "a date"),
        ("24.12.2024", "24th of December", "a date"),
    ],
)
def test_what_cannot_be_read_where_nearly_all_can_is_unreadable(good, bad, what):
    defect = found([good] * 99 + [bad])[DefectKind.UNREADABLE]

    assert (defect.rows, defect.examples) == ((99,), (bad,))
    assert what in defect.reason


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("ada@example.org", "ada at example.org"),
        ("https://example.org/x?y=1", "example.org"),
        ("0b5d3c1e-8f0a-4a5e-9d6e-2f1c7a3b4d5e", "0b5d3c1e"),
        ("AB-1234", "AB1234"),
    ],
)
def test_what_has_another_form_than_nearly_all_is_odd(good, bad):
    assert found([good] * 99 + [bad])[DefectKind.ODD_PATTERN].rows == (99,)


def test_names_of_several_words_are_no_odd_forms_of_names():
    texts = ["Berlin", "Paris", "Rome", "London"] * 24 + ["New York", "Baden-Baden", "St. Gallen"]

    assert found(texts) == {}


def test_a_form_matches_the_texts_that_have_it():
    texts = pl.Series(["AB-12", "x y", "9a(b)", "Straße 5", "a.b+c", ""])

    for text, form in zip(texts, forms_of(texts), strict=True):
        assert pl.Series([text]).str.contains(regex_of(form)).item()
    assert forms_of(texts).to_list() == ["A-9", "a a", "9a(a)", "Aa 9", "a.a+a", ""]


def test_null_is_not_unreadable():
    assert DefectKind.UNREADABLE not in found([None, *["1.5", "2"] * 60, None])


def test_too_few_texts_say_nothing_of_the_form():
    assert reading_of(pl.Series(["1", "2", "x"])).what == ""


@pytest.mark.parametrize(
    ("rare", "often"),
    [("london", "London"), ("LONDON ", "London"), ("Lodnon", "London"), ("Lonndon", "London"),
     ("Lndon", "London"), ("Lonton", "London"), ("St Gallen", "St. Gallen")],
)  # fmt: skip
def test_a_level_that_is_another_written_otherwise_is_found(rare, often):
    assert misspelt(pl.Series([often] * 300 + ["Paris"] * 300 + [rare] * 2)) == {rare: often}


@pytest.mark.parametrize(
    ("rare", "often"),
    [("room 2", "room 1"), ("JFK", "JFX"), ("Iran", "Iraq"), ("Vienna", "Madrid"), ("A1", "A2")],
)
def test_a_level_that_is_another_thing_is_left_alone(rare, often):
    assert misspelt(pl.Series([often] * 300 + ["Paris"] * 300 + [rare] * 2)) == {}


def test_two_frequent_levels_are_two_levels():
    assert misspelt(pl.Series(["Marie"] * 300 + ["Maria"] * 200)) == {}
