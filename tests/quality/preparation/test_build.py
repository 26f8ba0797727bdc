"""One pipeline of scikit-learn's parts, which takes any table of its columns and gives numbers."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import polars as pl
import pytest
import skops.io
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from tilth.errors import DataError
from tilth.quality.preparation import PreparationPlan, decided, preparation_of, reads, told


def fitted(frame, target="", plan=None):
    treatments = decided(frame, target, plan=plan)
    made = preparation_of(treatments, plan=plan, n_rows=frame.height)
    return made.fit(frame, frame[target].to_numpy() if target else None), treatments


def outputs(preparation, frame):
    """Name -> values."""
    names = preparation.get_feature_names_out().tolist()
    return dict(zip(names, preparation.transform(frame).T.tolist(), strict=True))


@pytest.fixture(scope="module")
def made(rows):
    return fitted(rows, "back")


def test_numbers_without_gaps_come_out_one_column_for_each_name(made, rows):
    preparation, treatments = made

    found = preparation.transform(rows)

    assert np.isfinite(found).all()
    assert found.shape == (600, len(preparation.get_feature_names_out()))
    assert told(treatments, preparation)["n_out"].sum() == found.shape[1]


def test_what_was_decided_is_a_table_for_people(made):
    preparation, treatments = made

    found = told(treatments, preparation)

    assert found.columns == ["column", "kind", "treatment", "why", "n_out"]
    counts = dict(found.select("column", "n_out").rows())
    assert counts["distance"] == 1
    assert counts["delay"] == counts["ratio"] == counts["paid"] == 2
    assert counts["town"] == 3
    assert counts["note"] == 8
    assert counts["nothing"] == 0


def test_gaps_become_the_median_of_the_training_rows_and_say_so():
    frame = pl.DataFrame({"x": [1.0, 2, 3, 100, None]})
    found = outputs(fitted(frame, plan=PreparationPlan(scale=False))[0], frame)

    assert found == {"x": [1, 2, 3, 100, 2.5], "missingindicator_x": [0, 0, 0, 0, 1]}


def test_infinities_are_gaps():
    frame = pl.DataFrame({"x": [1.0, 2, 3, float("inf"), float("-inf")]})
    found = outputs(fitted(frame, plan=PreparationPlan(scale=False))[0], frame)

    assert found == {"x": [1, 2, 3, 2, 2], "missingindicator_x": [0, 0, 0, 1, 1]}


def test_numbers_are_standardised():
    frame = pl.DataFrame({"x": np.random.default_rng(0).normal(50, 9, 400)})
    (found,) = outputs(fitted(frame)[0], frame).values()

    assert np.mean(found) == pytest.approx(0, abs=1e-9)
    assert np.std(found) == pytest.approx(1)


def test_rare_levels_share_a_column_and_unseen_ones_go_there():
    towns = ["Oslo"] * 50 + ["Bonn"] * 40 + ["Ulm", "Rom"]
    preparation, _ = fitted(pl.DataFrame({"town": towns}))

    found = outputs(preparation, pl.DataFrame({"town": ["Oslo", "Ulm", "Nowhere", None]}))

    assert found == {
        "town_Bonn": [0, 0, 0, 0],
        "town_Oslo": [1, 0, 0, 0],
        "town_infrequent_sklearn": [0, 1, 1, 1],
    }


def test_of_many_levels_the_most_frequent_get_a_column():
    levels = [f"l{i:02d}" for i in range(40) for _ in range(10 + i)]
    preparation, treatments = fitted(pl.DataFrame({"x": levels}))

    names = preparation.get_feature_names_out().tolist()

    assert told(treatments, preparation)["n_out"].to_list() == [31]
    assert names[:2] == ["x_l10", "x_l11"]
    assert names[-1] == "x_infrequent_sklearn"


def test_a_mean_of_the_target_is_learned_from_other_rows_than_its_own():
    rng = np.random.default_rng(0)
    n = 2_000
    frame = pl.DataFrame(
        {"street": [f"s{i}" for i in rng.integers(0, 900, n)], "y": rng.choice([0, 1], n)}
    )
    treatments = decided(frame, "y")
    preparation = preparation_of(treatments, n_rows=n)
    target = frame["y"].to_numpy()

    crossed = preparation.fit_transform(frame, target)[:, 0]
    seen = preparation.transform(frame)[:, 0]

    # Streets tell nothing here. With a row's own target among its street's, they would seem to.
    assert abs(np.corrcoef(crossed, target)[0, 1]) < 0.08
    assert np.corrcoef(seen, target)[0, 1] > 0.4


def test_dates_are_counted_from_the_first_training_day_and_turn_on_a_circle():
    frame = pl.DataFrame({"at": [datetime(2024, 1, 3, 6), datetime(2024, 4, 1, 18, 30),
                                 datetime(2025, 7, 2, 12)] * 10})  # fmt: skip
    preparation, _ = fitted(frame, plan=PreparationPlan(scale=False))

    found = outputs(preparation, frame.head(2))

    assert found["at.days"] == [0, 89]
    assert found["at.year"] == [2024, 2024]
    assert found["at.month"] == [0, 3]
    assert found["at.weekday"] == [2, 0]
    assert found["at.hour"] == [6, 18.5]
    assert found["at.month_sin"] == pytest.approx([0, 1])
    assert found["at.hour_cos"] == pytest.approx([0, np.cos(2 * np.pi * 18.5 / 24)])


def test_a_date_that_is_text_is_read_and_a_slip_counts_as_missing():
    days = [f"2024-03-{1 + i % 28:02d}" for i in range(60)]
    preparation, _ = fitted(pl.DataFrame({"day": ["soon", *days[1:]]}))

    found = preparation.transform(pl.DataFrame({"day": ["2024-03-02", "never", None]}))
    same = preparation.transform(pl.DataFrame({"day": [date(2024, 3, 2)]}))

    assert np.isfinite(found).all()
    assert found[0].tolist() == same[0].tolist()
    assert found[1].tolist() == found[2].tolist()


def test_columns_that_are_called_as_others_come_out_are_told_apart():
    n = 60
    frame = pl.DataFrame(
        {
            "day": [date(2024, 1 + i % 9, 1 + i % 7) for i in range(n)],
            "day.month": [i * 0.5 for i in range(n)],
            "town": ["Oslo", "Bonn", "Ulm"] * 20,
            "town_Oslo": [0.5, 1.5] * 30,
            "note": [f"the {'red' if i % 3 else 'blue'} price of {i}" for i in range(n)],
            "title": [f"a {'red' if i % 4 else 'big'} price for {i}" for i in range(n)],
            "red": [0.25, 0.5, 0.75] * 20,
        }
    )
    preparation, _ = fitted(frame)

    names = preparation.get_feature_names_out().tolist()

    assert len(set(names)) == len(names) == preparation.transform(frame).shape[1]
    assert {"numbers__red", "words_of_note__blue", "words_of_title__big"} < set(names)
    assert {"dates__day..month", "numbers__day.month", "levels__town_Oslo"} < set(names)


def test_it_goes_through_skops_with_one_type_of_ours(made, rows):
    preparation, _ = made
    data = skops.io.dumps(preparation)

    unknown = skops.io.get_untrusted_types(data=data)

    assert [each for each in unknown if each.startswith("tilth.")] == [
        "tilth.quality.preparation.transformers.ReadColumns"
    ]
    assert {each.partition(".")[0] for each in unknown} <= {"tilth", "sklearn", "numpy"}
    back = skops.io.loads(data, trusted=unknown)
    assert np.array_equal(back.transform(rows), preparation.transform(rows))


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.to_pandas(),
        lambda frame: frame.to_arrow(),
        lambda frame: frame.lazy(),
        lambda frame: frame.to_dicts(),
        lambda frame: frame.to_dict(as_series=False),
        lambda frame: frame.select(reversed(frame.columns)),
        lambda frame: frame.with_columns(pl.col("price").cast(pl.Float64)),
        lambda frame: frame.with_columns(pl.col("day").str.to_date()),
        lambda frame: frame.with_columns(pl.col("distance", "paid").cast(pl.String)),
        lambda frame: frame.with_columns(pl.col("town").cast(pl.Categorical)),
        lambda frame: frame.drop("trip", "country", "nothing", "back"),
    ],
)
def test_the_same_rows_in_another_form_give_the_same_numbers(made, rows, change):
    preparation, _ = made

    found = preparation.transform(change(rows.drop("stops")))

    assert np.array_equal(found, preparation.transform(rows))


def test_one_row_gives_what_it_gives_among_others(made, rows):
    preparation, _ = made
    whole = preparation.transform(rows)

    assert np.array_equal(preparation.transform(rows[7]), whole[7:8])


def test_rows_as_a_server_gets_them_may_begin_with_gaps_and_whole_numbers(made, rows):
    preparation, _ = made
    row = rows.drop("stops").to_dicts()[1]
    whole = {**row, "distance": 1, "delay": None, "town": None}

    found = preparation.transform([*[whole] * 150, row])

    assert np.array_equal(found[150], preparation.transform(rows)[1])
    assert np.array_equal(preparation.transform([row])[0], found[150])
    assert np.array_equal(preparation.transform(row)[0], found[150])


def test_a_column_that_is_gone_is_named(made, rows):
    with pytest.raises(DataError, match=r"2 columns are missing .*: `delay`, `town`") as raised:
        made[0].transform(rows.drop("town").rename({"delay": "delays"}))
    assert raised.value.hint == "is `delays` what was called `delay`?"


def test_a_column_that_is_new_is_named_unless_it_is_to_be_ignored(rows):
    more = rows.with_columns(wind=pl.lit(3))

    with pytest.raises(DataError, match="1 column is in the table, but not in the training rows"):
        fitted(rows, "back")[0].transform(more)
    plan = PreparationPlan(new_columns="ignore")
    lenient, _ = fitted(rows, "back", plan)
    assert np.array_equal(lenient.transform(more), lenient.transform(rows))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"distance": pl.lit("far")}, "`distance` holds what is no number in 600 of 600 rows"),
        ({"start": pl.lit("soon")}, "`start` holds what is no date in 600 of 600 rows"),
        ({"start": pl.lit(3)}, "`start` was read as dates, and is now of type Int32"),
        ({"distance": pl.date(2024, 1, 1)}, "was read as numbers, and is now of type Date"),
        ({"paid": pl.lit("perhaps")}, "`paid` holds what is no truth value"),
    ],
)
def test_a_column_that_holds_something_else_is_named(made, rows, change, said):
    with pytest.raises(DataError, match=said):
        made[0].transform(rows.with_columns(**change))


def test_an_array_is_taken_by_position_if_it_has_as_many_columns():
    frame = pl.DataFrame({"a": [0.5, 1.5, 2.5], "b": [3.5, 1.5, 0.5]})
    preparation, _ = fitted(frame)

    assert np.array_equal(preparation.transform(frame.to_numpy()), preparation.transform(frame))
    with pytest.raises(DataError, match=r"an array of shape \(3, 3\) .* 2 columns are read"):
        preparation.transform(np.zeros((3, 3)))


def test_it_is_fitted_anew_in_each_fold(rows):
    treatments = decided(rows, "back")
    model = make_pipeline(
        preparation_of(treatments, n_rows=600), HistGradientBoostingClassifier(max_iter=5)
    )

    found = cross_val_score(model, rows.to_pandas(), rows["back"].to_numpy(), cv=3)

    assert np.isfinite(found).all()


def test_a_clone_makes_the_same(made, rows):
    again = clone(made[0]).fit(rows, rows["back"].to_numpy())

    assert np.array_equal(again.transform(rows), made[0].transform(rows))


def test_it_says_which_columns_it_reads(made):
    names = list(made[0].feature_names_in_)

    assert reads(made[0]) == names
    assert not set(names) & {"trip", "country", "nothing", "stops", "back"}
    assert reads(HistGradientBoostingClassifier()) is None
