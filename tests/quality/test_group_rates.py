"""How a model treats groups, beside rates that are counted by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tilth.quality.group_rates import group_rates
from tilth.quality.judgement import Columns, judged


def judgement(truth, said):
    frame = pl.DataFrame({"so": truth, "said": said})
    return judged(frame, Columns(target="so", prediction="said"), where="here")


def test_rates_of_two_classes_are_those_of_a_table_counted_by_hand():
    # In a: of 10 positive 8 are found, of 30 others 3 are called so. In b: 2 of 10, none of 30.
    truth = ([True] * 10 + [False] * 30) * 2
    said = [True] * 8 + [False] * 2 + [True] * 3 + [False] * 27
    said += [True] * 2 + [False] * 8 + [False] * 30
    column = pl.Series("town", ["a"] * 40 + ["b"] * 40)
    found = group_rates(judgement(truth, said), column, positive=1)

    rates = {each["level"]: each["rates"] for each in found["levels"]}
    assert rates["a"]["right"]["value"] == pytest.approx(35 / 40)
    assert rates["a"]["picked"]["value"] == pytest.approx(11 / 40)
    assert rates["a"]["found"]["value"] == pytest.approx(0.8)
    assert rates["b"]["found"]["value"] == pytest.approx(0.2)
    assert rates["a"]["alarmed"]["value"] == pytest.approx(0.1)
    assert found["gaps"]["alarmed"]["gap"] == pytest.approx(0.1)
    assert found["gaps"]["picked"]["apart"] == (
        rates["b"]["picked"]["high"] < rates["a"]["picked"]["low"]
    )
    assert "found" not in found["gaps"]  # of ten rows each


def test_of_several_classes_only_whether_they_are_right_is_told():
    found = group_rates(
        judgement(["x", "y", "z"] * 20, ["x", "y", "x"] * 20), pl.Series("g", ["a", "b"] * 30), None
    )
    assert {name for each in found["levels"] for name in each["rates"]} == {"right"}
    assert found["gaps"]["right"]["gap"] == pytest.approx(0)


def test_of_a_quantity_errors_and_their_side_are_told():
    truth = np.r_[np.full(40, 2.5), np.full(40, 1.0)]
    said = np.r_[np.full(40, 1.5), np.full(40, 1.25)]
    column = pl.Series("g", ["a"] * 40 + ["b"] * 40)
    found = group_rates(judgement(truth, said), column, None)

    rates = {each["level"]: each["rates"] for each in found["levels"]}
    assert rates["a"]["error"]["value"] == pytest.approx(1.0)
    assert rates["a"]["bias"]["value"] == pytest.approx(1.0)
    assert rates["b"]["bias"]["value"] == pytest.approx(-0.25)


def test_missing_levels_are_a_group_and_rare_ones_are_counted():
    column = pl.Series("g", [None] * 40 + [f"l{i}" for i in range(40)])
    found = group_rates(judgement([True, False] * 40, [True, True] * 40), column, 1)

    assert found["levels"][0]["level"] == "missing"
    assert found["levels"][0]["rows"] == 40
    assert found["others"] == 21
    assert found["gaps"] == {}


def test_a_rate_of_no_rows_is_not_told_as_nought():
    found = group_rates(judgement([True] * 4 + [False] * 4, [True] * 8),
                        pl.Series("g", ["a"] * 4 + ["b"] * 4), 1)  # fmt: skip
    rates = {each["level"]: each["rates"] for each in found["levels"]}
    assert rates["a"]["alarmed"]["value"] is None
    assert rates["a"]["found"]["value"] == 1.0
