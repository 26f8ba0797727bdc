from __future__ import annotations

import math

import numpy as np
import pytest

from tilth.data.formats.metrics import Metrics
from tilth.errors import DataError
from tilth.testing.formats import FormatTests, read, written


class TestMetrics(FormatTests):
    @pytest.fixture
    def format(self):
        return Metrics()

    @pytest.fixture
    def value(self):
        return {
            "test": {"auc": np.float64(0.75), "n": np.int64(3), "good": np.bool_(True)},
            "accuracy": {"value": 0.5, "low": 0.4, "high": 0.6},
            "roc": {"x": np.array([0.0, 1.0]), "y": [0, 1]},
            "by carrier": [{"carrier": "EV", "auc": 0.7}],
        }

    @pytest.fixture
    def others(self):
        return [{"b": float("nan"), "a": [float("-inf")]}, {}, 0.5]

    @pytest.fixture
    def empty(self):
        return {}


def test_keys_are_in_order_whatever_order_they_came_in():
    assert written(Metrics(), {"b": 1, "a": 2}) == written(Metrics(), {"a": 2, "b": 1})


def test_nan_and_infinity_come_back():
    back = read(Metrics(), written(Metrics(), {"a": float("nan"), "b": float("-inf")}))

    assert math.isnan(back["a"])
    assert back["b"] == float("-inf")


def test_what_is_no_metric_is_refused_with_its_place():
    with pytest.raises(DataError, match=r"\['test'\]\['model'\] is object"):
        written(Metrics(), {"test": {"model": object()}})
