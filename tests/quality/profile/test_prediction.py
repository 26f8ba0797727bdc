from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from tilth.quality.profile import DefectKind, profile_of
from tilth.quality.profile.prediction import powers


@pytest.fixture
def random():
    return np.random.default_rng(0)


def test_the_power_of_a_threshold_is_the_area_under_its_curve(random):
    late = random.random(8_000) < 0.3
    flag = np.where(random.random(8_000) < 0.8, late, ~late)

    found = powers(pl.DataFrame({"flag": flag, "late": late}), "late")[0]

    assert found.measure == "auc"
    assert found.value == pytest.approx(roc_auc_score(late, flag), abs=0.01)


def test_a_column_that_is_different_in_each_row_tells_nothing(random):
    n = 4_000
    frame = pl.DataFrame({
        "id": [f"row {i}" for i in range(n)], "number": random.permutation(n),
        "late": random.random(n) < 0.2,
    })  # fmt: skip

    assert all(abs(each.value - 0.5) < 0.04 for each in powers(frame, "late"))


def test_the_power_for_a_number_is_the_share_of_its_variance(random):
    x, noise = random.normal(size=(2, 20_000))

    found = powers(pl.DataFrame({"x": x, "y": x + noise}), "y")[0]

    assert found.measure == "r2"
    assert found.value == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    "made",
    [
        lambda y, z: y * 3.0 + 1,
        lambda y, z: np.where(y > 0, "plus", "minus") if y.dtype == bool else np.exp(y),
        lambda y, z: -y.astype(float) + 0.001 * z,
    ],
)
@pytest.mark.parametrize("task", ["class", "number"])
def test_a_copy_of_the_target_in_other_words_leaks(random, made, task):
    y = random.normal(size=3_000)
    y = y > 0.7 if task == "class" else y
    frame = pl.DataFrame(
        {"leak": made(y, random.normal(size=3_000)), "y": y, "x": random.normal(size=3_000)}
    )

    found = powers(frame, "y")

    assert [each.column for each in found if each.leaks] == ["leak"]


def test_three_classes_leak_only_if_all_are_told(random):
    y = random.choice(["a", "b", "c"], 3_000)
    frame = pl.DataFrame({"all": np.char.upper(y), "one": y == "a", "y": y})

    assert [each.column for each in powers(frame, "y") if each.leaks] == ["all"]


def test_gaps_that_go_with_the_target_leak(random):
    y = random.choice(["on time", "late"], 1_000)
    cause = pl.Series(random.normal(size=1_000))
    frame = pl.DataFrame({"y": y}).with_columns(cause=pl.when(pl.col("y") == "late").then(cause))

    found = profile_of(frame, "y")

    reasons = [each.reason for each in found.defects if each.kind is DefectKind.LEAK]
    assert reasons == ["is missing just where the target is on time"]


def test_gaps_of_their_own_do_not_leak(random):
    y = random.random(1_000) < 0.5
    x = pl.Series(random.normal(size=1_000))
    frame = pl.DataFrame({"y": y}).with_columns(x=pl.when(pl.int_range(1_000) % 2 > 0).then(x))

    assert not any(each.leaks for each in powers(frame, "y"))


def test_what_is_nought_unless_the_target_is_so_leaks(random):
    back = random.random(1_500) < 0.4
    refunded = np.where(back, random.gamma(4, 12, 1_500), 0.0)

    found = powers(pl.DataFrame({"refunded": refunded, "back": back}), "back")

    assert found[0].leaks
    assert found[0].value == pytest.approx(1)
