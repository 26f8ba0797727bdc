from __future__ import annotations

import pytest

from tilth.data.formats.text import Text
from tilth.errors import DataError, DefinitionError
from tilth.testing.formats import FormatTests, read, written


class TestText(FormatTests):
    knows_its_end = False
    knows_its_kind = False

    @pytest.fixture
    def format(self):
        return Text()

    @pytest.fixture
    def value(self):
        return "one\r\ntwo\nthree\rä€𝄞\0"

    @pytest.fixture
    def empty(self):
        return ""

    @pytest.fixture
    def chunks(self, value):
        return [value[:5], "", value[5:]]


def test_another_encoding_can_be_said():
    latin = Text(read={"encoding": "latin-1"}, write={"encoding": "latin-1"})

    assert written(latin, "é") == b"\xe9"
    assert read(latin, b"\xe9") == "é"


def test_bytes_in_another_encoding_are_refused_with_their_place():
    with pytest.raises(DataError, match="expected text in utf-8, found byte 0xe9 at position 2"):
        read(Text(), b"ab\xe9")


def test_half_a_surrogate_pair_is_refused():
    with pytest.raises(DataError, match="position 1"):
        written(Text(), "a\ud800")


def test_an_unknown_encoding_is_refused_when_the_format_is_made():
    with pytest.raises(DefinitionError, match="`encoding` must be an encoding"):
        Text(read={"encoding": "utf-9"})
