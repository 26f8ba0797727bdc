"""What is labelled twice is drawn once and for all, and there is enough of it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.quality.agreement import agreement
from tilth.quality.intervals import Estimate, Interval, wilson
from tilth.quality.sampling import (
    draw,
    draw_share,
    draw_uncertain,
    items_needed,
    items_needed_after,
)
from tilth.quality.votes import Votes

KEYS = [f"row {i}" for i in range(200)]
PINNED = [15, 18, 29, 108, 185]
nan = float("nan")


def keys_of(table: pl.DataFrame) -> set:
    return set(table["key"].to_list())


def test_a_sample_says_what_was_drawn_and_why():
    found = draw(["a", "b", "c"], 2, strata=["x", "y", "y"], seed=3)

    assert found.columns == ["position", "key", "stratum", "reason"]
    assert found["key"].to_list() == [["a", "b", "c"][i] for i in found["position"]]
    assert set(found["reason"]) == {"random in its stratum, proportional"}


def test_the_same_seed_draws_the_same_and_another_seed_another():
    assert draw(KEYS, 20, seed=1).equals(draw(KEYS, 20, seed=1))
    assert keys_of(draw(KEYS, 20, seed=1)) != keys_of(draw(KEYS, 20, seed=2))


def test_a_draw_never_changes_between_versions():
    # A literal: whoever changes how numbers are made would throw all old samples over.
    assert draw(KEYS, 5)["position"].to_list() == PINNED


@given(st.permutations(range(30)))
def test_the_order_of_rows_does_not_matter(order):
    found = draw([KEYS[i] for i in order], 7, strata=[i % 3 for i in order])

    assert keys_of(found) == keys_of(draw(KEYS[:30], 7, strata=[i % 3 for i in range(30)]))


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_larger_sample_holds_the_smaller(a, b):
    small, large = sorted([a, b])

    assert keys_of(draw(KEYS[:50], small)) <= keys_of(draw(KEYS[:50], large))


def test_old_choices_stay_chosen_where_they_are_named():
    old = draw(KEYS[:100], 20)["key"].to_list()

    new = draw(KEYS, 30, chosen=[*old, "gone"])

    assert set(old) < keys_of(new)
    assert new.height == 30
    assert new.filter(reason="chosen before")["key"].to_list() == old


def test_more_rows_take_over_only_their_share():
    before, after = keys_of(draw(KEYS[:100], 20)), keys_of(draw(KEYS, 20))

    assert after - before <= set(KEYS[100:])
    assert 4 <= len(before & after) <= 16


def test_a_share_keeps_every_old_choice():
    few, many = draw_share(KEYS[:100], 0.2), draw_share(KEYS, 0.2)

    assert keys_of(few) == keys_of(many) & set(KEYS[:100])
    assert keys_of(many) <= keys_of(draw_share(KEYS, 0.3))
    assert draw_share(KEYS, 0.0).is_empty()
    assert draw_share(KEYS, 1.0).height == 200


def test_every_item_has_the_same_chance():
    times = np.zeros(40)
    for seed in range(500):
        times[draw(KEYS[:40], 10, seed=seed)["position"].to_numpy()] += 1

    # 125 each; chi-squared with 39 degrees of freedom stays below 72 in 99.9 % of cases.
    assert ((times - 125) ** 2 / (125 * 0.75)).sum() < 72


@pytest.mark.parametrize(
    ("allocation", "sizes", "n", "expected"),
    [
        ("proportional", [60, 30, 10], 10, [6, 3, 1]),
        ("proportional", [50, 30, 20], 7, [4, 2, 1]),  # 3.5, 2.1, 1.4
        ("proportional", [97, 2, 1], 10, [10, 0, 0]),
        ("equal", [60, 30, 10], 9, [3, 3, 3]),
        ("equal", [60, 30, 10], 10, [4, 3, 3]),
        ("equal", [60, 3, 1], 12, [8, 3, 1]),
        ("equal", [5, 3, 1], 100, [5, 3, 1]),
    ],
)
def test_strata_get_their_quota(allocation, sizes, n, expected):
    strata = np.repeat(["a", "b", "c"], sizes)

    found = draw(range(sum(sizes)), n, strata=strata, allocation=allocation)

    counts = dict(found["stratum"].value_counts().iter_rows())
    assert [counts.get(each, 0) for each in "abc"] == expected


@given(
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=40),
    st.integers(0, 50),
    st.sampled_from(["proportional", "equal"]),
)
def test_quotas_sum_to_what_was_asked(strata, n, allocation):
    found = draw(range(len(strata)), n, strata=strata, allocation=allocation)

    assert found.height == min(n, len(strata))
    if allocation == "proportional" and n <= len(strata):
        for each in set(strata):
            wanted = n * strata.count(each) / len(strata)
            assert abs((found["stratum"] == each).sum() - wanted) < 1


def test_what_has_no_stratum_is_one_of_its_own():
    found = draw(range(4), 2, strata=["x", None, None, "x"], allocation="equal")

    assert sorted(found["stratum"].to_list(), key=str) == [None, "x"]


def test_the_least_sure_come_first():
    probabilities = [[0.9, 0.1, 0.0], [0.4, 0.35, 0.25], [0.5, 0.5, 0.0], [0.34, 0.33, 0.33]]

    by_margin = draw_uncertain(range(4), probabilities, 3)
    by_entropy = draw_uncertain(range(4), probabilities, 2, by="entropy")

    assert by_margin["position"].to_list() == [2, 3, 1]
    assert by_margin["reason"].to_list() == ["margin 0.000", "margin 0.010", "margin 0.050"]
    assert by_entropy["position"].to_list() == [3, 1]
    assert by_entropy["reason"][0] == "entropy 1.099"


def test_a_model_of_one_class_is_sure_of_all():
    assert draw_uncertain([1, 2], [[1.0], [1.0]], 5)["reason"].to_list() == ["margin 1.000"] * 2


def test_fewer_rows_than_asked_for_are_all_drawn():
    assert draw(KEYS[:3], 10).height == 3
    assert draw([], 10).is_empty()
    assert draw(KEYS, 0).is_empty()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: draw(["a", "a"], 1), "'a' names more than one row"),
        (lambda: draw(["a", None], 1), "row 1 has no key"),
        (lambda: draw([1.0, nan], 1), "row 1 has no key"),
        (lambda: draw([1, 2], -1), "-1 items cannot be drawn"),
        (lambda: draw([1, 2], 1, strata=["a"]), "1 strata for 2 keys"),
        (
            lambda: draw([1, 2], 1, strata=["a", "b"], allocation="fair"),
            "`proportional` or `equal`",
        ),
        (lambda: draw_share([1, 2], 1.5), "between 0 and 1"),
        (lambda: draw_share([1, 2], nan), "between 0 and 1"),
        (lambda: draw_uncertain([1, 2], [[1.0]], 1), "shape"),
        (lambda: draw_uncertain([1], [[0.5, 0.4]], 1), "row 0 has no probabilities"),
        (lambda: draw_uncertain([1], [[1.5, -0.5]], 1), "row 0 has no probabilities"),
        (lambda: draw_uncertain([1], [[nan, 1.0]], 1), "row 0 has no probabilities"),
        (lambda: draw_uncertain([1], [[0.5, 0.5]], 1, by="luck"), "`margin` or `entropy`"),
    ],
)
def test_mistaken_calls_are_told(call, said):
    with pytest.raises(ValueError, match=said):
        call()


@pytest.mark.parametrize("agreed", [0.5, 0.8, 0.95, 1.0])
@pytest.mark.parametrize("width", [0.05, 0.1, 0.3])
def test_so_many_items_give_the_width_and_one_less_does_not(agreed, width):
    n = items_needed(width, agreement=agreed)

    assert wilson(agreed * n, n).width <= width
    assert wilson(agreed * (n - 1), n - 1).width > width


def test_a_coefficient_needs_more_items_than_plain_agreement():
    # Two labelers right nine times in ten on two even classes: agreement 0.82, by chance 0.5.
    n = items_needed(0.2, agreement=0.82, by_chance=0.5)
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=(n, 1))
    votes = np.where(rng.random((n, 2)) < 0.9, truth, 1 - truth)

    found = agreement(Votes.from_matrix(votes)).alpha.interval

    assert n > 3 * items_needed(0.2, agreement=0.82)
    assert found.width == pytest.approx(0.2, rel=0.15)


def test_a_pilot_foretells_how_many_items_are_needed():
    pilot = Estimate(0.6, Interval(0.5, 0.7, 0.95))

    assert items_needed_after(pilot, 100, 0.1) == 400
    assert items_needed_after(pilot, 100, 0.2) == 100


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: items_needed(0, agreement=0.8), "above 0"),
        (lambda: items_needed(nan, agreement=0.8), "above 0"),
        (lambda: items_needed(0.1, agreement=1.2), "between 0 and 1"),
        (lambda: items_needed(0.1, agreement=0.8, by_chance=1.0), "between 0 and 1"),
        (lambda: items_needed_after(Estimate.unknown(0.95), 50, 0.1), "no interval to go by"),
        (lambda: items_needed_after(Estimate(1.0, Interval(1, 1, 0.95)), 50, 0.1), "no interval"),
        (lambda: items_needed_after(Estimate(0.5, Interval(0, 1, 0.95)), 50, -1), "above 0"),
    ],
)
def test_what_foretells_nothing_is_told(call, said):
    with pytest.raises(ValueError, match=said):
        call()
