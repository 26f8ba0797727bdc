"""The gate passes what is shown to meet its goals, and nothing else."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest

from tilth.errors import DataError, UnknownNameError
from tilth.models.behaviour import Behaviour, direction, invariance, minimum
from tilth.models.gate import CANDIDATE, LIVE, Facts, judge
from tilth.models.goals import goals_from
from tilth.quality.measures.outcome import Outcome, Said

WHY = "so that somebody knows"


def goals(*told, **more):
    each = [{"why": WHY, **goal} for goal in told]
    return goals_from({"rows": "test", "target": "late", "draws": 500, "goals": each, **more})


def facts(new=0.9, live=None, n=2000, seed=0, **more):
    """Models that are right in so many of cases, of rows with a carrier."""
    draw = np.random.default_rng(seed)
    truth = draw.integers(2, size=n)
    said = {}
    for who, skill in ((CANDIDATE, new), (LIVE, live)):
        if skill is not None:
            right = draw.random(n) < skill
            said[who] = Said(predicted=np.where(right, truth, 1 - truth))
    table = pl.DataFrame({"carrier": np.where(np.arange(n) % 4 == 0, "EV", "UA"), "hour": 12})
    answered = Outcome(truth=truth, said=said, classes=("no", "yes"), positive=1)
    live_name = "late@1" if live is not None else ""
    return Facts(
        model="late@2", rows="test", table=table, answered=answered, live=live_name, **more
    )


def outcome(goal, known, **more):
    (judged,) = judge(goals(goal, **more), known).judged
    return judged


@pytest.mark.parametrize(
    ("skill", "expected"), [(0.9, "passed"), (0.7, "failed"), (0.8, "undecided")]
)
def test_a_floor_is_met_missed_or_open(skill, expected):
    judged = outcome({"measure": "accuracy", "at_least": 0.8}, facts(skill))

    assert judged.outcome == expected
    (part,) = judged.parts
    assert part.low < part.value < part.high
    assert f"accuracy is {part.value:.4g}" in judged.evidence


@pytest.mark.parametrize(
    ("skill", "expected"), [(0.9, "passed"), (0.7, "failed"), (0.86, "undecided")]
)
def test_a_loss_is_borne_up_to_what_is_allowed(skill, expected):
    goal = {"measure": "accuracy", "against": "live", "allowed": 0.03}

    assert outcome(goal, facts(skill, live=0.9)).outcome == expected


def test_to_be_better_has_to_be_shown():
    goal = {"measure": "accuracy", "against": "live", "better_by": 0.02}

    assert outcome(goal, facts(0.95, live=0.9)).outcome == "passed"
    same = outcome(goal, facts(0.9, live=0.9))
    assert same.outcome != "passed"
    assert same.stands_in_the_way


def test_where_nothing_is_live_there_is_nothing_to_be_worse_than():
    judged = outcome({"measure": "accuracy", "against": "live", "allowed": 0.03}, facts(0.5))

    assert (judged.outcome, judged.parts) == ("passed", ())
    assert "nothing is live yet" in judged.evidence


def test_the_best_constant_is_the_baseline_where_none_is_named():
    goal = {"measure": "accuracy", "against": "baseline", "better_by": 0.3}

    judged = outcome(goal, facts(0.9))

    assert judged.outcome == "passed"
    assert judged.parts[0].before == pytest.approx(0.5, abs=0.03)


def test_a_quantity_is_compared_with_the_median_where_absolute_errors_count():
    truth = np.random.default_rng(0).gamma(2.0, size=500)
    answered = Outcome(truth=truth, said={CANDIDATE: Said(predicted=truth * 1.1)})
    known = Facts(model="m", rows="test", table=pl.DataFrame({"a": truth}), answered=answered)

    for measure, constant in (("mae", np.median(truth)), ("rmse", truth.mean())):
        goal = {"measure": measure, "against": "baseline", "better_by": 0}
        error = np.abs(truth - constant)
        wanted = error.mean() if measure == "mae" else np.sqrt((error**2).mean())
        assert outcome(goal, known).parts[0].before == pytest.approx(wanted)


def worse_for(known, carrier, skill, seed=1):
    """The same facts with a candidate that is right less often for one carrier."""
    rows = (known.table["carrier"] == carrier).to_numpy()
    said = known.answered.said[CANDIDATE].predicted.copy()
    wrong = rows & (np.random.default_rng(seed).random(len(rows)) > skill)
    said[wrong] = 1 - known.answered.truth[wrong]
    known.answered.said[CANDIDATE].predicted[:] = said
    return known


def test_a_slice_that_is_left_behind_fails_though_the_whole_is_fine():
    known = worse_for(facts(0.95, live=0.9), "EV", 0.75)
    whole = {"measure": "accuracy", "against": "live", "allowed": 0.05}

    assert outcome(whole, known).outcome == "passed"
    judged = outcome({**whole, "by": "carrier"}, known)

    assert judged.outcome == "failed"
    assert [(each.slice, each.outcome) for each in judged.parts] == [
        ("carrier = EV", "failed"),
        ("carrier = UA", "passed"),
    ]
    assert "2 slices, 1 passed, 1 failed; where carrier = EV: accuracy is" in judged.evidence


def test_a_slice_with_few_rows_shows_nothing():
    known = facts(0.9, n=40)
    goal = {"measure": "accuracy", "at_least": 0.5, "slice": "carrier = EV"}

    judged = outcome(goal, known)

    assert judged.outcome == "undecided"
    assert judged.evidence == "10 rows, and fewer than 30 are too few for a judgement"
    assert judged.stands_in_the_way
    assert not outcome({**goal, "unproven_passes": True}, known).stands_in_the_way


def test_levels_with_few_rows_are_not_judged_and_null_is_a_level():
    known = facts(0.9, n=400)
    levels = np.where(np.arange(400) < 10, "rare", np.where(np.arange(400) < 150, "some", "many"))
    table = pl.DataFrame({"kind": levels}).with_columns(
        pl.when(pl.col("kind") == "some").then(None).otherwise(pl.col("kind")).alias("kind")
    )
    goal = {"measure": "accuracy", "at_least": 0.5, "by": "kind"}

    known = Facts(model="m", rows="test", table=table, answered=known.answered)

    judged = outcome(goal, known)
    assert {each.slice for each in judged.parts} == {"kind = many", "kind is null"}
    assert judged.evidence.endswith("; not judged, with fewer than 30 rows: kind = rare (10)")


def test_where_no_level_has_rows_enough_nothing_is_shown():
    known = facts(0.9, n=100)
    table = pl.DataFrame({"kind": np.arange(100) % 5})
    known = Facts(model="m", rows="test", table=table, answered=known.answered)
    judged = outcome({"measure": "accuracy", "at_least": 0.5, "by": "kind"}, known)

    assert judged.outcome == "undecided"
    assert judged.evidence == (
        "not judged, with fewer than 30 rows: kind = 0 (20), kind = 1 (20), kind = 2 (20) and 2 "
        "more"
    )


def test_an_undecided_goal_says_how_many_rows_would_show_it():
    known = facts(0.9, n=1000)
    value = known.answered.said[CANDIDATE].predicted == known.answered.truth
    judged = outcome({"measure": "accuracy", "at_least": float(value.mean()) - 0.01}, known)

    assert judged.outcome == "undecided"
    # 1.645 standard errors have to fit into 0.01: 2,200 rows, give or take the luck of 500 draws.
    assert re.search("; about (1,[89]|2,[0-7])00 rows would show it$", judged.evidence)


def test_groups_that_are_apart_fail_and_alike_ones_pass():
    goal = {"measure": "accuracy", "group": "carrier", "max_gap": 0.1}

    assert outcome(goal, facts(0.9, n=4000)).outcome == "passed"
    judged = outcome(goal, worse_for(facts(0.95), "EV", 0.7))
    assert judged.outcome == "failed"
    assert "for EV and" in judged.evidence


def test_one_level_has_no_gap():
    with pytest.raises(DataError, match="has 1 levels with 30 rows or more, and a gap takes two"):
        outcome({"measure": "accuracy", "group": "hour", "max_gap": 0.1}, facts())


def test_latency_is_judged_by_the_share_of_slow_answers():
    goal = {"latency_ms": 10}

    assert outcome(goal, facts(milliseconds=np.full(200, 2.0))).outcome == "passed"
    assert outcome(goal, facts(milliseconds=np.full(200, 20.0))).outcome == "failed"
    slow = np.where(np.arange(200) < 10, 20.0, 2.0)
    assert outcome(goal, facts(milliseconds=slow)).outcome == "undecided"
    assert outcome(goal, facts()).outcome == "undecided"


def test_size_is_what_it_is():
    assert outcome({"size_mb": 2}, facts(megabytes=2.0)).outcome == "passed"
    assert outcome({"size_mb": 2}, facts(megabytes=2.1)).outcome == "failed"


def test_a_behaviour_may_be_broken_by_the_share_that_is_named():
    seen = Behaviour(n_rows=100, n_broken=3, most=0.2, evidence="3 of 100 rows break it")

    for share, expected in ((0.0, "failed"), (0.05, "passed")):
        judged = outcome({"invariance": "hour", "share": share}, facts(behaviour={0: seen}))
        assert judged.outcome == expected


def test_what_is_undecided_stands_in_the_way_of_the_whole():
    told = [
        {"measure": "accuracy", "at_least": 0.8},
        {"measure": "accuracy", "at_least": 0.9},
        {"size_mb": 2},
    ]
    verdict = judge(goals(*told), facts(0.9, megabytes=1.0))
    assert verdict.outcome == "undecided"
    assert verdict.text == (
        "late@2 has not passed, and not failed: 2 of 3 goals met on 2,000 rows of `test`, and "
        "nothing is live"
    )

    assert judge(goals(*told), facts(0.9, megabytes=3.0)).outcome == "failed"
    assert judge(goals(*told[::2]), facts(0.9, megabytes=1.0)).outcome == "passed"


def test_the_same_facts_give_the_same_verdict():
    told = goals({"measure": "accuracy", "at_least": 0.8, "by": "carrier"})

    first, second = judge(told, facts()), judge(told, facts())

    assert first.digest == second.digest
    assert first.digest != judge(told, facts(0.91)).digest


def test_rows_that_belong_together_are_drawn_together():
    known = facts(0.9, n=2000)
    table = known.table.with_columns(pl.Series("patient", np.arange(2000) // 100))
    copies = Facts(model="m", rows="test", table=table, answered=known.answered)
    goal = {"measure": "accuracy", "at_least": 0.5}

    judged = outcome(goal, copies, together="patient")

    assert judged.outcome == "undecided"
    assert "20 rows, and fewer than 30" in judged.evidence
    assert outcome({**goal, "least_rows": 10}, copies, together="patient").outcome == "passed"


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        ({"measure": "accuracy", "at_least": 1, "slice": "colour = red"}, "no column `colour`"),
        ({"measure": "accuracy", "at_least": 1, "by": "colour"}, "no column `colour`"),
        ({"measure": "accuracy", "at_least": 1, "slice": "carrier >= 3"}, "asks for numbers"),
        ({"measure": "roc_auc", "at_least": 1}, "needs chances, and the model `candidate` tells"),
    ],
)
def test_a_goal_that_cannot_be_asked_of_the_rows_is_told(goal, said):
    with pytest.raises((DataError, UnknownNameError), match=said):
        outcome(goal, facts())


# Behaviour


ROWS = pl.DataFrame({"age": [20, 30, 40, 50], "sex": ["f", "m", "f", None]})


def of(**goal):
    return goals(goal).goals[0]


def by_age(rows):
    return rows["age"].to_numpy()[:, None] / 100


def by_sex(rows):
    return (rows["age"].to_numpy() / 100 + 0.2 * (rows["sex"] == "f").fill_null(False).to_numpy())[
        :, None
    ]


def test_an_answer_that_ignores_a_column_is_invariant():
    assert invariance(of(invariance="sex"), by_age, ROWS).n_broken == 0
    seen = invariance(of(invariance="sex"), by_sex, ROWS)

    assert (seen.n_broken, seen.most) == (4, pytest.approx(0.2))
    assert seen.evidence == (
        "4 of 4 rows break it; in row 0, `sex` from f to m moves the answer by 0.2"
    )
    assert invariance(of(invariance="sex", change=0.3), by_sex, ROWS).n_broken == 0


def test_an_answer_that_rises_never_falls():
    assert direction(of(direction="age"), by_age, ROWS).n_broken == 0
    seen = direction(of(direction="age", effect="lowers"), by_age, ROWS)

    assert seen.n_broken == 4
    assert "raises the answer by 0.1" in seen.evidence


def test_a_bump_in_the_middle_is_found():
    bump = direction(of(direction="age"), lambda rows: -abs(by_age(rows) - 0.4), ROWS)

    assert bump.n_broken == 4
    assert "`age` from 40 to 50 lowers the answer by 0.1" in bump.evidence


def test_cases_that_must_be_right_are_named_where_they_are_not():
    goal = of(minimum="cases", change=0.5)

    seen = minimum(goal, np.array([1.0, 2.4, 9.0]), np.array([1.0, 2.0, 3.0]))

    assert (seen.n_rows, seen.n_broken) == (3, 1)
    assert seen.evidence == "1 of 3 rows are answered wrongly: row 2"
    with pytest.raises(DataError, match="has no rows"):
        minimum(goal, np.array([]), np.array([]))


def test_what_cannot_be_changed_is_told():
    with pytest.raises(DataError, match="column `a` has one value in all rows"):
        invariance(of(invariance="a"), by_age, pl.DataFrame({"a": ["x", "x"]}))
    with pytest.raises(DataError, match="only numbers rise"):
        direction(of(direction="sex"), by_age, ROWS)
    with pytest.raises(UnknownNameError, match="no column `ages`"):
        direction(of(direction="ages"), by_age, ROWS)
