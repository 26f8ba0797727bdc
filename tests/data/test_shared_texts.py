"""Equal values have the same pickle, whichever of their texts are one object."""

from __future__ import annotations

import pickle
import pickletools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.data.pickled import pickled
from tilth.data.shared_texts import with_shared_texts

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
)  # fmt: skip


class Table:
    def __init__(self, target, columns):
        self.target, self.columns, self.of = target, columns, self


def again(text):
    """An equal text that is another object."""
    return text.encode().decode()


@given(VALUES)
def test_what_comes_back_is_what_it_was(value):
    found = with_shared_texts(pickle.dumps(value, 5))

    assert pickle.loads(found) == value
    assert with_shared_texts(found) == found


@given(st.lists(st.sampled_from(["price", "town", "größe", "", "x" * 300])))
def test_equal_texts_are_written_once_whether_they_are_one_object_or_not(texts):
    apart = [again(each) for each in texts]
    kept: dict[str, str] = {}
    joined = [kept.setdefault(each, each) for each in texts]

    found = with_shared_texts(pickle.dumps(apart, 5))

    assert found == with_shared_texts(pickle.dumps(joined, 5))
    assert pickle.loads(found) == texts


def test_an_object_that_was_read_back_is_written_as_before():
    town = "town_of_the_customer"
    made = Table(town, [again(town), town])
    first = b"".join(pickled(made))
    second = b"".join(pickled(pickle.loads(first)))

    assert first == second
    assert pickle.loads(first).of.columns == [town, town]


@pytest.mark.parametrize("n", [10, 70_000, 300_000])
def test_large_values_and_rings_stay_whole(n):
    ring = [np.arange(n), "a" * n, b"b" * n, "a" * n]
    ring.append(ring)
    found = with_shared_texts(pickle.dumps(ring, 5))
    back = pickle.loads(found)

    assert back[4] is back
    assert back[0].tolist() == list(range(n))
    assert back[1:4] == ["a" * n, b"b" * n, "a" * n]
    assert sum(op.name == "FRAME" for op, _, _ in pickletools.genops(found)) >= 1


def test_a_pickle_of_very_many_objects_is_left_as_it_is():
    many = pickle.dumps([[str(each)] for each in range(150_000)], 5)

    assert with_shared_texts(many) is many
