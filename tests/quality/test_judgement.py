"""How wrong a model was on each row, and clear words for what is no prediction."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, log_loss, mean_absolute_error, mean_squared_error

from tilth.errors import DataError, UnknownNameError
from tilth.quality.judgement import Columns, judged

RNG = np.random.default_rng(0)
BINARY = pl.DataFrame({"late": RNG.random(200) < 0.3, "chance": RNG.random(200), "day": 1})
THREE = ["cat", "dog", "eel"]
CHANCES = RNG.dirichlet([1, 1, 1], 150)
SEVERAL = pl.DataFrame({"kind": RNG.choice(THREE, 150), "said": RNG.choice(THREE, 150)}).hstack(
    pl.DataFrame(CHANCES, [f"p_{name}" for name in THREE])
)


def test_log_loss_of_two_classes_is_scikit_learns():
    found = judged(BINARY, Columns(target="late", probability="chance"))

    assert found.loss_name == "log loss"
    assert found.classes == (False, True)
    assert found.loss.mean() == pytest.approx(log_loss(BINARY["late"], BINARY["chance"]))
    assert (found.predicted == (BINARY["chance"].to_numpy() > 0.5)).all()


def test_the_probability_may_be_that_of_either_class():
    first = judged(BINARY, Columns(target="late", probability="chance", positive=False))
    other = BINARY.with_columns(chance=1 - pl.col("chance"))

    second = judged(other, Columns(target="late", probability="chance"))

    assert first.loss == pytest.approx(second.loss)


def test_log_loss_and_confusion_of_several_classes_are_scikit_learns():
    found = judged(SEVERAL, Columns(target="kind", prediction="said", probability="p_{}"))

    assert found.loss_name == "error"
    assert found.loss.mean() == (SEVERAL["kind"] != SEVERAL["said"]).mean()
    assert (found.confusion == confusion_matrix(SEVERAL["kind"], SEVERAL["said"])).all()
    by_log = judged(SEVERAL, Columns(target="kind", probability="p_{}"), loss="log loss")
    assert by_log.loss.mean() == pytest.approx(log_loss(SEVERAL["kind"], CHANCES, labels=THREE))


def test_losses_of_a_quantity_are_scikit_learns():
    table = pl.DataFrame({"y": RNG.normal(size=90), "said": RNG.normal(size=90)})
    columns = Columns(target="y", prediction="said")

    absolute, squared = judged(table, columns), judged(table, columns, loss="squared error")

    assert absolute.loss.mean() == pytest.approx(mean_absolute_error(table["y"], table["said"]))
    assert squared.loss.mean() == pytest.approx(mean_squared_error(table["y"], table["said"]))
    assert absolute.task == "quantity"


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["a", "b"] * 40, "classes"),
        ([True, False] * 40, "classes"),
        (list(range(4)) * 20, "classes"),
        ([0.0, 1.0] * 40, "classes"),
        (list(range(80)), "quantity"),
        ([0.5, 1.0] * 40, "quantity"),
    ],
)
def test_classes_and_quantities_are_told_by_their_values(values, task):
    table = pl.DataFrame({"y": values, "said": values})

    assert judged(table, Columns(target="y", prediction="said")).task == task


def test_whole_floats_and_integers_are_the_same_classes():
    table = pl.DataFrame({"y": [0, 1, 1, 0], "said": [0.0, 1.0, 0.0, 0.0]})

    found = judged(table, Columns(target="y", prediction="said"))

    assert found.loss.tolist() == [0, 0, 1, 0]


def test_what_describes_rows_is_all_that_has_no_other_part():
    columns = Columns(target="kind", prediction="said", probability="p_{}")

    assert columns.beside([*SEVERAL.columns, "town"]) == ["town"]


def test_other_rows_get_the_same_codes_and_new_classes_come_last():
    found = judged(SEVERAL, Columns(target="kind", prediction="said"))

    codes, classes = found.of_others(pl.Series("kind", ["ant", "eel", "cat"]), "here")

    assert classes == ("cat", "dog", "eel", "ant")
    assert codes.tolist() == [3, 2, 0]
    with pytest.raises(DataError, match="none of the classes that were judged"):
        found.of_others(pl.Series("kind", ["x"]), "here")


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=20), st.randoms())
def test_a_row_is_wrong_where_and_only_where_it_differs(truth, random):
    said = random.sample(truth, len(truth))
    table = pl.DataFrame({"y": truth, "said": said})
    if len(set(truth)) < 2:
        with pytest.raises(DataError):
            judged(table, Columns(target="y", prediction="said"))
        return

    found = judged(table, Columns(target="y", prediction="said"))

    assert found.wrong.tolist() == [float(a != b) for a, b in zip(truth, said, strict=True)]
    assert found.confusion.sum() == len(truth)


@pytest.mark.parametrize(
    ("table", "columns", "said"),
    [
        (BINARY, {}, "neither a column of predictions nor one of probabilities"),
        (BINARY.head(0), {"probability": "chance"}, "there are no rows"),
        (BINARY.filter("late"), {"probability": "chance"}, "`late` is True in all"),
        (
            BINARY.with_columns(chance=pl.lit(1.5)),
            {"probability": "chance"},
            "`chance` has 1.5 in row 0, and probabilities lie between 0 and 1",
        ),
        (
            BINARY.with_columns(chance=pl.lit(float("nan"))),
            {"probability": "chance"},
            "`chance` has no value in 200 of 200 rows",
        ),
        (BINARY.with_columns(chance=pl.lit("x")), {"probability": "chance"}, "must be numbers"),
        (BINARY.with_columns(said=pl.lit("x")), {"prediction": "said"}, "cannot be compared"),
    ],
)
def test_what_is_no_prediction_is_told(table, columns, said):
    if "said" in columns.values():
        table = table.with_columns(late=pl.col("late").cast(pl.Int8))
    with pytest.raises(DataError, match=said) as told:
        judged(table, Columns(target="late", **columns), where="here")

    assert str(told.value).startswith("here: ")


def test_probabilities_that_do_not_sum_to_one_are_told_by_their_row():
    table = SEVERAL.with_columns(p_cat=pl.col("p_cat") + 0.1)

    with pytest.raises(DataError, match=r"of row 0 sum to 1\.1, and in 150 of 150 rows not to one"):
        judged(table, Columns(target="kind", probability="p_{}"))


def test_each_class_needs_its_column():
    with pytest.raises(UnknownNameError, match="no column `p_eel`"):
        judged(SEVERAL.drop("p_eel"), Columns(target="kind", probability="p_{}"))
    with pytest.raises(DataError, match="has 3 classes, and `p_cat` is one column") as told:
        judged(SEVERAL, Columns(target="kind", probability="p_cat"))
    assert "p_{}" in told.value.hint


@pytest.mark.parametrize(
    ("y", "loss", "said"),
    [
        ([0.5] * 4, None, "is 0.5 in all 4 rows"),
        ([0.5, float("inf"), 1, 2], None, "infinite"),
        ([0.5, 1, 2, 3], "error", "is a quantity, which has no error"),
        (["a", "b", "a", "b"], "absolute error", "holds classes, which have no absolute error"),
        (["a", "b", "a", "b"], "log loss", "needs probabilities"),
        (["a", "b", "a", "b"], "hinge", "there is no loss `hinge`"),
    ],
)
def test_a_loss_or_a_target_that_makes_no_sense_is_told(y, loss, said):
    table = pl.DataFrame({"y": y, "said": y}, strict=False)

    with pytest.raises(DataError, match=said):
        judged(table, Columns(target="y", prediction="said"), loss=loss)


def test_a_pattern_that_fits_no_column_is_a_model_without_probabilities():
    columns = Columns(target="y", prediction="said", probability="p_{}")
    quantity = pl.DataFrame({"y": [0.5, 1.5, 2.0], "said": [0.5, 1.0, 2.0]})
    classes = pl.DataFrame({"y": ["a", "b", "a"], "said": ["a", "a", "a"]})

    assert judged(quantity, columns).task == "quantity"
    assert judged(classes, columns).probabilities is None
    with pytest.raises(UnknownNameError):
        judged(classes.with_columns(p_a=pl.lit(1.0)), columns)


@pytest.mark.parametrize(
    ("so", "said"),
    [
        ([True, False, True], ["yes", "no", "yes"]),
        (["yes", "no", "yes"], [True, False, True]),
        ([True, False, True], [1, 0, 1]),
        ([1, 0, 1], ["1", "0", "1"]),
    ],
)
def test_answers_of_another_kind_than_what_is_so_are_told(so, said):
    table = pl.DataFrame({"y": so, "said": said})

    with pytest.raises(DataError, match="cannot be compared") as told:
        judged(table, Columns(target="y", prediction="said"))
    assert told.value.hint


def test_dates_and_the_same_as_texts_are_alike():
    days = pl.Series("y", ["2024-01-01", "2024-01-02", "2024-01-01"])
    table = pl.DataFrame({"y": days.str.to_date(), "said": days})

    found = judged(table, Columns(target="y", prediction="said"))
    assert found.loss.tolist() == [0, 0, 0]
