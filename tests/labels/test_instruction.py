"""The instruction is read as people wrote it, and a new version is noticed."""

from __future__ import annotations

import textwrap

import pytest

from tilth.labels import instruction
from tilth.labels.entry import InstructionSeen
from tilth.labels.instruction import noticed, parse, versions

TEXT = textwrap.dedent(
    instruction.__doc__.partition("text\n\n")[2].partition("Everything but")[0]
).strip()


def titles(text):
    return [each.title for each in parse(text).sections]


def test_sections_and_their_points_are_read():
    found = parse(TEXT)

    assert found.title == "Tone of a review"
    assert titles(TEXT) == ["", "Classes", "Rules", "Examples", "Counter-examples"]
    assert [each.number for each in found.rules] == [1, 2]
    assert found.rules[1].text.startswith("Where `good` and `bad` are in balance")
    assert found.rules[1].line == TEXT[: TEXT.index("2. Where")].count("\n") + 1


def test_one_finds_the_passages_that_name_two_classes():
    found = parse(TEXT)

    assert [each.number for each in found.on("good", "bad")] == [2]
    assert len(found.on("good")) == 4
    assert found.on("good", "mixed") == ()


def test_a_point_may_go_on_over_several_lines():
    found = parse("# T\n\n1. first line\n   second line\n   - not a point of its own\n\n2. next\n")

    assert [each.text for each in found.rules] == [
        "first line second line - not a point of its own",
        "next",
    ]


@pytest.mark.parametrize("text", ["", "\n", "no heading", "#", "- \n1.\n"])
def test_any_text_is_an_instruction(text):
    assert len(parse(text).version) == 8


def test_trailing_blanks_and_line_ends_make_no_new_version():
    same = TEXT.replace("\n", "  \r\n") + "\n\n"

    assert parse(same).version == parse(TEXT).version


def test_another_word_makes_a_new_version():
    assert parse(TEXT.replace("Irony", "Sarcasm")).version != parse(TEXT).version


def test_versions_are_counted_in_the_order_they_were_seen():
    first = noticed([], "aa", "t1")
    second = noticed(first, "bb", "t2")

    assert first == [InstructionSeen(version="aa", number=1, time="t1")]
    assert second == [InstructionSeen(version="bb", number=2, time="t2")]
    assert noticed([*first, *second], "aa", "t3") == []
    assert list(versions([*first, *second, *first])) == ["aa", "bb"]


def test_where_there_is_no_instruction_nothing_is_noticed():
    assert noticed([], "", "t") == []
