"""In simulation a version that just misses a goal is let through in at most alpha of cases."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import binom

from tilth.models.gate import CANDIDATE, LIVE, Facts, judge
from tilth.models.goals import goals_from
from tilth.quality.measures.outcome import Outcome, Said

pytestmark = pytest.mark.slow

ALPHA, TIMES = 0.05, 600
MARGIN = 0.03
MOST = int(binom.ppf(0.999, TIMES, ALPHA))
"""So many of all are let through by one in a thousand gates whose chance of it is alpha."""


def classes(draw, n, live, new, agree=0.7):
    """Two models that are right with these chances, and often on the same rows."""
    truth = draw.integers(2, size=n)
    shared = draw.random(n) < agree
    common, apart = draw.random(n), draw.random(n)
    said = {}
    for who, chance in ((LIVE, live), (CANDIDATE, new)):
        luck = np.where(shared, common, apart if who == LIVE else draw.random(n))
        said[who] = Said(predicted=np.where(luck < chance, truth, 1 - truth))
    return Outcome(truth=truth, said=said, classes=(0, 1), positive=1)


def rare(draw, n):
    """A recall that is worse by the margin, of a class that one in ten rows has."""
    found = classes(draw, n, 0.8, 0.8 - MARGIN)
    truth = (draw.random(n) < 0.1).astype(int)
    said = {
        who: Said(predicted=np.where(each.predicted == found.truth, truth, 1 - truth))
        for who, each in found.said.items()
    }
    return Outcome(truth=truth, said=said, classes=(0, 1), positive=1)


def ranks(draw, n):
    """Scores whose areas under the curve differ by the margin: two normals, apart by d."""
    truth = (draw.random(n) < 0.3).astype(int)
    shared = draw.normal(size=n)
    said = {}
    for who, area in ((LIVE, 0.8), (CANDIDATE, 0.8 - MARGIN)):
        own = 0.8 * shared + 0.6 * draw.normal(size=n)
        chance = ndtr((own + np.sqrt(2) * ndtri(area) * truth) / 2)
        both = np.stack([1 - chance, chance], axis=1)
        said[who] = Said(predicted=(chance > 0.5).astype(int), probabilities=both)
    return Outcome(truth=truth, said=said, classes=(0, 1), positive=1)


def skewed(draw, n):
    """Absolute errors with a long tail, whose means differ by the margin."""
    truth = draw.normal(size=n)
    shared = draw.normal(size=n)
    said = {}
    for who, mean in ((LIVE, 1.0), (CANDIDATE, 1.0 + MARGIN)):
        error = np.exp(0.6 * (0.8 * shared + 0.6 * draw.normal(size=n)) - 0.18) * mean
        said[who] = Said(predicted=truth + error)
    return Outcome(truth=truth, said=said)


CASES = {
    "accuracy": ("accuracy", lambda draw, n: classes(draw, n, 0.85, 0.85 - MARGIN)),
    "accuracy, nearly always right": (
        "accuracy",
        lambda draw, n: classes(draw, n, 0.995, 0.995 - MARGIN),
    ),
    "recall of a rare class": ("recall", rare),
    "roc_auc": ("roc_auc", ranks),
    "mae with a long tail": ("mae", skewed),
}


def passed(outcome, goal, seed, table=None):
    told = {"rows": "t", "target": "y", "draws": 400, "seed": seed}
    goals = goals_from({**told, "goals": [{"why": "the margin is known", **goal}]})
    table = pl.DataFrame({"row": np.arange(len(outcome))}) if table is None else table
    known = Facts(model="m@2", rows="t", table=table, answered=outcome, live="m@1")
    return judge(goals, known).outcome == "passed"


@pytest.mark.parametrize("n", [60, 400])
@pytest.mark.parametrize("name", CASES)
def test_a_loss_of_just_the_margin_is_let_through_in_at_most_alpha_of_cases(name, n):
    measure, make = CASES[name]
    goal = {"measure": measure, "against": "live", "allowed": MARGIN}

    promoted = sum(
        passed(make(np.random.default_rng([n, seed]), n), goal, seed) for seed in range(TIMES)
    )

    assert promoted <= MOST, f"{promoted} of {TIMES}"


@pytest.mark.parametrize("n", [60, 400])
def test_a_floor_that_is_just_missed_is_passed_in_at_most_alpha_of_cases(n):
    goal = {"measure": "accuracy", "at_least": 0.9}

    promoted = sum(
        passed(classes(np.random.default_rng([n, seed]), n, 0.5, 0.9), goal, seed)
        for seed in range(TIMES)
    )

    assert promoted <= MOST, f"{promoted} of {TIMES}"


def test_one_slice_of_five_that_is_worse_by_the_margin_is_let_through_in_at_most_alpha_of_cases():
    n, slices = 1000, 5
    table = pl.DataFrame({"part": np.arange(n) % slices})
    goal = {"measure": "accuracy", "against": "live", "allowed": 0.1, "by": "part"}
    promoted = 0
    for seed in range(TIMES // 3):
        draw = np.random.default_rng(seed)
        fine, bad = classes(draw, n, 0.85, 0.9), classes(draw, n, 0.85, 0.75)
        is_bad = np.arange(n) % slices == 2
        said = {
            who: Said(
                predicted=np.where(
                    is_bad,
                    np.where(bad.said[who].predicted == bad.truth, fine.truth, 1 - fine.truth),
                    fine.said[who].predicted,
                )
            )
            for who in (LIVE, CANDIDATE)
        }
        mixed = Outcome(truth=fine.truth, said=said, classes=(0, 1), positive=1)
        promoted += passed(mixed, goal, seed, table)

    assert promoted <= int(binom.ppf(0.999, TIMES // 3, ALPHA)), f"{promoted} of {TIMES // 3}"


def test_good_versions_do_get_through():
    goal = {"measure": "accuracy", "against": "live", "allowed": MARGIN}

    promoted = sum(
        passed(classes(np.random.default_rng(seed), 1500, 0.85, 0.86), goal, seed)
        for seed in range(60)
    )

    assert promoted > 45, f"{promoted} of 60"
