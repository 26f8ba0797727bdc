"""What is learned from: bad rows are refused with a reason, folds part what must be parted."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from sklearn.preprocessing import StandardScaler

from tilth.errors import DataError, UnknownNameError
from tilth.quality.preparation import PreparationPlan, decided, preparation_of
from tilth.stages.train.lesson import lesson_of


def table(n=60, **columns):
    rng = np.random.default_rng(0)
    found = {"a": rng.normal(size=n), "b": rng.normal(size=n)}
    return pl.DataFrame({**found, "y": ["no", "yes"] * (n // 2), **columns})


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        ([0, 1], "classification", (0, 1)),
        ([0.0, 1.0], "classification", (0, 1)),
        ([True, False], "classification", (False, True)),
        (["b", "a"], "classification", ("a", "b")),
        ([0.5, 1.0], "regression", ()),
        (list(range(40)), "regression", ()),
    ],
)
def test_the_task_is_found_out(ask, values, task, classes):
    n = 120
    lesson = lesson_of(table(n, y=(values * n)[:n]), ask())

    assert (lesson.task, lesson.classes) == (task, classes)


def test_whole_numbers_can_be_told_to_be_a_quantity(ask):
    lesson = lesson_of(table(y=[1, 2, 3] * 20), ask(task="regression"))

    assert lesson.answers.dtype == np.float64
    assert lesson.classes == ()


def test_features_are_all_but_what_has_another_role(ask):
    rows = table(patient=list(range(30)) * 2, w=[1.0] * 60)

    assert lesson_of(rows, ask(group="patient", weights="w")).table.columns == ["a", "b"]
    assert lesson_of(rows, ask(features=["patient", "a"])).table.columns == ["patient", "a"]


@pytest.mark.parametrize(
    ("rows", "changes", "said"),
    [
        (table().head(0), {}, "there are no rows"),
        (table(y=["yes"] * 60), {}, "column `y` is 'yes' in all 60 rows"),
        (table(y=[2.5] * 60), {}, r"column `y` is 2.5 in all 60 rows"),
        (table(y=[None, *["a", "b"] * 29, "a"]), {}, "column `y` has no value in 1 of 60 rows"),
        (table(y=[float("nan"), *range(59)]), {}, "column `y` has no value in 1 of 60 rows"),
        (table(y=[float("inf"), *range(59)]), {}, "column `y` has values that are infinite"),
        (table(n=200, y=[f"id {i}" for i in range(200)]), {}, "200 different values in 200 rows"),
        (table(y=["a", "b"] * 30), {"task": "regression"}, "column `y` must be numbers"),
        (table(y=[date(2024, 1, 1), date(2024, 1, 2)] * 30), {}, "column `y` holds dates"),
        (table(n=20_000, y=[f"{i % 5000}" for i in range(20_000)]), {}, "5,000 different values"),
        (table(w=[-1.0] * 60), {"weights": "w"}, "column `w` has a weight of -1"),
        (table(w=["x"] * 60), {"weights": "w"}, "column `w` must be numbers, and is String"),
        (table(g=[None, *range(59)]), {"group": "g"}, "column `g` has no value in 1 of 60"),
        (table(y=[0.5, 1.5] * 30), {"balanced": True}, "only classes can be balanced"),
        (table(), {"features": ["a", "y"]}, "`y` is the target, and among the `features`"),
        (table().select("y"), {}, "there is no column beside `y`"),
    ],
)
def test_what_nothing_can_be_learned_from_is_refused(ask, rows, changes, said):
    with pytest.raises(DataError, match=f"dataset `rows`: .*{said}"):
        lesson_of(rows, ask(**changes))


def test_infinities_are_refused_where_the_preparation_is_not_known_to_take_them(ask):
    rows = table(a=[float("inf"), *range(59)])

    with pytest.raises(DataError, match="column `a` is infinite in 1 of 60 rows"):
        lesson_of(rows, ask(), StandardScaler())
    assert len(lesson_of(rows, ask())) == 60
    assert len(lesson_of(rows, ask(), preparation_of(decided(rows, "y")))) == 60


def test_a_preparation_of_ours_says_which_columns_it_reads(ask):
    rows = table(day=[i % 7 + i // 7 for i in range(60)], spare=[1.0, 2.0] * 30)
    preparation = preparation_of(decided(rows, "y", plan=PreparationPlan.of(drop="spare")))

    lesson = lesson_of(rows, ask(time="day"), preparation)

    assert lesson.table.columns == ["a", "b", "day"]


def test_weights_are_no_feature_of_a_preparation(ask):
    rows = table(w=[0.5, 1.0] * 30)

    with pytest.raises(DataError, match="`w` says how much each row counts, and the prep") as told:
        lesson_of(rows, ask(weights="w"), preparation_of(decided(rows, "y")))
    assert "`drop: [w]`" in told.value.hint


def test_a_column_that_is_not_there_is_told_with_the_nearest(ask):
    with pytest.raises(UnknownNameError, match="there is no column `patiend`") as raised:
        lesson_of(table(patient=[1] * 60), ask(group="patiend"))

    assert raised.value.hint == "did you mean `patient`?"


def test_another_positive_class_than_there_is_is_refused(ask):
    with pytest.raises(UnknownNameError, match="there is no class `yess`"):
        lesson_of(table(), ask(positive="yess"))


@pytest.mark.parametrize(
    ("values", "positive"),
    [
        (["sick"] * 10 + ["well"] * 50, "sick"),
        (["sick"] * 50 + ["well"] * 10, "well"),
        ([True] * 50 + [False] * 10, True),
        ([1] * 50 + [0] * 10, 1),
        (["a", "b", "c"] * 20, None),
    ],
)
def test_the_rarer_of_two_classes_is_looked_for(ask, values, positive):
    assert lesson_of(table(y=values), ask()).positive == positive


def test_balanced_classes_weigh_the_same(ask):
    lesson = lesson_of(table(y=["rare"] * 6 + ["often"] * 54), ask(balanced=True))
    rare = lesson.answers == "rare"

    assert lesson.weights[rare].sum() == pytest.approx(lesson.weights[~rare].sum())
    assert lesson.weights.sum() == pytest.approx(60)


# Folds


def sides(lesson, n_folds=5, seed=0):
    return lesson.splits(n_folds, seed)


def test_each_row_is_scored_once_and_shares_of_classes_are_alike(ask):
    lesson = lesson_of(table(y=["rare"] * 12 + ["often"] * 48), ask())
    found = sides(lesson, 4)

    assert sorted(np.concatenate([scored for _, scored in found])) == list(range(60))
    assert [(lesson.answers[scored] == "rare").sum() for _, scored in found] == [3] * 4
    assert all(not set(trained) & set(scored) for trained, scored in found)


def test_another_seed_makes_other_folds(ask):
    lesson = lesson_of(table(), ask())

    assert sides(lesson, seed=0)[0][1].tolist() != sides(lesson, seed=1)[0][1].tolist()


def test_a_group_is_never_on_both_sides(ask):
    lesson = lesson_of(table(patient=[i // 4 for i in range(60)]), ask(group="patient"))

    for trained, scored in sides(lesson):
        assert not set(lesson.groups[trained]) & set(lesson.groups[scored])


def test_with_a_time_what_is_scored_comes_later(ask):
    day = np.random.default_rng(1).permutation(np.repeat(np.arange(20), 3))
    lesson = lesson_of(table(day=day), ask(time="day"))
    found = sides(lesson, 4)

    for trained, scored in found:
        assert lesson.times[trained].max() < lesson.times[scored].min()
    assert [len(trained) for trained, _ in found] == [12, 24, 36, 48]
    assert "day" not in lesson.table.columns


def test_moments_with_many_rows_stay_whole(ask):
    lesson = lesson_of(table(day=[1] * 40 + [2] * 5 + [3] * 5 + [4] * 10), ask(time="day"))

    assert [(len(t), len(s)) for t, s in sides(lesson, 3)] == [(40, 5), (45, 5), (50, 10)]


@pytest.mark.parametrize(
    ("changes", "n", "said"),
    [
        ({}, 70, "60 rows cannot be spread over 70 folds"),
        ({"group": "g"}, 5, "3 groups cannot be spread over 5 folds"),
        ({"time": "g"}, 3, "3 moments cannot be parted into 3 folds"),
    ],
)
def test_too_few_rows_groups_or_moments_are_refused(ask, changes, n, said):
    lesson = lesson_of(table(g=[1, 2, 3] * 20), ask(**changes))

    with pytest.raises(DataError, match=said) as raised:
        sides(lesson, n)

    assert "fewer `folds`" in raised.value.hint
