"""A review says how many errors are left, truly, and stops when the next are not worth it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom

from tilth.quality.stopping import outlook, review_order


def chances(kind, n):
    rank = np.arange(n) / n
    return {
        "logistic": 1 / (1 + np.exp(8 * rank - 3)),
        "constant": np.full(n, 0.3),
        "step": np.where(rank < 0.3, 0.9, 0.05),
        "exponential": 0.9 * np.exp(-4 * rank),
        "linear": 0.8 * (1 - rank),
        "clean": np.full(n, 0.02),
    }[kind]


KINDS = ["logistic", "constant", "step", "exponential", "linear", "clean"]


def reviewed(kind, n, seed, share=None, audit_every=5):
    """A queue, and the rows in the order of its review; the truth of all, and what was seen."""
    random = np.random.default_rng(seed)
    wrong = random.random(n) < chances(kind, n)
    order = review_order(n, audit_every=audit_every, seed=seed)
    done = order[: round(share * n)] if share is not None else order
    return wrong, order, {int(row): bool(wrong[row]) for row in done}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.25, 0.6])
def test_with_audits_the_interval_covers_the_errors_left_however_the_queue_falls(kind, share):
    held, missed = [], []
    for seed in range(120):
        wrong, _, hits = reviewed(kind, 300, seed, share)
        left = wrong.sum() - sum(hits.values())
        found = outlook(hits, 300, level=0.9)
        held.append(left in found.remaining.interval)
        missed.append(found.remaining.value - left)

    assert np.mean(held) >= 0.83  # 0.9 less three standard errors
    assert abs(np.mean(missed)) <= 3 * np.std(missed) / np.sqrt(120)


@pytest.mark.parametrize("kind", KINDS)
def test_without_audits_the_number_is_a_bound(kind):
    held = []
    for seed in range(120):
        wrong, _, hits = reviewed(kind, 300, seed, 0.3, audit_every=10**6)
        found = outlook(hits, 300, level=0.9)
        assert found.audits == 0
        assert found.remaining.interval.low == 0
        held.append(wrong.sum() - sum(hits.values()) in found.remaining.interval)

    assert np.mean(held) >= 0.87  # 0.95 on one side less three standard errors


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_left_at_the_stop_was_not_worth_the_reviews(kind):
    left = rows = 0
    for seed in range(25):
        wrong, order, _ = reviewed(kind, 300, seed)
        n_done = next(
            n
            for n in range(0, 301, 5)
            if outlook({int(row): bool(wrong[row]) for row in order[:n]}, 300).stop
        )
        left += wrong[order[n_done:]].sum()
        rows += 300 - n_done

    assert left <= 0.1 * rows  # `worthwhile`
    assert (rows == 0) == (kind == "constant")


def test_a_review_goes_down_the_queue_and_audits_the_rest():
    order = review_order(100, audit_every=5, seed=1)

    assert sorted(order) == list(range(100))
    ranked = np.delete(order, np.arange(4, 100, 5))
    assert (np.diff(ranked) > 0).all()
    assert order[:4].tolist() == [0, 1, 2, 3]


def test_audits_are_a_fair_sample_of_what_is_left():
    """Over many seeds, each row beyond the point reached is audited equally often."""
    times = np.zeros(60)
    for seed in range(2000):
        order = review_order(60, audit_every=3, seed=seed)[:30]
        done = set(order.tolist())
        reached = next(row for row in range(60) if row not in done)
        for row in done:
            times[row] += row > reached

    assert times[40:].std() / times[40:].mean() < 0.08


def test_the_prediction_is_the_beta_binomial_of_scipy():
    hits = {0: True, 1: True, **dict.fromkeys(range(10, 20), False), 20: True}

    found = outlook(hits, 63, level=0.9)

    law = betabinom(50, 1.5, 10.5)
    assert found.audits == 11
    assert found.remaining.value == pytest.approx(50 / 11)
    assert found.remaining.interval.low == law.ppf(0.05)
    assert found.remaining.interval.high == law.ppf(0.95)


@given(st.integers(1, 40), st.dictionaries(st.integers(0, 39), st.booleans()))
@settings(max_examples=60, deadline=None)
def test_numbers_are_possible_whatever_was_reviewed(n, decided):
    hits = {row: hit for row, hit in decided.items() if row < n}

    found = outlook(hits, n, window=5)

    assert 0 <= found.remaining.interval.low <= found.remaining.value
    assert found.remaining.value <= found.remaining.interval.high <= n - len(hits)
    assert found.reviewed == len(hits)
    assert found.stop or len(hits) < n


def test_nothing_reviewed_tells_nothing():
    found = outlook({}, 50)

    assert not found.stop
    assert (found.remaining.interval.low, found.remaining.interval.high) == (0, 50)


def test_a_queue_that_is_done_stops_and_has_nothing_left():
    found = outlook(dict.fromkeys(range(8), True), 8)

    assert found.stop
    assert found.remaining.value == found.remaining.interval.high == 0
    assert str(found) == "8 wrong in 8 reviews; at most 0 left in the queue: stop here"


def test_less_than_a_window_never_stops():
    assert not outlook(dict.fromkeys(range(29), False), 100).stop
    assert outlook(dict.fromkeys(range(30), False), 100).stop


def test_an_outlook_reads_as_a_sentence():
    text = str(outlook({**dict.fromkeys(range(10), True), 15: False, 19: True}, 20))

    assert text == "11 wrong in 12 reviews; about 4 (0 to 8) left in the queue: go on"


@pytest.mark.parametrize(
    ("hits", "n", "options", "message"),
    [
        ({}, 0, {}, "at least one row"),
        ({5: True}, 5, {}, "position 5 is not in a queue of 5"),
        ({-1: True}, 5, {}, "position -1"),
        ({}, 5, {"worthwhile": 1.0}, "out of range"),
        ({}, 5, {"window": 0}, "out of range"),
    ],
)
def test_bad_input_is_refused_by_name(hits, n, options, message):
    with pytest.raises(ValueError, match=message):
        outlook(hits, n, **options)


def test_an_order_needs_reviews_between_its_audits():
    with pytest.raises(ValueError, match="audit every 1"):
        review_order(5, audit_every=1)
    assert review_order(0).tolist() == []
