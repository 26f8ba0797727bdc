"""How good a model is, how it treats groups and how it ages, as the stage `evaluate` tells it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn import metrics
from sklearn.linear_model import LinearRegression, LogisticRegression

from tilth.errors import DataError, DefinitionError, UnknownNameError
from tilth.stages.evaluate import evaluate
from tilth.stages.evaluate.ageing import measure_ageing
from tilth.stages.evaluate.measuring import measure
from tilth.stages.evaluate.page.quality import ageing_parts, group_parts, quality_parts


def asked(**changes):
    names = ("rows", "train", "model", "positive", "loss", "attributes", "features", "probability")
    told = dict.fromkeys(names)
    return told | {"predictions": "said", "target": "ill", "prediction": "call"} | changes


@pytest.fixture(scope="module")
def said():
    rng = np.random.default_rng(0)
    chance = rng.beta(1, 2, 500)
    ill = rng.random(500) < chance
    return pl.DataFrame(
        {
            "ill": ill,
            "call": chance > 0.5,
            "chance": chance,
            "sex": rng.choice(["f", "m"], 500),
        }
    )


@pytest.fixture(scope="module")
def told(said):
    return measure(said, asked(probability="chance", positive=True), groups=["sex"])


def test_measures_are_those_of_scikit_learn_and_lie_in_their_intervals(said, told):
    ill, call, chance = (said[each].to_numpy() for each in ("ill", "call", "chance"))
    theirs = {
        "accuracy": metrics.accuracy_score(ill, call),
        "balanced_accuracy": metrics.balanced_accuracy_score(ill, call),
        "f1": metrics.f1_score(ill, call),
        "precision": metrics.precision_score(ill, call),
        "recall": metrics.recall_score(ill, call),
        "roc_auc": metrics.roc_auc_score(ill, chance),
        "log_loss": metrics.log_loss(ill, chance),
        "brier": metrics.brier_score_loss(ill, chance),
        "average_precision": metrics.average_precision_score(ill, chance),
    }
    record, quality = told
    assert {name: each["value"] for name, each in record.items()} == pytest.approx(theirs)
    for each in quality["measures"].values():
        assert each["low"] < each["value"] < each["high"]


def test_what_is_behind_the_measures_is_told_with_them(said, told):
    quality = told[1]

    assert quality["confusion"] == metrics.confusion_matrix(said["ill"], said["call"]).tolist()
    assert (quality["classes"], quality["positive"]) == (["False", "True"], "True")
    assert sum(each["rows"] for each in quality["calibration"]) == 500
    assert quality["threshold"]["by_theory"] == 0.5
    assert {each["level"] for each in quality["groups"][0]["levels"]} == {"f", "m"}


def test_costs_move_the_threshold(said, told):
    dear = measure(said, asked(probability="chance", positive=True), costs={"false_negative": 9})

    assert dear[1]["threshold"]["threshold"] < told[1]["threshold"]["threshold"]
    assert dear[1]["costs"] == {"false_positive": 1.0, "false_negative": 9}


def test_without_chances_there_is_no_threshold(said):
    record, quality = measure(said, asked())

    assert "roc_auc" not in record
    assert "threshold" not in quality


def test_of_several_classes_the_model_may_be_as_sure_as_it_is_right():
    rng = np.random.default_rng(0)
    truth = rng.choice(["a", "b", "c"], 400)
    chances = rng.dirichlet([1, 1, 1], 400)
    table = {"ill": truth, "call": np.array(["a", "b", "c"])[chances.argmax(1)]}
    table |= {f"p_{name}": chances[:, i] for i, name in enumerate("abc")}
    record, quality = measure(pl.DataFrame(table), asked(probability="p_{}"))

    assert {"accuracy", "balanced_accuracy", "f1", "roc_auc"} <= set(record)
    assert quality["positive"] is None
    assert "threshold" not in quality
    assert quality["calibration"]


def test_a_quantity_has_residuals():
    rng = np.random.default_rng(0)
    truth = rng.normal(10, 3, 300)
    table = pl.DataFrame({"ill": truth, "call": truth + rng.normal(0.5, 1, 300)})
    record, quality = measure(table, asked())

    assert record["mae"]["value"] == pytest.approx(
        metrics.mean_absolute_error(table["ill"], table["call"])
    )
    assert quality["residuals"]["bias"]["high"] < 0
    assert "residual" in "".join(quality_parts(quality))


def test_the_page_shows_measures_pictures_thresholds_and_groups(told):
    html = "".join([*quality_parts(told[1]), *group_parts(told[1]["groups"])])

    assert html.count("<svg") == 3
    assert "mistakes cost least" in html
    assert "called positive" in html


def test_names_from_data_are_text_on_the_page():
    table = pl.DataFrame({"ill": ["<b>", "x"] * 40, "call": ["<b>", "x"] * 40, "<i>": ["<u>"] * 80})
    quality = measure(table, asked(), groups=["<i>"])[1]
    html = "".join([*quality_parts(quality), *group_parts(quality["groups"])])

    assert "&lt;b&gt;" in html
    assert not any(each in html for each in ("<b>x", "<i>", "<u>"))


@pytest.mark.parametrize(
    ("more", "error", "said_of_it"),
    [
        ({"measures": ["acuracy"]}, UnknownNameError, "acuracy"),
        ({"measures": ["mae"]}, DataError, "mae"),
        ({"measures": ["roc_auc"]}, DataError, "roc_auc"),
        ({"costs": {"false_alarm": 1}}, UnknownNameError, "false_alarm"),
        ({"costs": {"false_negative": 0}}, DefinitionError, "above 0"),
        ({"groups": ["sx"]}, UnknownNameError, "sx"),
    ],
)
def test_what_cannot_be_measured_is_told(said, more, error, said_of_it):
    with pytest.raises(error) as caught:
        measure(said, asked(), **more)
    assert said_of_it in f"{caught.value} {caught.value.hint}"


# Ageing


def visits(n=3000, moving=True, seed=0):
    rng = np.random.default_rng(seed)
    day = np.sort(rng.integers(0, 720, n))
    age, dose = rng.normal(size=(2, n))
    weight = np.where(moving, np.cos(day / 720 * np.pi), 1.0)
    ill = weight * age + 0.3 * dose + rng.normal(0, 0.3, n) > 0
    dates = pl.Series("day", day).cast(pl.Int32) + 19_000
    return pl.DataFrame({"day": dates.cast(pl.Date), "age": age, "dose": dose, "ill": ill})


def aged(table, **more):
    told = asked(train="visits", features=["age", "dose"])
    return measure_ageing(table, told, time="day", model=LogisticRegression(), **more)


def test_where_the_truth_turns_round_a_model_has_to_be_trained_anew_soon():
    found = aged(visits())

    assert found["is_bounded"]
    assert found["retrain_after"] <= 3
    assert "months" in found["retrain_after_words"]
    assert (found["from"], found["to"]) == ("2022-01-08", "2023-12-28")
    assert "Train anew at least every" in "".join(ageing_parts(found))


@pytest.mark.parametrize("model", [LinearRegression(), None])
def test_a_model_of_a_quantity_ages_as_well(model):
    table = visits().with_columns(
        bill=pl.col("age") * (pl.col("day").to_physical() - 19_000) / 360 + 0.1 * pl.col("dose")
    )
    told = asked(train="visits", target="bill", features=["age", "dose"], probability=None)

    found = measure_ageing(table, told, time="day", model=model)

    assert found["metric"] == "absolute error"
    assert found["is_bounded"]


def test_where_nothing_changes_it_need_not_be():
    found = aged(visits(moving=False))

    assert not found["is_bounded"]
    assert "as good after" in "".join(ageing_parts(found))


def test_evaluated_rows_are_later_stretches_of_time():
    table = visits()
    alone, both = aged(table[:2000]), aged(table[:2000], rows=table[2000:])

    assert both["to"] > alone["to"]
    assert both["rows"] == 3000


def test_dates_as_texts_and_numbers_order_rows_as_well():
    table = visits(moving=False)
    texts = aged(table.with_columns(pl.col("day").cast(pl.String)))
    numbers = aged(table.with_columns(pl.col("day").to_physical()))

    assert texts["window"] == aged(table)["window"]
    assert "of the time column" in numbers["window"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (pl.col("day").cast(pl.String).str.replace_all(r"\d", "x"), "no moment"),
        (pl.lit(3).alias("day"), "one moment"),
    ],
)
def test_where_ageing_cannot_be_told_the_run_goes_on(change, why):
    found = aged(visits().with_columns(change))

    assert why in found["left_out"]
    assert why in "".join(ageing_parts(found))


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(UnknownNameError, match="dat"):
        measure_ageing(visits(), asked(train="visits"), time="dat")


def test_ageing_without_rows_to_train_on_is_refused_at_once():
    with pytest.raises(DefinitionError, match="ages"):
        evaluate("said", "ill", prediction="call", time="day")
