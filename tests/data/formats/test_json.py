from __future__ import annotations

import pytest

from tilth.data.formats.json import Json
from tilth.errors import DataError
from tilth.testing.formats import FormatTests, read, written


class TestJson(FormatTests):
    @pytest.fixture
    def format(self):
        return Json()

    @pytest.fixture
    def value(self):
        return {"b": [1, 2.5, None, True], "a": {"ä": "ü\n", "": []}, "big": 10**40, "zero": -0.0}

    @pytest.fixture
    def others(self):
        return [[], "text", 7, None, "\ud800", {"z": 1, "a": 2}]

    @pytest.fixture
    def empty(self):
        return {}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"a": [1, float("nan")]}, r"\['a'\]\[1\] is float nan"),
        ({1: "a"}, r"a key of the value is 1 \(int\)"),
        ({"a": (1, 2)}, r"\['a'\] is tuple"),
        ([object], r"\[0\] is type"),
    ],
)
def test_what_json_would_not_give_back_is_refused_with_its_place(value, told):
    with pytest.raises(DataError, match=told):
        written(Json(), value)


def test_a_ring_is_refused():
    ring = []
    ring.append(ring)

    with pytest.raises(DataError, match="part of itself"):
        written(Json(), ring)


def test_it_can_be_indented_for_people():
    assert written(Json(write={"indent": 1}), {"a": [1]}) == b'{\n "a": [\n  1\n ]\n}\n'


def test_nan_in_a_file_is_no_json():
    with pytest.raises(DataError, match="NaN"):
        read(Json(), b'{"a": NaN}')


def test_a_byte_order_mark_does_not_disturb():
    assert read(Json(), b"\xef\xbb\xbf[1]") == [1]
