"""Rows are ordered where they bring most, and that beats collecting at random."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tilth.quality.collection import Need, by_own_rows, collection_order
from tilth.quality.curve_measurement import measure_curves
from tilth.quality.learning_curve import Curve, CurveFit, curve_of, fit_curve
from tilth.record import changed

SIZES = np.array([20, 40, 80, 160, 320])


def need(name, *, drop=1.0, rate=0.5, floor=0.05, **other) -> Need:
    scores = np.repeat(1 - floor - drop * SIZES[:, None] ** -rate, 5, axis=1)
    fit = fit_curve(curve_of(SIZES, scores), n_draws=100)
    assert isinstance(fit, CurveFit)
    return Need(**{"name": name, "share": 0.5, "present": 320, "fit": fit, **other})


def rows(order):
    return {lot.name: lot.rows for lot in order.lots}


def test_equal_slices_get_equal_rows():
    order = collection_order([need("a"), need("b")], budget=1000)

    assert rows(order)["a"] == pytest.approx(500, abs=10)
    assert sum(rows(order).values()) <= 1000


def test_the_split_is_where_the_next_row_brings_the_same_everywhere():
    """share_a * n_a^-1.5 = share_b * n_b^-1.5, so n_a / n_b = (share_a / share_b)^(2/3)."""
    big, small = need("big", share=0.8), need("small", share=0.2)
    order = collection_order([big, small], budget=4000)

    ratio = (320 + rows(order)["big"]) / (320 + rows(order)["small"])
    assert ratio == pytest.approx(4 ** (2 / 3), rel=0.03)


def test_a_slice_that_has_enough_gets_none():
    order = collection_order([need("flat", drop=1e-6), need("steep")], budget=100)

    assert rows(order) == {"flat": 0, "steep": 100}
    assert [lot.name for lot in order.lots] == ["steep", "flat"]


def test_a_dear_row_has_to_bring_more():
    cheap, dear = need("cheap"), need("dear", price=20.0)
    order = collection_order([cheap, dear], budget=400)

    assert rows(order)["dear"] == 0
    assert order.lots[0].price == pytest.approx(400)


def test_the_gain_of_the_order_is_the_sum_of_its_lots():
    order = collection_order([need("a", share=0.3), need("b", share=0.7)], budget=500)

    assert order.gain.value == pytest.approx(sum(lot.gain.value for lot in order.lots))
    assert order.gain.interval.low <= order.gain.value <= order.gain.interval.high


def test_no_budget_buys_nothing():
    order = collection_order([need("a")], budget=0)

    assert rows(order) == {"a": 0}
    assert order.gain.value == 0


def planted(n, shares, slopes, rng):
    """Each slice has a rule of its own to learn; what is learnt of one says nothing of others."""
    slice_ = rng.choice(len(shares), size=n, p=shares)
    features = rng.normal(size=(n, slopes.shape[1]))
    signal = (features * slopes[slice_]).sum(axis=1)
    target = (signal + rng.logistic(size=n) > 0).astype(int)
    wide = np.zeros((n, slopes.size))
    for each in range(len(shares)):
        own = slice_ == each
        wide[own, each * slopes.shape[1] : (each + 1) * slopes.shape[1]] = features[own]
    return slice_, wide, target


def accuracy_after(train, collected, test):
    """In use, after training on what there was and on what was collected."""
    grown = [np.concatenate(each) for each in zip(train, *collected, strict=True)]
    return LogisticRegression().fit(grown[1], grown[2]).score(test[1], test[2])


def needs_of(train, seed):
    """Slices that are equally frequent in use, with curves measured on the rows there are."""
    slice_, wide, target = train
    masks = {str(each): slice_ == each for each in range(3)}
    sizes = [60, 100, 180, 300, 525]
    curves = measure_curves(
        LogisticRegression(), wide, target, slices=masks, repeats=5, sizes=sizes, seed=seed
    )
    found = []
    for name, mask in masks.items():
        curve = curves[name]
        assert isinstance(curve, Curve)
        fit = fit_curve(by_own_rows(curve, float(mask.mean())), n_draws=150, seed=seed)
        if isinstance(fit, CurveFit):
            found.append(Need(name=name, share=1 / 3, present=int(mask.sum()), fit=fit))
    return found


@pytest.mark.slow
def test_a_targeted_order_beats_random_collection_in_most_planted_cases():
    """The same number of rows, by the order and as they come; means of three collections each."""
    wins = []
    for seed in range(24):
        rng = np.random.default_rng(seed)
        shares = rng.permutation([0.60, 0.32, 0.08])
        slopes = rng.normal(size=(3, 8)) * rng.uniform(0.8, 1.6, (3, 1))
        train = planted(700, shares, slopes, rng)
        test = planted(6000, np.full(3, 1 / 3), slopes, rng)
        order = collection_order(needs_of(train, seed), budget=300, steps=30)
        wanted = [(lot.rows, np.eye(3)[int(lot.name)]) for lot in order.lots]
        as_they_come = [(sum(count for count, _ in wanted), shares)]
        after = [
            np.mean(
                [
                    accuracy_after(train, [planted(n, p, slopes, rng) for n, p in way], test)
                    for _ in range(3)
                ]
            )
            for way in (wanted, as_they_come)
        ]
        wins.append(after[0] > after[1])

    assert np.mean(wins) >= 0.8


def test_a_curve_by_rows_of_the_slice_has_smaller_sizes():
    curve = curve_of(SIZES, np.full((5, 3), 0.5))

    assert by_own_rows(curve, 0.25) == changed(curve, sizes=(5, 10, 20, 40, 80))
    with pytest.raises(ValueError, match="too few rows"):
        by_own_rows(curve, 0.01)
    with pytest.raises(ValueError, match="between 0 and 1"):
        by_own_rows(curve, 0)


@pytest.mark.parametrize(
    ("needs", "budget", "said"),
    [
        ([], 10, "names of their own"),
        ([need("a"), need("a")], 10, "names of their own"),
        ([need("a", share=0.0)], 10, "slice `a` needs"),
        ([need("a", price=0.0)], 10, "slice `a` needs"),
        ([need("a", present=0)], 10, "slice `a` needs"),
        ([need("a")], -1, "at least 0, not -1"),
        ([need("a")], float("nan"), "at least 0, not nan"),
    ],
)
def test_what_cannot_be_ordered_is_refused(needs, budget, said):
    with pytest.raises(ValueError, match=said):
        collection_order(needs, budget=budget)
