"""About how many different values there are, by HyperLogLog, and digests that last."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.quality.sketch.digest import of_numbers, of_texts
from tilth.quality.sketch.distinct import STANDARD_ERROR, Distinct

WHOLE = st.lists(st.integers(0, 200), max_size=40).map(lambda each: np.array(each, np.int64))


def distinct_of(values) -> Distinct:
    return Distinct.of(of_numbers(np.asarray(values)))


@pytest.mark.parametrize("n", [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000])
def test_estimates_are_within_four_standard_errors(n):
    assert distinct_of(np.arange(n)).estimate == pytest.approx(n, rel=4 * STANDARD_ERROR)


def test_the_error_is_the_one_stated():
    errors = [distinct_of(np.arange(5000) + 10_000 * i).estimate / 5000 - 1 for i in range(200)]

    assert abs(np.mean(errors)) < 4 * STANDARD_ERROR / np.sqrt(200)
    assert np.std(errors) < 1.2 * STANDARD_ERROR


@given(WHOLE, WHOLE, WHOLE)
def test_merging_is_union_exactly(first, second, third):
    a, b, c = map(distinct_of, (first, second, third))

    assert a.merge(b) == b.merge(a) == distinct_of(np.concatenate((first, second)))
    assert a.merge(b).merge(c) == a.merge(b.merge(c))
    assert a.merge(a) == a


def test_nothing_is_nothing():
    assert Distinct().estimate == 0


def test_equal_numbers_of_different_types_have_the_same_digest():
    assert of_numbers(np.array([7, -3])).tolist() == of_numbers(np.array([7.0, -3.0])).tolist()
    assert of_numbers(np.array([0.0])).tolist() == of_numbers(np.array([-0.0])).tolist()
    assert (
        of_numbers(np.array([2**60], np.int64)).tolist()
        == of_numbers(np.array([2**60], np.uint64)).tolist()
        == of_numbers(np.array([2.0**60])).tolist()
    )


def test_whole_numbers_beyond_2_to_the_53_have_digests_of_their_own():
    values = np.array([2**53 + i for i in range(100)] + [2**63 - 1, -(2**63)], np.int64)

    assert len(set(of_numbers(values).tolist())) == len(values)
    assert len(set(of_numbers(np.array([2**64 - 1, 2**64 - 2], np.uint64)).tolist())) == 2


@given(st.lists(st.text(max_size=8), max_size=30))
def test_different_texts_have_different_digests_wherever_they_stand(texts):
    together = of_texts(pl.Series(texts, dtype=pl.String)).tolist()
    alone = [of_texts(pl.Series([text])).item() for text in texts]

    assert together == alone
    assert len(set(together)) == len(set(texts))


def test_long_texts_are_digested_too():
    texts = ["a" * 3_000_000, "a" * 3_000_001, "short", "b" * 900_000, "b" * 900_001, "short"]

    found = of_texts(pl.Series(texts)).tolist()

    assert found == [of_texts(pl.Series([text])).item() for text in texts]
    assert len(set(found)) == 5


def test_digests_are_these_for_ever():
    # A kept sketch is compared with one that another version of Tilth makes.
    assert of_numbers(np.array([0, 1, -1])).tolist() == NUMBERS
    assert of_texts(pl.Series(["", "a", "Grüße"])).tolist() == TEXTS


NUMBERS = [16294208416658607535, 9860564707913756141, 12238684544974067098]
TEXTS = [16294208416658607535, 4824385676517010403, 15595810296387683520]
