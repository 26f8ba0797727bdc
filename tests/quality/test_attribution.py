"""A change is split between data, code and parameters, and the parts sum to it."""

from __future__ import annotations

from itertools import chain, combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.quality.attribution import attribute

FACTORS = ("code", "data", "params")
SUBSETS = [frozenset(some) for n in range(4) for some in combinations(FACTORS, n)]
NUMBERS = st.floats(-1e3, 1e3)


def test_two_factors_that_do_not_meet_have_what_each_does_alone():
    split = attribute({(): 0.80, ("code",): 0.81, ("data",): 0.85, ("code", "data"): 0.86})

    assert split.change.value == pytest.approx(0.06)
    assert split.parts["code"].value == pytest.approx(0.01)
    assert split.parts["data"].value == pytest.approx(0.05)
    assert split.together[("code", "data")].value == pytest.approx(0)


def test_what_two_do_only_together_is_told_apart_and_split_evenly():
    split = attribute({(): 0.80, ("code",): 0.80, ("data",): 0.80, ("code", "data"): 0.90})

    assert split.alone["code"].value == split.alone["data"].value == 0
    assert split.together[("code", "data")].value == pytest.approx(0.10)
    assert split.parts["code"].value == pytest.approx(0.05)


@given(st.lists(NUMBERS, min_size=8, max_size=8))
def test_the_parts_sum_to_the_change(values):
    split = attribute(dict(zip(SUBSETS, values, strict=True)))

    change = values[-1] - values[0]
    assert split.change.value == change
    assert sum(each.value for each in split.parts.values()) == pytest.approx(change, abs=1e-9)
    pieces = chain(split.alone.values(), split.together.values())
    assert sum(each.value for each in pieces) == pytest.approx(change, abs=1e-9)


@given(st.lists(st.integers(-1000, 1000), min_size=4, max_size=4))
def test_of_two_factors_the_parts_sum_to_the_last_bit(values):
    """Whole numbers and halves are exact in binary, so nothing may be lost."""
    scores = dict(zip([(), ("code",), ("data",), ("code", "data")], values, strict=True))
    split = attribute(scores)

    assert split.parts["code"].value + split.parts["data"].value == values[3] - values[0]


@given(st.lists(NUMBERS, min_size=8, max_size=8))
def test_a_part_is_the_mean_over_the_orders_of_replacing(values):
    scores = dict(zip(SUBSETS, values, strict=True))
    split = attribute(scores)

    for factor in FACTORS:
        mean = 0.0
        for some in SUBSETS:
            if factor not in some:
                share = factorial(len(some)) * factorial(2 - len(some)) / factorial(3)
                mean += share * (scores[some | {factor}] - scores[some])
        assert split.parts[factor].value == pytest.approx(mean, abs=1e-9)


@given(st.lists(NUMBERS, min_size=4, max_size=4))
def test_a_factor_that_changes_nothing_has_no_part(values):
    old, new = values[:2]
    split = attribute({(): old, ("data",): new, ("code",): old, ("code", "data"): new})

    assert split.parts["code"].value == 0
    assert split.parts["data"].value == new - old


def test_one_factor_owns_the_whole_change():
    split = attribute({(): 1.0, "data": 3.0})

    assert split.parts["data"].value == 2.0
    assert dict(split.together) == {}


def test_without_scores_by_row_nothing_is_said_of_how_sure_it_is():
    split = attribute({(): 1.0, ("data",): 3.0})

    assert np.isnan(split.parts["data"].interval.low)


def test_the_interval_of_a_part_covers_it():
    rng = np.random.default_rng(0)
    covered = []
    for seed in range(150):
        rows = rng.random(200)
        right = [rows < 0.70, rows < 0.72, (rows < 0.70) | (rng.random(200) < 0.15)]
        both = right[1] | right[2]
        split = attribute(
            {(): right[0], ("code",): right[1], ("data",): right[2], ("code", "data"): both},
            n_draws=400,
            seed=seed,
        )
        # data alone 0.3 * 0.15; together with code 0.28 * 0.15
        covered.append((0.045 + 0.042) / 2 in split.parts["data"].interval)

    assert 0.90 <= np.mean(covered) <= 0.99


def test_pairing_makes_the_interval_of_a_change_narrow():
    rng = np.random.default_rng(0)
    old = rng.random(500) < 0.7
    new = old.copy()
    new[np.flatnonzero(~old)[:10]] = True
    split = attribute({(): old, ("data",): new})

    assert split.change.interval.low > 0


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ({(): 1.0, ("data",): 2.0, ("code",): 3.0}, r"\['code', 'data'\] is new"),
        ({("data",): 2.0}, r"run in which \[\] is new"),
        ({}, "between one factor"),
        ({(): 1.0}, "between one factor"),
        ({(): [1.0, 2.0], ("data",): [1.0]}, "same rows in all runs"),
        ({(): [], ("data",): []}, "same rows in all runs"),
        ({(): 1.0, ("data",): np.nan}, "not finite"),
    ],
)
def test_runs_that_tell_nothing_apart_are_refused(scores, said):
    with pytest.raises(ValueError, match=said):
        attribute(scores)
