from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tilth.quality.profile.sample import RowSample


def drawn(n, size, seed=0, batch=10**9):
    sample = RowSample(size, seed)
    rows = pl.DataFrame({"row": np.arange(n)})
    for part in rows.iter_slices(batch):
        sample.see(part)
    return sample


@pytest.mark.parametrize("batch", [1, 7, 100, 10**9])
def test_the_rows_do_not_depend_on_batches(batch):
    sample = drawn(300, 50, seed=3, batch=batch)

    assert sample.numbers.tolist() == drawn(300, 50, seed=3).numbers.tolist()
    assert sample.frame["row"].to_list() == sample.numbers.tolist()
    assert len(sample.numbers) == 50


def test_all_rows_are_kept_of_a_small_table():
    assert drawn(20, 50).numbers.tolist() == list(range(20))


def test_every_row_is_drawn_as_often_as_any_other():
    counts = np.zeros(40)
    for seed in range(2_000):
        counts[drawn(40, 10, seed).numbers] += 1

    # A chi-squared with 39 degrees of freedom is above 72 once in a thousand times.
    assert ((counts - 500) ** 2 / (500 * 0.75)).sum() * 39 / 40 < 72
