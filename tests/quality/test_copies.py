"""New rows that copy known ones."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tilth.quality.copies import copies_of


def rows(n, seed):
    rng = np.random.default_rng(seed)
    price, weight = rng.normal(size=(2, n))
    town = rng.choice(["Oslo", "Bonn", "Ulm"], n)
    return pl.DataFrame({"price": price, "weight": weight, "town": town})


@pytest.fixture
def known():
    return rows(500, 0)


def test_rows_of_their_own_are_no_copies(known):
    found = copies_of(rows(80, 1), known)

    assert not (found.exact | found.within | found.near).any()
    assert found.by_chance == 0


def test_a_single_copied_row_is_found(known):
    new = pl.concat([rows(50, 1), known[17:18]])

    assert np.flatnonzero(copies_of(new, known).exact).tolist() == [50]


def test_a_table_of_nothing_but_copies_is_found(known):
    assert copies_of(known[:300], known).exact.all()


def test_the_second_of_two_equal_rows_is_a_copy(known):
    new = pl.concat([rows(20, 1), rows(20, 1)[:3]])

    assert np.flatnonzero(copies_of(new, known).within).tolist() == [20, 21, 22]


def test_a_copy_with_another_town_or_rounded_is_near(known):
    moved = known[3:5].with_columns(town=pl.lit("Kiel"))
    rounded = known[7:9].with_columns(pl.col("price").round(4), pl.col("weight").round(4))
    found = copies_of(pl.concat([rows(50, 1), moved, rounded]), known)

    assert np.flatnonzero(found.near).tolist() == [50, 51, 52, 53]
    assert found.but_for[50:] == ("town", "town", "", "")
    assert not found.exact.any()


def test_where_few_columns_tell_rows_apart_agreement_is_chance():
    rng = np.random.default_rng(0)

    def coarse(n):
        return pl.DataFrame({"age": rng.integers(20, 60, n), "town": rng.choice(["a", "b"], n)})

    found = copies_of(coarse(40), coarse(2000))

    assert not (found.exact | found.near | found.within).any()
    assert found.by_chance == 40


def test_texts_that_are_all_different_are_copies_where_they_come_again():
    known = pl.DataFrame({"text": [f"review {i}" for i in range(300)]})
    new = pl.DataFrame({"text": [f"new {i}" for i in range(20)] + ["review 5"]})

    assert np.flatnonzero(copies_of(new, known).exact).tolist() == [20]


def test_false_alarms_are_rare_among_independent_rows():
    alarms = sum(
        (found.exact | found.near).any()
        for seed in range(40)
        for found in [copies_of(rows(60, 1000 + seed), rows(400, 2000 + seed))]
    )

    assert alarms <= 2


def test_nothing_is_no_copy(known):
    assert copies_of(known[:0], known).exact.size == 0
    assert copies_of(rows(3, 1), known[:0]).by_chance == 0


def test_other_columns_are_refused(known):
    with pytest.raises(ValueError, match="are compared with"):
        copies_of(known.drop("town"), known)


def test_of_few_known_rows_more_of_the_kind_tell_what_chance_is(known):
    known = known.select("price", "town")
    few = rows(2, 9).select("price", "town")

    assert not copies_of(few, few).exact.any()  # two rows say nothing of chance
    assert copies_of(few, few, known).exact.all()
