"""How a model ages: on rows whose truth moves at a speed that is known."""

from __future__ import annotations

import numpy as np
import pytest

from tilth.quality.staleness import staleness, windows_of


def moving(speed, *, n=4000, seed=0, harder=0.0):
    """A level that moves by `speed` over all time, seen with noise; the model is a mean."""
    rng = np.random.default_rng(seed)
    times = np.sort(rng.random(n))
    values = speed * times + rng.normal(0, 1 + harder * times)

    def losses(train, scored):
        return np.abs(values[scored] - values[train].mean())

    return times, losses


def test_where_nothing_moves_an_old_model_is_as_good():
    times, losses = moving(0.0)
    found = staleness(windows_of(times, 10), losses, memory=3)

    assert not found["is_bounded"]
    assert found["retrain_after"] == found["ages"][-1]["age"]
    assert all(abs(each["extra"]["value"]) < 0.03 for each in found["ages"])


def test_where_the_level_moves_each_window_adds_what_it_should():
    times, losses = moving(10.0)
    found = staleness(windows_of(times, 10), losses, memory=3)

    extra = [each["extra"]["value"] for each in found["ages"]]
    # A window moves the level by 1, and far from the truth each unit costs one.
    assert np.diff(extra)[1:] == pytest.approx(1.0, abs=0.15)
    assert found["is_bounded"]
    assert found["retrain_after"] == 1


def test_rows_that_become_harder_are_no_ageing():
    """The loss by age alone would rise; on the same rows it does not."""
    times, losses = moving(0.0, harder=4.0)
    found = staleness(windows_of(times, 10), losses, memory=3)

    assert not found["is_bounded"]


def test_the_more_is_allowed_the_later_one_trains_anew():
    times, losses = moving(1.5, n=20_000)
    windows = windows_of(times, 12)
    found = [
        staleness(windows, losses, memory=3, allowed=each)["retrain_after"]
        for each in (0.01, 0.05, 0.2, 2.0)
    ]
    assert found == sorted(found)
    assert found[0] < found[-1]


def test_windows_are_of_equal_length_and_hold_all_rows():
    times = np.array([0.0, 0.1, 0.5, 3.9, 4.0])
    found = windows_of(times, 4)

    assert found.length == 1.0
    assert [rows.tolist() for rows in found.rows] == [[0, 1, 2], [], [], [3, 4]]


def test_what_cannot_be_told_is_refused():
    with pytest.raises(ValueError, match="one moment"):
        windows_of(np.zeros(5), 3)
    times, losses = moving(0.0, n=40)
    with pytest.raises(ValueError, match="window"):
        staleness(windows_of(times, 10), losses, memory=3)
