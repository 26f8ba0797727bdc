"""Weak slices are found, told once, and not made up."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.quality.slices import Slice, attributes_of, measured, top_slices, weak_slices

BASE = 0.1


def planted(frame, plants, seed):
    """Errors with a base rate, and the rates of some slices: text -> rate."""
    chance = np.full(frame.height, BASE)
    for text, rate in plants.items():
        chance[Slice.parse(text).mask(frame)] = rate
    return (np.random.default_rng(seed).random(frame.height) < chance).astype(float), chance


def jaccard(one, other):
    return (one & other).sum() / (one | other).sum()


PLANTS = [
    # Shares of 1.4, 2.2 and 5 %.
    {"carrier = EV and hour >= 20 and origin = JFK": 0.55},
    {"month = 7 and distance >= 1000": 0.45},
    {"carrier = B6 and hour < 12": 0.3},
    {
        "carrier = EV and hour >= 20 and origin = JFK": 0.55,
        "month = 7 and distance >= 1000": 0.45,
        "carrier = B6 and hour < 12": 0.3,
    },
]


@pytest.mark.parametrize("plants", PLANTS, ids=["1 %", "2 %", "5 %", "all three"])
@pytest.mark.parametrize("seed", range(2))
def test_planted_slices_of_one_to_five_percent_are_the_first_three(make_flights, plants, seed):
    frame = make_flights(10_000, seed)
    error, _ = planted(frame, plants, 100 + seed)

    found = weak_slices(frame, error).slices

    masks = [each.slice.mask(frame) for each in found[:3]]
    for text in plants:
        inside = Slice.parse(text).mask(frame)
        assert 0.01 <= inside.mean() <= 0.06
        assert max(jaccard(inside, mask) for mask in masks) > 0.7
    # Nothing else is made up; what lies between edges may leave a remainder.
    assert len(found) <= len(plants) + 1
    assert [each.excess for each in found] == sorted((each.excess for each in found), reverse=True)


def test_a_slice_is_told_in_the_words_that_it_was_planted_with(make_flights):
    frame = make_flights(10_000, 1)
    error, _ = planted(frame, {"month = 7 and distance >= 1000": 0.45}, 7)

    (found,) = weak_slices(frame, error).slices

    assert found.slice.text == "month = 7 and distance >= 1000"
    inside = found.slice.mask(frame)
    assert found.size == inside.sum()
    assert found.share == pytest.approx(inside.mean())
    assert found.error == pytest.approx(error[inside].mean())
    assert found.overall == pytest.approx(error.mean())
    assert found.difference.value == pytest.approx(found.error - found.overall)
    assert found.excess == pytest.approx((error[inside] - error.mean()).sum())
    assert found.p_value < 1e-10
    assert found.text.startswith("month = 7 and distance >= 1000: error 0.4")


def test_several_wordings_of_one_finding_are_one_finding(make_flights):
    frame = make_flights(8000, 2)
    error, _ = planted(frame, {"carrier = EV": 0.35}, 3)
    carrier = frame["carrier"]
    airlines = {"EV": "ExpressJet", "UA": "United", "AA": "American"}
    random = np.random.default_rng(0)
    nearly = np.where(random.random(8000) < 0.05, "no", np.where(carrier == "EV", "yes", "no"))
    frame = frame.with_columns(
        airline=carrier.replace_strict(airlines, default="other one"),
        regional=pl.Series(nearly),
    )

    raw = top_slices(attributes_of(frame), error, k=4)
    (found,) = weak_slices(frame, error).slices

    assert all(jaccard(each.slice.mask(frame), carrier.to_numpy() == "EV") > 0.6 for each in raw)
    assert found.slice.text == "carrier = EV"
    assert [each.text for each in found.also] == ["airline = ExpressJet", "regional = yes"]


def test_two_findings_are_not_taken_for_one_because_they_overlap(make_flights):
    frame = make_flights(12_000, 4)
    error, _ = planted(frame, {"carrier = EV": 0.3, "hour >= 20": 0.3}, 5)

    found = {each.slice.text for each in weak_slices(frame, error).slices}

    assert found >= {"carrier = EV", "hour >= 20"}
    assert len(found) <= 3


def test_what_rises_step_by_step_is_not_told_over_and_over(make_flights):
    # Every hour from 8 on is worse than the one before: all of `hour >= x` are bad slices.
    frame = make_flights(12_000, 5)
    chance = 0.05 + 0.03 * np.maximum(0, frame["hour"].to_numpy() - 8)
    error = (np.random.default_rng(1).random(12_000) < chance).astype(float)

    masks = [each.slice.mask(frame) for each in weak_slices(frame, error).slices]

    assert masks
    for position, mask in enumerate(masks):
        others = [other for at, other in enumerate(masks) if at != position]
        assert all(jaccard(mask, other) < 0.5 for other in others)


def test_losses_are_searched_as_failures_are(make_flights):
    frame = make_flights(8000, 3)
    inside = Slice.parse("carrier = EV and month = 7").mask(frame)
    loss = np.random.default_rng(0).exponential(np.where(inside, 2.0, 0.5))

    (found,) = weak_slices(frame, loss).slices

    assert jaccard(found.slice.mask(frame), inside) > 0.8
    assert 2.0 - loss.mean() in found.difference.interval


def test_weights_count_for_sizes_and_errors(make_flights):
    frame = make_flights(6000, 6)
    error, _ = planted(frame, {"carrier = EV": 0.4}, 1)
    weights = np.where(frame["carrier"] == "EV", 0.5, 1.0)

    (found,) = weak_slices(frame, error, weights=weights).slices
    inside = found.slice.mask(frame)

    assert found.slice.text == "carrier = EV"
    assert found.share == pytest.approx(weights[inside].sum() / weights.sum())
    assert found.overall == pytest.approx(np.average(error, weights=weights))


def test_equal_weights_change_nothing_and_rows_without_weight_do_not_count(make_flights):
    frame = make_flights(3000, 6)
    error, _ = planted(frame, {"carrier = EV": 0.4}, 1)
    half = np.arange(3000) < 2000

    assert (
        weak_slices(frame, error).slices == weak_slices(frame, error, weights=np.ones(3000)).slices
    )
    found = weak_slices(frame, error, weights=half * 1.0, support=60)
    assert found.n_rows == 2000
    assert [each.slice for each in found.slices] == [Slice.parse("carrier = EV")]
    assert found.slices[0].size == (half & (frame["carrier"] == "EV").to_numpy()).sum()


def test_tags_are_found_like_columns(make_flights):
    frame = make_flights(4000, 8)
    night = np.random.default_rng(3).random(4000) < 0.1
    error = (np.random.default_rng(4).random(4000) < np.where(night, 0.5, 0.1)).astype(float)

    (found,) = weak_slices(frame, error, tags={"night": night}).slices

    assert found.slice.text == "night = true"
    assert measured([found.slice], frame.with_columns(night=night), error)[0].size == night.sum()


def share_with_a_finding(make_flights, make_error, repeats):
    found = 0
    for seed in range(repeats):
        frame = make_flights(1000, 1000 + seed)
        found += bool(weak_slices(frame, make_error(np.random.default_rng(seed), 1000)).slices)
    return found / repeats


NULLS = {
    "failures": lambda random, n: (random.random(n) < 0.15).astype(float),
    "rare failures": lambda random, n: (random.random(n) < 0.02).astype(float),
    "nearly all fail": lambda random, n: (random.random(n) < 0.95).astype(float),
    "counts": lambda random, n: random.poisson(0.3, n).astype(float),
    "losses": lambda random, n: random.lognormal(0, 1.5, n),
    "wild losses": lambda random, n: random.lognormal(0, 3, n),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", NULLS)
def test_without_a_weak_slice_at_most_one_in_twenty_data_sets_gives_one(make_flights, kind):
    # Some 300,000 slices are looked at in each.
    assert share_with_a_finding(make_flights, NULLS[kind], 60) <= 0.05


@pytest.mark.parametrize("kind", ["failures", "wild losses"])
def test_chance_findings_are_kept_out(make_flights, kind):
    assert share_with_a_finding(make_flights, NULLS[kind], 8) == 0


def test_the_raw_worst_slices_of_pure_chance_look_bad(make_flights):
    # What the control is for: without it, luck gives slices with twice the average error.
    frame = make_flights(1000, 0)
    error = NULLS["failures"](np.random.default_rng(0), 1000)

    worst = top_slices(attributes_of(frame), error, k=1, alpha=0.99)[0]

    assert worst.error > 2 * error.mean()


@pytest.mark.slow
def test_the_intervals_of_what_was_selected_hold_together(make_flights):
    together, n_found = 0, 0
    for seed in range(20):
        frame = make_flights(3000, seed)
        error, chance = planted(frame, {"carrier = B6 and hour < 12": 0.35}, 50 + seed)
        found = weak_slices(frame, error).slices
        n_found += len(found)
        together += all(
            chance[each.slice.mask(frame)].mean() - chance.mean() in each.difference.interval
            for each in found
        )

    assert together / 20 >= 0.95
    assert n_found >= 15


def test_known_slices_are_judged_for_their_number_alone(make_flights):
    slices = [Slice.parse(text) for text in ("carrier = EV", "hour >= 20", "month = 7")]
    repeats, held, false = 200, 0, 0
    frame = make_flights(1500, 1)
    random = np.random.default_rng(2)
    for _ in range(repeats):
        found = measured(slices, frame, (random.random(1500) < 0.2).astype(float))
        held += all(0.0 in each.difference.interval for each in found)
        false += any(each.p_value <= 0.05 for each in found)

    assert held / repeats >= 0.92
    assert false / repeats <= 0.08


def test_adjusted_p_values_are_holms(make_flights):
    frame = make_flights(3000, 1)
    error, _ = planted(frame, {"carrier = EV": 0.15, "month = 7": 0.15}, 1)
    texts = ["carrier = EV", "hour >= 20", "month = 7", "origin = JFK"]
    slices = [Slice.parse(text) for text in texts]

    alone = [measured([each], frame, error)[0].p_value for each in slices]
    together = [each.p_value for each in measured(slices, frame, error)]

    order = np.argsort(alone)
    expected = np.maximum.accumulate(np.array(alone)[order] * [4, 3, 2, 1]).clip(max=1)
    assert np.array(together)[order] == pytest.approx(expected)


def test_a_known_slice_may_have_no_rows():
    (found,) = measured([Slice.parse("a = 3")], pl.DataFrame({"a": [1, 2]}), [0, 1])

    assert (found.size, found.share, found.p_value, found.excess) == (0, 0, 1, 0)
    assert np.isnan(found.error)
    assert found.difference.interval.low == -np.inf


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 8), st.floats(0.5, 1))
def test_the_top_list_is_in_order_and_says_what_is_so(seed, k, alpha):
    random = np.random.default_rng(seed)
    n_rows = 120
    frame = pl.DataFrame(
        {
            "a": random.choice(["x", "y", "z", None], n_rows),
            "b": random.integers(0, 4, n_rows),
            "c": random.normal(size=n_rows),
        }
    )
    error = random.random(n_rows) * (random.random(n_rows) < 0.5)

    found = top_slices(attributes_of(frame, support=5), error, k=k, alpha=alpha)

    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert len(found) <= k
    for each in found:
        inside = each.slice.mask(frame)
        worse, smaller = error[inside].mean() / error.mean() - 1, n_rows / inside.sum() - 1
        assert each.size == inside.sum() >= 5
        assert each.error == pytest.approx(error[inside].mean())
        assert each.score == pytest.approx(alpha * worse - (1 - alpha) * smaller)


SMALL = pl.DataFrame({"a": ["x", "y"] * 100, "b": range(200)})


@pytest.mark.parametrize(
    "error", [np.zeros(200), np.ones(200), np.full(200, 0.3), np.zeros(200, bool)]
)
def test_where_all_rows_are_alike_there_is_nothing_to_tell(error):
    assert weak_slices(SMALL, error).slices == ()
    assert top_slices(attributes_of(SMALL), error) == []


def test_one_row_and_few_rows_give_nothing():
    assert weak_slices(SMALL[:1], [1.0]).slices == ()
    assert weak_slices(SMALL[:31], np.arange(31) % 2).slices == ()
    assert weak_slices(pl.DataFrame({"a": [None, None]}), [0, 1]).slices == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"error": np.zeros(3)}, r"`error` has shape \(3,\), and there are 200 rows"),
        ({"error": np.zeros((200, 1))}, "`error` has shape"),
        ({"error": [float("nan")] * 200}, "`error` must be finite and at least 0, and one is nan"),
        ({"error": [float("inf")] * 200}, "one is inf"),
        ({"error": [-1.0] * 200}, "one is -1.0"),
        ({"error": ["yes"] * 200}, "`error` must be numbers"),
        ({"error": [None] * 200}, "`error` must be numbers"),
        ({"weights": np.zeros(200)}, "all weights are 0"),
        ({"weights": np.full(200, -1.0)}, "`weights` must be finite"),
        ({"weights": np.ones(3)}, "`weights` has shape"),
        ({"k": 0}, "k=0 must be at least 1"),
        ({"conditions": 0}, "conditions=0 must be at least 1"),
        ({"alpha": 0.0}, "alpha=0.0 above 0"),
        ({"alpha": 1.1}, "alpha=1.1 above 0"),
        ({"level": 0.0}, "level=0.0 between 0 and 1"),
        ({"support": 0}, "support=0"),
        ({"frame": SMALL.clear(), "error": []}, "no rows"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        weak_slices(**{"frame": SMALL, "error": np.arange(200) % 2, **arguments})


def test_the_same_table_gives_the_same_slices(make_flights):
    frame = make_flights(3000, 9)
    error, _ = planted(frame, {"carrier = EV": 0.3}, 9)
    again = frame.select(reversed(frame.columns))

    first, second = weak_slices(frame, error), weak_slices(frame, error)

    assert first.slices == second.slices
    assert [each.size for each in weak_slices(again, error).slices] == [
        each.size for each in first.slices
    ]
