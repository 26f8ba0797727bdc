"""Golden requests: what a model takes is told, asked, and asked again as it was."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression

from tilth.errors import DataError
from tilth.models.golden import MOST_REAL, golden, real_rows
from tilth.models.replay import alike, answered, differing, frame_of, plain
from tilth.models.signature import Learned, signature_of

TABLE = pl.DataFrame(
    {
        "whole": pl.Series([3, 1, None, 7, 5, 2], dtype=pl.Int32),
        "share": [0.5, float("nan"), 2.25, None, float("inf"), -1.0],
        "town": ["Ulm", "Bonn", None, "Ulm", "Oslo", "Bonn"],
        "size": pl.Series(["s", "l", "m", "s", None, "m"], dtype=pl.Enum(["s", "m", "l"])),
        "kind": pl.Series(["a", "b", "a", "c", "c", None], dtype=pl.Categorical),
        "open": [True, False, None, True, True, False],
        "day": [date(2026, 1, 1) + timedelta(days=i) for i in range(6)],
        "at": pl.Series(
            [datetime(2026, 1, 1, i) for i in range(6)], dtype=pl.Datetime("ms", "Europe/Oslo")
        ),
    }
)


class Echo:
    """Says how many cells of a row are there, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def predict(self, rows):
        self.asked.append(rows)
        return np.array([sum(v is not None for v in row) for row in rows.rows()])


def learned(table, frame="polars", types=None):
    return Learned(
        table=table, frame=frame, dataset="rows", fingerprint="bytes:1", target="y",
        types=types or {},
    )  # fmt: skip


def through_json(value):
    return json.loads(json.dumps(value))


def test_rows_come_back_from_json_with_the_types_that_they_had():
    signature = through_json(signature_of(Echo(), learned(TABLE)))
    found = golden(Echo(), signature, TABLE, {})
    again = frame_of(signature, through_json(found["requests"][0]["rows"]))

    assert again.schema == TABLE.schema
    assert again.equals(TABLE, null_equal=True)


def test_the_signature_tells_what_was_seen():
    columns = {each["name"]: each for each in signature_of(Echo(), learned(TABLE))["columns"]}

    assert (columns["whole"]["low"], columns["whole"]["high"], columns["whole"]["nulls"]) == (
        1,
        7,
        1,
    )
    assert (columns["share"]["low"], columns["share"]["high"]) == (-1.0, 2.25), "finite ones"
    assert columns["town"]["levels"] == ["Bonn", "Oslo", "Ulm"]
    assert columns["size"]["levels"] == ["s", "m", "l"], "all that there may be, in order"
    assert (columns["day"]["low"], columns["day"]["high"]) == ("2026-01-01", "2026-01-06")


def test_each_column_is_asked_at_its_edges():
    signature = signature_of(Echo(), learned(TABLE))
    found = golden(Echo(), signature, TABLE, {"whole": [-5]})
    asked = dict(zip(found["requests"][1]["why"], found["requests"][1]["rows"], strict=True))

    assert asked["every value is missing"] == [None] * 8
    assert asked["`whole` is the least that was seen"][0] == 1
    assert asked["`whole` is beyond all that was seen"][0] == 13
    assert asked["`whole` is where its contract ends"][0] == -5
    assert asked["`town` is a level that was never seen"][2] == "never seen before"
    assert asked["`open` is false"][5] is False
    assert asked["`day` is beyond all that was seen"][6] == "2026-01-11"
    base = asked["`town` is missing"]
    assert base[2] is None
    assert [each for i, each in enumerate(base) if i != 2 and each is None] == []


def test_a_level_that_is_called_unseen_is_not_taken_for_one():
    table = pl.DataFrame({"x": ["never seen before", "a"]})
    signature = signature_of(Echo(), learned(table))
    asked = golden(Echo(), signature, table, {})["requests"]

    assert ["never seen before again"] in asked[1]["rows"]


def test_a_number_that_its_type_cannot_hold_is_not_asked():
    table = pl.DataFrame({"x": pl.Series([0, 200], dtype=pl.UInt8)})
    found = golden(Echo(), signature_of(Echo(), learned(table)), table, {})

    assert not any("beyond" in why for each in found["requests"] for why in each["why"])


def test_requests_do_not_depend_on_chance_and_hold_the_extremes():
    rng = np.random.default_rng(0)
    table = pl.DataFrame({f"c{i}": rng.normal(size=5000) for i in range(90)})
    rows = real_rows(table)

    assert rows == real_rows(table.clone())
    assert len(rows) <= MOST_REAL
    assert {0, 4999, table["c0"].arg_max(), table["c0"].arg_min()} <= set(rows)


