"""What a column holds is found out, and what becomes of it follows, with the reason."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl
import pytest

from tilth.errors import DataError, DefinitionError, UnknownNameError
from tilth.quality.preparation import TREATMENTS, PreparationPlan, decided

N = 60


def treatment(values, name="x", plan=None, **more):
    """Of a column beside another that is of use."""
    frame = pl.DataFrame({"other": np.arange(N) % 7 * 1.5, name: values})
    found = {each.column: each for each in decided(frame, plan=plan, **more)}
    return found[name]


def numbers(step=0.5):
    return [i * step for i in range(N)]


def test_each_kind_of_column_gets_its_treatment(rows):
    found = {each.column: (each.kind, each.treatment) for each in decided(rows, "back")}

    assert found == {
        "trip": ("identifier", "drop"),
        "distance": ("number", "number"),
        "delay": ("number", "number"),
        "ratio": ("number", "number"),
        "paid": ("truth", "truth"),
        "town": ("category", "levels"),
        "street": ("category", "target_mean"),
        "start": ("date", "date"),
        "day": ("date", "date"),
        "note": ("text", "words"),
        "price": ("number", "number"),
        "country": ("constant", "drop"),
        "nothing": ("empty", "drop"),
        "stops": ("other", "drop"),
        "back": ("target", "drop"),
    }


@pytest.mark.parametrize(
    ("values", "kind", "why"),
    [
        ([None, *numbers()[1:]], "number", "numbers, 1 of 60 missing"),
        ([float("nan"), *numbers()[1:]], "number", "numbers, 1 of 60 missing"),
        (
            [float("-inf"), None, *numbers()[2:]],
            "number",
            "numbers, 1 of 60 missing, 1 of 60 infinite and taken as missing",
        ),
        (
            ["oops", *map(str, numbers()[1:])],
            "number",
            "numbers that are written as texts, 1 unreadable and taken as missing",
        ),
        ([timedelta(hours=i) for i in range(N)], "number", "numbers"),
        (list(range(N)), "identifier", "each row has a number of its own"),
        ([str(i) for i in range(N)], "identifier", "each row has a number of its own"),
        ([i * i for i in range(N)], "number", "numbers"),
        ([f"{i:05d}" for i in range(N)], "identifier", "each row has a text of its own"),
        ([f"0{i % 9}" for i in range(N)], "category", "9 levels"),
        ([f"k{i}" for i in range(N)], "identifier", "each row has a text of its own"),
        (["yes", None] * 30, "category", "1 level, 30 of 60 missing"),
        (["", " "] * 30, "empty", "no row has a value"),
        ([float("nan"), float("inf")] * 30, "empty", "no row has a value"),
        ([7] * N, "constant", "every row has the value `7`"),
        ([date(2024, 1, 1 + i % 28) for i in range(N)], "date", "dates"),
        ([time(i % 24) for i in range(N)], "date", "times of day"),
        ([f"{1 + i % 28}.3.2024" for i in range(N)], "date", "dates that are written as texts"),
        ([{"a": i} for i in range(N)], "other", r"values of type Struct.* are no features"),
        ([b"a", b"b"] * 30, "other", "values of type Binary are no features"),
    ],
)
def test_what_a_column_holds_is_found_out(values, kind, why):
    found = treatment(pl.Series("x", values, strict=False))

    assert found.kind == kind
    assert pl.Series([found.why]).str.contains(f"^{why}")[0], found.why


@pytest.mark.parametrize("name", ["customer_id", "storeId", "zip", "postcode"])
def test_numbers_that_name_things_are_levels(name):
    values = [each * 7 for each in range(12)] * 5

    assert treatment(values, name=name).treatment == "levels"
    assert treatment([None, *map(float, values[1:])], name=name).treatment == "levels"
    assert treatment([each + 0.5 for each in values], name=name).treatment == "number"
    assert treatment(values, name="number_of_rooms").treatment == "number"


@pytest.mark.parametrize(
    ("target", "treatment"),
    [
        (["a", "b"] * 150, "target_mean"),
        (np.linspace(0, 1, 300), "target_mean"),
        ([f"class {i % 11}" for i in range(300)], "levels"),
    ],
)
def test_many_levels_are_told_by_the_target_where_that_can_be(target, treatment):
    frame = pl.DataFrame({"street": [f"s{i % 40}" for i in range(300)], "y": target})

    assert decided(frame, "y")[0].treatment == treatment
    assert decided(frame.head(49), "y")[0].treatment == "levels"
    assert decided(frame.select("street"))[0].treatment == "levels"


def test_a_date_gives_the_parts_that_differ():
    days = [date(2024, 5, 1) + timedelta(days=i % 20) for i in range(N)]
    hours = [datetime(2024, 5, 1, i % 24) for i in range(N)]

    assert treatment(days).parts == ("days", "weekday", "weekday_sin", "weekday_cos")
    assert treatment(hours).parts == ("hour", "hour_sin", "hour_cos")
    assert treatment([None, *days[1:]]).parts[-1] == "missing"


def test_the_time_that_rows_are_split_by_gives_no_days_and_no_years():
    days = [date(2020, 1, 1) + timedelta(days=40 * i) for i in range(N)]

    found = treatment(days, time="x")

    assert set(found.parts) == {
        "month", "month_sin", "month_cos", "weekday", "weekday_sin", "weekday_cos",
    }  # fmt: skip
    assert "rows are split by it" in found.why
    assert {"days", "year"} < set(treatment(days).parts)


def test_a_number_that_rows_are_split_by_is_left_out():
    found = treatment([2000 + i * i for i in range(N)], time="x")

    assert (found.kind, found.treatment) == ("number", "drop")
    assert "all later numbers lie beyond" in found.why


def test_words_are_those_that_tell_texts_apart():
    texts = [f"the parcel was {'red' if i % 3 else 'broken'} on arrival {i}" for i in range(N)]

    found = treatment(texts)

    assert found.treatment == "words"
    assert found.words == ("broken",)
    assert treatment(texts, plan=PreparationPlan(words=1)).words == ("broken",)


def test_texts_without_common_words_are_left_out():
    found = treatment([f"a{i} b{i} c{i} d{i}" for i in range(N)])

    assert (found.kind, found.treatment) == ("text", "drop")
    assert "no word occurs in three of them" in found.why


def test_a_person_s_word_goes_before_what_is_decided(rows):
    asked = {"trip": "number", "town": "target_mean", "street": "levels", "note": "drop",
             "day": "levels", "start": "date", "country": "levels"}  # fmt: skip
    plan = PreparationPlan.of(columns=asked, drop=["delay"])

    found = {each.column: each for each in decided(rows, "back", plan=plan)}

    assert {name: found[name].treatment for name in asked} == asked
    assert all(found[name].why == "the settings say so" for name in asked)
    assert (found["delay"].treatment, found["delay"].why) == ("drop", "the settings leave it out")


@pytest.mark.parametrize(
    ("column", "treatment", "said"),
    [
        ("town", "number", "it holds String, such as '"),
        ("note", "date", "it holds String, such as '"),
        ("distance", "date", "it holds Float64, such as "),
        ("stops", "levels", r"it holds List\(Int64\)"),
        ("country", "words", "its texts share no words"),
    ],
)
def test_what_cannot_be_done_is_refused(rows, column, treatment, said):
    plan = PreparationPlan.of(columns={column: treatment})

    with pytest.raises(DataError, match=f"`{column}` cannot be treated as `{treatment}`: {said}"):
        decided(rows, "back", plan=plan, where="dataset `trips`")


def test_means_of_the_target_need_one_with_few_classes(rows):
    plan = PreparationPlan.of(columns={"town": "target_mean"})
    many = rows.with_columns(back=pl.int_range(pl.len()).cast(pl.String))

    with pytest.raises(DataError, match="there is no target with at most 10 classes"):
        decided(many, "back", plan=plan)


def test_columns_that_are_not_there_are_told_with_the_nearest(rows):
    for plan in (PreparationPlan.of(columns={"twon": "levels"}), PreparationPlan.of(drop="twon")):
        with pytest.raises(UnknownNameError, match="there is no column `twon`") as raised:
            decided(rows, "back", plan=plan)
        assert raised.value.hint == "did you mean `town`?"


def test_the_target_is_no_feature(rows):
    with pytest.raises(DataError, match="`back` is the target"):
        decided(rows, "back", plan=PreparationPlan.of(columns={"back": "levels"}))


def test_a_table_without_any_use_is_refused_with_the_reasons(rows):
    with pytest.raises(DataError, match=r"no column is left to learn from .*`nothing`: no row has"):
        decided(rows.select("nothing", "country", "back"), "back")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"told": {"levels": 3}}, "there is no setting `levels`"),
        ({"told": {"max_levels": 0}}, "`max_levels` is 0, and should be a whole number above 0"),
        ({"told": {"rare": True}}, "`rare` is True, and should be a whole number above 0"),
        ({"told": {"scale": "no"}}, "`scale` is 'no', and should be true or false"),
        ({"told": {"new_columns": "keep"}}, "there is no value of `new_columns` `keep`"),
        ({"columns": {"town": "onehot"}}, "column `town`: there is no treatment `onehot`"),
        ({"columns": ["town"]}, "should say of columns how they are treated"),
        ({"drop": 3}, "`drop` is 3, and should be a column or a list of them"),
    ],
)
def test_settings_that_do_not_exist_are_refused(told, said):
    with pytest.raises(DefinitionError, match=said):
        PreparationPlan.of(told.pop("told", None), **told)


def test_a_plan_comes_back_from_plain_data():
    plan = PreparationPlan.of({"rare": 4, "scale": False}, columns={"a": "levels"}, drop="b")

    assert PreparationPlan(**plan.as_dict()).as_dict() == plan.as_dict()


def test_every_treatment_says_what_it_makes():
    assert all(len(text) > 10 for text in TREATMENTS.values())
