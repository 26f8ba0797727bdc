from __future__ import annotations

import numpy as np
import pytest

from tilth.data.formats.numpy import Numpy
from tilth.data.source import FileSource
from tilth.errors import DataError
from tilth.testing.formats import FormatTests, written


class TestNumpy(FormatTests):
    @pytest.fixture
    def format(self):
        return Numpy()

    @pytest.fixture
    def value(self):
        return np.array([[1.5, np.nan], [-0.0, np.inf]])

    @pytest.fixture
    def others(self):
        return [
            np.arange(6, dtype="u1").reshape(2, 3).T,
            np.array(["2013-01-01", "NaT"], dtype="datetime64[D]"),
            np.array(["ü", "abc"]),
            np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]),
            np.array(3 + 4j),
            np.array([True, False]),
        ]

    @pytest.fixture
    def empty(self):
        return np.empty((0, 3), dtype="f4")


def test_an_array_that_was_read_can_be_changed_and_the_file_stays(tmp_path):
    file = tmp_path / "array.npy"
    data = written(Numpy(), np.arange(3))
    file.write_bytes(data)

    array = Numpy().read(FileSource(file))
    array[0] = 7

    assert array.tolist() == [7, 1, 2]
    assert file.read_bytes() == data


def test_the_gaps_in_records_are_not_written():
    record = np.dtype([("a", "u1"), ("b", "f8")], align=True)
    clean, dirty = np.zeros(2, record), np.frombuffer(b"\xff" * 32, record).copy()
    dirty["a"], dirty["b"] = 0, 0

    assert written(Numpy(), dirty) == written(Numpy(), clean)


def test_an_array_of_objects_is_refused():
    with pytest.raises(DataError, match="array of Python objects"):
        written(Numpy(), np.array([object()]))
