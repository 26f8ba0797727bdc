"""A slice is bad for a reason, and the reason says what would help."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tilth.errors import UnknownNameError
from tilth.quality.slices import Action, Cause, Known, Slice, diagnose
from tilth.record import changed

NIGHT = Slice.parse("time = night")
FRAME = pl.DataFrame({"time": ["night"] * 100 + ["day"] * 300})
IN = np.arange(400) < 100
ERROR = np.where(IN, np.arange(400) % 5 < 2, np.arange(400) % 10 == 0).astype(float)
"""40 of 100 errors at night, 30 of 300 by day."""


def only(known, error=ERROR):
    (found,) = diagnose(NIGHT, FRAME, error, known)
    return found


def test_where_nothing_is_known_nothing_is_said():
    assert diagnose(NIGHT, FRAME, ERROR, Known()) == []


def test_a_slice_without_errors_needs_no_reason():
    assert diagnose(NIGHT, FRAME, np.zeros(400), Known(panel=np.ones(400))) == []


def test_labels_that_look_wrong_are_to_be_fixed():
    suspicion = np.where(IN & (ERROR == 1), 0.75, 0.0)

    found = only(Known(suspicion=suspicion))

    assert (found.cause, found.action) == (Cause.NOISY_LABELS, Action.FIX_LABELS)
    assert found.share == pytest.approx(0.75)
    assert found.numbers["wrong labels expected"] == pytest.approx(30)
    assert found.numbers["share in all rows"] == pytest.approx(30 / 70)
    assert found.text == "75% of its error is on labels that look wrong (in all rows 43%)"


def test_a_swap_that_most_wrong_labels_share_is_a_matter_of_the_instruction():
    suspicion = np.where(IN & (ERROR == 1), 0.5, 0.0)
    given = np.where(IN & (ERROR == 1), "dusk", "dark")
    one_way = np.full(400, "dark")
    many_ways = np.array([f"class {i % 7}" for i in range(400)])

    found = only(Known(suspicion=suspicion, given=given, suggested=one_way))
    other = only(Known(suspicion=suspicion, given=given, suggested=many_ways))

    assert found.action == Action.REVISE_INSTRUCTION
    assert found.numbers["share of one swap"] == 1
    assert found.text.endswith("most of them `dusk` that should be `dark`")
    assert other.action == Action.FIX_LABELS


def test_a_handful_of_swaps_is_no_pattern():
    suspicion = np.where(IN & (np.arange(400) < 6), 0.5, 0.0)
    labels = {"given": np.full(400, "a"), "suggested": np.full(400, "b")}

    assert only(Known(suspicion=suspicion, **labels)).action == Action.FIX_LABELS


def test_what_other_models_get_wrong_too_is_hard_and_left():
    panel = np.where(IN, 0.8, 0.1)

    found = only(Known(panel=panel))

    assert (found.cause, found.action) == (Cause.HARD, Action.LEAVE)
    assert found.share == pytest.approx(0.8)


def test_errors_on_new_rows_alone_are_for_want_of_rows():
    train = FRAME
    fitted = np.where(np.arange(400) < 10, 1.0, 0.0)  # 10 % of the night

    first, second = diagnose(NIGHT, FRAME, ERROR, Known(train=train, train_error=fitted))

    assert (first.cause, first.action) == (Cause.FEW_ROWS, Action.COLLECT)
    assert first.share == pytest.approx(1 - 0.1 / 0.4)
    assert first.numbers == {"training rows": 100, "error": 0.4, "error in training": 0.1}
    assert (second.cause, second.action) == (Cause.NOT_TOLD_APART, Action.ADD_FEATURE)
    assert second.share == pytest.approx(0.25)


def test_errors_that_are_there_in_training_want_a_feature_unless_explained_else():
    known = {"train": FRAME, "train_error": ERROR}

    alone = diagnose(NIGHT, FRAME, ERROR, Known(**known))
    hard = diagnose(NIGHT, FRAME, ERROR, Known(**known, panel=np.full(400, 0.9)))

    assert [(each.cause, round(each.share, 3)) for each in alone] == [(Cause.NOT_TOLD_APART, 1.0)]
    assert [(each.cause, round(each.share, 3)) for each in hard] == [
        (Cause.HARD, 0.9),
        (Cause.NOT_TOLD_APART, 0.1),
    ]


def test_of_few_training_rows_even_the_base_rate_is_uncertain():
    few = pl.DataFrame({"time": ["night"] * 6 + ["day"] * 18})

    found = only(Known(train=few))

    assert found.cause == Cause.FEW_ROWS
    assert found.share == pytest.approx(np.sqrt(0.4 * 0.6 / 6) / 0.4)
    assert found.numbers["training rows"] == 6


def test_a_slice_that_training_has_not_seen_has_no_rows_at_all():
    unseen = pl.DataFrame({"time": ["day"] * 50})

    few, drifted = diagnose(NIGHT, FRAME, ERROR, Known(train=unseen, train_error=np.zeros(50)))

    assert (few.share, drifted.share) == (1, 1)
    assert {few.cause, drifted.cause} == {Cause.FEW_ROWS, Cause.DRIFTED}


def test_a_slice_that_is_rarer_in_training_than_in_use_has_drifted():
    train = pl.DataFrame({"time": ["night"] * 400 + ["day"] * 9600})
    production = pl.DataFrame({"time": ["night"] * 360 + ["day"] * 640})

    evaluated = {each.cause: each for each in diagnose(NIGHT, FRAME, ERROR, Known(train=train))}
    live = {
        each.cause: each
        for each in diagnose(NIGHT, FRAME, ERROR, Known(train=train, production=production))
    }

    assert evaluated[Cause.DRIFTED].share == pytest.approx(1 - np.sqrt(0.04 / 0.25))
    assert live[Cause.DRIFTED].share == pytest.approx(1 - np.sqrt(0.04 / 0.36))
    assert live[Cause.DRIFTED].numbers["share in production rows"] == pytest.approx(0.36)
    assert live[Cause.DRIFTED].action == Action.COLLECT


def test_a_share_that_differs_by_chance_has_not_drifted():
    train = pl.DataFrame({"time": ["night"] * 24 + ["day"] * 76})

    assert Cause.DRIFTED not in {
        each.cause for each in diagnose(NIGHT, FRAME, ERROR, Known(train=train))
    }


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"suspicion": np.full(400, 1.5)}, "`suspicion` must lie between 0 and 1"),
        ({"panel": np.full(400, -0.1)}, "`panel` must be finite and at least 0"),
        ({"panel": np.zeros(3)}, r"`panel` has shape \(3,\)"),
        (
            {"suspicion": np.ones(400), "given": ["a"], "suggested": ["b"]},
            "`given` and `suggested` have shapes",
        ),
        ({"train": FRAME, "train_error": [0.0]}, "`error` has shape"),
    ],
)
def test_facts_that_do_not_fit_are_refused(known, message):
    with pytest.raises(ValueError, match=message):
        diagnose(NIGHT, FRAME, ERROR, Known(**known))


def test_training_rows_without_the_slices_column_are_refused():
    with pytest.raises(UnknownNameError):
        diagnose(NIGHT, FRAME, ERROR, Known(train=pl.DataFrame({"hour": [1]})))


def test_what_more_rows_would_mend_is_few_rows_and_not_hard():
    panel = np.where(ERROR == 1, 0.8, 0.0)
    known = Known(panel=panel, train=FRAME, train_error=np.zeros(400))

    found = {each.cause: each.share for each in diagnose(NIGHT, FRAME, ERROR, known)}
    by_curve = {
        each.cause: each.share
        for each in diagnose(NIGHT, FRAME, ERROR, changed(known, learnable=0.75))
    }

    assert found[Cause.FEW_ROWS] == 1  # a model that knows its rows by heart
    assert by_curve[Cause.FEW_ROWS] == 0.75
    assert by_curve[Cause.HARD] == pytest.approx(0.25 * found[Cause.HARD])


def test_a_share_that_is_none_is_refused():
    with pytest.raises(ValueError, match="`learnable` must lie between 0 and 1"):
        Known(learnable=1.5)


def test_labels_that_nobody_suspects_have_no_swap():
    given, suggested = np.full(400, "a"), np.full(400, "b")
    known = Known(suspicion=np.zeros(400), given=given, suggested=suggested)

    assert diagnose(NIGHT, FRAME, ERROR, known) == []
