from __future__ import annotations

import polars as pl
import pytest

from tilth.data.formats.labels import Labels
from tilth.data.source import BytesSource
from tilth.errors import DataError, DefinitionError
from tilth.labels.entry import Head, Verdict, to_line
from tilth.testing.formats import FormatTests, written
from tilth.testing.labels import Scribe


class TestLabels(FormatTests):
    knows_its_end = False  # a last line that was cut off is let pass

    @pytest.fixture
    def format(self):
        return Labels()

    @pytest.fixture
    def value(self, tmp_path):
        scribe = Scribe()
        log = scribe.log(tmp_path / "tone.jsonl")
        log.append(*scribe.asked("r", [1, 2]), scribe.decision(1, "good", round="r"))
        return log.path

    def test_what_was_written_can_be_read(self, format, value):
        assert written(format, value) == value.read_bytes()
        assert format.read(BytesSource(value.read_bytes())).height == 2


@pytest.fixture
def scribe():
    return Scribe()


def table(*entries, **options):
    text = "".join(map(to_line, (Head(grammar=1), *entries)))
    return Labels(read=options).read(BytesSource(text.encode(), "the log"), "polars.DataFrame")


def test_one_row_says_where_an_item_stands(scribe):
    found = table(
        *scribe.asked("r", [1, 2, 3, 4], reviewers=2),
        *(scribe.decision(item, "good", "ada") for item in (1, 2, 3)),
        scribe.decision(1, "good", "bob"),
        scribe.decision(2, "bad", "bob"),
        scribe.decision(5, Verdict.NEITHER, "bob"),
    )

    assert found.rows() == [
        (1, "agreed", "label", "good", 2, 2),
        (2, "disputed", None, None, 2, 2),
        (3, "open", None, None, 1, 2),
        (4, "open", None, None, 0, 2),
        (5, "agreed", "neither", None, 1, 1),
    ]


def test_how_many_have_to_be_sure_can_be_said(scribe):
    found = table(scribe.decision(1, "good"), reviewers=2)

    assert found["outcome"].to_list() == ["open"]


def test_what_stands_and_what_was_said_are_other_views(scribe):
    first, second = scribe.decision(1, "good"), scribe.decision(1, "bad", given="good")
    third = scribe.decision(2, "bad", "bob")
    log = [first, second, third, scribe.undo(third)]

    current, everything = table(*log, view="current"), table(*log, view="all")

    assert current.select("item", "label", "labeler", "given").rows() == [(1, "bad", "ada", "good")]
    assert everything.select("label", "stands", "taken_back").rows() == [
        ("good", False, False),
        ("bad", True, False),
        ("bad", False, True),
    ]


@pytest.mark.parametrize(
    ("items", "labels", "kinds"),
    [
        ([1, 2], [0, 1], (pl.Int64, pl.Int64)),
        (["a", 2], [True, False], (pl.String, pl.Boolean)),
        (["a", "b"], [0, "x"], (pl.String, pl.String)),
    ],
)
def test_keys_and_classes_keep_their_type_where_they_have_one(scribe, items, labels, kinds):
    said = [scribe.decision(*each) for each in zip(items, labels, strict=True)]
    found = table(*said, view="current")

    assert (found["item"].dtype, found["label"].dtype, found["given"].dtype) == (*kinds, kinds[1])


@pytest.mark.parametrize("view", ["resolved", "current", "all"])
def test_a_log_without_a_decision_has_no_rows(view):
    assert table(view=view).height == 0
    assert Labels(read={"view": view}).read(BytesSource(b"")).height == 0


def test_a_damaged_line_is_told_with_its_number_and_dataset():
    with pytest.raises(DataError, match="the log, line 2, is not JSON"):
        Labels().read(BytesSource(b'{"kind": "log", "grammar": 1}\n{\n', "the log"))


def test_a_view_that_there_is_not_is_refused():
    with pytest.raises(DefinitionError, match="`view` must be one of"):
        Labels(read={"view": "majority"})
