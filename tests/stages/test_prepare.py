"""From a table to sides that share nothing, and columns that a model takes."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.errors import DataError, DefinitionError, UnknownNameError
from tilth.project import Project
from tilth.stages.prepare import prepare
from tilth.stages.prepare.nodes import find_leaks, prepare_columns, split_table
from tilth.testing.stages import StageTests

CATALOG = "bills: {format: csv, location: data/bills.csv}\n"


def bills(n=400, seed=0):
    rng = np.random.default_rng(seed)
    amount = rng.gamma(4, 50, n).round(1)
    town = rng.choice(["Oslo", "Bonn", "Ulm"], n)
    sent = [date(2024, 1, 1) + timedelta(days=int(each)) for each in rng.integers(0, 300, n)]
    risk = 0.02 * (amount - 200) + np.where(town == "Oslo", 2, -1)
    late = rng.random(n) < 1 / (1 + np.exp(-risk))
    return pl.DataFrame(
        {
            "bill": np.arange(n),
            "customer": rng.integers(0, n // 8, n),
            "amount": amount,
            "town": town,
            "sent": sent,
            "late": late,
        }
    )


def asked(**more):
    """What the stage tells its nodes, all together."""
    told = {}
    for each in prepare("bills", "late", **more):
        (own,) = [given.value for given in each.inputs if not given.is_dataset]
        told |= own
    return told


def split(table, **more):
    """Side -> its rows, and the metrics."""
    told = asked(**more)
    metrics, *sides = split_table(table, told)
    names = ("train", "test", "validation")
    return dict(zip(names, sides, strict=False)), metrics


class TestPrepare(StageTests):
    @pytest.fixture
    def stage(self):
        return "prepare"

    @pytest.fixture
    def settings(self):
        return {"table": "bills", "target": "late", "split": {"key": "bill", "validation": 0.2}}

    @pytest.fixture
    def files(self):
        return {"catalog.yml": CATALOG, "data/bills.csv": bills().write_csv()}

    def test_it_makes_the_sides_and_what_is_known_of_them(self, folder):
        with Project(folder) as project:
            project.run().checked()
            sides = [project.load(f"bills_{each}") for each in ("train", "test", "validation")]
            columns = project.load("bills_columns")
            metrics = {each.name: each.value for each in project.history.metrics(1)["split_bills"]}

        assert sorted(pl.concat(sides)["bill"]) == list(range(400))
        assert columns["column"].to_list() == bills().columns
        assert metrics["stable"] == 1
        assert metrics["test.share"] == sides[1].height / 400
        assert metrics["classes.True.train"] == pytest.approx(sides[0]["late"].mean())

    def test_another_setting_of_columns_splits_no_rows_anew(self, folder):
        with Project(folder) as project:
            project.run().checked()
        told = json.loads((folder / "tilth.yml").read_text())
        told["pipelines"]["it"]["with"]["columns"] = {"town": "drop"}
        (folder / "tilth.yml").write_text(json.dumps(told))
        with Project(folder) as project:
            run = project.run().checked()
            ran = {e.node for e in project.history.node_runs(run.run) if e.state == "done"}

        assert ran == {"prepare_bills", "find_leaks_bills"}


def project_of(folder, table, with_, train):
    """A project with both stages."""
    (folder / "data").mkdir(parents=True)
    table.write_csv(folder / "data" / "bills.csv")
    model = {"train": "bills_train", "test": "bills_test", "target": "late", "prefix": "m",
             "preparation": "bills_preparation", "evaluate": False, **train}  # fmt: skip
    told = {
        "ready": {"stage": "prepare", "with": {"table": "bills", "target": "late", **with_}},
        "model": {"stage": "train", "with": model},
    }
    (folder / "tilth.yml").write_text(json.dumps({"name": "it", "pipelines": told}))
    (folder / "catalog.yml").write_text(CATALOG)
    return folder


@pytest.mark.parametrize(
    ("with_", "train"),
    [
        ({"split": {"key": "bill"}}, {}),
        ({"split": {"by": "time", "column": "sent", "at": "2024-09-01"}}, {"time": "sent"}),
        ({"split": {"by": "group", "column": "customer"}}, {"group": "customer"}),
    ],
)
def test_train_goes_on_where_prepare_ends(tmp_path, with_, train):
    table = bills().with_columns(
        amount=pl.when(pl.col("bill") % 50 == 0).then(float("inf")).otherwise("amount")
    )
    train = {"estimators": ["tree"], "folds": 3, **train}

    with Project(project_of(tmp_path / "it", table, with_, train)) as project:
        project.run().checked()
        model, test = project.load("m_model"), project.load("bills_test")
        said = project.load("m_predictions")["prediction"].to_list()

    assert model.predict(test).tolist() == said
    assert "bill" not in model.feature_names_in_ or with_["split"].get("key") is None


# A row stays where it is

STABLE = [
    {"key": "bill"},
    {"by": "group", "column": "customer"},
    {"by": "stratum", "column": "late", "key": "bill", "validation": 0.2},
    {"by": "time", "column": "sent", "at": "2024-09-01"},
]


@pytest.mark.parametrize("told", STABLE, ids=str)
@given(seed=st.integers(0, 1000), n=st.integers(1, 200))
@settings(max_examples=10, deadline=None)
def test_a_row_never_changes_sides_when_rows_are_added(told, seed, n):
    before = bills()
    new = bills(n + 16, seed + 1).with_columns(pl.col("bill") + 1000)
    after = pl.concat([new.head(n), before]).sample(fraction=1, shuffle=True, seed=seed)

    old, _ = split(before, split=told)
    now, metrics = split(after, split=told)

    assert metrics["stable"]
    for side, rows in old.items():
        assert set(rows["bill"]) == {each for each in now[side]["bill"] if each < 1000}


def test_strata_that_are_far_from_their_share_are_told():
    table = bills(200, seed=5)
    sides, metrics = split(table, split={"by": "stratum", "column": "town"})
    counts = dict(table["town"].value_counts().rows())
    in_test = dict(sides["test"]["town"].value_counts().rows())
    far = {town for town, n in counts.items() if abs(in_test[town] / n - 0.2) > 0.05}
    (told,) = [each for each in metrics["warnings"] if "strata" in each]

    assert far == {town for town in counts if f"`{town}`" in told}
    assert "`exact: true` cuts each to the row" in told
    _, exact = split(table, split={"by": "stratum", "column": "town", "exact": True})
    assert not any("strata are" in each for each in exact["warnings"])


def test_a_share_of_the_latest_rows_is_told_to_move():
    _, metrics = split(bills(), split={"by": "time", "column": "sent"})

    assert not metrics["stable"]
    assert any("rows may change sides" in each for each in metrics["warnings"])
    assert metrics["test_from"] in metrics["reason"]


# Bad input


def with_target(values):
    return bills(len(values)).with_columns(late=pl.Series("late", values, strict=False))


@pytest.mark.parametrize(
    ("values", "more", "said"),
    [
        ([True] * 60, {}, "column `late` is True in all 60 rows that have a target"),
        ([None, *[1] * 59], {}, "column `late` is 1 in all 59 rows that have a target"),
        ([None] * 60, {}, "column `late` has no value in any of 60 rows"),
        ([float("nan")] * 60, {}, "column `late` has no value in any of 60 rows"),
        ([f"bill {i}" for i in range(5000)], {}, "5,000 different values in 5,000 rows"),
        (["a", "b"] * 30, {"task": "regression"}, "`late` must be numbers, and is String"),
        ([date(2024, 1, 1), date(2024, 1, 2)] * 30, {}, r"`late` holds dates \(Date\)"),
        ([[1], [2]] * 30, {}, r"`late` holds List\(Int64\), which is neither"),
    ],
)
def test_a_target_from_which_nothing_can_be_learned_is_refused(values, more, said):
    with pytest.raises(DataError, match=f"stage `prepare`, dataset `bills`: .*{said}"):
        split(with_target(values), **more)


def test_a_target_that_is_not_there_is_told_with_the_nearest():
    with pytest.raises(UnknownNameError, match="there is no column `late`") as raised:
        split(bills().rename({"late": "later"}))

    assert raised.value.hint == "did you mean `later`?"


@pytest.mark.parametrize("gap", [None, float("nan"), float("inf")])
def test_rows_without_a_target_are_left_out_and_told(gap):
    sides, metrics = split(with_target([gap, *np.linspace(0, 1, 99)]), split={"key": "bill"})

    assert metrics["without_target"] == 1
    assert 0 not in pl.concat(sides.values())["bill"]
    assert metrics["warnings"][0].startswith("1 of 100 rows have no `late` and are left out")


def test_a_class_with_one_row_is_told_to_lie_on_one_side():
    _, metrics = split(with_target(["rare", *["a", "b"] * 60]), split={"key": "bill"})

    (said,) = metrics["warnings"]
    assert re.fullmatch(r"no row of the side `(test|train)` is of class `rare`: .*", said)


def test_a_date_that_is_text_can_be_split_by_and_prepared():
    table = bills().with_columns(pl.col("sent").dt.to_string("%d.%m.%Y"))
    told = asked(split={"by": "time", "column": "sent", "at": "2024-09-01"})

    _, train, test = split_table(table, told)
    preparation, columns = prepare_columns(train, told)

    assert (train.height, test.height) == tuple(
        split(bills(), split=told["split"])[0][each].height for each in ("train", "test")
    )
    assert columns.filter(column="sent")["treatment"].item() == "date"
    fitted = preparation.fit(train, train["late"].to_numpy())
    assert np.isfinite(fitted.transform(test)).all()


def test_features_are_those_that_were_asked_for():
    told = asked(features=["amount", "town"])
    _, train, _ = split_table(bills(), told)

    _, columns = prepare_columns(train, told)

    used = columns.filter(pl.col("treatment") != "drop")["column"].to_list()
    assert used == ["amount", "town"]
    with pytest.raises(UnknownNameError, match="`amonut`"):
        prepare_columns(train, asked(features=["amonut"]))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"task": "guess"}, "there is no task `guess`"),
        ({"split": {"by": "week"}}, "there is no way to split by `week`"),
        ({"columns": {"town": "onehot"}}, "there is no treatment `onehot`"),
        ({"preparation": {"level": 3}}, "there is no setting `level`"),
        ({"features": "town"}, "`features` is 'town'"),
        ({"features": ["late"]}, "without the target `late`"),
    ],
)
def test_settings_are_checked_before_anything_runs(more, said):
    with pytest.raises(DefinitionError, match=said):
        prepare("bills", "late", **more)


# What leaks


def leaks(table, **more):
    told = asked(**more)
    _, train, test = split_table(table, told)
    _, columns = prepare_columns(train, told)
    return find_leaks(train, test, columns, told)


def test_a_clean_table_leaks_nothing():
    found, counts = leaks(bills(), split={"key": "bill"}, strict=True)

    assert found.height == 0
    assert (counts["sure"], counts["likely"]) == (0, 0)


def test_what_surely_leaks_fails_a_strict_run_and_is_told_otherwise():
    table = bills().with_columns(fee=pl.when("late").then(pl.lit("fee")).otherwise(pl.lit("none")))

    found, counts = leaks(table, split={"key": "bill"})

    assert found.row(0, named=True) | {"advice": ""} == {
        "kind": "target_copy", "severity": "sure", "column": "fee", "sides": "",
        "n": found["n"][0], "of": found["n"][0], "advice": "",
        "evidence": "`fee` is `late` in other words: each value stands for one of the target's",
    }  # fmt: skip
    assert counts["kinds"] == {"target_copy": 1}
    with pytest.raises(DataError, match="dataset `bills`: `fee` is `late` in other words"):
        leaks(table, split={"key": "bill"}, strict=True)
    assert leaks(table, split={"key": "bill"}, strict=True, drop="fee")[0].height == 0


def test_rows_that_were_copied_are_found_behind_another_key():
    table = bills()
    copied = pl.concat([table, table.head(60).with_columns(pl.col("bill") + 1000)])

    found, _ = leaks(copied, split={"key": "bill"})

    assert "same_row" in found["kind"].to_list()
    assert leaks(copied)[0].filter(kind="same_row").height == 0
