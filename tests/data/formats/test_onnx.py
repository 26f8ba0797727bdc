from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from tilth.data.choose import best_format
from tilth.data.formats.onnx import Onnx
from tilth.data.source import BytesSource
from tilth.errors import DataError
from tilth.quality.conversion import OnnxModel, onnx_of
from tilth.testing.formats import FormatTests, written

COLUMNS = [{"name": "a", "type": "Float64"}, {"name": "b", "type": "Int64"}]
ROWS = np.array([[0.0, 1], [1, 0], [2, 5], [3, 2]])


class TestOnnx(FormatTests):
    @pytest.fixture
    def format(self):
        return Onnx()

    @pytest.fixture
    def value(self):
        model = LogisticRegression().fit(ROWS, ["x", "y", "x", "y"])
        return OnnxModel(onnx_of(model, COLUMNS))

    @pytest.fixture
    def others(self):
        model = LinearRegression().fit(ROWS, [1.0, 2, 3, 5])
        return [OnnxModel(onnx_of(model, COLUMNS, precision="float32"))]


def test_a_model_in_onnx_is_never_kept_as_a_pickle():
    model = LinearRegression().fit(ROWS, [1.0, 2, 3, 5])

    assert best_format(OnnxModel(onnx_of(model, COLUMNS))) == "onnx"


def test_a_model_of_quantities_tells_no_chances():
    model = LinearRegression().fit(ROWS, [1.0, 2, 3, 5])
    file = written(Onnx(), OnnxModel(onnx_of(model, COLUMNS)))
    back = Onnx().read(BytesSource(file, "m"))

    assert not hasattr(back, "predict_proba")
    assert np.allclose(back.predict(ROWS), model.predict(ROWS))


def test_a_file_from_elsewhere_says_nothing_of_its_columns():
    from skl2onnx import to_onnx

    model = LinearRegression().fit(ROWS, [1.0, 2, 3, 5])
    file = to_onnx(model, ROWS).SerializeToString()

    with pytest.raises(DataError, match="says nothing of its columns"):
        Onnx().read(BytesSource(file, "m"))
