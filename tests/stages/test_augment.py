"""Made rows are marked, kept out of tests, and worth what they gain on observed rows."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sklearn.linear_model import LogisticRegression

from tilth.errors import DataError, DefinitionError, UnknownNameError
from tilth.project import Project
from tilth.stages.augment import add_synthetic, augment, gain_of_rows
from tilth.stages.evaluate.slices import find_slices
from tilth.testing.stages import StageTests

TRAIN = pl.DataFrame({"x": [1.0, 2.0, 3.0], "town": ["Oslo", "Bonn", "Bonn"], "y": [0, 1, 1]})
MADE = pl.DataFrame({"y": [0, 0], "town": ["Oslo", "Oslo"], "x": [1.1, 1.2]})


def named(*apart):
    return {"train": "train", "rows": "made", "apart": list(apart)}


class TestAugment(StageTests):
    @pytest.fixture
    def stage(self):
        return "augment"

    @pytest.fixture
    def settings(self):
        return {"train": "train", "rows": "made", "keep_out": "test", "where": "town = 'Oslo'"}

    @pytest.fixture
    def files(self):
        tables = {"train": TRAIN, "made": MADE, "test": TRAIN.with_columns(pl.col("x") + 9)}
        catalog = "".join(
            f"{name}: {{format: csv, location: data/{name}.csv}}\n" for name in tables
        )
        return {"catalog.yml": catalog} | {
            f"data/{name}.csv": table.write_csv() for name, table in tables.items()
        }

    def test_the_rows_are_there_and_marked_and_counted(self, folder):
        with Project(folder) as project:
            project.run().checked()
            rows = project.load("train_augmented")
            told = project.load("train_provenance")

            (on_record,) = project.history.metrics(1).values()

        assert {each.name: each.value for each in on_record}["synthetic"] == 2.0
        assert rows["synthetic"].to_list() == [False] * 3 + [True] * 2
        assert rows["made_by"].to_list() == [None] * 3 + ["made"] * 2
        assert (told["rows"], told["observed"], told["synthetic"]) == (5, 3, 2)


def test_all_observed_rows_come_first_as_they_were():
    rows, _ = add_synthetic(TRAIN, MADE, named())

    assert_frame_equal(rows.head(3).drop("synthetic", "made_by"), TRAIN)
    assert_frame_equal(rows.tail(2).select("y", "town", "x"), MADE)


def test_a_second_augmentation_keeps_the_marks_of_the_first():
    once, _ = add_synthetic(TRAIN, MADE, named())
    twice, told = add_synthetic(once, MADE, {**named(), "rows": "others"})

    assert twice["made_by"].to_list() == [None] * 3 + ["made"] * 2 + ["others"] * 2
    assert (told["observed"], told["synthetic"]) == (3, 4)


@pytest.mark.parametrize(
    ("made", "where", "said"),
    [
        (MADE.drop("y"), None, "its columns differ from those of dataset `train`: y"),
        (MADE.with_columns(town=pl.lit("Bonn")), "town = 'Oslo'", "2 of 2 rows are not of the"),
        (MADE.with_columns(x=pl.lit(None, pl.Float64)), "x > 0", "2 of 2 rows are not of the"),
    ],
)
def test_rows_that_do_not_fit_are_refused(made, where, said):
    with pytest.raises(DataError, match=said):
        add_synthetic(TRAIN, made, named(), where)


def test_rows_that_are_kept_out_are_refused_wherever_they_are():
    apart = MADE.head(1).select("x", "town", "y")
    with pytest.raises(DataError, match=r"dataset `made`: 1 of 2 rows are those of `test`"):
        add_synthetic(TRAIN, MADE, named("test"), first=apart)
    with pytest.raises(DataError, match=r"dataset `train`: 3 of 3 rows are those of `test`"):
        add_synthetic(TRAIN, MADE, named("test"), first=TRAIN)


def test_a_condition_on_a_column_that_is_not_there_is_told():
    with pytest.raises(UnknownNameError, match="twon"):
        add_synthetic(TRAIN, MADE, named(), "twon = 'Oslo'")


def test_what_made_rows_gain_is_told_overall_and_within_the_slice(make_world):
    train = make_world(900, seed=1, own_rule=True, north=0.01)
    made = make_world(1500, seed=2, own_rule=True, north=1.0)
    test = make_world(1200, seed=3, own_rule=True, north=0.3)

    def rule(table):
        north = pl.col("region") == "north"
        parts = [pl.when(north).then(pl.col(each)).otherwise(0).alias(f"n{each}") for each in "abc"]
        return table.with_columns(*parts)

    rows, _ = add_synthetic(rule(train), rule(made), named())
    features = ["a", "b", "c", "na", "nb", "nc"]
    found = gain_of_rows(
        rows, LogisticRegression(), rule(test), "y", where="region = 'north'", features=features
    )

    plain = LogisticRegression().fit(rule(train).select(features), train["y"].to_numpy())
    assert found["without"] == pytest.approx(
        (plain.predict(rule(test).select(features)) == test["y"].to_numpy()).mean()
    )
    assert found["gain"]["low"] > 0
    assert found["slice"]["gain"]["value"] > found["gain"]["value"] > 0
    assert found["slice"]["rows"] == (test["region"] == "north").sum()


def test_nobody_evaluates_on_made_rows():
    rows, _ = add_synthetic(TRAIN, MADE, named())
    asked = dict.fromkeys(
        ("rows", "probability", "positive", "loss", "attributes", "features", "model", "train")
    ) | {"predictions": "scored", "target": "y", "prediction": "y"}

    with pytest.raises(DataError, match="2 of 5 rows are synthetic") as told:
        find_slices(rows, asked)
    assert "filter out" in told.value.hint
    with pytest.raises(DataError, match="cannot be scored on"):
        gain_of_rows(rows, LogisticRegression(), rows, "y")


def test_settings_that_say_half_are_refused():
    with pytest.raises(DefinitionError, match="`model`, `test` and `target`"):
        augment("train", "made", model="m")
    with pytest.raises(DefinitionError, match="datasets out at most"):
        augment("train", "made", keep_out=list("abcde"))
