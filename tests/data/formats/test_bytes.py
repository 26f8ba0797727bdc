from __future__ import annotations

import pytest

from tilth.data.formats.bytes import Bytes
from tilth.testing.formats import FormatTests, written


class TestBytes(FormatTests):
    knows_its_end = False
    knows_its_kind = False

    @pytest.fixture
    def format(self):
        return Bytes()

    @pytest.fixture
    def value(self):
        return bytes(range(256))

    @pytest.fixture
    def empty(self):
        return b""

    @pytest.fixture
    def chunks(self, value):
        return [value[:100], value[100:]]


def test_a_path_stands_for_the_bytes_of_its_file(tmp_path):
    file = tmp_path / "made by the function"
    file.write_bytes(b"abc")

    assert written(Bytes(), file) == b"abc"
