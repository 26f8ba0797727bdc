"""A line says one thing, and is written in one way."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.errors import DataError
from tilth.labels.entry import (
    Decision,
    Head,
    InstructionSeen,
    Question,
    Round,
    Source,
    Torn,
    Undo,
    Verdict,
    from_line,
    to_line,
)

TEXT = st.text(st.characters(blacklist_categories=["Cs"]))
LABEL = st.one_of(TEXT, st.integers(-(2**53), 2**53), st.booleans())
KEY = st.one_of(TEXT, st.integers(-(2**63), 2**63))


@st.composite
def decisions(draw):
    verdict = draw(st.sampled_from(Verdict))
    return Decision(
        id=draw(TEXT),
        item=draw(KEY),
        verdict=verdict,
        label=draw(LABEL) if verdict is Verdict.LABEL else None,
        labeler=draw(TEXT),
        time=draw(TEXT),
        instruction=draw(TEXT),
        source=draw(st.sampled_from(Source)),
        round=draw(TEXT),
        given=draw(st.one_of(st.none(), LABEL)),
        suggested=draw(st.one_of(st.none(), LABEL)),
    )


@given(decisions())
def test_what_is_written_is_read_back(decision):
    back = from_line(to_line(decision))

    assert back == decision
    assert type(back.label) is type(decision.label)


@given(decisions())
def test_an_entry_is_one_line(decision):
    line = to_line(decision)

    assert line.endswith("\n")
    assert "\n" not in line[:-1]


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (Head(grammar=1), '{"kind": "log", "grammar": 1}'),
        (
            InstructionSeen(version="3f9a1c2b", number=2, time="2026-03-01T09:30:00.000Z"),
            '{"kind": "instruction", "version": "3f9a1c2b", "number": 2, '
            '"time": "2026-03-01T09:30:00.000Z"}',
        ),
        (
            Round(id="r1", source=Source.SAMPLE, reviewers=2, time="t", by="ada", note="50 drawn"),
            '{"kind": "round", "id": "r1", "source": "sample", "reviewers": 2, "time": "t", '
            '"by": "ada", "note": "50 drawn"}',
        ),
        (
            Question(round="r1", item=7, given="good", suggested="bad", score=0.25, rank=0),
            '{"kind": "question", "round": "r1", "item": 7, "given": "good", '
            '"suggested": "bad", "score": 0.25, "rank": 0}',
        ),
        (
            Decision(
                id="d1",
                item="ä",
                verdict=Verdict.LABEL,
                label=0,
                labeler="ada",
                time="t",
                source=Source.ISSUE,
            ),
            '{"kind": "decision", "id": "d1", "item": "ä", "verdict": "label", "label": 0, '
            '"labeler": "ada", "time": "t", "source": "issue"}',
        ),
        (
            Undo(id="u1", undoes="d1", labeler="ada", time="t"),
            '{"kind": "undo", "id": "u1", "undoes": "d1", "labeler": "ada", "time": "t"}',
        ),
        (Torn(time="t"), '{"kind": "torn", "time": "t"}'),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_file_is_written_like_this_and_no_other_way(entry, line):
    assert to_line(entry) == line + "\n"
    assert from_line(line) == entry


def test_keys_that_are_not_known_are_passed_over():
    assert from_line('{"kind": "torn", "time": "t", "colour": "red"}') == Torn(time="t")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "is not JSON"),
        ("3", "no `kind`"),
        ("{}", "no `kind`"),
        ('{"kind": "undo", "id": "u1"}', "lacks one of undoes, labeler, time"),
        ('{"kind": "undo", "id": 1, "undoes": "", "labeler": "", "time": ""}', "an odd `id`"),
        ('{"kind": "question", "round": "r", "item": true}', "an odd `item`: True"),
        ('{"kind": "question", "round": "r", "item": 1.5}', "an odd `item`: 1.5"),
        (
            '{"kind": "round", "id": "r", "source": "whim", "reviewers": 1, "time": ""}',
            "'whim' is not a valid Source",
        ),
    ],
)
def test_what_is_no_entry_is_refused(line, told):
    with pytest.raises(ValueError, match=told):
        from_line(line)


@pytest.mark.parametrize("said", [{"kind": "log", "grammar": 2}, {"kind": "wish"}])
def test_what_a_newer_tilth_has_written_is_refused_with_a_hint(said):
    with pytest.raises(DataError) as raised:
        from_line(json.dumps(said))

    assert "newer Tilth" in raised.value.hint


@pytest.mark.parametrize(
    ("verdict", "label"), [(Verdict.LABEL, None), (Verdict.BOTH, "good"), (Verdict.SKIP, 0)]
)
def test_a_class_comes_with_the_verdict_that_names_one_and_no_other(verdict, label):
    with pytest.raises(ValueError, match="label"):
        Decision(
            id="d",
            item=1,
            verdict=verdict,
            label=label,
            labeler="ada",
            time="t",
            source=Source.SAMPLE,
        )
