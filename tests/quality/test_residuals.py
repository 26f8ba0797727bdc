"""By how much a predicted quantity is off."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tilth.quality.residuals import residuals


def test_a_bias_is_found_with_an_interval_that_holds_it():
    rng = np.random.default_rng(0)
    predicted = rng.random(2000)
    found = residuals(predicted + 0.3 + rng.normal(0, 0.5, 2000), predicted)

    assert found["bias"]["low"] < 0.3 < found["bias"]["high"]
    assert found["quantiles"]["0.5"] == pytest.approx(0.3, abs=0.05)
    assert found["quantiles"]["0.95"] == pytest.approx(0.3 + 0.5 * stats.norm.ppf(0.95), abs=0.06)
    assert sum(each["rows"] for each in found["bins"]) == 2000


def test_spread_that_grows_with_the_prediction_is_told():
    rng = np.random.default_rng(0)
    predicted = rng.random(3000)
    even = residuals(predicted + rng.normal(0, 0.1, 3000), predicted)
    growing = residuals(predicted + rng.normal(0, 1, 3000) * predicted, predicted)

    assert abs(even["growing"]) < 0.06
    assert growing["growing"] > 0.4
    spreads = [each["spread"] for each in growing["bins"]]
    assert spreads[-1] == pytest.approx(0.95, abs=0.15)  # of the largest tenth of predictions
    assert spreads[0] < 0.1


def test_few_and_constant_rows_are_told_as_well():
    found = residuals([1.0, 3.0], [2.0, 2.0])

    assert found["bias"]["value"] == 0
    assert found["growing"] == 0
    assert len(found["bins"]) == 2


def test_rows_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="not rows"):
        residuals([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="not rows"):
        residuals([], [])
