"""Labels go out to a spreadsheet and come back, and every mistake on the way is told."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.labels.entry import Verdict
from tilth.labels.sheet import read, word, write

CLASSES = ("good", "bad")


def sheet(text, keys=("a", "b", "c"), classes=CLASSES, key="id"):
    return read(text, key=key, keys=keys, classes=classes)


def test_a_filled_in_sheet_is_read():
    found = sheet("id,text,label,labeler,round\na,x,good,ada,r1\nb,y,(both),,\n")

    assert found.mistakes == ()
    assert [(e.item, e.verdict, e.label, e.labeler, e.round, e.line) for e in found.rows] == [
        ("a", Verdict.LABEL, "good", "ada", "r1", 2),
        ("b", Verdict.BOTH, None, "", "", 3),
    ]


def test_rows_that_are_not_filled_in_are_counted():
    found = sheet("id,label\na,\nb, \n\nc,bad\n")

    assert (len(found.rows), found.n_empty) == (1, 2)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_of_one_s_country_will_do(separator):
    text = "\ufeffid,label\r\na,good\r\n".replace(",", separator)

    assert [each.item for each in sheet(text).rows] == ["a"]


@pytest.mark.parametrize(
    ("cell", "verdict"),
    [("(unsure)", Verdict.UNSURE), ("skip", Verdict.SKIP), (" neither ", Verdict.NEITHER)],
)
def test_brackets_may_be_left_out(cell, verdict):
    assert sheet(f"id,label\na,{cell}\n").rows[0].verdict is verdict


def test_a_class_that_is_called_like_a_verdict_is_the_class():
    found = sheet("id,label\na,neither\nb,(neither)\n", classes=("neither", "good"))

    assert [(e.verdict, e.label) for e in found.rows] == [
        (Verdict.LABEL, "neither"),
        (Verdict.NEITHER, None),
    ]


def test_numbers_are_keys_and_classes_again():
    found = sheet("id,label\n7,0\n8,true\n", keys=[7, 8], classes=[0, 1])

    assert [(e.item, e.label) for e in found.rows] == [(7, 0)]
    assert found.mistakes == ("line 3: 'true' is no class",)


def test_every_mistake_is_told_with_its_line():
    found = sheet("id,label\nz,good\na,great\nb,good\nb,bad\n,good\n")

    assert found.mistakes == (
        "line 2: there is no item 'z'",
        "line 3: 'great' is no class",
        "line 6: there is no item ''",
        "line 5: item 'b' was labelled in line 4 already",
    )


def test_two_people_may_label_one_item_but_nobody_twice():
    text = "id,label,labeler\na,good,ada\na,bad,bob\na,good,ada\n"

    assert sheet(text).mistakes == ("line 4: item 'a' was labelled by ada in line 2 already",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "there is no column `id`; the first line has no column at all"),
        ("item,label\na,good\n", "there is no column `id`; the first line has `item`, `label`"),
        ("id\na\n", "there is no column `label`"),
        ("id,label,label\na,good,bad\n", "the column `label` is there twice"),
    ],
)
def test_columns_that_are_missing_or_there_twice_are_told(text, told):
    assert any(each.startswith(told) for each in sheet(text).mistakes)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-x", "@cmd", "\tx", "'=x", "'quoted"])
def test_a_text_that_a_spreadsheet_would_compute_gets_an_apostrophe(text):
    out = write(["id", "label"], [[text, None]])

    assert next(csv.reader(StringIO(out.partition("\n")[2])))[0] == f"'{text}"
    assert sheet(out.replace(",\n", ",good\n"), keys=[text]).rows[0].item == text


def test_numbers_are_left_as_they_are():
    assert write(["n"], [[-5], [0.25], [None]]) == 'n\n-5\n0.25\n""\n'


TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r"), min_size=1)


ANSWERS = {word(each, None) for each in Verdict}  # no class is called so: see label_checks


def is_a_name(text):
    return text == text.strip() and text not in ANSWERS


@given(st.lists(TEXT.filter(is_a_name), min_size=2, unique=True))
def test_any_key_and_any_class_survive_the_round_trip(names):
    rows = [(each, word(Verdict.LABEL, each)) for each in names]
    found = sheet(write(["id", "label"], rows), keys=names, classes=names)

    assert found.mistakes == ()
    assert [(each.item, each.label) for each in found.rows] == [(each, each) for each in names]