def test_a_refusal_is_an_answer_and_has_to_come_again():
    model = LinearRegression().fit(pl.DataFrame({"x": [1.0, 2.0]}), [1.0, 2.0])
    table = pl.DataFrame({"x": [1.0, 2.0]})
    signature = signature_of(model, learned(table))
    gap = answered(model, signature, [[None]])

    assert gap == {"error": "ValueError"}
    tolerance = {"relative": 1e-6, "absolute": 1e-9}
    assert differing(gap, gap, tolerance) == []
    (fault,) = differing(gap, {"prediction": [1.0]}, tolerance)
    assert fault["expected"] == {"error": "ValueError"}


def test_what_a_model_refuses_is_asked_alone_and_all_else_together():
    table = pl.DataFrame({"x": [1.0, 2.0, 4.0]})
    model = LinearRegression().fit(table, [1.0, 2.0, 4.0])
    real, edges, *refused = golden(model, signature_of(model, learned(table)), table, {})[
        "requests"
    ]

    assert real["answers"]["prediction"] == pytest.approx([1, 2, 4])
    assert [each[0] for each in edges["rows"]] == [1.0, 4.0, 7.0]
    assert [each["why"] for each in refused] == [["every value is missing"], ["`x` is missing"]]
    assert {each["answers"]["error"] for each in refused} == {"ValueError"}


def test_labels_are_told_whatever_holds_them():
    table = pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})
    both = np.array([[0, 1], [1, 0], [1, 1], [0, 0]])
    forest = RandomForestClassifier(3, random_state=0).fit(table, both)
    signature = signature_of(forest, learned(table))
    assert signature["classes"] == [[0, 1], [0, 1]]
    (real, *_) = golden(forest, signature, table, {})["requests"]
    assert real["answers"]["prediction"] == forest.predict(table).tolist()
    assert np.shape(real["answers"]["probability"]) == (2, 4, 2)

    echo = Echo()
    echo.classes_ = ["yes", "no"]
    assert signature_of(echo, learned(table))["classes"] == ["yes", "no"]
    echo.classes_ = [np.int64(0), np.int64(1)]
    assert signature_of(echo, learned(table))["classes"] == [0, 1]


def test_a_model_of_arrays_is_asked_in_arrays():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(50, 2))
    model = RandomForestRegressor(5, random_state=0).fit(x, x.sum(axis=1))
    table = pl.DataFrame(x, schema=["column_0", "column_1"])
    signature = signature_of(model, learned(table, "array"))
    found = golden(model, signature, table, {})["requests"][0]

    rows = real_rows(table)
    assert found["answers"]["prediction"] == model.predict(x[rows]).tolist()


def test_a_model_of_pandas_is_asked_in_pandas():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "n": [1, 2, 3],
            "ok": [True, False, True],
            "word": ["a", "b", "a"],
            "kind": pandas.Categorical(["x", "y", "x"], categories=["y", "x", "z"]),
            "at": pandas.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03"]),
        }
    )

    class Seen:
        def predict(self, rows):
            self.rows = rows
            return rows["n"].to_numpy()

    model = Seen()
    types = {name: str(each) for name, each in frame.dtypes.items()}
    table = pl.from_pandas(frame)
    told = learned(table, "pandas", types)
    signature = through_json(signature_of(model, told))
    found = golden(model, signature, table, {})["requests"]

    answered(model, signature, through_json(found[0]["rows"]))
    assert model.rows.dtypes.astype(str).to_dict() == types
    assert model.rows["word"].tolist() == ["a", "b", "a"]
    assert model.rows["kind"].tolist() == ["x", "y", "x"]
    answered(model, signature, [[None, None, None, None, None]])
    assert model.rows.isna().to_numpy().all()


def test_a_column_that_no_request_can_hold_is_named():
    table = pl.DataFrame({"x": [[1, 2], [3]]})
    with pytest.raises(DataError, match="column `x` of `rows` is List"):
        signature_of(Echo(), learned(table))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1.0, 1.0 + 1e-9, True),
        (1.0, 1.001, False),
        ("a", "a", True),
        ("a", "b", False),
        (True, True, True),
        ("NaN", "NaN", True),
        ([0.25, 0.75], [0.25, 0.75], True),
        ([0.25, 0.75], [0.25], False),
        (3, 3, True),
        (3, 4, False),
    ],
)
def test_answers_are_alike_within_the_tolerance(one, other, same):
    assert alike(one, other, {"relative": 1e-6, "absolute": 1e-9}) is same


def test_what_json_has_no_word_for_is_spelled_out():
    assert plain([float("nan"), float("inf"), -float("inf"), date(2026, 1, 1)]) == [
        "NaN", "Infinity", "-Infinity", "2026-01-01",
    ]  # fmt: skip


def test_fewer_answers_than_were_recorded_is_a_difference():
    tolerance = {"relative": 1e-6, "absolute": 1e-9}

    assert differing({"prediction": [1, 2]}, {"prediction": [1]}, tolerance) != []
    assert differing({"prediction": [1], "probability": [[1.0]]}, {"prediction": [1]}, tolerance)
