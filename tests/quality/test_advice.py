"""Actions are ranked by gain per price, and not ranked where the facts do not tell them apart."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from tilth.quality.advice import (
    Action,
    Prices,
    advise,
    collect_rows,
    fix_labels,
    leave_it,
    merge_classes,
    revise_instruction,
)
from tilth.quality.intervals import Estimate, Interval

PRICES = Prices(label=1.0, row=5.0, decision=60.0)


def gain(value, low=None, high=None):
    low = value - 0.001 if low is None else low
    high = value + 0.001 if high is None else high
    return Estimate(value, Interval(low, high, 0.95))


def ranks(advice):
    return [(each.rank, each.action.kind) for each in advice.ranked]


FIX = fix_labels("those flagged", 120, gain(0.02), PRICES)
COLLECT = collect_rows("carrier = EV", 500, gain(0.03), PRICES)


def test_the_greater_gain_per_price_comes_first_even_if_the_gain_is_smaller():
    advice = advise([COLLECT, FIX])

    assert ranks(advice) == [(1, "fix labels"), (2, "collect rows"), (3, "leave it")]
    assert advice.clear
    assert advice.summary == (
        "fix labels (those flagged): gain +0.0200 [+0.0190, +0.0210] for a price of 120"
    )


def test_a_dearer_label_turns_the_order_round():
    dear = Prices(label=100.0, row=5.0)
    advice = advise([fix_labels("those flagged", 120, gain(0.02), dear), COLLECT])

    assert ranks(advice)[0] == (1, "collect rows")


def test_there_is_no_winner_where_each_lies_in_the_interval_of_the_other():
    advice = advise(
        [
            fix_labels("those flagged", 100, gain(0.020, 0.005, 0.035), PRICES),
            collect_rows("at random", 20, gain(0.018, 0.004, 0.033), PRICES),
        ]
    )

    assert ranks(advice) == [(1, "fix labels"), (1, "collect rows"), (3, "leave it")]
    assert not advice.clear
    assert advice.summary.startswith("no clear winner between fix labels (those flagged) and")


def test_what_may_gain_nothing_cannot_be_told_from_leaving_it():
    advice = advise([fix_labels("those flagged", 100, gain(0.004, -0.01, 0.02), PRICES)])

    assert ranks(advice) == [(1, "fix labels"), (2, "leave it")]
    assert advice.ranked[0].verdict == "may gain"
    assert not advice.clear
    assert "may gain nothing" in advice.summary


def test_what_does_harm_ranks_behind_leaving_it():
    advice = advise([fix_labels("those flagged", 100, gain(-0.01), PRICES)])

    assert ranks(advice) == [(1, "leave it"), (2, "fix labels")]
    assert advice.ranked[1].verdict == "does not gain"
    assert advice.summary.startswith("leave it")


def test_with_nothing_to_do_the_advice_is_to_leave_it():
    assert ranks(advise([])) == [(1, "leave it")]
    assert ranks(advise([leave_it()])) == [(1, "leave it")]


def test_a_gain_that_costs_nothing_comes_before_all_that_costs():
    free = merge_classes(
        [[50, 10], [5, 35]], ["cat", "lynx"], "cat", "lynx", Prices(label=1, row=1)
    )

    advice = advise([FIX, COLLECT, free])
    assert ranks(advice)[0] == (1, "merge classes")
    assert "coarser question" in advice.text()


def test_to_merge_classes_gains_the_errors_between_them():
    confusion = [[40, 8, 1], [4, 30, 2], [0, 1, 14]]
    action = merge_classes(confusion, ["cat", "lynx", "dog"], "lynx", "cat", PRICES)

    assert action.gain.value == pytest.approx(0.12)
    low, high = proportion_confint(12, 100, method="wilson")
    assert action.gain.interval.low == pytest.approx(low)
    assert action.gain.interval.high == pytest.approx(high)
    assert action.price == 60


def test_to_revise_the_instruction_costs_the_decision_and_the_labels():
    action = revise_instruction("2.3 lying cats", gain(0.01), 40, PRICES)

    assert action.price == 100


def test_the_text_names_each_action_once():
    text = advise([FIX, COLLECT]).text()

    assert text.splitlines()[2] == (
        " 1. fix labels: those flagged - gain +0.0200 [+0.0190, +0.0210], price 120, "
        "0.000167 per unit (gains)"
    )
    assert len(text.splitlines()) == 5


def test_the_json_form_is_strict_json():
    free = fix_labels("free", 0, gain(0.01), PRICES)
    told = json.loads(json.dumps(advise([FIX, free]).as_json(), allow_nan=False))

    assert told["clear"] is True
    assert told["actions"][0]["gain_per_price"]["value"] is None
    assert told["actions"][1]["gain"] == {"value": 0.02, "low": 0.019, "high": 0.021, "level": 0.95}


ACTIONS = st.builds(
    lambda value, spread, rows: collect_rows(
        "x", rows, gain(value, value - spread, value + spread), PRICES
    ),
    st.floats(-1, 1),
    st.floats(0, 0.5),
    st.integers(1, 1000),
)


@given(st.lists(ACTIONS, max_size=6))
def test_the_order_in_which_actions_are_given_does_not_matter(actions):
    first, second = advise(actions), advise(actions[::-1])

    assert [each.rank for each in first.ranked] == [each.rank for each in second.ranked]
    assert first.summary == second.summary


@given(st.lists(ACTIONS, max_size=6))
def test_ranks_never_fall_and_a_gain_is_never_behind_leaving_it(actions):
    ranked = advise(actions).ranked
    kinds = [each.action.kind for each in ranked]

    assert ranked[0].rank == 1
    assert all(a.rank <= b.rank for a, b in pairwise(ranked))
    assert all(each.action.gain.value > 0 for each in ranked[: kinds.index("leave it")])


@pytest.mark.parametrize(
    ("confusion", "first", "second", "said"),
    [
        ([[1, 2], [3, 4]], "cat", "cow", "`cow` is none of the classes"),
        ([[1, 2], [3, 4]], "cat", "cat", "merged with itself"),
        ([[1, 2]], "cat", "lynx", "rows and columns"),
        ([[0, 0], [0, 0]], "cat", "lynx", "rows and columns"),
        ([[1, -2], [3, 4]], "cat", "lynx", "rows and columns"),
    ],
)
def test_classes_that_cannot_be_merged_are_refused(confusion, first, second, said):
    with pytest.raises(ValueError, match=said):
        merge_classes(confusion, ["cat", "lynx"], first, second, PRICES)


def test_prices_and_gains_that_are_none_are_refused():
    with pytest.raises(ValueError, match="price of a row is at least 0, not -1"):
        Prices(label=1, row=-1)
    with pytest.raises(ValueError, match="gain of `fix labels: x` is not known"):
        advise([fix_labels("x", 1, gain(float("nan")), PRICES)])
    with pytest.raises(ValueError, match="price of `collect rows: x` is inf"):
        advise([Action(kind="collect rows", what="x", gain=gain(1), units=1, price=float("inf"))])
