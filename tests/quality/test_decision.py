"""Whether to clean or to collect follows from what noise and what fewer rows cost."""

from __future__ import annotations

import numpy as np
import pytest

from tilth.quality.contradictions import Contradictions
from tilth.quality.decision import TUNED, Calibration, clean_or_collect
from tilth.quality.planted_noise import KINDS
from tilth.quality.rehearsal import Rehearsal

N = 1000
PLAIN = Calibration(
    clean=(0.0, 1.0),
    collect=(0.0, 0.5),
    spread_clean=0.01,
    spread_collect=0.01,
    spread=0.02,
    scale=0.01,
)


def right(share):
    return (np.arange(N) < share * N).astype(float)


def rehearsal(*, kind="random", dosed=0.78, half=0.77, others=0.5) -> Rehearsal:
    weights = {each: float(each == kind) for each in KINDS}
    contradicted = Contradictions(
        clear=0.1, unclear=0.2, concentration=0.0, by_chance=1.0, weights=weights, partner=(0, 1)
    )
    return Rehearsal(
        as_is=right(0.80),
        half=right(half),
        dosed={each: right(dosed if each == kind else others) for each in KINDS},
        relabelled=right(0.82),
        trusted=np.ones(N, bool),
        contradicted=contradicted,
    )


def test_a_learner_that_suffers_from_noise_has_its_labels_cleaned():
    decision = clean_or_collect(rehearsal(dosed=0.72, half=0.79), calibration=PLAIN)

    assert decision.better == "clean"
    assert decision.clean.value == pytest.approx(0.08)
    assert decision.collect.value == pytest.approx(0.005)
    assert decision.chance > 0.999


def test_a_learner_that_lacks_rows_gets_more():
    decision = clean_or_collect(rehearsal(dosed=0.79, half=0.70), calibration=PLAIN)

    assert decision.better == "collect"
    assert decision.difference.value == pytest.approx(0.01 - 0.05)


def test_only_noise_of_the_kind_that_is_there_counts():
    one, other = (
        clean_or_collect(rehearsal(others=others), calibration=PLAIN) for others in (0.1, 0.7)
    )

    assert one == other


def test_where_both_are_worth_the_same_the_chance_is_even():
    decision = clean_or_collect(rehearsal(dosed=0.78, half=0.76), calibration=PLAIN)

    assert decision.chance == pytest.approx(0.5)


def test_the_chance_follows_from_how_far_predictions_err():
    """A difference of one scale: the normal distribution's 84 %."""
    decision = clean_or_collect(rehearsal(dosed=0.77, half=0.76), calibration=PLAIN)

    assert decision.chance == pytest.approx(0.8413, abs=1e-3)


def test_the_interval_is_the_one_of_a_normal_error():
    interval = clean_or_collect(rehearsal(), level=0.95, calibration=PLAIN).difference.interval

    assert interval.width == pytest.approx(2 * 1.96 * 0.02, abs=1e-4)
    assert interval.level == 0.95


def test_relabelling_is_told_as_it_was_measured():
    assert clean_or_collect(rehearsal()).relabelling == pytest.approx(0.02)


def test_the_greater_the_harm_of_noise_the_more_there_is_to_clean():
    gains = [clean_or_collect(rehearsal(dosed=each)).clean.value for each in (0.79, 0.75, 0.60)]

    assert gains == sorted(gains)
    assert TUNED.clean[1] > 0
    assert TUNED.collect[1] > 0


def test_constant_scores_leave_what_is_usual():
    decision = clean_or_collect(rehearsal(dosed=0.80, half=0.80))

    assert decision.clean.value == TUNED.clean[0]
    assert decision.collect.value == TUNED.collect[0]


def test_the_text_says_what_and_why():
    text = clean_or_collect(rehearsal(dosed=0.72, half=0.79), calibration=PLAIN).text()

    assert text.splitlines()[0] == "clean the labels: better with a chance of 100%"
    assert "slips, spread over all classes alike" in text
    assert "as much noise again cost +0.0800, half of the rows +0.0100" in text


@pytest.mark.parametrize("level", [0, 1, -0.5, float("nan")])
def test_a_level_lies_between_nothing_and_all(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        clean_or_collect(rehearsal(), level=level)


def test_who_knows_the_kind_of_noise_may_say_so():
    given = rehearsal(kind="random", dosed=0.78, others=0.60)
    told = clean_or_collect(given, weights={"systematic": 1.0}, calibration=PLAIN)

    assert told.looks_like == "systematic"
    assert told.clean.value == pytest.approx(0.20)


@pytest.mark.parametrize(
    "weights", [{}, {"random": 0.5}, {"slips": 1.0}, {"random": 1.5, "systematic": -0.5}]
)
def test_weights_that_are_no_shares_are_refused(weights):
    with pytest.raises(ValueError, match="sum to 1"):
        clean_or_collect(rehearsal(), weights=weights)
