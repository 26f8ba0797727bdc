"""Our own preparation is converted with the model that it goes with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from tilth.quality.conversion import OnnxModel, converted
from tilth.quality.conversion.onnx_model import NO_MOMENT
from tilth.quality.preparation import decided, preparation_of

N = 500
TOWNS, SHARES = ["Oslo", "Bonn", "Ulm", "Wien", None], [0.4, 0.3, 0.2, 0.02, 0.08]


def trips():
    rng = np.random.default_rng(0)
    start, day = datetime(2023, 11, 5), date(1968, 1, 1)
    streets = [f"street {each}" for each in rng.integers(0, 60, N)]
    return pl.DataFrame(
        {
            "distance": rng.normal(size=N),
            "delay": [None if i % 7 == 0 else float(i % 13) for i in range(N)],
            "ratio": [float("inf") if i % 50 == 0 else i * 0.5 for i in range(N)],
            "stops": rng.integers(0, 9, N),
            "paid": [None if i % 9 == 0 else i % 3 == 0 for i in range(N)],
            "town": rng.choice(TOWNS, N, p=SHARES),
            "street": streets,
            "start": [start + timedelta(minutes=int(h)) for h in rng.integers(0, 700_000, N)],
            "day": [None if i % 11 == 0 else day + timedelta(days=37 * i) for i in range(N)],
            "booked": [f"2024-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(N)],
            "price": [f"{each:.2f}" for each in rng.normal(size=N)],
        }
    )  # fmt: skip


def learned(last, **more):
    table = trips().with_columns(**more)
    truth = (table["distance"].to_numpy() + table["delay"].fill_null(6).to_numpy() / 8) > 0.5
    treatments = decided(table.with_columns(late=truth), "late")
    prepare = preparation_of(treatments, n_rows=N, beside=("late",))
    model = make_pipeline(prepare, last).fit(table, truth)
    columns = [
        {
            "name": name,
            "type": str(kind),
            "levels": sorted(table[name].drop_nulls().unique()) if kind == pl.String else None,
        }
        for name, kind in table.schema.items()
    ]
    return model, columns, table, {each.treatment for each in treatments}


LAST = [
    LogisticRegression(max_iter=1000),
    RandomForestClassifier(10, random_state=0),
    HistGradientBoostingClassifier(max_iter=10),
]


@pytest.mark.parametrize("last", LAST, ids=str)
def test_numbers_levels_and_dates_come_out_the_same_to_the_last_digits(last):
    model, columns, table, treatments = learned(last)
    assert treatments >= {"number", "truth", "levels", "target_mean", "date"}

    found = converted(model, columns, table)

    assert found.passed, found.why
    parity = found.tried["float64"]
    assert parity.largest < 1e-12
    assert parity.rows > 150
    said = OnnxModel(found.content).predict_proba(table)
    assert np.abs(said - model.predict_proba(table)).max() < 1e-12


def test_single_precision_is_found_out():
    model, columns, table, _ = learned(LAST[2])

    found = converted(model, columns, table, precisions=("float32",))

    assert not found.passed
    assert found.tried["float32"].off > 20


def test_every_day_of_four_centuries_has_its_parts():
    days = pl.Series("day", [date(1899, 12, 31) + timedelta(days=i) for i in range(0, 150_000, 31)])
    moments = days.cast(pl.Datetime("us")) + pl.Series(
        [timedelta(minutes=(i * 377) % 1440, seconds=59) for i in range(len(days))]
    )
    table = pl.DataFrame({"moment": moments})
    model = make_pipeline(preparation_of(decided(table), n_rows=len(days)), LogisticRegression())
    model.fit(table, np.arange(len(days)) % 2)
    names = model[0].get_feature_names_out()
    assert {"moment.year", "moment.month", "moment.weekday", "moment.hour"} <= set(names)

    found = converted(model, [{"name": "moment", "type": str(moments.dtype)}], table)

    assert found.passed, found.why
    said = OnnxModel(found.content).predict_proba(table)
    assert np.abs(said - model.predict_proba(table)).max() < 1e-13


def test_values_may_come_as_a_request_has_them():
    model, columns, table, _ = learned(LAST[0])
    other = OnnxModel(converted(model, columns, table).content)
    row = table[4]
    plain = row.to_dicts()[0]
    texts = {name: None if each is None else str(each) for name, each in plain.items()}

    for given in (
        [plain],
        [texts],
        row.to_pandas(),
        {name: [each] for name, each in plain.items()},
    ):
        assert np.array_equal(other.predict_proba(given), other.predict_proba(row))


def test_a_moment_with_a_zone_is_one_in_utc():
    model, columns, table, _ = learned(LAST[0])
    other = OnnxModel(converted(model, columns, table).content)
    plain = table[4].to_dicts()[0]
    ahead = timezone(timedelta(hours=2))
    zoned = plain["start"].replace(tzinfo=UTC).astimezone(ahead)

    one = other.inputs([plain | {"start": zoned}])
    gap = other.inputs([plain | {"start": None}])

    at = next(each["input"] for each in other.columns if each["name"] == "start")
    assert one[at] == other.inputs([plain])[at]
    assert gap[at] == NO_MOMENT


def test_words_are_counted_or_it_is_told_that_they_are_not():
    rng = np.random.default_rng(2)
    words = ["late", "EARLY", "parcel", "broken", "gift", "letter", "red", "blue"]
    notes = pl.Series([" ".join(rng.choice(words, 4)) for _ in range(N)])
    model, columns, table, treatments = learned(LAST[0], note=notes)
    assert "words" in treatments

    found = converted(model, columns, table)

    assert found.passed == (found.content is not None)
    if found.passed:
        said = OnnxModel(found.content).predict_proba(table)
        assert np.abs(said - model.predict_proba(table)).max() < 1e-5
    else:
        assert found.why
